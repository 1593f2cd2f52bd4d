import { isDeepStrictEqual } from "node:util";
import { checkSchema } from "../config/schema.ts";
import type { DesiredContact } from "../model/contact.ts";
import { hasBlockingErrors } from "../model/diagnostic.ts";
import { isJsonObject, type JsonObject } from "../model/json-object.ts";
import { LIMITS } from "../model/limits.ts";
import { findComments } from "../yaml/comments.ts";
import { aliasesIn, applyTextEdits, nameOf, pairOf, rootMaps } from "../yaml/nodes.ts";
import { parseYaml } from "../yaml/parse.ts";
import { createSource } from "../yaml/source-text.ts";
import { isMap, type YAMLMap } from "../yaml/yaml-package.ts";
import type { EntryUpdate, ExistingEntry, ImportWarning } from "./entry.ts";
import { type EntryNode, notUpdated, type PropertyEdit } from "./property-edit.ts";
import { updateEntry } from "./update-entry.ts";

export interface UpdatedFile {
  readonly text: string;
  /** Keys of the entries that changed. */
  readonly updated: readonly string[];
  readonly warnings: readonly ImportWarning[];
}

/** The top-level key that contains the entries. */
export type Section = "contacts" | "accounts";

/**
 * Returns the text of a file with updated entries. Leaves everything else unchanged byte for byte, including comments,
 * order, anchors and quoting. Makes an edit only if the result parses to exactly the intended content, and otherwise
 * adds a warning.
 */
export function updateFile(
  file: string,
  text: string,
  updates: ReadonlyMap<ExistingEntry, EntryUpdate>,
  { section, defaults }: { readonly section: Section; readonly defaults?: DesiredContact | undefined },
): UpdatedFile {
  const editable = { text, comments: findComments(text) };
  const nodes = findEntryNodes(text, section);
  const edits: PropertyEdit[] = [];
  const warnings: ImportWarning[] = [];
  for (const [existing, update] of updates) {
    const node = nodes.get(existing.key);
    if (node === undefined) {
      warnings.push({
        kind: "not-updated",
        text: `${existing.key}: the entry is a YAML alias, which other entries may share; edit it manually`,
      });
      continue;
    }
    const found = updateEntry({ file: editable, node, existing, update, defaults });
    edits.push(...found.edits);
    warnings.push(...found.warnings);
  }
  if (edits.length === 0) return { text, updated: [], warnings };
  const accepted = new EditChecker(file, text, section).accept(edits);
  const acceptedEdits = new Set(accepted);
  const rejected = edits.filter((edit) => !acceptedEdits.has(edit));
  warnings.push(
    ...rejected.map(({ key, property }) =>
      notUpdated(key, property, `could not be edited safely in ${file}; edit it manually`),
    ),
  );
  return { text: editedText(text, accepted), updated: [...new Set(accepted.map(({ key }) => key))], warnings };
}

/** Returns the nodes of the entries that are not aliases, by key. */
function findEntryNodes(text: string, section: Section): ReadonlyMap<string, EntryNode> {
  const nodes = new Map<string, EntryNode>();
  for (const root of rootMaps(text)) {
    const found = pairOf(root, section)?.value;
    if (!isMap(found)) continue;
    const usedAnchors = aliasesIn(root);
    for (const pair of (found as YAMLMap.Parsed).items) {
      const { key, value } = pair;
      if (isMap(value)) nodes.set(nameOf(key) ?? "", { pair, map: value as YAMLMap.Parsed, usedAnchors });
    }
  }
  return nodes;
}

function editedText(text: string, edits: readonly PropertyEdit[]): string {
  return applyTextEdits(
    text,
    edits.flatMap(({ textEdits }) => textEdits),
  );
}

/**
 * Maximum number of checks per file, because each check parses the whole file. Edits that would need more checks are
 * rejected.
 */
const MAX_CHECKS = 200;

/** Maximum size of the text in bytes. Three bytes are reserved for a byte order mark. */
const MAX_BYTES = LIMITS.fileBytes - 3;

class EditChecker {
  readonly #file: string;
  readonly #text: string;
  readonly #section: Section;
  readonly #documents: readonly unknown[];
  readonly #comments: ReadonlyMap<string, number>;
  #checks = 0;

  constructor(file: string, text: string, section: Section) {
    this.#section = section;
    this.#file = file;
    this.#text = text;
    this.#documents = parseYaml(createSource(file, text)).documents.map(({ value }) => value);
    this.#comments = countTexts(findComments(text).map((comment) => comment.text));
  }

  /** Returns the accepted edits. Finds failing edits by bisection. */
  accept(edits: readonly PropertyEdit[]): readonly PropertyEdit[] {
    if (edits.length === 0 || this.#haveIntendedEffect(edits)) return edits;
    if (edits.length === 1) return [];
    const middle = Math.ceil(edits.length / 2);
    const first = this.accept(edits.slice(0, middle));
    const second = this.accept(edits.slice(middle));
    const both = [...first, ...second];
    return first.length === 0 || second.length === 0 || this.#haveIntendedEffect(both) ? both : first;
  }

  /** Returns whether the edited file matches the schema, and has the intended content and comments. */
  #haveIntendedEffect(edits: readonly PropertyEdit[]): boolean {
    this.#checks += 1;
    if (this.#checks > MAX_CHECKS) return false;
    const after = editedText(this.#text, edits);
    if (Buffer.byteLength(after) > MAX_BYTES) return false;
    const { documents, diagnostics } = parseYaml(createSource(this.#file, after));
    if (hasBlockingErrors(diagnostics) || documents.some((document) => hasBlockingErrors(checkSchema(document))))
      return false;
    const values = documents.map(({ value }) => value);
    return isDeepStrictEqual(values, this.#intended(edits)) && this.#keepsComments(after, edits);
  }

  #intended(edits: readonly PropertyEdit[]): readonly unknown[] {
    const byKey = new Map<string, PropertyEdit[]>();
    for (const edit of edits) byKey.set(edit.key, [...(byKey.get(edit.key) ?? []), edit]);
    const changed = (key: string, entry: unknown) =>
      (byKey.get(key) ?? []).reduce((values, edit) => edit.change(values), entry as JsonObject);
    return this.#documents.map((value) => {
      const entries = isJsonObject(value) ? value[this.#section] : undefined;
      if (!isJsonObject(value) || !isJsonObject(entries)) return value;
      const after = Object.entries(entries).map(([key, entry]) => [key, changed(key, entry)] as const);
      return { ...value, [this.#section]: Object.fromEntries(after) };
    });
  }

  #keepsComments(after: string, edits: readonly PropertyEdit[]): boolean {
    const removed = edits.flatMap(({ removedComments = [] }) => removedComments);
    const found = [...findComments(after).map((comment) => comment.text), ...removed];
    return isDeepStrictEqual(countTexts(found), this.#comments);
  }
}

function countTexts(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
