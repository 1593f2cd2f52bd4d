import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const ENTRIES = `contacts:
  ann:
    name: Ann
    handles:
      - { source: email, handle: ann@x.example }
      - { source: email, handle: ann@work.example }
      - { source: phone, handle: "+13605550001" }
  bob: { name: Bob, handles: [{ source: email, handle: bob@x.example }] }
`;

async function update(...rows: string[]) {
  await using sandbox = Sandbox.withoutFront()
    .write("contacts/people.yaml", ENTRIES)
    .write("t.csv", ["Name,Email,Work,Phone", ...rows, ""].join("\n"));
  const { out, err } = await sandbox.run(
    "import --from-csv t.csv --map name=Name,email=Email,email=Work,phone=Phone --update --skip-invalid",
  );
  return { out, err, text: sandbox.read("contacts/people.yaml") };
}

test("import --update uses the row that has the most handles of an entry, because people may share a phone number", async () => {
  const { err, text } = await update("Dee,dee@x.example,,+13605550001", "Anna,ann@x.example,ann@work.example,");
  expect(err).toContain("ann: line 2 has fewer handles of the entry than line 3 and was ignored");
  expect(text).toBe(ENTRIES.replace("name: Ann\n", "name: Anna\n"));
});

test.each([
  ["two rows have the same number of its handles", "Anna,ann@x.example,,"],
  ["a valid row and an invalid row have the same number of its handles", "Anna,ann@x.example,bob@x.example,"],
  ["two rows have its phone number", "Anna,anna@x.example,,+13605550001"],
])("import --update does not change an entry if %s", async (_, row) => {
  const { err, text } = await update("Dee,dee@x.example,,+13605550001", row);
  expect(err).toContain("ann: line 2 and line 3 both have handles of the entry");
  expect(text).toBe(ENTRIES);
});

test.each([
  ["repeats the phone number", "Anna,ann@x.example,,+13605550001"],
  ["has an invalid value", "Anna,ann@x.example,ann@work.example,none"],
  ["contains a formula error", "#N/A,ann@x.example,ann@work.example,"],
])("import --update does not use the row of another person if the row of the contact %s", async (_, row) => {
  const { err, text } = await update("Dee,dee@x.example,,+13605550001", row);
  expect(err).toContain("ann: line 2 has fewer handles of the entry than line 3 and was ignored");
  expect(text).toBe(ENTRIES);
});

test("import --update reports a row with handles of several entries, and how to correct it", async () => {
  const { err, text } = await update("Anna,ann@x.example,bob@x.example,");
  expect(err).toContain(
    "t.csv:2: its handles belong to several entries: ann, bob; keep the handles of one entry here, or combine the entries",
  );
  expect(text).toBe(ENTRIES);
});

test("import --update uses the first of two rows with the same handles", async () => {
  const row = "Anna,ann@x.example,,+13605550001";
  const { text } = await update(row, row);
  expect(text).toBe(ENTRIES.replace("name: Ann\n", "name: Anna\n"));
});
