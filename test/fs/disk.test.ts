import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync, truncateSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { adviseUnwritable, createDisk, FileError } from "../../src/fs/disk.ts";
import { readPicture } from "../../src/images/picture.ts";
import type { Picture } from "../../src/model/contact.ts";
import { PICTURES } from "../support/memory-disk.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const DALE = "contacts/avatars/dale.png";
const COOP = "contacts/avatars/coop.png";

let home: TemporaryDirectory;
beforeEach(() => {
  home = new TemporaryDirectory();
  home.write("secret.png", PICTURES.png).write(COOP, PICTURES.png);
});
afterEach(() => home[Symbol.dispose]());

async function loadWithAvatar(avatar: string) {
  const entry = `dale: { avatar: ${avatar}, handles: [{ source: custom, handle: d }] }`;
  home.write("contacts/a.yaml", `contacts: { ${entry} }\n`);
  return await loadDesired("contacts", { cwd: home.path });
}

async function codesWithAvatar(avatar: string): Promise<readonly string[]> {
  const { diagnostics } = await loadWithAvatar(avatar);
  return diagnostics.map(({ code }) => code);
}

test("a link to a file outside the contacts directory is not followed", async () => {
  symlinkSync("../../secret.png", home.pathOf(DALE));
  expect(await codesWithAvatar("avatars/dale.png")).toEqual(["avatar-outside", "link-outside"]);
});

test("a link to a directory outside the contacts directory is not followed", async () => {
  symlinkSync("..", home.pathOf("contacts/up"));
  expect(await codesWithAvatar("up/secret.png")).toEqual(["avatar-outside", "link-outside"]);
});

test("a link to another picture in the directory is followed", async () => {
  symlinkSync("coop.png", home.pathOf(DALE));
  expect(await codesWithAvatar("avatars/dale.png")).toEqual([]);
});

test("a path that ends with a slash is not the path of a picture or a table", async () => {
  home.write("contacts/crm.csv", "ID,Email\n1,ann@x.example\n");
  home.write("contacts/b.yaml", "tables: { crm: { file: crm.csv/, key: ID, columns: { email: Email } } }\n");
  const { diagnostics } = await loadWithAvatar("avatars/coop.png/");
  expect(diagnostics).toMatchObject([
    { code: "avatar-missing", advice: 'Did you mean "avatars/coop.png"?' },
    { code: "table-missing", advice: 'Did you mean "crm.csv"?' },
  ]);
  expect(await codesWithAvatar("avatars/")).toEqual(["avatar-not-a-file", "table-missing"]);
});

test("reading a pipe does not block", async () => {
  execFileSync("/usr/bin/mkfifo", [home.pathOf(DALE), home.pathOf("contacts/b.yaml")]);
  expect(await codesWithAvatar("avatars/dale.png")).toEqual(["avatar-not-a-file", "file-unreadable"]);
});

test("a picture of more than 25 MB is not read", async () => {
  truncateSync(home.pathOf(COOP), 26 * 1024 * 1024);
  expect(await codesWithAvatar("avatars/coop.png")).toEqual(["avatar-too-large"]);
});

test("the contacts directory may be a link", async () => {
  home.write("contacts/a.yaml", "contacts: { dale: { handles: [{ source: custom, handle: d }] } }\n");
  symlinkSync("contacts", home.pathOf("people"));
  const { desired } = await loadDesired("people", { cwd: home.path });
  expect(desired?.contacts[0]?.location.file).toBe("people/a.yaml");
});

test("a disk does not follow a link at the end of a path, and does not read a directory", () => {
  symlinkSync("secret.png", home.pathOf("link.png"));
  const disk = createDisk(home.path);
  expect(disk.read("link.png", { limit: 100 })).toEqual({ kind: "not-a-file" });
  expect(disk.read("contacts", { limit: 100 })).toEqual({ kind: "not-a-file" });
  expect(disk.read("nothing", { limit: 100 })).toEqual({ kind: "missing" });
});

test.each([0, 1, 65_535, 65_536, 65_537, 200_000])(
  "a file of %d bytes is read completely, or not at all if it exceeds the limit",
  (size) => {
    const content = Buffer.alloc(size, "0123456789");
    home.write("content.bin", content);
    const disk = createDisk(home.path);
    expect(disk.read("content.bin", { limit: size })).toEqual({ kind: "bytes", bytes: content });
    if (size > 0) expect(disk.read("content.bin", { limit: size - 1 })).toEqual({ kind: "too-large", size });
  },
);

test("a disk does not read a device", () => {
  expect(createDisk().read("/dev/null", { limit: 100 })).toEqual({ kind: "not-a-file" });
});

test("bytes that were read from a file do not change when another file is read", () => {
  home.write("a.bin", "first").write("b.bin", "other");
  const disk = createDisk(home.path);
  const first = disk.read("a.bin", { limit: 100 });
  disk.read("b.bin", { limit: 100 });
  expect(first).toEqual({ kind: "bytes", bytes: Buffer.from("first") });
});

async function loadPicture(): Promise<Picture> {
  const { desired } = await loadWithAvatar("avatars/coop.png");
  const picture = desired?.contacts[0]?.avatar;
  if (picture === undefined) throw new Error("the picture was not loaded");
  return picture;
}

test("readPicture returns the bytes of a picture that did not change", async () => {
  expect(await readPicture(await loadPicture(), { cwd: home.path })).toEqual(PICTURES.png);
});

test.each([
  ["replaced", () => home.write(COOP, PICTURES.gif)],
  ["deleted", () => rmSync(home.pathOf(COOP))],
])("readPicture throws if the picture was %s", async (_, change) => {
  const picture = await loadPicture();
  change();
  await expect(readPicture(picture, { cwd: home.path })).rejects.toMatchObject({ code: "picture-changed" });
});

test.each([
  ["a full disk (ENOSPC)", "ENOSPC", "Free some disk space, or specify a file on another disk."],
  ["an exceeded quota (EDQUOT)", "EDQUOT", "Free some disk space, or specify a file on another disk."],
  ["missing permissions (EACCES)", "EACCES", "Specify a file in a directory that exists and is writable."],
])("the advice for %s states how to write the file", (_, code, advice) => {
  expect(adviseUnwritable(Object.assign(new Error(code), { code }))).toBe(advice);
});

test("the advice for a path that is not a regular file is to specify a regular file or a new file", () => {
  expect(adviseUnwritable(new FileError("not-a-file"))).toBe("Specify a regular file or a new file.");
});
