import type { WrittenField } from "./change.ts";
import { type ConfigValue, type FieldType, type FieldValue, isOpaque } from "./contact.ts";
import { suggest } from "./suggest.ts";

export interface FieldProblem {
  /** A phrase that follows the name of the field in messages. */
  readonly summary: string;
  readonly advice: string;
}

const DATETIME =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[Tt ](?<time>\d{2}:\d{2})(?::(?<seconds>\d{2})(?:\.\d{1,9})?)?(?<zone>[Zz]|[+-]\d{2}:?\d{2}))?$/;

/**
 * Returns the epoch seconds of an ISO 8601 date (midnight in UTC) or of a date-time with a time zone; undefined for other
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
 * Returns a date if the time is midnight in UTC, otherwise a date-time in UTC. Returns the number as a string if the
 * year does not have four digits.
 */
export function formatDatetime(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 0 || year > 9999) return String(epochSeconds);
  return date.toISOString().replace(/(?:T00:00:00)?\.\d{3}Z$/, (tail) => (tail.startsWith("T") ? "" : "Z"));
}

/** `expected` describes a valid value. */
type FieldRule = readonly [isValid: (value: ConfigValue) => boolean, expected: string, advice: string];

const RULES: Readonly<Record<Exclude<FieldType, "string" | "enum">, FieldRule>> = {
  boolean: [(value) => typeof value === "boolean", "true or false", "Write true or false, without quotes."],
  number: [Number.isFinite, "a number", "Write digits, without quotes."],
  datetime: [
    (value) => typeof value === "string" && parseDatetime(value) !== undefined,
    "a date, or a date-time with a time zone",
    "Use the format 2024-02-29, 2024-02-29T09:30:00Z or 2024-02-29T09:30:00-08:00.",
  ],
  teammate: [
    isEmail,
    "a teammate's email address",
    "Write the email address that the teammate signs in to Front with.",
  ],
  inbox: [
    (value) => typeof value === "string" && /^inb_[a-z0-9]+$/i.test(value),
    "the ID of an inbox",
    "Write the ID that Front's API returns for the inbox, such as inb_55c8c149.",
  ],
};

/**
 * Returns the problem of an invalid value; undefined if the value is valid. `values` are the allowed values of an enum;
 * if there are none, they are unknown. `source` is the text of the value in YAML, such as `1.0` for the number 1.
 */
export function checkFieldValue(
  type: FieldType,
  value: ConfigValue,
  values?: readonly string[],
  source = String(value),
): FieldProblem | undefined {
  if (type === "string" || type === "enum")
    return checkText(value, source) ?? checkChoice(String(value), type === "enum" ? values : undefined);
  const [isValid, expected, advice] = RULES[type];
  return isValid(value) ? undefined : { summary: `${formatValue(value)} is not ${expected}`, advice };
}

/** Returns whether a value is an email address; false for `<dale@fbi.example>` and `'dale@fbi.example'`. */
export function isEmail(value: unknown): value is string {
  return typeof value === "string" && /^[^\s@<>“”„]+@[^\s@<>“”‘’"'(),;]+$/u.test(value);
}

function checkText(value: ConfigValue, source: string): FieldProblem | undefined {
  if (typeof value === "string") return undefined;
  return { summary: `${source} is not text`, advice: `Put it in quotes: "${source}".` };
}

function checkChoice(value: string, values: readonly string[] = []): FieldProblem | undefined {
  if (values.length === 0 || values.includes(value)) return undefined;
  const suggestion = suggest(value, values);
  const advice = `${suggestion === undefined ? "" : `Did you mean "${suggestion}"? `}Use one of: ${values.join(", ")}.`;
  return { summary: `${formatValue(value)} is not one of its values`, advice };
}

function formatValue(value: ConfigValue): string {
  return typeof value === "string" ? `"${value}"` : String(value);
}

/**
 * Returns a text in the form in which texts are compared, because Front may trim strings and change their line endings.
 */
export function normalText(text: string): string {
  return text.normalize("NFC").replace(/\r\n?/g, "\n").trim();
}

/** Returns whether two texts are equal, apart from differences that Front may introduce. An undefined text is empty. */
export function isSameText(a = "", b = ""): boolean {
  return normalText(a) === normalText(b);
}

/**
 * Returns whether a custom field has no value. Front does not document whether it omits a cleared field, or returns
 * null or an empty string (docs/front.md#custom-fields).
 */
export function isEmptyField(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/** Returns a custom field value as a plan shows it. */
export function writtenField(type: string, value: FieldValue | undefined): WrittenField {
  if (type === "datetime" && typeof value === "number") return formatDatetime(Math.floor(value));
  return isOpaque(value) ? value.json : (value ?? null);
}

/** Returns whether two values of a custom field are equal, apart from differences that Front or YAML may introduce. */
export function isSameFieldValue(type: string, a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  if (a === b) return true;
  if (isEmptyField(a) || isEmptyField(b)) return isEmptyField(a) && isEmptyField(b);
  if (isOpaque(a) || isOpaque(b)) return isOpaque(a) && isOpaque(b) && a.json === b.json;
  return normalField(type, writtenField(type, a)) === normalField(type, writtenField(type, b));
}

function normalField(type: string, value: WrittenField): string {
  if (typeof value !== "string") return JSON.stringify(value);
  const text = normalText(value);
  return JSON.stringify(type === "teammate" ? text.toLowerCase() : text);
}
