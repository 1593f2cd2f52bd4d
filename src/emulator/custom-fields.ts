import { isDeepStrictEqual } from "node:util";
import type { Problems } from "./body.ts";
import { isExactNumber } from "./json.ts";
import type { FieldDefinition } from "./model.ts";
import type { Store } from "./store.ts";

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

function problemUnless(holds: boolean, otherwise: string): string | undefined {
  return holds ? undefined : otherwise;
}

/**
 * Returns the values to store. Each must have its field's type, including one that is stored already: a teammate who
 * left makes the whole object invalid. A value of a type that the API cannot write (a list of teammates) is accepted if
 * it is sent back unchanged.
 */
export function acceptFieldValues(
  store: Store,
  definitions: readonly FieldDefinition[],
  sent: ReadonlyMap<string, unknown>,
  kept: ReadonlyMap<string, unknown>,
  problems: Problems,
): Map<string, unknown> {
  const accepted = new Map<string, unknown>();
  for (const [name, value] of sent) {
    const definition = definitions.find((known) => known.name === name);
    if (definition === undefined && store.behavior.unknownFields === "drop") continue;
    const final = store.behavior.wrongTypes === "coerce" ? convertValue(value, definition?.type) : value;
    const problem = problemOf(store, definition, final, kept.get(name));
    if (problem !== undefined) problems.push(`body.custom_fields.${name}: ${problem}`);
    accepted.set(name, final);
  }
  const clears = store.behavior.emptyStrings === "clear";
  return clears ? new Map([...accepted].filter(([, value]) => value !== "")) : accepted;
}

function problemOf(store: Store, definition: FieldDefinition | undefined, value: unknown, kept: unknown) {
  if (definition === undefined) return "unknown custom field";
  const check = Object.hasOwn(CHECKS, definition.type) ? CHECKS[definition.type] : undefined;
  if (check !== undefined) return check(value, store, definition);
  const unchanged = isDeepStrictEqual(value, kept);
  return problemUnless(unchanged, `fields of type ${definition.type} cannot be changed through the API`);
}

function convertValue(value: unknown, type: string | undefined): unknown {
  if (type === "string" && typeof value !== "object") return String(value);
  if (typeof value !== "string" || value.trim() === "") return value;
  if (type === "number" || type === "datetime") return Number.isFinite(Number(value)) ? Number(value) : value;
  if (type === "boolean" && /^(true|false)$/.test(value)) return value === "true";
  return value;
}
