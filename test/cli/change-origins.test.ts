import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Seed } from "../../src/emulator/index.ts";
import { portrait } from "../support/portrait.ts";
import { Sandbox } from "../support/sandbox.ts";

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale@fbi.example }
      - { source: phone, handle: "+13605550123" }
    custom_fields: { Job Title: Agent, Location: Spokane }
`;
const CONTACT = "/contacts/alt:email:dale%40fbi.example";

const MATCHING_COMPANY: Seed = {
  contacts: [
    {
      name: "Dale Cooper",
      handles: ["email:dale@fbi.example", "phone:+13605550123"],
      custom_fields: { "Job Title": "Agent", Location: "Spokane" },
    },
  ],
};

const FILE = "contacts/all.yaml";

/** Returns a sandbox in which Front matches the configuration: after a plan if `isSeeded`, otherwise after an apply. */
async function startInSync(text: string, { isSeeded = false } = {}): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ seed: isSeeded ? MATCHING_COMPANY : {} });
  await sandbox.write(FILE, text).succeed(isSeeded ? "plan" : "apply --auto-approve");
  return sandbox;
}

const FIELDS = ["Front", "Cleared", "Files", "Both", "Unmanaged"].map((name) => ({ name, type: "string" }));
const FIELDS_IN_SYNC = { Front: "a", Cleared: "a", Files: "a", Both: "a" };
const FIELDS_IN_FRONT = { Front: "front", Files: "a", Both: "front", Unmanaged: "front" };
const FIELDS_IN_FILES = { ...FIELDS_IN_SYNC, Files: "files", Both: "files", Unmanaged: "files" };

const configurationWith = (fields: object, { account = "FBI", handle = "", domain = "" } = {}) => `contacts:
  dale:
    name: Dale Cooper
    handles: [{ source: email, handle: dale@fbi.example }${handle}]
    custom_fields: ${JSON.stringify(fields)}
accounts:
  fbi:
    name: ${account}
    description: Federal.
    domains: [fbi.example, agents.example${domain}]
    custom_fields: ${JSON.stringify(fields)}
`;

const FIELD_LINES = [
  '~ "Front" = "front" -> "a" # changed in Front\n',
  '+ "Cleared" = "a" # changed in Front\n',
  '~ "Files" = "a" -> "files" # changed in the configuration\n',
  '~ "Both" = "front" -> "files" # changed in Front and in the configuration\n',
  // The previous value is unknown, because the field was unmanaged.
  '~ "Unmanaged" = "front" -> "files"\n',
];

test.each([
  ["a plan without changes", true],
  ["an apply", false],
])("after %s, a plan shows the origin of each difference, if it is known", async (_, isSeeded) => {
  const company = { custom_fields: FIELDS, account_custom_fields: FIELDS };
  const contact = { name: "Dale Cooper", handles: ["email:dale@fbi.example"], custom_fields: FIELDS_IN_SYNC };
  const domains = ["fbi.example", "agents.example"];
  const account = { name: "FBI", description: "Federal.", domains, custom_fields: FIELDS_IN_SYNC };
  const seed: Seed = isSeeded ? { ...company, contacts: [contact], accounts: [account] } : company;
  await using sandbox = await Sandbox.withFront({ seed });
  const first = await sandbox
    .write(FILE, configurationWith(FIELDS_IN_SYNC))
    .succeed(isSeeded ? "plan" : "apply --auto-approve");
  expect(first).toContain(isSeeded ? "No changes." : "Apply complete!");
  const custom_fields = FIELDS_IN_FRONT;
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop", custom_fields });
  const inFront = { description: "Bureau.", domains: ["fbi.example"], custom_fields };
  await sandbox.front.asTeammate("PATCH", "/accounts/alt:domain:fbi.example", inFront);
  const changes = { account: "Bureau", handle: ", { source: twitter, handle: coop }", domain: ", bureau.example" };
  const out = await sandbox.write(FILE, configurationWith(FIELDS_IN_FILES, changes)).succeed("plan");
  const lines = {
    "front_contact.dale": [
      ...FIELD_LINES,
      '~ name          = "Coop" -> "Dale Cooper" # changed in Front\n',
      '+ twitter "coop" # changed in the configuration\n',
    ],
    "front_account.fbi": [
      ...FIELD_LINES,
      '~ name          = "FBI" -> "Bureau" # changed in the configuration\n',
      '~ description   = "Bureau." -> "Federal." # changed in Front\n',
      '+ "agents.example" # changed in Front\n',
      '+ "bureau.example" # changed in the configuration\n',
    ],
  };
  for (const [address, expectedLines] of Object.entries(lines)) {
    const [, change = ""] = out.split(`# ${address} will be updated`);
    for (const line of expectedLines) expect(change.split("\n\n")[0]).toContain(line);
  }
});

test("a plan that overwrites changes made in Front names the command that accepts them", async () => {
  await using sandbox = await startInSync(DALE, { isSeeded: true });
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  const advice =
    "To accept the changes made in Front instead of overwriting them, run 'front-contacts import --update --changed-in-front'.\n";
  expect(await sandbox.succeed("plan --out plan.json")).toContain(advice);
  expect(await sandbox.succeed("show plan.json")).not.toContain(advice);
  await sandbox.succeed("import --update --changed-in-front");
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("a plan names the command that accepts a contact's account in Front if the account also changed in the configuration", async () => {
  const accounts = ["a", "b", "c"].map((key) => ({ id: `acc_${key}`, name: key, domains: [`${key}.example`] }));
  const contacts = [{ id: "crd_1", name: "Dale", handles: ["email:dale@x.example"] }];
  await using sandbox = await Sandbox.withFront({ seed: { accounts, contacts } });
  const configuration = (domain: string) =>
    `contacts:\n  dale:\n    handles: [{ source: email, handle: dale@x.example }]\n    account: { domain: ${domain} }\n`;
  await sandbox.write(FILE, configuration("a.example")).succeed("apply --auto-approve");
  await sandbox.front.asTeammate("DELETE", "/accounts/acc_a/contacts", { contact_ids: ["crd_1"] });
  await sandbox.front.asTeammate("POST", "/accounts/acc_b/contacts", { contact_ids: ["crd_1"] });
  expect(await sandbox.write(FILE, configuration("c.example")).succeed("plan")).toContain(
    "run 'front-contacts import --update --accounts ADDRESS'.\n",
  );
});

test("a plan names the command that accepts values that also changed in the configuration", async () => {
  await using sandbox = await startInSync(DALE, { isSeeded: true });
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  const changed = sandbox.write(FILE, DALE.replace("Dale Cooper", "D. B. Cooper"));
  const advice =
    "To accept the values in Front instead of overwriting them, run 'front-contacts import --update ADDRESS'.\n";
  const out = await changed.succeed("plan");
  expect(out).toContain(advice);
  expect(out).not.toContain("--changed-in-front");
  await sandbox.front.asTeammate("PATCH", CONTACT, { custom_fields: { "Job Title": "Agent", Location: "Seattle" } });
  expect(await sandbox.succeed("plan")).toContain(
    "run 'front-contacts import --update --changed-in-front'.\nTo accept values that also changed in the configuration, run 'front-contacts import --update ADDRESS'.\n",
  );
  await sandbox.succeed("import --update dale-cooper");
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("each plan shows the origin of a difference until the difference is resolved", async () => {
  await using sandbox = await startInSync(DALE, { isSeeded: true });
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  const line = '~ name          = "Coop" -> "Dale Cooper" # changed in Front';
  expect(await sandbox.succeed("plan")).toContain(line);
  expect(await sandbox.succeed("plan")).toContain(line);
  await sandbox.write(FILE, DALE.replace("Dale Cooper", "Coop")).run("plan");
  expect(await sandbox.write(FILE, DALE).succeed("plan")).toContain(
    '~ name          = "Coop" -> "Dale Cooper" # changed in the configuration',
  );
});

test.each([
  ["a name", { name: "Coop" }, ["Dale Cooper", "Coop"], { name: "Dale Cooper" }, '"Dale Cooper" -> "Coop"'],
  [
    "a field",
    { custom_fields: { "Job Title": "Sheriff", Location: "Spokane" } },
    ["Agent", "Sheriff"],
    { custom_fields: { "Job Title": "Agent", Location: "Spokane" } },
    '"Agent" -> "Sheriff"',
  ],
] as const)(
  "the cache stores %s that changed to the same value in Front and in the configuration",
  async (_, front, files, frontAfterwards, line) => {
    await using sandbox = await startInSync(DALE, { isSeeded: true });
    await sandbox.front.asTeammate("PATCH", CONTACT, front);
    expect(await sandbox.write(FILE, DALE.replace(files[0], files[1])).succeed("plan")).toContain("No changes.");
    await sandbox.front.asTeammate("PATCH", CONTACT, frontAfterwards);
    expect(await sandbox.succeed("plan")).toContain(`${line} # changed in Front`);
  },
);

test("a plan shows the origin of a link with a decomposed accent", async () => {
  const link = "https://fbi.example/Cafe\u0301";
  await using sandbox = await startInSync(DALE.replace("    custom", `    links: ["${link}"]\n    custom`));
  await sandbox.front.asTeammate("PATCH", CONTACT, { links: [] });
  expect(await sandbox.succeed("plan")).toContain(`+ "${link}" # changed in Front`);
});

test.each(["apply --auto-approve --base HEAD", "apply plan.json"])(
  "after an apply with a base, a plan still shows which values changed in Front before the apply: %s",
  async (command) => {
    const text = DALE.replace("    custom", "    lists: [VIP]\n    custom").concat("lists: [VIP, Agents]\n");
    await using sandbox = await startInSync(text);
    sandbox.write(".gitignore", ".front-contacts/\nplan.json\n").createRepository(".");
    await sandbox.front.asTeammate("PATCH", CONTACT, {
      list_names: [],
      custom_fields: { "Job Title": "Sheriff", Location: "Spokane" },
    });
    const edited = text.replace("Dale Cooper", "Coop").replace("lists: [VIP]", "lists: [VIP, Agents]");
    sandbox.write(FILE, edited);
    if (command.includes("plan.json")) await sandbox.succeed("plan --base HEAD --out plan.json");
    expect(await sandbox.succeed(command)).toContain("Apply complete! Resources: 1 added, 1 changed, 0 destroyed.");
    const out = await sandbox.succeed("plan");
    expect(out).toContain('+ "VIP" # changed in Front');
    expect(out).toContain('~ "Job Title" = "Sheriff" -> "Agent" # changed in Front');
    await sandbox.succeed("import --update --changed-in-front");
    expect(sandbox.read(FILE)).toContain("Job Title: Sheriff");
    await sandbox.front.asTeammate("PATCH", CONTACT, { list_names: [] });
    expect(await sandbox.succeed("plan")).toContain('+ "Agents" # changed in Front');
  },
);

test("after a partial plan with a base, a plan still shows which values of the other contacts changed in Front", async () => {
  const other = "  laura: { name: Laura, handles: [{ source: email, handle: laura@palmer.example }] }\n";
  await using sandbox = await startInSync(DALE + other);
  sandbox.write(".gitignore", ".front-contacts/\n").createRepository(".");
  await sandbox.front.asTeammate("DELETE", `${CONTACT}/handles`, { source: "phone", handle: "+13605550123" });
  await sandbox.succeed("plan --base HEAD --target front_contact.laura");
  expect(await sandbox.succeed("plan")).toContain('+ phone "+13605550123" # changed in Front');
});

test("the cache stores a newly declared attribute that equals the value in Front", async () => {
  const withoutName = DALE.replace("    name: Dale Cooper\n", "");
  await using sandbox = await startInSync(withoutName, { isSeeded: true });
  expect(await sandbox.write(FILE, DALE).succeed("plan")).toContain("No changes.");
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  expect(await sandbox.succeed("plan")).toContain('"Coop" -> "Dale Cooper" # changed in Front');
});

test("a plan does not rewrite the cache if nothing changed since the last plan", async () => {
  await using sandbox = await startInSync(DALE, { isSeeded: true });
  const directory = join(sandbox.directory, "contacts/.front-contacts");
  const [name = ""] = readdirSync(directory).filter((file) => file.startsWith("in-sync-"));
  const modified = () => statSync(join(directory, name), { bigint: true }).mtimeNs;
  const before = modified();
  await sandbox.succeed("plan");
  expect(modified()).toBe(before);
});

test("a value that Front did not store during the apply is not shown as changed in Front", async () => {
  await using sandbox = await startInSync(DALE, { isSeeded: true });
  sandbox.write(FILE, DALE.replace("Spokane", "Seattle").replace("Agent", "Boss"));
  sandbox.front.faults = [{ kind: "status", status: 204, method: "PATCH" }];
  expect(await sandbox.fail("apply --auto-approve")).toContain("is not as planned");
  const plan = await sandbox.succeed("plan");
  expect(plan).toContain('"Agent" -> "Boss"');
  expect(plan).not.toContain("changed in Front");
});

test("a plan shows no origin for values that were never in sync", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.front.asTeammate("POST", "/contacts", {
    name: "Coop",
    handles: [{ source: "email", handle: "dale@fbi.example" }],
  });
  sandbox.write(FILE, DALE);
  for (let time = 1; time <= 2; time += 1) expect(await sandbox.succeed("plan")).not.toContain("changed in");
});

const [APPLIED, REPLACED, THEIRS] = await Promise.all([1, 2, 3].map((seed) => portrait(seed).png().toBuffer()));

test.each([
  { changedIn: "Front", theirs: THEIRS },
  { changedIn: "the configuration", file: REPLACED },
  { changedIn: "Front and in the configuration", theirs: THEIRS, file: REPLACED },
])("a plan shows that an avatar changed in $changedIn", async ({ changedIn, theirs, file }) => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/dale.png", APPLIED ?? "");
  const text = DALE.replace("    custom", "    avatar: dale.png\n    custom");
  await sandbox.write(FILE, text).succeed("apply --auto-approve");
  if (theirs !== undefined) {
    const form = new FormData();
    form.append("avatar", new Blob([Uint8Array.from(theirs)], { type: "image/png" }), "theirs.png");
    await sandbox.front.asTeammate("PATCH", CONTACT, form);
  }
  if (file !== undefined) sandbox.write("contacts/dale.png", file);
  expect(await sandbox.succeed("plan")).toMatch(new RegExp(`~ avatar .* # changed in ${changedIn}\n`));
});

test("a plan shows the origin of a handle that was removed in Front", async () => {
  await using sandbox = await startInSync(DALE);
  await sandbox.front.asTeammate("DELETE", `${CONTACT}/handles`, { source: "phone", handle: "+13605550123" });
  expect(await sandbox.succeed("plan")).toContain('+ phone "+13605550123" # changed in Front');
  const { resource_changes: changes } = JSON.parse(await sandbox.succeed("plan --json"));
  expect(changes[0].front_contacts.origins).toEqual([
    { attribute: "handles", key: "phone:+13605550123", origin: "front" },
  ]);
});

test("a plan shows no origins without the cache", async () => {
  await using sandbox = await startInSync(DALE);
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  rmSync(join(sandbox.directory, "contacts/.front-contacts"), { recursive: true });
  expect(await sandbox.succeed("plan")).not.toContain("changed in");
});

test("a plan does not use the cache of another company", async () => {
  await using sandbox = await startInSync(DALE);
  await using other = await Sandbox.withFront({ seed: { company: { id: "cmp_other", name: "Other" } } });
  await other.front.asTeammate("POST", "/contacts", {
    handles: [{ source: "email", handle: "dale@fbi.example" }],
    name: "Coop",
  });
  const env = { FRONT_API_URL: other.front.url, FRONT_API_TOKEN: other.front.token };
  expect(await sandbox.succeed("plan", { env })).not.toContain("changed in");
});
