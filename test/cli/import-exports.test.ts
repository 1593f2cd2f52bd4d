import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

test("rejects rows with formula errors and rounded numbers", async () => {
  await using sandbox = Sandbox.withoutFront().write(
    "crm.csv",
    "Name,Email,Number\n#REF!,#REF!,1\nBo,bo@x.example,4.2E+11\n#N/A,di@x.example,2\nCy,cy@x.example,420000000017\n",
  );
  const err = await sandbox.fail("import --from-csv crm.csv --map name=Name,email=Email,custom_fields.Number=Number");
  expect(err).toContain(`3 rows are invalid:
  crm.csv:2: "#REF!" is an error of a spreadsheet formula, and not a value
  crm.csv:3: "4.2E+11" may be a rounded number, and not the original value
  crm.csv:4: "#N/A" is an error of a spreadsheet formula, and not a value
`);
  expect(err).toMatch(
    /not a value\n\n3 rows were not imported\..* Add --null-value='#N\/A' to treat such cells as empty/,
  );
  expect(sandbox.read("contacts/imported.yaml")).toMatch(/^contacts:\n {2}cy:\n/m);
});

test("suggests null values for formula errors in any language", async () => {
  await using sandbox = Sandbox.withoutFront().write("crm.csv", "Name,Email\n#NV,a@x.example\n#N/D,b@x.example\n");
  const err = await sandbox.fail("import --from-csv crm.csv --map name=Name,email=Email");
  expect(err).toContain("Add --null-value='#NV' --null-value='#N/D' to treat such cells as empty.");
});

test("advises to set the country of phone numbers without a country code", async () => {
  const csv = "Email,Phone\na@x.example,(360) 555-0101\nb@x.example,+13605550102\n";
  await using sandbox = Sandbox.withoutFront().write("crm.csv", csv);
  const command = "import --from-csv crm.csv --map email=Email,phone=Phone --dry-run";
  const advice =
    "1 phone number has no country code. Set the country in settings.phone_country before you run apply.\n";
  expect((await sandbox.run(command)).err).toContain(advice);
  sandbox.write("contacts/settings.yaml", "settings: { phone_country: US }\n");
  expect((await sandbox.run(command)).err).not.toContain("country");
});

test("--separator splits cells with several handles or lists", async () => {
  const row = '"King, Ada","a@x.example, b@x.example","+1 360 555 0101,+1 360 555 0102","VIP,Law",a@x.example';
  await using sandbox = Sandbox.withoutFront().write("crm.csv", `Name,Emails,Phones,Tags,Note\n${row}\n`);
  const command = "import --from-csv crm.csv --map name=Name,email=Emails,phone=Phones,list=Tags,description=Note";
  const advice = " Use --map and --separator TEXT to split cells with several values.\n";
  expect(await sandbox.fail(`${command} --dry-run`)).toContain(advice);
  await sandbox.succeed(`${command} --separator ,`);
  const text = sandbox.read("contacts/imported.yaml");
  expect(text.match(/(?:name|handle): .*?(?= \}|\n)/g)).toEqual([
    "name: King, Ada",
    "handle: a@x.example",
    "handle: b@x.example",
    'handle: "+13605550101"',
    'handle: "+13605550102"',
  ]);
  expect(text).toContain("    lists:\n      - VIP\n      - Law\n");
  expect(await sandbox.fail("import --from-vcard c.vcf --separator ,")).toContain("cannot be combined");
  // The columns of a preset have their own separators.
  expect(await sandbox.fail("import --from-csv crm.csv --separator ,")).toContain("--separator requires --map");
});

test("imports cards with email links and with phone numbers copied from Apple Contacts", async () => {
  const card = `BEGIN:VCARD
VERSION:3.0
FN:Ada
EMAIL;VALUE=uri:mailto:ada@x.example
TEL:\u202d+1 360 555 0101\u202c
TEL:\u202d+1 360 555 0102 ext. 5\u202c
END:VCARD
`;
  await using sandbox = Sandbox.withoutFront().write("c.vcf", card);
  const { code, err } = await sandbox.run("import --from-vcard c.vcf");
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("was skipped, because it has an extension") });
  const text = sandbox.read("contacts/imported.yaml");
  expect(text.match(/handle: .*(?= \})/g)).toEqual(["handle: ada@x.example", 'handle: "+13605550101"']);
});

test("lists the properties of cards that are not imported, and avatars at a URL", async () => {
  const card = `BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//iCloud//EN
FN:Ada
item1.EMAIL:ada@x.example
item1.X-ABLabel:Work
ORG:FBI;
TITLE:
BDAY:1954-04-19
CATEGORIES:VIP
PHOTO:https://x.example/ada.png
END:VCARD
`;
  await using sandbox = Sandbox.withoutFront().write("c.vcf", card);
  const { code, err } = await sandbox.run("import --from-vcard c.vcf --map Company=ORG");
  expect({ code, err }).toEqual({
    code: 0,
    err: `Properties not imported: "BDAY", "CATEGORIES". Use --map to import them.
1 value was skipped:
  line 1: the avatar was skipped, because it is at a URL
`,
  });
});

test("imports URLs with the escapes that Apple Contacts writes", async () => {
  const card =
    "BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nEMAIL:ada@x.example\nURL:https\\://x.example/a\\,b?c\\;d\nEND:VCARD\n";
  await using sandbox = Sandbox.withoutFront().write("c.vcf", card);
  await sandbox.succeed("import --from-vcard c.vcf");
  expect(sandbox.read("contacts/imported.yaml")).toContain('links: ["https://x.example/a,b?c;d"]\n');
});

test.each([1, 2])("imports a card with a line break after byte %i of a character", async (position) => {
  const [head, tail] = ["BEGIN:VCARD\r\nVERSION:3.0\r\nEMAIL:ada@x.example\r\nFN:Zoë ", " Łukasz\r\nEND:VCARD\r\n"];
  const euro = Buffer.from("€");
  const folded = [euro.subarray(0, position), Buffer.from("\r\n "), euro.subarray(position)];
  const bytes = Buffer.concat([Buffer.from(head), ...folded, Buffer.from(tail)]);
  await using sandbox = Sandbox.withoutFront().write("c.vcf", bytes);
  const { err } = await sandbox.run("import --from-vcard c.vcf");
  expect(err).not.toContain("windows-1252");
  expect(sandbox.read("contacts/imported.yaml")).toContain("name: Zoë € Łukasz\n");
});

test("rejects email addresses in quotes, which Outlook exports", async () => {
  await using sandbox = Sandbox.withoutFront().write(
    "c.csv",
    "First Name,E-mail Address,E-mail 2 Address\nAda,'ada@x.example',\n",
  );
  const err = await sandbox.fail("import --from-csv c.csv");
  expect(err).toContain(`c.csv:2: email "'ada@x.example'" is not an email address`);
});
