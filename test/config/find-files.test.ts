import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { findFiles, readSources } from "../../src/config/find-files.ts";
import { findUnformattedFiles } from "../../src/config/format-files.ts";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { createDisk, type Disk } from "../../src/fs/disk.ts";
import { LIMITS } from "../../src/model/limits.ts";
import { lowerLimits } from "../support/lower-limits.ts";
import { memoryDisk } from "../support/memory-disk.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

/** Returns a disk with `count` YAML files, followed by other files. Reading a file throws an error. */
function diskWithFiles(count: number, otherFiles: readonly string[] = []): Disk {
  const names = [...Array.from({ length: count }, (_, index) => `${index}.yaml`), ...otherFiles];
  const entries = names.map((name) => ({ name, kind: "file" as const }));
  return {
    list: () => ({ kind: "entries", entries }),
    realPath: (path) => path,
    read() {
      throw new Error("a file was opened");
    },
  };
}

test("findFiles returns all YAML files up to the limit; other files do not count toward it", () => {
  using _lower = lowerLimits({ files: 2000 });
  const { paths, diagnostics } = findFiles("contacts", diskWithFiles(LIMITS.files, ["guests.csv"]));
  expect([paths.length, diagnostics]).toEqual([LIMITS.files, []]);
});

test("findFiles reports more files than the limit, and reads none of them", () => {
  using _lower = lowerLimits({ files: 2000 });
  const { paths, diagnostics } = findFiles("contacts", diskWithFiles(LIMITS.files + 1));
  expect([paths, diagnostics.map(({ code }) => code)]).toEqual([[], ["too-many-files"]]);
});

test("findFiles returns only files with a YAML extension, in any letter case", () => {
  const files = ["a.yaml", "b.yml", "C.YAML", "d.Yml", "e.yaml.bak", "f.json", ".g.yaml"];
  const disk = memoryDisk(Object.fromEntries(files.map((name) => [`contacts/${name}`, "contacts: {}\n"])));
  expect(findFiles("contacts", disk).paths).toEqual(
    ["C.YAML", "a.yaml", "b.yml", "d.Yml"].map((name) => `contacts/${name}`),
  );
});

const threeFiles = memoryDisk({ "a.yaml": "12345", "b.yaml": "67890", "c.yaml": "1" });

test.each([
  [11, ["12345", "67890", "1"]],
  [10, ["12345", "67890", "files-too-large c.yaml"]],
  [9, ["12345", "files-too-large b.yaml"]],
])("readSources reads files until their total size exceeds the limit of %i bytes", (limit, expected) => {
  const results = [...readSources(["a.yaml", "b.yaml", "c.yaml"], threeFiles, { limit })];
  expect(
    results.map(
      ({ source, diagnostics: [diagnostic] }) => source?.text ?? `${diagnostic?.code} ${diagnostic?.location?.file}`,
    ),
  ).toEqual(expected);
});

test.each([
  ["contacts", "no-directory", 'Directory "contacts" does not exist'],
  ["a.yaml", "not-a-directory", '"a.yaml" is not a directory'],
  ["a.yaml/contacts", "no-directory", 'Directory "a.yaml/contacts" does not exist'],
])("findFiles rejects the path %s with the code %s", (root, code, summary) => {
  using home = new TemporaryDirectory();
  home.write("a.yaml", "contacts: {}\n");
  expect(findFiles(root, createDisk(home.path)).diagnostics).toMatchObject([{ code, summary }]);
});

test("findFiles advises changing to the parent directory if the working directory is a contacts directory", () => {
  using home = new TemporaryDirectory();
  home.write("contacts.schema.json", "{}");
  expect(findFiles("contacts", createDisk(home.path)).diagnostics).toMatchObject([
    {
      code: "no-directory",
      advice: expect.stringContaining("Change to its parent directory"),
      remedy: { kind: "choose-directory" },
    },
  ]);
});

test("findFiles suggests the contacts directory of a parent of the working directory", () => {
  using home = new TemporaryDirectory();
  home.write("contacts/contacts.schema.json", "{}");
  home.write("a/b/notes.txt", "");
  expect(findFiles("contacts", createDisk(`${home.path}/a/b`)).diagnostics).toMatchObject([
    {
      code: "no-directory",
      advice: 'Did you mean "../../contacts"? Change to its parent directory, or specify the directory.',
      remedy: { kind: "choose-directory" },
    },
  ]);
});

function diskWithUnreadable(directory: string, reason: string): Disk {
  const disk = memoryDisk({ "contacts/a.yaml": "contacts: {}\n", "contacts/more/b.yaml": "contacts: {}\n" });
  return { ...disk, list: (path) => (path === directory ? { kind: "unreadable", reason } : disk.list(path)) };
}

test.each([
  ["contacts", "EACCES", [], "Grant read permission for the directory, or move it elsewhere."],
  ["contacts/more", "EACCES", ["contacts/a.yaml"], "Grant read permission for the directory, or move it elsewhere."],
  [
    "contacts/more",
    "ENAMETOOLONG",
    ["contacts/a.yaml"],
    "Shorten the names of its parent directories: the path is too long.",
  ],
])("findFiles reports the unreadable directory %s (%s)", (directory, reason, readablePaths, advice) => {
  const { paths, diagnostics } = findFiles("contacts", diskWithUnreadable(directory, reason));
  expect(paths).toEqual(readablePaths);
  expect(diagnostics).toMatchObject([
    { severity: "error", code: "directory-unreadable", advice, location: { file: directory } },
  ]);
});

test("loading and formatting report an unreadable directory", async () => {
  const disk = diskWithUnreadable("contacts/more", "EACCES");
  for (const { diagnostics } of [
    await loadDesired("contacts", { disk }),
    await findUnformattedFiles("contacts", { disk }),
  ])
    expect(diagnostics.map(({ code }) => code)).toContain("directory-unreadable");
});

test("findFiles reports a path that is too long for the operating system", async () => {
  using home = new TemporaryDirectory();
  // The shell enters each directory, because no system call accepts the whole path.
  const step = "d".repeat(250);
  const script = `cd "$1"; i=0; while [ $i -lt 17 ]; do mkdir ${step}; cd ${step}; i=$((i+1)); done; echo > a.yaml`;
  execFileSync("/bin/sh", ["-c", script, "sh", home.path], { stdio: "ignore" });
  const { diagnostics } = findFiles(".", createDisk(home.path));
  // Node.js cannot delete a path of this length.
  execFileSync("/bin/rm", ["-rf", home.path]);
  expect(diagnostics[0]).toMatchObject({
    code: "directory-unreadable",
    summary: expect.stringContaining("ENAMETOOLONG"),
  });
});

test("findFiles reports a directory whose name is not UTF-8", () => {
  using home = new TemporaryDirectory();
  const name = Buffer.concat([Buffer.from(`${home.path}/`), Buffer.from([0x61, 0xff])]);
  mkdirSync(name);
  writeFileSync(Buffer.concat([name, Buffer.from("/a.yaml")]), "contacts: {}\n");
  expect(findFiles(".", createDisk(home.path)).diagnostics[0]).toMatchObject({
    code: "directory-unreadable",
    advice: "Rename the directory: its name is not UTF-8 text.",
  });
});

test("findFiles reports a symbolic link whose target is hidden, missing or outside the directory", () => {
  using home = new TemporaryDirectory();
  home.write("a.yaml", "contacts: {}\n").write(".hidden/b.yaml", "contacts: {}\n");
  const links = { "to-a.yaml": "a.yaml", "to-b.yaml": ".hidden/b.yaml", "to-c.yaml": "c.yaml", up: "..", here: "." };
  for (const [path, target] of Object.entries(links)) symlinkSync(target, home.pathOf(path));
  const { paths, diagnostics } = findFiles(".", createDisk(home.path));
  expect(paths).toEqual(["a.yaml"]);
  expect(diagnostics.map(({ summary }) => summary).sort()).toEqual([
    '"to-b.yaml" is a symbolic link to a hidden file',
    '"to-c.yaml" is a symbolic link to a missing file',
    '"up" is a symbolic link to a path outside the contacts directory',
  ]);
});
