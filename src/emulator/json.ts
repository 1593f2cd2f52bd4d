import { randomBytes } from "node:crypto";

/** A number that a double cannot hold, as text. Seeds and state files use the same form. */
export interface ExactNumber {
  readonly $number: string;
}

export function isExactNumber(value: unknown): value is ExactNumber {
  return typeof value === "object" && value !== null && "$number" in value && typeof value.$number === "string";
}

/** Matches a string, which is skipped, or a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Parses JSON and keeps the text of numbers that a double would change. */
export function parseExactly(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const exact = text.replace(TOKEN, (token) => (isChanged(token) ? JSON.stringify({ $number: token }) : token));
  return exact === text ? value : JSON.parse(exact);
}

function isChanged(token: string): boolean {
  if (token.startsWith('"')) return false;
  const plain = token.replace(/^-/, "");
  if (/^\d{1,15}$/.test(plain)) return false;
  const number = Number(plain);
  if (!Number.isFinite(number)) return true;
  // A double whose significant digits differ from those of the text has lost precision.
  const digits = plain
    .replace(/[eE].*/, "")
    .replace(".", "")
    .replace(/^0+|0+$/g, "");
  const kept = number
    .toExponential()
    .replace(/e.*/, "")
    .replace(".", "")
    .replace(/^0+|0+$/g, "");
  return digits !== kept;
}

/** Encodes a value as JSON, with exact numbers unchanged. */
export function stringifyExactly(value: unknown): string {
  const plain = JSON.stringify(value);
  // A replacer takes several times as long, and few responses have such a number.
  if (!plain.includes('"$number"')) return plain;
  const numbers: string[] = [];
  const mark = randomBytes(8).toString("hex");
  const text = JSON.stringify(value, (_, inner: unknown) => {
    if (!isExactNumber(inner)) return inner;
    numbers.push(inner.$number);
    return `${mark}:${numbers.length - 1}`;
  });
  return text.replace(new RegExp(`"${mark}:(\\d+)"`, "g"), (_, index: string) => numbers[Number(index)] ?? "0");
}
