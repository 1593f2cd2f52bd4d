import { suggestName } from "../config/message-parts.ts";
import { explainDamagedCell, splitCell } from "../config/tables/cell-text.ts";
import { listColumns } from "../config/tables/load-tables.ts";
import { type Preset, type PresetColumn, presetOf, recognizePreset } from "../config/tables/presets.ts";
import { propertyId } from "../config/tables/table-spec.ts";
import { type CsvTable, parseCsv } from "../csv/read-csv.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { plural } from "../model/plural.ts";
import { suggest } from "../model/suggest.ts";
import {
  assertFieldName,
  entryFromValues,
  type MappedValue,
  type Mapping,
  mappingContextOf,
  parseMappings,
} from "./column-mapping.ts";
import { ImportError } from "./entry.ts";
import { guessMapping, type MappingGuess } from "./guess-mapping.ts";
import {
  type FileImport,
  type FileImportOptions,
  type FileRecord,
  importRecords,
  type RecordProblem,
} from "./import-records.ts";
import type { ImportTarget } from "./import-writer.ts";

/** Thrown if neither an option nor a preset maps a column of the table. */
export class MissingMappingError extends ImportError {
  /** A mapping guessed from the names of the columns and their cells. */
  readonly guess: MappingGuess | undefined;

  constructor({ header, rows }: CsvTable) {
    const guess = guessMapping({ header, rows });
    const misreadHeader =
      guess === undefined ? "If the names of the columns are on a later line, delete the lines above it. " : "";
    const advice = `The columns are ${listColumns(header)}. ${misreadHeader}Map the columns to import.`;
    super("No column of the table is mapped", advice, {
      kind: "map-columns",
      mapping: guess?.mapping,
      separator: guess?.separator,
    });
    this.guess = guess;
  }
}

/**
 * Imports the valid rows. Detects the preset from the header if the options contain neither mappings nor a preset.
 * Throws an `ImportError` if the table or a mapping is not valid, or if no column is mapped.
 */
export async function importCsv(target: ImportTarget, options: FileImportOptions): Promise<FileImport> {
  const table = readTable(options.text);
  const context = mappingContextOf(target);
  const { declaredFields } = context;
  const mappings = parseMappings(options.mappings, declaredFields);
  const isUnmapped = mappings.length === 0 && options.preset === undefined;
  const recognized = isUnmapped ? recognizePreset(table.header) : undefined;
  const preset = presetOf(options.preset) ?? recognized;
  if (isUnmapped && preset === undefined) throw new MissingMappingError(table);
  const columns = [
    ...columnsFor(mappings, table.header, options.separator),
    ...columnsOfPreset(preset, table.header, mappings),
  ];
  for (const { target: property } of columns)
    if (property.kind === "field") assertFieldName(property.name, declaredFields);
  const { nullValues = [] } = options;
  const converter = new RowConverter(columns, new Set([...(preset?.nullValues ?? []), ...nullValues]));
  const rows = table.rows.filter(({ cells }) => cells.some((cell) => cell !== ""));
  const records = rows.map(({ line, cells }): FileRecord => {
    const columnCount = table.header.length;
    if (cells.length < columnCount || cells.slice(columnCount).some((cell) => cell !== "")) {
      const advice = cells.length === 1 ? ". Delete the line if it is not a row, such as the footer of a report" : "";
      const reason = `the row has ${plural(cells.length, "cell")}, but the table has ${plural(columnCount, "column")}${advice}`;
      return { line, problems: [{ reason }] };
    }
    const { values, notes } = converter.convert(cells);
    const damaged = [...new Set(values.map(({ text }) => text))].flatMap(explainDamaged);
    const mapped = entryFromValues(values, context, "row");
    const problems = damaged.length > 0 ? damaged : mapped.problems;
    return { line, ...mapped, problems, notes: [...mapped.notes, ...notes] };
  });
  const report = await importRecords(target, records, options);
  if (preset === undefined) return report;
  return { ...report, ...omitUndefined({ recognized }), unmappedColumns: unmappedColumns(columns, table.header, rows) };
}

function explainDamaged(value: string): RecordProblem[] {
  const [reason] = explainDamagedCell(value) ?? [];
  return reason === undefined ? [] : [{ reason: `"${value}" ${reason}`, value }];
}

/** Returns the names of the columns that contain values and are not read. */
function unmappedColumns(columns: readonly PresetColumn[], header: readonly string[], rows: CsvTable["rows"]) {
  const read = new Set(columns.flatMap(({ index, ignoredIf }) => [index, ignoredIf?.index]));
  return header.filter(
    (name, index) => name !== "" && !read.has(index) && rows.some(({ cells }) => (cells[index] ?? "") !== ""),
  );
}

function readTable(text: string): CsvTable {
  const table = parseCsv(text);
  if (table.failure === undefined) {
    if (table.header.some((column) => column !== "")) return table;
    throw new ImportError("The table is empty", "Its first line must contain the column names. Check the export.");
  }
  const { line, reason } = table.failure;
  throw new ImportError(`Cannot read line ${line}: ${reason}`, "Fix the line, or export the table again.");
}

/**
 * Returns the mapped columns. `separator` splits the cells of handles and lists. Throws an `ImportError` if a column
 * does not exist or occurs twice.
 */
function columnsFor(
  mappings: readonly Mapping[],
  header: readonly string[],
  separator: string | undefined,
): PresetColumn[] {
  const names = listColumns(header);
  return mappings.map(({ target, column }) => {
    const index = header.indexOf(column);
    if (index === -1) {
      const suggestion = suggest(column, header);
      const advice = suggestion === undefined ? `Use one of the columns: ${names}.` : suggestName(column, suggestion);
      throw new ImportError(`The table has no column "${column}"`, advice);
    }
    if (header.indexOf(column, index + 1) !== -1) {
      throw new ImportError(`The table has more than one column named "${column}"`, "Rename one of them in the table.");
    }
    const isSplit = target.kind === "handle" || target.kind === "lists";
    return omitUndefined({ target, index, separator: isSplit ? separator : undefined });
  });
}

function columnsOfPreset(
  preset: Preset | undefined,
  header: readonly string[],
  mappings: readonly Mapping[],
): PresetColumn[] {
  if (preset === undefined) return [];
  const columns = preset.columnsOf(header);
  if (!columns.some(({ target }) => target.kind === "handle")) {
    throw new ImportError(
      `The table is not an export from ${preset.title}: no column contains handles`,
      `Use another preset, or map the columns. The columns are ${listColumns(header)}.`,
      { kind: "map-columns" },
    );
  }
  const properties = new Set(mappings.map(({ target }) => propertyId(target)));
  const used = new Set(mappings.map(({ column }) => column));
  return columns.filter(
    ({ target, index }) =>
      !properties.has(propertyId(target)) && !(target.kind === "field" && used.has(header[index] ?? "")),
  );
}

class RowConverter {
  readonly #columns: readonly PresetColumn[];
  readonly #nullValues: ReadonlySet<string>;
  /** Groups for which a note was already added. Each group has only one note, because most rows may contain it. */
  readonly #noted = new Set<string>();

  constructor(columns: readonly PresetColumn[], nullValues: ReadonlySet<string>) {
    this.#columns = columns;
    this.#nullValues = nullValues;
  }

  convert(cells: readonly string[]): { readonly values: readonly MappedValue[]; readonly notes: readonly string[] } {
    const values: MappedValue[] = [];
    const notes: string[] = [];
    const ranks = new Map<string, number>();
    for (const column of this.#columns) {
      const { target, index, fallbackRank = 0 } = column;
      const id = propertyId(target);
      if ((ranks.get(id) ?? fallbackRank) < fallbackRank) continue;
      const cell = cells[index] ?? "";
      const ignored = noteIgnoredCell(column, cell, cells);
      const texts = ignored.length > 0 ? [] : splitCell(cell, column, this.#nullValues);
      if (texts.length > 0) ranks.set(id, fallbackRank);
      values.push(...texts.map((text) => ({ target, text })));
      notes.push(...ignored, ...this.#noteOmittedGroups(column, cell, texts));
    }
    return { values, notes };
  }

  #noteOmittedGroups({ separator, omittedValues }: PresetColumn, cell: string, values: readonly string[]): string[] {
    if (omittedValues === undefined) return [];
    const groups = splitCell(cell, omitUndefined({ separator }), new Set([...values, ...this.#noted]));
    for (const group of groups) this.#noted.add(group);
    return groups.map((text) => `group "${text}" is skipped in every row, because Google maintains it`);
  }
}

function noteIgnoredCell({ ignoredIf }: PresetColumn, cell: string, cells: readonly string[]): string[] {
  const label = cell === "" ? undefined : ignoredIf && cells[ignoredIf.index];
  if (label === undefined || !ignoredIf?.matches.test(label)) return [];
  return [`"${cell}" was skipped, because its label is "${label}"`];
}
