import { expect, test } from "@jest/globals";
import { LIMITS } from "../../src/model/limits.ts";
import { Sandbox } from "../support/sandbox.ts";

const PATH = "contacts/front.schema.json";
const contactYaml = (lists: string, otherKeys = "") =>
  `contacts:\n  dale:\n    handles: [{ source: email, handle: dale@fbi.example }]\n    lists: [${lists}]\n${otherKeys}`;

async function createSandbox(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ seed: { lists: ["Agents", "VIP"] } });
  await sandbox.succeed("schema --from-front");
  return sandbox;
}

test("validate warns about lists that are neither declared nor in the schema, and suggests a list", async () => {
  await using sandbox = await createSandbox();
  sandbox.write("contacts/a.yaml", contactYaml("Agent, Diners, Guest, { id: grp_1 }", "lists: [Guests]\n"));
  const { code, out, err } = await sandbox.run("validate");
  expect({ code, out }).toEqual({ code: 0, out: "Success! 1 contact is valid.\n" });
  expect(err).toBe(`Warning: List "Agent" is not declared and not in ${PATH}

  on contacts/a.yaml:4:13
     4 |     lists: [Agent, Diners, Guest, { id: grp_1 }]
       |             ^^^^^

  Did you mean "Agents"? If the list is new in Front, update the company schema. Run 'front-contacts schema --from-front'.

Warning: List "Diners" is not declared and not in ${PATH}

  on contacts/a.yaml:4:20
     4 |     lists: [Agent, Diners, Guest, { id: grp_1 }]
       |                    ^^^^^^

  Correct the name, or declare the list under the top-level key lists. If the list is new in Front, update the company schema. Run 'front-contacts schema --from-front'.

Warning: List "Guest" is not declared and not in ${PATH}

  on contacts/a.yaml:4:28
     4 |     lists: [Agent, Diners, Guest, { id: grp_1 }]
       |                            ^^^^^

  Did you mean "Guests"? If the list is new in Front, update the company schema. Run 'front-contacts schema --from-front'.

`);
});

test.each([
  ["a list in the schema", contactYaml("VIP"), {}],
  ["a declared list", contactYaml("Guests", "lists: [Guests]\n"), {}],
  ["a list that another file declares", contactYaml("Guests"), { "contacts/b.yaml": "lists: { Guests: {} }\n" }],
])("validate does not warn about %s", async (_, text, others) => {
  await using sandbox = await createSandbox();
  for (const [path, other] of Object.entries(others)) sandbox.write(path, other);
  expect(await sandbox.write("contacts/a.yaml", text).run("validate")).toMatchObject({ code: 0, err: "" });
});

test("validate prints one warning for a list that several contacts inherit from defaults", async () => {
  await using sandbox = await createSandbox();
  const contacts = ["ann", "bob"].map(
    (key) => `  ${key}: { handles: [{ source: email, handle: ${key}@x.example }] }\n`,
  );
  sandbox.write("contacts/a.yaml", `contacts:\n${contacts.join("")}`);
  const { err } = await sandbox.write("contacts/defaults.yaml", "defaults: { lists: [Vip] }\n").run("validate");
  expect(err).toMatch(/^Warning: List "Vip" is not declared .*\n\n {2}on contacts\/defaults\.yaml:1:21\n/);
  expect(err.match(/Warning/g)).toHaveLength(1);
});

test("validate accepts the schema of a company with 6,000 lists", async () => {
  const lists = Array.from({ length: 6000 }, (_, index) => `List ${index}`);
  await using sandbox = await Sandbox.withFront({ seed: { lists } });
  await sandbox.succeed("schema --from-front");
  sandbox.write("contacts/a.yaml", contactYaml("List 5999"));
  expect(await sandbox.run("validate")).toMatchObject({ code: 0, err: "" });
});

test("validate accepts a schema of more than 4 MB, and reports a schema of more than 16 MB as too large", async () => {
  await using sandbox = await createSandbox();
  const schema = sandbox.read(PATH);
  sandbox.write("contacts/a.yaml", contactYaml("VIP")).write(PATH, `${schema}${" ".repeat(LIMITS.fileBytes)}`);
  expect(await sandbox.run("validate")).toMatchObject({ code: 0, err: "" });
  sandbox.write(PATH, `${schema}${" ".repeat(LIMITS.companySchemaBytes)}`);
  expect(await sandbox.fail("validate")).toContain(`Error: "${PATH}" is larger than 16 MB\n`);
});

test.each(["ACME", "Acme", "acme inc"])("validate suggests the key of an account for %s", async (account) => {
  await using sandbox = Sandbox.withoutFront();
  const contact = `contacts:\n  ann:\n    handles: [{ source: email, handle: ann@x.example }]\n    account: ${account}\n`;
  sandbox.write(
    "contacts/b.yaml",
    "accounts:\n  acme: { domains: [x.example] }\n  acme-inc: { domains: [y.example] }\n",
  );
  const err = await sandbox.write("contacts/a.yaml", contact).fail("validate");
  const key = account.endsWith("inc") ? "acme-inc" : "acme";
  expect(err).toContain(`Error: Account "${account}" is not declared. Did you mean "${key}"?\n`);
  expect(err).toContain("\n1 error in contacts.\n");
});

test("validate reports an account with an invalid key as an invalid value if it resembles no declared account", async () => {
  await using sandbox = Sandbox.withoutFront();
  const contact = "contacts:\n  ann:\n    handles: [{ source: email, handle: ann@x.example }]\n    account: Initech\n";
  sandbox.write("contacts/b.yaml", "accounts:\n  acme: { domains: [x.example] }\n");
  const err = await sandbox.write("contacts/a.yaml", contact).fail("validate");
  expect(err).toContain('Error: "Initech" is not a valid value of account\n');
});
