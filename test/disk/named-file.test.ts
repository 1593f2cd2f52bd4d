import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readNamedFile } from "../../src/disk/named-file.ts";

function inDirectory(act: (path: (name: string) => string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "front-contacts-named-"));
  try {
    act((name) => join(directory, name));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test.each([
  ["nothing", 0, true],
  ["as much as is allowed", 3_000_000, true],
  ["a byte more", 3_000_001, false],
])("reads %s, through a link too", (_, size, isRead) =>
  inDirectory((path) => {
    const written = Buffer.alloc(size, "x");
    writeFileSync(path("file"), written);
    symlinkSync("file", path("link"));
    for (const name of ["file", "link"]) {
      const read = readNamedFile(path(name), 3_000_000);
      expect(read?.equals(written)).toBe(isRead ? true : undefined);
    }
  }),
);

test("what has no end is given up at the limit", () => {
  expect(readNamedFile("/dev/zero", 1000)).toBeUndefined();
});

test("a pipe is read to its end, however slowly it is written", () =>
  inDirectory((path) => {
    spawn("sh", ["-c", `mkfifo ${path("pipe")} && (echo a; sleep 0.05; echo b) > ${path("pipe")}`]);
    const begun = performance.now();
    for (;;) {
      try {
        expect(String(readNamedFile(path("pipe"), 1000))).toBe("a\nb\n");
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT" || performance.now() - begun > 60_000) throw error;
      }
    }
  }));
