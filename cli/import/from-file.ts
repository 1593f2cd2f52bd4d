import { resolve } from "node:path";
import {
  escapeText,
  type FileImportOptions,
  type ImportTarget,
  type InvalidRow,
  importCsv,
  importVcards,
  PipeTimeoutError,
  readNamedFile,
  systemClock,
} from "../../src/index.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";
import { colorsFor } from "../views/colors.ts";
import { showImport } from "./from-front.ts";

/** Front is not asked, and no token is needed. */
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
  tellMisfits(done.misfits, named, given, io);
  if (!done.done) {
    io.err("Nothing was written. Correct them, or leave them out with --skip-invalid.\n");
    return EXIT.failed;
  }
  showImport(done, given, io);
  return EXIT.ok;
}

/** As many as anybody goes through by hand. */
const MOST = 500;

function tellMisfits(misfits: readonly InvalidRow[], file: string, given: Given, io: Environment): void {
  if (misfits.length === 0) return;
  const { bold, yellow } = colorsFor(io, given, "stderr");
  const lines = new Set(misfits.map(({ line }) => line)).size;
  const what = given["from-csv"] === undefined ? ["card", "cards"] : ["row", "rows"];
  const verb = lines === 1 ? "does" : "do";
  io.err(`${yellow(bold(`${lines} ${what[lines === 1 ? 0 : 1]} ${verb} not fit:`))}\n`);
  for (const { line, reason } of misfits.slice(0, MOST)) {
    io.err(`  ${escapeText(file)}:${line}: ${escapeText(reason, { limit: 300 })}\n`);
  }
  if (misfits.length > MOST) io.err(`  and ${misfits.length - MOST} more\n`);
  io.err("\n");
}

/** Half a million contacts are far below. */
const MAX_BYTES = 256 * 1024 * 1024;

async function readText(io: Environment, named: string): Promise<string> {
  const { clock = systemClock, signal } = io;
  try {
    const bytes = await readNamedFile(resolve(io.cwd, named), { limit: MAX_BYTES, clock, signal });
    if (bytes !== undefined) return decoded(bytes, named);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof PipeTimeoutError) {
      const advice = "Start the program that writes it first, or write its output to a file.";
      throw new UsageError(`${named} is a pipe, and nothing was written to it`, advice);
    }
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${named} cannot be read (${code ?? "for an unknown reason"})`, "Name a file that exists.");
  }
  throw new UsageError(`${named} is larger than 256 MB`, "Split it, and import one part after the other.");
}

/** Spreadsheets write UTF-16 as well, with a mark at its beginning. */
function decoded(bytes: Uint8Array, named: string): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Told below.
  }
  throw new UsageError(`${named} is not UTF-8 text`, "Export it again with the encoding UTF-8.");
}
