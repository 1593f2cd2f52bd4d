import { inOrder, isMergeKey, nameOf } from "./format-order.ts";
import type { CollectionTree, CommentLine, Entry, Tree } from "./format-tree.ts";
import { scalarOf, writeOnLine, writeScalar } from "./scalar.ts";

/** The longest line, in characters, that a collection between brackets may take. */
const WIDTH = 100;

/** The position of a value: the keys from the top of the document, and the indent in spaces. */
interface Position {
  readonly path: readonly string[];
  readonly indent: number;
}

/** Returns the lines of the contents of a document. */
export function writeTree(tree: CollectionTree): string[] {
  const out: string[] = [];
  writeEntries(tree, { path: [], indent: 0 }, out);
  return out;
}

/** A value that can be written to a file. A `Map` keeps the order of keys that look like numbers; an object does not. */
export type PlainYaml =
  | string
  | number
  | boolean
  | null
  | readonly PlainYaml[]
  | ReadonlyMap<string, PlainYaml>
  | { readonly [key: string]: PlainYaml | undefined };

/**
 * Returns a key and its value as `formatYaml` lays them out, each line indented and ended. `path` leads from the top of
 * the file to the key; the schema gives the order of the keys below it. Undefined values are left out.
 */
export function formatEntry(path: readonly string[], value: PlainYaml, indent = 2 * (path.length - 1)): string {
  const out: string[] = [];
  writeEntry(entryOf(path.at(-1), value), { path, indent }, out);
  return out.map((line) => `${line}\n`).join("");
}

/** Returns a value on one line, with braces and brackets. `inFlow`: between brackets. */
export function formatInline(value: PlainYaml, { inFlow }: { readonly inFlow: boolean }): string {
  const tree = treeOf(value);
  return tree.kind === "scalar" ? writeOnLine(tree, { inFlow }) : flowText(tree, [""]);
}

/** Returns a text as a block below its key, each further line indented; on one line if a block cannot hold it. */
export function formatTextBlock(text: string, indent: number): string {
  const written = writeScalar(scalarOf(text));
  if ("line" in written) return written.line;
  return [written.header, ...written.lines.map((line) => (line === "" ? "" : pad(indent) + line))].join("\n");
}

function entryOf(key: string | undefined, value: PlainYaml): Entry {
  const name = key === undefined ? undefined : scalarOf(key);
  return { key: name, value: treeOf(value), before: [], blankLineAbove: false, beside: undefined };
}

function treeOf(value: PlainYaml): Tree {
  if (typeof value !== "object" || value === null) return scalarOf(value);
  if (isList(value))
    return collectionOf(
      "sequence",
      value.map((item) => entryOf(undefined, item)),
    );
  const pairs = value instanceof Map ? [...value] : Object.entries(value);
  return collectionOf(
    "map",
    pairs.flatMap(([key, item]) => (item === undefined ? [] : [entryOf(key, item)])),
  );
}

function isList(value: object): value is readonly PlainYaml[] {
  return Array.isArray(value);
}

function collectionOf(kind: "map" | "sequence", entries: readonly Entry[]): CollectionTree {
  return { kind, anchor: undefined, entries, end: [] };
}

function writeEntries(tree: CollectionTree, position: Position, out: string[]): void {
  for (const [index, entry] of inOrder(tree, position.path).entries()) {
    const start = out.length;
    writeEntry(entry, { ...position, path: [...position.path, nameOf(entry.key)] }, out);
    if (index === 0) dropGap(out, start);
    else if (standsApart(position.path)) ensureGap(out, start);
  }
  writeComments(tree.end, position.indent, out);
}

/** Contacts and top-level keys are separated by a blank line. */
function standsApart(path: readonly string[]): boolean {
  return path.length === 0 || (path.length === 1 && path[0] === "contacts");
}

function dropGap(out: string[], at: number): void {
  if (out[at] === "") out.splice(at, 1);
}

function ensureGap(out: string[], at: number): void {
  if (out[at] !== "") out.splice(at, 0, "");
}

function writeComments(comments: readonly CommentLine[], indent: number, out: string[]): void {
  for (const { text, blankLineAbove } of comments) {
    if (blankLineAbove) out.push("");
    out.push(pad(indent) + text);
  }
}

/**
 * Moves comments above the first key of an item to above the item, because `- # comment` leaves no other position, and
 * whether the item fits on one line must not depend on them.
 */
function withCommentsAbove(entry: Entry, path: readonly string[]): Entry {
  const { key, value, before, beside } = entry;
  if (key !== undefined || !isCollection(value) || value.anchor !== undefined) return entry;
  const [first, ...others] = inOrder(value, path);
  if (first === undefined || first.before.length === 0) return entry;
  const entries = [{ ...first, before: [], blankLineAbove: false }, ...others];
  const moved = first.before.map((comment, index) =>
    index === 0 && beside === undefined
      ? { ...comment, blankLineAbove: comment.blankLineAbove || entry.blankLineAbove }
      : comment,
  );
  return {
    ...entry,
    value: { ...value, entries },
    before: [...before, ...moved],
    blankLineAbove: first.blankLineAbove,
  };
}

function writeEntry(written: Entry, position: Position, out: string[]): void {
  const entry = withCommentsAbove(written, position.path);
  const { value, beside } = entry;
  const head = headOf(entry);
  const aside = beside === undefined ? "" : ` ${beside}`;
  const flow = flowOf(value, position, position.indent + head.length + 1);
  const compact = entry.key === undefined && flow === undefined && isCollection(value) && value.anchor === undefined;
  writeComments(entry.before, position.indent, out);
  if (compact && beside !== undefined)
    writeComments([{ text: beside, blankLineAbove: entry.blankLineAbove }], position.indent, out);
  else if (entry.blankLineAbove) out.push("");
  if (flow !== undefined) out.push(`${pad(position.indent)}${head} ${flow}${aside}`);
  else if (compact) writeCompact(value, position, out);
  else writeBelow(value, `${pad(position.indent)}${head}`, aside, position, out);
}

function headOf({ key }: Entry): string {
  if (key === undefined) return "-";
  return `${keyOf(key, { inFlow: false })}:`;
}

function keyOf(key: Exclude<Entry["key"], undefined>, context: { inFlow: boolean }): string {
  if (isMergeKey(key)) return "<<";
  // Without the space the colon would be part of the alias's name.
  return key.kind === "alias" ? `*${key.name} ` : anchored(key.anchor, writeOnLine(key, context));
}

/** Writes a map in a sequence, which begins on the line of the dash. */
function writeCompact(value: CollectionTree, { path, indent }: Position, out: string[]): void {
  const lines: string[] = [];
  writeEntries(value, { path, indent: indent + 2 }, lines);
  const first = lines.findIndex((line) => line !== "" && !line.trimStart().startsWith("#"));
  for (const comment of lines.slice(0, first)) out.push(comment === "" ? "" : pad(indent) + comment.trimStart());
  out.push(`${pad(indent)}- ${lines[first]?.trimStart() ?? ""}`, ...lines.slice(first + 1));
}

function writeBelow(value: Tree, head: string, aside: string, { path, indent }: Position, out: string[]): void {
  if (value.kind === "scalar") {
    const written = writeScalar(value);
    if (!("lines" in written)) return;
    out.push(`${head} ${anchored(value.anchor, written.header)}${aside}`);
    out.push(...written.lines.map((line) => (line === "" ? "" : pad(indent + 2) + line)));
  } else if (isCollection(value)) {
    out.push(`${head}${value.anchor === undefined ? "" : ` &${value.anchor}`}${aside}`);
    writeEntries(value, { path, indent: indent + 2 }, out);
  }
}

/** Returns a value on one line; undefined if it must not be, or is too long. */
function flowOf(value: Tree, { path }: Position, column: number): string | undefined {
  if (value.kind === "alias") return `*${value.name}`;
  if (value.kind === "scalar") {
    const written = writeScalar(value);
    return "line" in written ? anchored(value.anchor, written.line) : undefined;
  }
  if (value.entries.length === 0) return anchored(value.anchor, value.kind === "map" ? "{}" : "[]");
  if (!mayFlow(value, path) || !fitsOnOneLine(value)) return undefined;
  const text = flowText(value, path);
  return column + text.length > WIDTH ? undefined : text;
}

/**
 * Returns whether a collection may be on one line. Short records such as a handle are; collections that grow entry by
 * entry are not, so that a diff shows the added entry.
 */
function mayFlow({ entries }: CollectionTree, path: readonly string[]): boolean {
  const [top, , property] = path;
  if (path.length < 2) return false;
  if (top !== "contacts" || path.includes("<<")) return true;
  if (property === undefined || path.length > 3) return property !== undefined;
  if (["links", "lists", "groups"].includes(property)) return entries.length === 1;
  return ["account", "exact"].includes(property);
}

/** Returns whether a value has neither comments nor text of several lines. */
function fitsOnOneLine(value: Tree): boolean {
  if (value.kind === "alias") return true;
  if (value.kind === "scalar") return "line" in writeScalar(value);
  return value.end.length === 0 && value.entries.every((entry) => isBare(entry) && fitsOnOneLine(entry.value));
}

function isBare({ before, beside }: Entry): boolean {
  return before.length === 0 && beside === undefined;
}

function flowText(value: Tree, path: readonly string[]): string {
  if (value.kind === "alias") return `*${value.name}`;
  if (value.kind === "scalar") return anchored(value.anchor, writeOnLine(value, { inFlow: true }));
  const entries = inOrder(value, path).map(({ key, value: below }) => {
    const text = flowText(below, [...path, nameOf(key)]);
    return key === undefined ? text : `${keyOf(key, { inFlow: true })}: ${text}`;
  });
  const inner = entries.join(", ");
  if (value.kind === "sequence") return anchored(value.anchor, `[${inner}]`);
  return anchored(value.anchor, inner === "" ? "{}" : `{ ${inner} }`);
}

function isCollection(value: Tree): value is CollectionTree {
  return value.kind === "map" || value.kind === "sequence";
}

function anchored(anchor: string | undefined, text: string): string {
  return anchor === undefined ? text : `&${anchor} ${text}`;
}

function pad(indent: number): string {
  return " ".repeat(indent);
}
