import { badRequest, ErrorResponse, type FrontRequest } from "./http-messages.ts";
import { parseExactly } from "./json.ts";

export interface Upload {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface Body {
  readonly fields: Fields;
  /** The file parts of a form, by part name. */
  readonly files: ReadonlyMap<string, Upload>;
}

const EMPTY: Body = { fields: {}, files: new Map() };

/** Returns the contents of a JSON body or a multipart form. Any other body is treated as empty. */
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
    else files.set(name, { type: value.type, bytes: new Uint8Array(await value.arrayBuffer()) });
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

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The properties of a request body, not validated. */
export type Fields = Readonly<Record<string, unknown>>;

/** The problems with a request, which Front lists in a 400 response. */
export type Problems = string[];

export function throwIfAny(problems: Problems): void {
  if (problems.length > 0) throw badRequest(...new Set(problems));
}

/**
 * Reads and checks the properties of a request body. Adds a problem for each invalid or missing required value. A null
 * value is treated as missing.
 */
export class BodyReader {
  readonly problems: Problems = [];
  readonly #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  string(key: string): string | undefined {
    return this.#value(key, (value) => typeof value === "string", "a string");
  }

  strings(key: string): string[] | undefined {
    return this.#value(key, areStrings, "an array of strings");
  }

  record(key: string): Record<string, unknown> | undefined {
    return this.#value(key, isRecord, "an object");
  }

  requiredString(key: string): string {
    const value = this.string(key);
    if (value === "") this.problems.push(`body.${key}: must not be empty`);
    this.#requireValue(key);
    return value ?? "";
  }

  requiredStrings(key: string): string[] {
    this.#requireValue(key);
    return this.strings(key) ?? [];
  }

  throwIfInvalid(): void {
    throwIfAny(this.problems);
  }

  #requireValue(key: string): void {
    if ((this.#fields[key] ?? undefined) === undefined) this.problems.push(`body.${key}: missing`);
  }

  #value<T>(key: string, isValid: (value: unknown) => value is T, expected: string): T | undefined {
    const value = this.#fields[key] ?? undefined;
    if (value === undefined || isValid(value)) return value;
    this.problems.push(`body.${key}: must be ${expected}`);
    return undefined;
  }
}

export function contactIdsIn(fields: Fields, maximum = Number.POSITIVE_INFINITY): string[] {
  const reader = new BodyReader(fields);
  const ids = reader.requiredStrings("contact_ids");
  if (ids.length > maximum) reader.problems.push(`body.contact_ids: must contain at most ${maximum} ids`);
  reader.throwIfInvalid();
  return [...new Set(ids)];
}

function areStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
