/** The text of a number that would change if it were parsed as a double. Seeds and state files use the same form. */
export interface ExactNumber {
  readonly $number: string;
}

export function isExactNumber(value: unknown): value is ExactNumber {
  return typeof value === "object" && value !== null && "$number" in value && typeof value.$number === "string";
}

/** Matches a number or a whole string, so that numbers in strings are skipped. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Matches every number that a double may change: one with at least 16 characters, or with an exponent. */
const MAYBE_INEXACT = /\d[\d.]{15}|\d[eE]/;

/** Parses JSON. Numbers that a double would change become `ExactNumber`s. Throws a `SyntaxError` for invalid JSON. */
export function parseExactly(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!MAYBE_INEXACT.test(text)) return value;
  // `replace` would collect all matches in one array, and a snapshot of a large company has too many of them.
  let exact = "";
  let end = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (!isInexact(token)) continue;
    exact += `${text.slice(end, index)}${JSON.stringify({ $number: token })}`;
    end = index + token.length;
  }
  return end === 0 ? value : JSON.parse(exact + text.slice(end));
}

function isInexact(token: string): boolean {
  if (token.startsWith('"')) return false;
  const plain = token.replace(/^-/, "");
  if (/^\d{1,15}$/.test(plain)) return false;
  const number = Number(plain);
  if (!Number.isFinite(number)) return true;
  return significantDigits(plain) !== significantDigits(number.toExponential());
}

function significantDigits(number: string): string {
  return number
    .replace(/[eE].*/, "")
    .replace(".", "")
    .replace(/^0+|0+$/g, "");
}

/** Matches the JSON of an `ExactNumber`. Cannot match inside a string, in which quotes are escaped. */
const EXACT_NUMBER = /\{"\$number":"([^"]*)"\}/g;

/** Returns a value as JSON, in which each `ExactNumber` is the number that it represents. */
export function stringifyExactly(value: unknown): string {
  return JSON.stringify(value).replace(EXACT_NUMBER, "$1");
}
