import { expect, test } from "@jest/globals";
import { parseJsonLines, Sandbox } from "../support/sandbox.ts";

const TWO_CONTACTS = `contacts:
  dale:
    handles: [{ source: email, handle: dale@fbi.example }]
  harry:
    handles: [{ source: email, handle: harry@sheriff.example }]
    custom_fields: { Job Title: Sheriff }
`;

interface Entry {
  readonly company: string;
  readonly event: string;
  readonly operation: string;
  readonly contact?: string;
  readonly message?: string;
}

const entriesOf = (sandbox: Sandbox): Entry[] => parseJsonLines(sandbox.read("contacts/.front-contacts/journal.jsonl"));

test.each([
  "apply --auto-approve --parallelism 1",
  "apply --auto-approve --json --parallelism 1",
  "apply plan.json --parallelism 1",
])("%s writes a line to the journal at the start and at the end of each operation", async (command) => {
  await using sandbox = await Sandbox.withFront();
  sandbox.front.faults = [{ method: "POST", path: "/contacts", nth: 2, kind: "status", status: 400 }];
  await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run("plan --out plan.json");
  await sandbox.fail(command);
  const entries = entriesOf(sandbox);
  expect(entries.map(({ event, operation }) => `${event} ${operation}`)).toEqual([
    "started create-contact front_contact.dale",
    "applied create-contact front_contact.dale",
    "started create-contact front_contact.harry",
    "failed create-contact front_contact.harry",
  ]);
  const { company, contact } = entries[1] ?? {};
  expect(company).toBe((await sandbox.get("/me")).id);
  expect(contact).toBe((await sandbox.get("/contacts/alt:email:dale%40fbi.example")).id);
  expect(entries[3]?.message).toContain("Front responded");
});

test("the journal contains no field values, and --no-journal adds nothing to it", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run("apply --auto-approve");
  expect(JSON.stringify(entriesOf(sandbox))).not.toMatch(/Sheriff|fbi\.example/);
  const before = entriesOf(sandbox);
  sandbox.write("contacts/all.yaml", TWO_CONTACTS.replace("Sheriff", "Bookhouse Boy"));
  await sandbox.succeed("apply --auto-approve --no-journal");
  expect(entriesOf(sandbox)).toEqual(before);
});

test("plan does not write a journal", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run("plan");
  expect(sandbox.files("contacts/.front-contacts")).not.toContain("journal.jsonl");
});
