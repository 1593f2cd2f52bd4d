import type { Diagnostic } from "../model/diagnostic.ts";
import type { Configuration, TableConfiguration } from "./configuration.ts";
import { formatPath, type Path } from "./format-path.ts";

type Problem = Pick<Diagnostic, "summary" | "advice">;

const NOT_FINITE = "Use a finite number, or null for no value.";
const PLAIN_OBJECT = "Use a plain object or an array, for example from Object.fromEntries or Array.from.";
const CELL = "Use text, a number, true, false or null.";
const ROWS = "Write an array of objects with the cells by column name.";

/**
 * Returns an error for each value that the generated texts cannot represent. `JSON.stringify` would omit it, replace it
 * with null, which may clear a value in Front, or throw an error.
 */
export function checkValues(configuration: Configuration): readonly Diagnostic[] {
  if (!isPlainObject(configuration)) {
    const summary = "The configuration is not a plain object";
    return [createProblem([], { summary, advice: "Use an object with keys such as contacts." })];
  }
  const { tables, ...others } = configuration;
  const problems = [...problemsIn(others, [], [])];
  if (!isPlainObject(tables)) return [...problems, ...problemsIn(tables, ["tables"], [])];
  return [...problems, ...Object.entries(tables).flatMap(([name, table]) => [...problemsInTable(name, table)])];
}

function* problemsInTable(name: string, table: TableConfiguration): Iterable<Diagnostic> {
  const path = ["tables", name];
  if (!isPlainObject(table)) {
    yield* problemsIn(table, path, []);
    return;
  }
  const { rows, csv, ...spec } = table as { readonly rows?: unknown; readonly csv?: unknown };
  yield* problemsIn(spec, path, []);
  if (rows !== undefined) yield* problemsInRows(rows, [...path, "rows"]);
  if (csv !== undefined && typeof csv !== "string") {
    yield createProblem([...path, "csv"], { summary: '"csv" is not text', advice: "Use the text of a CSV file." });
  }
}

function* problemsInRows(rows: unknown, path: Path): Iterable<Diagnostic> {
  if (!Array.isArray(rows)) {
    yield createProblem(path, { summary: '"rows" is not an array', advice: ROWS });
    return;
  }
  for (const [index, row] of rows.entries()) {
    if (isPlainObject(row)) yield* problemsInRow(row, [...path, index]);
    else yield createProblem([...path, index], { summary: `Row ${index + 1} is not an object`, advice: ROWS });
  }
}

function* problemsInRow(row: object, path: Path): Iterable<Diagnostic> {
  for (const [column, cell] of Object.entries(row)) {
    const problem = problemOfDate(cell) ?? problemOfCell(toJson(cell));
    if (problem !== undefined) yield createProblem([...path, column], problem);
  }
}

function problemOfCell(cell: unknown): Problem | undefined {
  if (typeof cell === "bigint") return undefined;
  if (typeof cell === "string" && /\p{Cs}/u.test(cell)) {
    return { summary: "The text contains an unpaired surrogate", advice: "Remove the character." };
  }
  if (typeof cell === "object" && cell !== null) return { summary: "A cell cannot be an object", advice: CELL };
  return problemOfScalar(cell);
}

/** Yields the problems of a value and of the values in it. `parents` are the objects that contain it. */
function* problemsIn(original: unknown, path: Path, parents: readonly unknown[]): Iterable<Diagnostic> {
  const value = toJson(original);
  const problem = parents.includes(value)
    ? { summary: "An object contains itself", advice: "Remove the reference to the outer object." }
    : (problemOfDate(original) ?? problemOfScalar(value) ?? problemOfObject(value));
  if (problem !== undefined) yield createProblem(path, problem);
  else if (typeof value === "object" && value !== null) {
    const within = [...parents, value];
    const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
    for (const [key, child] of entries) yield* problemsIn(child, [...path, key], within);
  }
}

function problemOfDate(value: unknown): Problem | undefined {
  if (!isInvalidDate(value)) return undefined;
  return { summary: "The date is invalid", advice: "Use a valid Date, or null for no value." };
}

function isInvalidDate(value: unknown): boolean {
  return value instanceof Date && Number.isNaN(value.getTime());
}

function problemOfScalar(value: unknown): Problem | undefined {
  const type = typeof value;
  if (type === "number" && !Number.isFinite(value)) {
    return { summary: `${value} is not a finite number`, advice: NOT_FINITE };
  }
  if (type === "bigint") return { summary: "A bigint is not supported", advice: "Convert it to a number or to text." };
  if (type !== "function" && type !== "symbol") return undefined;
  return { summary: `A ${type} is not supported`, advice: "Remove it, or use text, a number, true, false or null." };
}

function problemOfObject(value: unknown): Problem | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isPlainObject(value)) return undefined;
  const name = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return { summary: `A ${name} object is not supported`, advice: PLAIN_OBJECT };
}

/** Returns whether `JSON.stringify` writes the object with its properties. The object may be an instance of a class. */
function isPlainObject(value: unknown): value is object {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** Returns the value that `JSON.stringify` writes. Returns NaN for an invalid date, because null may clear a value. */
export function toJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isInvalidDate(value)) return Number.NaN;
  return "toJSON" in value && typeof value.toJSON === "function" ? value.toJSON() : value;
}

function createProblem(path: Path, problem: Problem): Diagnostic {
  return { severity: "error", code: "wrong-type", ...problem, path: formatPath(path) };
}
