import { suggest } from "../model/suggest.ts";
import { isMap, type LocatedValue, type PlainMap } from "../yaml/located-value.ts";

/** What a keyword of the schema was not satisfied with. */
export interface Subject {
  /** From the top of the document. */
  readonly path: readonly string[];
  readonly written: LocatedValue;
  /** The property of `written` whose name is the problem. */
  readonly child?: LocatedValue;
  readonly params: PlainMap;
  readonly schema: PlainMap;
}

interface Words {
  readonly code: string;
  readonly summary: string;
  readonly advice: string;
  readonly at: "key" | "value";
}

/** In words for people, by keyword. */
const WORDS: Readonly<Record<string, (subject: Subject) => Words>> = {
  type: wordType,
  required: wordRequired,
  additionalProperties: wordUnknown,
  enum: wordEnum,
  pattern: wordPattern,
  minLength: wordEmpty,
  minItems: wordEmpty,
  minProperties: wordEmpty,
  maxProperties: (subject) => ({
    code: "too-many",
    summary: `${nameOf(subject)} has more than one of ${Object.keys(propertiesOf(subject)).join(", ")}`,
    advice: "Keep one: each alone names the account.",
    at: "value",
  }),
};

export function schemaMessage(keyword: string, subject: Subject): Words {
  return WORDS[keyword]?.(subject) ?? wordLimit(keyword, subject);
}

function wordLimit(keyword: string, subject: Subject): Words {
  const limit = String(subject.params["limit"] ?? "");
  const way = keyword.startsWith("min") ? "below" : "above";
  return {
    code: "out-of-bounds",
    summary: `${nameOf(subject)} is ${way} its limit of ${limit}`,
    advice: "Write one within the limit.",
    at: "value",
  };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "a map (name: value)",
  array: "a list",
  null: "nothing",
};

function wordType(subject: Subject): Words {
  const wanted = wantedTypes(subject);
  const { value, text } = subject.written;
  const at = "value";
  if (value === null) return wordNothing(subject, wanted);
  const isScalar = typeof value === "number" || typeof value === "boolean";
  if (isScalar && wanted.includes("string")) {
    const what = typeof value === "number" ? "a number" : "not";
    const summary = `${nameOf(subject)} must be text, and ${text} without quotes is ${what}`;
    return { code: "quotes-missing", summary, advice: `Put it in quotes: "${text}".`, at };
  }
  const summary = `${nameOf(subject)} must be ${wanted.map((type) => TYPE_WORDS[type] ?? type).join(" or ")}, not ${describe(value)}`;
  return { code: "wrong-type", summary, advice: adviseType(subject, wanted), at };
}

function wantedTypes({ params }: Subject): string[] {
  const { type } = params;
  return (Array.isArray(type) ? type.map(String) : String(type).split(",")).filter((name) => name !== "null");
}

/** What cannot be cleared, and why. Everything else may simply be left out. */
const NOT_CLEARABLE: Readonly<Record<string, string>> = {
  name: "Front has no way to clear a name. Leave the line out, and the name is left alone.",
  avatar: "Front has no way to remove an avatar. Leave the line out, and the avatar is left alone.",
  handles: "A contact has at least one handle, such as `- { source: email, handle: dale.cooper@fbi.example }`.",
};

function wordNothing(subject: Subject, wanted: readonly string[]): Words {
  const key = last(subject);
  const name = nameOf(subject);
  const advice = NOT_CLEARABLE[key];
  if (advice !== undefined && subject.path.length === 3) {
    return { code: "not-clearable", summary: `${name} cannot be nothing`, advice, at: "key" };
  }
  const under = wanted.includes("object") || wanted.includes("array");
  return {
    code: "empty",
    summary: `${name} has nothing ${under ? "under it" : "after it"}`,
    advice: under
      ? "Leave it out, or write what belongs to it below, indented by two more spaces."
      : "Leave it out, or write its value.",
    at: "key",
  };
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isMap(value)) return "a map";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "number" ? "a number" : "text";
}

function adviseType({ written, path }: Subject, wanted: readonly string[]): string {
  if (path.at(-1) === "handles") return EXAMPLES["handles"] ?? "";
  if (wanted.includes("array") && typeof written.value === "string") return `Write it as a list: [${written.text}].`;
  if (wanted.includes("array")) return "Write each entry on a line of its own that begins with a dash.";
  if (wanted.includes("object") && path.length === 2 && path[0] === "contacts") {
    return "A contact is a key, and under it, indented by two more spaces, its properties.";
  }
  if (path.at(-2) === "custom_fields") return "A custom field has one plain value. Lists of values cannot be written.";
  return TYPE_ADVICE[wanted[0] ?? ""] ?? "Correct the value.";
}

const TYPE_ADVICE: Readonly<Record<string, string>> = {
  string: "Write one text, in quotes if it has brackets or colons in it.",
  boolean: "Write true or false, without quotes.",
  object: "Write `name: value` lines below it, indented by two more spaces.",
};

/** What to write for a property that is missing. */
const EXAMPLES: Readonly<Record<string, string>> = {
  handles: "Every contact needs one, to be found by: `handles: [{ source: email, handle: dale.cooper@fbi.example }]`.",
  handle: "Write both: `{ source: email, handle: dale.cooper@fbi.example }`.",
  source: "Write both: `{ source: email, handle: dale.cooper@fbi.example }`.",
  type: "Write one of string, boolean, number, datetime, teammate, inbox, enum.",
  id: "Write the list's name, or { id: grp_1a2b3c }.",
};

function wordRequired(subject: Subject): Words {
  const missing = String(subject.params["missingProperty"]);
  return {
    code: "missing-property",
    summary: `${nameOf(subject)} has no ${missing}`,
    advice: EXAMPLES[missing] ?? `Add ${missing}.`,
    at: "key",
  };
}

function wordUnknown(subject: Subject): Words {
  const key = last(subject);
  const known = Object.keys(propertiesOf(subject));
  const near = suggest(key, known);
  const owner = subject.path.length > 1 ? "here" : "at the top of a file";
  const summary = `There is no ${quoted(key)} ${owner}${near === undefined ? "" : `: did you mean ${near}?`}`;
  return { code: "unknown-property", summary, advice: adviseUnknown(subject, known, near), at: "key" };
}

function adviseUnknown({ path }: Subject, known: readonly string[], near: string | undefined): string {
  if (near !== undefined) return `Write ${near}.`;
  const isContacts = path.length === 1 && ["name", "handles", "avatar", "links"].includes(path[0] ?? "");
  if (isContacts) return "It belongs to a contact: indent it under the contact's key.";
  return `Known here: ${known.join(", ")}.`;
}

function wordEnum(subject: Subject): Words {
  const { value } = subject.written;
  const allowed = (Array.isArray(subject.schema["enum"]) ? subject.schema["enum"] : []).map(String);
  const near = typeof value === "string" ? suggest(value, allowed) : undefined;
  const shown = typeof value === "string" ? quoted(value) : describe(value);
  return {
    code: "not-a-choice",
    summary: `${shown} is no ${last(subject) === "ensure" ? "state of a contact" : `value of ${propertyOf(subject)}`}${near === undefined ? "" : `: did you mean ${near}?`}`,
    advice: `Write one of ${allowed.join(", ")}.`,
    at: value === null ? "key" : "value",
  };
}

function wordPattern(subject: Subject): Words {
  if (subject.child !== undefined && subject.path.length === 2 && subject.path[0] === "contacts") {
    return wordContactKey(subject);
  }
  return {
    code: "malformed",
    summary: `${nameOf(subject)} does not have the form it must have`,
    advice: String(subject.schema["patternErrorMessage"] ?? "Correct the value."),
    at: subject.child === undefined ? "value" : "key",
  };
}

function wordContactKey(subject: Subject): Words {
  const key = last(subject);
  const better = slugOf(key);
  return {
    code: "contact-key",
    summary: `${quoted(key)} cannot be the key of a contact`,
    advice: `Keys are made of a-z, 0-9, - and _, and begin with a letter or a digit${better === "" ? "" : `: ${better}`}. Front never sees them.`,
    at: "key",
  };
}

function slugOf(text: string): string {
  const plain = text.normalize("NFKD").toLowerCase().replaceAll(/\p{M}/gu, "");
  return plain
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^[-_]+|-+$/g, "")
    .slice(0, 100);
}

function wordEmpty(subject: Subject): Words {
  return {
    code: "empty",
    summary: `${nameOf(subject)} is empty`,
    advice: NOT_CLEARABLE[last(subject)] ?? "Leave it out, or write its value.",
    at: subject.child === undefined ? "value" : "key",
  };
}

function propertiesOf({ schema }: Subject): PlainMap {
  return isMap(schema["properties"]) ? schema["properties"] : {};
}

function last({ path }: Subject): string {
  return path.at(-1) ?? "";
}

/** The nearest name above: entries of a list have none of their own. */
function propertyOf({ path }: Subject): string {
  return path.findLast((segment) => !/^\d+$/.test(segment)) ?? "the file";
}

function nameOf(subject: Subject): string {
  const key = last(subject);
  if (subject.path.length === 0) return "A file";
  if (key === "") return "A name";
  return /^\d+$/.test(key) && subject.path.length > 1
    ? `Entry ${Number(key) + 1} of ${propertyOf(subject)}`
    : quoted(key);
}

/** Words of our own stand bare; what could be mistaken for part of the sentence does not. */
function quoted(text: string): string {
  return /^[a-z0-9_-]+$/i.test(text) ? text : `"${text}"`;
}
