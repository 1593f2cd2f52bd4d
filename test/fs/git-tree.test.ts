import { createHash } from "node:crypto";
import { rmSync, symlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type GitTree, openGitTree } from "../../src/fs/git-tree.ts";
import { createRepository } from "../support/git.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const directory = new TemporaryDirectory();
let tree: GitTree;

const LINKS = {
  "a link to a file": ["link", "pictures/dale", "pictures/dale"],
  "a link through a linked directory": ["through-link", "./folder/../folder/dale", "pictures/dale"],
  "a link to a file outside the directory": ["outside", "../elsewhere", undefined],
  "an absolute link": ["absolute", "/etc/hostname", undefined],
  "a link to itself": ["itself", "itself", undefined],
} as const;

const LFS_FILES = {
  "the object in the clone": ["lfs-clone", "in the clone"],
  "the file in the work tree": ["lfs-work-tree", "in the work tree"],
  "no object": ["lfs-missing", undefined],
  "another object in the clone": ["lfs-other", undefined],
} as const;

function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function pointerTo(text: string): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256Of(text)}\nsize ${text.length}\n`;
}

function writeLfsObject(expected: string, content: string): void {
  const sha256 = sha256Of(expected);
  directory.write(`.git/lfs/objects/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`, content);
}

beforeAll(() => {
  directory.write("elsewhere", "elsewhere").write("contacts/pictures/dale", "Dale");
  for (const [name, target] of [["folder", "pictures"], ...Object.values(LINKS)] as const)
    symlinkSync(target, directory.pathOf(`contacts/${name}`));
  for (const [name, text = "missing"] of Object.values(LFS_FILES)) directory.write(`contacts/${name}`, pointerTo(text));
  directory.write("contacts/lfs-other", pointerTo("replaced"));
  createRepository({ directory: directory.path }, ".");
  rmSync(directory.pathOf("contacts/link"));
  directory.write("contacts/lfs-work-tree", "in the work tree");
  writeLfsObject("in the clone", "in the clone");
  writeLfsObject("replaced", "deceptive");
  tree = openGitTree("HEAD", "contacts", { cwd: directory.path, env: process.env, files: [] });
});

afterAll(() => directory[Symbol.dispose]());

const inTree = (path: string) => join(tree.root, path);

test.each(Object.entries(LINKS))(
  "a Git tree resolves a link only to a file in the directory: %s",
  (_, [name, , target]) => {
    expect(tree.disk.realPath(inTree(name))).toBe(target === undefined ? undefined : posix.join(tree.root, target));
  },
);

test("a Git tree reads the target of a link", () => {
  const path = tree.disk.realPath(inTree("link")) ?? "";
  expect(tree.disk.read(path, { limit: 200 })).toEqual({ kind: "bytes", bytes: Buffer.from("Dale") });
});

test.each(Object.entries(LFS_FILES))(
  "a Git tree reads only content that matches a Git LFS pointer: %s",
  (_, [name, text]) => {
    const expected =
      text === undefined
        ? { kind: "unreadable", reason: "stored in Git LFS, and not in this clone" }
        : { kind: "bytes", bytes: Buffer.from(text) };
    expect(tree.disk.read(inTree(name), { limit: 200 })).toEqual(expected);
  },
);
