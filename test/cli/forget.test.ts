import { expect, test } from "@jest/globals";
import { Outside } from "../support/test-environment.ts";

const SEED = {
  contacts: [
    { id: "crd_1", handles: ["email:Laura@Palmer.example", "phone:+13605550123", "custom:crm-1"], name: "Laura" },
  ],
};

test.each([
  ["laura@palmer.example", ""],
  ["+13605550123", ""],
  ["crm-1", "--source custom"],
])("the tombstone for %s deletes the contact and does not contain the handle", async (handle, words) => {
  await using outside = await Outside.withFront({ seed: SEED });
  const { out, code } = await outside.run(`forget ${words} ${handle}`);
  expect(code).toBe(0);
  expect(out).not.toContain(handle);
  outside.write("contacts/erased.yaml", out);
  expect((await outside.run("fmt --check")).code).toBe(0);
  const plan = await outside.run("plan --json");
  expect(JSON.parse(plan.out).resource_changes).toMatchObject([
    { change: { actions: ["delete"], before: { name: "Laura" } } },
  ]);
  expect((await outside.run("apply --auto-approve --allow-removals 1")).code).toBe(0);
  outside.write(
    "contacts/stale.yaml",
    `contacts:\n  laura:\n    handles: [{ source: email, handle: LAURA@palmer.example }]\n`,
  );
  if (handle !== "laura@palmer.example") return;
  const { err, code: refused } = await outside.run("validate");
  expect([refused, err]).toEqual([1, expect.stringContaining("contacts/stale.yaml:3:40")]);
  expect(err).toContain("contacts/erased.yaml:");
});

test.each([
  ["laura", "", "source of the handle is unclear"],
  ["0123456789", "--source phone", "has no country code"],
  ["+1", "", "is not a phone number"],
  ["a@b@c", "", "is not an email address"],
])("forget %s %s is refused, and the error does not repeat the handle", async (handle, words, problem) => {
  await using outside = await Outside.withFront({ seed: SEED });
  const { out, err, code } = await outside.run(`forget ${words} ${handle}`);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain(problem);
  expect(err).not.toContain(`"${handle}"`);
});
