import type { ConfigValue } from "../../model/contact.ts";
import type { SourceLocation } from "../../model/diagnostic.ts";
import { LIMITS } from "../../model/limits.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import { suggest } from "../../model/suggest.ts";
import { dateFromCell } from "./cell-date.ts";
import { explainDamagedCell, splitCell } from "./cell-text.ts";
import type { LoadedTable } from "./loaded-table.ts";
import type { PresetColumn } from "./presets.ts";
import type { ColumnSpec } from "./table-spec.ts";

/** A column that exists in the table, with its index. */
export interface FoundColumn
  extends ColumnSpec,
    Pick<PresetColumn, "index" | "omittedValues" | "ignoredIf" | "fallbackRank"> {}

export interface CellValue {
  readonly value: ConfigValue;
  readonly location: SourceLocation;
  /** True if the value is text from the cell; false if `values` or `format` converted it. */
  readonly isText: boolean;
  readonly country?: string;
}

type ConvertedText = Pick<CellValue, "value" | "isText">;

const CONTROL = /(?![\n\t])[\p{Cc}\p{Cs}]/u;

export class CellReader {
  readonly #nullValues: ReadonlySet<string>;
  readonly #table: LoadedTable;

  constructor(nullValues: ReadonlySet<string>, table: LoadedTable) {
    this.#nullValues = nullValues;
    this.#table = table;
  }

  read(column: FoundColumn, cell: string, location: SourceLocation): CellValue[] {
    if (cell === "" || !this.isValidText(cell, location)) return [];
    return splitCell(cell, column, this.#nullValues).flatMap((part) => {
      const value = this.#convert(part, column, location);
      return value === undefined ? [] : [omitUndefined({ location, country: column.country?.text, ...value })];
    });
  }

  #convert(text: string, column: FoundColumn, location: SourceLocation): ConvertedText | undefined {
    const { values, format, zone } = column;
    const value = values?.get(text);
    if (value !== undefined) return value === null ? undefined : { value, isText: false };
    if (format !== undefined) return this.#convertDate(text, format, zone?.text, location);
    if (values === undefined) return this.isUndamaged(text, location) ? { value: text, isText: true } : undefined;
    const allowedTexts = [...values.keys()];
    const parameters = { cell: text, suggestion: suggest(text, allowedTexts), values: listNames(allowedTexts) };
    return this.#table.report("cell-value", parameters, location);
  }

  #convertDate(
    text: string,
    format: string,
    zone: string | undefined,
    location: SourceLocation,
  ): ConvertedText | undefined {
    const date = dateFromCell(text, format, zone);
    if (date !== undefined) return { value: date, isText: false };
    // A date that is valid in UTC has a time that does not exist in the zone.
    const skippedIn = dateFromCell(text, format) === undefined ? undefined : zone;
    return this.#table.report("cell-date", { cell: text, format, skippedIn }, location);
  }

  /** Returns whether a text is not damaged, and reports a formula error or a rounded number. A key cannot be empty. */
  isUndamaged(text: string, location: SourceLocation, { isKey = false } = {}): boolean {
    const [reason, correction] = explainDamagedCell(text) ?? [];
    if (reason === undefined || correction === undefined) return true;
    const advice = isKey ? correction : `${correction} To treat the cell as empty, add its text to null_values.`;
    this.#table.report("cell-damaged", { cell: text, reason, advice }, location);
    return false;
  }

  /** Returns whether a text can be sent to Front, and reports a text that cannot. */
  isValidText(text: string, location: SourceLocation): boolean {
    const isTooLong = text.length * 3 > LIMITS.stringBytes && Buffer.byteLength(text) > LIMITS.stringBytes;
    const hasControl = CONTROL.test(text);
    if (isTooLong) this.#table.report("too-long", undefined, location);
    if (hasControl) this.#table.report("control-character", undefined, location);
    return !isTooLong && !hasControl;
  }
}

/** Returns up to `limit` names in quotes, and the number of remaining names. */
export function listNames(names: readonly string[], limit = 10): string {
  const remaining = names.length - limit;
  const shown = names.slice(0, limit).map((name) => `"${name}"`);
  return (remaining > 0 ? [...shown, `${remaining} more`] : shown).join(", ");
}
