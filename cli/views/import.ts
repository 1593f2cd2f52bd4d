import { posix } from "node:path";
import {
  escapeText,
  type FileImport,
  formatEntry,
  type ImportReport,
  type ImportWarningGroup,
  type InvalidRow,
  type MappingGuess,
} from "../../src/internal.ts";
import { commandLine, mapOptions, quotedCommand } from "./advice.ts";
import type { Colors } from "./colors.ts";
import { groupDigits, joinFirst, plural, quoted, shellQuote, shorten } from "./text.ts";

export function renderNewFile(path: string, text: string): string {
  const lines = text.split("\n").map((line) => escapeText(line, { limit: Number.POSITIVE_INFINITY }));
  return `# ${escapeText(path)}\n${lines.join("\n")}\n`;
}

const MAX_ROWS = 500;
/** Maximum number of rows to show for each reason. */
const MAX_ROWS_PER_REASON = 5;
/** Maximum number of lines that count the omitted rows of a reason. */
const MAX_REASONS = 50;

interface RowsContext {
  readonly file: string;
  readonly noun: "row" | "card";
  readonly colors: Colors;
}

export function renderInvalidRows(rows: readonly InvalidRow[], context: RowsContext): string {
  const count = new Set(rows.map(({ line }) => line)).size;
  return renderRows(rows, `${plural(count, context.noun)} ${count === 1 ? "is" : "are"} invalid:`, context);
}

/** Returns the skipped invalid handles of imported rows as text. */
export function renderSkippedHandles(rows: readonly InvalidRow[], context: RowsContext): string {
  const count = new Set(rows.map(({ line }) => line)).size;
  const subject = `${plural(count, context.noun)} ${count === 1 ? "has" : "have"}`;
  return renderRows(rows, `${subject} invalid handles, which are skipped:`, context);
}

function renderRows(rows: readonly InvalidRow[], title: string, { file, colors }: RowsContext): string {
  if (rows.length === 0) return "";
  const counts = new Map<string, number>();
  const firstRows = rows.filter(({ reason }) => {
    const number = (counts.get(reason) ?? 0) + 1;
    counts.set(reason, number);
    return number <= MAX_ROWS_PER_REASON;
  });
  const describe = (reason: string) => escapeText(reason, { limit: 300 });
  const lines = firstRows.map(({ line, reason }) => `  ${escapeText(file)}:${line}: ${describe(reason)}`);
  const repeated = [...counts].filter(([, number]) => number > MAX_ROWS_PER_REASON);
  const totals = repeated.map(
    ([reason, number]) => `  and ${groupDigits(number - MAX_ROWS_PER_REASON)} more: ${describe(reason)}`,
  );
  const shown = shorten(lines, MAX_ROWS, (omitted) => `  and ${omitted} more`);
  const shownTotals = shorten(totals, MAX_REASONS, (omitted) => `  and ${omitted} more problems`);
  return `${colors.yellow(colors.bold(title))}\n${[...shown, ...shownTotals].join("\n")}\n\n`;
}

export function renderPartialImport(
  {
    created,
    updated,
    invalidRows,
    rowsWithOtherHandles,
  }: Pick<FileImport, "created" | "updated" | "invalidRows" | "rowsWithOtherHandles">,
  { noun, dryRun, defaults }: { readonly noun: "row" | "card"; readonly dryRun: boolean; readonly defaults: boolean },
): string {
  const count = new Set(invalidRows.map(({ line }) => line)).size;
  const rows = `${plural(count, noun)} ${dryRun ? "would not be" : count === 1 ? "was not" : "were not"} imported`;
  const nothing = `Nothing ${dryRun ? "would be" : "was"} written`;
  const otherRows = created + updated === 0 ? nothing : `The other ${noun}s are not affected`;
  const ignoreCells = noun === "row" ? `${adviseNullValues(invalidRows)}${adviseSeparator(invalidRows)}` : "";
  // Defaults can only be written to a directory without contacts.
  const again = `again${defaults && created > 0 && !dryRun ? " without --defaults" : ""}`;
  return `${rows}. ${otherRows}. Fix the ${noun}s and import the file ${again}, or use --skip-invalid to ignore them.${adviseSkippedHandles(rowsWithOtherHandles, noun)}${ignoreCells}\n`;
}

function adviseSkippedHandles(count: number, noun: "row" | "card"): string {
  if (count === 0) return "";
  const pronoun = count === 1 ? "its" : "their";
  return ` Use --skip-invalid-handles to import ${plural(count, noun)} without ${pronoun} invalid handles.`;
}

/** Matches placeholders for missing values. */
const PLACEHOLDER = /^(?:#?n\.?\/?a\.?|#nv|#n\/[bd]!?|none|null|unknown|[-–—?]+)$/i;

/** Returns advice to treat placeholders such as `n/a` as empty cells. Returns an empty string if no row has one. */
function adviseNullValues(rows: readonly InvalidRow[]): string {
  const placeholders = new Set(rows.flatMap(({ value = "" }) => (PLACEHOLDER.test(value) ? [value] : [])));
  const options = [...placeholders].map((text) => `--null-value=${shellQuote(text)}`);
  return options.length === 0 ? "" : ` Add ${options.join(" ")} to treat such cells as empty.`;
}

/** Matches several email addresses or phone numbers. */
const SEVERAL_HANDLES = /^(?:[^@]*@[^@,;|/ ]*[,;|/ ][^@]*@|\+?[^+,;|/]{7,}[,;|/+].{7,}$)/;

/** Returns advice to split cells if a row has a cell with several handles, and an empty string otherwise. */
function adviseSeparator(rows: readonly InvalidRow[]): string {
  const hasSeveral = rows.some(
    ({ property, value = "" }) => property === "handles" && !value.includes('"') && SEVERAL_HANDLES.test(value),
  );
  return hasSeveral ? " Use --map and --separator TEXT to split cells with several values." : "";
}

const MAX_UNMAPPED_COLUMNS = 50;
const MAX_COLUMN_LENGTH = 40;

/**
 * Returns the columns or properties of a file that are not imported, or an empty string. `recognized` is the preset
 * that was detected from the columns. An import with --map uses this preset only if --preset names it.
 */
export function renderUnmappedColumns(
  columns: readonly string[],
  source: "csv" | "vcard",
  recognized?: string,
): string {
  if (columns.length === 0) return "";
  const names = joinFirst(columns, MAX_UNMAPPED_COLUMNS, (column) => quoted(column, MAX_COLUMN_LENGTH));
  const options = recognized === undefined ? "--map" : `--preset ${recognized} and --map`;
  return `${source === "csv" ? "Columns" : "Properties"} not imported: ${names}. Use ${options} to import them.\n`;
}

/** Returns advice to set the country of phone numbers, or an empty string if all numbers have a country code. */
export function renderNationalNumbers(count: number): string {
  if (count === 0) return "";
  return `${plural(count, "phone number")} ${count === 1 ? "has" : "have"} no country code. Set the country in settings.phone_country before you run apply.\n`;
}

/** Returns a table declaration for the configuration, and the command that imports the rows once. */
export function renderMappingGuess(
  { key, columns, mapping, splitsCells, separator, unmapped }: MappingGuess,
  file: string,
  contacts: string,
): string {
  const base = file === "-" ? "contacts.csv" : posix.basename(file);
  const [stem = ""] = base.toLowerCase().split(".");
  const name = stem.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "contacts";
  const table = formatEntry(["tables", name], { file: base, key: key ?? "COLUMN", columns }).trimEnd();
  const unknown = unmapped
    .slice(0, MAX_UNMAPPED_COLUMNS)
    .map((column) => escapeText(column, { limit: MAX_COLUMN_LENGTH }));
  const options = mapOptions(mapping, separator);
  const lines = [
    "# To manage the rows as contacts, save the table in the contacts directory and add this to a YAML file in the same directory:",
    `tables:\n${table}`,
    ...(key === undefined ? ["# No column has a unique value in each row; choose the key column."] : []),
    ...(columns["phone"] === undefined
      ? []
      : ["# For numbers without a country code, add the country, for example country: US"]),
    ...(unknown.length === 0 ? [] : [`# Not mapped: ${unknown.join(", ")}`]),
    "",
    `# To import the rows once${splitsCells && separator === undefined ? ", if no cell contains several values" : ""}:`,
    `# ${commandLine("import", contacts, `--from-csv ${shellQuote(file)} ${options}`)}`,
  ];
  return `${lines.join("\n")}\n`;
}

const TITLES: Readonly<Record<ImportWarningGroup["kind"], readonly [one: string, many: string]>> = {
  undecodable: ["contact could not be decoded and was skipped", "contacts could not be decoded and were skipped"],
  "contact-skipped": ["contact was skipped", "contacts were skipped"],
  "account-skipped": ["account was skipped", "accounts were skipped"],
  "handle-skipped": ["handle was skipped", "handles were skipped"],
  "value-skipped": ["value was skipped", "values were skipped"],
  "value-unchanged": [
    "value cannot be written to a file; an existing entry keeps its value, and plan shows what apply would overwrite",
    "values cannot be written to a file; existing entries keep their values, and plan shows what apply would overwrite",
  ],
  "default-differs": [
    "contact has values in Front that differ from its defaults; plan shows what apply would change",
    "contacts have values in Front that differ from their defaults; plan shows what apply would change",
  ],
  "not-declared": [
    "contact was not added, because no entry declares it; import it without --update",
    "contacts were not added, because no entry declares them; import them without --update",
  ],
  "not-updated": ["entry or property was not updated", "entries or properties were not updated"],
  "file-not-extended": [
    "file could not be extended; its contacts were written to a new file",
    "files could not be extended; their contacts were written to new files",
  ],
  "not-found": [
    "contact was not found; correct the handle or ID",
    "contacts were not found; correct the handles or IDs",
  ],
};

export function renderImportWarnings(groups: readonly ImportWarningGroup[], { bold, yellow }: Colors): string {
  return groups
    .map(({ kind, count, texts }) => {
      const [one, many] = TITLES[kind];
      const omittedCount = count - texts.length;
      return [
        yellow(bold(`${plural(count, one, many)}:`)),
        ...texts.map((text) => `  ${escapeText(text, { limit: 300 })}`),
        ...(omittedCount > 0 ? [`  and ${groupDigits(omittedCount)} more`] : []),
        "",
      ].join("\n");
    })
    .join("\n");
}

export interface ImportSummary extends ImportReport {
  readonly dryRun: boolean;
  readonly update: boolean;
  /**
   * True if only values that changed in Front are written. `declared` then counts only the contacts that were compared.
   */
  readonly changedInFront: boolean;
  readonly fromFront: boolean;
  /** True to write the values that the contacts share, if any, to defaults.yaml. */
  readonly sharesDefaults: boolean;
  readonly contacts: string;
}

export function renderImportSummary(summary: ImportSummary): string {
  const { created, accounts, declared, updatedAccounts, dryRun, update, fromFront, contacts } = summary;
  const purpose = fromFront ? "check that Front matches the configuration" : "see what would change in Front";
  const lines = [
    ...(created + accounts > 0 ? createdLines(summary) : update ? [] : ["No new contacts."]),
    ...(declared > 0 ? [declaredLine(summary)] : []),
    ...(updatedAccounts ? [updatedLine(updatedAccounts, "declared account", summary)] : []),
    ...(update && created + declared === 0 && !updatedAccounts ? ["Nothing to update."] : []),
    ...(created + accounts > 0 && !dryRun ? [`Run ${quotedCommand("plan", contacts)} to ${purpose}.`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Returns text such as `12 contacts and 3 accounts`. */
export function describeCounts({ created, accounts }: Pick<ImportReport, "created" | "accounts">): string {
  const counts = [
    ...(created > 0 || accounts === 0 ? [plural(created, "contact")] : []),
    ...(accounts > 0 ? [plural(accounts, "account")] : []),
  ];
  return counts.join(" and ");
}

function createdLines(summary: ImportSummary): string[] {
  const { created, accounts, accountsInDefaults, files, defaults, dryRun, sharesDefaults } = summary;
  const destination = files.length === 1 ? escapeText(files[0] ?? "") : plural(files.length, "file");
  const wrote = dryRun ? "Would write" : "Wrote";
  const defaultsAccounts = accountsInDefaults === 0 ? "" : ` and ${plural(accountsInDefaults, "account")}`;
  return [
    `${wrote} ${describeCounts({ created, accounts: accounts - accountsInDefaults })} to ${destination}.`,
    ...(defaults === undefined
      ? sharesDefaults
        ? [`No values are shared, so no defaults.yaml ${dryRun ? "would be" : "was"} written.`]
        : []
      : [`${wrote} the shared values${defaultsAccounts} to ${escapeText(defaults)}.`]),
  ];
}

function declaredLine(summary: ImportSummary): string {
  const { declared, update } = summary;
  if (update) return updatedLine(summary, "declared contact", summary);
  const isOrAre = declared === 1 ? "is" : "are";
  return `${plural(declared, "contact")} ${isOrAre} already declared; use --update to update existing entries.`;
}

function updatedLine(
  { declared, updated }: Pick<ImportReport, "declared" | "updated">,
  noun: string,
  { dryRun, changedInFront }: ImportSummary,
): string {
  const counts = changedInFront ? plural(updated, noun) : `${groupDigits(updated)} of ${plural(declared, noun)}`;
  return `${dryRun ? "Would update" : "Updated"} ${counts}.`;
}
