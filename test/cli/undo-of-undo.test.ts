import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const ENTRY = "contacts:\n  dale:\n    handles: [{ source: email, handle: dale@fbi.example }]\n    name: Coop\n";

test("the plan of a second undo shows that it makes the changes of the first run again", async () => {
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
