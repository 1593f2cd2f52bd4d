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
