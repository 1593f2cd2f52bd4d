import type { ConfigValue } from "../../model/contact.ts";
import type { Diagnostic, SourceLocation } from "../../model/diagnostic.ts";
import { LIMITS } from "../../model/limits.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import { suggest } from "../../model/suggest.ts";
import { dateFromCell } from "./cell-date.ts";
import { splitCell } from "./cell-text.ts";
import type { PresetColumn } from "./presets.ts";
import { TableProblems } from "./table-problems.ts";
import type { ColumnSpec } from "./table-spec.ts";

/** A column that exists in the table, with its index. */
export interface FoundColumn
  extends ColumnSpec,
    Pick<PresetColumn, "index" | "omittedValues" | "ignoredIf" | "fallbackRank"> {}

/** One value of a cell. */
export interface CellValue {
  readonly value: ConfigValue;
  readonly location: SourceLocation;
  /** True if the value is the text of the cell; false if `values` or `format` converted it. */
  readonly isText: boolean;
  readonly country?: string;
}

type Meaning = Pick<CellValue, "value" | "isText">;

const CONTROL = /(?![\n\t])[\p{Cc}\p{Cs}]/u;

/** Reads the values of cells, and collects the problems of a table's rows. */
export class CellReader extends TableProblems {
  readonly #nullValues: ReadonlySet<string>;

  constructor(nullValues: ReadonlySet<string>) {
    super();
    this.#nullValues = nullValues;
  }

  /** Returns the values of a cell that are not empty. */
  read(column: FoundColumn, cell: string, location: SourceLocation): CellValue[] {
    if (cell === "" || !this.isValidText(cell, location)) return [];
    return splitCell(cell, column, this.#nullValues).flatMap((part) => {
      const value = this.#meaningOf(part, column, location);
      return value === undefined ? [] : [omitUndefined({ location, country: column.country?.text, ...value })];
    });
  }

  #meaningOf(text: string, column: FoundColumn, location: SourceLocation): Meaning | undefined {
    const { values, format, zone } = column;
    const value = values?.get(text);
    if (value !== undefined) return value === null ? undefined : { value, isText: false };
    if (format !== undefined) return this.#date(text, { format, zone: zone?.text }, location);
    if (values === undefined) return { value: text, isText: true };
    const allowedTexts = [...values.keys()];
    return this.report(
      "cell-value",
      { cell: text, suggestion: suggest(text, allowedTexts), values: listNames(allowedTexts) },
      location,
    );
  }

  #date(
    text: string,
    { format, zone }: { readonly format: string; readonly zone: string | undefined },
    location: SourceLocation,
  ): Meaning | undefined {
    const value = dateFromCell(text, format, zone);
    return value === undefined ? this.report("cell-date", { cell: text, format }, location) : { value, isText: false };
  }

  /** Returns whether a text can be sent to Front. Reports a text that cannot be sent. */
  isValidText(text: string, location: SourceLocation): boolean {
    const isTooLong = text.length * 3 > LIMITS.stringBytes && Buffer.byteLength(text) > LIMITS.stringBytes;
    const isControl = CONTROL.test(text);
    if (isTooLong) this.add(tooLong(location));
    if (isControl) this.add(controlCharacter(location));
    return !isTooLong && !isControl;
  }
}

function tooLong(location: SourceLocation): Diagnostic {
  const summary = `The cell is longer than ${LIMITS.stringBytes} bytes`;
  return { severity: "error", code: "too-long", summary, advice: "Shorten the text.", location };
}

function controlCharacter(location: SourceLocation): Diagnostic {
  const advice = "Delete it. It is invisible and would be sent to Front.";
  return {
    ...{ severity: "error", code: "control-character", location, advice },
    summary: "The cell contains a control character",
  };
}

const MAX_NAMES = 10;

/** Returns up to ten names in quotes, and the number of remaining names. */
export function listNames(names: readonly string[]): string {
  const remaining = names.length - MAX_NAMES;
  return [
    ...names.slice(0, MAX_NAMES).map((name) => `"${name}"`),
    ...(remaining > 0 ? [`${remaining} more`] : []),
  ].join(", ");
}
