import { expect, test } from "@jest/globals";
import { PICTURES } from "../support/memory-disk.ts";
import { Sandbox } from "../support/sandbox.ts";

const DEFAULTS = "contacts/team/defaults.yaml";
const PEOPLE = "contacts/team/people.yaml";
const TEXT = `defaults:
  description: Of the team
  lists: [Team]
  custom_fields:
    Owner: ann
`;
const ADA = `contacts:
  ada:
    name: Ada
    handles: [{ source: email, handle: ada@x.example }]
    lists: [VIP]
`;
const BOB = `  bob:
    handles: [{ source: email, handle: bob@x.example }]
    custom_fields: { Owner: bea }
`;
const CONTACT = "/contacts/alt:email:ada@x.example";
const FIELDS = ["Owner", "Tier"].map((name) => ({ name, type: "string" }));

async function withTeam(defaults = TEXT): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({
    seed: { custom_fields: FIELDS, lists: [{ name: "Team" }, { name: "VIP" }] },
  });
  return sandbox.write(DEFAULTS, defaults).write(PEOPLE, ADA + BOB);
}

async function withAppliedTeam(defaults = TEXT): Promise<Sandbox> {
  const sandbox = await withTeam(defaults);
  await sandbox.succeed("apply --auto-approve --allow-changes 9");
  sandbox.createRepository("contacts/team");
  return sandbox;
}

test("a plan shows the location of the default that sets a value", async () => {
  await using sandbox = await withTeam();
  const out = await sandbox.succeed("plan");
  const lines = out.split("\n").filter((line) => line.includes("# default in"));
  expect(lines.map((line) => line.trim().replaceAll(/ +/g, " "))).toEqual([
    `+ description = "Of the team" # default in ${DEFAULTS}:2`,
    `+ "Team" # default in ${DEFAULTS}:3`,
    `+ "Owner" = "ann" # default in ${DEFAULTS}:5`,
    `+ description = "Of the team" # default in ${DEFAULTS}:2`,
    `+ "Team" # default in ${DEFAULTS}:3`,
  ]);
});

test("JSON, Markdown and HTML plans show the location of a default", async () => {
  await using sandbox = await withTeam();
  const out = await sandbox.succeed("plan --json");
  const locationAt = (line: number, column: number, length: number) => ({ file: DEFAULTS, line, column, length });
  expect(JSON.parse(out).resource_changes[0].front_contacts).toMatchObject({
    location: { file: PEOPLE, line: 2 },
    defaults: [
      { attribute: "description", key: null, location: locationAt(2, 16, 11) },
      { attribute: "lists", key: "Team", location: locationAt(3, 11, 4) },
      { attribute: "custom_fields", key: "Owner", location: locationAt(5, 12, 3) },
    ],
  });
  const env = {
    CI_PROJECT_URL: "https://gitlab.example/acme/crm",
    CI_COMMIT_SHA: "0123456789abcdef0123456789abcdef01234567",
    CI_PROJECT_DIR: sandbox.directory,
  };
  const markdown = await sandbox.succeed("plan --format markdown", { env });
  expect(markdown).toMatch(
    /list `Team` added \(\[`defaults\.yaml:3`\]\(https:\/\/gitlab\.example\/acme\/crm\/-\/blob\/[0-9a-f]{40}\/contacts\/team\/defaults\.yaml#L3\)\)/,
  );
  const page = await sandbox.succeed("plan --format html");
  expect(page).toContain(`Owner<br><span class="where">default in ${DEFAULTS}:5</span>`);
});

test("a saved plan is applied even if a value moves from the defaults to the entries", async () => {
  await using sandbox = await withTeam();
  await sandbox.run("plan --out plan.json");
  sandbox.write(DEFAULTS, TEXT.replace("  lists: [Team]\n", ""));
  sandbox.write(PEOPLE, (ADA + BOB).replace("[VIP]", "[VIP, Team]").replace("  bob:\n", "  bob:\n    lists: [Team]\n"));
  await sandbox.succeed("apply plan.json");
  await sandbox.succeed("plan --detailed-exitcode");
});

test("after a default changed, apply of a saved plan refuses only the contacts that use the default", async () => {
  await using sandbox = await withTeam();
  await sandbox.run("plan --out plan.json");
  sandbox.write(DEFAULTS, TEXT.replace("ann", "cyd"));
  expect(await sandbox.fail("apply plan.json")).toMatch(/ada .*differs.*custom_fields/);
  const contacts = await sandbox.list("/contacts");
  expect(contacts).toMatchObject([{ custom_fields: { Owner: "bea" } }]);
});

test("with a base, a value removed from the defaults is removed, and a value changed in Front is not overwritten", async () => {
  await using sandbox = await withAppliedTeam();
  await sandbox.front.asTeammate("PATCH", CONTACT, { description: "The first", custom_fields: { Owner: "ann" } });
  sandbox.write(
    DEFAULTS,
    TEXT.replace("  lists: [Team]\n", "  links: [https://team.example]\n").replace("Owner: ann", "Owner: cyd"),
  );
  const out = await sandbox.succeed("plan --base HEAD");
  expect(out).toContain(
    `description: "The first" in Front, "Of the team" in the configuration (default in ${DEFAULTS}:2)`,
  );
  expect(out).toContain('- "Team" # changed in the configuration');
  expect(out).toContain(`"ann" -> "cyd" # changed in the configuration; default in ${DEFAULTS}:5`);
  expect(out).toContain("Plan: 0 to add, 2 to change, 0 to destroy.");
  await sandbox.succeed("plan --base HEAD --out plan.json");
  await sandbox.succeed("apply plan.json");
  expect(await sandbox.succeed("plan --base HEAD")).toContain("No changes. 1 contact changed in Front");
});

test("undo restores values that changed because of a default", async () => {
  await using sandbox = await withAppliedTeam();
  sandbox.write(DEFAULTS, TEXT.replace("Of the team", "Of another team"));
  await sandbox.run("apply --auto-approve");
  expect((await sandbox.get(CONTACT)).description).toBe("Of another team");
  await sandbox.succeed("undo --auto-approve");
  expect((await sandbox.get(CONTACT)).description).toBe("Of the team");
});

test("a removal from a collection that the defaults make exact shows the location of the default", async () => {
  await using sandbox = await withAppliedTeam();
  await sandbox.front.asTeammate("PATCH", CONTACT, { list_names: ["VIP", "Team", "More"] });
  sandbox.write(DEFAULTS, `${TEXT}  exact: [lists]\n`);
  expect(await sandbox.succeed("plan")).toContain(`- "More" # changed in Front; default in ${DEFAULTS}:6`);
});

test.each([
  ["an unknown list", "lists: [Taem]", 'List "Taem" does not exist in Front', 11],
  ["an unknown account", "account: { id: acc_404 }", 'The default account "acc_404" does not exist in Front', 12],
  ["an unknown custom field", "custom_fields: { Onwer: ann }", 'no custom field "Onwer"', 20],
])(
  "%s in the defaults is reported once, at its location in the defaults file",
  async (_, defaults, message, column) => {
    await using sandbox = await withTeam(`defaults:\n  ${defaults}\n`);
    const err = await sandbox.fail("plan");
    expect(err.split(message)).toHaveLength(2);
    expect(err).toContain(`on ${DEFAULTS}:2:${column}`);
  },
);

test("protect: true in the defaults prevents removing a handle, unless the entry sets protect: false", async () => {
  const defaults = "defaults:\n  exact: [handles]\n  protect: true\n";
  await using sandbox = await withAppliedTeam(defaults);
  for (const name of ["ada", "bob"]) {
    const handle = { source: "email", handle: `${name}@more.example` };
    await sandbox.front.asTeammate("POST", `/contacts/alt:email:${name}@x.example/handles`, handle);
  }
  sandbox.write(PEOPLE, ADA.replace("    name", "    protect: false\n    name") + BOB);
  const err = await sandbox.fail("plan");
  expect(err).toContain("bob has protect: true");
  expect(err).not.toContain("ada has protect");
  expect(err).toContain(`on ${DEFAULTS}:3:3`);
  expect(err).toContain("protect: false");
});

test("the avatar path in a defaults file is relative to that file", async () => {
  await using sandbox = await withTeam("defaults:\n  avatar: team.png\n");
  sandbox
    .write("contacts/team/team.png", PICTURES.png)
    .write("contacts/team/deeper/cy.yaml", ADA.replaceAll("ada", "cy"));
  expect(await sandbox.succeed("apply --auto-approve")).toContain("Resources: 3 added");
  await sandbox.succeed("plan --detailed-exitcode");
});

test("fmt formats defaults and preserves comments", async () => {
  await using sandbox = await withTeam("defaults:\n    custom_fields: {Owner: ann}   # who\n    description: x\n");
  await sandbox.succeed("fmt");
  expect(sandbox.read(DEFAULTS)).toBe("defaults:\n  description: x\n  custom_fields: { Owner: ann } # who\n");
});

test("the company's schema checks the custom fields of defaults", async () => {
  await using sandbox = await withTeam("defaults:\n  custom_fields: { Onwer: ann }\n");
  await sandbox.run("schema --from-front");
  expect(await sandbox.fail("validate")).toContain(`on ${DEFAULTS}:3:20`);
});

test("import --update --changed-in-front writes remote changes to the entry, but does not overwrite a changed default", async () => {
  await using sandbox = await withAppliedTeam();
  await sandbox.front.asTeammate("PATCH", CONTACT, { description: "The first", custom_fields: { Owner: "ann" } });
  sandbox.write(DEFAULTS, TEXT.replace("Owner: ann", "Owner: cyd"));
  await sandbox.succeed("import --update --changed-in-front --base HEAD");
  const text = sandbox.read(PEOPLE);
  expect(text).toBe((ADA + BOB).replace("lists: [VIP]\n", "lists: [VIP]\n    description: The first\n"));
  const out = await sandbox.succeed("plan");
  expect(out).toContain('"ann" -> "cyd"');
  expect(out).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
});

test("import reports a value that changed in both the defaults and Front, and does not write it", async () => {
  await using sandbox = await withAppliedTeam();
  await sandbox.front.asTeammate("PATCH", CONTACT, { description: "The first" });
  sandbox.write(DEFAULTS, TEXT.replace("Of the team", "Of another team"));
  const { err } = await sandbox.run("import --update --changed-in-front --base HEAD");
  expect(err).toContain("ada: its description changed in Front and in the configuration");
  expect(sandbox.read(PEOPLE)).toBe(ADA + BOB);
});

test("entries imported from CSV omit values that the defaults of their directory set", async () => {
  await using sandbox = await withTeam();
  sandbox.write("crm.csv", "Name,Email,Owner\nCy,cy@x.example,ann\nDi,di@x.example,eve\n");
  const map = "--map name=Name,email=Email,custom_fields.Owner=Owner";
  await sandbox.succeed(`import --from-csv crm.csv ${map} --to contacts/team/new.yaml`);
  expect(sandbox.read("contacts/team/new.yaml")).toBe(`contacts:
  cy:
    name: Cy
    handles:
      - { source: email, handle: cy@x.example }

  di:
    name: Di
    handles:
      - { source: email, handle: di@x.example }
    custom_fields:
      Owner: eve
`);
});
