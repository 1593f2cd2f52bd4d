import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { parseExactly } from "./json.ts";
import type { LocalFront } from "./local-front.ts";
import { parseSeedFile } from "./seed-file.ts";
import type { Seed } from "./seed-format.ts";
import { SeedError } from "./seed-values.ts";
import { type StateChanges, withChanges } from "./state-changes.ts";

/** Reads a seed or state file, without validation. Throws a `SeedError` with the path. */
export async function readSeedFile(path: string): Promise<Seed> {
  const seed = await parseSeedFile(path);
  const changes = await readChanges(path);
  return changes.length === 0 ? seed : withChanges(seed, changes);
}

/** Reads a state file; undefined if it does not exist. */
export async function readStateFile(path: string): Promise<Seed | undefined> {
  try {
    const file = await open(path, "r");
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  }
  return await readSeedFile(path);
}

/** Returns the path of the changes since a state file was written. */
function changesPath(path: string): string {
  return `${path}.changes`;
}

/** The last line of changes: the hash of the state file that contains them. */
interface End {
  readonly end: string;
}

/**
 * Reads the changes since a state file was written, if a process was killed before it wrote them to that file. Their
 * first line has the hash of the file. A last line without a line break was being written, and is ignored.
 */
async function readChanges(path: string): Promise<readonly StateChanges[]> {
  const written = await readIfExists(changesPath(path));
  const [base, ...lines] = (written ?? "").split("\n").slice(0, -1);
  if (base === undefined) return [];
  const hash = hashOf((await readIfExists(path)) ?? "");
  const entries = lines.map((line) => parseLine(line, path));
  if (entries.some((entry) => "end" in entry && entry.end === hash)) return [];
  if (base === hash) return entries.filter((entry): entry is StateChanges => !("end" in entry));
  throw new SeedError(
    `${changesPath(path)} has changes to another ${path}. Restore that one, or delete the changes to continue without them.`,
  );
}

function parseLine(line: string, path: string): StateChanges | End {
  try {
    return parseExactly(line) as StateChanges | End;
  } catch {
    throw new SeedError(`${changesPath(path)} is damaged. Delete it to continue from ${path}.`);
  }
}

async function readIfExists(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new SeedError(`Cannot read ${path} (${error.code}). Check that you have permission to read it.`);
  });
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Replaces the file atomically, so that a reader finds the old state or the new one, even after a crash. */
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
    throw notWritten(path, error);
  }
}

function notWritten(path: string, error: unknown): SeedError {
  const { code } = error as NodeJS.ErrnoException;
  return new SeedError(`Cannot write ${path} (${code}). Specify a file in a directory that exists and is writable.`);
}

/** Bytes of changes after which the whole file is written, if the file is not larger than this. */
const MIN_CHANGES = 1_000_000;

/** Milliseconds without a change after which the whole file is written. */
const IDLE = 2000;

/** The open file with the changes, and its size in bytes. */
interface Changes {
  readonly file: FileHandle;
  size: number;
}

/** The content of a state file when it was last written. */
interface Written {
  readonly hash: string;
  readonly size: number;
}

/**
 * Saves a changing state. Changes are appended to a file beside it, because writing all of a large company for each of
 * them takes longer than everything else. The state file is written when the changes are larger than it, when none
 * was made for a while, and at the end. Changes during a write share the next one.
 */
export class StateFile {
  readonly #path: string;
  readonly #front: Pick<LocalFront, "revision" | "snapshot" | "takeChanges">;
  #saved = -1;
  #writing: Promise<void> = Promise.resolve();
  /** The hash and size of the state file; undefined if it must be written, because it was not, or a write failed. */
  #base: Written | undefined;
  #changes: Changes | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(path: string, front: Pick<LocalFront, "revision" | "snapshot" | "takeChanges">) {
    this.#path = path;
    this.#front = front;
  }

  /** Resolves when every change up to now is on disk. */
  async save(): Promise<void> {
    const needed = this.#front.revision;
    await this.#enqueue(() => this.#write(needed));
  }

  /** Writes the whole state to the file, and removes the changes beside it. */
  async finish(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#enqueue(async () => {
      const isWhole = this.#base !== undefined && this.#changes === undefined && this.#saved >= this.#front.revision;
      if (!isWhole) await this.#writeAll();
    });
  }

  async #enqueue(work: () => Promise<void>): Promise<void> {
    const write = this.#writing.then(work);
    // A failed write rejects the calls that wait for it, and does not prevent the next one.
    this.#writing = write.catch(() => undefined);
    await write;
  }

  async #write(needed: number): Promise<void> {
    if (this.#saved >= needed) return;
    if (this.#base === undefined) await this.#writeAll();
    else await this.#append(this.#base);
  }

  async #append(base: Written): Promise<void> {
    clearTimeout(this.#idle);
    const { revision } = this.#front;
    const line = `${JSON.stringify(this.#front.takeChanges())}\n`;
    // Unless the line is written, the next write must write everything.
    this.#base = undefined;
    try {
      this.#changes ??= { file: await open(changesPath(this.#path), "ax", 0o600), size: 0 };
      await append(this.#changes, this.#changes.size === 0 ? `${base.hash}\n${line}` : line);
    } catch (error) {
      throw notWritten(changesPath(this.#path), error);
    }
    this.#base = base;
    this.#saved = revision;
    if (this.#changes.size > Math.max(base.size, MIN_CHANGES)) await this.#writeAll();
    else this.#idle = setTimeout(() => void this.finish().catch(() => undefined), IDLE).unref();
  }

  async #writeAll(): Promise<void> {
    const { revision } = this.#front;
    // The whole state has them.
    this.#front.takeChanges();
    this.#base = undefined;
    const text = `${JSON.stringify(this.#front.snapshot())}\n`;
    const hash = hashOf(text);
    const end: End = { end: hash };
    // Without this line, a restart after a kill before the last step would refuse the changes.
    if (this.#changes !== undefined) await append(this.#changes, `${JSON.stringify(end)}\n`);
    await writeAtomically(this.#path, text);
    await this.#changes?.file.close();
    this.#changes = undefined;
    await rm(changesPath(this.#path), { force: true });
    this.#base = { hash, size: text.length };
    this.#saved = revision;
  }
}

/** Appends a text and waits until it is on disk. If that fails, no part of it is left. */
async function append(to: Changes, text: string): Promise<void> {
  try {
    await to.file.appendFile(text);
    await to.file.datasync();
  } catch (error) {
    await to.file.truncate(to.size);
    throw error;
  }
  to.size += Buffer.byteLength(text);
}
