import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { adviseUnwritable, createDisk } from "../../src/fs/disk.ts";
import { PictureChangedError, readPicture } from "../../src/images/picture.ts";
import type { Picture } from "../../src/model/contact.ts";
import { PICTURES } from "../support/memory-disk.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "front-contacts-"));
  mkdirSync(join(home, "contacts/avatars"), { recursive: true });
  writeFileSync(join(home, "secret.png"), PICTURES.png);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(path: string, contents: string | Uint8Array): void {
  writeFileSync(join(home, path), contents);
}

async function codesWithAvatar(avatar: string): Promise<readonly string[]> {
  write("contacts/a.yaml", `contacts: { dale: { avatar: ${avatar}, handles: [{ source: custom, handle: d }] } }\n`);
  const { diagnostics } = await loadDesired("contacts", { cwd: home });
  return diagnostics.map(({ code }) => code);
}

test("a link to a file outside the configuration directory is not followed", async () => {
  symlinkSync("../../secret.png", join(home, "contacts/avatars/dale.png"));
  expect(await codesWithAvatar("avatars/dale.png")).toEqual(["avatar-outside", "link-outside"]);
});

test("a directory that is a link is not followed", async () => {
  symlinkSync("..", join(home, "contacts/up"));
  expect(await codesWithAvatar("up/secret.png")).toEqual(["avatar-outside", "link-outside"]);
});

test("a link to another picture in the directory is followed", async () => {
  write("contacts/avatars/coop.png", PICTURES.png);
  symlinkSync("coop.png", join(home, "contacts/avatars/dale.png"));
  expect(await codesWithAvatar("avatars/dale.png")).toEqual([]);
});

test("reading a pipe does not block", async () => {
  execFileSync("/usr/bin/mkfifo", [join(home, "contacts/avatars/dale.png"), join(home, "contacts/b.yaml")]);
  expect(await codesWithAvatar("avatars/dale.png")).toEqual(["avatar-not-a-file", "file-unreadable"]);
});

test("a picture of more than 25 MB is not read", async () => {
  write("contacts/avatars/dale.png", PICTURES.png);
  truncateSync(join(home, "contacts/avatars/dale.png"), 26 * 1024 * 1024);
  expect(await codesWithAvatar("avatars/dale.png")).toEqual(["avatar-too-large"]);
});

test("the contacts directory may be a link", async () => {
  write("contacts/a.yaml", "contacts: { dale: { handles: [{ source: custom, handle: d }] } }\n");
  symlinkSync("contacts", join(home, "people"));
  const { desired } = await loadDesired("people", { cwd: home });
  expect(desired?.contacts[0]?.location.file).toBe("people/a.yaml");
});

test("a link at the end of a path is not followed", () => {
  symlinkSync("secret.png", join(home, "link.png"));
  expect(createDisk(home).read("link.png", { limit: 100 })).toEqual({ kind: "not-a-file" });
  expect(createDisk(home).read("contacts", { limit: 100 })).toEqual({ kind: "not-a-file" });
  expect(createDisk(home).read("nothing", { limit: 100 })).toEqual({ kind: "missing" });
});

async function loadPicture(): Promise<Picture> {
  write("contacts/avatars/dale.png", PICTURES.png);
  write(
    "contacts/a.yaml",
    "contacts: { dale: { avatar: avatars/dale.png, handles: [{ source: custom, handle: d }] } }\n",
  );
  const { desired } = await loadDesired("contacts", { cwd: home });
  const picture = desired?.contacts[0]?.avatar;
  if (picture === undefined) throw new Error("the picture was not loaded");
  return picture;
}

test("readPicture returns the bytes of a picture that did not change", async () => {
  expect(await readPicture(await loadPicture(), { cwd: home })).toEqual(PICTURES.png);
});

test.each([
  ["replaced", () => write("contacts/avatars/dale.png", PICTURES.gif)],
  ["deleted", () => rmSync(join(home, "contacts/avatars/dale.png"))],
])("readPicture throws if the picture was %s", async (_, change) => {
  const picture = await loadPicture();
  change();
  await expect(readPicture(picture, { cwd: home })).rejects.toThrow(PictureChangedError);
});

test.each([
  ["ENOSPC", "Free some disk space, or specify a file on another disk."],
  ["EDQUOT", "Free some disk space, or specify a file on another disk."],
  ["EACCES", "Specify a file in a directory that exists and is writable."],
])("advice on a file that cannot be written depends on the error: %s", (code, advice) => {
  expect(adviseUnwritable(Object.assign(new Error(code), { code }))).toBe(advice);
});
