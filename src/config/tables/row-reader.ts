import type { CsvRow } from "../../csv/read-csv.ts";
import { rowKey } from "../../model/address.ts";
import { type DesiredList, handleKey } from "../../model/contact.ts";
import type { SourceLocation } from "../../model/diagnostic.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import { shrinkToFit } from "../../model/shrink-to-fit.ts";
import { keyOfList } from "../defaults.ts";
import { withE164Number } from "../handle-rules.ts";
import { ACCOUNT_KEY, type AccountReference } from "../unchecked-accounts.ts";
import type { UncheckedContact } from "../unchecked-config.ts";
import { type LocatedText, reportedLocation, type UncheckedField } from "../written-values.ts";
import { CellReader, type CellValue, type FoundColumn, listNames } from "./cell-reader.ts";
import { hasExtension, withScheme } from "./cell-text.ts";
import type { LoadedTable } from "./loaded-table.ts";
import { presetOf } from "./presets.ts";
import { type MappedProperty, propertyId, type TableSpec } from "./table-spec.ts";

/** Numbers are column indexes. */
export interface TableColumns {
  readonly key: number;
  readonly where: readonly { readonly index: number; readonly values: ReadonlySet<string> }[];
  readonly mapped: readonly FoundColumn[];
}

const ACCOUNT_PATTERNS = {
  key: ACCOUNT_KEY,
  domain: /^[^\s@/]+$/,
  external_id: /^[^\n\t]+$/,
  id: /^acc_[a-zA-Z0-9]+$/,
} as const;

interface PropertyColumns {
  readonly id: string;
  readonly target: MappedProperty;
  readonly columns: readonly [FoundColumn, ...FoundColumn[]];
}

/** By property ID. */
type RowValues = ReadonlyMap<string, readonly CellValue[]>;

/** Maximum number of strings that rows share. Strings that are common in a table usually occur in its first rows. */
const MAX_SHARED_TEXTS = 1000;

/** Converts rows to contacts. Reports problems and skipped rows to the table. */
export class RowReader {
  readonly #spec: TableSpec;
  readonly #columns: TableColumns;
  readonly #table: LoadedTable;
  readonly #cells: CellReader;
  readonly #groups: readonly PropertyColumns[];
  readonly #keys = new Map<string, SourceLocation>();
  readonly #sharedTexts = new Map<string, string>();

  constructor(spec: TableSpec, columns: TableColumns, table: LoadedTable) {
    this.#spec = spec;
    this.#columns = columns;
    this.#table = table;
    const nullValues = new Set([...spec.nullValues, ...(presetOf(spec.preset?.text)?.nullValues ?? [])]);
    this.#cells = new CellReader(nullValues, table);
    const groups = new Map<string, PropertyColumns>();
    for (const column of columns.mapped) {
      const id = propertyId(column.target);
      const group = groups.get(id);
      groups.set(id, { id, target: column.target, columns: group ? [...group.columns, column] : [column] });
    }
    this.#groups = [...groups.values()];
  }

  selects({ cells }: CsvRow): boolean {
    return this.#columns.where.every(({ index, values }) => values.has(cells[index] ?? ""));
  }

  /** Returns the contact of a row; undefined if the row has no unique key or no handle. */
  read({ cells }: CsvRow, locations: readonly SourceLocation[]): UncheckedContact | undefined {
    const location = locations[this.#columns.key];
    const key = location && this.#readKey(cells[this.#columns.key] ?? "", location);
    if (location === undefined || key === undefined) return undefined;
    const { errorCount } = this.#table;
    const locationOf = (index: number) => locations[index] ?? location;
    const row: RowValues = new Map(
      this.#groups.map(({ id, columns }) => [id, this.#valuesOf(columns, cells, locationOf)]),
    );
    const handles = this.#handles(row);
    if (handles.length > 0) return this.#contactOf(key, location, { row, locations, handles });
    // The handle may be in a cell that was rejected and reported.
    if (this.#table.errorCount > errorCount) return undefined;
    this.#table.skippedRows.push(rowKey(this.#spec.name, key));
    return this.#table.report("row-without-handle", { columns: this.#handleColumns() }, location);
  }

  #valuesOf(
    columns: readonly FoundColumn[],
    cells: readonly string[],
    locationOf: (index: number) => SourceLocation,
  ): readonly CellValue[] {
    const values: CellValue[] = [];
    let rank = 0;
    for (const column of columns) {
      const { index, ignoredIf, fallbackRank = 0 } = column;
      if (fallbackRank > rank && values.length > 0) break;
      rank = fallbackRank;
      if (ignoredIf?.matches.test(cells[ignoredIf.index] ?? "")) continue;
      values.push(...this.#cells.read(column, cells[index] ?? "", locationOf(index)));
    }
    return values;
  }

  #contactOf(
    key: string,
    location: SourceLocation,
    {
      row,
      locations,
      handles,
    }: { row: RowValues; locations: readonly SourceLocation[]; handles: UncheckedContact["handles"] },
  ): UncheckedContact {
    const [name = [], description = []] = [row.get("name"), row.get("description")];
    return omitUndefined({
      key: rowKey(this.#spec.name, key),
      location,
      ensure: "present" as const,
      merge: false,
      handles,
      name: join(name, " ")?.replaceAll(/\s+/g, " "),
      nameLocation: name.map(reportedLocation).find((found) => found !== undefined),
      description: join(description, "\n") ?? this.#cleared("description"),
      descriptionLocation: description.map(reportedLocation).find((found) => found !== undefined),
      links: distinct((row.get("links") ?? []).map(linkOf), ({ text }) => text),
      lists: distinct(
        (row.get("lists") ?? []).map((cell) => this.#listOf(cell)),
        keyOfList,
      ),
      customFields: this.#fields(row, locations),
      account: this.#account(row.get("account")?.[0]),
    });
  }

  #listOf({ value, location }: CellValue): DesiredList {
    return { name: this.#share(String(value).replaceAll(/\s+/g, " ")), location };
  }

  /** Returns an equal string that rows share to save memory. The CSV parser creates a separate string for each cell. */
  #share(text: string): string {
    const shared = this.#sharedTexts.get(text);
    if (shared === undefined && this.#sharedTexts.size < MAX_SHARED_TEXTS) this.#sharedTexts.set(text, text);
    return shared ?? text;
  }

  #readKey(text: string, location: SourceLocation): string | undefined {
    const key = keyOfRow(text);
    if (key === "") return this.#table.report("row-key-empty", { column: this.#spec.key.text }, location);
    if (!this.#cells.isValidText(key, location) || !this.#cells.isUndamaged(key, location, { isKey: true }))
      return undefined;
    const first = this.#keys.get(key);
    if (first !== undefined) {
      return this.#table.report("row-key-twice", { row: key }, location, [{ location: first, note: "first used" }]);
    }
    this.#keys.set(key, location);
    return key;
  }

  #handles(row: RowValues): UncheckedContact["handles"] {
    const handles = this.#groups.flatMap(({ id, target }) =>
      target.kind === "handle" ? (row.get(id) ?? []).flatMap((cell) => this.#handle(target.source, cell)) : [],
    );
    return distinct(handles, handleKey) ?? [];
  }

  #handle(source: string, { value, location, country }: CellValue): UncheckedContact["handles"] {
    const handle = { source, handle: String(value), location };
    if (source !== "phone") return [handle];
    if (hasExtension(handle.handle)) {
      this.#table.report("phone-extension", { cell: handle.handle }, location);
      return [];
    }
    const converted = withE164Number(handle, country);
    return [country === undefined || converted.handle.startsWith("+") ? converted : { ...converted, country }];
  }

  #fields(row: RowValues, locations: readonly SourceLocation[]): UncheckedField[] | undefined {
    const fields = this.#groups.flatMap((group) => {
      if (group.target.kind !== "field") return [];
      const { name } = group.target;
      const [column] = group.columns;
      const values = row.get(group.id) ?? [];
      const location = values[0]?.location ?? locations[column.index] ?? column.keyLocation;
      const field = { name, location, nameLocation: column.keyLocation };
      if (values.length > 0) return [{ ...field, ...this.#fieldValue(values) }];
      return this.#spec.clearsEmpty ? [{ ...field, value: null }] : [];
    });
    return fields.length === 0 ? undefined : shrinkToFit(fields);
  }

  #fieldValue(values: readonly CellValue[]): Pick<UncheckedField, "value" | "isCell"> {
    const [first] = values;
    const written = values.length === 1 && first !== undefined ? first.value : (join(values, " ") ?? "");
    const value = typeof written === "string" ? this.#share(written) : written;
    const isText = values.length > 1 || first?.isText === true;
    return { value, ...(isText ? { isCell: true } : {}) };
  }

  #cleared(property: MappedProperty["kind"]): "" | undefined {
    return this.#spec.clearsEmpty && this.#groups.some(({ target }) => target.kind === property) ? "" : undefined;
  }

  #account(cell: CellValue | undefined): AccountReference | undefined {
    const by = this.#columns.mapped.find(({ target }) => target.kind === "account")?.by;
    if (cell === undefined || by === undefined) return undefined;
    const text = String(cell.value);
    const { location } = cell;
    if (!ACCOUNT_PATTERNS[by].test(text)) return this.#table.report("cell-account", { cell: text, by }, location);
    if (by === "key") return { key: text, location };
    if (by === "domain") return { domain: text, location };
    return by === "id" ? { id: text, location } : { externalId: text, location };
  }

  #handleColumns(): string {
    const columns = this.#columns.mapped.filter(({ target }) => target.kind === "handle");
    return listNames(columns.map(({ column }) => column.text));
  }
}

export function keyOfRow(cell = ""): string {
  return cell.replaceAll(/\s+/g, " ");
}

function join(values: readonly CellValue[], separator: string): string | undefined {
  return values.length === 0 ? undefined : values.map(({ value }) => String(value)).join(separator);
}

/** Returns the first item with each key; undefined if there are no items. */
function distinct<T>(items: readonly T[], keyOf: (item: T) => string): T[] | undefined {
  if (items.length < 2) return items.length === 0 ? undefined : [...items];
  const byKey = new Map<string, T>();
  for (const item of items) if (!byKey.has(keyOf(item))) byKey.set(keyOf(item), item);
  return [...byKey.values()];
}

function linkOf({ value, location }: CellValue): LocatedText {
  return { text: withScheme(String(value)), location };
}
