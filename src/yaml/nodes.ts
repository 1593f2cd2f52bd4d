import {
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

/** A range of a text and its replacement. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Returns the map at the top of each document of a text that has no errors. */
export function rootMaps(text: string): YAMLMap.Parsed[] {
  const documents = [parseAllDocuments(text, { ...YAML_OPTIONS, keepSourceTokens: true })];
  return documents.flat().flatMap(({ contents }) => (isMap(contents) ? [contents as YAMLMap.Parsed] : []));
}

export type Pair = YAMLMap.Parsed["items"][number];

export function pairOf(map: YAMLMap.Parsed, name: string): Pair | undefined {
  return map.items.find(({ key }) => nameOf(key) === name);
}

export function nameOf(key: ParsedNode): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** Returns the names of the anchors that aliases below a node refer to. */
export function aliasesIn(node: ParsedNode | null, found = new Set<string>()): ReadonlySet<string> {
  if (isAlias(node)) found.add(node.source);
  if (isSeq(node)) for (const item of node.items) aliasesIn(item as ParsedNode, found);
  if (isMap(node)) {
    for (const { key, value } of (node as YAMLMap.Parsed).items) {
      aliasesIn(key, found);
      aliasesIn(value, found);
    }
  }
  return found;
}

interface SourceToken {
  readonly type: string;
  readonly offset: number;
  readonly source: string;
}

/**
 * Returns the offset after the colon of a pair, and after an anchor that follows it; undefined when there is no colon.
 */
export function valueStartOf({ srcToken }: Pair): number | undefined {
  const sep: readonly SourceToken[] = srcToken?.sep ?? [];
  if (!sep.some(({ type }) => type === "map-value-ind")) return undefined;
  const last = sep.findLast(({ type }) => type === "map-value-ind" || type === "anchor");
  return last && last.offset + last.source.length;
}

/** Returns the offset of the `?` of a pair; undefined for a key without one. */
export function questionMarkOf({ srcToken }: Pair): number | undefined {
  return srcToken?.start.find(({ type }) => type === "explicit-key-ind")?.offset;
}

/** Returns the offset of the dash of an item in block style. */
export function dashOf({ srcToken }: YAMLSeq.Parsed, index: number): number | undefined {
  if (srcToken?.type !== "block-seq") return undefined;
  return srcToken.items[index]?.start.find(({ type }) => type === "seq-item-ind")?.offset;
}

/** Returns the end offset of a pair. */
export function endOfPair(text: string, pair: Pair): number {
  const value = pair.value === null ? 0 : endOf(text, pair.value);
  return Math.max(endOf(text, pair.key), valueStartOf(pair) ?? 0, value);
}

/**
 * Returns the end offset of a node, without the spaces, line breaks and comments that the library includes in its
 * range. In YAML, other white space, such as a no-break space, is text, and so are spaces at the end of a line of block
 * text.
 */
export function endOf(text: string, node: ParsedNode): number {
  const [start] = node.range;
  if (isMap(node) && !node.flow && node.items.length > 0) {
    return endOfPair(text, (node as YAMLMap.Parsed).items.at(-1) as Pair);
  }
  if (isSeq(node) && !node.flow && node.items.length > 0) return endOf(text, node.items.at(-1) as ParsedNode);
  const isBlockText = isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
  let end = node.range[1];
  while (end > start && isIn(isBlockText ? "\r\n" : " \t\r\n", text[end - 1])) end -= 1;
  return end;
}

function isIn(characters: string, character: string | undefined): boolean {
  return character !== undefined && characters.includes(character);
}

export function lineStartOf(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** Returns the end of the line that contains an offset, before its line break. */
export function lineEndOf(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  if (end === -1) return text.length;
  return text[end - 1] === "\r" ? end - 1 : end;
}

/** Returns the text before an offset in its line if it is only spaces. */
export function indentOf(text: string, at: number): string | undefined {
  const before = text.slice(lineStartOf(text, at), at);
  return /^ *$/.test(before) ? before : undefined;
}

/**
 * Applies text edits, which must not overlap. Edits at one offset keep their order. Line breaks become those of the
 * text.
 */
export function applyTextEdits(text: string, textEdits: readonly TextEdit[]): string {
  let result = "";
  let from = 0;
  for (const { start, end, text: replacement } of textEdits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(from, start) + replacement.replaceAll("\n", lineBreakAt(text, start));
    from = end;
  }
  return result + text.slice(from);
}

/** Returns the line break that ends the line at an offset, or that ends the line above when it is the last one. */
function lineBreakAt(text: string, at: number): "\n" | "\r\n" {
  const below = text.indexOf("\n", at);
  const end = below === -1 ? text.lastIndexOf("\n", at) : below;
  return end > 0 && text[end - 1] === "\r" ? "\r\n" : "\n";
}
