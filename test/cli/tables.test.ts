import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const DECLARATION = `lists: [Customers]
tables:
  customers:
    file: crm/customers.csv
    key: ID
    columns:
      name: [First, Last]
      email: Email
      phone: { column: Phone, country: DE }
      lists: Groups
`;

const HEADER = "ID,First,Last,Email,Phone,Groups\n";
const ADA = "C-1,Ada,King,ada@x.example,0171 1234567,Customers\n";
const BOB = "C-2,Bob,,bob@x.example,,\n";
const CSV = "contacts/crm/customers.csv";

async function withTable(rows = ADA + BOB): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront();
  return sandbox.write("contacts/tables.yaml", DECLARATION).write(CSV, HEADER + rows);
}

test("rows are planned and applied, and the next plan has no changes", async () => {
  await using sandbox = await withTable();
  const out = await sandbox.succeed("plan");
  expect(out).toContain('# front_contact.customers["C-1"] will be created');
  expect(out).toContain('  + front_contact.customers["C-1"] {');
  expect(out).toContain("Plan: 3 to add, 0 to change, 0 to destroy.");
  await sandbox.succeed("apply --auto-approve");
  expect((await sandbox.get("/contacts/alt:phone:+491711234567")).name).toBe("Ada King");
  await sandbox.succeed("plan --detailed-exitcode");
});

test("in JSON, a row has the name of its table, and its key as the index", async () => {
  await using sandbox = await withTable(BOB);
  const out = await sandbox.succeed("plan --json");
  expect(JSON.parse(out).resource_changes).toMatchObject([
    { address: 'front_contact.customers["C-2"]', type: "front_contact", name: "customers", index: "C-2" },
  ]);
});

test.each([
  ['front_contact.customers["C-2"]', 1],
  ['front_contact.customers["C-*"]', 2],
  ["front_contact.customers*", 2],
])("the number of rows that plan --target %s selects is %i", async (target, count) => {
  await using sandbox = await withTable(ADA.replace("Customers", "") + BOB);
  const out = await sandbox.succeed(`plan --target ${target}`);
  expect(out).toContain(`Plan: ${count} to add, 0 to change, 0 to destroy.`);
});

test("a saved plan is applied to the rows that did not change, even if they moved", async () => {
  await using sandbox = await withTable();
  await sandbox.run("plan --out plan.json");
  sandbox.write(CSV, `${HEADER}C-0,Cy,,cy@x.example,,\n${BOB.replace("Bob", "Robert")}${ADA}`);
  expect(await sandbox.fail("apply plan.json")).toMatch(/customers\["C-2"\] .*differs/);
  const contacts = await sandbox.list("/contacts");
  expect(contacts).toMatchObject([{ name: "Ada King" }]);
});

test("undo reverts a change to a row", async () => {
  await using sandbox = await withTable(BOB);
  await sandbox.run("apply --auto-approve");
  sandbox.write(CSV, HEADER + BOB.replace("Bob", "Robert"));
  await sandbox.run("apply --auto-approve");
  expect(await sandbox.succeed("history")).toContain("0 to add, 1 to change, 0 to destroy");
  await sandbox.succeed("undo --auto-approve");
  expect((await sandbox.get("/contacts/alt:email:bob@x.example")).name).toBe("Bob");
});

test("the plan of an undo does not state that the row of a created contact was removed from the table", async () => {
  await using sandbox = await withTable(BOB);
  await sandbox.run("apply --auto-approve");
  const out = await sandbox.succeed("undo --dry-run --allow-removals 1");
  expect(out).toContain('# front_contact.customers["C-2"] will be destroyed');
  expect(out).not.toContain("no longer in table");
});

test("an error in a row is shown with its cell", async () => {
  await using sandbox = await withTable(BOB.replace("bob@x.example", "bob"));
  expect(await sandbox.fail("validate")).toContain(`on ${CSV}:2:10\n     2 | C-2,Bob,,bob,,\n       |          ^^^`);
});

test("import --update writes changes made in Front to the cells, and the next plan has no changes", async () => {
  await using sandbox = await withTable(ADA + BOB);
  await sandbox.run("apply --auto-approve");
  const crlf = (text: string) => text.replaceAll("\n", "\r\n");
  sandbox.write(CSV, crlf(HEADER + ADA + BOB));
  await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:bob@x.example", { name: "Robert, Jr." });
  const preview = await sandbox.run("import --update --dry-run");
  expect(preview.out).toContain('-C-2,Bob,,bob@x.example,,\n+C-2,"Robert, Jr.",,bob@x.example,,');
  expect(sandbox.read(CSV)).toBe(crlf(HEADER + ADA + BOB));
  const { code, err, out } = await sandbox.run("import --update");
  expect({ code, text: out + err }).toEqual({ code: 0, text: expect.not.stringContaining("customers[") });
  const after = HEADER + ADA + BOB.replace("Bob", '"Robert, Jr."');
  expect(sandbox.read(CSV)).toBe(crlf(after));
  await sandbox.succeed("plan --detailed-exitcode");
});

test("import --update reports a value that the mapped cells cannot represent", async () => {
  await using sandbox = await withTable(ADA + BOB);
  await sandbox.run("apply --auto-approve");
  await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:ada@x.example", { name: "Countess of Lovelace" });
  const { out, err } = await sandbox.run("import --update");
  expect(out + err).toContain('customers["C-1"]: its name cannot be expressed by the mapped cells');
  expect(sandbox.read(CSV)).toBe(HEADER + ADA + BOB);
});

const PEOPLE = Array.from({ length: 20 }, (_, index) => `C-${index},P${index},,p${index}@x.example,,\n`);

/** A sandbox with a table of 20 rows that was applied and committed. */
let applied: Sandbox;

beforeAll(async () => {
  applied = await withTable(PEOPLE.join(""));
  applied.write("contacts/tables.yaml", `${DECLARATION}    missing: absent\n`);
  await applied.run("apply --auto-approve");
  applied.createRepository("contacts/tables.yaml", CSV);
});

afterAll(() => applied[Symbol.asyncDispose]());

/** Returns a copy of `applied` in which 5 rows were removed, and the key of another row was changed. */
async function withMissingRows(): Promise<Sandbox> {
  return (await applied.copy()).write(CSV, HEADER + PEOPLE.slice(5).join("").replace("C-9,", "C-99,"));
}

test("missing: absent deletes the contacts of rows that were removed since the base, and plan warns if there is no base", async () => {
  await using sandbox = await withMissingRows();
  const planWithoutBase = await sandbox.run("plan");
  expect(planWithoutBase.out).toContain("No changes.");
  expect(planWithoutBase.err).toContain(
    'Warning: Without a base, contacts whose rows were removed from the table "customers" are not deleted',
  );
  expect(planWithoutBase.err).toContain("on contacts/tables.yaml:11:14");
  const out = await sandbox.succeed("plan --base HEAD --out plan.json");
  expect(out).toContain("Plan: 0 to add, 0 to change, 5 to destroy.");
  expect(out).toMatch(
    /# row C-4 is no longer in table customers \(it was at [0-9a-f]+:contacts\/crm\/customers.csv:6\)/,
  );
  const applyResult = await sandbox.run("apply plan.json");
  expect(applyResult).toMatchObject({ code: 0, err: expect.not.stringContaining("Warning") });
  expect(await sandbox.list("/contacts")).toHaveLength(15);
});

test("apply does not delete the contacts of removed rows if missing: absent was removed after the plan", async () => {
  await using sandbox = await withMissingRows();
  await sandbox.succeed("plan --base HEAD --out plan.json");
  const err = await sandbox.write("contacts/tables.yaml", DECLARATION).fail("apply plan.json");
  expect(err).toContain('This plan deletes customers["C-4"], but the configuration does not\n');
  expect(err).toContain("Create and review a new plan for this resource.");
  expect(err).not.toContain("Add it to the configuration again");
  expect(await sandbox.list("/contacts")).toHaveLength(20);
});

test("import --changed-in-front writes changes in Front since the base to the table, except values that also changed in the table", async () => {
  await using sandbox = await withMissingRows();
  const editedRows = PEOPLE.join("").replace("C-9,P9,", "C-9,Mine,");
  sandbox.write(CSV, HEADER + editedRows);
  await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:p9%40x.example", { name: "Theirs\nToo" });
  await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:p8%40x.example", { name: "Eight" });
  const { out, err } = await sandbox.run("plan --base HEAD");
  expect(out).toContain('name: "Theirs\\nToo" in Front, "Mine" in the configuration, ');
  expect(out).toContain("To accept the changes in Front, run 'front-contacts import --update --changed-in-front");
  expect(err).toContain("Run 'front-contacts import --update ADDRESS', or run plan or apply again with --overwrite.");
  const importResult = await sandbox.run("import --update --changed-in-front --base HEAD");
  expect(importResult.out + importResult.err).toContain('customers["C-9"]');
  expect(sandbox.read(CSV)).toBe(HEADER + editedRows.replace("C-8,P8,", "C-8,Eight,"));
});

test("the contact of a row without handles is not deleted", async () => {
  await using sandbox = await withMissingRows();
  const [first, , , , , ...rest] = PEOPLE;
  sandbox.write(CSV, HEADER + first?.replace("p0@x.example", "") + rest.join(""));
  const { out, err } = await sandbox.run("plan --base HEAD --allow-removals 4");
  expect(err).toContain("Warning: The row has no handle, so it is skipped");
  expect(out).toContain("Plan: 0 to add, 0 to change, 4 to destroy.");
  expect(out).not.toContain('customers["C-0"] will be destroyed');
});

test("a saved plan does not delete the contact of a row that was added again", async () => {
  await using sandbox = await withMissingRows();
  await sandbox.run("plan --base HEAD --out plan.json");
  sandbox.write(CSV, HEADER + PEOPLE.slice(4).join(""));
  expect(await sandbox.fail("apply plan.json")).toContain('customers["C-4"]');
  expect(await sandbox.list("/contacts")).toHaveLength(16);
});

test("the guard on removals rejects a plan for a truncated export", async () => {
  await using sandbox = await withMissingRows();
  sandbox.write(CSV, HEADER + PEOPLE.slice(12).join(""));
  expect(await sandbox.fail("plan --base HEAD")).toContain("--allow-removals 12");
});

test("protect: true in defaults prevents deleting the contact of a removed row", async () => {
  await using sandbox = await withMissingRows();
  sandbox.write("contacts/defaults.yaml", "defaults:\n  protect: true\n");
  const err = await sandbox.fail("plan --base HEAD --allow-removals 9");
  expect(err).toContain('customers["C-0"] has protect: true, but the plan would delete it');
  expect(err).toContain("on contacts/defaults.yaml:2:3");
});

test.each([
  ["has only a header", HEADER, ""],
  ["has no selected row", HEADER + PEOPLE.join(""), "    where: { ID: [C-77] }\n"],
])("plan fails instead of deleting the contacts of all rows if the table now %s", async (_, csv, where) => {
  await using sandbox = await withMissingRows();
  sandbox.write(CSV, csv).write("contacts/tables.yaml", `${DECLARATION}    missing: absent\n${where}`);
  const err = await sandbox.fail("plan --base HEAD --allow-removals 20");
  expect(err).toContain(
    'Error: The table "customers" has lost all its rows since the base, so all their contacts would be deleted\n',
  );
  expect(err).toContain("on contacts/tables.yaml:11:14");
});

test("fmt does not change tables, not even those that are valid YAML", async () => {
  const csv = "ID: x,Email\nC-1,   a@x.example\n";
  await using sandbox = Sandbox.withoutFront().write("contacts/t.csv", csv);
  sandbox.write("contacts/t.yaml", 'tables:\n  t:\n    file: t.csv\n    key: "ID: x"\n    columns: { email: Email }\n');
  expect(await sandbox.run("fmt")).toMatchObject({ code: 0, err: "" });
  expect(sandbox.read("contacts/t.csv")).toBe(csv);
});
