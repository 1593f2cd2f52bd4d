import { spawnSync } from "node:child_process";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "@jest/globals";
import { createAtomicFile, TEMPORARY_PATTERN, temporaryPath, type WritableDisk } from "../../src/fs/atomic-file.ts";
import { replaceFile } from "../../src/fs/disk-writer.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const PATH = "/plans/plan.json";

/** An in-memory disk whose nth step fails. */
class FailingDisk implements WritableDisk {
  readonly files = new Map([[PATH, "old"]]);
  readonly steps: string[] = [];
  readonly #failingStep: number;
  #temporary = "";

  constructor(failingStep = Number.POSITIVE_INFINITY) {
    this.#failingStep = failingStep;
  }

  read(path: string): string {
    return this.files.get(path) ?? "";
  }

  makeDirectory(): void {}

  create(path: string): number {
    this.#step("create");
    this.#temporary = path;
    this.files.set(path, "");
    return 1;
  }

  write(_: number, content: string | Uint8Array): void {
    const before = this.files.get(this.#temporary) ?? "";
    const text = String(content);
    this.files.set(this.#temporary, before + text.slice(0, 1));
    this.#step("write");
    this.files.set(this.#temporary, before + text);
  }

  sync(): void {
    this.#step("sync");
  }

  close(): void {
    this.#step("close");
  }

  rename(from: string, to: string): void {
    this.#step("rename");
    this.files.set(to, this.read(from));
    this.files.delete(from);
  }

  remove(path: string): void {
    this.files.delete(path);
  }

  #step(name: string): void {
    this.steps.push(name);
    if (this.steps.length === this.#failingStep) throw new Error(`no room to ${name}`);
  }
}

test("a temporary file is written and synced, then renamed", () => {
  const disk = new FailingDisk();
  createAtomicFile(PATH, disk).finish("new");
  expect(disk.steps).toEqual(["create", "write", "sync", "close", "rename"]);
  expect([...disk.files]).toEqual([[PATH, "new"]]);
});

function* pieces(): Generator<string> {
  yield "ne";
  yield "w";
}

test("all pieces are written before the file is renamed", () => {
  const disk = new FailingDisk();
  createAtomicFile(PATH, disk).finish(pieces());
  expect(disk.steps).toEqual(["create", "write", "write", "sync", "close", "rename"]);
  expect([...disk.files]).toEqual([[PATH, "new"]]);
});

test("the old file and no temporary file remain if a later piece cannot be written", () => {
  const disk = new FailingDisk(3);
  expect(() => createAtomicFile(PATH, disk).finish(pieces())).toThrow("no room");
  expect([...disk.files]).toEqual([[PATH, "old"]]);
});

test.each([1, 2, 3, 4, 5])("the old file and no temporary file remain if step %i fails", (step) => {
  const disk = new FailingDisk(step);
  expect(() => createAtomicFile(PATH, disk).finish("new")).toThrow("no room");
  expect([...disk.files]).toEqual([[PATH, "old"]]);
});

test("the temporary file of an abandoned write is removed", () => {
  const disk = new FailingDisk();
  createAtomicFile(PATH, disk).abandon();
  expect([...disk.files]).toEqual([[PATH, "old"]]);
});

test("abandoning a write that finished or failed does nothing", () => {
  for (const failingStep of [2, undefined]) {
    const disk = new FailingDisk(failingStep);
    const file = createAtomicFile(PATH, disk);
    if (failingStep === undefined) file.finish("new");
    else expect(() => file.finish("new")).toThrow("no room");
    const before = [...disk.steps];
    file.abandon();
    file.abandon();
    expect(disk.steps).toEqual(before);
  }
});

test("the next write removes only temporary files of killed processes and old temporary files of other machines", () => {
  using directory = new TemporaryDirectory();
  const { pid: killedPid } = spawnSync("true");
  const path = directory.pathOf("imported.yaml");
  const onOtherMachine = (name: string) => name.replace(/\.[0-9a-f]{8}-(?=\d+-)/, ".00000000-");
  const [ofKilled, ofRunning, ofOtherMachine, oldOfOtherMachine] = [
    temporaryPath(path, killedPid),
    temporaryPath(path),
    onOtherMachine(temporaryPath(path, killedPid)),
    onOtherMachine(temporaryPath(path)),
  ] as const;
  const unrelated = directory.pathOf(".imported.yaml.front-contacts-tmp");
  for (const file of [ofKilled, ofRunning, ofOtherMachine, oldOfOtherMachine, unrelated]) writeFileSync(file, "");
  utimesSync(oldOfOtherMachine, 0, 0);
  replaceFile(path, "new", { cwd: "." });
  const remaining = [ofRunning, ofOtherMachine, unrelated, path].map((file) => basename(file));
  expect(readdirSync(directory.path).sort()).toEqual(remaining.sort());
});

test("names of temporary files match the .gitignore pattern and have at most 255 bytes", () => {
  const name = basename(temporaryPath(`/plans/${"\u00fc".repeat(120)}.yaml`));
  expect(Buffer.byteLength(name)).toBeLessThan(256);
  expect(name.startsWith(".") && name.endsWith(TEMPORARY_PATTERN.slice(".*".length))).toBe(true);
});
