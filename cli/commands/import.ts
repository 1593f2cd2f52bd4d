import { resolve } from "node:path";
import {
  accountAddress,
  assertCanAddDefaults,
  type ContactQuery,
  contactAddress,
  type DesiredState,
  decodeTable,
  type FrontImport,
  foldBetweenCharacters,
  type ImportReport,
  type ImportTarget,
  importCsv,
  importFromFront,
  importVcards,
  invalidLineOfUtf8,
  MissingMappingError,
  matcherOf,
  openImportDestination,
  PipeNotWrittenError,
  parseContactQuery,
  readNamedFile,
  reasonOf,
  resolveLocation,
  type Selection,
  UserError,
  unmatchedPatterns,
} from "../../src/internal.ts";
import type { FileImportArgs, FrontImportArgs, ImportArgs } from "../args/import-args.ts";
import { findChangesInFront } from "../changes-in-front.ts";
import { EXIT, MAX_INPUT_BYTES, UsageError } from "../environment.ts";
import { ImportPreview } from "../import-preview.ts";
import type { Session } from "../session.ts";
import {
  describeCounts,
  renderImportSummary,
  renderImportWarnings,
  renderInvalidRows,
  renderMappingGuess,
  renderNationalNumbers,
  renderPartialImport,
  renderSkippedHandles,
  renderUnmappedColumns,
} from "../views/import.ts";
import { renderDiff, unifiedDiff } from "../views/unified-diff.ts";

export async function run(args: ImportArgs, session: Session): Promise<number> {
  const preview = args.dryRun === false ? undefined : new ImportPreview(session, { full: args.dryRun === "full" });
  const target = await openTarget(args, preview, session);
  if (target === undefined) return EXIT.failed;
  const context: ImportContext = { target, preview, session };
  return await (args.source === "front" ? importFront(args, context) : importFile(args, context));
}

interface ImportContext {
  readonly target: ImportTarget;
  /** Undefined if the import writes files. */
  readonly preview: ImportPreview | undefined;
  readonly session: Session;
}

/**
 * Returns undefined if the existing configuration has errors, which are printed. With `--defaults`, throws an
 * `ImportError` if the directory already has defaults, or if new defaults would also apply to existing contacts.
 */
async function openTarget(
  { source, to, split, defaults, update }: ImportArgs,
  preview: ImportPreview | undefined,
  session: Session,
): Promise<ImportTarget | undefined> {
  const { destination, loaded } = await openImportDestination(session.args.contacts, { cwd: session.cwd });
  session.showDiagnostics(loaded.diagnostics, loaded);
  if (destination === undefined) {
    session.err(
      "Nothing was imported: the existing configuration has errors, so it is unknown which contacts it declares. Fix the errors, then run the command again.\n",
    );
    return undefined;
  }
  const location = resolveLocation(destination, { to, split, mustBeWritable: to !== undefined || !update });
  if (defaults) assertCanAddDefaults(location.directory, destination);
  const target = { destination, location, declareLists: source !== "front", sharesDefaults: defaults };
  return preview === undefined ? target : { ...target, writer: preview.writer };
}

async function importFront(args: FrontImportArgs, context: ImportContext): Promise<number> {
  const { session, preview } = context;
  const report = await importSelected(args, context);
  const hasWritten = preview === undefined && report.created + report.accounts > 0;
  if (report.failure?.code === "interrupted") {
    session.err(hasWritten ? interruptedLine(report, args) : "Import interrupted; nothing was written.\n");
    return EXIT.failed;
  }
  showImport(report, args, context);
  if (report.failure !== undefined) {
    if (hasWritten) session.err(`The contacts read so far were written. ${adviseRest(args)}\n`);
    throw report.failure;
  }
  return report.warnings.some(({ kind }) => kind === "not-found") ? EXIT.failed : EXIT.ok;
}

function interruptedLine(written: Pick<ImportReport, "created" | "accounts">, args: FrontImportArgs): string {
  const were = written.created + written.accounts === 1 ? "was" : "were";
  return `Import interrupted; ${describeCounts(written)} ${were} written. ${adviseRest(args)}\n`;
}

/** Defaults that were written apply to the rest, and cannot be written again. */
function adviseRest({ defaults }: FrontImportArgs): string {
  return `Run the ${defaults ? "command again without --defaults" : "same command again"} to import the rest.`;
}

async function importSelected(args: FrontImportArgs, { target, session }: ImportContext): Promise<FrontImport> {
  const { update, accounts, handles, changedInFront, base, avatars, dryRun } = args;
  const { destination } = target;
  const desired = base === undefined ? destination.desired : await withBase(base, destination, session);
  const changes = changedInFront ? await findChangesInFront(desired, { accounts }, session) : undefined;
  const selection = selectionOf(args, desired, changes?.changed);
  const report = await session.withProgress("Reading contacts", async (progress) => {
    const front = session.frontReader(desired.settings);
    const cache = await session.cache();
    const options = { update, accounts, handles, avatars, pictures: cache, onProgress: progress.count };
    const changed = changes && { changed: changes.changed };
    const imported = await importFromFront({ ...target, destination: { ...destination, desired } }, front, selection, {
      ...options,
      ...changed,
    });
    if (!dryRun) await cache.save();
    return imported;
  });
  return { ...report, warnings: addUnresolved(report.warnings, changes?.unresolved ?? []) };
}

async function withBase(
  revision: string,
  { desired, sources }: ImportTarget["destination"],
  session: Session,
): Promise<DesiredState> {
  const { base, diagnostics, sources: baseSources } = await session.loadBase(revision, { sources });
  if (base === undefined) {
    const [error, ...details] = diagnostics;
    session.showDiagnostics(details, { sources: baseSources });
    throw error === undefined ? new Error(`no base was loaded from ${revision}`) : UserError.from(error);
  }
  session.showDiagnostics(diagnostics);
  return { ...desired, base: { ...base, overwrite: false } };
}

const MAX_LISTED_WARNINGS = 20;

function addUnresolved(warnings: ImportReport["warnings"], unresolved: readonly string[]): ImportReport["warnings"] {
  if (unresolved.length === 0) return warnings;
  const kind = "not-updated";
  const { count, texts } = warnings.find((group) => group.kind === kind) ?? { count: 0, texts: [] };
  const group = {
    kind,
    count: count + unresolved.length,
    texts: [...texts, ...unresolved].slice(0, MAX_LISTED_WARNINGS),
  } as const;
  return [...warnings.filter((other) => other.kind !== kind), group];
}

/**
 * Returns the contacts and entries to import. With `--update`, an argument may also be an entry's key or address, or a
 * pattern, and all entries are selected if there is no argument, no `--list` and no `--all`. `changed` restricts the
 * selected entries to those that changed in Front.
 */
function selectionOf(
  { all, lists, queries, update }: FrontImportArgs,
  { contacts, accounts = [] }: ImportTarget["destination"]["desired"],
  changed: ReadonlyMap<string, unknown> | undefined,
): Selection {
  const addresses = new Set(contacts.map(({ key }) => contactAddress(key)));
  const isEntry = (query: string) =>
    update && (/^front_(contact|account)\.|[*?]/.test(query) || addresses.has(contactAddress(query)));
  const patterns = queries
    .filter(isEntry)
    .map((query) => (/^front_(contact|account)\./.test(query) ? query : contactAddress(query)));
  const updatesAll = update && !all && queries.length + lists.length === 0;
  const matchesPattern = matcherOf(patterns);
  const isSelected = (address: string) => (updatesAll || matchesPattern(address)) && isChanged(address);
  const isChanged = (address: string) => changed?.has(address) ?? true;
  const declaredAddresses = [...addresses, ...accounts.map(({ key }) => accountAddress(key))];
  const [unmatchedPattern] = unmatchedPatterns(patterns, declaredAddresses);
  if (unmatchedPattern !== undefined)
    throw new UsageError(
      `No entry matches "${unmatchedPattern}"`,
      "Use the key or the address of an existing entry, or a pattern with * or ?.",
    );
  const isAccountSelected = (address: string) => (all && update ? isChanged(address) : isSelected(address));
  return {
    all,
    lists,
    contacts: queries.filter((query) => !isEntry(query)).map((query) => parseQuery(query, update)),
    accounts: accounts.filter(({ key }) => isAccountSelected(accountAddress(key))),
    ...(updatesAll || patterns.length > 0
      ? { entries: contacts.filter(({ key }) => isSelected(contactAddress(key))) }
      : {}),
  };
}

function parseQuery(text: string, update: boolean): ContactQuery {
  const query = parseContactQuery(text);
  if (query !== undefined) return query;
  throw new UsageError(
    `"${text}" is not a handle${update ? ", a contact ID or the key of an entry" : " or a contact ID"}`,
    `Use ${update ? "the key of an entry, " : ""}an email address, a phone number with +, another handle such as twitter:name, or an ID such as crd_1a2b3c. For the contacts of a list, use --list NAME.`,
  );
}

async function importFile(args: FileImportArgs, context: ImportContext): Promise<number> {
  const { source, skipInvalid, defaults } = args;
  const { target, session } = context;
  const file = args.file === "-" ? "standard input" : args.file;
  const importText = source === "csv" ? importCsv : importVcards;
  const bytes = await readBytes(args, session);
  const text = decode(source === "csv" ? bytes : foldBetweenCharacters(bytes), file, session);
  const report = await importText(target, { ...args, text }).catch((error: unknown) => {
    if (error instanceof MissingMappingError && error.guess !== undefined)
      session.print(renderMappingGuess(error.guess, args.file, session.args.contacts));
    throw error;
  });
  const noun = source === "csv" ? "row" : "card";
  if (report.recognized !== undefined) {
    const { name, title } = report.recognized;
    session.err(`Recognized an export from ${title} (--preset ${name}).\n`);
  }
  session.err(renderUnmappedColumns(report.unmappedColumns ?? [], source, report.recognized?.name));
  session.err(renderNationalNumbers(report.nationalNumbers));
  const rowsContext = { file, noun, colors: session.colors("stderr") } as const;
  session.err(renderSkippedHandles(report.skippedHandles, rowsContext));
  session.err(renderInvalidRows(report.invalidRows, rowsContext));
  showImport(report, args, context);
  if (report.invalidRows.length === 0 || skipInvalid) return EXIT.ok;
  const dryRun = context.preview !== undefined;
  // The invalid rows end with a blank line; the warnings and the summary of a dry run do not.
  if (dryRun || report.warnings.length > 0) session.err("\n");
  session.err(renderPartialImport(report, { noun, dryRun, defaults }));
  return EXIT.failed;
}

async function readBytes({ source, file }: FileImportArgs, session: Session): Promise<Uint8Array> {
  const { clock, signal, cwd, environment } = session;
  if (file === "-") {
    if (!environment.terminal.stdin) return await environment.input();
    const advice = "Specify the file instead of -, or add '< FILE' to the command.";
    throw new UsageError(`--from-${source} - reads standard input, which is a terminal`, advice);
  }
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readNamedFile(resolve(cwd, file), { limit: MAX_INPUT_BYTES, clock, signal });
  } catch (error) {
    if (error instanceof PipeNotWrittenError) {
      const advice = "First start the program that writes to the pipe, or write its output to a file.";
      throw new UsageError(`Nothing was written to the pipe "${file}"`, advice);
    }
    throw new UsageError(`"${file}" cannot be read (${reasonOf(error)})`, "Check the path and the file permissions.");
  }
  if (bytes !== undefined) return bytes;
  throw new UsageError(`"${file}" is larger than 256 MB`, "Split the file and import the parts one at a time.");
}

/** Decodes UTF-8, UTF-16 and Windows-1252, which spreadsheets and address books use. */
function decode(bytes: Uint8Array, file: string, session: Session): string {
  const decoded = decodeTable(bytes);
  const invalidLine = decoded === undefined ? invalidLineOfUtf8(bytes) : undefined;
  if (invalidLine !== undefined) {
    throw new UsageError(
      `"${file}" is UTF-8, but line ${invalidLine} contains invalid bytes`,
      "Correct the line, or export the file again.",
    );
  }
  if (decoded === undefined || decoded.text.includes("\0")) {
    throw new UsageError(
      `"${file}" is not a text file`,
      "Export the contacts as CSV or vCard in UTF-8. In Excel, save the workbook as CSV UTF-8.",
    );
  }
  if (decoded.isGuessed) {
    session.err(`"${file}" is not UTF-8; it was read as ${decoded.encoding}. Check names with accents.\n\n`);
  }
  return decoded.text;
}

function showImport(report: ImportReport, args: ImportArgs, { preview, session }: ImportContext): void {
  for (const { path, before, after } of preview === undefined ? [] : report.changed) {
    preview?.print(renderDiff(unifiedDiff(path, before, after), session.colors("stdout"), { escaped: true }));
  }
  if (report.warnings.length > 0) session.err(renderImportWarnings(report.warnings, session.colors("stderr")));
  const { source, update, defaults } = args;
  const changedInFront = args.source === "front" && args.changedInFront;
  const options = {
    dryRun: preview !== undefined,
    update,
    changedInFront,
    fromFront: source === "front",
    sharesDefaults: defaults,
    contacts: session.args.contacts,
  };
  const summary = renderImportSummary({ ...report, ...options });
  if (preview === undefined) session.print(summary);
  else {
    preview.end();
    session.err(summary);
  }
}
