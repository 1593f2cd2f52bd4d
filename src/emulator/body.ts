import { badRequest, ErrorResponse, type FrontRequest } from "./http-messages.ts";
import { parseExactly } from "./json.ts";

/** An uploaded file. */
export interface Upload {
  readonly filename: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** The decoded body of a request in JSON or a form. */
export interface Body {
  readonly fields: Fields;
  /** The file parts of a form, by part name. */
  readonly files: ReadonlyMap<string, Upload>;
}

const EMPTY: Body = { fields: {}, files: new Map() };

/** Decodes JSON or a multipart form. Treats any other body, such as a URL-encoded form, as empty. */
export async function decodeBody({ headers, body }: FrontRequest): Promise<Body> {
  const type = headers["content-type"] ?? "";
  if (body.length === 0) return EMPTY;
  if (/^application\/json\b/i.test(type)) return { fields: parseJson(body), files: new Map() };
  if (/^multipart\/form-data\b/i.test(type)) return await parseForm(body, type);
  return EMPTY;
}

function parseJson(body: Uint8Array): Record<string, unknown> {
  const value = parseText(new TextDecoder().decode(body));
  if (!isRecord(value)) throw badRequest("body: must be an object");
  return value;
}

function parseText(text: string): unknown {
  try {
    return parseExactly(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unreadable";
    throw new ErrorResponse({ status: 400, message: `Invalid JSON in the body: ${reason}`, messageOnly: true });
  }
}

async function parseForm(body: Uint8Array, type: string): Promise<Body> {
  const form = await readForm(body, type);
  const fields = emptyRecord();
  const files = new Map<string, Upload>();
  for (const [name, value] of form) {
    if (typeof value === "string") setAt(fields, pathOf(name), value);
    else files.set(name, { filename: value.name, type: value.type, bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  return { fields: asArrays(fields) as Record<string, unknown>, files };
}

async function readForm(body: Uint8Array, type: string) {
  try {
    return await new Response(body, { headers: { "content-type": type } }).formData();
  } catch {
    throw new ErrorResponse({ status: 400, message: "The multipart body cannot be read." });
  }
}

/** Splits the name of a form field: `handles[0][source]` into handles, 0, source. An empty part (`[]`) appends. */
function pathOf(name: string): string[] {
  const [head = "", ...rest] = name.split("[");
  return [head, ...rest.map((part) => part.replace(/\]$/, ""))];
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: string): void {
  const [head = "", ...rest] = path;
  const key = head === "" ? String(Object.keys(target).length) : head;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = isRecord(target[key]) ? target[key] : emptyRecord();
  target[key] = inner;
  setAt(inner, rest, value);
}

/** Converts objects with the keys 0, 1, 2 … to arrays. */
function asArrays(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const entries = Object.entries(value);
  const isArray = entries.length > 0 && entries.every(([key], index) => key === String(index));
  if (isArray) return entries.map(([, inner]) => asArrays(inner));
  for (const [key, inner] of entries) value[key] = asArrays(inner);
  return value;
}

/** Returns a record without a prototype, so that `__proto__` can be the name of a field. */
function emptyRecord(): Record<string, unknown> {
  return Object.create(null);
}

/** Returns whether a value is an object and not an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The properties of a request body, not validated. */
export type Fields = Readonly<Record<string, unknown>>;

/** The problems with a request, which Front lists in a 400 response. */
export type Problems = string[];

/** Throws Front's 400 if there are problems. */
export function throwIfAny(problems: Problems): void {
  if (problems.length > 0) throw badRequest(...problems);
}

/**
 * Returns a property of the body. Returns undefined for null, which has no effect in Front. For a value of the wrong
 * type, adds a problem and returns undefined.
 */
function valueIn<T>(
  fields: Fields,
  key: string,
  problems: Problems,
  [isValid, expected]: readonly [isValid: (value: unknown) => value is T, expected: string],
): T | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined || isValid(value)) return value;
  problems.push(`body.${key}: must be ${expected}`);
  return undefined;
}

export function stringIn(fields: Fields, key: string, problems: Problems): string | undefined {
  return valueIn(fields, key, problems, [(value) => typeof value === "string", "a string"]);
}

export function stringsIn(fields: Fields, key: string, problems: Problems): string[] | undefined {
  return valueIn(fields, key, problems, [areStrings, "an array of strings"]);
}

function areStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Returns a required string. If it is empty or missing, adds a problem and returns an empty string. */
export function requiredString(fields: Fields, key: string, problems: Problems): string {
  const value = stringIn(fields, key, problems);
  if (value === "") problems.push(`body.${key}: must not be empty`);
  if ((fields[key] ?? undefined) === undefined) problems.push(`body.${key}: missing`);
  return value ?? "";
}

/**
 * Returns the distinct `contact_ids` of a bulk request in order. Throws Front's 400 if they are missing, invalid or too
 * many.
 */
export function contactIdsIn(fields: Fields, maximum = Number.POSITIVE_INFINITY): string[] {
  const problems: Problems = [];
  const ids = stringsIn(fields, "contact_ids", problems);
  if ((fields["contact_ids"] ?? undefined) === undefined) problems.push("body.contact_ids: missing");
  if (ids !== undefined && ids.length > maximum) problems.push(`body.contact_ids: must contain at most ${maximum} ids`);
  throwIfAny(problems);
  return [...new Set(ids)];
}

export function recordIn(fields: Fields, key: string, problems: Problems): Map<string, unknown> | undefined {
  const value = valueIn(fields, key, problems, [isRecord, "an object"]);
  return value && new Map(Object.entries(value));
}
