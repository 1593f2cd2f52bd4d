import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const ENTRY = "contacts:\n  dale:\n    handles: [{ source: email, handle: dale@fbi.example }]\n    name: Coop\n";

test("the plan of a second undo shows that the undo makes the changes of the first run again", async () => {
  const seed = { contacts: [{ id: "crd_1", handles: ["email:dale@fbi.example"], name: "Dale" }] };
  await using sandbox = await Sandbox.withFront({ seed });
  await sandbox.write("contacts/all.yaml", ENTRY).succeed("apply --auto-approve");
  const first = await sandbox.run("undo", { answer: "yes" });
  const [undoRun, run] = JSON.parse(await sandbox.succeed("history --json")).runs;
  expect(first.out).toMatch(`Undo of: ${run?.id}\n`);
  expect(first.err).toContain(`This undoes ${run?.id}.\n`);
  const note = `${undoRun?.id}, itself an undo of ${run?.id}, whose changes are made again`;
  const second = await sandbox.run("undo --out again.json");
  expect(second.out).toContain(`Undo of: ${note}\n`);
  expect(await sandbox.succeed("show again.json")).toContain(`Undo of: ${note}\n`);
  const { undoes, redoes } = JSON.parse(await sandbox.succeed("show again.json --json")).front_contacts;
  expect([undoes, redoes]).toEqual([undoRun?.id, run?.id]);
  const markdown = await sandbox.succeed("undo --dry-run --format markdown");
  expect(markdown.replaceAll("`", "")).toContain(`Undo of ${note}.`);
  const html = await sandbox.succeed("undo --dry-run --format html");
  expect(html.replaceAll(/<\/?code>/g, "")).toContain(`Undo of ${note}.`);
  const confirmed = await sandbox.run("undo", { answer: "yes" });
  expect(confirmed.err).toContain(`This undoes ${note}.\n`);
  expect(await sandbox.get("/contacts/crd_1")).toMatchObject({ name: "Coop" });
});

test("the undo of a saved undo shows undeclared contacts with their names and without a location", async () => {
  const seed = {
    contacts: [{ id: "crd_1", handles: ["email:ann@x.example"], name: "Ann" }],
    accounts: [{ name: "Acme", external_id: "A-1", contacts: ["crd_1"] }],
  };
  await using sandbox = await Sandbox.withFront({ seed });
  sandbox.write("contacts/all.yaml", "accounts:\n  acme: { ensure: absent, external_id: A-1 }\n");
  await sandbox.succeed("apply --auto-approve --allow-removals 9");
  await sandbox.succeed("undo --out undo.json");
  await sandbox.succeed("apply undo.json --detached");
  const { resource_changes: changes } = JSON.parse(await sandbox.succeed("undo --dry-run --json"));
  expect(changes).toMatchObject([
    { address: 'front_contact.undeclared["crd_1"]', change: { before: { account: expect.stringMatching(/^acc_/) } } },
  ]);
  const { notes, location = null } = changes[0].front_contacts;
  expect([notes.at(-1), location]).toEqual(["undeclared contact: Ann, email ann@x.example", null]);
});

test("an undo of an earlier run finds the account that a later undo created again with another ID", async () => {
  const seed = { accounts: [{ name: "Acme", external_id: "A-1" }] };
  await using sandbox = await Sandbox.withFront({ seed });
  const entry = "accounts:\n  acme: { external_id: A-1, name: Acme Inc }\n";
  await sandbox.write("contacts/all.yaml", entry).succeed("apply --auto-approve");
  const [renaming] = JSON.parse(await sandbox.succeed("history --json")).runs;
  sandbox.write("contacts/all.yaml", "accounts:\n  acme: { external_id: A-1, ensure: absent }\n");
  await sandbox.succeed("apply --auto-approve --allow-removals 9");
  await sandbox.succeed("undo --auto-approve");
  await sandbox.succeed(`undo ${renaming.id} --auto-approve`);
  expect((await sandbox.get("/accounts"))._results).toMatchObject([{ name: "Acme", external_id: "A-1" }]);
});
