import { badRequest, ErrorResponse } from "./error-response.ts";
import type { FrontRequest } from "./http-messages.ts";
import { parseExactly } from "./json.ts";

export interface Upload {
  readonly filename: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** The decoded body of a request, JSON or form. */
export interface Body {
  readonly fields: Readonly<Record<string, unknown>>;
  /** The parts of a form that have a file name, by part name. */
  readonly files: ReadonlyMap<string, Upload>;
}

const EMPTY: Body = { fields: {}, files: new Map() };

/**
 * Decodes JSON and multipart forms. A url-encoded form counts as empty, because Front does not read contacts from it.
 */
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

/** Returns the path of a form field: `handles[0][source]` is handles, 0, source. `list_names[]` appends. */
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
