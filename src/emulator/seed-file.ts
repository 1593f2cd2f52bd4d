import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { parseExactly } from "./json.ts";
import { locateValue, type Position, positionAt } from "./json-location.ts";
import type { Seed } from "./seed-format.ts";
import { SeedError } from "./seed-values.ts";

/** Returns a seed or state file, parsed and not yet checked. Throws a SeedError that names the file. */
export async function readSeedFile(path: string): Promise<Seed> {
  const text = await readText(path);
  try {
    return parseExactly(text) as Seed;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    const offset = /at position (\d+)/.exec(reason)?.[1];
    const location = offset === undefined ? path : located(path, positionAt(text, Number(offset)));
    throw new SeedError(`${location}: not valid JSON (${reason}); correct it or give another file.`);
  }
}

/** Returns the same error with the location in the file that the seed was read from: `company.json:12:7: …`. */
export async function locateSeedError(error: SeedError, path: string): Promise<SeedError> {
  if (error.path === undefined) return error;
  const position = locateValue(await readText(path), error.path.replace(/^The seed\.?/, ""));
  return new SeedError(`${located(path, position)}: ${error.message}`);
}

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new SeedError(`${path} cannot be read (${error.code}); check that it is there and yours to read.`);
  });
}

function located(path: string, { line, column }: Position): string {
  return `${path}:${line}:${column}`;
}

/** The same, but undefined if the file does not exist yet. */
export async function readStateFile(path: string): Promise<Seed | undefined> {
  try {
    const file = await open(path, "r");
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  }
  return await readSeedFile(path);
}

/** Replaces the file in one step: whoever reads it, even after a crash, finds one whole state or the other. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new SeedError(`${path} cannot be written (${code}); give a file in a directory that is there and yours.`);
  }
}

interface Kept {
  readonly revision: number;
}

/**
 * Keeps something that changes on a file. Changes that come while a write is under way share the next
 * one, so many requests at once cost few writes.
 */
export class StateFile {
  readonly #path: string;
  readonly #kept: Kept;
  readonly #text: () => string;
  #saved = -1;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, kept: Kept, text: () => string) {
    this.#path = path;
    this.#kept = kept;
    this.#text = text;
  }

  /** Resolves when everything up to this moment is on the disk. */
  async save(): Promise<void> {
    const needed = this.#kept.revision;
    const write = this.#writing.then(() => this.#write(needed));
    // A failed write is told to whoever waits for it, and does not stop the next one.
    this.#writing = write.catch(() => undefined);
    await write;
  }

  async #write(needed: number): Promise<void> {
    if (this.#saved >= needed) return;
    const { revision } = this.#kept;
    await writeWhole(this.#path, this.#text());
    this.#saved = revision;
  }
}
