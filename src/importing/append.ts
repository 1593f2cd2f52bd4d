import { endOf, indentOf, lineStartOf, pairOf, rootMaps, type Splice, spliced } from "../desired/yaml-nodes.ts";
import { isMap, isSeq, type ParsedNode, type YAMLMap } from "../desired/yaml-package.ts";

import { belowComments } from "./splices.ts";

/** More that a file is to say under one of its keys, as lines of block style. */
export interface Addition {
  readonly key: "contacts" | "lists" | "custom_fields";
  /** Every line begins with the indent and ends with a line break. */
  readonly lines: (indent: string) => string;
}

/**
 * Adds to a file that was found to be right, and changes nothing else in it. Where a key is written in a way that
 * nothing can be added to without rewriting it, the additions go into a document of their own.
 */
export function appendTo(text: string, additions: readonly Addition[]): string {
  const roots = rootMaps(text);
  const splices = additions.map((addition) => spliceFor(text, roots, addition));
  if (splices.every((splice) => splice !== undefined)) return spliced(text, splices);
  return `${endingInBreak(text)}---\n${additions.map(wholeText).join("\n")}`;
}

function spliceFor(text: string, roots: readonly YAMLMap.Parsed[], addition: Addition): Splice | undefined {
  const { key, lines } = addition;
  const root = roots.find((map) => pairOf(map, key) !== undefined);
  if (root === undefined) return atTheEnd(text, roots.at(-1), addition);
  const last = lastOf(pairOf(root, key)?.value ?? null, text);
  if (last === undefined || last.indent === "") return undefined;
  const at = belowComments(text, endOf(text, last.node), last.indent.length);
  const blank = key === "contacts" ? "\n" : "";
  return { start: at, end: at, text: `\n${blank}${lines(last.indent).replace(/\n$/, "")}` };
}

/** A key that the file does not have yet, unless something else than a map's last entry stands at its end. */
function atTheEnd(text: string, root: YAMLMap.Parsed | undefined, addition: Addition): Splice | undefined {
  const last = root?.items.at(-1);
  if (last === undefined || root?.flow || indentOf(text, last.key.range[0]) !== "") return undefined;
  if (/^(?:---|\.\.\.)/m.test(text.slice(endOf(text, last.value ?? last.key)))) return undefined;
  const gap = text.endsWith("\n") ? "\n" : "\n\n";
  return { start: text.length, end: text.length, text: gap + wholeText(addition) };
}

function wholeText({ key, lines }: Addition): string {
  return `${key}:\n${lines("  ")}`;
}

interface Last {
  readonly node: ParsedNode;
  /** What the entry's line begins with. */
  readonly indent: string | undefined;
}

/** The last entry of a collection in block style. */
function lastOf(node: ParsedNode | null, text: string): (Last & { readonly indent: string }) | undefined {
  const last = isMap(node) && !node.flow ? lastPair(node as YAMLMap.Parsed, text) : lastItem(node, text);
  return last?.indent === undefined ? undefined : { ...last, indent: last.indent };
}

function lastPair(map: YAMLMap.Parsed, text: string): Last | undefined {
  const pair = map.items.at(-1);
  return pair && { node: pair.value ?? pair.key, indent: indentOf(text, pair.key.range[0]) };
}

function lastItem(node: ParsedNode | null, text: string): Last | undefined {
  const item = isSeq(node) && !node.flow ? (node.items.at(-1) as ParsedNode | undefined) : undefined;
  const dash = item && /^( *)- +$/.exec(text.slice(lineStartOf(text, item.range[0]), item.range[0]));
  return item && { node: item, indent: dash?.[1] };
}

function endingInBreak(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
