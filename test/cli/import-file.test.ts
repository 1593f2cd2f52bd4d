import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { importCsv } from "../../src/importing/from-csv.ts";
import { ImportDirectory } from "../support/import-directory.ts";
import { PICTURES } from "../support/memory-disk.ts";
import { Sandbox } from "../support/sandbox.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const TABLE = `Name,Email,Work Email,Phone,Title,Group
Dale Cooper,dale@fbi.example,,+1 360 555 0123,Agent,VIP
Laura Palmer,laura@palmer.example,laura@horne.example,,,VIP
`;
const MAP = "--map name=Name,email=Email,email=Work,phone=Phone,Job=Title,list=Group";

const IMPORTED = "contacts/imported.yaml";

const HEAD = "contacts:\n";
const PEOPLE = `${HEAD}  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale@fbi.example }
      - { source: phone, handle: "+13605550123" }
    lists: [VIP]
    custom_fields:
      Job: Agent

  laura-palmer:
    name: Laura Palmer
    handles:
      - { source: email, handle: laura@palmer.example }
      - { source: email, handle: laura@horne.example }
    lists: [VIP]

lists:
  - VIP
`;

/** Returns a sandbox with a table. Its column names have no spaces, because `sandbox.run` splits commands at spaces. */
function withTable(rows = ""): Sandbox {
  return Sandbox.withoutFront().write("crm.csv", TABLE.replace("Work Email", "Work") + rows);
}

test("import writes valid contacts for the rows of a table, without a token", async () => {
  await using sandbox = withTable();
  const { code, out, err } = await sandbox.run(`import --from-csv crm.csv ${MAP}`);
  expect({ code, out, err }).toEqual({
    code: 0,
    out: "Wrote 2 contacts to contacts/imported.yaml.\nRun 'front-contacts plan' to see what would change in Front.\n",
    err: "",
  });
  expect(sandbox.read(IMPORTED)).toBe(PEOPLE);
  expect(await sandbox.run("validate")).toMatchObject({ code: 0, err: "" });
});

const INVALID_ROWS = `Bad,not an email,,,,
Nobody,,,,,
Again,DALE@fbi.example,,,,
Short,short@x.example
"Two
Lines",two@x.example,,,,
`;

const INVALID_ROW_ERRORS = `5 rows are invalid:
  crm.csv:4: email "not an email" is not an email address
  crm.csv:5: the row has no handle
  crm.csv:6: email "DALE@fbi.example" is already used on line 2
  crm.csv:7: the row has 2 cells, but the table has 6 columns
  crm.csv:8: the name contains a line break or a tab

`;

test("import reports invalid rows with their line numbers, imports the other rows, and fails", async () => {
  await using sandbox = withTable(INVALID_ROWS);
  const { code, out, err } = await sandbox.run(`import --from-csv crm.csv ${MAP}`);
  expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining("Wrote 2 contacts") });
  expect(err).toBe(
    `${INVALID_ROW_ERRORS}5 rows were not imported. The other rows are not affected. Fix the rows and import the file again, or use --skip-invalid to ignore them.\n`,
  );
  expect(sandbox.read(IMPORTED)).toBe(PEOPLE);
});

test("import shows five rows with the same problem, and the number of the others", async () => {
  await using sandbox = Sandbox.withoutFront().write("crm.csv", `Email\n${"x\n".repeat(8)}y\n`);
  const err = await sandbox.fail("import --from-csv crm.csv --map email=Email");
  const shown = [2, 3, 4, 5, 6].map((line) => `  crm.csv:${line}: email "x" is not an email address\n`).join("");
  expect(err).toContain(
    `9 rows are invalid:\n${shown}  crm.csv:10: email "y" is not an email address\n  and 3 more: email "x" is not an email address\n`,
  );
});

test("after a row is fixed, importing the file again adds only its contact", async () => {
  await using sandbox = withTable("Bad,not an email,,,,\n");
  await sandbox.run(`import --from-csv crm.csv ${MAP}`);
  sandbox.write("crm.csv", `${TABLE.replace("Work Email", "Work")}Good,good@x.example,,,,\n`);
  const out = await sandbox.succeed(`import --from-csv crm.csv ${MAP}`);
  expect(out).toMatch(/^Wrote 1 contact .*\n2 contacts are already/);
});

test.each([
  ["", "1 row was not imported. Nothing was written. Fix the rows"],
  [" --dry-run", "1 row would not be imported. Nothing would be written. Fix the rows"],
])("import%s writes nothing if every row is invalid", async (option, message) => {
  await using sandbox = Sandbox.withoutFront().write("crm.csv", "Email\nx\n");
  const err = await sandbox.fail(`import --from-csv crm.csv --map email=Email${option}`);
  expect(err).toContain(message);
  expect(sandbox.exists("contacts")).toBe(false);
});

test("import --null-value treats cells with one of the values as empty", async () => {
  await using sandbox = Sandbox.withoutFront().write(
    "crm.csv",
    "Name,Email,Phone\nAda,ada@x.example,n/a\n-,bo@x.example,\n",
  );
  const map = "--map name=Name,email=Email,phone=Phone";
  const without = await sandbox.fail(`import --from-csv crm.csv ${map} --dry-run`);
  expect(without).toContain("Add --null-value=n/a to treat such cells as empty.");
  const options = "--null-value n/a --null-value -";
  expect(await sandbox.run(`import --from-csv crm.csv ${map} ${options}`)).toMatchObject({ code: 0, err: "" });
  const text = sandbox.read("contacts/imported.yaml");
  expect(text).not.toMatch(/n\/a|phone|name: "?-/);
  const err = await sandbox.fail(`import --from-vcard crm.vcf --null-value -`);
  expect(err).toContain("--null-value cannot be combined with --from-vcard");
});

test("import --skip-invalid skips invalid rows and succeeds", async () => {
  await using sandbox = withTable(INVALID_ROWS);
  const { code, err } = await sandbox.run(`import --from-csv crm.csv --skip-invalid ${MAP}`);
  expect({ code, err }).toEqual({ code: 0, err: INVALID_ROW_ERRORS });
  expect(sandbox.read(IMPORTED)).toBe(PEOPLE);
});

test("import skips declared contacts, and --update changes only properties that their entries declare and removes nothing", async () => {
  const entry =
    "contacts:\n  coop: # ours\n    name: Coop\n    description: Likes coffee.\n    handles: [{ source: email, handle: dale@fbi.example }]\n";
  await using sandbox = withTable().write("contacts/own.yaml", entry);
  await sandbox.run(`import --from-csv crm.csv ${MAP}`);
  expect(sandbox.read("contacts/own.yaml")).toBe(entry);
  const { code, out, err } = await sandbox.run(`import --from-csv crm.csv --update ${MAP}`);
  expect({ code, out }).toEqual({ code: 0, out: "Updated 1 of 2 declared contacts.\n" });
  expect(err).toContain("to import them, add them to the entry: lists, custom field Job");
  expect(sandbox.read("contacts/own.yaml")).toBe(
    entry.replace("name: Coop", "name: Dale Cooper").replace("}]", '}, { source: phone, handle: "+13605550123" }]'),
  );
});

const DECLARED = `custom_fields:
  Job: { type: enum, values: [Agent, Sheriff] }
  Since: { type: datetime }
  Duty: { type: boolean }
  Badge: { type: number }
`;

test("import parses values by their declared types", async () => {
  await using sandbox = Sandbox.withoutFront()
    .write("contacts/company.yaml", DECLARED)
    .write(
      "t.csv",
      "Email;Job;Since;Duty;Badge\na@x.example;Agent;2024-02-29T00:00:00Z;Yes;7\nb@x.example;Chef;soon;maybe;0x7\n",
    );
  const command = "import --from-csv t.csv --map email=Email,Job=Job,Since=Since,Duty=Duty,Badge=Badge --skip-invalid";
  const { err } = await sandbox.run(command);
  expect(sandbox.read(IMPORTED)).toContain(
    "      Job: Agent\n      Since: 2024-02-29\n      Duty: true\n      Badge: 7\n",
  );
  for (const field of ["Job", "Since", "Duty", "Badge"])
    expect(err).toContain(`t.csv:3: the custom field "${field}": "`);
  await sandbox.succeed("validate");
});

const PIXEL = Buffer.from(PICTURES.png).toString("base64");

const CARDS = `BEGIN:VCARD
VERSION:3.0
N:Cooper;Dale;;;
EMAIL;TYPE=WORK:dale@fbi.example
ORG:FBI
CATEGORIES:VIP
PHOTO;ENCODING=b;TYPE=PNG:${PIXEL}
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Harry Truman
TEL;VALUE=uri:tel:+1-360-555-0101
URL:https\\://sheriff.example
NOTE:Sheriff\\nof Twin Peaks
END:VCARD
`;

test("import writes contacts and pictures for vCards", async () => {
  await using sandbox = Sandbox.withoutFront().write("c.vcf", CARDS);
  expect(await sandbox.run("import --from-vcard c.vcf --lists --map Company=ORG")).toMatchObject({ code: 0, err: "" });
  expect(sandbox.read(IMPORTED)).toBe(`${HEAD}  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale@fbi.example }
    lists: [VIP]
    custom_fields:
      Company: FBI
    avatar: avatars/dale-cooper.png

  harry-truman:
    name: Harry Truman
    description: |-
      Sheriff
      of Twin Peaks
    handles:
      - { source: phone, handle: "+13605550101" }
    links: [https://sheriff.example]

lists:
  - VIP
`);
  await sandbox.succeed("validate");
});

test.each(["https://twitter.com/lucymoran", "http://www.x.com/@lucymoran/?lang=en", "mobile.twitter.com/#!/lucymoran"])(
  "the Twitter profile %s is imported as the user name",
  async (url) => {
    const card = `BEGIN:VCARD\nVERSION:3.0\nFN:Lucy\nX-SOCIALPROFILE;TYPE=twitter:${url}\nEND:VCARD\n`;
    await using sandbox = Sandbox.withoutFront().write("c.vcf", card);
    await sandbox.succeed("import --from-vcard c.vcf --map twitter=X-SOCIALPROFILE");
    expect(sandbox.read(IMPORTED)).toContain('{ source: twitter, handle: "@lucymoran" }');
    await sandbox.succeed("validate");
  },
);

const ADDRESS_BOOK = `BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Horne;Audr=C3=A9;;;
TEL;CELL:+13605550142
TEL;WORK;FAX:+13605550143
URL:horne.example
CATEGORIES:myContacts,Hotel
END:VCARD
BEGIN:VCARD
VERSION:3.0
EMAIL:broken
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Dale Cooper
item1.TEL:+13605550101
item2.TEL:+13605550102
item2.X-ABLabel:Fax upstairs
TEL;VALUE=uri:tel:+1-360-555-0103;ext=5
CATEGORIES:* starred,* myContacts,Hotel
END:VCARD
`;

test("import skips and reports fax numbers, numbers with an extension and Google's groups, and reports an invalid card", async () => {
  await using sandbox = Sandbox.withoutFront().write("c.vcf", ADDRESS_BOOK);
  const { code, err } = await sandbox.run("import --from-vcard c.vcf --lists");
  expect({ code, err }).toEqual({
    code: 1,
    err: `1 card is invalid:
  c.vcf:9: email "broken" is not an email address

6 values were skipped:
  line 1: phone "+13605550143" was skipped, because it is a fax or pager number
  line 1: group "myContacts" is skipped in every card, because Google maintains it
  line 13: phone "+1-360-555-0103 ext. 5" was skipped, because it has an extension
  line 13: phone "+13605550102" was skipped, because it is a fax or pager number
  line 13: group "* starred" is skipped in every card, because Google maintains it
  line 13: group "* myContacts" is skipped in every card, because Google maintains it

1 card was not imported. The other cards are not affected. Fix the cards and import the file again, or use --skip-invalid to ignore them.
`,
  });
  expect(sandbox.read(IMPORTED)).toBe(`${HEAD}  audre-horne:
    name: Audré Horne
    handles:
      - { source: phone, handle: "+13605550142" }
    links: [https://horne.example]
    lists: [Hotel]

  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: phone, handle: "+13605550101" }
    lists: [Hotel]

lists:
  - Hotel
`);
});

function hugePicture(): string {
  const png = Buffer.alloc(33);
  png.write("89504e470d0a1a0a0000000d49484452", "hex");
  png.writeUInt32BE(5000, 16);
  png.writeUInt32BE(5000, 20);
  return png.toString("base64");
}

test.each([
  ["with too many pixels", hugePicture()],
  ["that is truncated", Buffer.from(PIXEL, "base64").subarray(0, 50).toString("base64")],
])("import skips a picture %s, which validate would reject", async (_, picture) => {
  await using sandbox = Sandbox.withoutFront().write("c.vcf", CARDS.replace(PIXEL, picture));
  const { code, err } = await sandbox.run("import --from-vcard c.vcf");
  expect(code).toBe(0);
  expect(err).toContain("line 1: the avatar is not a picture that can be sent to Front");
  expect(sandbox.files("contacts")).toEqual(["imported.yaml"]);
  await sandbox.succeed("validate");
});

test.each([
  ["n".repeat(1100), "too long for a YAML key"],
  ["two\nlines", "empty or contains a line break"],
])("import rejects a custom field whose name cannot be a YAML key: %j", async (name, message) => {
  using directory = new ImportDirectory();
  const mappings = [`email=Email,custom_fields.${name}=Title`];
  await expect(importCsv(await directory.target(), { text: TABLE, mappings })).rejects.toThrow(message);
});

test("import ignores lists and custom fields of vCards by default", async () => {
  await using sandbox = Sandbox.withoutFront().write("c.vcf", CARDS);
  await sandbox.run("import --from-vcard c.vcf --no-avatars");
  expect(sandbox.read(IMPORTED)).not.toMatch(/lists|custom_fields|avatar/);
});

test.each([
  ["--from-csv none.csv --preset google --from-vcard c.vcf", /cannot be combined/],
  ["--preset google", /--preset applies only to imports from a file/],
  ["--from-vcard c.vcf --preset google", /--preset cannot be combined with --from-vcard/],
  ["--from-csv - --token-file - --map email=Email", /--from-csv - and --token-file - both read standard input/],
  ["--from-csv crm.csv --map emial=Email", /Unknown target "emial" in the mapping\s+Did you mean "email"\?/],
  ["--from-csv crm.csv --map email=Emial", /no column "Emial"\s+Did you mean "Email"\?/],
  ["--from-csv crm.csv --map email", /"email" is not a valid column mapping/],
  ["--from-csv none.csv --map email=Email", /"none.csv" cannot be read \(ENOENT\)/],
  ["--from-csv open.csv --map email=Email", /Cannot read line 2: a quote in the row that begins here is not closed/],
  ["--from-csv empty.csv", /The table is empty\s+Its first line must contain the column names/],
  ["--from-csv crm.csv --from-vcard c.vcf", /cannot be combined/],
  ["--from-csv crm.csv --lists --map email=Email", /--lists cannot be combined with --from-csv/],
  ["--from-csv crm.csv --accounts", /--accounts cannot be combined with --from-csv/],
  ["--from-csv crm.csv --all --map email=Email", /--all cannot be combined with --from-csv/],
  ["--from-vcard crm.csv", /The file contains no vCard/],
])("import %s fails with an error", async (args, message) => {
  await using sandbox = withTable().write("open.csv", 'Email\n"a@x.example\n').write("empty.csv", "\n");
  const { code, out, err } = await sandbox.run(`import ${args}`);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(message);
  expect(sandbox.exists("contacts")).toBe(false);
});

test.each(["csv", "vcard"])("import --from-%s reports a pipe without a writer, and does not hang", async (kind) => {
  await using sandbox = Sandbox.withoutFront();
  execFileSync("/usr/bin/mkfifo", [join(sandbox.directory, "pipe")]);
  const err = await sandbox.fail(`import --from-${kind} pipe`, { clock: new VirtualClock() });
  expect(err).toMatch(/Nothing was written to the pipe "pipe"\s+First start the program that writes to the pipe/);
});

const ZOE = "Email;Name\r\nzoe@x.example;Zoë\r\n";

test.each([
  ["UTF-8 with a byte order mark", Buffer.from(`\uFEFF${ZOE}`), ""],
  ["UTF-16", Buffer.from(`\uFEFF${ZOE}`, "utf16le"), ""],
  ["UTF-16 without a byte order mark", Buffer.from(ZOE, "utf16le"), "it was read as utf-16"],
  ["Windows-1252", Buffer.from(ZOE, "latin1"), "it was read as windows-1252. Check names with accents."],
  ["UTF-8 with tabs", Buffer.from(ZOE.replaceAll(";", "\t")), ""],
  ["UTF-8 with vertical bars", Buffer.from(ZOE.replaceAll(";", "|")), ""],
])("import reads a table in %s from standard input", async (_, input, warning) => {
  await using sandbox = Sandbox.withoutFront();
  const { code, err } = await sandbox.run("import --from-csv - --map email=Email,name=Name", { input });
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(warning) });
  expect(sandbox.read(IMPORTED)).toContain("    name: Zoë\n");
});

test('error messages refer to the file - as "standard input"', async () => {
  await using sandbox = Sandbox.withoutFront();
  const err = await sandbox.fail("import --from-csv - --map email=Email", { input: "Email\nx\n" });
  expect(err).toContain('standard input:2: email "x" is not an email address');
});

test("import rejects standard input that is a terminal", async () => {
  await using sandbox = Sandbox.withoutFront();
  const err = await sandbox.fail("import --from-vcard -", { answer: "yes" });
  expect(err).toContain("reads standard input, which is a terminal");
});

test("a mapped custom field must be declared if other custom fields are declared", async () => {
  await using sandbox = withTable().write("contacts/company.yaml", DECLARED);
  const err = await sandbox.fail("import --from-csv crm.csv --map email=Email,Jobb=Title");
  expect(err).toMatch(/The custom field "Jobb" is not declared\s+Did you mean "Job"\?/);
});

test("an error about a file that is not a table shows little of its content", async () => {
  await using sandbox = Sandbox.withoutFront();
  sandbox.write("long.csv", `${"x".repeat(5000)}\n`).write("environ", "SECRET=abc\u0000HOME=/\u0000");
  const err = await sandbox.fail("import --from-csv long.csv");
  expect(err).toMatch(/No column of the table is mapped[\s\S]*--map/);
  expect(err.length).toBeLessThan(300);
  const binaryFileError = await sandbox.fail("import --from-csv environ --map name=a");
  expect(binaryFileError).toContain('environ" is not a text file\n\n  Export the contacts as CSV');
  expect(binaryFileError).not.toContain("SECRET");
  const input = Buffer.concat([Buffer.from(`${ZOE}a@x.example;Zoë `), Buffer.from("René", "latin1")]);
  expect(await sandbox.fail("import --from-csv -", { input })).toContain("is UTF-8, but line 3 contains invalid bytes");
});
