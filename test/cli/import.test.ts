import { expect, test } from "@jest/globals";
import type { Seed } from "../../src/emulator/index.ts";
import { LIMITS } from "../../src/model/limits.ts";
import { FULL_PAGES, PICTURES_AS_SENT } from "../support/emulator.ts";
import { lowerLimits } from "../support/lower-limits.ts";
import { PICTURES } from "../support/memory-disk.ts";
import { Sandbox } from "../support/sandbox.ts";

const DALE = { source: "email", handle: "dale@fbi.example" };
const PHONE = { source: "phone", handle: "+13605550123" };
const LAURA = { source: "email", handle: "laura@palmer.example" };

const TOWN: Seed = {
  custom_fields: [{ name: "Job Title", type: "string" }],
  lists: ["VIP", { id: "grp_a", name: "Twins" }, { id: "grp_b", name: "Twins" }],
  contacts: [
    {
      id: "crd_1",
      name: "Dale Cooper",
      handles: [DALE, PHONE],
      lists: ["VIP"],
      custom_fields: { "Job Title": "Agent" },
    },
    { id: "crd_2", name: "Laura Palmer", handles: [LAURA], lists: ["grp_a"] },
    { id: "crd_3", name: "Only WhatsApp", handles: [{ source: "whatsapp", handle: "99" }] },
  ],
};

const IMPORTED = "contacts/imported.yaml";

const DALE_ENTRY = `  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale@fbi.example }
      - { source: phone, handle: "+13605550123" }
    lists: [VIP]
    custom_fields:
      Job Title: Agent
`;

const LAURA_ENTRY = `  laura-palmer:
    name: Laura Palmer
    handles:
      - { source: email, handle: laura@palmer.example }
    lists: [{ id: grp_a }]
`;

const HEAD = "contacts:\n";
const FIELDS = "\ncustom_fields:\n  Job Title: { type: string }\n";

test.each([
  ["an email address", "dale@fbi.example"],
  ["a phone number", "+13605550123"],
  ["a handle with its source", "phone:+13605550123"],
  ["an ID", "crd_1"],
  ["an ID and a handle of the same contact", "crd_1 dale@fbi.example"],
  ["a list", "--list VIP"],
  ["a list and one of its members", "crd_1 --list VIP"],
])("import finds a contact by %s, and the next plan has no changes", async (_, args) => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  expect(await sandbox.run(`import ${args}`)).toEqual({
    code: 0,
    out: `Wrote 1 contact to ${IMPORTED}.\nRun 'front-contacts plan' to check that Front matches the configuration.\n`,
    err: "",
  });
  expect(sandbox.read(IMPORTED)).toBe(HEAD + DALE_ENTRY + FIELDS);
  expect(await sandbox.succeed("plan")).toContain("No changes.");
  expect(sandbox.writes).toEqual([]);
});

test("import --all writes all contacts, and reports skipped contacts", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  const { code, err } = await sandbox.run("import --all");
  expect(code).toBe(0);
  expect(sandbox.read(IMPORTED)).toBe(`${HEAD}${DALE_ENTRY}\n${LAURA_ENTRY}${FIELDS}`);
  expect(err).toBe(`1 handle was skipped:
  Only WhatsApp, crd_3: whatsapp "99" has a source that Front's API cannot write

1 contact was skipped:
  Only WhatsApp, crd_3 has no handle that can be written to a file
`);
});

test("import --split writes one file per contact and one file for declarations", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  await sandbox.run("import --all --split --to contacts/people");
  expect(sandbox.read("contacts/people/dale-cooper.yaml")).toBe(HEAD + DALE_ENTRY);
  expect(sandbox.read("contacts/people/laura-palmer.yaml")).toBe(HEAD + LAURA_ENTRY);
  expect(sandbox.read("contacts/people/company.yaml")).toBe(FIELDS.slice(1));
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("import --split rejects the name of a YAML file", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  const err = await sandbox.fail("import --all --split --to contacts/people.yaml");
  expect(err).toContain('With --split, "contacts/people.yaml" would be a directory');
  expect(err).toContain("Specify a directory, or remove --split to write one file.");
  expect(sandbox.front.requests).toEqual([]);
});

test.each([
  ["a schema in the contacts directory", { "contacts/contacts.schema.json": "{}" }, "../contacts.schema.json"],
  ["a schema in the schemas directory", { "schemas/contacts.schema.json": "{}" }, "../../schemas/contacts.schema.json"],
  [
    "the schema of another file",
    { "contacts/own.yaml": "# yaml-language-server: $schema=../own.json\ncontacts: {}\n" },
    "../../own.json",
  ],
])("a new file contains the path of an existing schema: %s", async (_, files: Record<string, string>, schema) => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  for (const [path, text] of Object.entries(files)) sandbox.write(path, text);
  await sandbox.run("import crd_1 --to contacts/people/dale.yaml");
  const head = `# yaml-language-server: $schema=${schema}\n${HEAD}`;
  expect(sandbox.read("contacts/people/dale.yaml")).toBe(head + DALE_ENTRY + FIELDS);
});

test("import --dry-run prints new files and writes nothing", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  expect(await sandbox.run("import crd_1 --dry-run")).toEqual({
    code: 0,
    out: `# ${IMPORTED}\n${HEAD}${DALE_ENTRY}${FIELDS}\n`,
    err: `Would write 1 contact to ${IMPORTED}.\n`,
  });
  expect(sandbox.exists("contacts")).toBe(false);
});

const EXISTING = `# ours
contacts:
  coop: # the agent
    name: "Coop"
    handles: [{ source: email, handle: DALE@fbi.example }]
`;

test("import skips declared contacts and writes the others to a new file", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  const out = await sandbox.write("contacts/own.yaml", EXISTING).succeed("import --all");
  expect(out).toContain("1 contact is already declared; use --update to update existing entries.\n");
  expect(sandbox.read("contacts/own.yaml")).toBe(EXISTING);
  expect(sandbox.read(IMPORTED)).toBe(HEAD + LAURA_ENTRY);
});

test("import --update edits managed properties in place", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  const out = await sandbox.write("contacts/own.yaml", EXISTING).succeed("import crd_1 --update --handles");
  expect(out).toBe("Updated 1 of 1 declared contact.\n");
  expect(sandbox.read("contacts/own.yaml")).toBe(
    EXISTING.replace('"Coop"', "Dale Cooper").replace("}]", '}, { source: phone, handle: "+13605550123" }]'),
  );
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("import --update --dry-run shows a diff", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  const out = await sandbox.write("contacts/own.yaml", EXISTING).succeed("import crd_1 --update --handles --dry-run");
  expect(out).toBe(`--- a/contacts/own.yaml
+++ b/contacts/own.yaml
@@ -1,5 +1,5 @@
 # ours
 contacts:
   coop: # the agent
-    name: "Coop"
-    handles: [{ source: email, handle: DALE@fbi.example }]
+    name: Dale Cooper
+    handles: [{ source: email, handle: DALE@fbi.example }, { source: phone, handle: "+13605550123" }]
`);
  expect(sandbox.read("contacts/own.yaml")).toBe(EXISTING);
});

test("a second import adds to the same file", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  await sandbox.run("import crd_1");
  await sandbox.run("import crd_2");
  expect(sandbox.read(IMPORTED)).toBe(`${HEAD}${DALE_ENTRY}\n${LAURA_ENTRY}${FIELDS}`);
});

test("import writes an avatar with the file extension of its type, and no avatar with --no-avatars", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN, behavior: PICTURES_AS_SENT });
  const form = new FormData();
  form.append("avatar", new Blob([PICTURES.png.slice()], { type: "image/png" }), "a.png");
  const headers = { authorization: `Bearer ${sandbox.front.token}` };
  await fetch(`${sandbox.front.url}/contacts/crd_1`, { method: "PATCH", headers, body: form });
  expect(await sandbox.succeed("import crd_1 --no-avatars --dry-run")).not.toContain("avatar");
  await sandbox.run("import crd_1");
  expect(sandbox.read(IMPORTED)).toContain("    avatar: avatars/dale-cooper.png\n");
  expect(sandbox.read("contacts/avatars/dale-cooper.png")).toBe(Buffer.from(PICTURES.png).toString());
  const before = sandbox.front.requests.length;
  expect(await sandbox.succeed("plan")).toContain("No changes.");
  expect(sandbox.front.requests.slice(before).filter(({ path }) => path.includes("avatar"))).toEqual([]);
});

test("import reports contacts that do not exist, and writes the others", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  const { code, out, err } = await sandbox.run("import crd_1 crd_zzz nobody@x.example");
  expect(code).toBe(1);
  expect(out).toContain("Wrote 1 contact");
  expect(err).toBe(`2 contacts were not found; correct the handles or IDs:
  Front has no contact crd_zzz
  Front has no contact with email nobody@x.example
`);
});

test("import writes as many contacts per file as the limit allows", async () => {
  using _lower = lowerLimits({ contacts: 500 });
  const contacts = Array.from({ length: LIMITS.contacts + 50 }, (_, index) => ({
    name: "Log Lady",
    handles: [{ source: "email", handle: `lady${index}@x.example` }],
  }));
  await using sandbox = await Sandbox.withFront({ seed: { contacts } });
  const count = contacts.length.toLocaleString("en-US");
  expect(await sandbox.succeed("import --all")).toContain(`Wrote ${count} contacts to 2 files.\n`);
  expect(sandbox.read(IMPORTED).match(/^ {2}log-lady/gm)).toHaveLength(LIMITS.contacts);
  expect(sandbox.read("contacts/imported-2.yaml").match(/^ {2}log-lady/gm)).toHaveLength(50);
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("import writes the contacts that were read before an error, and a second import adds the rest", async () => {
  const contacts = Array.from({ length: 250 }, (_, index) => ({
    handles: [{ source: "custom", handle: `c${index}` }],
  }));
  await using sandbox = await Sandbox.withFront({ seed: { contacts }, behavior: FULL_PAGES });
  sandbox.front.faults = [{ kind: "status", status: 403, path: /^\/contacts$/, nth: 3 }];
  const { code, out, err } = await sandbox.run("import --all");
  expect(code).toBe(1);
  expect(out).toContain("Wrote 200 contacts");
  expect(err).toContain("Run the same command again to import the rest.");
  await sandbox.succeed("validate");
  sandbox.front.faults = [];
  expect(await sandbox.succeed("import --all")).toContain("Wrote 50 contacts");
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("after an error, the rest of an import with --defaults is imported without --defaults", async () => {
  const contacts = ["a", "b", "c"].map((id) => ({ id: `crd_${id}`, description: "Lead", handles: [`custom:${id}`] }));
  await using sandbox = await Sandbox.withFront({ seed: { contacts } });
  sandbox.front.faults = [{ kind: "status", status: 403, path: "/contacts/crd_c" }];
  const { err } = await sandbox.run("import crd_a crd_b crd_c --defaults");
  expect(err).toContain("Run the command again without --defaults to import the rest.");
  sandbox.front.faults = [];
  expect(await sandbox.succeed("import crd_a crd_b crd_c")).toContain("Wrote 1 contact ");
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test.each([
  ["import", /No contacts specified/],
  ["import Dale", /"Dale" is not a handle or a contact ID/],
  ["import crd_1 --all", /--all cannot be combined with CONTACT or --list/],
  ["import --list Suppliers", /Front has no contact list "Suppliers"\s+The lists are "VIP"/],
  ["import --list VPI", /Front has no contact list "VPI"\s+Did you mean "VIP"\?/],
  ["import --list Twins", /more than one list named "Twins"\s+Use one of the IDs: grp_a, grp_b/],
  [
    "import crd_1 --map name=Name",
    /--map applies only to imports from a file\s+Add --from-csv FILE or --from-vcard FILE\./,
  ],
  ["import crd_1 --separator ;", /--separator applies only to imports from a file\s+Add --from-csv FILE\./],
  ["import --all --lists", /--lists applies only to imports from a file\s+Add --from-vcard FILE\..* use --list NAME\./],
  ["import crd_1 --to people.yaml", /"people.yaml" cannot be written \(it is hidden or not inside "contacts"\)/],
  ["import crd_1 --to contacts/.people.yaml", /it is hidden or not inside "contacts"/],
  ["import crd_1 --to contacts/people.txt", /its name does not end in .yaml/],
  ["import crd_1 --to contacts/own.yaml/x.yaml", /ENOTDIR/],
  ["import crd_1 --from-csv a.csv", /CONTACT cannot be combined with --from-csv/],
  ["import --update --handles --from-csv a.csv", /an import from a file always adds new handles/],
])("%s fails with an error", async (command, message) => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  const { code, out, err } = await sandbox.write("contacts/own.yaml", EXISTING).run(command);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(message);
  expect(err).not.toMatch(/^\s+at /m);
  expect(sandbox.exists(IMPORTED)).toBe(false);
});

test("import sends no request if existing files have errors", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  const err = await sandbox.write("contacts/own.yaml", "contacts: {").fail("import --all");
  expect(err).toContain("Nothing was imported: the existing configuration has errors,");
  expect(err).toContain("Fix the errors, then run the command again.");
  expect(sandbox.front.requests).toEqual([]);
});

test("import does not add contacts to the files of another company", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  const err = await sandbox.write("contacts/own.yaml", "settings: { company: cmp_zzz }\n").fail("import --all");
  expect(err).toContain("cmp_zzz");
  expect(sandbox.exists(IMPORTED)).toBe(false);
});

test("import --defaults rejects a directory that contains contacts or a defaults file", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/a.yaml", "contacts: { ada: { handles: [{ source: custom, handle: a }] } }\n");
  sandbox.write("contacts/team/defaults.yaml", "lists: []\n");
  expect(await sandbox.fail("import --all --defaults")).toContain('also apply to the contacts in "contacts/a.yaml"');
  expect(await sandbox.fail("import --all --defaults --to contacts/team/people.yaml")).toContain(
    '"contacts/team/defaults.yaml" already exists',
  );
  expect((await sandbox.run("import --all --defaults --to contacts/new/people.yaml")).err).not.toContain("Error");
  expect(await sandbox.fail("import --all --defaults --update")).toContain("--update");
});

test("import --defaults prints the path of the file with shared values, even in a dry run", async () => {
  const contacts = ["ada", "bob"].map((name) => ({
    name,
    description: "Agent",
    handles: [{ source: "email", handle: `${name}@x.example` }],
  }));
  await using sandbox = await Sandbox.withFront({ seed: { contacts } });
  const dryRun = await sandbox.run("import --all --defaults --dry-run");
  expect(dryRun.out).toContain("# contacts/defaults.yaml\ndefaults:\n  description: Agent\n");
  expect(dryRun.err).toContain("Would write the shared values to contacts/defaults.yaml.");
  const out = await sandbox.succeed("import --all --defaults");
  expect(out).toContain("Wrote the shared values to contacts/defaults.yaml.");
  await sandbox.front.asTeammate("POST", "/contacts", { handles: [{ source: "email", handle: "cy@x.example" }] });
  const otherImport = await sandbox.run("import cy@x.example --defaults --to contacts/other/people.yaml");
  expect(otherImport.out).toContain("No values are shared, so no defaults.yaml was written.");
  await sandbox.succeed("plan --detailed-exitcode");
});

test("import writes the shared contact of a handle that is also on a private contact", async () => {
  const contacts = [
    { id: "crd_1", name: "Private", handles: [DALE], is_private: true },
    { id: "crd_2", name: "Shared", handles: [DALE] },
  ];
  await using sandbox = await Sandbox.withFront({ seed: { contacts } });
  await sandbox.succeed("import dale@fbi.example");
  expect(sandbox.read("contacts/imported.yaml")).toContain("name: Shared");
});

test("import does not count a private contact as declared, even if an entry has its handle", async () => {
  const seed = { contacts: [{ id: "crd_1", name: "Private", handles: [DALE], is_private: true }] };
  await using sandbox = await Sandbox.withFront({ seed });
  sandbox.write("contacts/a.yaml", "contacts: { dale: { handles: [{ source: email, handle: dale@fbi.example }] } }\n");
  const { out, err } = await sandbox.run("import --all");
  expect(`${out}${err}`).toContain("Private, crd_1 is a private contact of a teammate");
  expect(`${out}${err}`).not.toContain("already declared");
});

test.each([
  ["--list Caf\u00e9", 'Front has no contact list "Caf\u00e9"'],
  ["--from-csv a.csv --map email=Caf\u00e9", 'The table has no column "Caf\u00e9"'],
  ["--from-csv a.csv --map email=Email,custom_fields.Caf\u00e9=Email", 'The custom field "Caf\u00e9" is not declared'],
])("import %s explains that the name only looks the same as the suggested name", async (args, summary) => {
  await using sandbox = await Sandbox.withFront({ seed: { lists: ["Cafe\u0301"] } });
  sandbox.write("a.csv", "Email,Cafe\u0301\n");
  sandbox.write("contacts/fields.yaml", "custom_fields: { Cafe\u0301: { type: string } }\n");
  const err = await sandbox.fail(`import ${args}`);
  expect(err).toContain(summary);
  expect(err).toContain(
    'Did you mean "Cafe\\u0301"? "Caf\\u00e9" and "Cafe\\u0301" look the same, but their accented letters',
  );
  expect(err).not.toContain("case-sensitive");
});
