import { resolve } from "node:path";
import {
  type FileImportOptions,
  type ImportTarget,
  importCsv,
  importVcards,
  PipeTimeoutError,
  readNamedFile,
  reasonOf,
} from "../../src/index.ts";
import type { FileImportArgs } from "../args/import-args.ts";
import { EXIT, UsageError } from "../process-io.ts";
import type { Session } from "../session.ts";
import { renderInvalidRows } from "../views/import.ts";
import { showImport } from "./from-front.ts";

/** Needs no token: Front is not read. */
export async function importFile(target: ImportTarget, args: FileImportArgs, session: Session): Promise<number> {
  const { source, file, mappings, update, skipInvalid, categories, avatars } = args;
  const options: FileImportOptions = {
    text: await readText(file, session),
    ...{ mappings, update, skipInvalid, categories, avatars },
  };
  const done = source === "csv" ? await importCsv(target, options) : await importVcards(target, options);
  const noun = source === "csv" ? "row" : "card";
  session.err(renderInvalidRows(done.invalidRows, { file, noun, colors: session.colors("stderr") }));
  if (!done.done) {
    session.err(`Nothing was written. Fix the ${noun}s, or skip them with --skip-invalid.\n`);
    return EXIT.failed;
  }
  showImport(done, args, session);
  return EXIT.ok;
}

/** Enough for half a million contacts. */
const MAX_BYTES = 256 * 1024 * 1024;

async function readText(named: string, { clock, signal, cwd }: Session): Promise<string> {
  try {
    const bytes = await readNamedFile(resolve(cwd, named), { limit: MAX_BYTES, clock, signal });
    if (bytes !== undefined) return decoded(bytes, named);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof PipeTimeoutError) {
      const advice = "Start the program that writes to it first, or write its output to a file.";
      throw new UsageError(`Nothing was written to the pipe ${named}`, advice);
    }
    throw new UsageError(`${named} cannot be read (${reasonOf(error)})`, "Name a file that exists.");
  }
  throw new UsageError(`${named} is larger than 256 MB`, "Split the file and import its parts one by one.");
}

/** Spreadsheets may write UTF-16 with a byte order mark. */
function decoded(bytes: Uint8Array, named: string): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Reported below.
  }
  throw new UsageError(`${named} is not UTF-8 text`, "Export the file with the encoding UTF-8.");
}
