import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { PICTURES_AS_SENT } from "../support/emulator.ts";
import { portrait } from "../support/portrait.ts";
import { Sandbox } from "../support/sandbox.ts";

const DALE = `contacts:
  dale:
    handles: [{ source: email, handle: dale@fbi.example }]
    avatar: a.png
settings: { history: { avatars: true } }
`;

/** Creates a contact whose avatar is in the cache, and then replaces the picture in the configuration. */
async function createSandbox(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ behavior: { ...PICTURES_AS_SENT, avatarRedirect: false } });
  const [first, second] = await Promise.all([1, 2].map(async (seed) => await portrait(seed).png().toBuffer()));
  sandbox.write("contacts/a.yaml", DALE).write("contacts/a.png", first ?? "");
  await sandbox.succeed("apply --auto-approve");
  await sandbox.succeed("plan");
  return sandbox.write("contacts/a.png", second ?? "");
}

const requestCountsIn = (out: string) => /Requests: (\d+) predicted, (\d+) made\./.exec(out)?.slice(1).map(Number);

test("the estimate counts the download of an avatar that history stores", async () => {
  await using sandbox = await createSandbox();
  expect(await sandbox.succeed("plan")).toContain("(1 upload-avatar, 1 verification, 1 read)");
  expect(await sandbox.fail("plan --max-requests 2")).toContain("Applying this plan takes 3 requests; the limit is 2");
  const out = await sandbox.succeed("apply --auto-approve");
  expect(requestCountsIn(out)).toEqual([3, 3]);
});

test("the estimate for a saved plan counts the download of an avatar that history stores", async () => {
  await using sandbox = await createSandbox();
  await sandbox.succeed("plan --out plan.json");
  expect(requestCountsIn(await sandbox.succeed("apply plan.json"))).toEqual([3, 3]);
});

test("without a journal, no avatar is downloaded or counted", async () => {
  await using sandbox = await createSandbox();
  expect(requestCountsIn(await sandbox.succeed("apply --auto-approve --no-journal"))).toEqual([2, 2]);
});

test("the number of requests made includes the download of a picture for --html", async () => {
  await using sandbox = await createSandbox();
  const out = await sandbox.succeed("apply --auto-approve --no-journal --html result.html");
  expect(requestCountsIn(out)).toEqual([2, 3]);
});

test.each([
  ["deletes a created contact whose avatar did not change after the run", 1, []],
  [
    "keeps a created contact whose avatar changed after the run",
    2,
    [expect.stringContaining("front_contact.dale changed after")],
  ],
])("without a cache and run records, the undo of a plan file %s", async (_, seed, warnings) => {
  const behavior = { ...PICTURES_AS_SENT, avatarRedirect: false, accountOnContacts: "always" } as const;
  await using sandbox = await Sandbox.withFront({ behavior });
  const [first, current] = await Promise.all([1, seed].map(async (number) => await portrait(number).png().toBuffer()));
  sandbox.write("contacts/a.yaml", DALE).write("contacts/a.png", first ?? "");
  await sandbox.succeed("plan --out plan.json");
  await sandbox.succeed("apply plan.json");
  await sandbox.write("contacts/a.png", current ?? "").succeed("apply --auto-approve");
  sandbox.write("contacts/a.png", first ?? "");
  rmSync(join(sandbox.directory, "contacts/.front-contacts"), { recursive: true });
  const { err } = await sandbox.run("undo plan.json --allow-removals 1 --auto-approve");
  expect(err.match(/^Warning: .*/gm) ?? []).toEqual(warnings);
  expect(await sandbox.list("/contacts")).toHaveLength(warnings.length);
});
