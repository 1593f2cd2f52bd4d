import { expect, test } from "@jest/globals";
import { BOUNDS } from "../../src/desired/bounds.ts";
import { findFiles, readSources } from "../../src/desired/files.ts";
import type { Disk } from "../../src/disk/disk.ts";
import { memoryDisk } from "../support/memory-disk.ts";

/** A directory of so many files, none of which may be opened. */
function crowded(count: number): Disk {
  const entries = Array.from({ length: count }, (_, index) => ({ name: `${index}.yaml`, kind: "file" as const }));
  return {
    list: () => entries,
    realPath: (path) => path,
    read() {
      throw new Error("a file was opened");
    },
  };
}

test("as many files as anybody writes are found", () => {
  const { paths, diagnostics } = findFiles("contacts", crowded(BOUNDS.files));
  expect([paths.length, diagnostics]).toEqual([BOUNDS.files, []]);
});

test("one more is an error, and none of them is opened", () => {
  const { paths, diagnostics } = findFiles("contacts", crowded(BOUNDS.files + 1));
  expect([paths, diagnostics.map(({ code }) => code)]).toEqual([[], ["too-many-files"]]);
});

const THREE = memoryDisk({ "a.yaml": "12345", "b.yaml": "67890", "c.yaml": "1" });

test.each([
  [11, ["12345", "67890", "1"]],
  [10, ["12345", "67890", "files-too-large c.yaml"]],
  [9, ["12345", "files-too-large b.yaml"]],
])("of three files with 11 bytes, where %i are the most, this is read", (most, expected) => {
  const read = [...readSources(["a.yaml", "b.yaml", "c.yaml"], THREE, { most })];
  expect(
    read.map(({ source, diagnostics: [found] }) => source?.text ?? `${found?.code} ${found?.place?.file}`),
  ).toEqual(expected);
});
