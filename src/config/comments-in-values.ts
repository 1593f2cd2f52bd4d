import { type Diagnostic, warningAt } from "../model/diagnostic.ts";
import { looksLikeText } from "../yaml/comments.ts";
import { type LocatedValue, locatedValueOf, type SourceDocument } from "../yaml/located-value.ts";
import { lineEndOf } from "../yaml/nodes.ts";
import type { Source } from "../yaml/source-text.ts";
import { truncate } from "../yaml/syntax-diagnostics.ts";
import { entriesOf, itemsOf } from "./written-values.ts";

/** Warns about text such as `#1` in `name: Ann #1`, which YAML reads as a comment. Ignores comments such as `# 1`. */
export function* warnCommentsInValues(source: Source, documents: readonly SourceDocument[]): Iterable<Diagnostic> {
  const comments = findComments(source);
  if (comments.size === 0) return;
  const roots = documents.map((document) => locatedValueOf(document, { aliasLocation: "anchor" }));
  for (const text of roots.flatMap((root) => [...textsIn(root)])) {
    const { line, column, length } = text.location;
    // An omitted value has the location of its key, which a colon follows.
    const position = `${line}:${column + length + (text.text === "" ? 1 : 0)}`;
    const start = isPlain(text) ? comments.get(position) : undefined;
    if (start === undefined) continue;
    // Aliases of one anchor have the same location.
    comments.delete(position);
    const range = [start, lineEndOf(source.text, start)] as const;
    const summary = `YAML reads "${truncate(source.text.slice(...range).trimEnd())}" as a comment, not as part of the value`;
    const advice =
      "If it is part of the value, put the value in quotes; if it is a comment, add a space after the number sign.";
    yield warningAt(source.locationOf(range), "comment-in-value", summary, advice);
  }
}

/**
 * Returns the offset of each number sign between a space and a letter or digit, by the position at which the spaces
 * before the sign begin (`LINE:COLUMN`).
 */
function findComments({ text }: Source): Map<string, number> {
  const comments = new Map<string, number>();
  if (!/[ \t]#/.test(text)) return comments;
  let lineStart = 0;
  for (const [index, line] of text.split("\n").entries()) {
    for (let sign = line.indexOf("#", 1); sign !== -1; sign = line.indexOf("#", sign + 1)) {
      const end = endBefore(line, sign);
      if (end === sign || !looksLikeText(line.slice(sign, sign + 3))) continue;
      comments.set(`${index + 1}:${end + 1}`, lineStart + sign);
    }
    lineStart += line.length + 1;
  }
  return comments;
}

/** Returns the end of the text before an offset, without trailing spaces and tabs. */
function endBefore(line: string, offset: number): number {
  let end = offset;
  while (line[end - 1] === " " || line[end - 1] === "\t") end -= 1;
  return end;
}

/** Returns whether a value may be text without quotes, such as `5` in `5 #e`, or null in place of `#e`. */
function isPlain({ value, text }: LocatedValue): boolean {
  return value === null || typeof value === "number" || text === value;
}

/** Yields the text properties of contacts, accounts and defaults. */
function* textsIn(root: LocatedValue): Iterable<LocatedValue> {
  const entries = [...entriesOf(root, "contacts"), ...entriesOf(root, "accounts")].map(([, entry]) => entry);
  for (const entry of [...entries, root.get("defaults")]) {
    if (entry === undefined) continue;
    const handles = itemsOf(entry, "handles").map((item) => item.get("handle"));
    const items = ["links", "lists"].flatMap((key) => itemsOf(entry, key));
    for (const text of [entry.get("name"), entry.get("description"), ...handles, ...items])
      if (text !== undefined) yield text;
    for (const [, field] of entriesOf(entry, "custom_fields")) yield field;
  }
}
