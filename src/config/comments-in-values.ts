import { type Diagnostic, warningAt } from "../model/diagnostic.ts";
import { type LocatedValue, locatedValueOf, type SourceDocument } from "../yaml/located-value.ts";
import { lineEndOf, lineStartOf } from "../yaml/nodes.ts";
import type { Source } from "../yaml/source-text.ts";
import { truncate } from "../yaml/syntax-diagnostics.ts";
import { entriesOf, itemsOf } from "./written-values.ts";

/** Warns about text such as `#1` in `name: Ann #1`, which YAML reads as a comment. `# 1` is probably meant as one. */
export function* warnCommentsInValues(source: Source, documents: readonly SourceDocument[]): Iterable<Diagnostic> {
  const comments = findComments(source);
  if (comments.size === 0) return;
  for (const text of documents.flatMap((document) => [...textsIn(locatedValueOf(document))])) {
    const { line, column, length } = text.location;
    // An omitted value has the location of its key, which a colon follows.
    const end = column + length + (text.text === "" ? 1 : 0);
    const start = isPlain(text) ? comments.get(`${line}:${end}`) : undefined;
    if (start === undefined) continue;
    const range = [start, lineEndOf(source.text, start)] as const;
    const summary = `YAML reads "${truncate(source.text.slice(...range).trimEnd())}" as a comment, not as part of the value`;
    const advice = "Put the value in quotes, or add a space after the number sign.";
    yield warningAt(source.locationOf(range), "comment-in-value", summary, advice);
  }
}

/** Matches a line up to a value without quotes, or up to the colon before an omitted value. */
const UNQUOTED = /^(?! *#)(?:(?:.*: +| *- +)[^\s"'|>[{#*!]|.*:$)/;

/**
 * Returns the offset of each number sign that may be in a value and is followed by a letter or digit, by the position
 * before the preceding spaces. Only the first number sign of a line can begin a comment after an unquoted value.
 */
function findComments({ text, locationOf }: Source): ReadonlyMap<string, number> {
  const comments = new Map<string, number>();
  for (let space = text.indexOf(" #"); space !== -1; space = text.indexOf(" #", lineEndOf(text, space))) {
    if (!/^[\p{L}\p{N}]/u.test(text.slice(space + 2, space + 4))) continue;
    const before = text.slice(lineStartOf(text, space), space).trimEnd();
    if (!UNQUOTED.test(before)) continue;
    const { line } = locationOf([space, space + 1]);
    comments.set(`${line}:${before.length + 1}`, space + 1);
  }
  return comments;
}

function isPlain({ value, text }: LocatedValue): boolean {
  return text === (value ?? "");
}

/** Returns the text properties of contacts, accounts and defaults. */
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
