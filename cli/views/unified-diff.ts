import { escapeText } from "../../src/internal.ts";
import type { Colors } from "./colors.ts";
import { commonPrefixLength } from "./line-comparison.ts";

/** Number of unchanged lines around a change, as in diff and git. */
const CONTEXT = 3;
const HEADER_LINES = 2;

type Edit = readonly [sign: " " | "-" | "+", line: string];

/** Returns a diff in the format of `patch` and `git apply`. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return "";
  const edits = diffLines(linesOf(before), linesOf(after));
  return [`--- ${nameOf(`a/${path}`)}\n`, `+++ ${nameOf(`b/${path}`)}\n`, ...hunksOf(edits)].join("");
}

/**
 * Quotes a path in a form that git can read: control and invisible characters are written as octal bytes. As in git, a
 * tab follows an unquoted path with a space, because `patch` would otherwise read the path only up to the space.
 */
function nameOf(path: string): string {
  if (!/["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(path)) return path.includes(" ") ? `${path}\t` : path;
  return `"${path.replaceAll(/["\\]/g, "\\$&").replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, octal)}"`;
}

function octal(character: string): string {
  return [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

/** Lines include their line breaks, so that a missing line break at the end is a difference. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * Compares lines with a patience diff: lines that occur exactly once in each text and in the same order are anchors,
 * and the lines between two anchors are compared separately. Without such lines, a longest common subsequence is used.
 */
function diffLines(before: readonly string[], after: readonly string[]): Edit[] {
  const head = commonPrefixLength(before, after);
  const tail = commonPrefixLength(before.slice(head).reverse(), after.slice(head).reverse());
  return [
    ...before.slice(0, head).map(keepLine),
    ...compareBetween(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(keepLine),
  ];
}

function keepLine(line: string): Edit {
  return [" ", line];
}

function compareBetween(before: readonly string[], after: readonly string[]): Edit[] {
  const uniqueAnchors = findLongestIncreasing(uniquePairs(before, after));
  const anchors = uniqueAnchors.length > 0 ? uniqueAnchors : commonPairs(before, after);
  const compareGap = anchors === uniqueAnchors ? diffLines : replaceLines;
  const edits: Edit[] = [];
  let [beforeStart, afterStart] = [0, 0];
  for (const [beforeEnd, afterEnd] of [...anchors, [before.length, after.length] as const]) {
    const gap = compareGap(before.slice(beforeStart, beforeEnd), after.slice(afterStart, afterEnd));
    for (const edit of gap) edits.push(edit);
    if (beforeEnd < before.length) edits.push(keepLine(before[beforeEnd] ?? ""));
    [beforeStart, afterStart] = [beforeEnd + 1, afterEnd + 1];
  }
  return edits;
}

function replaceLines(before: readonly string[], after: readonly string[]): Edit[] {
  return [...before.map((line): Edit => ["-", line]), ...after.map((line): Edit => ["+", line])];
}

/** Maximum number of pairs of lines to compare, because comparing all pairs takes quadratic time. */
const MAX_COMPARED = 250_000;

/** Returns the longest common subsequence of lines; an empty array if there are too many pairs to compare. */
function commonPairs(before: readonly string[], after: readonly string[]): Pair[] {
  if (before.length * after.length > MAX_COMPARED) return [];
  const longest = commonLengths(before, after);
  const lengthAt = (beforeIndex: number, afterIndex: number) =>
    longest[beforeIndex * (after.length + 1) + afterIndex] ?? 0;
  const pairs: Pair[] = [];
  for (let [beforeIndex, afterIndex] = [0, 0]; lengthAt(beforeIndex, afterIndex) > 0; ) {
    if (before[beforeIndex] === after[afterIndex]) pairs.push([beforeIndex++, afterIndex++]);
    else if (lengthAt(beforeIndex + 1, afterIndex) >= lengthAt(beforeIndex, afterIndex + 1)) beforeIndex += 1;
    else afterIndex += 1;
  }
  return pairs;
}

/**
 * Returns a table with the length of the longest common subsequence for each pair of a line in `before` and a line in
 * `after`, counting only the lines from the pair to the end.
 */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const longest = new Uint32Array((before.length + 1) * width);
  for (let cell = before.length * width - 1; cell >= 0; cell -= 1) {
    const [beforeIndex, afterIndex] = [Math.floor(cell / width), cell % width];
    if (afterIndex === after.length) continue;
    const isCommon = before[beforeIndex] === after[afterIndex];
    const [diagonal = 0, down = 0, right = 0] = [longest[cell + width + 1], longest[cell + width], longest[cell + 1]];
    longest[cell] = isCommon ? diagonal + 1 : Math.max(down, right);
  }
  return longest;
}

type Pair = readonly [before: number, after: number];

function uniquePairs(before: readonly string[], after: readonly string[]): Pair[] {
  const afterIndexes = indexUniqueLines(after);
  return [...indexUniqueLines(before)].flatMap(([line, index]): Pair[] => {
    const afterIndex = afterIndexes.get(line);
    return afterIndex === undefined ? [] : [[index, afterIndex]];
  });
}

function indexUniqueLines(lines: readonly string[]): Map<string, number> {
  const indexes = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [index, line] of lines.entries()) indexes.has(line) ? repeated.add(line) : indexes.set(line, index);
  for (const line of repeated) indexes.delete(line);
  return indexes;
}

interface Card {
  readonly pair: Pair;
  /** The card on top of the previous pile when this card was placed. */
  readonly previous: Card | undefined;
}

/** Returns the longest subsequence of pairs that increases on both sides, by patience sorting. */
function findLongestIncreasing(pairs: readonly Pair[]): Pair[] {
  const tops: Card[] = [];
  for (const pair of pairs.toSorted(([one], [other]) => one - other)) {
    const pile = findFirstIndex(tops.length, (index) => (tops[index]?.pair[1] ?? 0) > pair[1]);
    tops[pile] = { pair, previous: tops[pile - 1] };
  }
  const longest: Pair[] = [];
  for (let card = tops.at(-1); card !== undefined; card = card.previous) longest.push(card.pair);
  return longest.reverse();
}

/** Returns the first index for which `isTrue` returns true, by binary search; `count` if there is none. */
function findFirstIndex(count: number, isTrue: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isTrue(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function* hunksOf(edits: readonly Edit[]): Iterable<string> {
  const counts = { "-": countLines(edits, "-"), "+": countLines(edits, "+") };
  for (const { start, end } of hunkRanges(edits)) {
    const range = (side: "-" | "+") => {
      const [above = 0, until = 0] = [counts[side][start], counts[side][end]];
      return `${side}${until === above ? above : above + 1},${until - above}`;
    };
    yield `@@ ${range("-")} ${range("+")} @@\n`;
    for (const [sign, line] of edits.slice(start, end)) {
      yield `${sign}${line}${line.endsWith("\n") ? "" : "\n\\ No newline at end of file\n"}`;
    }
  }
}

/** Returns the ranges of changes with their context. Changes whose contexts meet are in one range. */
function hunkRanges(edits: readonly Edit[]) {
  const ranges: { readonly start: number; end: number }[] = [];
  for (const [index, [sign]] of edits.entries()) {
    if (sign === " ") continue;
    const [start, end] = [Math.max(0, index - CONTEXT), Math.min(edits.length, index + CONTEXT + 1)];
    const last = ranges.at(-1);
    if (last !== undefined && start <= last.end) last.end = end;
    else ranges.push({ start, end });
  }
  return ranges;
}

/** Returns the number of lines of a side before each edit. The last item is the total number of lines of the side. */
function countLines(edits: readonly Edit[], side: "-" | "+"): number[] {
  let count = 0;
  return [0, ...edits.map(([sign]) => (sign === " " || sign === side ? ++count : count))];
}

/** An escaped diff is safe to print, but programs such as `patch` may be unable to apply it. */
export function renderDiff(diff: string, colors: Colors, { escaped }: { readonly escaped: boolean }): string {
  const lines = diff.split("\n").map((line, index) => {
    const shown = escaped && index < HEADER_LINES ? line.replace(/\t$/, "") : line;
    const text = escaped ? shown.slice(0, 1) + escapeText(shown.slice(1), { limit: Number.POSITIVE_INFINITY }) : line;
    return (index < HEADER_LINES ? colors.bold : colorFor(line, colors))(text);
  });
  return lines.join("\n");
}

function colorFor(line: string, { cyan, green, red }: Colors): (text: string) => string {
  if (line.startsWith("@@")) return cyan;
  if (line.startsWith("+")) return green;
  return line.startsWith("-") ? red : (text) => text;
}
