import { isDeepStrictEqual } from "node:util";
import { hasBlockingErrors } from "../model/diagnostic.ts";
import { isJsonObject, type JsonObject } from "../model/json-object.ts";
import { findComments } from "../yaml/comments.ts";
import { endOfCommentsBelow } from "../yaml/edit.ts";
import { applyTextEdits, endOf, indentOf, lineStartOf, pairOf, rootMaps, type TextEdit } from "../yaml/nodes.ts";
import { parseYaml } from "../yaml/parse.ts";
import { createSource } from "../yaml/source-text.ts";
import { isMap, isSeq, type ParsedNode, type YAMLMap } from "../yaml/yaml-package.ts";

/** Lines in block style to add below a top-level key of a file. */
export interface Addition {
  readonly key: "contacts" | "accounts" | "lists" | "custom_fields";
  /** Returns the lines, indented by `indent`. Each line ends with a line break. */
  readonly lines: (indent: string) => string;
  /** Returns the same content as entries of a map. Needed only for a key whose value can be a sequence or a map. */
  readonly entries?: (indent: string) => string;
}

/**
 * Returns a text with additions, and leaves the rest of the text unchanged. The text must not have errors. If a key
 * cannot be extended without rewriting its value, the additions become a new YAML document. Returns undefined if the
 * result does not parse to the intended content, or if its comments differ.
 */
export function appendTo(text: string, additions: readonly Addition[]): string | undefined {
  const edits = editsFor(text, additions);
  const intended = joinContents([contentsOf(text), contentsOf(additions.map(sectionText).join("\n"))]);
  const isAsIntended = (after: string) =>
    isDeepStrictEqual(contentsOf(after), intended) && isDeepStrictEqual(commentsOf(after), commentsOf(text));
  if (edits.every((edit) => edit !== undefined)) {
    const after = applyTextEdits(text, edits);
    if (isAsIntended(after)) return after;
  }
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  const after = `${text}${gap}---\n${additions.map(sectionText).join("\n")}`;
  return isAsIntended(after) ? after : undefined;
}

/** The merged content of all documents of a text, by top-level key; undefined if the text has errors. */
type Contents = ReadonlyMap<string, JsonObject> | undefined;

function contentsOf(text: string): Contents {
  const { documents, diagnostics } = parseYaml(createSource("", text));
  return hasBlockingErrors(diagnostics)
    ? undefined
    : joinContents(documents.map(({ value }) => new Map(topLevelOf(value))));
}

/**
 * Returns the content below each top-level key. The items of a sequence become entries whose keys are the JSON of the
 * items, or the names of lists.
 */
function topLevelOf(value: unknown): [string, JsonObject][] {
  if (!isJsonObject(value)) return [["", { value }]];
  return Object.entries(value).map(([key, below]) => {
    if (!Array.isArray(below)) return [key, isJsonObject(below) ? below : { value: below }];
    const toEntry = (item: unknown) =>
      key === "lists" && typeof item === "string" ? [item, {}] : [JSON.stringify(item), item];
    return [key, Object.fromEntries(below.map(toEntry))];
  });
}

function joinContents(all: readonly Contents[]): Contents {
  const contents = new Map<string, JsonObject>();
  for (const part of all) {
    if (part === undefined) return undefined;
    for (const [key, value] of part) contents.set(key, { ...contents.get(key), ...value });
  }
  return contents;
}

function commentsOf(text: string): readonly string[] {
  return findComments(text).map((comment) => comment.text);
}

/** This is a separate function, so that the parsed nodes can be garbage-collected before the edits are checked. */
function editsFor(text: string, additions: readonly Addition[]): readonly (TextEdit | undefined)[] {
  const roots = rootMaps(text);
  return additions.map((addition) => editFor(text, roots, addition));
}

function editFor(text: string, roots: readonly YAMLMap.Parsed[], addition: Addition): TextEdit | undefined {
  const { key } = addition;
  const root = roots.find((map) => pairOf(map, key) !== undefined);
  if (root === undefined) return editAtEnd(text, roots.at(-1), addition);
  const value = pairOf(root, key)?.value ?? null;
  const lines = (isMap(value) ? addition.entries : undefined) ?? addition.lines;
  const last = findLastEntry(value, text);
  if (!last?.indent) return undefined;
  const offset = endOfCommentsBelow(text, endOf(text, last.node), last.indent.length);
  const blankLine = key === "contacts" ? "\n" : "";
  return { start: offset, end: offset, text: `\n${blankLine}${lines(last.indent).replace(/\n$/, "")}` };
}

/** Returns an edit that adds a key below a map; undefined if another document follows or the map cannot be extended. */
function editAtEnd(text: string, root: YAMLMap.Parsed | undefined, addition: Addition): TextEdit | undefined {
  const last = root?.items.at(-1);
  if (last === undefined || root?.flow || indentOf(text, last.key.range[0]) !== "") return undefined;
  if (/^(?:---|\.\.\.)/m.test(text.slice(endOf(text, last.value ?? last.key)))) return undefined;
  const gap = text.endsWith("\n") ? "\n" : "\n\n";
  return { start: text.length, end: text.length, text: gap + sectionText(addition) };
}

export function sectionText({ key, lines }: Addition): string {
  return `${key}:\n${lines("  ")}`;
}

interface LastEntry {
  readonly node: ParsedNode;
  /**
   * The spaces before the key of the entry, or before the dash of an item; undefined if the line contains anything else
   * before it.
   */
  readonly indent: string | undefined;
}

/** Returns the last entry of a collection in block style; undefined for other nodes and for empty collections. */
function findLastEntry(node: ParsedNode | null, text: string): LastEntry | undefined {
  if (isMap(node) && !node.flow) {
    const pair = (node as YAMLMap.Parsed).items.at(-1);
    return pair && { node: pair.value ?? pair.key, indent: indentOf(text, pair.key.range[0]) };
  }
  const item = isSeq(node) && !node.flow ? (node.items.at(-1) as ParsedNode | undefined) : undefined;
  const dash = item && /^( *)- +$/.exec(text.slice(lineStartOf(text, item.range[0]), item.range[0]));
  return item && { node: item, indent: dash?.[1] };
}
