import { isDeepStrictEqual } from "node:util";
import { type Comment, findComments } from "./comments.ts";
import { LongMaps } from "./compose-long-maps.ts";
import { parseYaml } from "./parse.ts";
import { type CollectionTree, type CommentLine, commentLineOf, type Entry, readTree, type Tree } from "./read-tree.ts";
import { scalarOf, writeOnLine, writeScalar } from "./scalar.ts";
import { createSource } from "./source-text.ts";
import { flowText, writeEntry, writeTree } from "./write-tree.ts";
import { Composer, type Document, Parser, YAML_OPTIONS } from "./yaml-package.ts";

/**
 * Returns the text with keys in schema order, quotes only where needed, two spaces of indentation per level, and a
 * blank line between top-level keys and between contacts. Preserves the meaning and all comments. The text must not
 * contain errors. Returns undefined if it uses YAML syntax that cannot be formatted.
 */
export function formatYaml(text: string): string | undefined {
  const original = text.replaceAll("\r\n", "\n");
  const formatted = format(original);
  if (formatted === text) return formatted;
  // Formatting must be idempotent.
  return isEquivalent(formatted, original) && format(formatted) === formatted ? formatted : undefined;
}

function format(text: string): string {
  return `${writeDocuments(text).join("\n").replace(/\n+$/, "")}\n`;
}

/**
 * Returns whether two texts have the same values and comments. Prevents a bug in the formatter from causing a change in
 * Front.
 */
function isEquivalent(formatted: string, original: string): boolean {
  return (
    isDeepStrictEqual(valuesOf(formatted), valuesOf(original)) &&
    isDeepStrictEqual(commentsOf(formatted), commentsOf(original))
  );
}

function valuesOf(text: string): unknown {
  const { documents, diagnostics } = parseYaml(createSource("", text));
  return { values: documents.map(({ value }) => value), problems: diagnostics.length };
}

function commentsOf(text: string): readonly string[] {
  return findComments(text)
    .map((comment) => comment.text)
    .toSorted();
}

interface CommentedDocument {
  readonly document: Document;
  /** The comments above the start marker. */
  readonly commentsAbove: readonly Comment[];
  readonly comments: readonly Comment[];
}

function writeDocuments(text: string): string[] {
  const longMaps = new LongMaps();
  const documents = readDocuments(text, longMaps);
  if (documents.length === 0) return writeComments(findComments(text), text);
  return documents.flatMap((document, index) => [
    ...writeMarker(document, index, text),
    ...writeContents(document, text, longMaps),
  ]);
}

function readDocuments(text: string, longMaps: LongMaps): CommentedDocument[] {
  const tokens = [...new Parser().parse(text)];
  const composer = new Composer({ ...YAML_OPTIONS, keepSourceTokens: true });
  const documents: Document[] = [];
  for (const token of tokens) {
    documents.push(...composer.next(token.type === "document" ? longMaps.shorten(token) : token));
  }
  documents.push(...composer.end());
  const starts = tokens.flatMap(({ type, offset }) => (type === "document" ? [offset] : []));
  // Each document ends at the first token after it, such as its end marker.
  const ends = tokens.flatMap(({ offset }, index) => (tokens[index - 1]?.type === "document" ? [offset] : []));
  const comments = findComments(text);
  return documents.map((document, index) => {
    const previousEnd = ends[index - 1] ?? 0;
    const contentStart = hasStartMarker(document) ? (starts[index] ?? 0) : previousEnd;
    const contentEnd = index === documents.length - 1 ? text.length : (ends[index] ?? 0);
    return {
      document,
      commentsAbove: comments.filter(({ offset }) => offset >= previousEnd && offset < contentStart),
      comments: comments.filter(({ offset }) => offset >= contentStart && offset < contentEnd),
    };
  });
}

function hasStartMarker({ directives }: Document): boolean {
  return directives?.docStart === true;
}

function* writeMarker({ document, commentsAbove }: CommentedDocument, index: number, text: string): Iterable<string> {
  const hasVersion = document.directives?.yaml.explicit === true;
  if (index > 0 && (hasVersion || commentsAbove.length > 0)) yield "...";
  yield* writeComments(commentsAbove, text);
  if (hasVersion) yield "%YAML 1.2";
  if (index > 0 || hasStartMarker(document)) yield "---";
}

function writeContents({ document, comments }: CommentedDocument, text: string, longMaps: LongMaps): string[] {
  const { header, tree } = splitHeader(readTree(document, comments, { text, longMaps }));
  const contents = writeTree(tree);
  const [first] = tree.entries;
  const needsBlankLine =
    contents[0]?.startsWith("#") || first?.blankLineAbove || first?.commentsAbove[0]?.blankLineAbove;
  const blankLine = header.length > 0 && needsBlankLine ? [""] : [];
  return [...header.flatMap(linesOf), ...blankLine, ...contents];
}

const MODELINE = /^#\s*yaml-language-server:/;

/** Comments about the whole file stay at the top even if the first entry moves. */
function splitHeader(tree: CollectionTree): { header: readonly CommentLine[]; tree: CollectionTree } {
  const [first, ...others] = tree.entries;
  if (first === undefined) return { header: [], tree };
  const { commentsAbove, blankLineAbove } = first;
  const lastBlank = blankLineAbove
    ? commentsAbove.length
    : commentsAbove.findLastIndex((comment) => comment.blankLineAbove);
  const isHeader = lastBlank <= 0 && MODELINE.test(commentsAbove[0]?.text ?? "");
  const count = isHeader ? commentsAbove.length : Math.max(0, lastBlank);
  const entry = { ...first, commentsAbove: commentsAbove.slice(count) };
  return { header: commentsAbove.slice(0, count), tree: { ...tree, entries: [entry, ...others] } };
}

function writeComments(comments: readonly Comment[], text: string): string[] {
  return comments.map((comment) => commentLineOf(comment, text)).flatMap(linesOf);
}

function linesOf({ text, blankLineAbove }: CommentLine, index: number): string[] {
  return blankLineAbove && index > 0 ? ["", text] : [text];
}

/**
 * A value that can be written to a file. Unlike an object, a `Map` preserves the order of keys that look like numbers.
 */
export type YamlValue =
  | string
  | number
  | boolean
  | null
  | readonly YamlValue[]
  | ReadonlyMap<string, YamlValue>
  | { readonly [key: string]: YamlValue | undefined };

/**
 * Returns a key and its value, ending with a line break, in the format of `formatYaml`. Omits undefined values. `path`
 * contains the keys from the top level of the file down to this key, and determines the order of the nested keys.
 */
export function formatEntry(path: readonly string[], value: YamlValue): string {
  const lines: string[] = [];
  writeEntry(entryOf(path.at(-1), value), { path, indent: 2 * (path.length - 1) }, lines);
  return lines.map((line) => `${line}\n`).join("");
}

/** Returns a value on one line. `inFlow` is true inside brackets or braces, where more characters need quotes. */
export function formatInline(value: YamlValue, { inFlow }: { readonly inFlow: boolean }): string {
  const tree = treeOf(value);
  return tree.kind === "scalar" ? writeOnLine(tree, { inFlow }) : flowText(tree, [""]);
}

/** Returns a text as a block scalar with indented lines, or on one line if a block is not needed or not possible. */
export function formatTextBlock(text: string, indent: number): string {
  const scalar = writeScalar(scalarOf(text));
  if ("line" in scalar) return scalar.line;
  return [scalar.header, ...scalar.lines.map((line) => (line === "" ? "" : " ".repeat(indent) + line))].join("\n");
}

function entryOf(key: string | undefined, value: YamlValue): Entry {
  const name = key === undefined ? undefined : scalarOf(key);
  return { key: name, value: treeOf(value), commentsAbove: [], blankLineAbove: false, trailingComment: undefined };
}

function treeOf(value: YamlValue): Tree {
  if (typeof value !== "object" || value === null) return scalarOf(value);
  const kind = isList(value) ? "sequence" : "map";
  return { kind, anchor: undefined, entries: entriesOf(value), commentsBelow: [] };
}

function entriesOf(value: YamlValue & object): Entry[] {
  if (isList(value)) return value.map((item) => entryOf(undefined, item));
  const pairs: [string, YamlValue | undefined][] = value instanceof Map ? [...value] : Object.entries(value);
  return pairs.flatMap(([key, item]) => (item === undefined ? [] : entryOf(key, item)));
}

function isList(value: object): value is readonly YamlValue[] {
  return Array.isArray(value);
}
