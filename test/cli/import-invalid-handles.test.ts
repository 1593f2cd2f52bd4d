import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const IMPORTED = "contacts/imported.yaml";

const INVALID_HANDLES = `Name,Email,Phone
Ann,ann@x.example,+1
Ben,ben@@x,+13605550124
Cat,cat@@x,+1
Dan,ann@x.example,+13605550125
Eve,eve@x.example,+13605550126
`;

test("import --skip-invalid-handles imports rows without their invalid handles, and lists these handles", async () => {
  await using sandbox = Sandbox.withoutFront().write("crm.csv", INVALID_HANDLES);
  const command = "import --from-csv crm.csv --map name=Name,email=Email,phone=Phone";
  expect(await sandbox.fail(`${command} --dry-run`)).toContain(
    "use --skip-invalid to ignore them. Use --skip-invalid-handles to import 2 rows without their invalid handles.\n",
  );
  await sandbox.write("one.csv", "Name,Email,Phone\nAnn,ann@x.example,+1\nCat,cat@@x,+1\n");
  expect(await sandbox.fail(`${command.replace("crm.csv", "one.csv")} --dry-run`)).toContain(
    "Use --skip-invalid-handles to import 1 row without its invalid handles.\n",
  );
  const { code, out, err } = await sandbox.run(`${command} --skip-invalid-handles`);
  expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining("Wrote 3 contacts") });
  expect(err).toBe(`2 rows have invalid handles, which are skipped:
  crm.csv:2: phone "+1" is not a phone number
  crm.csv:3: email "ben@@x" is not an email address

2 rows are invalid:
  crm.csv:4: email "cat@@x" is not an email address
  crm.csv:4: phone "+1" is not a phone number
  crm.csv:5: email "ann@x.example" is already used on line 2

2 rows were not imported. The other rows are not affected. Fix the rows and import the file again, or use --skip-invalid to ignore them.
`);
  expect(sandbox.read(IMPORTED)).toBe(`contacts:
  ann:
    name: Ann
    handles:
      - { source: email, handle: ann@x.example }

  ben:
    name: Ben
    handles:
      - { source: phone, handle: "+13605550124" }

  eve:
    name: Eve
    handles:
      - { source: email, handle: eve@x.example }
      - { source: phone, handle: "+13605550126" }
`);
});

test("import --skip-invalid-handles lists a row that it does not import once, as invalid", async () => {
  const rows = "Name,Email,Phone\nAnn,ann@x.example,+1\nDan,ann@x.example,+1\n";
  await using sandbox = Sandbox.withoutFront().write("crm.csv", rows);
  const command = "import --from-csv crm.csv --map name=Name,email=Email,phone=Phone --skip-invalid-handles";
  expect(await sandbox.fail(command)).toContain(`1 row has invalid handles, which are skipped:
  crm.csv:2: phone "+1" is not a phone number

1 row is invalid:
  crm.csv:3: email "ann@x.example" is already used on line 2
`);
});

test("import --skip-invalid-handles with --update keeps the handles of the entry", async () => {
  await using sandbox = Sandbox.withoutFront().write("crm.csv", "Name,Email,Phone\nAnna,ann@x.example,+1\n");
  const entry = "contacts:\n  ann:\n    name: Ann\n    handles: [{ source: email, handle: ann@x.example }, PHONE]\n";
  const file = entry.replace("PHONE", '{ source: phone, handle: "+13605550123" }');
  await sandbox
    .write(IMPORTED, file)
    .succeed("import --from-csv crm.csv --map name=Name,email=Email,phone=Phone --update --skip-invalid-handles");
  expect(sandbox.read(IMPORTED)).toBe(file.replace("Ann\n", "Anna\n"));
});

test("import --skip-invalid-handles does not make handles exact if one of them is skipped", async () => {
  await using sandbox = Sandbox.withoutFront()
    .write("crm.csv", "Name,Email,Phone\nAnn,ann@x.example,+1\nBen,ben@x.example,\n")
    .write("contacts/defaults.yaml", "defaults: { exact: [handles] }\n");
  await sandbox.succeed("import --from-csv crm.csv --map name=Name,email=Email,phone=Phone --skip-invalid-handles");
  expect(sandbox.read(IMPORTED)).toBe(`contacts:
  ann:
    name: Ann
    handles:
      - { source: email, handle: ann@x.example }
    exact: []

  ben:
    name: Ben
    handles:
      - { source: email, handle: ben@x.example }
`);
});

test("import --skip-invalid-handles imports cards without their invalid handles", async () => {
  const card = "BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEMAIL:ann@x.example\nTEL:+1\nEND:VCARD\n";
  await using sandbox = Sandbox.withoutFront().write("book.vcf", card);
  const { code, err } = await sandbox.run("import --from-vcard book.vcf --skip-invalid-handles");
  expect({ code, err }).toEqual({
    code: 0,
    err: '1 card has invalid handles, which are skipped:\n  book.vcf:1: phone "+1" is not a phone number\n\n',
  });
  expect(await sandbox.fail("import --all --skip-invalid-handles")).toContain(
    "--skip-invalid-handles applies only to imports from a file",
  );
});

test("after an import with --defaults, the corrected rows are imported without --defaults", async () => {
  await using sandbox = Sandbox.withoutFront().write("crm.csv", INVALID_HANDLES);
  const command = "import --from-csv crm.csv --map name=Name,email=Email,phone=Phone";
  expect(await sandbox.fail(`${command} --defaults --dry-run`)).toContain("import the file again, or use");
  expect(await sandbox.fail(`${command} --defaults`)).toContain("import the file again without --defaults, or use");
  sandbox.write("crm.csv", "Name,Email,Phone\nCat,cat@x.example,\n");
  expect(await sandbox.fail(`${command} --defaults`)).toContain(
    "Import into a separate directory, or without defaults.",
  );
  expect(await sandbox.succeed(command)).toContain("Wrote 1 contact ");
});
