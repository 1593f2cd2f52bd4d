import type { DiagnosticCode } from "../model/diagnostic-codes.ts";
import { HANDLE_SOURCES } from "../model/handle.ts";
import { isJsonObject, type JsonObject } from "../model/json-object.ts";
import { groupDigits } from "../model/plural.ts";
import { suggest } from "../model/suggest.ts";
import type { LocatedValue } from "../yaml/located-value.ts";
import { adviseHandle, HANDLE_ADVICE, handleIn, sourceOf } from "./handle-advice.ts";
import { withQuestion } from "./message-parts.ts";

/** The value that violates a keyword of the schema. */
export interface Subject {
  /** The keys and indexes from the top of the document. */
  readonly path: readonly string[];
  readonly written: LocatedValue;
  /** The property of `written` whose name is invalid. */
  readonly child?: LocatedValue;
  /** The parameters of Ajv's error. */
  readonly params: JsonObject;
  readonly schema: JsonObject;
}

interface Message {
  readonly code: DiagnosticCode;
  readonly summary: string;
  readonly advice: string;
  /** The part of the subject that the location of the diagnostic covers. */
  readonly locatedPart: "key" | "value";
}

/** By JSON Schema keyword. */
const MESSAGES: Readonly<Record<string, (subject: Subject) => Message>> = {
  type: wrongType,
  required: missingProperty,
  additionalProperties: unknownProperty,
  enum: notAChoice,
  pattern: malformed,
  minLength: empty,
  minItems: empty,
  minProperties: empty,
  maxProperties: (subject) => ({
    code: "too-many",
    summary: `${nameOf(subject)} has more than one of ${Object.keys(propertiesOf(subject)).join(", ")}`,
    advice: "Keep one; each of them identifies the account.",
    locatedPart: "value",
  }),
  maxItems: (subject) => ({
    code: "out-of-bounds",
    summary: `${nameOf(subject)} has too many items; the maximum is ${limitOf(subject)}`,
    advice: "Remove items that are not needed.",
    locatedPart: "value",
  }),
  /** Only keys have a maximum length. */
  maxLength: (subject) => ({
    code: "out-of-bounds",
    summary: `${nameOf(subject)} is longer than ${limitOf(subject)} characters`,
    advice: "Shorten the key.",
    locatedPart: "key",
  }),
};

function limitOf({ params }: Subject): string {
  return groupDigits(Number(params["limit"]));
}

export function schemaMessage(keyword: string, subject: Subject): Message {
  return MESSAGES[keyword]?.(subject) ?? outOfBounds(keyword, subject);
}

function outOfBounds(keyword: string, subject: Subject): Message {
  const isMinimum = keyword.startsWith("min");
  const limit = limitOf(subject);
  return {
    code: "out-of-bounds",
    summary: `${nameOf(subject)} is out of range; the ${isMinimum ? "minimum" : "maximum"} is ${limit}`,
    advice: `Use a value of ${isMinimum ? "at least" : "at most"} ${limit}.`,
    locatedPart: "value",
  };
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "an integer",
  boolean: "true or false",
  object: "a map (key: value)",
  array: "a list",
  null: "null",
};

function wrongType(subject: Subject): Message {
  const expected = expectedTypes(subject);
  const { value, text } = subject.written;
  const locatedPart = "value";
  if (value === null) return emptyValue(subject, expected);
  const isScalar = typeof value === "number" || typeof value === "boolean";
  if (isScalar && expected.includes("string")) {
    const summary = `${nameOf(subject)} must be text; YAML reads ${text} without quotes as a ${typeof value}`;
    const advice = isValidText(text, subject) ? `Put it in quotes: "${text}".` : patternAdvice(subject);
    return { code: "quotes-missing", summary, advice, locatedPart };
  }
  const names = expected.map((type) => TYPE_NAMES[type] ?? type).join(" or ");
  const summary = `${nameOf(subject)} must be ${names}, not ${describe(value)}`;
  return { code: "wrong-type", summary, advice: adviseType(subject, expected), locatedPart };
}

function isValidText(text: string, { schema }: Subject): boolean {
  const { pattern } = schema;
  return typeof pattern !== "string" || new RegExp(pattern, "u").test(text);
}

function patternAdvice({ schema }: Subject): string {
  return String(schema["patternErrorMessage"] ?? "Correct the value.");
}

function expectedTypes({ params }: Subject): string[] {
  const { type } = params;
  return (Array.isArray(type) ? type.map(String) : String(type).split(",")).filter((name) => name !== "null");
}

const NOT_CLEARABLE: Readonly<Record<string, string>> = {
  name: "Remove the line to leave the name unchanged. Front cannot clear a name.",
  avatar: "Remove the line to leave the avatar unchanged. Front cannot remove an avatar.",
  handles: "Add at least one handle, such as `- { source: email, handle: dale.cooper@fbi.example }`.",
};

function emptyValue(subject: Subject, expected: readonly string[]): Message {
  const name = nameOf(subject);
  const advice = NOT_CLEARABLE[lastSegment(subject)];
  if (advice !== undefined && subject.path.length === 3) {
    return { code: "not-clearable", summary: `${name} cannot be empty`, advice, locatedPart: "key" };
  }
  return { code: "empty", summary: `${name} has no value`, advice: adviseValue(subject, expected), locatedPart: "key" };
}

function adviseValue({ path }: Subject, expected: readonly string[]): string {
  if (path[0] === "lists" && path.length === 2) return "To declare the list without properties, write {} as its value.";
  return expected.includes("object") || expected.includes("array")
    ? "Add its contents below it, indented by two more spaces, or remove it."
    : "Add a value, or remove it.";
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isJsonObject(value)) return "a map";
  if (value === null) return "null";
  if (typeof value === "boolean") return "a boolean";
  return typeof value === "number" ? "a number" : "text";
}

function adviseType(subject: Subject, expected: readonly string[]): string {
  const { path, written } = subject;
  if (path.at(-1) === "handles") return HANDLES_ADVICE;
  if (path.at(-2) === "handles") return adviseHandle(written);
  const entryAdvice = path.length === 2 ? ENTRY_ADVICE[path[0] ?? ""] : undefined;
  return adviseKeys(subject) ?? entryAdvice ?? adviseOtherType(subject, expected);
}

/** Returns advice for a list in place of a map with keys. */
function adviseKeys({ path, written }: Subject): string | undefined {
  const keyed = path.length === 1 && Array.isArray(written.value) ? KEYED_MAPS[path[0] ?? ""] : undefined;
  return keyed && `Give each ${keyed.kind} a key instead of a dash, such as \`my-${keyed.kind}:\`.`;
}

function adviseOtherType({ written, path }: Subject, expected: readonly string[]): string {
  if (expected.includes("array") && typeof written.value === "string") return `Write it as a list: [${written.text}].`;
  if (path.at(-1) === "exact") return "List the properties that must match exactly: `exact: [custom_fields]`.";
  if (expected.includes("array")) return "Write each item on its own line, beginning with a dash and a space.";
  if (path.length === 0) return "Begin the file with a top-level key, such as `contacts:`.";
  if (path.at(-2) === "custom_fields") return "Write a single value. Custom fields cannot have lists of values.";
  return TYPE_ADVICE[expected[0] ?? ""] ?? "Correct the value.";
}

const HANDLES_ADVICE = "Write a list of handles: `handles: [{ source: email, handle: dale.cooper@fbi.example }]`.";

/** Advice for an entry that is not a map, by top-level key. */
const ENTRY_ADVICE: Readonly<Record<string, string>> = {
  contacts: "Write the properties of the contact below its key, indented by two more spaces.",
  custom_fields: "Declare its type, such as { type: string }.",
};

const TYPE_ADVICE: Readonly<Record<string, string>> = {
  string: "Write a single value, in quotes if it contains brackets or colons.",
  boolean: "Write true or false, without quotes.",
  object: "Write `key: value` lines below it, indented by two more spaces.",
};

/** Advice for missing properties, by name. */
const PROPERTY_ADVICE: Readonly<Record<string, string>> = {
  handles: "Add a handle that identifies the contact: `handles: [{ source: email, handle: dale.cooper@fbi.example }]`.",
  handle: HANDLE_ADVICE,
  source: HANDLE_ADVICE,
  type: "Use one of: string, boolean, number, datetime, teammate, inbox, enum.",
  id: "Write the list's name, or { id: grp_1a2b3c }.",
  columns: "Map at least one column to a handle, such as `columns: { email: Email }`, or use a preset.",
  column: "Add the name of a column of the table, such as `column: Email`.",
  file: "Add the path of a CSV file, such as `file: customers.csv`.",
  key: "Add the name of the column that identifies a row, such as `key: Customer ID`.",
};

function missingProperty(subject: Subject): Message {
  const missing = String(subject.params["missingProperty"]);
  return {
    code: "missing-property",
    summary: `${nameOf(subject)} has no ${missing}`,
    advice: PROPERTY_ADVICE[missing] ?? `Add ${missing}.`,
    locatedPart: "key",
  };
}

/** Words in Front's interface for which the API, and therefore the configuration, has another name. */
const SYNONYMS: Readonly<Record<string, string | undefined>> = { workspace: "team" };

function unknownProperty(subject: Subject): Message {
  const key = lastSegment(subject);
  const knownKeys = Object.keys(propertiesOf(subject));
  const synonym = knownKeys.find((known) => known === SYNONYMS[key]);
  const suggestion = isTableAttribute(subject.path) ? undefined : (synonym ?? suggest(key, knownKeys));
  const context = subject.path.length === 1 ? " at the top level of a file" : "";
  return {
    code: "unknown-property",
    summary: withQuestion(`Unknown key "${key}"${context}`, suggestion),
    advice: adviseUnknown(subject, knownKeys, suggestion),
    locatedPart: "key",
  };
}

/** The keys of a contact that cannot have a default, without the deprecated `groups`. */
const NOT_INHERITED: readonly string[] = ["handles", "id", "name", "ensure", "merge"];

function adviseUnknown(subject: Subject, knownKeys: readonly string[], suggestion: string | undefined): string {
  const { path } = subject;
  if (path.length === 2 && path[0] === "defaults" && NOT_INHERITED.includes(path[1] ?? "")) {
    return "Move it to each entry. This key cannot have a default.";
  }
  if (isTableAttribute(path)) {
    return `Map ${path[2]} under columns. If all rows have the same value, write it to a file named defaults.yaml.`;
  }
  if (lastSegment(subject).startsWith("\u00a0")) {
    return "Replace the non-breaking spaces (U+00A0) at the start of the line with normal spaces.";
  }
  if (suggestion !== undefined) {
    // YAML reads `source:email` as one key.
    const hasColon = lastSegment(subject).startsWith(`${suggestion}:`);
    return hasColon ? "Write a space after the colon." : `Write ${suggestion}.`;
  }
  return adviseSourceAsKey(subject) ?? adviseOtherKey(path, knownKeys);
}

/**
 * Returns advice if the key is the source of a handle, as in `email: …`, in an entry or in one of its handles, or if the
 * value of another key in a handle is an address or a number, as in `mail: …`.
 */
function adviseSourceAsKey({ path, child, written }: Subject): string | undefined {
  const isInHandle = path.at(-3) === "handles";
  const lacksHandle = isInHandle && written.get("handle") === undefined;
  const source =
    HANDLE_SOURCES.find((candidate) => candidate === path.at(-1)) ??
    (lacksHandle ? sourceOf(child?.text ?? "") : undefined);
  if (source === undefined) return undefined;
  const handle = `{ source: ${source}, handle: ${handleIn(child)} }`;
  if (isInHandle) return `Write the source and the handle as two keys: ${handle}.`;
  return path.length === 3 && path[0] === "contacts" ? `Write it as a handle: handles: [${handle}].` : undefined;
}

function adviseOtherKey(path: readonly string[], knownKeys: readonly string[]): string {
  const isContactKey = path.length === 1 && ["name", "handles", "avatar", "links"].includes(path[0] ?? "");
  if (isContactKey) return "Indent it under the key of a contact.";
  return `Use one of: ${knownKeys.join(", ")}${path.length === 1 ? ", or begin the key with x-" : ""}.`;
}

/** Returns whether a path is an attribute of contacts in a table, outside `columns`. */
function isTableAttribute(path: readonly string[]): boolean {
  return path.length === 3 && path[0] === "tables" && TABLE_ATTRIBUTES.includes(path[2] ?? "");
}

const TABLE_ATTRIBUTES: readonly string[] = ["account", "custom_fields", "description", "links", "lists"];

function notAChoice(subject: Subject): Message {
  const { value, text } = subject.written;
  const allowed = (Array.isArray(subject.schema["enum"]) ? subject.schema["enum"] : []).map(String);
  const suggestion = typeof value === "string" ? suggest(value, allowed) : undefined;
  // Delimiters would be unclear without quotes.
  const choices = allowed.map((choice) => (/\w/.test(choice) ? choice : JSON.stringify(choice)));
  const displayedValue = typeof value === "object" ? describe(value) : `"${typeof value === "string" ? value : text}"`;
  return {
    code: "not-a-choice",
    summary: withQuestion(`${displayedValue} is not a valid ${choiceName(subject)}`, suggestion),
    advice: allowed.length === 1 ? `Write ${allowed[0]}.` : `Use one of: ${choices.join(", ")}.`,
    locatedPart: value === null ? "key" : "value",
  };
}

function choiceName(subject: Subject): string {
  const property = propertyOf(subject);
  if (property === "source") return "handle source";
  return property === "type" ? "field type" : `value of ${property}`;
}

function malformed(subject: Subject): Message {
  const keyed = KEYED_MAPS[subject.path[0] ?? ""];
  if (subject.child !== undefined && subject.path.length === 2 && keyed !== undefined) {
    return invalidKey(subject, keyed);
  }
  const { value } = subject.written;
  const isValue = subject.child === undefined && typeof value === "string" && value.length <= 100;
  return {
    code: "malformed",
    summary: isValue ? `"${value}" is not a valid value of ${propertyOf(subject)}` : `${nameOf(subject)} is malformed`,
    advice: patternAdvice(subject),
    locatedPart: subject.child === undefined ? "value" : "key",
  };
}

/** The top-level maps whose keys are not names in Front. */
const KEYED_MAPS: Readonly<Record<string, KeyedMap>> = {
  contacts: { kind: "contact", code: "contact-key" },
  accounts: { kind: "account", code: "account-key" },
  tables: { kind: "table", code: "malformed" },
};

interface KeyedMap {
  readonly kind: string;
  readonly code: DiagnosticCode;
}

function invalidKey(subject: Subject, { kind, code }: KeyedMap): Message {
  const key = lastSegment(subject);
  const suggestedKey = slugOf(key);
  return {
    code,
    summary: `"${key}" is not a valid ${kind} key`,
    advice: `Use a-z, 0-9, - and _, and begin with a letter or a digit${suggestedKey === "" ? "" : `, as in ${suggestedKey}`}. Keys are not sent to Front.`,
    locatedPart: "key",
  };
}

function slugOf(text: string): string {
  const withoutMarks = text.normalize("NFKD").toLowerCase().replaceAll(/\p{M}/gu, "");
  return withoutMarks
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^[-_]+|-+$/g, "")
    .slice(0, 100);
}

function empty(subject: Subject): Message {
  return {
    code: "empty",
    summary: `${nameOf(subject)} is empty`,
    advice: NOT_CLEARABLE[lastSegment(subject)] ?? "Add a value, or remove it.",
    locatedPart: subject.child === undefined ? "value" : "key",
  };
}

function propertiesOf({ schema }: Subject): JsonObject {
  return isJsonObject(schema["properties"]) ? schema["properties"] : {};
}

function lastSegment({ path }: Subject): string {
  return path.at(-1) ?? "";
}

/** Returns the last key in the path of a value. Skips list indexes. */
function propertyOf({ path }: Subject): string {
  return path.findLast((segment) => !/^\d+$/.test(segment)) ?? "the file";
}

function nameOf(subject: Subject): string {
  const key = lastSegment(subject);
  if (subject.path.length === 0) return "A file";
  if (key === "") return "A key";
  return /^\d+$/.test(key) && subject.path.length > 1
    ? `Item ${Number(key) + 1} of ${propertyOf(subject)}`
    : `"${key}"`;
}
