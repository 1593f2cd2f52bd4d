import type { Diagnostic } from "../../model/diagnostic.ts";
import { furtherLocations } from "../../model/group-uses.ts";
import { summarizeNotInE164, WRITE_AS_E164 } from "../messages.ts";
import type { TableText } from "./table-text.ts";

/** If a column has more problems of the same kind than this number, they are reported as a group. */
const MAX_INDIVIDUAL = 3;

/**
 * Merges more than three problems of the same kind in a table column into one diagnostic with their number, at the
 * location of the first problem. For some kinds, gives advice for the whole column. `diagnostics` must be sorted by
 * location.
 */
export function groupCells(
  diagnostics: readonly Diagnostic[],
  tables: ReadonlyMap<string, TableText>,
): readonly Diagnostic[] {
  if (tables.size === 0) return diagnostics;
  const groups = new Map<unknown, Group>();
  for (const ungrouped of diagnostics) {
    const { code, severity, location } = ungrouped;
    const table = location && tables.get(location.file);
    const column = location && table?.columnAt(location);
    const diagnostic = inCountry(ungrouped, column && table?.countries.get(column));
    // A problem outside the columns of tables is a group of its own.
    const id = column === undefined ? diagnostic : JSON.stringify([location?.file, column, severity, code]);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { column, members: [diagnostic] });
    else group.members.push(diagnostic);
  }
  return [...groups.values()].flatMap(merge);
}

const CELL_OPTIONS =
  "For cells that mean no value, set null_values of the table. For cells with several values, set separator of the column.";

const CODES_WITH_OPTIONS: readonly string[] = ["handle-malformed", "link-malformed"];

interface Group {
  readonly column: string | undefined;
  readonly members: Diagnostic[];
}

function merge({ column, members }: Group): readonly Diagnostic[] {
  const [first, ...others] = members;
  if (first === undefined || column === undefined) return members;
  if (members.length <= MAX_INDIVIDUAL) return members.map((diagnostic) => withColumnAdvice(diagnostic, column));
  return [
    {
      ...withColumnAdvice(first, column),
      summary: summaryOf(first, members.length, column),
      related: furtherLocations(others),
    },
  ];
}

/** Checks the summary, because a number that cannot be converted with its country has the same diagnostic code. */
function lacksCountry({ code, summary }: Diagnostic): boolean {
  return code === "phone-without-country" && summary.includes("has no country code");
}

/** Names the country of the column in a phone number diagnostic. Rules know only `settings.phone_country`. */
function inCountry(diagnostic: Diagnostic, country: string | undefined): Diagnostic {
  if (country === undefined || diagnostic.code !== "phone-without-country") return diagnostic;
  const [, handle = ""] = /^"(.*)" /s.exec(diagnostic.summary) ?? [];
  return {
    ...diagnostic,
    summary: summarizeNotInE164(handle, country),
    advice: `${WRITE_AS_E164}. ${CELL_OPTIONS}`,
  };
}

/** For some diagnostic codes, adds advice for the whole column, or replaces the advice about one cell with it. */
function withColumnAdvice(diagnostic: Diagnostic, column: string): Diagnostic {
  if (CODES_WITH_OPTIONS.includes(diagnostic.code)) {
    return { ...diagnostic, advice: `${diagnostic.advice} ${CELL_OPTIONS}` };
  }
  if (!lacksCountry(diagnostic)) return diagnostic;
  const mapping = `phone: { column: ${JSON.stringify(column)}, country: … }`;
  return {
    ...diagnostic,
    advice: `Set the country of the column, \`${mapping}\`, or \`country: …\` of the table. Numbers with + do not need a country.`,
  };
}

function summaryOf(first: Diagnostic, count: number, column: string): string {
  if (lacksCountry(first)) {
    return `Column "${column}" has ${count} numbers without a country code. The first is: ${first.summary}`;
  }
  const where = first.code === "row-length" ? `in ${count} rows` : `${count} times in column "${column}"`;
  return `This problem occurs ${where}. The first is: ${first.summary}`;
}
