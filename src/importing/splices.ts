import { endOf, indentOf, isAnchored, lineEndOf, lineStartOf, type Pair, type Splice } from "../desired/yaml-nodes.ts";
import { isMap, isSeq, type ParsedNode, type YAMLMap, type YAMLSeq } from "../desired/yaml-package.ts";
import { Unrevisable } from "./unrevisable.ts";

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
  if (sequence.flow) return [inBrackets(text, sequence as YAMLSeq.Parsed, { stays, ...edits })];
  const gone = [...edits.gone].map((index) => lineOf(text, items[index] as ParsedNode));
  if (edits.added.length > 0) return [added(text, stays.at(-1), items[0] as ParsedNode, edits.added), ...gone];
  const colon = text.indexOf(":", endOf(text, pair.key)) + 1;
  return stays.length > 0 ? gone : [{ start: colon, end: colon, text: " []" }, ...gone];
}

function inBrackets(
  text: string,
  node: YAMLSeq.Parsed,
  { stays, gone, added: more }: ItemEdits & { readonly stays: readonly ParsedNode[] },
): Splice {
  const last = stays.at(-1);
  if (gone.size === 0 && last !== undefined) {
    const at = endOf(text, last);
    return { start: at, end: at, text: `, ${more.join(", ")}` };
  }
  const [start] = node.range;
  const end = endOf(text, node);
  // Comments in between would be lost, so such a sequence is left to people.
  if (/\s#/.test(text.slice(start, end))) throw crowded();
  const kept = stays.map((item) => text.slice(item.range[0], endOf(text, item)));
  return { start, end, text: `[${[...kept, ...more].join(", ")}]` };
}

/** Below the last one that stays, or in the place of the first. */
function added(text: string, last: ParsedNode | undefined, first: ParsedNode, lines: readonly string[]): Splice {
  const dash = dashOf(text, last ?? first);
  const items = lines.map((line) => dash + line);
  if (last === undefined) {
    const start = lineStartOf(text, first.range[0]);
    return { start, end: start, text: items.map((item) => `${item}\n`).join("") };
  }
  const end = lineEndOf(text, endOf(text, last));
  return { start: end, end, text: items.map((item) => `\n${item}`).join("") };
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
