import contactsSchema from "../../schemas/contacts.schema.json" with { type: "json" };
import type { CollectionTree, CommentLine, Entry, Tree } from "./format-tree.ts";
import { isMap, type PlainMap } from "./located-value.ts";
import { writeOnLine, writeScalar } from "./scalar.ts";

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

function writeEntries(tree: CollectionTree, position: Position, out: string[]): void {
  for (const [index, entry] of inOrder(tree, position.path).entries()) {
    const start = out.length;
    writeEntry(entry, { ...position, path: [...position.path, nameOf(entry.key)] }, out);
    if (index === 0) dropGap(out, start);
    else if (standsApart(position.path)) ensureGap(out, start);
  }
  writeComments(tree.end, position.indent, out);
}

/** Returns whether blank lines separate the entries at a path: those of the top level and of `contacts`. */
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

export function writeEntry(written: Entry, position: Position, out: string[]): void {
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
  return key.kind === "alias" ? `*${key.name} ` : withAnchor(key.anchor, writeOnLine(key, context));
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
    out.push(`${head} ${withAnchor(value.anchor, written.header)}${aside}`);
    out.push(...written.lines.map((line) => (line === "" ? "" : pad(indent + 2) + line)));
  } else if (isCollection(value)) {
    out.push(`${head}${value.anchor === undefined ? "" : ` &${value.anchor}`}${aside}`);
    writeEntries(value, { path, indent: indent + 2 }, out);
  }
}

/** Returns a value on one line; undefined if it must have several lines or is too long. */
function flowOf(value: Tree, { path }: Position, column: number): string | undefined {
  if (value.kind === "alias") return `*${value.name}`;
  if (value.kind === "scalar") {
    const written = writeScalar(value);
    return "line" in written ? withAnchor(value.anchor, written.line) : undefined;
  }
  if (value.entries.length === 0) return withAnchor(value.anchor, value.kind === "map" ? "{}" : "[]");
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

export function flowText(value: Tree, path: readonly string[]): string {
  if (value.kind === "alias") return `*${value.name}`;
  if (value.kind === "scalar") return withAnchor(value.anchor, writeOnLine(value, { inFlow: true }));
  const entries = inOrder(value, path).map(({ key, value: below }) => {
    const text = flowText(below, [...path, nameOf(key)]);
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

/** Returns the schema of the value at a path; empty if the schema has none. */
function schemaAt(path: readonly string[]): PlainMap {
  return path.reduce<PlainMap>((schema, name) => below(schema, name), contactsSchema);
}

function below(schema: PlainMap, name: string): PlainMap {
  const { properties, additionalProperties, items } = schema;
  const own = isMap(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return follow(own ?? additionalProperties ?? items);
}

function follow(schema: unknown): PlainMap {
  if (!isMap(schema)) return {};
  const reference = schema["$ref"];
  if (typeof reference !== "string") return schema;
  const definitions: PlainMap = contactsSchema.$defs;
  return follow(definitions[reference.replace("#/$defs/", "")]);
}

/** Returns the entries of a collection: known keys in the order of the schema, others as written, merge keys first. */
function inOrder(tree: CollectionTree, path: readonly string[]): readonly Entry[] {
  if (tree.kind === "sequence") return tree.entries;
  const { properties } = schemaAt(path);
  const names = isMap(properties) ? Object.keys(properties) : [];
  const ranks = new Map(tree.entries.map((entry) => [entry, rankOf(entry.key, names)]));
  const ordered = tree.entries.toSorted((one, other) => (ranks.get(one) ?? 0) - (ranks.get(other) ?? 0));
  return ordered.every((entry, index) => entry === tree.entries[index]) || hasReferencesBetween(tree)
    ? tree.entries
    : ordered;
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

/** Returns whether entries refer to each other. They then keep their order, because an alias must follow its anchor. */
function hasReferencesBetween({ entries }: CollectionTree): boolean {
  const anchors = entries.map((entry) => new Set(namesIn(entry, "anchor")));
  return entries.some((entry, index) => {
    const aliases = new Set(namesIn(entry, "alias"));
    return anchors.some(
      (names, other) => other !== index && [...names].some((name) => aliases.has(name) || anchors[index]?.has(name)),
    );
  });
}

function* namesIn({ key, value }: Entry, what: "anchor" | "alias"): Iterable<string> {
  if (key !== undefined) yield* namesOf(key, what);
  yield* namesOf(value, what);
}

function* namesOf(tree: Tree, what: "anchor" | "alias"): Iterable<string> {
  if (tree.kind === "alias") {
    if (what === "alias") yield tree.name;
    return;
  }
  if (what === "anchor" && tree.anchor !== undefined) yield tree.anchor;
  if (tree.kind !== "scalar") for (const entry of tree.entries) yield* namesIn(entry, what);
}
