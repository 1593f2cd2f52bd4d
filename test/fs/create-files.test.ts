import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createFiles, syncDirectory } from "../../src/fs/atomic-file.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = new TemporaryDirectory();
});
afterEach(() => directory[Symbol.dispose]());

/** Returns the content of each file in the directory by path, including hidden files. */
function contents(): Record<string, string> {
  const entries = readdirSync(directory.path, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [path.slice(directory.path.length + 1), readFileSync(path, "utf8")]));
}

const file = (path: string) => ({ path: directory.pathOf(path), content: path });

test("files and their directories are created, and no temporary file remains", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `a/b/${index}.yaml`);
  expect(await createFiles(names.map((name) => file(name)))).toEqual([]);
  expect(contents()).toEqual(Object.fromEntries(names.map((name) => [name, name])));
});

test.each([
  ["a file", () => directory.write("b.yaml", "theirs"), { "b.yaml": "theirs" }],
  ["a broken link", () => symlinkSync("nowhere", directory.pathOf("b.yaml")), {}],
  ["a directory", () => mkdirSync(directory.pathOf("b.yaml")), {}],
])("a path that is already %s is returned, and other files are created", async (_, prepare, existing) => {
  prepare();
  expect(await createFiles([file("a.yaml"), file("b.yaml"), file("c.yaml")])).toEqual([directory.pathOf("b.yaml")]);
  expect(contents()).toEqual({ "a.yaml": "a.yaml", "c.yaml": "c.yaml", ...existing });
});

test("no file is created if one of the files cannot be written", async () => {
  directory.write("file", "");
  await expect(createFiles([file("a.yaml"), file("file/b.yaml")])).rejects.toThrow(/ENOTDIR|EEXIST/);
  expect(contents()).toEqual({ file: "" });
});

test("syncing a directory that cannot be synced does not throw", () => {
  expect(() => syncDirectory(directory.pathOf("missing"))).not.toThrow();
});
