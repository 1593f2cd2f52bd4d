import { parseCsv } from "../csv/read-csv.ts";
import { escapeText } from "../escape/escape-text.ts";
import { suggest } from "../model/suggest.ts";
import { entryFromTexts, type MappedText, type Mapping, parseMappings } from "./column-mapping.ts";
import { knownFields } from "./destination.ts";
import { ImportError } from "./entry.ts";
import { type FileImport, type FileImportOptions, type FileRecord, importRecords } from "./import-records.ts";
import type { ImportTarget } from "./import-writer.ts";

/** Imports the rows of a CSV table. Throws an `ImportError`. */
export async function importCsv(target: ImportTarget, options: FileImportOptions): Promise<FileImport> {
  return await importRecords(target, readRecords(target, options), options);
}

function readRecords(target: ImportTarget, { text, mappings }: FileImportOptions): FileRecord[] {
  const declared = knownFields(target.destination);
  const { header, rows, failure } = parseCsv(text);
  if (failure !== undefined) {
    throw new ImportError(
      `Cannot read line ${failure.line}: ${failure.reason}`,
      "Fix the line, or export the table again.",
    );
  }
  const columns = columnsFor(parseMappings(mappings, declared), header);
  return rows.map(({ line, cells }) => {
    if (cells.length !== header.length) {
      return { line, problems: [`the row has ${cells.length} cells, but the table has ${header.length} columns`] };
    }
    const texts = columns.map(
      ({ target: property, index }): MappedText => ({ target: property, text: cells[index] ?? "" }),
    );
    return { line, ...entryFromTexts(texts, declared) };
  });
}

function columnsFor(mappings: readonly Mapping[], header: readonly string[]) {
  const names = namesOf(header);
  if (mappings.length === 0) {
    const advice = `The columns are ${names}. Map those to import.`;
    throw new ImportError("No column of the table is mapped", advice, { kind: "map-columns" });
  }
  return mappings.map(({ target, column }) => {
    const index = header.indexOf(column);
    if (index === -1) {
      const near = suggest(column, header);
      const advice =
        near === undefined ? `The columns are ${names}.` : `Did you mean "${near}"? Names are case-sensitive.`;
      throw new ImportError(`The table has no column "${column}"`, advice);
    }
    if (header.indexOf(column, index + 1) !== -1) {
      throw new ImportError(`The table has more than one column "${column}"`, "Rename one of them in the table.");
    }
    return { target, index };
  });
}

const MAX_COLUMNS_SHOWN = 50;
const MAX_COLUMN_LENGTH = 40;

/** Returns the first names, shortened: the first line of a file that is not a table may be of any length. */
function namesOf(header: readonly string[]): string {
  const shown = header.slice(0, MAX_COLUMNS_SHOWN).map((name) => `"${escapeText(name, { limit: MAX_COLUMN_LENGTH })}"`);
  const rest = header.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}
