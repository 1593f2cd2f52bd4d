import type { FieldType, Handle, WrittenValue } from "./contact.ts";
import { quotedText, type ScalarOptions, scalarText, textBlock } from "./scalar.ts";

/** A list as an entry names it: by id where the name is not enough. */
export interface EntryList {
  readonly name: string;
  readonly id?: string;
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

/** An entry as it stands under `contacts:`, in the order of the schema. Ends with a line break. */
export function entryText(key: string, entry: Entry, indent = STEP): string {
  const inner = indent + STEP;
  const lines = [...linesOf(entry, inner)].map((line) => `${inner}${line}\n`);
  return `${indent}${scalarText(key)}:\n${lines.join("")}`;
}

function* linesOf({ name, description, handles, links, lists, customFields, avatar }: Entry, indent: string) {
  const item = (text: string) => `${indent}${STEP}- ${text}`;
  if (name !== undefined) yield `name: ${scalarText(name)}`;
  if (description !== undefined) yield `description: ${textBlock(description, indent + STEP)}`;
  yield ["handles:", ...handles.map((handle) => item(handleText(handle)))].join("\n");
  if (links.length > 0) yield ["links:", ...links.map((link) => item(scalarText(link)))].join("\n");
  if (lists.length > 0) yield `lists: [${lists.map(listText).join(", ")}]`;
  if (customFields.length > 0) {
    const fields = customFields.map((field) => `${indent}${STEP}${fieldText(field)}`);
    yield ["custom_fields:", ...fields].join("\n");
  }
  if (avatar !== undefined) yield `avatar: ${scalarText(avatar)}`;
}

/** Numbers are always quoted, as people are told to. */
export function handleText({ source, handle }: Handle): string {
  const text = source === "phone" ? quotedText(handle) : scalarText(handle, { flow: true });
  return `{ source: ${source}, handle: ${text} }`;
}

export function listText({ name, id }: EntryList): string {
  return id === undefined ? scalarText(name, { flow: true }) : `{ id: ${id} }`;
}

export function fieldText(field: EntryField, options: ScalarOptions = {}): string {
  return `${scalarText(field.name, options)}: ${valueText(field, options)}`;
}

/** A date in a field for dates needs no quotes: that is how people write it. */
export function valueText({ type, value }: EntryField, options: ScalarOptions = {}): string {
  return type === "datetime" && typeof value === "string" ? value : scalarText(value, options);
}
