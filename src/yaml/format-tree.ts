import { type Comment, isBelowBlankLine } from "./comments.ts";
import type { LongMaps } from "./long-maps.ts";
import { dashOf, endOf } from "./nodes.ts";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "./yaml-package.ts";

/** A comment on its own line. */
export interface CommentLine {
  readonly text: string;
  /** True if a blank line precedes it. */
  readonly blankLineAbove: boolean;
}

/** A value with its comments, which can be moved and formatted. */
export type Tree = ScalarTree | AliasTree | CollectionTree;

export interface ScalarTree {
  readonly kind: "scalar";
  readonly anchor: string | undefined;
  readonly value: unknown;
  readonly type: Scalar.Type | undefined;
  /** The source text. */
  readonly source: string;
}

interface AliasTree {
  readonly kind: "alias";
  readonly name: string;
}

export interface CollectionTree {
  readonly kind: "map" | "sequence";
  readonly anchor: string | undefined;
  readonly entries: readonly Entry[];
  /** Comments below the last entry. */
  readonly end: readonly CommentLine[];
}

export interface Entry {
  /** Undefined in a sequence. */
  readonly key: ScalarTree | AliasTree | undefined;
  readonly value: Tree;
  /** Comments above it. */
  readonly before: readonly CommentLine[];
  /** True if a blank line precedes the entry itself. */
  readonly blankLineAbove: boolean;
  /** The comment at the end of its first line. */
  readonly beside: string | undefined;
}

/** The text of a document, and the maps in it that were shortened. */
interface DocumentSource {
  readonly text: string;
  readonly longMaps: LongMaps;
}

/** Converts a document without errors. `comments` are those of this document, in order. */
export function readTree(document: Document, comments: readonly Comment[], source: DocumentSource): CollectionTree {
  const contents = document.contents as ParsedNode | null;
  if (contents !== null && (isMap(contents) || isSeq(contents)) && contents.items.length > 0) {
    return new Reader(source).collection(contents as Collection, comments);
  }
  const end = comments.map((comment) => commentOf(comment, source.text));
  return { kind: "map", anchor: undefined, entries: [], end };
}

type Collection = YAMLMap.Parsed | YAMLSeq.Parsed;
type Item = Pair<ParsedNode, ParsedNode | null> | ParsedNode;

/** An entry before its comments are assigned. */
interface Draft {
  readonly key: ParsedNode | undefined;
  readonly node: ParsedNode | null;
  readonly start: number;
  readonly end: number;
  readonly blankLineAbove: boolean;
  readonly before: CommentLine[];
  /** Comments to assign further down. */
  readonly inside: Comment[];
  beside: string | undefined;
  /** True once a comment below it belongs to the next entry; so do all later comments. */
  closed: boolean;
}

class Reader {
  readonly #text: string;
  readonly #longMaps: LongMaps;

  constructor({ text, longMaps }: DocumentSource) {
    this.#text = text;
    this.#longMaps = longMaps;
  }

  collection(node: Collection, comments: readonly Comment[]): CollectionTree {
    const batches = isMap(node) ? this.#longMaps.batchesOf(node as YAMLMap.Parsed) : undefined;
    return batches === undefined ? this.#collection(node, comments) : this.#joined(node, batches, comments);
  }

  /**
   * Joins the entries of batches. Comments below a batch that do not belong to its last entry go above the first entry
   * of the next batch.
   */
  #joined(
    node: Collection,
    batches: Iterator<YAMLMap.Parsed, undefined>,
    comments: readonly Comment[],
  ): CollectionTree {
    const entries: Entry[] = [];
    let end: readonly CommentLine[] = [];
    let from = 0;
    for (let batch = batches.next().value; batch !== undefined; ) {
      const next = batches.next().value;
      const nextStart = next?.items[0] === undefined ? Number.POSITIVE_INFINITY : startOf(next.items[0]);
      const after = comments.findIndex(({ offset }, index) => index >= from && offset >= nextStart);
      const until = after === -1 ? comments.length : after;
      const part = this.#collection(batch, comments.slice(from, until));
      const [first, ...others] = part.entries;
      if (first !== undefined) entries.push({ ...first, before: [...end, ...first.before] }, ...others);
      [end, from, batch] = [part.end, until, next];
    }
    return { ...kindOf(node), entries, end };
  }

  #collection(node: Collection, comments: readonly Comment[]): CollectionTree {
    const drafts = this.#drafts(node);
    const end: CommentLine[] = [];
    for (const comment of comments) this.#assign(comment, node, drafts, end);
    return { ...kindOf(node), entries: drafts.map((draft) => this.#entry(draft)), end };
  }

  #drafts(node: Collection): Draft[] {
    return (node.items as readonly Item[]).map((item, index) => {
      const pair = "key" in item ? item : { key: undefined, value: item };
      // Below an anchor, comments belong to the value.
      const dash = isSeq(node) && isAnchored(item) ? dashOf(node as YAMLSeq.Parsed, index) : undefined;
      const start = dash ?? startOf(item);
      const end = Math.max(pair.key?.range[1] ?? 0, pair.value === null ? 0 : endOf(this.#text, pair.value));
      const blankLineAbove = node.flow !== true && isBelowBlankLine(this.#text, start);
      return {
        key: pair.key,
        node: pair.value,
        start,
        end,
        blankLineAbove,
        before: [],
        inside: [],
        beside: undefined,
        closed: false,
      };
    });
  }

  /** Assigns a comment to the innermost entry that it can belong to. */
  #assign(comment: Comment, node: Collection, drafts: readonly Draft[], end: CommentLine[]): void {
    const index = drafts.findLastIndex(({ start }) => start <= comment.offset);
    const draft = drafts[index];
    const next = drafts[index + 1];
    if (draft !== undefined && this.#belongsTo(draft, comment, node)) {
      if (isBlock(draft.node) || comment.offset < draft.end) draft.inside.push(comment);
      else putBeside(draft, comment);
      return;
    }
    if (draft !== undefined) draft.closed = true;
    (next?.before ?? end).push(commentOf(comment, this.#text));
  }

  #belongsTo(draft: Draft, comment: Comment, parent: Collection): boolean {
    if (comment.offset < draft.end) return true;
    if (!comment.onOwnLine) return !this.#text.slice(draft.end, comment.offset).includes("\n");
    if (draft.closed || !isBlock(draft.node)) return false;
    const indent = indentOf(draft.node);
    return indent > indentOf(parent) && comment.column >= indent;
  }

  #entry(draft: Draft): Entry {
    const value = this.#value(draft);
    const { key, blankLineAbove, before, beside } = draft;
    return { key: key === undefined ? undefined : this.#leaf(key), value, blankLineAbove, before, beside };
  }

  #value(draft: Draft): Tree {
    const { node, inside } = draft;
    const filled = node !== null && isCollection(node) && node.items.length > 0 ? node : undefined;
    const within: Comment[] = [];
    for (const comment of inside) {
      if (filled !== undefined && this.#isWithin(comment, draft, filled)) within.push(comment);
      else this.#putAtLeaf(draft, comment);
    }
    if (filled !== undefined) return this.collection(filled, within);
    return node !== null && isCollection(node) ? { ...kindOf(node), entries: [], end: [] } : this.#leaf(node);
  }

  /** Returns whether a comment is inside the value, not beside the key or before an opening bracket. */
  #isWithin({ onOwnLine, offset }: Comment, { key, start }: Draft, node: Collection): boolean {
    const [first] = node.items as readonly Item[];
    if (offset >= (first === undefined ? 0 : startOf(first))) return true;
    if (onOwnLine) return node.flow !== true || offset > node.range[0];
    return this.#text.slice(key?.range[1] ?? start, offset).includes("\n");
  }

  #putAtLeaf(draft: Draft, comment: Comment): void {
    if (comment.onOwnLine)
      draft.before.push({ text: comment.text, blankLineAbove: isBelowBlankLine(this.#text, comment.offset) });
    else putBeside(draft, comment);
  }

  #leaf(node: ParsedNode | null): ScalarTree | AliasTree {
    if (node !== null && isAlias(node)) return { kind: "alias", name: node.source };
    if (node === null || !isScalar(node)) {
      return { kind: "scalar", anchor: undefined, value: null, type: undefined, source: "" };
    }
    const source = this.#text.slice(node.range[0], node.range[1]);
    return { kind: "scalar", anchor: node.anchor, value: flatten(node.value), type: node.type, source };
  }
}

/**
 * Returns the same value. Reading a character makes V8 flatten the string: the package appends characters one by one,
 * which take 32 bytes each until then.
 */
function flatten(value: unknown): unknown {
  return typeof value === "string" && value.charCodeAt(0) >= 0 ? value : value;
}

/** Adds a trailing comment. An entry has at most one; further ones go above it. */
function putBeside(draft: Draft, { text }: Comment): void {
  if (draft.beside === undefined) draft.beside = text;
  else draft.before.push({ text, blankLineAbove: false });
}

function commentOf({ text, offset, onOwnLine }: Comment, whole: string): CommentLine {
  return { text, blankLineAbove: onOwnLine && isBelowBlankLine(whole, offset) };
}

function startOf(item: Item): number {
  return ("key" in item ? item.key : item).range[0];
}

function isAnchored(item: Item): boolean {
  return !("key" in item) && !isAlias(item) && item.anchor !== undefined;
}

function isCollection(node: ParsedNode): node is Collection {
  return isMap(node) || isSeq(node);
}

function isBlock(node: ParsedNode | null): node is Collection {
  return node !== null && isCollection(node) && node.flow !== true && node.items.length > 0;
}

function indentOf(node: Collection): number {
  const { srcToken } = node;
  return srcToken !== undefined && "indent" in srcToken ? srcToken.indent : -1;
}

function kindOf(node: Collection) {
  return { kind: isMap(node) ? ("map" as const) : ("sequence" as const), anchor: node.anchor };
}
