import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "@jest/globals";
import { createAtomicFile, TEMPORARY_PATTERN, temporaryPath, type WritableDisk } from "../../src/fs/atomic-file.ts";
import { replaceFile } from "../../src/fs/disk-writer.ts";

const PLACE = "/plans/plan.json";

/** A disk in memory that fails at one of its steps. */
class BreakingDisk implements WritableDisk {
  readonly files = new Map([[PLACE, "old"]]);
  readonly steps: string[] = [];
  readonly #brokenAt: number;
  #draft = "";

  constructor(brokenAt = Number.POSITIVE_INFINITY) {
    this.#brokenAt = brokenAt;
  }

  read(path: string): string {
    return this.files.get(path) ?? "";
  }

  makeDirectory(): void {}

  create(path: string): number {
    this.#step("create");
    this.#draft = path;
    this.files.set(path, "");
    return 1;
  }

  write(_: number, content: string | Uint8Array): void {
    const before = this.files.get(this.#draft) ?? "";
    const text = String(content);
    this.files.set(this.#draft, before + text.slice(0, 1));
    this.#step("write");
    this.files.set(this.#draft, before + text);
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
    if (this.steps.length === this.#brokenAt) throw new Error(`no room to ${name}`);
  }
}

test("writes and syncs a temporary file, then renames it", () => {
  const disk = new BreakingDisk();
  createAtomicFile(PLACE, disk).finish("new");
  expect(disk.steps).toEqual(["create", "write", "sync", "close", "rename"]);
  expect([...disk.files]).toEqual([[PLACE, "new"]]);
});

/** Yields two pieces of a file. */
function* pieces(): Generator<string> {
  yield "ne";
  yield "w";
}

test("writes pieces one after the other before it renames the file", () => {
  const disk = new BreakingDisk();
  createAtomicFile(PLACE, disk).finish(pieces());
  expect(disk.steps).toEqual(["create", "write", "write", "sync", "close", "rename"]);
  expect([...disk.files]).toEqual([[PLACE, "new"]]);
});

test("keeps the old file and no temporary file if a later piece fails", () => {
  const disk = new BreakingDisk(3);
  expect(() => createAtomicFile(PLACE, disk).finish(pieces())).toThrow("no room");
  expect([...disk.files]).toEqual([[PLACE, "old"]]);
});

test.each([1, 2, 3, 4, 5])("keeps the old file and no temporary file if step %i fails", (step) => {
  const disk = new BreakingDisk(step);
  expect(() => createAtomicFile(PLACE, disk).finish("new")).toThrow("no room");
  expect([...disk.files]).toEqual([[PLACE, "old"]]);
});

test("removes the temporary file of an abandoned write", () => {
  const disk = new BreakingDisk();
  createAtomicFile(PLACE, disk).abandon();
  expect([...disk.files]).toEqual([[PLACE, "old"]]);
});

test("does nothing if a write is abandoned after it finished or failed", () => {
  for (const brokenAt of [2, undefined]) {
    const disk = new BreakingDisk(brokenAt);
    const file = createAtomicFile(PLACE, disk);
    if (brokenAt === undefined) file.finish("new");
    else expect(() => file.finish("new")).toThrow("no room");
    const before = [...disk.steps];
    file.abandon();
    file.abandon();
    expect(disk.steps).toEqual(before);
  }
});

test("removes only temporary files of killed processes with the next write", () => {
  const directory = mkdtempSync(join(tmpdir(), "front-contacts-drafts-"));
  const { pid: killed } = spawnSync("true");
  const path = join(directory, "imported.yaml");
  const elsewhere = (draft: string) => draft.replace(/\.[0-9a-f]{8}-(?=\d+-)/, ".00000000-");
  const [dead, alive, remote, old] = [
    temporaryPath(path, killed),
    temporaryPath(path),
    elsewhere(temporaryPath(path, killed)),
    elsewhere(temporaryPath(path)),
  ] as const;
  const own = join(directory, ".imported.yaml.front-contacts-tmp");
  for (const file of [dead, alive, remote, old, own]) writeFileSync(file, "");
  utimesSync(old, 0, 0);
  try {
    expect(replaceFile(path, "new")).toBeUndefined();
    expect(readdirSync(directory).sort()).toEqual([alive, remote, own, path].map((file) => basename(file)).sort());
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("names temporary files so that git can ignore them and every file system accepts them", () => {
  const draft = basename(temporaryPath(`/plans/${"\u00fc".repeat(120)}.yaml`));
  expect(Buffer.byteLength(draft)).toBeLessThan(256);
  expect(draft.startsWith(".") && draft.endsWith(TEMPORARY_PATTERN.slice(".*".length))).toBe(true);
});
