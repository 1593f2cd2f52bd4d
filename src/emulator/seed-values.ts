import { isRecord } from "./body.ts";

/** A location in a seed or state file. Lines and columns start at 1. */
export interface SeedLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface SeedErrorOptions {
  readonly path?: string | undefined;
  readonly advice?: string | undefined;
  readonly location?: SeedLocation;
}

/** The error for a seed or state file that is invalid, or that cannot be read or written. */
export class SeedError extends Error {
  override readonly name = "SeedError";
  /** One line without a trailing period. */
  readonly summary: string;
  /** How to fix the error, in complete sentences. */
  readonly advice: string | undefined;
  /** The path of the invalid value, such as `contacts[2].name`; undefined if no single value is invalid. */
  readonly path: string | undefined;
  /** The location in the seed or state file, if it is known. */
  readonly location: SeedLocation | undefined;

  constructor(summary: string, { path, advice, location }: SeedErrorOptions = {}) {
    const problem =
      location === undefined ? summary : `${location.file}:${location.line}:${location.column}: ${summary}`;
    super(advice === undefined ? problem : `${problem}. ${advice}`);
    this.summary = summary;
    this.advice = advice;
    this.path = path;
    this.location = location;
  }
}

export function invalidValue(path: string, problem: string, advice?: string): SeedError {
  return new SeedError(`${path} ${problem}`, { path, advice });
}

/** Reads the value at a path such as `contacts[2].name`. Throws a `SeedError` with the path if the value is invalid. */
export type Read<T> = (value: unknown, path: string) => T;

/** Reads an object. Rejects unknown keys, which may be typos. */
export function recordAt(value: unknown, path: string, keys: readonly string[]): Record<string, unknown> {
  if (!isRecord(value)) throw invalidValue(path, "must be an object");
  const key = Object.keys(value).find((name) => !keys.includes(name));
  if (key === undefined) return value;
  const advice = `Use any of: ${keys.join(", ")}.`;
  throw new SeedError(`${path} has an unknown key "${key}"`, { path: `${path}.${key}`, advice });
}

/** Reads a non-empty string. */
export function textAt(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "") throw invalidValue(path, "must be a non-empty string");
  return value;
}

/** Reads an array that may be missing. */
export function listOf<T>(value: unknown, path: string, read: Read<T>): T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalidValue(path, "must be an array");
  return value.map((item, index) => read(item, `${path}[${index}]`));
}

/** Reads a string that may be empty. */
export function anyTextAt(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalidValue(path, "must be a string");
  return value;
}

/** Reads a string that may be missing or empty. */
export function textOr<T>(value: unknown, path: string, fallback: T): string | T {
  return value === undefined || value === null ? fallback : anyTextAt(value, path);
}

export function flagOr(value: unknown, path: string, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== "boolean") throw invalidValue(path, "must be true or false");
  return value;
}

export function countOr(value: unknown, path: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw invalidValue(path, "must be a whole number of at least 0");
  }
  return value;
}

/** Converts epoch seconds to milliseconds. */
export function timeOr(value: unknown, path: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== "number" || value < 0) throw invalidValue(path, "must be a time in epoch seconds");
  return Math.round(value * 1000);
}

/** Reads an object that may be missing and may have any keys. */
export function mapAt(value: unknown, path: string): Map<string, unknown> {
  if (value === undefined) return new Map();
  if (!isRecord(value)) throw invalidValue(path, "must be an object");
  return new Map(Object.entries(value));
}

/** Reads an ID such as `crd_4k2`, which may be missing. */
export function idAt(value: unknown, path: string, prefix: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && new RegExp(`^${prefix}_[0-9a-zA-Z]{1,40}$`).test(value)) return value;
  throw invalidValue(path, `must be an ID such as ${prefix}_4k2`);
}
