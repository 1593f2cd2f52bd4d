import { createHash, randomBytes } from "node:crypto";
import { access, type FileHandle, open, readFile, rename, rm, stat } from "node:fs/promises";
import { parseExactly } from "./json.ts";
import type { LocalFront } from "./local-front.ts";
import { parseSeedFile } from "./seed-file.ts";
import type { Seed } from "./seed-format.ts";
import { SeedError } from "./seed-values.ts";
import { type StateChanges, withChanges } from "./state-changes.ts";

/** Returns a seed with the changes in its changes file applied. Does not validate the company. */
export async function readSeedFile(path: string): Promise<Seed> {
  const seed = await parseSeedFile(path);
  const changes = await readChanges(path);
  return changes.length === 0 ? seed : withChanges(seed, changes);
}

/** Returns the company in a state file, without validating it; undefined if the file does not exist. */
export async function readStateFile(path: string): Promise<Seed | undefined> {
  try {
    await access(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  }
  return await readSeedFile(path);
}

/** Returns the path of the changes file, which contains the changes since the state file was written. */
function changesPath(path: string): string {
  return `${path}.changes`;
}

/**
 * A line that is appended to the changes file before a new state file is written: the hash of the new state file, which
 * includes the changes.
 */
interface EndEntry {
  readonly end: string;
}

/**
 * Reads the changes file, which remains if the emulator was killed. Its first line is the hash of the state file that
 * the changes belong to. A last line without a line break was not written completely, and is ignored.
 */
async function readChanges(path: string): Promise<readonly StateChanges[]> {
  const text = (await readIfExists(changesPath(path))) ?? "";
  const [baseHash, ...lines] = text.split("\n").slice(0, -1);
  if (baseHash === undefined) return [];
  const hash = hashOf((await readIfExists(path)) ?? "");
  const entries = lines.map((line) => parseLine(line, path));
  if (entries.some((entry) => "end" in entry && entry.end === hash)) return [];
  if (baseHash === hash) return entries.filter((entry): entry is StateChanges => !("end" in entry));
  throw new SeedError(`"${changesPath(path)}" contains changes to another version of "${path}"`, {
    advice: "Restore that version, or delete the changes file to continue without the changes.",
  });
}

function parseLine(line: string, path: string): StateChanges | EndEntry {
  try {
    return parseExactly(line) as StateChanges | EndEntry;
  } catch {
    const advice = `Delete it to continue with "${path}", without the changes in the deleted file.`;
    throw new SeedError(`"${changesPath(path)}" is damaged`, { advice });
  }
}

async function readIfExists(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new SeedError(`Cannot read "${path}" (${error.code})`, {
      advice: "Check that you have permission to read it.",
    });
  });
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw notWrittenError(path, error);
  }
}

function notWrittenError(path: string, error: unknown): SeedError {
  const { code } = error as NodeJS.ErrnoException;
  const advice =
    code === "ENOSPC"
      ? "Free some disk space, or specify a file on another disk."
      : "Specify a file in a directory that exists and is writable.";
  return new SeedError(`Cannot write "${path}" (${code})`, { advice });
}

/** Returns a value that changes when the file is replaced or written; undefined if it cannot be read. */
async function versionOf(path: string): Promise<string | undefined> {
  const status = await stat(path, { bigint: true }).catch(() => undefined);
  return status && `${status.ino} ${status.mtimeNs}`;
}

/** A changes file of up to this size, in bytes, is kept even if it is larger than the state file. */
const MIN_CHANGES_SIZE = 1_000_000;

/** Milliseconds without a change after which the state file is written. */
const IDLE_MS = 2000;

interface ChangesFile {
  readonly path: string;
  readonly file: FileHandle;
  size: number;
}

interface WrittenState {
  readonly hash: string;
  readonly size: number;
}

/**
 * Appends changes to a changes file, because writing a large company at each change would be slow. Writes the state
 * file when the changes file has become larger than the state file, after some time without changes, and at the end.
 * Changes during a write are saved together by the next write.
 */
export class StateFile {
  readonly #path: string;
  readonly #front: Pick<LocalFront, "revision" | "snapshot" | "takeChanges">;
  #savedRevision = -1;
  /** The version of the state file that this emulator wrote last; undefined before the first write. */
  #version: string | undefined;
  #lastWrite: Promise<void> = Promise.resolve();
  /** Undefined before the first write and after a failed write. The next write then writes the whole state file. */
  #base: WrittenState | undefined;
  #changes: ChangesFile | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(path: string, front: Pick<LocalFront, "revision" | "snapshot" | "takeChanges">) {
    this.#path = path;
    this.#front = front;
  }

  /** Resolves when all changes up to now are on disk. */
  async save(): Promise<void> {
    const { revision } = this.#front;
    await this.#enqueue(() => this.#write(revision));
  }

  /**
   * Writes the state file and removes the changes file. Does nothing if all changes are saved and another program has
   * replaced the state file.
   */
  async finish(): Promise<void> {
    clearTimeout(this.#idleTimer);
    await this.#enqueue(async () => {
      const isSaved = this.#savedRevision >= this.#front.revision;
      const isComplete = isSaved && this.#base !== undefined && this.#changes === undefined;
      try {
        // A program that replaced the state file has also read the changes file.
        if (!isComplete && !(isSaved && (await this.#isReplaced()))) await this.#writeAll();
      } finally {
        await this.#changes?.file.close();
        this.#changes = undefined;
      }
    });
  }

  /** Returns whether another emulator or program has written the state file since this emulator last wrote it. */
  async #isReplaced(): Promise<boolean> {
    const version = this.#version && (await versionOf(this.#path));
    return version !== undefined && version !== this.#version;
  }

  async #requireOwnVersion(): Promise<void> {
    if (!(await this.#isReplaced())) return;
    throw new SeedError(`"${this.#path}" was changed by another program`, {
      advice: "Restart this emulator to load the file again. Use a state file in only one emulator at a time.",
    });
  }

  async #enqueue(write: () => Promise<void>): Promise<void> {
    const result = this.#lastWrite.then(write);
    // The error of a failed write is thrown to its caller and does not prevent the next write.
    this.#lastWrite = result.catch(() => undefined);
    await result;
  }

  async #write(revision: number): Promise<void> {
    if (this.#savedRevision >= revision) return;
    if (this.#base === undefined) await this.#writeAll();
    else await this.#append(this.#base);
  }

  async #append(base: WrittenState): Promise<void> {
    clearTimeout(this.#idleTimer);
    await this.#requireOwnVersion();
    const { revision } = this.#front;
    const line = `${JSON.stringify(this.#front.takeChanges())}\n`;
    // Stays undefined if the append fails.
    this.#base = undefined;
    this.#changes ??= await createChangesFile(changesPath(this.#path));
    await append(this.#changes, this.#changes.size === 0 ? `${base.hash}\n${line}` : line);
    this.#base = base;
    this.#savedRevision = revision;
    if (this.#changes.size > Math.max(base.size, MIN_CHANGES_SIZE)) await this.#writeAll();
    else this.#idleTimer = setTimeout(() => void this.finish().catch(() => undefined), IDLE_MS).unref();
  }

  async #writeAll(): Promise<void> {
    await this.#requireOwnVersion();
    const { revision } = this.#front;
    // Discards the recorded changes, because the new state file includes them.
    this.#front.takeChanges();
    this.#base = undefined;
    const text = `${JSON.stringify(this.#front.snapshot())}\n`;
    const hash = hashOf(text);
    const end: EndEntry = { end: hash };
    // Without this line, the changes file would be rejected if the emulator were killed after the next step.
    if (this.#changes !== undefined) await append(this.#changes, `${JSON.stringify(end)}\n`);
    await writeAtomically(this.#path, text);
    this.#version = await versionOf(this.#path);
    await this.#changes?.file.close();
    this.#changes = undefined;
    await rm(changesPath(this.#path), { force: true });
    this.#base = { hash, size: text.length };
    this.#savedRevision = revision;
  }
}

async function createChangesFile(path: string): Promise<ChangesFile> {
  try {
    return { path, file: await open(path, "ax", 0o600), size: 0 };
  } catch (error) {
    throw notWrittenError(path, error);
  }
}

/** Resolves when the text is on disk. After a failure, the file contains no part of the text. */
async function append(changes: ChangesFile, text: string): Promise<void> {
  try {
    await changes.file.appendFile(text);
    await changes.file.datasync();
  } catch (error) {
    await changes.file.truncate(changes.size);
    throw notWrittenError(changes.path, error);
  }
  changes.size += Buffer.byteLength(text);
}
