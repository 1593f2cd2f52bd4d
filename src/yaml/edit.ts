import type { Comment } from "./comments.ts";
import {
  dashOf,
  endOf,
  endOfPair,
  indentOf,
  isBlockScalar,
  lineEndOf,
  lineStartOf,
  type Pair,
  pairOf,
  questionMarkOf,
  type TextEdit,
  valueStartOf,
} from "./nodes.ts";
import { isMap, isSeq, type ParsedNode, type YAMLMap, type YAMLSeq } from "./yaml-package.ts";

/** Thrown if a property cannot be edited safely. The message is a predicate, such as "comes from an anchor". */
export class UneditableError extends Error {
  override readonly name = "UneditableError";
}

export interface EditableText {
  readonly text: string;
  readonly comments: readonly Comment[];
}

/** `removedComments` contains the comments at the end of removed lines. */
export interface YamlEdit {
  readonly textEdits: readonly TextEdit[];
  readonly removedComments: readonly string[];
}

/**
 * Returns text edits that replace the value of a key and leave the text around it unchanged. A multiline replacement
 * requires block style.
 */
export function replaceValue({ text }: EditableText, pair: Pair, replacement: string): TextEdit[] {
  const { value } = pair;
  if (value === null || value.range[0] === endOf(text, value)) return setEmptyValue(text, pair, replacement);
  const [start] = value.range;
  const end = endOf(text, value);
  if (!isBlockScalar(value)) return replaceRange(text, { start, end, prefix: "" }, replacement);
  const bodyStart = lineEndOf(text, start);
  const header = /^\S+/.exec(text.slice(start, bodyStart))?.[0] ?? "";
  const firstLineEnd = lineEndOf(replacement, 0);
  return [
    { start, end: start + header.length, text: replacement.slice(0, firstLineEnd) },
    { start: bodyStart, end: Math.max(bodyStart, end), text: replacement.slice(firstLineEnd) },
  ];
}

/**
 * Returns whether a block scalar with this indent, in spaces, can replace the value of a key. The value must not have a
 * comment on its line, except after a block header. A comment below the value must be indented less than the block.
 * Otherwise, the comment would become part of the text.
 */
export function hasRoomForBlock({ text }: EditableText, pair: Pair, indent: number): boolean {
  const { value } = pair;
  const isEmpty = value === null || value.range[0] === endOf(text, value);
  const end = isEmpty ? valueStartOf(pair) : endOf(text, value);
  if (end === undefined) return false;
  const lineEnd = lineEndOf(text, end);
  const isAlone = (!isEmpty && isBlockScalar(value)) || text.slice(end, lineEnd).trim() === "";
  const column = /^\s*?\n( *)#/.exec(text.slice(lineEnd))?.[1]?.length;
  return isAlone && (column === undefined || column < indent);
}

/** Sets the value of a pair without a value. Adds a colon if the pair has none, as in `? key` or `{ key }`. */
function setEmptyValue(text: string, pair: Pair, replacement: string): TextEdit[] {
  const start = valueStartOf(pair);
  if (start !== undefined) return replaceRange(text, { start, end: start, prefix: " " }, replacement);
  const mark = questionMarkOf(pair);
  const end = endOf(text, pair.key);
  const indent = mark === undefined ? undefined : indentOf(text, mark);
  if (indent === undefined) return [insertAt(end, `: ${replacement}`)];
  return [insertAt(lineEndOf(text, end), `\n${indent}: ${replacement}`)];
}

/** Replaces the range with the first line of the replacement, and inserts the other lines below. */
function replaceRange(
  text: string,
  { start, end, prefix }: { readonly start: number; readonly end: number; readonly prefix: string },
  replacement: string,
): TextEdit[] {
  const firstLineEnd = lineEndOf(replacement, 0);
  const firstLine = { start, end, text: prefix + replacement.slice(0, firstLineEnd) };
  if (firstLineEnd === replacement.length) return [firstLine];
  return [firstLine, insertAt(lineEndOf(text, end), replacement.slice(firstLineEnd))];
}

function insertAt(offset: number, text: string): TextEdit {
  return { start: offset, end: offset, text };
}

export function removePair(edited: EditableText, map: YAMLMap.Parsed, pair: Pair): YamlEdit {
  const { text } = edited;
  const start = questionMarkOf(pair) ?? pair.key.range[0];
  const end = endOfPair(text, pair);
  if (!map.flow) return removeLines(edited, start, end);
  const index = map.items.indexOf(pair);
  const [before, after] = [map.items[index - 1], map.items[index + 1]];
  const from = before === undefined ? start : endOfPair(text, before);
  const to = before === undefined && after !== undefined ? (questionMarkOf(after) ?? after.key.range[0]) : end;
  if (commentsIn(edited, from, to).length > 0) throw uneditableError();
  return { textEdits: [{ start: from, end: to, text: "" }], removedComments: [] };
}

/** Keeps the comments that have a line of their own. */
function removeLines(edited: EditableText, from: number, to: number): YamlEdit {
  const { text } = edited;
  requireEditable(indentOf(text, from));
  const start = lineStartOf(text, from);
  const lineEnd = text.indexOf("\n", to);
  const end = lineEnd === -1 ? text.length : lineEnd + 1;
  const comments = commentsIn(edited, start, end);
  const ownLines = comments
    .filter(({ onOwnLine }) => onOwnLine)
    .map((comment) => `${" ".repeat(comment.column)}${comment.text}\n`);
  return {
    textEdits: [{ start, end, text: ownLines.join("") }],
    removedComments: comments.filter(({ onOwnLine }) => !onOwnLine).map((comment) => comment.text),
  };
}

function commentsIn({ comments }: EditableText, from: number, to: number): readonly Comment[] {
  return comments.filter(({ offset }) => offset >= from && offset < to);
}

/** Adds pairs after the last pair; in block style, after the last pair that is not in `removed`. */
export function addToMap(
  edited: EditableText,
  pair: Pair,
  added: readonly string[],
  removed: ReadonlySet<Pair> = new Set(),
): TextEdit[] {
  const { text } = edited;
  const map = pair.value;
  if (!isMap(map)) throw uneditableError();
  const { items } = map as YAMLMap.Parsed;
  const last = map.flow ? items.at(-1) : items.findLast((item) => !removed.has(item));
  if (last === undefined) return replaceValue(edited, pair, `{ ${added.join(", ")} }`);
  const end = endOfPair(text, last);
  if (map.flow) return [insertAt(end, `, ${added.join(", ")}`)];
  const indent = requireEditable(indentOf(text, questionMarkOf(last) ?? last.key.range[0]));
  return [insertAt(endOfCommentsBelow(text, end, indent.length), added.map((line) => `\n${indent}${line}`).join(""))];
}

const COMMENT_LINE = /\r?\n( *)#[^\r\n]*/y;

/**
 * Returns the end of the line at `offset`. If comments that are indented further than `column` follow directly, returns
 * the end of the last of them.
 */
export function endOfCommentsBelow(text: string, offset: number, column: number): number {
  let end = lineEndOf(text, offset);
  for (;;) {
    COMMENT_LINE.lastIndex = end;
    const indent = COMMENT_LINE.exec(text)?.[1];
    if (indent === undefined || indent.length <= column) return end;
    end = COMMENT_LINE.lastIndex;
  }
}

interface ItemEdits {
  /** The indexes of the items to remove. */
  readonly removed: ReadonlySet<number>;
  /** The YAML text of each item to add. */
  readonly added: readonly string[];
}

export function editItems(edited: EditableText, pair: Pair, edits: ItemEdits): YamlEdit {
  const sequence = pair.value;
  if (!isSeq(sequence)) throw uneditableError();
  if (sequence.flow)
    return { textEdits: [editFlowItems(edited, sequence as YAMLSeq.Parsed, edits)], removedComments: [] };
  return new BlockItems(edited, pair, sequence as YAMLSeq.Parsed).edit(edits);
}

function editFlowItems(edited: EditableText, sequence: YAMLSeq.Parsed, { removed, added }: ItemEdits): TextEdit {
  const { text } = edited;
  const items = sequence.items as ParsedNode[];
  const [start] = sequence.range;
  const end = endOf(text, sequence);
  const last = items.at(-1);
  if (removed.size === 0) {
    return last === undefined
      ? insertAt(start + 1, added.join(", "))
      : insertAt(endOf(text, last), `, ${added.join(", ")}`);
  }
  // Comments between the items would be lost.
  if (commentsIn(edited, start, end).length > 0) throw uneditableError();
  const remaining = items
    .filter((_, index) => !removed.has(index))
    .map((item) => text.slice(item.range[0], endOf(text, item)));
  return { start, end, text: `[${[...remaining, ...added].join(", ")}]` };
}

class BlockItems {
  readonly #edited: EditableText;
  readonly #pair: Pair;
  readonly #sequence: YAMLSeq.Parsed;
  readonly #items: readonly ParsedNode[];

  constructor(edited: EditableText, pair: Pair, sequence: YAMLSeq.Parsed) {
    this.#edited = edited;
    this.#pair = pair;
    this.#sequence = sequence;
    this.#items = sequence.items as ParsedNode[];
  }

  edit({ removed, added }: ItemEdits): YamlEdit {
    const removals = [...removed].map((index) => this.#remove(index));
    const textEdits = removals.flatMap((removal) => removal.textEdits);
    const removedComments = removals.flatMap((removal) => removal.removedComments);
    const last = this.#items.findLastIndex((_, index) => !removed.has(index));
    if (added.length > 0) return { textEdits: [this.#add(last, added), ...textEdits], removedComments };
    if (last !== -1) return { textEdits, removedComments };
    const valueStart = requireEditable(valueStartOf(this.#pair));
    return { textEdits: [insertAt(valueStart, " []"), ...textEdits], removedComments };
  }

  #remove(index: number): YamlEdit {
    const item = requireEditable(this.#items[index]);
    const dash = requireEditable(dashOf(this.#sequence, index));
    return removeLines(this.#edited, dash, Math.max(dash, endOf(this.#edited.text, item)));
  }

  /** Adds items below the last remaining item, or above the first item if `last` is -1. */
  #add(last: number, added: readonly string[]): TextEdit {
    const { text } = this.#edited;
    const index = Math.max(last, 0);
    const item = requireEditable(this.#items[index]);
    const dash = requireEditable(dashOf(this.#sequence, index));
    const indent = requireEditable(indentOf(text, dash));
    const gap = /^ +(?=[^\s#])/.exec(text.slice(dash + 1))?.[0] ?? " ";
    const lines = added.map((line) => `${indent}-${gap}${line}`);
    if (last === -1) return insertAt(lineStartOf(text, dash), lines.map((line) => `${line}\n`).join(""));
    const end = endOfCommentsBelow(text, endOf(text, item), indent.length);
    return insertAt(end, lines.map((line) => `\n${line}`).join(""));
  }
}

export function fieldPair({ value }: Pair, name: string): Pair | undefined {
  return isMap(value) ? pairOf(value as YAMLMap.Parsed, name) : undefined;
}

/** Throws an `UneditableError` for undefined, which means that the text has an unexpected form. */
function requireEditable<T>(value: T | undefined): T {
  if (value === undefined) throw uneditableError();
  return value;
}

function uneditableError(): UneditableError {
  return new UneditableError("cannot be changed without changing the text around it");
}
