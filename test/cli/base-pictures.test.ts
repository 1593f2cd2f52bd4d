import { createHash } from "node:crypto";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { sample } from "../scale.ts";
import { portrait } from "../support/portrait.ts";
import { Sandbox } from "../support/sandbox.ts";

const CONTACT = "/contacts/alt:email:dale%40fbi.example";
const FILE = "contacts/dale.yaml";

const entry = (avatar: string) => `contacts:
  dale:
    name: Dale Cooper
    avatar: ${avatar}
    handles: [{ source: email, handle: dale@fbi.example }]
`;

const pictureOf = (seed: number) => portrait(seed).png().toBuffer();
const [BEFORE, AFTER, THEIRS] = await Promise.all([pictureOf(1), pictureOf(2), pictureOf(3)]);

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function pointerTo(bytes: Uint8Array): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256Of(bytes)}\nsize ${bytes.length}\n`;
}

interface PictureStorage {
  /** Replaces `old.png` after the apply and before the commit. */
  readonly replacePicture: (sandbox: Sandbox) => void;
  /** Prepares the work tree and the clone for the plan. */
  readonly prepareWorkTree?: (sandbox: Sandbox) => void;
}

const inDirectory = ({ directory }: Sandbox, path: string) => join(directory, path);

function replaceWithLink(sandbox: Sandbox, target: string): void {
  rmSync(inDirectory(sandbox, "contacts/old.png"));
  symlinkSync(target, inDirectory(sandbox, "contacts/old.png"));
}

function writeLfsObject(sandbox: Sandbox, content: Uint8Array): void {
  const sha256 = sha256Of(BEFORE);
  sandbox.write(`.git/lfs/objects/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`, content);
}

const writePointer = (sandbox: Sandbox) => sandbox.write("contacts/old.png", pointerTo(BEFORE));

const READABLE: Readonly<Record<string, PictureStorage>> = {
  "a symbolic link to a picture": {
    replacePicture(sandbox) {
      sandbox.write("contacts/pictures/dale.png", BEFORE);
      replaceWithLink(sandbox, "pictures/dale.png");
    },
  },
  "a symbolic link through a linked directory": {
    replacePicture(sandbox) {
      sandbox.write("contacts/pictures/dale.png", BEFORE);
      symlinkSync("pictures", inDirectory(sandbox, "contacts/faces"));
      replaceWithLink(sandbox, "./faces/../faces/dale.png");
    },
  },
  "a Git LFS pointer whose object is in the clone": {
    replacePicture: writePointer,
    prepareWorkTree: (sandbox) => writeLfsObject(sandbox, BEFORE),
  },
  "a Git LFS pointer to the picture in the work tree": {
    replacePicture: writePointer,
    prepareWorkTree: (sandbox) => sandbox.write("contacts/old.png", BEFORE),
  },
};

interface UnreadableStorage extends PictureStorage {
  readonly reason: string;
}

const UNREADABLE = {
  "a symbolic link to a file outside the directory": {
    replacePicture(sandbox) {
      sandbox.write("elsewhere.png", BEFORE);
      replaceWithLink(sandbox, "../elsewhere.png");
    },
    reason: "does not exist",
  },
  "an absolute symbolic link": {
    replacePicture: (sandbox) => replaceWithLink(sandbox, "/etc/hostname"),
    reason: "does not exist",
  },
  "a symbolic link to itself": {
    replacePicture: (sandbox) => replaceWithLink(sandbox, "old.png"),
    reason: "does not exist",
  },
  "a Git LFS pointer without an object": {
    replacePicture: writePointer,
    reason: "stored in Git LFS, and not in this clone",
  },
  "a Git LFS pointer whose object is another picture": {
    replacePicture: writePointer,
    prepareWorkTree: (sandbox) => writeLfsObject(sandbox, AFTER),
    reason: "stored in Git LFS, and not in this clone",
  },
} satisfies Readonly<Record<string, UnreadableStorage>>;

/** Applies an avatar, commits its picture as `replacePicture` stores it, and then declares another avatar. */
async function withReplacedAvatar({ replacePicture, prepareWorkTree }: PictureStorage): Promise<Sandbox> {
  // Without the cache, thumbnails and pictures on another host cannot be compared.
  const sandbox = await Sandbox.withFront({ behavior: { avatarHost: "own", storedAvatars: "reencoded" } });
  sandbox.write("contacts/old.png", BEFORE);
  await sandbox.write(FILE, entry("old.png")).succeed("apply --auto-approve");
  sandbox.write(".gitignore", ".front-contacts/\n");
  replacePicture(sandbox);
  sandbox.createRepository(".");
  rmSync(inDirectory(sandbox, "contacts/old.png"));
  prepareWorkTree?.(sandbox);
  sandbox.write("contacts/new.png", AFTER).write(FILE, entry("new.png"));
  rmSync(inDirectory(sandbox, "contacts/.front-contacts"), { recursive: true });
  return sandbox;
}

async function changeInFront(sandbox: Sandbox): Promise<void> {
  const form = new FormData();
  form.append("avatar", new Blob([Uint8Array.from(THEIRS)], { type: "image/png" }), "theirs.png");
  const id = (await sandbox.get(CONTACT)).id;
  const { url, token } = sandbox.front;
  const { status } = await fetch(`${url}/contacts/${id}`, {
    method: "PATCH",
    body: form,
    headers: { authorization: `Bearer ${token}` },
  });
  expect(status).toBe(204);
}

// A quick run tests one case of each table; test/fs/git-tree.test.ts tests every form of storage.
test.each(sample(Object.entries(READABLE), 4))(
  "with %s at the base, a plan changes an avatar only if it did not change in Front",
  async (_, storage) => {
    await using sandbox = await withReplacedAvatar(storage);
    const { out, err } = await sandbox.run("plan --base HEAD");
    expect(out).toContain("# changed in the configuration");
    expect(err).toBe("");

    await changeInFront(sandbox);
    const laterPlan = await sandbox.succeed("plan --base HEAD");
    const shown = (picture: Uint8Array) => `a picture file (sha256:${sha256Of(picture).slice(0, 8)}…)`;
    expect(laterPlan).toContain(
      `in Front, ${shown(AFTER)} in the configuration, ${shown(BEFORE)} at the base (conflict)`,
    );
    expect(laterPlan).toContain("No changes.");
  },
);

test.each(sample(Object.entries<UnreadableStorage>(UNREADABLE), 5))(
  "with %s at the base, apply warns with advice, and changes the avatar only with --overwrite",
  async (_, { reason, ...storage }) => {
    await using sandbox = await withReplacedAvatar(storage);
    const before = await sandbox.get(CONTACT);
    const { out, err } = await sandbox.run("apply --base HEAD --auto-approve");
    expect(out).toContain('"unknown" at the base (conflict)');
    expect(err).toContain(
      'Warning: The avatar of dale is not changed, because the avatar at revision "HEAD" is unknown: ',
    );
    expect(err).toContain(reason);
    expect(err).toContain("for example with 'git lfs fetch'");
    expect(await sandbox.get(CONTACT)).toEqual(before);

    const overwrite = await sandbox.run("apply --base HEAD --overwrite --auto-approve");
    expect({ code: overwrite.code, err: overwrite.err.includes("is unknown") }).toEqual({ code: 0, err: false });
    expect((await sandbox.get(CONTACT)).avatar_url).not.toBe(before["avatar_url"]);
  },
);

test("an unreadable avatar at the base has no effect if the declared avatar is in Front", async () => {
  await using sandbox = await withReplacedAvatar(UNREADABLE["a symbolic link to itself"]);
  await changeInFront(sandbox);
  sandbox.write("contacts/new.png", THEIRS);
  const { out, err } = await sandbox.run("plan --base HEAD");
  expect(out).toContain("No changes. Front matches the configuration.");
  expect(err).toBe("");
});

test("a saved plan records which avatars at the base are unknown", async () => {
  await using sandbox = await withReplacedAvatar(UNREADABLE["a Git LFS pointer without an object"]);
  sandbox.write(FILE, entry("new.png").replace("Dale Cooper", "Coop"));
  await sandbox.run("plan --base HEAD --out plan.json");
  const savedPlan = JSON.parse(sandbox.read("plan.json"));
  expect(savedPlan.desired.base.unreadAvatars).toEqual({ dale: expect.stringContaining("stored in Git LFS") });
  const before = await sandbox.get(CONTACT);
  await sandbox.succeed("apply plan.json");
  expect(await sandbox.get(CONTACT)).toMatchObject({ name: "Coop", avatar_url: before["avatar_url"] });
});

test("validate reports a Git LFS pointer, with the command that fetches the picture", async () => {
  await using sandbox = Sandbox.withoutFront();
  sandbox.write("contacts/old.png", pointerTo(BEFORE)).write(FILE, entry("old.png"));
  const err = await sandbox.fail("validate");
  expect(err).toContain('"contacts/old.png" is a Git LFS pointer instead of a picture');
  expect(err).toContain("git lfs pull");
});
