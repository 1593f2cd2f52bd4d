import { isRecord } from "./body.ts";
import { badRequest } from "./error-response.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The problems of a request. Front's 400 lists all of them. */
export type Problems = string[];

/** Throws Front's 400 if there is a problem. */
export function throwIfAny(problems: Problems): void {
  if (problems.length > 0) throw badRequest(...problems);
}

/** Returns a value of the body; undefined for null, which changes nothing in Front. */
function valueIn<T>(
  fields: Fields,
  key: string,
  problems: Problems,
  [is, what]: readonly [is: (value: unknown) => value is T, what: string],
): T | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined || is(value)) return value;
  problems.push(`body.${key}: must be ${what}`);
  return undefined;
}

export function textIn(fields: Fields, key: string, problems: Problems): string | undefined {
  return valueIn(fields, key, problems, [(value) => typeof value === "string", "a string"]);
}

export function textsIn(fields: Fields, key: string, problems: Problems): string[] | undefined {
  return valueIn(fields, key, problems, [isTexts, "an array of strings"]);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

export function requiredText(fields: Fields, key: string, problems: Problems): string {
  const value = textIn(fields, key, problems);
  if (value === "") problems.push(`body.${key}: must not be empty`);
  if ((fields[key] ?? undefined) === undefined) problems.push(`body.${key}: missing`);
  return value ?? "";
}

/** Returns the `contact_ids` of a bulk request in order, without duplicates. */
export function contactIdsIn(fields: Fields, maximum = Number.POSITIVE_INFINITY): string[] {
  const problems: Problems = [];
  const ids = textsIn(fields, "contact_ids", problems);
  if ((fields["contact_ids"] ?? undefined) === undefined) problems.push("body.contact_ids: missing");
  if (ids !== undefined && ids.length > maximum) problems.push(`body.contact_ids: must hold at most ${maximum} ids`);
  throwIfAny(problems);
  return [...new Set(ids)];
}

export function recordIn(fields: Fields, key: string, problems: Problems): Map<string, unknown> | undefined {
  const value = valueIn(fields, key, problems, [isRecord, "an object"]);
  return value && new Map(Object.entries(value));
}
