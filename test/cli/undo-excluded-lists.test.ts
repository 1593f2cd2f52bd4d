import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const NEW_LIST = `contacts:
  dale:
    name: Coop
    handles: [{ source: email, handle: dale@fbi.example }]
    lists: [VIP]
lists: [VIP]
`;
const DELETED_LIST = `contacts:
  dale:
    name: Coop
    handles: [{ source: email, handle: dale@fbi.example }]
lists: { VIP: { ensure: absent } }
`;
const SEED = { contacts: [{ id: "crd_1", name: "Dale", handles: ["email:dale@fbi.example"] }] };

test.each([
  ["created", NEW_LIST, []],
  ["deleted", DELETED_LIST, ["VIP"]],
])("a saved undo does not change an excluded list that the run %s", async (_, files, lists) => {
  await using sandbox = await Sandbox.withFront({ seed: { ...SEED, lists } });
  await sandbox.write("contacts/all.yaml", files).succeed("apply --auto-approve --allow-removals 9");
  const before = await sandbox.get("/contact_lists");
  const exclude = '--exclude front_contact_list.this["VIP"]';
  const undo = await sandbox.run(`undo --out undo.json --allow-removals 9 ${exclude}`);
  expect([undo.code, undo.err]).toEqual([
    0,
    expect.stringContaining("undo the same run again by its ID or saved plan"),
  ]);
  const { code, err } = await sandbox.run("apply undo.json --detached");
  expect([code, err]).toEqual([0, expect.not.stringContaining("changed in Front after this plan")]);
  expect(err).toContain("Only part of the run was undone");
  expect(await sandbox.get("/contact_lists")).toEqual(before);
  expect(await sandbox.get("/contacts/crd_1")).toMatchObject({ name: "Dale" });
});
