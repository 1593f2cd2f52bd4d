import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const SEED = {
  contacts: [
    { id: "crd_1", handles: ["email:Laura@Palmer.example", "phone:+13605550123", "custom:crm-1"], name: "Laura" },
  ],
};

test.each([
  ["laura@palmer.example", ""],
  ["+13605550123", ""],
  ["crm-1", "--source custom"],
  ["custom:crm-1", ""],
  ["email:LAURA@palmer.example", ""],
])("the tombstone for %s deletes the contact and does not contain the handle", async (handle, args) => {
  await using sandbox = await Sandbox.withFront({ seed: SEED });
  const out = await sandbox.succeed(`forget ${args} ${handle}`);
  expect(out.toLowerCase()).not.toContain(handle.toLowerCase().replace(/^\w+:/, ""));
  sandbox.write("contacts/erased.yaml", out);
  await sandbox.succeed("fmt --check");
  const plan = await sandbox.run("plan --json");
  expect(JSON.parse(plan.out).resource_changes).toMatchObject([
    { change: { actions: ["delete"], before: { name: "Laura" } } },
  ]);
  await sandbox.succeed("apply --auto-approve --allow-removals 1");
});

async function withErasedLaura(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ seed: SEED });
  return sandbox.write("contacts/erased.yaml", await sandbox.succeed("forget laura@palmer.example"));
}

test.each([
  ["is deleted", undefined, "Plan: 0 to add, 0 to change, 1 to destroy."],
  [
    "that changed in Front is not deleted",
    "Laura Palmer",
    "No changes. 1 contact changed in Front; these changes are not overwritten.",
  ],
])("with --base, a contact %s by a tombstone that replaces its entry", async (_, newName, summary) => {
  await using sandbox = await Sandbox.withFront({ seed: SEED });
  const entry =
    "contacts:\n  laura:\n    name: Laura\n    handles: [{ source: email, handle: laura@palmer.example }]\n";
  sandbox.write("contacts/laura.yaml", entry).createRepository(".");
  if (newName !== undefined) await sandbox.front.asTeammate("PATCH", "/contacts/crd_1", { name: newName });
  sandbox.write("contacts/laura.yaml", await sandbox.succeed("forget laura@palmer.example"));
  const out = await sandbox.succeed("plan --base HEAD --out plan.json");
  expect(out).toContain(summary);
  expect(out).not.toContain("No longer managed");
  await sandbox.succeed("apply plan.json");
  expect((await sandbox.front.asTeammate("GET", "/contacts/crd_1")).status).toBe(newName === undefined ? 404 : 200);
});

test("validate reports an entry with an erased handle", async () => {
  await using sandbox = await withErasedLaura();
  sandbox.write(
    "contacts/stale.yaml",
    "contacts:\n  laura:\n    handles: [{ source: email, handle: LAURA@palmer.example }]\n",
  );
  const err = await sandbox.fail("validate");
  expect(err).toContain("contacts/stale.yaml:3:40");
  expect(err).toContain("contacts/erased.yaml:");
});

test.each([
  ["", "laura", "source of the handle is unclear"],
  ["", "mailto:laura@palmer.example", "source of the handle is unclear"],
  ["", "whatsapp:laura@palmer.example", "source of the handle is unclear"],
  ["", "twitter:", "source of the handle is unclear"],
  ["--source phone ", "0123456789", "has no country code"],
  ["", "+12", "is not a phone number"],
  ["", "a@b@c", "is not an email address"],
])("forget %s%s is rejected, and the error does not contain the handle", async (option, handle, problem) => {
  await using sandbox = await Sandbox.withFront({ seed: SEED });
  const { out, err, code } = await sandbox.run(`forget ${option}${handle}`);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain(problem);
  expect(err).not.toContain(handle);
});

test("an import from Front or from a file skips a contact that a tombstone erases", async () => {
  await using sandbox = await withErasedLaura();
  const { err, out } = await sandbox.run("import --all");
  expect(out).toContain("No new contacts.");
  expect(err).toMatch(/1 contact was skipped:\n {2}Laura, crd_1 has a handle that matches the tombstone erased-\w+/);
  sandbox.write("crm.csv", "Name,Email\nLaura,LAURA@palmer.example\nDale,dale@fbi.example\n");
  const csv = await sandbox.run("import --from-csv crm.csv --map name=Name,email=Email");
  expect(csv.out).toContain("Wrote 1 contact to contacts/imported.yaml.");
  expect(csv.err).toContain("line 2 has a handle that matches the tombstone erased-");
  await sandbox.succeed("validate");
});

test("validate reports an erased handle in a table at the location of its cell", async () => {
  await using sandbox = await withErasedLaura();
  sandbox.write("contacts/t.yaml", "tables: { t: { file: t.csv, key: ID, columns: { email: Email } } }\n");
  sandbox.write("contacts/t.csv", "ID,Email\n1,laura@palmer.example\n");
  expect(await sandbox.fail("validate")).toContain("on contacts/t.csv:2:3");
});
