import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, openSync, symlinkSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { systemClock } from "../../src/clock/clock.ts";
import { PipeNotWrittenError, readNamedFile } from "../../src/fs/named-file.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

function makePipe(directory: TemporaryDirectory): string {
  const pipe = directory.pathOf("pipe");
  execFileSync("/usr/bin/mkfifo", [pipe]);
  return pipe;
}

const options = { limit: 1000, clock: systemClock };

test.each([
  ["without content is read", 0, true],
  ["as large as the limit is read", 3_000_000, true],
  ["one byte larger than the limit is not read", 3_000_001, false],
])("a file %s, directly or through a link", async (_, size, isRead) => {
  using directory = new TemporaryDirectory();
  const written = Buffer.alloc(size, "x");
  directory.write("file", written);
  symlinkSync("file", directory.pathOf("link"));
  for (const name of ["file", "link"]) {
    const read = await readNamedFile(directory.pathOf(name), { ...options, limit: 3_000_000 });
    expect(read?.equals(written)).toBe(isRead ? true : undefined);
  }
});

test("an endless file is read only up to the limit", async () => {
  expect(await readNamedFile("/dev/zero", options)).toBeUndefined();
});

test("a pipe that is written late and slowly is read to its end", async () => {
  using directory = new TemporaryDirectory();
  const pipe = makePipe(directory);
  const reading = readNamedFile(pipe, options);
  spawn("sh", ["-c", `exec 3> ${pipe}; sleep 0.05; echo a >&3; sleep 0.05; echo b >&3`]);
  expect(String(await reading)).toBe("a\nb\n");
});

test.each([
  ["that no process opens", () => undefined],
  ["whose writer writes nothing", (pipe: string) => openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)],
])("reading a pipe %s ends with a timeout", async (_, openWriter) => {
  using directory = new TemporaryDirectory();
  const pipe = makePipe(directory);
  const writer = openWriter(pipe);
  const reading = readNamedFile(pipe, { ...options, clock: new VirtualClock() });
  await expect(reading).rejects.toThrow(PipeNotWrittenError);
  if (writer !== undefined) closeSync(writer);
});

test("an interrupt ends the wait for a pipe", async () => {
  using directory = new TemporaryDirectory();
  const interrupt = new AbortController();
  const reading = readNamedFile(makePipe(directory), { ...options, signal: interrupt.signal });
  interrupt.abort();
  await expect(reading).rejects.toThrow(PipeNotWrittenError);
});
