import contactsSchema from "../../schemas/contacts.schema.json" with { type: "json" };
import { isJsonObject, type JsonObject } from "../model/json-object.ts";
import type { CollectionTree, CommentLine, Entry, Tree } from "./read-tree.ts";
import { needsBlock, writeOnLine, writeScalar } from "./scalar.ts";

/** Maximum length, in characters, of a line with a collection between brackets or braces. */
const WIDTH = 100;

/** The position of a value: the keys from the top of the document, and the indent in spaces. */
interface Position {
  readonly path: readonly string[];
  readonly indent: number;
}

export function writeTree(tree: CollectionTree): string[] {
  const lines: string[] = [];
  writeEntries(tree, { path: [], indent: 0 }, lines);
  return lines;
}

function writeEntries(tree: CollectionTree, position: Position, lines: string[]): void {
  for (const [index, entry] of sortedEntries(tree, position.path).entries()) {
    const start = lines.length;
    writeEntry(entry, { ...position, path: [...position.path, nameOf(entry.key)] }, lines);
    const startsWithBlankLine = lines[start] === "";
    if (index === 0 && startsWithBlankLine) lines.splice(start, 1);
    if (index > 0 && !startsWithBlankLine && areSeparated(position.path)) lines.splice(start, 0, "");
  }
  writeComments(tree.commentsBelow, position.indent, lines);
}

function areSeparated(path: readonly string[]): boolean {
  return path.length === 0 || (path.length === 1 && path[0] === "contacts");
}

function writeComments(comments: readonly CommentLine[], indent: number, lines: string[]): void {
  for (const { text, blankLineAbove } of comments) {
    if (blankLineAbove) lines.push("");
    lines.push(pad(indent) + text);
  }
}

/**
 * If comments are above the first key of a sequence item, moves them above the item, because the first key is written
 * on the line of the dash. The item can then be written on one line.
 */
function withCommentsAbove(entry: Entry, path: readonly string[]): Entry {
  const { key, value, commentsAbove, trailingComment } = entry;
  if (key !== undefined || !isCollection(value) || value.anchor !== undefined) return entry;
  const [first, ...others] = sortedEntries(value, path);
  if (first === undefined || first.commentsAbove.length === 0) return entry;
  const entries = [{ ...first, commentsAbove: [], blankLineAbove: false }, ...others];
  const movedComments = first.commentsAbove.map((comment, index) =>
    index === 0 && trailingComment === undefined
      ? { ...comment, blankLineAbove: comment.blankLineAbove || entry.blankLineAbove }
      : comment,
  );
  return {
    ...entry,
    value: { ...value, entries },
    commentsAbove: [...commentsAbove, ...movedComments],
    blankLineAbove: first.blankLineAbove,
  };
}

export function writeEntry(original: Entry, position: Position, lines: string[]): void {
  const entry = withCommentsAbove(original, position.path);
  const { value, trailingComment, blankLineAbove } = entry;
  const indent = pad(position.indent);
  const head = entry.key === undefined ? "-" : `${keyOf(entry.key, { inFlow: false })}:`;
  const tail = trailingComment === undefined ? "" : ` ${trailingComment}`;
  const flow = flowOf(value, position, position.indent + head.length + 1);
  const isCompact = entry.key === undefined && flow === undefined && isCollection(value) && value.anchor === undefined;
  writeComments(entry.commentsAbove, position.indent, lines);
  if (blankLineAbove) lines.push("");
  if (isCompact && trailingComment !== undefined) lines.push(indent + trailingComment);
  if (flow !== undefined) lines.push(`${indent}${head} ${flow}${tail}`);
  else if (isCompact) writeCompact(value, position, lines);
  else writeBelow(value, indent + head, tail, position, lines);
}

function keyOf(key: Exclude<Entry["key"], undefined>, context: { inFlow: boolean }): string {
  if (isMergeKey(key)) return "<<";
  // Without the space, the colon would be part of the alias name.
  return key.kind === "alias" ? `*${key.name} ` : withAnchor(key.anchor, writeOnLine(key, context));
}

/** Appends the lines of a collection that is an item of a sequence. It begins on the line of the dash. */
function writeCompact(value: CollectionTree, { path, indent }: Position, lines: string[]): void {
  const contents: string[] = [];
  writeEntries(value, { path, indent: indent + 2 }, contents);
  const first = contents.findIndex((line) => line !== "" && !line.trimStart().startsWith("#"));
  for (const comment of contents.slice(0, first)) lines.push(comment === "" ? "" : pad(indent) + comment.trimStart());
  lines.push(`${pad(indent)}- ${contents[first]?.trimStart() ?? ""}`, ...contents.slice(first + 1));
}

/**
 * Appends the lines of a multiline value. `head` and `tail` are the text before and after the value on the first line.
 */
function writeBelow(value: Tree, head: string, tail: string, { path, indent }: Position, lines: string[]): void {
  if (value.kind === "scalar") {
    const scalar = writeScalar(value);
    if (!("lines" in scalar)) return;
    lines.push(`${head} ${withAnchor(value.anchor, scalar.header)}${tail}`);
    lines.push(...scalar.lines.map((line) => (line === "" ? "" : pad(indent + 2) + line)));
  } else if (isCollection(value)) {
    lines.push(`${head}${value.anchor === undefined ? "" : ` &${value.anchor}`}${tail}`);
    writeEntries(value, { path, indent: indent + 2 }, lines);
  }
}

/**
 * Returns a value on one line; undefined if it must be on several lines. `column` is the number of characters before
 * the value.
 */
function flowOf(value: Tree, { path }: Position, column: number): string | undefined {
  if (value.kind === "alias") return `*${value.name}`;
  if (value.kind === "scalar") {
    const scalar = writeScalar(value);
    return "line" in scalar ? withAnchor(value.anchor, scalar.line) : undefined;
  }
  if (value.entries.length === 0) return withAnchor(value.anchor, value.kind === "map" ? "{}" : "[]");
  if (!mayFlow(value, path) || !fitsOnOneLine(value)) return undefined;
  const text = flowText(value, path);
  return column + text.length > WIDTH ? undefined : text;
}

/**
 * Returns whether a collection may be on one line. This is true for `account`, `exact` and records such as a handle,
 * for `links`, `lists` and `groups` with one entry, and inside top-level collections other than `contacts`. Other
 * collections have one entry per line, so that a diff shows only the added entry.
 */
function mayFlow({ entries }: CollectionTree, path: readonly string[]): boolean {
  const [top, , property] = path;
  if (path.length < 2) return false;
  if (top !== "contacts" || path.includes("<<")) return true;
  if (property === undefined || path.length > 3) return property !== undefined;
  if (["links", "lists", "groups"].includes(property)) return entries.length === 1;
  return ["account", "exact"].includes(property);
}

/** Returns whether a value contains neither comments nor multiline text. */
function fitsOnOneLine(value: Tree): boolean {
  if (value.kind === "alias") return true;
  if (value.kind === "scalar") return !needsBlock(value);
  return (
    value.commentsBelow.length === 0 &&
    value.entries.every((entry) => !hasComments(entry) && fitsOnOneLine(entry.value))
  );
}

function hasComments({ commentsAbove, trailingComment }: Entry): boolean {
  return commentsAbove.length > 0 || trailingComment !== undefined;
}

/** Returns the text of a value in flow style. The value must not have comments. */
export function flowText(value: Tree, path: readonly string[]): string {
  if (value.kind === "alias") return `*${value.name}`;
  if (value.kind === "scalar") return withAnchor(value.anchor, writeOnLine(value, { inFlow: true }));
  const entries = sortedEntries(value, path).map(({ key, value: child }) => {
    const text = flowText(child, [...path, nameOf(key)]);
    return key === undefined ? text : `${keyOf(key, { inFlow: true })}: ${text}`;
  });
  const inner = entries.join(", ");
  if (value.kind === "sequence") return withAnchor(value.anchor, `[${inner}]`);
  return withAnchor(value.anchor, inner === "" ? "{}" : `{ ${inner} }`);
}

function isCollection(value: Tree): value is CollectionTree {
  return value.kind === "map" || value.kind === "sequence";
}

function withAnchor(anchor: string | undefined, text: string): string {
  return anchor === undefined ? text : `&${anchor} ${text}`;
}

function pad(indent: number): string {
  return " ".repeat(indent);
}

const DEFINITIONS = new Map(Object.entries(contactsSchema.$defs).map(([name, schema]) => [`#/$defs/${name}`, schema]));

function schemaAt(path: readonly string[]): JsonObject {
  return path.reduce(childSchema, contactsSchema as JsonObject);
}

function childSchema(schema: JsonObject, name: string): JsonObject {
  const { properties, additionalProperties, items } = schema;
  const property = isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return resolveReference(property ?? additionalProperties ?? items);
}

function resolveReference(schema: unknown): JsonObject {
  if (!isJsonObject(schema)) return {};
  const reference = schema["$ref"];
  return typeof reference === "string" ? resolveReference(DEFINITIONS.get(reference)) : schema;
}

/** Sorts merge keys first, then keys in the order of the schema, then keys that are not in the schema. */
function sortedEntries({ kind, entries }: CollectionTree, path: readonly string[]): readonly Entry[] {
  if (kind === "sequence" || entries.length < 2) return entries;
  const { properties } = schemaAt(path);
  const names = isJsonObject(properties) ? Object.keys(properties) : [];
  const ranks = entries.map(({ key }) => rankOf(key, names));
  const isSorted = ranks.every((rank, index) => index === 0 || rank >= (ranks[index - 1] ?? 0));
  if (isSorted || hasReferencesBetween(entries)) return entries;
  const rankByEntry = new Map(entries.map((entry, index) => [entry, ranks[index] ?? 0]));
  return entries.toSorted((a, b) => (rankByEntry.get(a) ?? 0) - (rankByEntry.get(b) ?? 0));
}

function rankOf(key: Entry["key"], names: readonly string[]): number {
  if (isMergeKey(key)) return -1;
  const rank = names.indexOf(nameOf(key));
  return rank === -1 ? names.length : rank;
}

function nameOf(key: Entry["key"]): string {
  return key?.kind === "scalar" ? String(key.value) : "";
}

function isMergeKey(key: Entry["key"]): boolean {
  return key?.kind === "scalar" && key.value === "<<" && key.type === "PLAIN";
}

/** Returns whether entries refer to each other. They are not reordered then, because an alias must follow its anchor. */
function hasReferencesBetween(entries: readonly Entry[]): boolean {
  const anchors = entries.map((entry) => new Set(namesIn(entry, "anchor")));
  return entries.some((entry, index) => {
    const aliases = new Set(namesIn(entry, "alias"));
    return anchors.some(
      (names, other) => other !== index && [...names].some((name) => aliases.has(name) || anchors[index]?.has(name)),
    );
  });
}

function* namesIn({ key, value }: Entry, kind: "anchor" | "alias"): Iterable<string> {
  if (key !== undefined) yield* namesInTree(key, kind);
  yield* namesInTree(value, kind);
}

function* namesInTree(tree: Tree, kind: "anchor" | "alias"): Iterable<string> {
  if (tree.kind === "alias") {
    if (kind === "alias") yield tree.name;
    return;
  }
  if (kind === "anchor" && tree.anchor !== undefined) yield tree.anchor;
  if (tree.kind !== "scalar") for (const entry of tree.entries) yield* namesIn(entry, kind);
}
