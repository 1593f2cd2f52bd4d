import { Unrevisable } from "./unrevisable.ts";
import { endOf, indentOf, isAnchored, lineEndOf, lineStartOf, type Pair, type Splice } from "./yaml-nodes.ts";
import { isMap, isSeq, type ParsedNode, type YAMLMap, type YAMLSeq } from "./yaml-package.ts";

/** Another value for a key. What stands around it stays. */
export function replaceValue(text: string, { key, value }: Pair, replacement: string): Splice {
  const start = value === null ? undefined : value.range[0];
  const end = value === null ? undefined : endOf(text, value);
  // Nothing at all after the colon is null, too.
  if (start === undefined || end === undefined || start === end) {
    const colon = text.indexOf(":", endOf(text, key)) + 1;
    return { start: colon, end: colon, text: ` ${replacement}` };
  }
  return { start, end, text: replacement };
}

/** Takes a property out, with its lines. */
export function removePair(text: string, map: YAMLMap.Parsed, { key, value }: Pair): Splice {
  const start = lineStartOf(text, key.range[0]);
  if (map.flow || indentOf(text, key.range[0]) === undefined) throw crowded();
  const end = Math.min(text.length, text.indexOf("\n", endOf(text, value ?? key)) + 1 || text.length);
  return { start, end, text: "" };
}

/** More properties at the end of a map. */
export function addToMap(text: string, pair: Pair, added: readonly string[]): Splice {
  const map = pair.value;
  if (!isMap(map)) throw crowded();
  const last = (map as YAMLMap.Parsed).items.at(-1);
  if (last === undefined) return replaceValue(text, pair, `{ ${added.join(", ")} }`);
  const at = endOf(text, last.value ?? last.key);
  if (map.flow) return { start: at, end: at, text: `, ${added.join(", ")}` };
  const indent = indentOf(text, last.key.range[0]);
  if (indent === undefined) throw crowded();
  const end = lineEndOf(text, at);
  return { start: end, end, text: added.map((line) => `\n${indent}${line}`).join("") };
}

export interface ItemEdits {
  /** Indexes of those that go. */
  readonly gone: ReadonlySet<number>;
  readonly added: readonly string[];
}

/** Items of a sequence go, and others come at its end. */
export function editItems(text: string, pair: Pair, edits: ItemEdits): Splice[] {
  const sequence = pair.value;
  if (!isSeq(sequence) || sequence.items.some((item) => isAnchored(item as ParsedNode))) {
    throw new Unrevisable("something in it is anchored (&), and others may share it");
  }
  const items = sequence.items as ParsedNode[];
  const stays = items.filter((_, index) => !edits.gone.has(index));
  if (stays.length === 0 || (sequence.flow && edits.gone.size > 0)) return [rewritten(text, pair, stays, edits.added)];
  const gone = [...edits.gone].map((index) => lineOf(text, items[index] as ParsedNode));
  const last = items.at(-1) as ParsedNode;
  if (edits.added.length === 0) return gone;
  if (sequence.flow) {
    const at = endOf(text, last);
    return [{ start: at, end: at, text: `, ${edits.added.join(", ")}` }];
  }
  return [...gone, below(text, stays.at(-1) ?? last, edits.added)];
}

/** Everything in brackets. Comments in between would be lost, so such a sequence is left to people. */
function rewritten(text: string, pair: Pair, stays: readonly ParsedNode[], added: readonly string[]): Splice {
  const node = pair.value as YAMLSeq.Parsed;
  const from = text.indexOf(":", endOf(text, pair.key)) + 1;
  const end = endOf(text, node);
  if (/(?:^|\s)#/.test(text.slice(from, end))) throw crowded();
  const kept = stays.map((item) => text.slice(item.range[0], endOf(text, item)));
  const line = `[${[...kept, ...added].join(", ")}]`;
  return node.flow ? { start: node.range[0], end, text: line } : { start: from, end, text: ` ${line}` };
}

function below(text: string, last: ParsedNode, added: readonly string[]): Splice {
  const end = lineEndOf(text, endOf(text, last));
  const dash = dashOf(text, last);
  return { start: end, end, text: added.map((line) => `\n${dash}${line}`).join("") };
}

function lineOf(text: string, item: ParsedNode): Splice {
  dashOf(text, item);
  const end = text.indexOf("\n", endOf(text, item));
  return { start: lineStartOf(text, item.range[0]), end: end === -1 ? text.length : end + 1, text: "" };
}

/** What an item's line begins with: blanks, the dash, blanks. */
function dashOf(text: string, item: ParsedNode): string {
  const before = text.slice(lineStartOf(text, item.range[0]), item.range[0]);
  if (!/^ *- +$/.test(before)) throw crowded();
  return before;
}

function crowded(): Unrevisable {
  return new Unrevisable("it is written in a way that cannot be changed without touching what is around it");
}
