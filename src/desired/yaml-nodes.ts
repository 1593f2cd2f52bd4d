import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  type ParsedNode,
  parseAllDocuments,
  type YAMLMap,
} from "./yaml-package.ts";

/** A stretch of a text and what is to stand in its place. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Of a text that was found to be right, the maps at the top of its documents. */
export function rootMaps(text: string): YAMLMap.Parsed[] {
  const documents = [parseAllDocuments(text, { version: "1.2", merge: false, uniqueKeys: false, stringKeys: true })];
  return documents.flat().flatMap(({ contents }) => (isMap(contents) ? [contents as YAMLMap.Parsed] : []));
}

export type Pair = YAMLMap.Parsed["items"][number];

export function pairOf(map: YAMLMap.Parsed, name: string): Pair | undefined {
  return map.items.find(({ key }) => nameOf(key) === name);
}

export function nameOf(key: ParsedNode): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** Whether other places may say `*name` for it. */
export function isAnchored(node: ParsedNode | null): boolean {
  return node !== null && !isAlias(node) && node.anchor !== undefined;
}

export function isWrittenOut(node: ParsedNode | null): node is Exclude<ParsedNode, Alias.Parsed> {
  return node !== null && !isAlias(node);
}

/**
 * Where a node ends, without the blanks and line breaks that the library counts in. Other white space, such as what keeps
 * words together, is text to YAML; and so are the blanks at the end of a line of block text.
 */
export function endOf(text: string, node: ParsedNode): number {
  const [start] = node.range;
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

/** Of the line that holds the offset, without its line break. */
export function lineEndOf(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  if (end === -1) return text.length;
  return text[end - 1] === "\r" ? end - 1 : end;
}

/** What stands before something in its line, if that is blanks only. */
export function indentOf(text: string, at: number): string | undefined {
  const before = text.slice(lineStartOf(text, at), at);
  return /^ *$/.test(before) ? before : undefined;
}

/** Splices do not overlap. Of those at one place, the first stays first. */
export function spliced(text: string, splices: readonly Splice[]): string {
  let result = "";
  let from = 0;
  for (const { start, end, text: replacement } of splices.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(from, start) + replacement;
    from = end;
  }
  return result + text.slice(from);
}
