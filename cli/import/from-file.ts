import { resolve } from "node:path";
import {
  type FileImportOptions,
  type ImportTarget,
  importCsv,
  importVcards,
  PipeTimeoutError,
  readNamedFile,
  systemClock,
} from "../../src/index.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";
import { colorsFor } from "../views/colors.ts";
import { renderInvalidRows } from "../views/import.ts";
import { showImport } from "./from-front.ts";

/** Needs no token: Front is not read. */
export async function importFile(
  source: "csv" | "vcard",
  target: ImportTarget,
  given: Given,
  io: Environment,
): Promise<number> {
  const named = String(given[`from-${source}`]);
  const { map } = given;
  const options: FileImportOptions = {
    text: await readText(io, named),
    mappings: Array.isArray(map) ? map : [],
    update: given["update"] === true,
    skipInvalid: given["skip-invalid"] === true,
    categories: given["lists"] === true,
    avatars: given["no-avatars"] !== true,
  };
  const done = source === "csv" ? await importCsv(target, options) : await importVcards(target, options);
  const noun = source === "csv" ? "row" : "card";
  io.err(renderInvalidRows(done.invalidRows, { file: named, noun, colors: colorsFor(io, given, "stderr") }));
  if (!done.done) {
    io.err(`Nothing was written. Fix the ${noun}s, or skip them with --skip-invalid.\n`);
    return EXIT.failed;
  }
  showImport(done, given, io);
  return EXIT.ok;
}

/** Enough for half a million contacts. */
const MAX_BYTES = 256 * 1024 * 1024;

async function readText(io: Environment, named: string): Promise<string> {
  const { clock = systemClock, signal } = io;
  try {
    const bytes = await readNamedFile(resolve(io.cwd, named), { limit: MAX_BYTES, clock, signal });
    if (bytes !== undefined) return decoded(bytes, named);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof PipeTimeoutError) {
      const advice = "Start the program that writes to it first, or write its output to a file.";
      throw new UsageError(`Nothing was written to the pipe ${named}`, advice);
    }
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${named} cannot be read (${code ?? "for an unknown reason"})`, "Name a file that exists.");
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
