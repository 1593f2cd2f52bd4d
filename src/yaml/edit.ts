import type { Comment } from "./comments.ts";
import {
  dashOf,
  endOf,
  endOfPair,
  indentOf,
  lineEndOf,
  lineStartOf,
  type Pair,
  pairOf,
  questionMarkOf,
  type TextEdit,
  valueStartOf,
} from "./nodes.ts";
import { isMap, isScalar, isSeq, type ParsedNode, type YAMLMap, type YAMLSeq } from "./yaml-package.ts";

/** Thrown if a property cannot be edited safely. The message is a predicate: "comes from an anchor". */
export class UneditableError extends Error {
  override readonly name = "UneditableError";
}

/** A text to edit, with its comments in order. */
export interface EditedText {
  readonly text: string;
  readonly comments: readonly Comment[];
}

/** Text edits, and the comments beside removed lines, which are removed with them. */
export interface YamlEdit {
  readonly textEdits: readonly TextEdit[];
  readonly removedComments: readonly string[];
}

/**
 * Returns text edits that replace the value of a key and leave the text around it unchanged. Only block style takes
 * several lines.
 */
export function replaceValue({ text }: EditedText, pair: Pair, replacement: string): TextEdit[] {
  const { value } = pair;
  if (value === null || value.range[0] === endOf(text, value)) return [setEmptyValue(text, pair, replacement)].flat();
  const [start] = value.range;
  const end = endOf(text, value);
  if (!isBlockText(value)) return onLines(text, { start, end, lead: "" }, replacement);
  const bodyStart = lineEndOf(text, start);
  const header = /^\S+/.exec(text.slice(start, bodyStart))?.[0] ?? "";
  const [first = "", ...lines] = replacement.split("\n");
  return [
    { start, end: start + header.length, text: first },
    { start: bodyStart, end: Math.max(bodyStart, end), text: lines.map((line) => `\n${line}`).join("") },
  ];
}

/**
 * Returns whether a block of lines with this indent can replace the value of a key: the value has no comment beside it,
 * except on a block header, and no comment below is indented so far that it would become part of the block.
 */
export function hasRoomForBlock({ text }: EditedText, pair: Pair, indent: number): boolean {
  const { value } = pair;
  const isEmpty = value === null || value.range[0] === endOf(text, value);
  const end = isEmpty ? valueStartOf(pair) : endOf(text, value);
  if (end === undefined) return false;
  const lineEnd = lineEndOf(text, end);
  const isAlone = (!isEmpty && isBlockText(value)) || text.slice(end, lineEnd).trim() === "";
  const column = /^\s*?\n( *)#/.exec(text.slice(lineEnd))?.[1]?.length;
  return isAlone && (column === undefined || column < indent);
}

function isBlockText(node: ParsedNode): boolean {
  return isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
}

/** Returns the edits that set an empty value. Its colon may be missing: after `? key`, and between braces. */
function setEmptyValue(text: string, pair: Pair, replacement: string): TextEdit | TextEdit[] {
  const at = valueStartOf(pair);
  if (at !== undefined) return onLines(text, { start: at, end: at, lead: " " }, replacement);
  const mark = questionMarkOf(pair);
  const end = endOf(text, pair.key);
  const indent = mark === undefined ? undefined : indentOf(text, mark);
  if (indent === undefined) return { start: end, end, text: `: ${replacement}` };
  const lineEnd = lineEndOf(text, end);
  return { start: lineEnd, end: lineEnd, text: `\n${indent}: ${replacement}` };
}

function onLines(
  text: string,
  { start, end, lead }: { readonly start: number; readonly end: number; readonly lead: string },
  replacement: string,
): TextEdit[] {
  const [first = "", ...lines] = replacement.split("\n");
  const here = { start, end, text: lead + first };
  if (lines.length === 0) return [here];
  const lineEnd = lineEndOf(text, end);
  return [here, { start: lineEnd, end: lineEnd, text: lines.map((line) => `\n${line}`).join("") }];
}

/** Returns the edit that removes a property. */
export function removePair(edited: EditedText, map: YAMLMap.Parsed, pair: Pair): YamlEdit {
  const { text } = edited;
  const start = questionMarkOf(pair) ?? pair.key.range[0];
  const end = endOfPair(text, pair);
  if (!map.flow) return withoutLines(edited, start, end);
  const index = map.items.indexOf(pair);
  const [before, after] = [map.items[index - 1], map.items[index + 1]];
  const from = before === undefined ? start : endOfPair(text, before);
  const to = before === undefined && after !== undefined ? (questionMarkOf(after) ?? after.key.range[0]) : end;
  if (commentsIn(edited, from, to).length > 0) throw uneditableError();
  return { textEdits: [{ start: from, end: to, text: "" }], removedComments: [] };
}

/** Returns the edit that removes whole lines, except comments on their own lines. */
function withoutLines(edited: EditedText, from: number, to: number): YamlEdit {
  const { text } = edited;
  if (indentOf(text, from) === undefined) throw uneditableError();
  const start = lineStartOf(text, from);
  const lineEnd = text.indexOf("\n", to);
  const end = lineEnd === -1 ? text.length : lineEnd + 1;
  const within = commentsIn(edited, start, end);
  const kept = within
    .filter(({ onOwnLine }) => onOwnLine)
    .map(({ text: comment, column }) => `${" ".repeat(column)}${comment}\n`);
  return {
    textEdits: [{ start, end, text: kept.join("") }],
    removedComments: within.filter(({ onOwnLine }) => !onOwnLine).map((comment) => comment.text),
  };
}

function commentsIn({ comments }: EditedText, from: number, to: number): readonly Comment[] {
  return comments.filter(({ offset }) => offset >= from && offset < to);
}

/** Returns text edits that add properties at the end of a map. */
export function addToMap(edited: EditedText, pair: Pair, added: readonly string[]): TextEdit[] {
  const { text } = edited;
  const map = pair.value;
  if (!isMap(map)) throw uneditableError();
  const last = (map as YAMLMap.Parsed).items.at(-1);
  if (last === undefined) return replaceValue(edited, pair, `{ ${added.join(", ")} }`);
  const at = endOfPair(text, last);
  if (map.flow) return [{ start: at, end: at, text: `, ${added.join(", ")}` }];
  const indent = indentOf(text, questionMarkOf(last) ?? last.key.range[0]);
  if (indent === undefined) throw uneditableError();
  const end = belowComments(text, at, indent.length);
  return [{ start: end, end, text: added.map((line) => `\n${indent}${line}`).join("") }];
}

const COMMENT_LINE = /\r?\n( *)#[^\r\n]*/y;

/** Returns the end of the line at an offset, or of the last comment below it that is indented further than `column`. */
export function belowComments(text: string, at: number, column: number): number {
  let end = lineEndOf(text, at);
  for (;;) {
    COMMENT_LINE.lastIndex = end;
    const indent = COMMENT_LINE.exec(text)?.[1];
    if (indent === undefined || indent.length <= column) return end;
    end = COMMENT_LINE.lastIndex;
  }
}

export interface ItemEdits {
  /** Indexes of the items to remove. */
  readonly gone: ReadonlySet<number>;
  readonly added: readonly string[];
}

/** Returns the edit that removes items of a sequence and adds others at its end. */
export function editItems(edited: EditedText, pair: Pair, edits: ItemEdits): YamlEdit {
  const sequence = pair.value;
  if (!isSeq(sequence)) throw uneditableError();
  if (sequence.flow) return { textEdits: [inBrackets(edited, sequence as YAMLSeq.Parsed, edits)], removedComments: [] };
  return new BlockItems(edited, pair, sequence as YAMLSeq.Parsed).edit(edits);
}

function inBrackets(edited: EditedText, sequence: YAMLSeq.Parsed, { gone, added }: ItemEdits): TextEdit {
  const { text } = edited;
  const items = sequence.items as ParsedNode[];
  const [start] = sequence.range;
  const end = endOf(text, sequence);
  const last = items.at(-1);
  if (gone.size === 0) {
    const at = last === undefined ? start + 1 : endOf(text, last);
    return { start: at, end: at, text: (last === undefined ? "" : ", ") + added.join(", ") };
  }
  // The comments between the items would be lost.
  if (commentsIn(edited, start, end).length > 0) throw uneditableError();
  const stays = items.filter((_, index) => !gone.has(index));
  const kept = stays.map((item) => text.slice(item.range[0], endOf(text, item)));
  return { start, end, text: `[${[...kept, ...added].join(", ")}]` };
}

/** The items of a sequence in block style. */
class BlockItems {
  readonly #edited: EditedText;
  readonly #pair: Pair;
  readonly #sequence: YAMLSeq.Parsed;
  readonly #items: readonly ParsedNode[];

  constructor(edited: EditedText, pair: Pair, sequence: YAMLSeq.Parsed) {
    this.#edited = edited;
    this.#pair = pair;
    this.#sequence = sequence;
    this.#items = sequence.items as ParsedNode[];
  }

  edit({ gone, added }: ItemEdits): YamlEdit {
    const removals = [...gone].map((index) => this.#remove(index));
    const textEdits = removals.flatMap((removal) => removal.textEdits);
    const removedComments = removals.flatMap((removal) => removal.removedComments);
    const last = this.#items.findLastIndex((_, index) => !gone.has(index));
    if (added.length > 0) return { textEdits: [this.#add(last, added), ...textEdits], removedComments };
    if (last !== -1) return { textEdits, removedComments };
    const colon = valueStartOf(this.#pair);
    if (colon === undefined) throw uneditableError();
    return { textEdits: [{ start: colon, end: colon, text: " []" }, ...textEdits], removedComments };
  }

  #dash(index: number): number {
    const dash = dashOf(this.#sequence, index);
    if (dash === undefined) throw uneditableError();
    return dash;
  }

  #remove(index: number): YamlEdit {
    const item = this.#items[index];
    if (item === undefined) throw uneditableError();
    const dash = this.#dash(index);
    return withoutLines(this.#edited, dash, Math.max(dash, endOf(this.#edited.text, item)));
  }

  /** Adds items below the last item that stays, or above the first if none does. */
  #add(last: number, added: readonly string[]): TextEdit {
    const { text } = this.#edited;
    const index = Math.max(last, 0);
    const item = this.#items[index];
    const dash = this.#dash(index);
    const indent = indentOf(text, dash);
    if (item === undefined || indent === undefined) throw uneditableError();
    const gap = /^ +(?=[^\s#])/.exec(text.slice(dash + 1))?.[0] ?? " ";
    const lines = added.map((line) => `${indent}-${gap}${line}`);
    if (last === -1) {
      const start = lineStartOf(text, dash);
      return { start, end: start, text: lines.map((line) => `${line}\n`).join("") };
    }
    const end = belowComments(text, endOf(text, item), indent.length);
    return { start: end, end, text: lines.map((line) => `\n${line}`).join("") };
  }
}

/** Returns the pair of a custom field in a `custom_fields` pair. */
export function fieldPair({ value }: Pair, name: string): Pair | undefined {
  return isMap(value) ? pairOf(value as YAMLMap.Parsed, name) : undefined;
}

function uneditableError(): UneditableError {
  return new UneditableError("cannot be changed without touching the text around it");
}
