import { randomUUID } from "node:crypto";
import { isLosslessNumber, LosslessNumber, parse, stringify } from "lossless-json";
import { decodeUtf8 } from "../model/utf8.ts";

/** Matches the start of a number whose value might change in a double: 16 or more characters, or an exponent. */
const LONG_NUMBER = /(?:^|[:[,])\s*-?(?:\d[\d.]{15}|[\d.]+[eE])/;

/**
 * Parses JSON. A number whose value would change in a double becomes a `LosslessNumber`. Throws a `SyntaxError` if the
 * text is not valid JSON.
 */
export function parseLosslessJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return parse(text, null, { parseNumber, onDuplicateKey: () => {} });
}

/** Returns the parsed body; undefined if it is not JSON in UTF-8, for example if it is the HTML page of a proxy. */
export function parseBody(body: Uint8Array): unknown {
  try {
    const text = decodeUtf8(body);
    return text === undefined ? undefined : parseLosslessJson(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

function parseNumber(text: string): unknown {
  const number = Number(text);
  return Number.isFinite(number) && toScientific(text) === toScientific(String(number))
    ? number
    : new LosslessNumber(text);
}

/** Returns the sign, significant digits and exponent of a decimal number. Equal numbers have the same result. */
function toScientific(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = withoutTrailingZeros(digits);
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** Takes linear time. The pattern `/0+$/` can take quadratic time. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end -= 1;
  return digits.slice(0, end);
}

/** Returns a number of parsed JSON as a double, which may be inexact; undefined for any other value. */
export function numberOf(value: unknown): number | undefined {
  if (isLosslessNumber(value)) return Number(value.value);
  return typeof value === "number" ? value : undefined;
}

export function stringifyLosslessJson(value: unknown): string {
  return stringify(value) ?? "null";
}

/** JSON text to include in a request body unchanged. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

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
