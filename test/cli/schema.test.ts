import { execSync } from "node:child_process";
import { lstatSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { SCOPES, type SeedField } from "../../src/emulator/index.ts";
import { Sandbox } from "../support/sandbox.ts";

const PATH = "contacts/front.schema.json";
const contactYaml = (fields: string, otherKeys = "") => `contacts:
  dale-cooper:
    handles: [{ source: email, handle: dale.cooper@fbi.example }]
    custom_fields: { ${fields} }
${otherKeys}`;

async function createCompanySandbox(fields: readonly SeedField[]): Promise<Sandbox> {
  const seed = { company: { id: "cmp_tp1", name: "Twin Peaks" }, custom_fields: fields, lists: [{ name: "Agents" }] };
  const sandbox = await Sandbox.withFront({ seed });
  return sandbox.write("contacts/a.yaml", contactYaml("Job Title: Agent"));
}

const JOB = { name: "Job Title", type: "string" };
const PLAN = { name: "Plan", type: "enum", values: [{ value: "free", label: "For nothing" }, "pro"] };

const TIER = { name: "Tier", type: "enum", values: ["gold"] };
const accountYaml = (fields: string) => `accounts:\n  fbi: { id: acc_1, custom_fields: { ${fields} } }\n`;

test("schema prints the general schema without requests", async () => {
  await using sandbox = Sandbox.withoutFront();
  const { code, out, err } = await sandbox.run("schema");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(JSON.parse(out)).toEqual(JSON.parse(readFileSync("schemas/contacts.schema.json", "utf8")));
  await sandbox.run("schema --to x.json");
  expect(sandbox.read("x.json")).toBe(out);
});

test("schema --from-front writes the schema of the company with GET requests only", async () => {
  await using sandbox = await createCompanySandbox([PLAN, JOB]);
  expect(await sandbox.run("schema --from-front")).toMatchObject({
    code: 0,
    out:
      `Wrote ${PATH} with 2 custom fields, 1 list, 4 teammates, 1 inbox from company cmp_tp1.\n` +
      "Added the schema path to the first line of contacts/a.yaml, for editor completion.\n",
  });
  expect(sandbox.writes).toEqual([]);
  const { $defs } = JSON.parse(sandbox.read(PATH)) as { $defs: Record<string, object> };
  expect($defs["fieldValues"]).toMatchObject({
    additionalProperties: false,
    properties: {
      "Job Title": { type: ["string", "null"] },
      Plan: { enum: ["free", "pro", null], enumDescriptions: ["For nothing", "pro", "Clears the field."] },
    },
  });
  expect(sandbox.read(PATH)).not.toContain(sandbox.front.token);
});

test("the schema of an enum accepts any text if its values cannot be decoded", async () => {
  await using sandbox = await createCompanySandbox([PLAN]);
  const body = { _results: [{ name: "Plan", type: "enum", values: ["free"] }] };
  sandbox.front.faults = [{ kind: "status", status: 200, body, path: "/contacts/custom_fields" }];
  await sandbox.succeed("schema --from-front");
  const { $defs } = JSON.parse(sandbox.read(PATH)) as { $defs: Record<string, object> };
  expect($defs["fieldValues"]).toMatchObject({ properties: { Plan: { type: ["string", "null"] } } });
});

test.each(["rating", "constructor"])("the schema allows only null for a field of the unknown type %s", async (type) => {
  await using sandbox = await createCompanySandbox([{ name: "Stars", type, description: "Up to five." }]);
  await sandbox.succeed("schema --from-front");
  expect(JSON.parse(sandbox.read(PATH)).$defs.fieldValues.properties.Stars).toEqual({
    title: "Stars",
    description: "Up to five. Fields of this type can only be cleared, with null.",
    type: "null",
  });
});

const COMPANY_LINE = "# yaml-language-server: $schema=front.schema.json\n";
const GENERAL_LINE = "# yaml-language-server: $schema=contacts.schema.json\n";

test.each([
  ["adds the schema path to a file without a schema", "contacts/b.yaml", "", COMPANY_LINE],
  ["replaces the path of the general schema", "contacts/b.yaml", GENERAL_LINE, COMPANY_LINE],
  [
    "writes a relative path to a file in a subdirectory",
    "contacts/crm/b.yaml",
    "# yaml-language-server: $schema=../contacts.schema.json",
    "# yaml-language-server: $schema=../front.schema.json",
  ],
  [
    "does not replace the path of another schema",
    "contacts/b.yaml",
    "# yaml-language-server: $schema=mine.json\n",
    "# yaml-language-server: $schema=mine.json\n",
  ],
  [
    "does not replace the URL of a schema",
    "contacts/b.yaml",
    "# yaml-language-server: $schema=https://x.example/contacts.schema.json\n",
    "# yaml-language-server: $schema=https://x.example/contacts.schema.json\n",
  ],
])("schema --from-front %s", async (_, path, before, after) => {
  await using sandbox = await createCompanySandbox([JOB]);
  const otherLines = "\n# Ours.\nlists: [Agents]\n";
  await sandbox.write(path, before + otherLines).run("schema --from-front");
  expect(sandbox.read(path)).toBe(after + otherLines);
  expect(await sandbox.succeed("schema --from-front")).toBe(`${PATH} is up to date.\n`);
});

test("fmt replaces the path of the general schema with that of the company's schema", async () => {
  await using sandbox = await createCompanySandbox([JOB]);
  await sandbox.run("schema --from-front");
  const files = sandbox.write("contacts/b.yaml", `${GENERAL_LINE}lists:\n  - Agents\n`);
  expect(await files.run("fmt --check")).toMatchObject({ code: 3, out: expect.stringContaining("contacts/b.yaml") });
  await files.run("fmt");
  expect(sandbox.read("contacts/b.yaml")).toBe(`${COMPANY_LINE}lists:\n  - Agents\n`);
  await files.succeed("fmt --check");
});

test("import checks a table against the company's schema, and writes the schema path to new files", async () => {
  await using sandbox = await createCompanySandbox([JOB, PLAN]);
  await sandbox.run("schema --from-front");
  sandbox.write("crm.csv", "Email,Plan\nann@x.example,Pro\nbob@x.example,free\n");
  const command = "import --from-csv crm.csv --map email=Email,Plan=Plan";
  const err = await sandbox.fail(command);
  expect(err).toContain('crm.csv:2: the custom field "Plan": "Pro" is not one of its values. Did you mean "pro"?');
  await sandbox.write("crm.csv", "Email,Plan\nann@x.example,pro\n").run(command);
  const entry = (name: string, plan: string) =>
    `  ${name}:\n    handles:\n      - { source: email, handle: ${name}@x.example }\n    custom_fields:\n      Plan: ${plan}\n`;
  expect(sandbox.read("contacts/imported.yaml")).toBe(
    `${COMPANY_LINE}contacts:\n${entry("bob", "free")}\n${entry("ann", "pro")}`,
  );
  await sandbox.succeed("validate");
});

test("import uses the field types of the company's schema, and rejects a field that does not exist in Front", async () => {
  await using sandbox = await createCompanySandbox([JOB, { name: "VIP", type: "boolean" }]);
  await sandbox.run("schema --from-front");
  sandbox.write("crm.csv", "Email,VIP\nann@x.example,yes\n");
  await sandbox.run("import --from-csv crm.csv --map email=Email,VIP=VIP");
  expect(sandbox.read("contacts/imported.yaml")).toContain("VIP: true\n");
  const err = await sandbox.fail("import --from-csv crm.csv --map email=Email,custom_fields.Vip=VIP");
  expect(err).toMatch(/"Vip" is not declared\s+Did you mean "VIP"\? /);
});

test("the order of custom fields in Front's responses does not affect the schema", async () => {
  await using sandbox = await createCompanySandbox([PLAN, JOB]);
  await using otherSandbox = await createCompanySandbox([JOB, PLAN]);
  await sandbox.run("schema --from-front");
  await otherSandbox.run("schema --from-front");
  expect(otherSandbox.read(PATH)).toBe(sandbox.read(PATH));
  expect(await sandbox.run("schema --from-front")).toMatchObject({ code: 0, out: `${PATH} is up to date.\n` });
});

test("schema --from-front omits data that the token cannot read, with a warning", async () => {
  await using sandbox = await createCompanySandbox([JOB]);
  sandbox.front.grant(
    sandbox.front.token,
    SCOPES.filter((scope) => !/^(teammates|inboxes)/.test(scope)),
  );
  const { code, err } = await sandbox.run("schema --from-front");
  expect(code).toBe(0);
  expect(err).toMatch(/has no access:\n {2}teammates: .* scope teammates:read\. .*\n {2}inboxes: .* inboxes:read\. /);
  expect(sandbox.read(PATH)).not.toContain("sheriff.twinpeaks.example");
});

test("the schema accepts any account custom field if the token cannot read account custom fields", async () => {
  await using sandbox = await Sandbox.withFront({
    seed: { custom_fields: [JOB], account_custom_fields: [TIER] },
    faults: [{ kind: "status", status: 403, path: "/accounts/custom_fields" }],
  });
  const { code, err } = await sandbox.run("schema --from-front");
  expect(code).toBe(0);
  expect(err).toContain(
    "The schema does not contain these parts, because the token has no access:\n  account custom fields: Front responded: ",
  );
  sandbox.write("contacts/a.yaml", accountYaml("Level: 1"));
  await sandbox.succeed("validate");
});

test("validate checks the custom fields of accounts against the company schema", async () => {
  const seed = { custom_fields: [JOB], account_custom_fields: [TIER], accounts: [{ id: "acc_1", name: "FBI" }] };
  await using sandbox = await Sandbox.withFront({ seed });
  const out = await sandbox.write("contacts/a.yaml", accountYaml("Tier: gold")).succeed("schema --from-front");
  expect(out).toContain(`Wrote ${PATH} with 1 custom field, 1 account custom field, 0 lists`);
  await sandbox.succeed("validate");
  sandbox.write("contacts/a.yaml", accountYaml("Tier: silver, Job Title: x"));
  const err = await sandbox.fail("validate");
  expect(err).toContain('Custom field "Tier": "silver" is not one of its values');
  expect(err).toContain('Front has no custom field "Job Title" for accounts');
  expect(err).toContain("front-contacts schema --from-front");
});

test("schema --check and plan detect a change to the account custom fields", async () => {
  const accounts = [{ id: "acc_1", name: "FBI", custom_fields: { Tier: "gold" } }];
  await using before = await Sandbox.withFront({ seed: { account_custom_fields: [TIER], accounts } });
  await before.run("schema --from-front");
  const changedFields = [{ ...TIER, values: ["gold", "lead"] }];
  await using after = await Sandbox.withFront({ seed: { account_custom_fields: changedFields, accounts } });
  after.write(PATH, before.read(PATH)).write("contacts/a.yaml", accountYaml("Tier: gold"));
  expect((await after.run("schema --check")).out).toBe(
    `${PATH} is out of date:\n  Value "lead" of account custom field "Tier" is new\n`,
  );
  expect((await after.run("plan")).err).toContain('Value "lead" of account custom field "Tier" is new');
});

test.each([
  ["schema", "mkfifo x.json", /not a regular file/],
  ["schema", "mkdir x.json", /not a regular file/],
  ["schema", "echo precious > x.json", /"x\.json" exists and is not a schema/],
  ["schema", 'echo "{}" > x.json', /"x\.json" exists and is not a schema/],
  ["schema --from-front", "mkfifo x.json", /not a regular file/],
  ["schema", "mkfifo pipe && ln -s pipe x.json", /"x\.json" is not a regular file/],
  ["schema --from-front", "echo precious > x.json", /"x\.json" exists and is not a schema/],
])("%s --to does not replace a path that is not a schema file: %s", async (command, make, message) => {
  await using sandbox = await createCompanySandbox([JOB]);
  execSync(make, { cwd: sandbox.directory });
  expect(await sandbox.fail(`${command} --to x.json`)).toMatch(message);
  expect(sandbox.front.requests).toEqual([]);
});

test("schema --to preserves a symbolic link and updates its target", async () => {
  await using sandbox = await createCompanySandbox([JOB]);
  await sandbox.succeed("schema --to real.json");
  symlinkSync("real.json", join(sandbox.directory, "link.json"));
  await sandbox.succeed("schema --from-front --to link.json");
  expect(lstatSync(join(sandbox.directory, "link.json")).isSymbolicLink()).toBe(true);
  expect(sandbox.read("real.json")).toContain("Job Title");
});

test("schema --from-front creates the contacts directory if it does not exist", async () => {
  await using sandbox = await Sandbox.withFront({ seed: { custom_fields: [JOB] } });
  await sandbox.succeed("schema --from-front");
  expect(sandbox.read(PATH)).toContain("Job Title");
});

test("schema --to reports a path that cannot be written, without sending a request", async () => {
  await using sandbox = await createCompanySandbox([JOB]);
  sandbox.write("nowhere", "a file");
  const err = await sandbox.fail("schema --from-front --to nowhere/x.json");
  expect(err).toContain('"nowhere/x.json" cannot be written (ENOTDIR)');
  expect(sandbox.front.requests).toEqual([]);
});

test("schema --check lists changes in Front", async () => {
  await using before = await createCompanySandbox([JOB, PLAN]);
  expect(await before.run("schema --check")).toMatchObject({ code: 1, out: "" });
  await before.run("schema --from-front");
  expect(await before.run("schema --check")).toEqual({ code: 0, out: `${PATH} is up to date.\n`, err: "" });
  await using after = await createCompanySandbox([
    { name: "Job", type: "string" },
    { ...PLAN, values: ["pro", "vip"] },
  ]);
  const { code, out } = await after.write(PATH, before.read(PATH)).run("schema --check");
  expect({ code, out }).toEqual({
    code: 1,
    out: `${PATH} is out of date:
  Custom field "Job" is new
  Custom field "Job Title" no longer exists
  Value "vip" of custom field "Plan" is new
  Value "free" of custom field "Plan" no longer exists
`,
  });
  expect(after.read(PATH)).toBe(before.read(PATH));
});

test("schema --check does not report unreadable teammates as removed", async () => {
  await using sandbox = await createCompanySandbox([JOB]);
  await sandbox.run("schema --from-front");
  sandbox.front.grant(
    sandbox.front.token,
    SCOPES.filter((scope) => scope !== "teammates:read"),
  );
  await sandbox.succeed("schema --check");
});

test("schema --check lists the parts that the file does not contain but the token can read", async () => {
  await using sandbox = await createCompanySandbox([JOB]);
  const { token } = sandbox.front;
  sandbox.front.grant(
    token,
    SCOPES.filter((scope) => scope !== "teammates:read" && scope !== "inboxes:read"),
  );
  await sandbox.run("schema --from-front");
  sandbox.front.grant(token, SCOPES);
  expect(await sandbox.run("schema --check")).toMatchObject({
    code: 1,
    out: `${PATH} is out of date:
  The file does not contain the teammates of the company, which this token can read
  The file does not contain the inboxes of the company, which this token can read
`,
  });
});

const invalidFields: readonly (readonly [name: string, fields: string, messages: readonly string[]])[] = [
  [
    "an unknown custom field",
    "Job title: x",
    [
      'Front has no custom field "Job title" for contacts',
      "on contacts/a.yaml:4:22",
      'Did you mean "Job Title"?',
      "front-contacts schema --from-front",
    ],
  ],
  [
    "an invalid enum value",
    "Plan: fre",
    ['Custom field "Plan": "fre" is not one of its values', 'Did you mean "free"?'],
  ],
  ["a value of the wrong type", "Job Title: 12", ['Custom field "Job Title": 12 is not text']],
];

test.each(invalidFields)("validate reports %s without a token", async (_, fields, messages) => {
  await using sandbox = await createCompanySandbox([JOB, PLAN]);
  await sandbox.run("schema --from-front");
  await using sandboxWithoutToken = Sandbox.withoutFront();
  sandboxWithoutToken.write(PATH, sandbox.read(PATH)).write("contacts/a.yaml", contactYaml(fields));
  const err = await sandboxWithoutToken.fail("validate");
  for (const text of messages) expect(err).toContain(text);
  expect(err).toContain("1 error in contacts.");
});

test("validate accepts valid values, and lists that are not in the schema", async () => {
  await using sandbox = await createCompanySandbox([JOB, PLAN]);
  await sandbox.run("schema --from-front");
  sandbox.write("contacts/a.yaml", contactYaml("Job Title: x, Plan: pro", "    lists: [New]\nlists: [New]\n"));
  expect(await sandbox.run("validate")).toMatchObject({ code: 0, err: "" });
});

test("validate reports a misspelled field of several contacts once, with the number of uses", async () => {
  await using sandbox = await createCompanySandbox([JOB]);
  await sandbox.run("schema --from-front");
  sandbox.write("contacts/a.yaml", contactYaml("Jbo Title: Agent"));
  sandbox.write("contacts/b.yaml", contactYaml("Jbo Title: Agent").replaceAll("dale", "harry"));
  const err = await sandbox.fail("validate");
  expect(err).toContain("1 error in contacts.");
  expect(err).toMatch(
    /"Jbo Title" for contacts \(2 uses\)\s+on contacts\/a\.yaml:4:22[\s\S]+also at contacts\/b\.yaml:4:22/,
  );
});

test("validate reports a misspelled field once if the configuration declares custom fields", async () => {
  await using sandbox = await createCompanySandbox([JOB]);
  await sandbox.run("schema --from-front");
  sandbox.write("contacts/a.yaml", contactYaml("Job title: x", "custom_fields: { Job Title: { type: string } }\n"));
  expect(await sandbox.fail("validate")).toContain("1 error in contacts.");
});

test("validate reports a schema of another company", async () => {
  await using sandbox = await createCompanySandbox([JOB]);
  await sandbox.run("schema --from-front");
  sandbox.write("contacts/a.yaml", contactYaml("Job Title: x", "settings: { company: cmp_other }\n"));
  expect(await sandbox.fail("validate")).toContain('is for company "cmp_tp1", but settings.company is "cmp_other"');
});

const invalidSchemas = [
  ["invalid JSON", "{"],
  ["JSON that is not a company schema", '{ "type": "object" }'],
  [
    "a company with an invalid ID",
    '{ "x-front-contacts": { "format": 1, "company": { "id": "../x", "name": "" }, "fields": [], "lists": [] } }',
  ],
  ["a pattern that takes exponential time", '{ "x-front-contacts": { "format": 1 }, "pattern": "(a+)+$" }'],
  ["an object with the key __proto__", '{ "__proto__": { "x-front-contacts": { "format": 1 } } }'],
  [
    "a field without a name",
    '{ "x-front-contacts": { "format": 1, "company": { "id": "cmp_1", "name": "" }, "fields": [{}], "lists": [] } }',
  ],
] as const;

test.each(invalidSchemas)("validate rejects a schema file with %s, and plan only warns about it", async (_, schema) => {
  await using sandbox = await createCompanySandbox([JOB]);
  const err = await sandbox.write(PATH, schema).fail("validate");
  expect(err).toContain(`"${PATH}" is not a valid company schema`);
  expect(err).toContain("front-contacts schema --from-front");
  expect(await sandbox.run("plan")).toMatchObject({
    code: 0,
    err: expect.stringContaining("is not a valid company schema"),
  });
  await sandbox.succeed("schema --from-front");
  await sandbox.succeed("validate");
});

test("plan uses the custom fields in Front, and warns about a schema that is out of date", async () => {
  await using before = await createCompanySandbox([{ name: "Job", type: "string" }]);
  await before.run("schema --from-front");
  await using after = await createCompanySandbox([JOB]);
  const { code, out, err } = await after.write(PATH, before.read(PATH)).run("plan");
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("Plan: 1 to add") });
  expect(err).toContain(`Warning: "${PATH}" is out of date: Custom field "Job Title" is new, and 1 more difference`);
});

test("schema --from-front writes nothing without a token", async () => {
  await using sandbox = Sandbox.withoutFront();
  const err = await sandbox.write("contacts/a.yaml", contactYaml("A: b")).fail("schema --from-front");
  expect(err).toContain("FRONT_API_TOKEN");
  expect(sandbox.exists(PATH)).toBe(false);
});
