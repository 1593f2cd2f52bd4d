import { endOf, indentOf, lineEndOf, pairOf, rootMaps, type Splice, spliced } from "./yaml-nodes.ts";
import { isMap, type ParsedNode, type YAMLMap } from "./yaml-package.ts";

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
  const whole = additions.map(({ key, lines }) => `${key}:\n${lines("  ")}`);
  return `${endingInBreak(text)}---\n${whole.join("\n")}`;
}

function spliceFor(text: string, roots: readonly YAMLMap.Parsed[], { key, lines }: Addition): Splice | undefined {
  const root = roots.find((map) => pairOf(map, key) !== undefined);
  const last = root === undefined ? undefined : lastOf(pairOf(root, key)?.value ?? null);
  if (last === undefined) return undefined;
  const indent = indentOf(text, last.start);
  if (indent === undefined || indent === "") return undefined;
  const at = lineEndOf(text, endOf(text, last.end));
  const blank = key === "contacts" ? "\n" : "";
  return { start: at, end: at, text: `\n${blank}${lines(indent).replace(/\n$/, "")}` };
}

/** The last entry of a collection in block style. */
function lastOf(node: ParsedNode | null): { readonly start: number; readonly end: ParsedNode } | undefined {
  if (!isMap(node) || node.flow) return undefined;
  const pair = (node as YAMLMap.Parsed).items.at(-1);
  return pair === undefined ? undefined : { start: pair.key.range[0], end: pair.value ?? pair.key };
}

function endingInBreak(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
