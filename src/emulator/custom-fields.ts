import { isDeepStrictEqual } from "node:util";
import type { BodyReader } from "./body.ts";
import { isExactNumber } from "./json.ts";
import type { FieldDefinition } from "./model.ts";
import type { Store } from "./store.ts";

/** Returns the problem with a value; undefined if it is valid. */
type Check = (value: unknown, store: Store, definition: FieldDefinition) => string | undefined;

const CHECKS: Readonly<Record<string, Check>> = {
  string: (value) => problemUnless(typeof value === "string", "must be a string"),
  boolean: (value) => problemUnless(typeof value === "boolean", "must be a boolean"),
  number: (value) => problemUnless(typeof value === "number" || isExactNumber(value), "must be a number"),
  datetime: (value) => problemUnless(typeof value === "number", "must be a timestamp in seconds"),
  teammate: (value, { settings }) =>
    problemUnless(
      settings.teammates.some(({ email }) => email === value),
      "must be the email of a teammate",
    ),
  inbox: (value, { settings }) =>
    problemUnless(
      settings.inboxes.some(({ id }) => id === value),
      "must be the id of an inbox",
    ),
  enum: (value, _, { values = [] }) =>
    problemUnless(
      values.some((choice) => choice.value === value),
      `must be one of ${values.map((choice) => choice.value).join(", ")}`,
    ),
};

function problemUnless(isValid: boolean, problem: string): string | undefined {
  return isValid ? undefined : problem;
}

/**
 * Returns the values of `custom_fields` to store. Adds a problem for each invalid value. Also checks values that do not
 * change, so a request with a teammate who has left is invalid. A value of a type that the API cannot write, such as a
 * list of teammates, is valid if it is unchanged.
 */
export function customFieldsIn(
  reader: BodyReader,
  store: Store,
  definitions: readonly FieldDefinition[],
  storedValues: ReadonlyMap<string, unknown>,
): Map<string, unknown> | undefined {
  const sentValues = reader.record("custom_fields");
  if (sentValues === undefined) return undefined;
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(sentValues)) {
    const definition = definitions.find((field) => field.name === name);
    if (definition === undefined && store.behavior.unknownFields === "drop") continue;
    const accepted = store.behavior.wrongTypes === "coerce" ? convertValue(value, definition?.type) : value;
    const problem = problemOf(store, definition, accepted, storedValues.get(name));
    if (problem !== undefined) reader.problems.push(`body.custom_fields.${name}: ${problem}`);
    values.set(name, accepted);
  }
  const clears = store.behavior.emptyStrings === "clear";
  return clears ? new Map([...values].filter(([, value]) => value !== "")) : values;
}

function problemOf(store: Store, definition: FieldDefinition | undefined, value: unknown, storedValue: unknown) {
  if (definition === undefined) return "unknown custom field";
  const check = Object.hasOwn(CHECKS, definition.type) ? CHECKS[definition.type] : undefined;
  if (check !== undefined) return check(value, store, definition);
  const isUnchanged = isDeepStrictEqual(value, storedValue);
  return problemUnless(isUnchanged, `fields of type ${definition.type} cannot be changed through the API`);
}

function convertValue(value: unknown, type: string | undefined): unknown {
  if (type === "string" && typeof value !== "object") return String(value);
  if (typeof value !== "string" || value.trim() === "") return value;
  if (type === "number" || type === "datetime") return Number.isFinite(Number(value)) ? Number(value) : value;
  if (type === "boolean" && /^(true|false)$/.test(value)) return value === "true";
  return value;
}
