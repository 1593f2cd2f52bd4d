import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { parseCsv } from "../../src/csv/read-csv.ts";
import { Sandbox } from "../support/sandbox.ts";

function readExport(name: string): Buffer {
  return readFileSync(new URL(`../exports/${name}.csv`, import.meta.url));
}

/** Adds a column that identifies each row, because a Google Contacts export has no such column. */
function withRowNumbers(csv: Buffer): string {
  const { header, rows } = parseCsv(csv.toString());
  const lines = [["Row", ...header], ...rows.map(({ cells }, index) => [`R-${index}`, ...cells])];
  return lines.map((cells) => `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")}\n`).join("");
}

const LISTS = "lists: [Friends, Suppliers, Hotel, Kunden, VIP, VIPs, Police]\n";

const SEED = {
  custom_fields: [
    { name: "Customer ID", type: "string" },
    { name: "Job Title", type: "string" },
  ],
};

async function expectConvergence(sandbox: Sandbox): Promise<void> {
  await sandbox.succeed("apply --auto-approve");
  await sandbox.succeed("plan --detailed-exitcode");
}

test.each([
  ["google", "US"],
  ["google-old", "US"],
  ["outlook", "DE"],
  ["outlook-de", "DE"],
  ["outlook-fr", "FR"],
  ["hubspot", "US"],
  ["salesforce", "US"],
  ["front", "US"],
])("the export %s is imported, and a plan after the apply has no changes", async (name, country) => {
  await using sandbox = (await Sandbox.withFront({ seed: SEED })).write("export.csv", readExport(name));
  sandbox.write("contacts/settings.yaml", `settings: { phone_country: ${country} }\n`);
  await sandbox.succeed("import --from-csv export.csv");
  await expectConvergence(sandbox);
  const out = await sandbox.succeed("import --from-csv export.csv");
  expect(out).toMatch(/^No new contacts\.\n\d contacts are already declared/);
});

test.each([
  ["hubspot", "Record ID", "US"],
  ["salesforce", "Contact ID", "US"],
  ["outlook", "User 1", "DE"],
  ["front", "Customer ID", "US"],
  ["google", "Row", "US"],
])("a plan after the apply of a table with the preset %s has no changes", async (name, key, country) => {
  await using sandbox = await Sandbox.withFront({ seed: SEED });
  sandbox.write("contacts/crm/export.csv", name === "google" ? withRowNumbers(readExport(name)) : readExport(name));
  const table = `tables: { crm: { preset: ${name}, file: crm/export.csv, key: ${key}, country: ${country} } }\n`;
  sandbox.write("contacts/tables.yaml", LISTS + table);
  await expectConvergence(sandbox);
});

test("validate and import reject a preset for a different program, and validate suggests the right preset", async () => {
  await using sandbox = Sandbox.withoutFront().write("contacts/crm.csv", readExport("hubspot"));
  sandbox.write("contacts/tables.yaml", "tables: { crm: { preset: google, file: crm.csv, key: Record ID } }\n");
  const err = await sandbox.fail("validate");
  expect(err).toContain("The table is not an export from Google Contacts");
  expect(err).toContain("Use `preset: hubspot`.");
  sandbox.write("contacts/tables.yaml", "tables: { crm: { preset: hubspot, file: crm.csv, key: Record ID } }\n");
  expect(await sandbox.fail("import --from-csv contacts/crm.csv --preset outlook")).toContain(
    "The table is not an export from Outlook",
  );
});

test.each([
  ["--skip-invalid", "the two columns", 'Columns not imported: "Record ID", "Company".'],
  ["--preset hubspot --map Company=Company", "the column", 'Columns not imported: "Record ID".'],
  ["--map email=Email", "no columns", undefined],
])("with %s, import --from-csv prints %s with values that it does not read", async (options, _, line) => {
  const csv = "Record ID,First Name,Email,Company,Empty\n1,Dale,dale@fbi.example,FBI,\n2,Ann,ann@fbi.example,,\n";
  await using sandbox = Sandbox.withoutFront().write("export.csv", csv);
  const { code, err } = await sandbox.run(`import --from-csv export.csv ${options}`);
  expect(code).toBe(0);
  expect(/^Columns not imported: .*?\./m.exec(err)?.[0]).toBe(line);
});

test("an export from HubSpot is recognized even if it has a column that Salesforce also exports", async () => {
  const header = "First Name,Email,Additional email addresses,Mailing City";
  await using sandbox = Sandbox.withoutFront().write(
    "crm.csv",
    `${header}\nAda,a@x.example,b@x.example;c@x.example,Bonn\n`,
  );
  const { err } = await sandbox.run("import --from-csv crm.csv");
  expect(err).toContain("Recognized an export from HubSpot");
  expect(sandbox.read("contacts/imported.yaml")).toContain("c@x.example");
});

test("import --map replaces the columns of the preset only for the mapped properties", async () => {
  await using sandbox = Sandbox.withoutFront().write("export.csv", readExport("front"));
  await sandbox.run("import --from-csv export.csv --preset front --map email=email,Title=description");
  const text = sandbox.read("contacts/imported.yaml");
  expect(text).toContain("Title: Sheriff of Twin Peaks");
  expect(text).toContain("name: Harry Truman");
  expect(text).not.toContain("harry@home.example");
});

test("the suggested mapping contains a column of labels, and the full name if no column has last names", async () => {
  const csv = "Full Name,First Name,Mail,Label,Phone Label\nAda King,Ada,ada@x.example,VIP,work\n";
  await using sandbox = Sandbox.withoutFront().write("crm.csv", csv);
  const { out, err } = await sandbox.run("import --from-csv crm.csv");
  expect(err).toContain("Use --map 'name=Full Name,email=Mail,list=Label'.");
  expect(out).toContain("--map 'name=Full Name,email=Mail,list=Label'");
  expect(out).toContain("# Not mapped: First Name, Phone Label\n");
});

test("the suggested table splits cells with several phone numbers, and has a key even if the footer of a report follows the rows", async () => {
  const rows = "1001;a@x.example,b@x.example;+1 360 555 0101 / +1 360 555 0102\n1002;;+13605550103\nConfidential;;\n";
  await using sandbox = Sandbox.withoutFront().write("crm.csv", `Kundennr.;Mail;Telefonnummer\n${rows};;\n`);
  const { out } = await sandbox.run("import --from-csv crm.csv");
  expect(out).toContain("key: Kundennr.\n");
  expect(out).toContain("phone: { column: Telefonnummer, separator: / }");
  expect(out).toContain("# To import the rows once, if no cell contains several values:\n");
});

test("a table with an unknown header is an error, with a mapping that can be copied", async () => {
  const rows = "7;King;Ada;ada@x.example;0171 1;VIP, Law;gold\n;;;;;;\n8;Li;Bo;bo@x.example, bo@y.example;;;free\n";
  await using sandbox = Sandbox.withoutFront().write(
    "crm.csv",
    `Kunden-Nr.;Nachname;Vorname;Mail;Handy;Tags;Tarif\n${rows}`,
  );
  const { code, out, err } = await sandbox.run("import --from-csv crm.csv");
  expect({ code, out }).toEqual({
    code: 1,
    out: `# To manage the rows as contacts, save the table in the contacts directory and add this to a YAML file in the same directory:
tables:
  crm:
    file: crm.csv
    key: Kunden-Nr.
    columns:
      name: [Vorname, Nachname]
      email: { column: Mail, separator: "," }
      phone: Handy
      lists: { column: Tags, separator: "," }
# For numbers without a country code, add the country, for example country: US
# Not mapped: Tarif

# To import the rows once:
# front-contacts import --from-csv crm.csv --map name=Vorname,name=Nachname,email=Mail,phone=Handy,list=Tags --separator ','
`,
  });
  expect(err).toContain("No column of the table is mapped");
  expect(err).toContain("list=Tags --separator ','.\n");
  sandbox.write("contacts/crm.csv", sandbox.read("crm.csv"));
  sandbox.write("contacts/tables.yaml", `lists: [VIP, Law]\n${out}`);
  await sandbox.succeed("validate");
});
