import { isRecord } from "./body.ts";

/** A seed or state file is invalid. The message is one sentence. */
export class SeedError extends Error {
  override readonly name = "SeedError";
  /** The invalid value, such as `contacts[2].name`. Undefined when the file itself cannot be read or written. */
  readonly path: string | undefined;

  constructor(message: string, path?: string) {
    super(message);
    this.path = path;
  }
}

/** Reads the value at a path such as `contacts[2].name`. Throws a `SeedError` if it is invalid. */
export type Read<T> = (value: unknown, at: string) => T;

/** Reads an object and rejects unknown keys, which may be typing errors. */
export function recordAt(value: unknown, at: string, known: readonly string[]): Record<string, unknown> {
  if (!isRecord(value)) throw new SeedError(`${at} must be an object.`, at);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new SeedError(`${at} has an unknown key "${key}". Use any of: ${known.join(", ")}.`, `${at}.${key}`);
    }
  }
  return value;
}

export function textAt(value: unknown, at: string): string {
  if (typeof value !== "string" || value === "") {
    throw new SeedError(`${at} must be a string that is not empty.`, at);
  }
  return value;
}

export function listOf<T>(value: unknown, at: string, read: Read<T>): T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new SeedError(`${at} must be an array.`, at);
  return value.map((item, index) => read(item, `${at}[${index}]`));
}

/** Reads a string that may be empty. */
export function anyTextAt(value: unknown, at: string): string {
  if (typeof value !== "string") throw new SeedError(`${at} must be a string.`, at);
  return value;
}

/** Reads a string that may be missing or empty. */
export function textOr<T>(value: unknown, at: string, otherwise: T): string | T {
  return value === undefined || value === null ? otherwise : anyTextAt(value, at);
}

export function flagOr(value: unknown, at: string, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value !== "boolean") throw new SeedError(`${at} must be true or false.`, at);
  return value;
}

export function countOr(value: unknown, at: string, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new SeedError(`${at} must be a whole number of at least 0.`, at);
  }
  return value;
}

/** Reads a time in epoch seconds, Front's unit, and returns milliseconds. */
export function timeOr(value: unknown, at: string, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || value < 0) {
    throw new SeedError(`${at} must be a time in epoch seconds.`, at);
  }
  return Math.round(value * 1000);
}

export function mapAt(value: unknown, at: string): Map<string, unknown> {
  if (value === undefined) return new Map();
  if (!isRecord(value)) throw new SeedError(`${at} must be an object.`, at);
  return new Map(Object.entries(value));
}

/** Reads an id such as `crd_4k2`; undefined if the seed has none. */
export function idAt(value: unknown, at: string, prefix: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && new RegExp(`^${prefix}_[0-9a-zA-Z]{1,40}$`).test(value)) return value;
  throw new SeedError(`${at} must be an id such as ${prefix}_4k2.`, at);
}
