import { resolve } from "node:path";
import {
  type ContactQuery,
  createDiskWriter,
  type DiskWriter,
  escapeText,
  type FrontImport,
  type ImportReport,
  type ImportTarget,
  importCsv,
  importFromFront,
  importVcards,
  openImportDestination,
  PipeTimeoutError,
  parseContactQuery,
  readNamedFile,
  reasonOf,
  resolveLocation,
} from "../../src/internal.ts";
import type { FileImportArgs, FrontImportArgs, ImportArgs } from "../args/import-args.ts";
import { EXIT, UsageError } from "../process-io.ts";
import type { Session } from "../session.ts";
import { renderDiff } from "../views/diff.ts";
import { renderImportSummary, renderImportWarnings, renderInvalidRows, renderNewFile } from "../views/import.ts";
import { unifiedDiff } from "../views/unified-diff.ts";

/** Imports contacts from Front, a CSV file or a vCard file into YAML files. */
export async function run(args: ImportArgs, session: Session): Promise<number> {
  const target = await openTarget(args, session);
  if (target === undefined) return EXIT.failed;
  return await (args.source === "front" ? importFront(target, args, session) : importFile(target, args, session));
}

/** Returns undefined if the existing files have errors. */
async function openTarget(
  { source, to, split, dryRun }: ImportArgs,
  session: Session,
): Promise<ImportTarget | undefined> {
  const { destination, loaded } = await openImportDestination(session.args.contacts, { cwd: session.cwd });
  session.showDiagnostics(loaded.diagnostics, loaded);
  if (destination === undefined) {
    session.err(
      "Nothing was imported: the existing files have errors, so the contacts that they declare are unknown.\n",
    );
    return undefined;
  }
  const location = resolveLocation(destination, { to, split });
  const target = { destination, location, declareLists: source !== "front" };
  return dryRun ? { ...target, writer: dryRunWriter(session) } : target;
}

/** Prints new files instead of writing them. Changes of existing files are printed as a diff at the end. */
function dryRunWriter(session: Session): DiskWriter {
  const disk = createDiskWriter(session.cwd);
  const shown = new Set<string>();
  return {
    exists: (path) => shown.has(path) || disk.exists(path),
    create(path, content) {
      shown.add(path);
      if (typeof content !== "string") session.err(`${escapeText(path)}: ${content.length} bytes\n`);
      else session.out(renderNewFile(path, content));
    },
    replace(path) {
      shown.add(path);
    },
  };
}

async function importFront(target: ImportTarget, args: FrontImportArgs, session: Session): Promise<number> {
  const done = await readFront(target, args, session);
  showImport(done, args, session);
  if (done.failure !== undefined) {
    if (done.created > 0 && !args.dryRun) {
      session.err("The contacts read so far were written. Run the same command again to import the rest.\n");
    }
    throw done.failure;
  }
  return done.warnings.some(({ kind }) => kind === "not-found") ? EXIT.failed : EXIT.ok;
}

/** Number of contacts between two lines of progress in a log. */
const LOG_INTERVAL = 5000;

async function readFront(
  target: ImportTarget,
  { all, lists, queries, update, avatars, dryRun }: FrontImportArgs,
  session: Session,
): Promise<FrontImport> {
  const selection = { all, lists, contacts: queries.map(parseQuery) };
  return await session.withProgress("Reading contacts", async (progress) => {
    const front = session.frontReader(target.destination.desired.settings);
    const cache = await session.cache();
    const onProgress = (count: number) => {
      progress.count(count);
      if (count % LOG_INTERVAL === 0) progress.log(`Read ${count} contacts`);
    };
    const done = await importFromFront(target, front, selection, { update, avatars, pictures: cache, onProgress });
    if (!dryRun) await cache.save();
    return done;
  });
}

function parseQuery(text: string): ContactQuery {
  const query = parseContactQuery(text);
  if (query !== undefined) return query;
  throw new UsageError(
    `"${text}" is not a handle or a contact id`,
    "Use an email address, a phone number with +, another handle such as twitter:name, or an id such as crd_1a2b3c.",
  );
}

async function importFile(target: ImportTarget, args: FileImportArgs, session: Session): Promise<number> {
  const { source, file } = args;
  const importText = source === "csv" ? importCsv : importVcards;
  const done = await importText(target, { ...args, text: await readText(file, session) });
  const noun = source === "csv" ? "row" : "card";
  session.err(renderInvalidRows(done.invalidRows, { file, noun, colors: session.colors("stderr") }));
  if (done.done) {
    showImport(done, args, session);
    return EXIT.ok;
  }
  session.err(`Nothing was written. Fix the ${noun}s, or skip them with --skip-invalid.\n`);
  return EXIT.failed;
}

/** Enough for half a million contacts. */
const MAX_BYTES = 256 * 1024 * 1024;

async function readText(path: string, { clock, signal, cwd }: Session): Promise<string> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readNamedFile(resolve(cwd, path), { limit: MAX_BYTES, clock, signal });
  } catch (error) {
    if (error instanceof PipeTimeoutError) {
      const advice = "Start the program that writes to it first, or write its output to a file.";
      throw new UsageError(`Nothing was written to the pipe ${path}`, advice);
    }
    throw new UsageError(`${path} cannot be read (${reasonOf(error)})`, "Name a file that exists.");
  }
  if (bytes !== undefined) return decode(bytes, path);
  throw new UsageError(`${path} is larger than 256 MB`, "Split the file and import its parts one by one.");
}

/** Decodes UTF-8, or UTF-16 with a byte order mark, which spreadsheets write. */
function decode(bytes: Uint8Array, path: string): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Reported below.
  }
  throw new UsageError(`${path} is not UTF-8 text`, "Export the file with the encoding UTF-8.");
}

/** Prints the result to standard output and warnings to standard error. */
function showImport(done: ImportReport, { source, dryRun, update }: ImportArgs, session: Session): void {
  for (const { path, before, after } of dryRun ? done.changed : []) {
    session.out(renderDiff(unifiedDiff(path, before, after), session.colors("stdout"), { shown: true }));
  }
  if (done.warnings.length > 0) session.err(renderImportWarnings(done.warnings, session.colors("stderr")));
  const summary = renderImportSummary({ ...done, dryRun, update, fromFront: source === "front" });
  if (dryRun) session.err(summary);
  else session.print(summary);
}
