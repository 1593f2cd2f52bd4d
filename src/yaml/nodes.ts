import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseAllDocuments,
  YAML_OPTIONS,
  type YAMLMap,
  type YAMLSeq,
} from "./yaml-package.ts";

export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Returns the top-level map of each document in a text. The text must not contain errors. */
export function rootMaps(text: string): YAMLMap.Parsed[] {
  const documents: Document[] = parseAllDocuments(text, { ...YAML_OPTIONS, keepSourceTokens: true });
  return documents.flatMap(({ contents }) => (isMap(contents) ? [contents as YAMLMap.Parsed] : []));
}

export type Pair = YAMLMap.Parsed["items"][number];

export function pairOf(map: YAMLMap.Parsed, name: string): Pair | undefined {
  return map.items.find(({ key }) => nameOf(key) === name);
}

export function nameOf(key: ParsedNode): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** Returns the names of the anchors that aliases below a node refer to. */
export function aliasesIn(node: ParsedNode | null, names = new Set<string>()): ReadonlySet<string> {
  if (isAlias(node)) names.add(node.source);
  if (isSeq(node)) for (const item of node.items) aliasesIn(item as ParsedNode, names);
  if (isMap(node)) {
    for (const { key, value } of (node as YAMLMap.Parsed).items) {
      aliasesIn(key, names);
      aliasesIn(value, names);
    }
  }
  return names;
}

interface SourceToken {
  readonly type: string;
  readonly offset: number;
  readonly source: string;
}

/**
 * Returns the offset after the colon of a pair, or after an anchor that follows the colon; undefined if there is no
 * colon.
 */
export function valueStartOf({ srcToken }: Pair): number | undefined {
  const sep: readonly SourceToken[] = srcToken?.sep ?? [];
  if (!sep.some(({ type }) => type === "map-value-ind")) return undefined;
  const last = sep.findLast(({ type }) => type === "map-value-ind" || type === "anchor");
  return last && last.offset + last.source.length;
}

export function questionMarkOf({ srcToken }: Pair): number | undefined {
  return srcToken?.start.find(({ type }) => type === "explicit-key-ind")?.offset;
}

/** Returns the offset of the dash of an item; undefined if the sequence is not in block style. */
export function dashOf({ srcToken }: YAMLSeq.Parsed, index: number): number | undefined {
  if (srcToken?.type !== "block-seq") return undefined;
  return srcToken.items[index]?.start.find(({ type }) => type === "seq-item-ind")?.offset;
}

export function endOfPair(text: string, pair: Pair): number {
  const value = pair.value === null ? 0 : endOf(text, pair.value);
  return Math.max(endOf(text, pair.key), valueStartOf(pair) ?? 0, value);
}

/**
 * Returns the end offset of a node, without the spaces, tabs, line breaks and comments that the package includes in the
 * range of the node. Other white space, such as a no-break space, and trailing spaces and tabs of a block scalar are
 * part of the node.
 */
export function endOf(text: string, node: ParsedNode): number {
  const [start] = node.range;
  if (isMap(node) && !node.flow && node.items.length > 0) {
    return endOfPair(text, (node as YAMLMap.Parsed).items.at(-1) as Pair);
  }
  if (isSeq(node) && !node.flow && node.items.length > 0) return endOf(text, node.items.at(-1) as ParsedNode);
  const trimmed = isBlockScalar(node) ? "\r\n" : " \t\r\n";
  let end = node.range[1];
  while (end > start && trimmed.includes(text.charAt(end - 1))) end -= 1;
  return end;
}

export function isBlockScalar(node: ParsedNode): boolean {
  return isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
}

export function lineStartOf(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Returns the end of the line that contains an offset, before its line break. */
export function lineEndOf(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  if (end === -1) return text.length;
  return text[end - 1] === "\r" ? end - 1 : end;
}

/** Returns the text before an offset on its line, if it is only spaces. */
export function indentOf(text: string, offset: number): string | undefined {
  const before = text.slice(lineStartOf(text, offset), offset);
  return /^ *$/.test(before) ? before : undefined;
}

/**
 * Returns the text with the edits. Edits must not overlap; edits at the same offset are applied in order. Line breaks in
 * replacements are converted to the line breaks of the text.
 */
export function applyTextEdits(text: string, textEdits: readonly TextEdit[]): string {
  let result = "";
  let editedUntil = 0;
  for (const { start, end, text: replacement } of textEdits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(editedUntil, start) + replacement.replaceAll("\n", lineBreakAt(text, start));
    editedUntil = end;
  }
  return result + text.slice(editedUntil);
}

/** Returns the line break at the end of a line. If the last line has none, returns the line break of the line above. */
function lineBreakAt(text: string, offset: number): "\n" | "\r\n" {
  const next = text.indexOf("\n", offset);
  const end = next === -1 ? text.lastIndexOf("\n", offset) : next;
  return end > 0 && text[end - 1] === "\r" ? "\r\n" : "\n";
}
