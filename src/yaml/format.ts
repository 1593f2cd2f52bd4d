import { isDeepStrictEqual } from "node:util";
import { type Comment, findComments, isBelowBlankLine } from "./comments.ts";
import { flowText, writeEntry, writeTree } from "./format-text.ts";
import { type CollectionTree, type CommentLine, type Entry, readTree, type Tree } from "./format-tree.ts";
import { LongMaps } from "./long-maps.ts";
import { parseYaml } from "./parse.ts";
import { scalarOf, writeOnLine, writeScalar } from "./scalar.ts";
import { createSource } from "./source-text.ts";
import { Composer, type Document, Lexer, Parser, YAML_OPTIONS } from "./yaml-package.ts";

/**
 * Returns the formatted text of a file: keys in the order of the schema, quotes where needed, two spaces a level, a
 * blank line between contacts. Keeps the meaning and every comment. The text must be free of errors; undefined if it
 * uses YAML syntax that cannot be formatted.
 */
export function formatYaml(text: string): string | undefined {
  const lines = text.replaceAll("\r\n", "\n");
  const canonical = layOut(lines);
  if (canonical === text) return canonical;
  // Formatting must be idempotent.
  return meansTheSame(canonical, lines) && layOut(canonical) === canonical ? canonical : undefined;
}

function layOut(text: string): string {
  return `${writeDocuments(text).join("\n").replace(/\n+$/, "")}\n`;
}

/** Compares values and comments, so that a bug in the formatter cannot become a change in Front. */
function meansTheSame(one: string, other: string): boolean {
  return isDeepStrictEqual(valuesOf(one), valuesOf(other)) && isDeepStrictEqual(commentsOf(one), commentsOf(other));
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

/** A document with its comments, and the comments above its start marker. */
interface Part {
  readonly document: Document;
  readonly above: readonly Comment[];
  readonly comments: readonly Comment[];
}

function writeDocuments(text: string): string[] {
  const longMaps = new LongMaps();
  const parts = partsOf(text, longMaps);
  if (parts.length === 0) return commentLinesOf(findComments(text), text).flatMap(linesOf);
  return parts.flatMap((part, index) => [...writeMarker(part, index, text), ...writeContents(part, text, longMaps)]);
}

function partsOf(text: string, longMaps: LongMaps): Part[] {
  const { documents, spans } = composeText(text, longMaps);
  const comments = findComments(text);
  return documents.map((document, index) => {
    const { start, end } = spans[index] ?? { start: 0, end: 0 };
    const { end: before } = spans[index - 1] ?? { end: 0 };
    const until = index === documents.length - 1 ? text.length : end;
    const marked = document.directives?.docStart === true;
    const from = marked ? start : before;
    return {
      document,
      above: comments.filter(({ offset }) => offset >= before && offset < from),
      comments: comments.filter(({ offset }) => offset >= from && offset < until),
    };
  });
}

interface Span {
  readonly start: number;
  /** The end of the document, after its end marker. */
  end: number;
}

function composeText(text: string, longMaps: LongMaps): { documents: Document[]; spans: Span[] } {
  const composer = new Composer({ ...YAML_OPTIONS, keepSourceTokens: true });
  const parser = new Parser();
  const documents: Document[] = [];
  const spans: Span[] = [];
  for (const lexeme of new Lexer().lex(text)) for (const token of parser.next(lexeme)) take(token);
  for (const token of parser.end()) take(token);
  documents.push(...composer.end());
  return { documents, spans };

  function take(token: Parameters<Composer["next"]>[0]): void {
    const last = spans.at(-1);
    if (last !== undefined && last.end === -1) last.end = token.offset;
    if (token.type === "document") spans.push({ start: token.offset, end: -1 });
    documents.push(...composer.next(token.type === "document" ? longMaps.shorten(token) : token));
  }
}

function* writeMarker({ document, above }: Part, index: number, text: string): Iterable<string> {
  const explicit = document.directives?.yaml.explicit === true;
  if (index > 0 && (explicit || above.length > 0)) yield "...";
  yield* commentLinesOf(above, text).flatMap(linesOf);
  if (explicit) yield "%YAML 1.2";
  if (index > 0 || document.directives?.docStart === true) yield "---";
}

function writeContents({ document, comments }: Part, text: string, longMaps: LongMaps): string[] {
  const { header, tree } = splitHeader(readTree(document, comments, { text, longMaps }));
  const contents = writeTree(tree);
  const [entry] = tree.entries;
  const apart = contents[0]?.startsWith("#") || entry?.blankLineAbove || entry?.before[0]?.blankLineAbove;
  const gap = header.length > 0 && apart ? [""] : [];
  return [...header.flatMap(linesOf), ...gap, ...contents];
}

const MODELINE = /^#\s*yaml-language-server:/;

/** Separates comments about the whole file, which stay at the top even if the first entry moves. */
function splitHeader(tree: CollectionTree): { header: readonly CommentLine[]; tree: CollectionTree } {
  const [first, ...others] = tree.entries;
  if (first === undefined) return { header: [], tree };
  const { before, blankLineAbove } = first;
  const attached = blankLineAbove ? before.length : before.findLastIndex((remark) => remark.blankLineAbove);
  const count = attached <= 0 && MODELINE.test(before[0]?.text ?? "") ? before.length : Math.max(0, attached);
  const detached = { ...first, before: before.slice(count) };
  return { header: before.slice(0, count), tree: { ...tree, entries: [detached, ...others] } };
}

function commentLinesOf(comments: readonly Comment[], text: string): CommentLine[] {
  return comments.map((comment) => ({ text: comment.text, blankLineAbove: isBelowBlankLine(text, comment.offset) }));
}

function linesOf({ text, blankLineAbove }: CommentLine, index: number): string[] {
  return blankLineAbove && index > 0 ? ["", text] : [text];
}

/**
 * A value that can be written to a file. A `Map` keeps the order of keys that look like numbers; an object does not.
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
 * Returns a key and its value in the format of `formatYaml`. Every line ends with a line break. `path`: the keys from
 * the top of the file to this key; the schema defines the order of the keys below it. Undefined values are omitted.
 */
export function formatEntry(path: readonly string[], value: YamlValue, indent = 2 * (path.length - 1)): string {
  const out: string[] = [];
  writeEntry(entryOf(path.at(-1), value), { path, indent }, out);
  return out.map((line) => `${line}\n`).join("");
}

/**
 * Returns a value on one line, in flow style. `inFlow`: true inside brackets or braces, where more characters need
 * quotes.
 */
export function formatInline(value: YamlValue, { inFlow }: { readonly inFlow: boolean }): string {
  const tree = treeOf(value);
  return tree.kind === "scalar" ? writeOnLine(tree, { inFlow }) : flowText(tree, [""]);
}

/**
 * Returns a text as a block scalar with indented lines; on one line if a block is not needed, or cannot represent it.
 */
export function formatTextBlock(text: string, indent: number): string {
  const written = writeScalar(scalarOf(text));
  if ("line" in written) return written.line;
  return [written.header, ...written.lines.map((line) => (line === "" ? "" : " ".repeat(indent) + line))].join("\n");
}

function entryOf(key: string | undefined, value: YamlValue): Entry {
  const name = key === undefined ? undefined : scalarOf(key);
  return { key: name, value: treeOf(value), before: [], blankLineAbove: false, beside: undefined };
}

function treeOf(value: YamlValue): Tree {
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

function isList(value: object): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function collectionOf(kind: "map" | "sequence", entries: readonly Entry[]): CollectionTree {
  return { kind, anchor: undefined, entries, end: [] };
}
