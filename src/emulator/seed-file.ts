import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { parseExactly } from "./json.ts";
import { locateValue, type Position, positionAt } from "./json-location.ts";
import type { Seed } from "./seed-format.ts";
import { SeedError } from "./seed-values.ts";

/** Reads and parses a seed or state file, without validation. Throws a `SeedError` with the path. */
export async function readSeedFile(path: string): Promise<Seed> {
  const text = await readText(path);
  try {
    return parseExactly(text) as Seed;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    const offset = /at position (\d+)/.exec(reason)?.[1];
    const location = offset === undefined ? path : located(path, positionAt(text, Number(offset)));
    throw new SeedError(`${location}: Invalid JSON (${reason}). Correct the file or specify another one.`);
  }
}

/** Returns the error with its location in the seed file: `company.json:12:7: …`. */
export async function locateSeedError(error: SeedError, path: string): Promise<SeedError> {
  if (error.path === undefined) return error;
  const position = locateValue(await readText(path), error.path.replace(/^The seed\.?/, ""));
  return new SeedError(`${located(path, position)}: ${error.message}`);
}

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new SeedError(
      `Cannot read ${path} (${error.code}). Check that it exists and that you have permission to read it.`,
    );
  });
}

function located(path: string, { line, column }: Position): string {
  return `${path}:${line}:${column}`;
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
    const { code } = error as NodeJS.ErrnoException;
    throw new SeedError(`Cannot write ${path} (${code}). Specify a file in a directory that exists and is writable.`);
  }
}

/**
 * Returns a function that saves a changing state in a file, and resolves when every change up to its call is on disk.
 * Changes during a write share the next one, so many requests cause few writes.
 */
export function stateSaver(path: string, state: { readonly revision: number }, text: () => string) {
  let saved = -1;
  let writing: Promise<void> = Promise.resolve();
  const write = async (needed: number) => {
    if (saved >= needed) return;
    const { revision } = state;
    await writeAtomically(path, text());
    saved = revision;
  };
  return async () => {
    const needed = state.revision;
    const written = writing.then(() => write(needed));
    // A failed write rejects the calls that wait for it, and does not prevent the next one.
    writing = written.catch(() => undefined);
    await written;
  };
}
