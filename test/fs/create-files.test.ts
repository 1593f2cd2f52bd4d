import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "@jest/globals";
import { createFiles, syncDirectory } from "../../src/fs/atomic-file.ts";

const ROOT = mkdtempSync(join(tmpdir(), "front-contacts-files-"));
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(ROOT, "case-"));
});
afterAll(() => rmSync(ROOT, { recursive: true }));

/** Returns the content of each file in the directory by path, including hidden files. */
function contents(): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => [
      join(parentPath, name).slice(directory.length + 1),
      readFileSync(join(parentPath, name), "utf8"),
    ]),
  );
}

const file = (path: string, content = path) => ({ path: join(directory, path), content });

test("files and their directories are created, and no temporary file remains", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `a/b/${index}.yaml`);
  expect(await createFiles(names.map((name) => file(name)))).toEqual([]);
  expect(contents()).toEqual(Object.fromEntries(names.map((name) => [name, name])));
});

test.each([
  ["a file", () => writeFileSync(join(directory, "b.yaml"), "theirs"), { "b.yaml": "theirs" }],
  ["a broken link", () => symlinkSync("nowhere", join(directory, "b.yaml")), {}],
  ["a directory", () => mkdirSync(join(directory, "b.yaml")), {}],
])("a path that is already %s is returned, and other files are created", async (_, prepare, existing) => {
  prepare();
  expect(await createFiles([file("a.yaml"), file("b.yaml"), file("c.yaml")])).toEqual([join(directory, "b.yaml")]);
  expect(contents()).toEqual({ "a.yaml": "a.yaml", "c.yaml": "c.yaml", ...existing });
});

test("no file is created if one of the files cannot be written", async () => {
  writeFileSync(join(directory, "file"), "");
  await expect(createFiles([file("a.yaml"), file("file/b.yaml")])).rejects.toThrow(/ENOTDIR|EEXIST/);
  expect(contents()).toEqual({ file: "" });
});

test("syncing a directory that cannot be synced does not throw", () => {
  expect(() => syncDirectory(join(directory, "missing"))).not.toThrow();
});
