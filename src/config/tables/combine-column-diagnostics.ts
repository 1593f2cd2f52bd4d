import { furtherLocations } from "../../model/combine-diagnostics.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { lineRanges } from "../../model/line-ranges.ts";
import { groupDigits } from "../../model/plural.ts";
import { COUNTRY_CODE_ADDED } from "../message-parts.ts";
import { AMBIGUOUS_COUNTRY_CODE } from "../messages.ts";
import type { TableText } from "./table-text.ts";

/** If a column has more problems of the same kind than this number, they are reported as a group. */
const MAX_INDIVIDUAL = 3;

/**
 * Combines more than three problems of the same kind in a table column into one diagnostic with their number, at the
 * location of the first problem. For some kinds, gives advice for the whole column. `diagnostics` must be sorted by
 * location. `phoneCountry` is the country of phone numbers in columns without a country.
 */
export function combineColumnDiagnostics(
  diagnostics: readonly Diagnostic[],
  tables: ReadonlyMap<string, TableText>,
  phoneCountry?: string,
): readonly Diagnostic[] {
  if (tables.size === 0) return diagnostics;
  const groups = new Map<unknown, Group>();
  for (const diagnostic of diagnostics) {
    const { code, severity, location } = diagnostic;
    const [table, column] = cellAt(location, tables);
    // A problem outside the columns of tables is a group of its own.
    const id = column === undefined ? diagnostic : JSON.stringify([location?.file, column, severity, code]);
    const group = groups.get(id);
    const country = table?.countries.get(column ?? "") ?? phoneCountry;
    if (group === undefined) groups.set(id, { column, country, members: [diagnostic] });
    else group.members.push(diagnostic);
  }
  return [...groups.values()].flatMap(combine);
}

/** Returns the table and the column at a location; nothing if no cell begins there. */
function cellAt(
  location: Diagnostic["location"],
  tables: ReadonlyMap<string, TableText>,
): readonly [table?: TableText, column?: string] {
  const table = location && tables.get(location.file);
  const column = location && table?.columnAt(location);
  return table === undefined || column === undefined ? [] : [table, column];
}

const CELL_OPTIONS =
  "To treat cells as empty, add their texts to the null_values of the table. For cells with several values, set the separator of the column.";

const CODES_WITH_OPTIONS: readonly string[] = ["handle-malformed", "link-malformed", "phone-without-country"];

interface Group {
  readonly column: string | undefined;
  /** The country of phone numbers without a country code. */
  readonly country: string | undefined;
  readonly members: Diagnostic[];
}

function combine({ column, country, members }: Group): readonly Diagnostic[] {
  const [first, ...others] = members;
  if (first === undefined || column === undefined) return members;
  const lacksCountry = first.code === "phone-without-country" && country === undefined;
  const withAdvice = lacksCountry ? adviseCountry : adviseOptions;
  if (members.length <= MAX_INDIVIDUAL) return members.map((diagnostic) => withAdvice(diagnostic, column));
  const count = groupDigits(members.length);
  const where = first.code === "row-length" ? `in ${count} rows` : `${count} times in column "${column}"`;
  const problem = lacksCountry
    ? `Column "${column}" has ${count} numbers without a country code`
    : `A problem occurs ${where}`;
  const advised = withAdvice(first, column);
  return [
    {
      ...advised,
      summary: `${problem}. The first is: ${first.summary}`,
      // If the column lacks a country, its cells need no correction.
      advice: lacksCountry ? advised.advice : `${advised.advice} ${describeLines(members)}`,
      related: furtherLocations(others),
    },
  ];
}

const MAX_RANGES = 40;

/** Returns a sentence with the lines of all problems, such as `Lines: 2, 5-9.` */
function describeLines(diagnostics: readonly Diagnostic[]): string {
  const ranges = lineRanges(diagnostics.flatMap(({ location }) => (location === undefined ? [] : [location.line])));
  const more = ranges.length > MAX_RANGES ? " and more" : "";
  return `Lines: ${ranges.slice(0, MAX_RANGES).join(", ")}${more}.`;
}

function adviseCountry(diagnostic: Diagnostic, column: string): Diagnostic {
  const mapping = `phone: { column: ${JSON.stringify(column)}, country: … }`;
  return {
    ...diagnostic,
    advice: `Set the country of the column, \`${mapping}\`, or \`country: …\` of the table. Numbers with + do not need a country. ${COUNTRY_CODE_ADDED}`,
  };
}

function adviseOptions(diagnostic: Diagnostic): Diagnostic {
  const { code, summary, advice } = diagnostic;
  const mayConcernOptions = CODES_WITH_OPTIONS.includes(code) && !summary.includes(AMBIGUOUS_COUNTRY_CODE);
  return mayConcernOptions ? { ...diagnostic, advice: `${advice} ${CELL_OPTIONS}` } : diagnostic;
}
