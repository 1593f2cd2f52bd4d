import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

test("undo restores the dates and large numbers of a deleted contact", async () => {
  const fields = [
    { name: "Since", type: "datetime" },
    { name: "Size", type: "number" },
  ];
  const values = { Since: 1_709_164_800, Size: { $number: "9007199254740993" } };
  const contact = { id: "crd_1", handles: ["email:dale@fbi.example"], custom_fields: values };
  await using sandbox = await Sandbox.withFront({ seed: { custom_fields: fields, contacts: [contact] } });
  sandbox.write(
    "contacts/dale.yaml",
    "contacts: { dale: { ensure: absent, handles: [{ source: email, handle: dale@fbi.example }] } }\n",
  );
  await sandbox.succeed("apply --auto-approve");
  const [run] = JSON.parse(await sandbox.succeed("history --json")).runs;
  const undoResult = await sandbox.run("undo --auto-approve");
  expect(undoResult).toMatchObject({ code: 0, err: expect.not.stringContaining("not restored completely") });
  const snapshot = JSON.stringify(sandbox.front.snapshot().contacts);
  expect(snapshot).toContain('"custom_fields":{"Since":1709164800,"Size":{"$number":"9007199254740993"}}');
  expect(await sandbox.run(`undo --auto-approve ${run.id}`)).toMatchObject({
    code: 0,
    out: expect.stringContaining("No changes."),
    err: expect.not.stringContaining("dale"),
  });
});
