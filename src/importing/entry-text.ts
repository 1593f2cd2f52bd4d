import type { FieldType, Handle, WrittenValue } from "../model/contact.ts";
import { quotedText, type ScalarOptions, scalarText, textBlock } from "../yaml/scalar.ts";

/** A list that a contact is on. */
export interface EntryList {
  readonly name: string;
  /** Of a list that Front has. */
  readonly id?: string;
  /** Whether the name alone would not do. */
  readonly byId?: boolean;
}

export interface EntryField {
  readonly name: string;
  /** Undefined where nobody said. */
  readonly type: FieldType | undefined;
  readonly value: WrittenValue;
}

/** A contact that is to be written into a file. What has no value is not in it. */
export interface Entry {
  readonly name?: string;
  readonly description?: string;
  readonly handles: readonly Handle[];
  readonly links: readonly string[];
  readonly lists: readonly EntryList[];
  readonly customFields: readonly EntryField[];
  /** Relative to the file. */
  readonly avatar?: string;
}

const STEP = "  ";

/** What can stand on one line does, if the line is not longer than this. */
const WIDTH = 100;

/** An entry as it stands under `contacts:`, in the order of the schema. Ends with a line break. */
export function entryText(key: string, entry: Entry, indent = STEP): string {
  const inner = indent + STEP;
  const lines = [...linesOf(entry, inner)].map((line) => `${inner}${line}\n`);
  return `${indent}${scalarText(key)}:\n${lines.join("")}`;
}

function* linesOf(entry: Entry, indent: string): Iterable<string> {
  const { name, description, handles, links, lists, customFields, avatar } = entry;
  const below = indent + STEP;
  if (name !== undefined) yield `name: ${scalarText(name)}`;
  if (description !== undefined) yield `description: ${textBlock(description, below)}`;
  yield ["handles:", ...handles.map((handle) => `${below}- ${handleItem(handle, below)}`)].join("\n");
  yield* collectionOf("links", links, (link, options) => scalarText(link, options), indent);
  yield* collectionOf("lists", lists, listText, indent);
  if (customFields.length > 0)
    yield ["custom_fields:", ...customFields.map((field) => below + fieldBlock(field, below + STEP))].join("\n");
  if (avatar !== undefined) yield `avatar: ${scalarText(avatar)}`;
}

/** What people add to line by line is on several lines, so that a review shows what was added; one alone is on one. */
function* collectionOf<T>(
  key: string,
  values: readonly T[],
  write: (value: T, options: ScalarOptions) => string,
  indent: string,
): Iterable<string> {
  const line = `${key}: [${values.map((value) => write(value, { flow: true })).join(", ")}]`;
  if (values.length === 1 && indent.length + line.length <= WIDTH) yield line;
  else if (values.length > 0)
    yield [`${key}:`, ...values.map((value) => `${indent}${STEP}- ${write(value, {})}`)].join("\n");
}

function handleItem(handle: Handle, indent: string): string {
  const line = handleText(handle);
  if (indent.length + STEP.length + line.length <= WIDTH) return line;
  return `source: ${handle.source}\n${indent}${STEP}handle: ${handleValue(handle, {})}`;
}

/** A custom field that files rely on, as it stands under `custom_fields:` at the top. */
export function declarationText(name: string, type: string, indent: string): string {
  const line = `${indent}${scalarText(name)}: { type: ${type} }`;
  if (line.length <= WIDTH) return `${line}\n`;
  return `${indent}${scalarText(name)}:\n${indent}${STEP}type: ${type}\n`;
}

export function handleText(handle: Handle): string {
  return `{ source: ${handle.source}, handle: ${handleValue(handle, { flow: true })} }`;
}

/** Numbers are always quoted, as people are told to. */
function handleValue({ source, handle }: Handle, options: ScalarOptions): string {
  return source === "phone" ? quotedText(handle) : scalarText(handle, options);
}

export function listText({ name, id, byId = false }: EntryList, options: ScalarOptions = { flow: true }): string {
  return byId ? `{ id: ${id} }` : scalarText(name, options);
}

/** A text of several lines stands below its name. */
function fieldBlock(field: EntryField, indent: string): string {
  const { name, type, value } = field;
  if (typeof value !== "string" || type === "datetime") return fieldText(field);
  return `${scalarText(name)}: ${textBlock(value, indent)}`;
}

export function fieldText(field: EntryField, options: ScalarOptions = {}): string {
  return `${scalarText(field.name, options)}: ${valueText(field, options)}`;
}

/** A date in a field for dates needs no quotes: that is how people write it. */
export function valueText({ type, value }: EntryField, options: ScalarOptions = {}): string {
  return type === "datetime" && typeof value === "string" ? value : scalarText(value, options);
}
