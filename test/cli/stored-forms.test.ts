import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { portrait } from "../support/portrait.ts";
import { Sandbox } from "../support/sandbox.ts";

const CACHE = "contacts/.front-contacts";

const ENTRY = `contacts:
  ann:
    handles: [{ source: email, handle: ann@x.example }, { source: twitter, handle: Calculon }]
    exact: [handles]
    avatar: ann.png
`;

async function withAppliedEntry(behavior: object): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ behavior: { avatarHost: "own", ...behavior } });
  sandbox.write("contacts/ann.yaml", ENTRY).write("contacts/ann.png", await portrait(3).png().toBuffer());
  const { code, err } = await sandbox.run("apply --auto-approve");
  expect([code, err]).toEqual([0, expect.not.stringMatching(/error/i)]);
  return sandbox;
}

function countUploads({ front }: Sandbox): number {
  return front.requests.filter(({ headers }) => headers["content-type"]?.startsWith("multipart/")).length;
}

test.each([
  ["as-sent", 0],
  ["reencoded", 0],
  // A thumbnail can come from a slightly different picture, so the avatar is uploaded once more.
  ["resized", 1],
] as const)(
  "after the cache is lost, the number of additional uploads of an avatar that Front stores %s is %i",
  async (storedAvatars, additional) => {
    await using sandbox = await withAppliedEntry({ storedAvatars });
    expect(await sandbox.succeed("plan --detailed-exitcode")).toContain("No changes.");

    for (const name of readdirSync(join(sandbox.directory, CACHE)))
      rmSync(join(sandbox.directory, CACHE, name), { recursive: true });
    await sandbox.run("apply --auto-approve");
    expect(countUploads(sandbox)).toBe(1 + additional);
    await sandbox.succeed("plan --detailed-exitcode");
  },
);

test.each(["with-at", "as-sent"] as const)(
  "a Twitter handle that Front stores %s is not added or removed again",
  async (twitterForm) => {
    await using sandbox = await withAppliedEntry({ twitterForm });
    const handles = (await sandbox.get("/contacts/alt:twitter:Calculon")).handles;
    expect(handles).toContainEqual({ source: "twitter", handle: twitterForm === "with-at" ? "@Calculon" : "Calculon" });
    for (const refresh of ["scan", "lookup", "auto"]) {
      await sandbox.succeed(`plan --detailed-exitcode --refresh ${refresh}`);
    }
  },
);

test("plan matches a Twitter handle without @ and in another case, and apply removes a handle in the form that Front stores", async () => {
  await using sandbox = await Sandbox.withFront({
    seed: {
      contacts: [{ id: "crd_1", handles: ["email:ann@x.example", "twitter:@calculon", "twitter:@boneblaster"] }],
    },
  });
  const entry = (handles: string) => `contacts:\n  ann:\n    handles: [${handles}]\n    exact: [handles]\n`;
  sandbox.write("contacts/ann.yaml", entry("{ source: twitter, handle: Calculon }"));
  for (const refresh of ["scan", "lookup"]) {
    expect(await sandbox.succeed(`plan --refresh ${refresh}`)).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
  }
  await sandbox.succeed("apply --auto-approve");
  expect((await sandbox.get("/contacts/crd_1")).handles).toEqual([{ source: "twitter", handle: "@calculon" }]);
});
