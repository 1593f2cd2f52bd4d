import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { systemClock } from "../../src/clock/clock.ts";
import { PipeTimeoutError, readNamedFile } from "../../src/fs/named-file.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

async function inDirectory(run: (path: (name: string) => string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "front-contacts-named-"));
  try {
    await run((name) => join(directory, name));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function makePipe(path: string): void {
  execFileSync("/usr/bin/mkfifo", [path]);
}

const options = { limit: 1000, clock: systemClock };

test.each([
  ["no content", 0, true],
  ["as many bytes as the limit", 3_000_000, true],
  ["one byte more than the limit", 3_000_001, false],
])("a file with %s is read only within the limit, also through a link", (_, size, isRead) =>
  inDirectory(async (path) => {
    const written = Buffer.alloc(size, "x");
    writeFileSync(path("file"), written);
    symlinkSync("file", path("link"));
    for (const name of ["file", "link"]) {
      const read = await readNamedFile(path(name), { ...options, limit: 3_000_000 });
      expect(read?.equals(written)).toBe(isRead ? true : undefined);
    }
  }),
);

test("an endless file is read only up to the limit", async () => {
  expect(await readNamedFile("/dev/zero", options)).toBeUndefined();
});

test("a pipe that is written late and slowly is read to its end", () =>
  inDirectory(async (path) => {
    makePipe(path("pipe"));
    const reading = readNamedFile(path("pipe"), options);
    spawn("sh", ["-c", `exec 3> ${path("pipe")}; sleep 0.05; echo a >&3; sleep 0.05; echo b >&3`]);
    expect(String(await reading)).toBe("a\nb\n");
  }));

test.each([
  ["that no process opens", () => undefined],
  ["whose writer writes nothing", (pipe: string) => openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)],
])("reading a pipe %s ends with a timeout", (_, openWriter) =>
  inDirectory(async (path) => {
    makePipe(path("pipe"));
    const writer = openWriter(path("pipe"));
    const reading = readNamedFile(path("pipe"), { ...options, clock: new VirtualClock() });
    await expect(reading).rejects.toThrow(PipeTimeoutError);
    if (writer !== undefined) closeSync(writer);
  }),
);

test("an interrupt ends the wait for a pipe", () =>
  inDirectory(async (path) => {
    makePipe(path("pipe"));
    const interrupt = new AbortController();
    const reading = readNamedFile(path("pipe"), { ...options, signal: interrupt.signal });
    interrupt.abort();
    await expect(reading).rejects.toThrow(PipeTimeoutError);
  }));
