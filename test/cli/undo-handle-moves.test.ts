import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const CONTACTS = `contacts:
  dale:
    id: crd_1
    handles: [{ source: email, handle: dale@fbi.example }]
  coop:
    handles: [{ source: email, handle: coop@fbi.example }]
`;

/** Returns a sandbox in which a run moved a handle from an existing contact to a contact that it created. */
async function withMovedHandle(): Promise<Sandbox> {
  const seed = { contacts: [{ id: "crd_1", handles: ["email:dale@fbi.example", "email:coop@fbi.example"] }] };
  const sandbox = await Sandbox.withFront({ seed });
  await sandbox.write("contacts/all.yaml", CONTACTS).succeed("apply --auto-approve");
  return sandbox;
}

async function handlesOfDale(sandbox: Sandbox): Promise<string[]> {
  const { handles } = await sandbox.get("/contacts/crd_1");
  return handles.map(({ handle }: { readonly handle: string }) => handle);
}

test("an undo does not add a handle that now belongs to a contact that the run created", async () => {
  await using sandbox = await withMovedHandle();
  const { code, out, err } = await sandbox.run("undo --auto-approve");
  expect([code, out]).toEqual([0, expect.stringContaining("No changes.")]);
  expect(err).toContain("email coop@fbi.example now belongs to front_contact.coop, which the run created");
  expect(err).toContain("After an undo that allows removals deletes front_contact.coop, undo this run again");
});

test("a second undo restores a moved handle after the first undo deleted the created contact that had the handle", async () => {
  await using sandbox = await withMovedHandle();
  const [run] = JSON.parse(await sandbox.succeed("history --json")).runs;
  const { err } = await sandbox.run("undo --auto-approve --allow-removals 1");
  expect(err).toContain("After an undo deletes front_contact.coop, undo this run again, by its ID");
  expect(await handlesOfDale(sandbox)).toEqual(["dale@fbi.example"]);
  const second = await sandbox.run(`undo --auto-approve ${run.id}`);
  expect([second.code, second.err]).toEqual([0, expect.not.stringContaining("created by the run")]);
  expect(await handlesOfDale(sandbox)).toEqual(["dale@fbi.example", "coop@fbi.example"]);
});
