import type { WrittenField } from "./change.ts";
import { type FieldType, type FieldValue, isOpaque, type WrittenValue } from "./contact.ts";
import { suggest } from "./suggest.ts";

/** Why a value is invalid, as a phrase that follows the field's name in a message, and what to write instead. */
export interface FieldProblem {
  readonly summary: string;
  readonly advice: string;
}

const DATETIME =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[Tt ](?<time>\d{2}:\d{2})(?::(?<seconds>\d{2})(?:\.\d{1,9})?)?(?<zone>[Zz]|[+-]\d{2}:?\d{2}))?$/;

/**
 * Returns the epoch seconds of an ISO 8601 date (midnight in UTC) or date-time with a zone; undefined for any other
 * text.
 */
export function parseDatetime(text: string): number | undefined {
  const { date, time = "00:00", seconds = "00", zone = "Z" } = DATETIME.exec(text)?.groups ?? {};
  if (date === undefined) return undefined;
  const offset = zoneSeconds(zone);
  const clock = `${date}T${time}:${seconds}.000Z`;
  const utc = Date.parse(clock);
  // Date.parse reads February 31 as March 2 or 3, and 24:00 as the next day.
  if (offset === undefined || Number.isNaN(utc) || new Date(utc).toISOString() !== clock) return undefined;
  return utc / 1000 - offset;
}

function zoneSeconds(zone: string): number | undefined {
  if (zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/**
 * Returns the shortest text that `parseDatetime` reads as the same second; the number itself if its year does not have
 * four digits.
 */
export function formatDatetime(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 0 || year > 9999) return String(epochSeconds);
  return date.toISOString().replace(/(?:T00:00:00)?\.\d{3}Z$/, (tail) => (tail.startsWith("T") ? "" : "Z"));
}

/** A predicate for the values of a type, their description, and how to write one. */
type Form = readonly [fits: (value: WrittenValue) => boolean, wanted: string, advice: string];

const FORMS: Readonly<Record<Exclude<FieldType, "string" | "enum">, Form>> = {
  boolean: [(value) => typeof value === "boolean", "true or false", "Write true or false, without quotes."],
  number: [Number.isFinite, "a number", "Write digits, without quotes."],
  datetime: [
    (value) => typeof value === "string" && parseDatetime(value) !== undefined,
    "a date, or a date-time with its zone",
    "Write it as 2024-02-29, 2024-02-29T09:30:00Z or 2024-02-29T09:30:00-08:00.",
  ],
  teammate: [isEmail, "a teammate's email address", "Write the address the teammate signs in to Front with."],
  inbox: [
    (value) => typeof value === "string" && /^inb_[a-z0-9]+$/i.test(value),
    "an inbox by its id",
    "Write the id of the inbox in Front's API, such as inb_55c8c149.",
  ],
};

/**
 * Returns why a value cannot be written to a custom field of a type; undefined if it can. `values`: the allowed values
 * of an enum.
 */
export function checkFieldValue(
  type: FieldType,
  value: WrittenValue,
  values?: readonly string[],
): FieldProblem | undefined {
  if (type === "string" || type === "enum")
    return checkText(value) ?? checkChoice(String(value), type === "enum" ? values : undefined);
  const [fits, wanted, advice] = FORMS[type];
  return fits(value) ? undefined : { summary: `${formatValue(value)} is not ${wanted}`, advice };
}

export function isEmail(value: unknown): value is string {
  return typeof value === "string" && /^[^\s@]+@[^\s@]+$/u.test(value);
}

function checkText(value: WrittenValue): FieldProblem | undefined {
  if (typeof value === "string") return undefined;
  return { summary: `${formatValue(value)} is not text`, advice: `Put it in quotes: "${value}".` };
}

/**
 * Returns a problem if a value is not one of `values`, which are undefined for text, and for an enum whose values are
 * unknown.
 */
function checkChoice(value: string, values: readonly string[] | undefined): FieldProblem | undefined {
  if (values === undefined || values.includes(value)) return undefined;
  const near = suggest(value, values);
  const advice = `${near === undefined ? "" : `Did you mean "${near}"? `}Allowed: ${values.join(", ")}.`;
  return { summary: `${formatValue(value)} is not one of its values`, advice };
}

function formatValue(value: WrittenValue): string {
  return typeof value === "string" ? `"${value}"` : String(value);
}

/** Returns the canonical form of a text. Front may trim a text and change its line endings. */
export function normalText(text: string): string {
  return text.normalize("NFC").replace(/\r\n?/g, "\n").trim();
}

/**
 * True if a field has no value. Front does not document whether a cleared field is missing, null or empty
 * (docs/front.md#custom-fields).
 */
export function isEmptyField(value: FieldValue | undefined): boolean {
  return value === undefined || value === null || value === "";
}

/** Returns a field value as written in a file. */
export function writtenField(type: string, value: FieldValue | undefined): WrittenField {
  if (type === "datetime" && typeof value === "number") return formatDatetime(Math.floor(value));
  return isOpaque(value) ? value.json : (value ?? null);
}

/** Returns whether two values of a custom field are equal, regardless of spelling. */
export function sameField(type: string, a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  if (isEmptyField(a) || isEmptyField(b)) return isEmptyField(a) && isEmptyField(b);
  if (isOpaque(a) || isOpaque(b)) return isOpaque(a) && isOpaque(b) && a.json === b.json;
  return normalField(type, writtenField(type, a)) === normalField(type, writtenField(type, b));
}

function normalField(type: string, value: WrittenField): string {
  if (typeof value !== "string") return JSON.stringify(value);
  const text = normalText(value);
  return JSON.stringify(type === "teammate" ? text.toLowerCase() : text);
}
