import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const COMPANY = `lists: [Twin Peaks Characters]
custom_fields:
  Job Title: { type: string }
contacts:
  dale-cooper:
    handles:
      - { source: email, handle: dale.cooper@fbi.example }
    custom_fields: { Job Title: FBI Special Agent }
`;

const LAURA = `contacts:
  laura-palmer:
    handles:
      - { source: email, handle: Dale.Cooper@fbi.example }
    custom_fields:
      Job title: Student
    avatar: avatars/laura.png
`;

const BOB = `contacts:
  bob:
    name: Bob
   handles: []
`;

test("validate requires no token and sends no requests", async () => {
  await using sandbox = Sandbox.withoutFront();
  const result = await sandbox.write("contacts/company.yaml", COMPANY).run("validate");
  expect(result).toEqual({ code: 0, out: "Success! 1 contact is valid.\n", err: "" });
});

test("validate reports a duplicate handle, an undeclared field, a missing avatar and wrong indentation together", async () => {
  await using sandbox = Sandbox.withoutFront();
  sandbox.write("contacts/a.yaml", COMPANY).write("contacts/b.yaml", LAURA).write("contacts/c.yaml", BOB);
  const { code, out, err } = await sandbox.run("validate");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toBe(`Error: "Dale.Cooper@fbi.example" is already a handle of dale-cooper

  on contacts/b.yaml:4:34
     4 |       - { source: email, handle: Dale.Cooper@fbi.example }
       |                                  ^^^^^^^^^^^^^^^^^^^^^^^
  first declared at contacts/a.yaml:7:34
     7 |       - { source: email, handle: dale.cooper@fbi.example }
       |                                  ^^^^^^^^^^^^^^^^^^^^^^^

  Remove it from dale-cooper or laura-palmer. In Front, a handle belongs to only one contact.

Error: Custom field "Job title" is not declared. Did you mean "Job Title"?

  on contacts/b.yaml:6:7
     6 |       Job title: Student
       |       ^^^^^^^^^

  Names are case-sensitive. Use "Job Title", or declare "Job title" under the top-level key custom_fields.

Error: File "contacts/avatars/laura.png" does not exist

  on contacts/b.yaml:7:13
     7 |     avatar: avatars/laura.png
       |             ^^^^^^^^^^^^^^^^^

  Add the picture, or remove avatar. Paths are relative to this file.

Error: The indentation of this line is wrong

  on contacts/c.yaml:4:4
     4 |    handles: []
       |    ^^^^^^^

  Start all keys of a map, or all dashes of a list, in the same column, below and to the right of their parent key.

4 errors in contacts.
`);
});

test("validate --contacts . counts errors in the working directory", async () => {
  await using sandbox = Sandbox.withoutFront();
  sandbox.write("ada.yaml", "contacts:\n  ada: { handles: [] }\n");
  expect(await sandbox.fail("validate --contacts .")).toContain("\n1 error in the working directory.\n");
});

test("validate --json prints errors on standard output only", async () => {
  await using sandbox = Sandbox.withoutFront();
  const { code, out, err } = await sandbox.write("contacts/b.yaml", LAURA).run("validate --json");
  expect({ code, err }).toEqual({ code: 1, err: "" });
  expect(JSON.parse(out)).toMatchObject({
    format_version: "1.0",
    valid: false,
    error_count: 1,
    diagnostics: [{ severity: "error", range: { filename: "contacts/b.yaml", start: { line: 7, column: 13 } } }],
  });
});

test.each(["validate", "plan", "apply --auto-approve"])("%s reports a missing contacts directory", async (command) => {
  await using sandbox = await Sandbox.withFront();
  expect(await sandbox.fail(command)).toContain('Error: Directory "contacts" does not exist');
  expect(sandbox.front.requests).toEqual([]);
});
