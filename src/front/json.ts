import { randomUUID } from "node:crypto";
import { isLosslessNumber, LosslessNumber, parse, stringify } from "lossless-json";

/** Matches the start of a number that a double may not hold: 16 characters or more, or an exponent. */
const LONG_NUMBER = /(?:^|[:[,])\s*-?(?:\d[\d.]{15}|[\d.]+[eE])/;

/** Parses JSON. A number that a double cannot hold becomes an `ExactNumber`. Throws a `SyntaxError`. */
export function parseJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return parse(text, null, { parseNumber, onDuplicateKey: () => {} });
}

/** Parses a response body as JSON; undefined if it is not JSON in UTF-8, such as a proxy's HTML page. */
export function parseBody(body: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function parseNumber(text: string): unknown {
  const number = Number(text);
  return Number.isFinite(number) && sameNumber(text, String(number)) ? number : new LosslessNumber(text);
}

/** Returns whether two decimal texts are the same number. */
function sameNumber(one: string, other: string): boolean {
  return decimalOf(one) === decimalOf(other);
}

/** Returns a number as `digits e exponent`, without the zeros at either end. */
function decimalOf(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = withoutTrailingZeros(digits);
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** Removes trailing zeros. `/0+$/` would take quadratic time for zeros that are followed by another digit. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end -= 1;
  return digits.slice(0, end);
}

/** Returns the double nearest to a number, exact or not; undefined for any other value. */
export function numberOf(value: unknown): number | undefined {
  if (isLosslessNumber(value)) return Number(value.value);
  return typeof value === "number" ? value : undefined;
}

/** Returns the JSON text of a value that `parseJson` returned, with every number unchanged. */
export function textOfJson(value: unknown): string {
  return stringify(value) ?? "null";
}

/** JSON text that is part of a request body unchanged. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Encodes a request body, with each `RawJson` in it unchanged. */
export function encodeJson(body: unknown): string {
  const raw: string[] = [];
  const marker = randomUUID();
  const text = JSON.stringify(body, (_, value: unknown) => {
    if (!(value instanceof RawJson)) return value;
    raw.push(value.text);
    return `${marker} ${raw.length - 1}`;
  });
  if (raw.length === 0) return text;
  return text.replace(new RegExp(`"${marker} (\\d+)"`, "g"), (_, index: string) => raw[Number(index)] ?? "null");
}
