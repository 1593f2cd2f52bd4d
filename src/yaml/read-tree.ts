import { type Comment, isBelowBlankLine, looksLikeText } from "./comments.ts";
import type { LongMaps } from "./compose-long-maps.ts";
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

export interface CommentLine {
  readonly text: string;
  readonly blankLineAbove: boolean;
}

/** A value with its comments, without offsets in the source text. */
export type Tree = ScalarTree | AliasTree | CollectionTree;

export interface ScalarTree {
  readonly kind: "scalar";
  readonly anchor: string | undefined;
  readonly value: unknown;
  readonly type: Scalar.Type | undefined;
  /** The source text. */
  readonly source: string;
  /** True if the text needs quotes, because a comment such as `#1` after it would otherwise look like a part of it. */
  readonly needsQuotes?: boolean;
}

interface AliasTree {
  readonly kind: "alias";
  readonly name: string;
}

export interface CollectionTree {
  readonly kind: "map" | "sequence";
  readonly anchor: string | undefined;
  readonly entries: readonly Entry[];
  /** The comments below the last entry. */
  readonly commentsBelow: readonly CommentLine[];
}

export interface Entry {
  /** Undefined in a sequence. */
  readonly key: ScalarTree | AliasTree | undefined;
  readonly value: Tree;
  readonly commentsAbove: readonly CommentLine[];
  /** True if a blank line directly precedes the entry, below its comments. */
  readonly blankLineAbove: boolean;
  /** The comment to write at the end of the entry's first line. */
  readonly trailingComment: string | undefined;
}

interface DocumentSource {
  readonly text: string;
  readonly longMaps: LongMaps;
}

/** Returns the tree of a document without errors. `comments` are the comments of the document, in order. */
export function readTree(document: Document, comments: readonly Comment[], source: DocumentSource): CollectionTree {
  const contents = document.contents as ParsedNode | null;
  if (contents !== null && (isMap(contents) || isSeq(contents)) && contents.items.length > 0) {
    return new TreeReader(source).collection(contents as Collection, comments);
  }
  const commentsBelow = comments.map((comment) => commentLineOf(comment, source.text));
  return { kind: "map", anchor: undefined, entries: [], commentsBelow };
}

export function commentLineOf({ text, offset, onOwnLine }: Comment, source: string): CommentLine {
  return { text, blankLineAbove: onOwnLine && isBelowBlankLine(source, offset) };
}

type Collection = YAMLMap.Parsed | YAMLSeq.Parsed;
type Item = Pair<ParsedNode, ParsedNode | null> | ParsedNode;

/** An entry to which comments are being assigned. */
interface EntryDraft {
  readonly key: ParsedNode | undefined;
  readonly node: ParsedNode | null;
  readonly start: number;
  readonly end: number;
  readonly blankLineAbove: boolean;
  readonly commentsAbove: CommentLine[];
  /** The comments to assign to the entries of the value. */
  readonly inside: Comment[];
  trailingComment: Comment | undefined;
  /**
   * True after a comment below this entry was assigned to the next entry. Later comments also belong to the next entry.
   */
  isClosed: boolean;
}

class TreeReader {
  readonly #text: string;
  readonly #longMaps: LongMaps;

  constructor({ text, longMaps }: DocumentSource) {
    this.#text = text;
    this.#longMaps = longMaps;
  }

  collection(node: Collection, comments: readonly Comment[]): CollectionTree {
    const batches = isMap(node) ? this.#longMaps.batchesOf(node as YAMLMap.Parsed) : undefined;
    return batches === undefined ? this.#collection(node, comments) : this.#joinBatches(node, batches, comments);
  }

  /**
   * Returns a tree with the entries of all batches. The comments in `commentsBelow` of a batch are moved above the
   * first entry of the next batch.
   */
  #joinBatches(
    node: Collection,
    batches: Iterator<YAMLMap.Parsed, undefined>,
    comments: readonly Comment[],
  ): CollectionTree {
    const entries: Entry[] = [];
    let commentsBelow: readonly CommentLine[] = [];
    let start = 0;
    for (let batch = batches.next().value; batch !== undefined; ) {
      const next = batches.next().value;
      const nextOffset = next?.items[0] === undefined ? Number.POSITIVE_INFINITY : startOf(next.items[0]);
      const nextIndex = comments.findIndex(({ offset }, index) => index >= start && offset >= nextOffset);
      const end = nextIndex === -1 ? comments.length : nextIndex;
      const part = this.#collection(batch, comments.slice(start, end));
      const [first, ...others] = part.entries;
      if (first !== undefined) {
        entries.push({ ...first, commentsAbove: [...commentsBelow, ...first.commentsAbove] }, ...others);
      }
      [commentsBelow, start, batch] = [part.commentsBelow, end, next];
    }
    return { ...kindOf(node), entries, commentsBelow };
  }

  #collection(node: Collection, comments: readonly Comment[]): CollectionTree {
    const drafts = this.#drafts(node);
    const commentsBelow: CommentLine[] = [];
    for (const comment of comments) this.#assign(comment, node, drafts, commentsBelow);
    return { ...kindOf(node), entries: drafts.map((draft) => this.#entry(draft)), commentsBelow };
  }

  #drafts(node: Collection): EntryDraft[] {
    return (node.items as readonly Item[]).map((item, index) => {
      const pair = "key" in item ? item : { key: undefined, value: item };
      // Comments below an anchor belong to the value, so the entry starts at its dash.
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
        commentsAbove: [],
        inside: [],
        trailingComment: undefined,
        isClosed: false,
      };
    });
  }

  /** Assigns a comment to the entry that it belongs to, or to `commentsBelow` if it is below the last entry. */
  #assign(comment: Comment, node: Collection, drafts: readonly EntryDraft[], commentsBelow: CommentLine[]): void {
    const index = drafts.findLastIndex(({ start }) => start <= comment.offset);
    const draft = drafts[index];
    const next = drafts[index + 1];
    if (draft !== undefined && this.#belongsTo(draft, comment, node)) {
      if (isBlock(draft.node) || comment.offset < draft.end) draft.inside.push(comment);
      else addTrailingComment(draft, comment);
      return;
    }
    if (draft !== undefined) draft.isClosed = true;
    (next?.commentsAbove ?? commentsBelow).push(commentLineOf(comment, this.#text));
  }

  #belongsTo(draft: EntryDraft, comment: Comment, parent: Collection): boolean {
    if (comment.offset < draft.end) return true;
    if (!comment.onOwnLine) return !this.#text.slice(draft.end, comment.offset).includes("\n");
    if (draft.isClosed || !isBlock(draft.node)) return false;
    const indent = indentOf(draft.node);
    return indent > indentOf(parent) && comment.column >= indent;
  }

  #entry(draft: EntryDraft): Entry {
    const value = this.#value(draft);
    const { key, blankLineAbove, commentsAbove, trailingComment } = draft;
    return {
      key: key && this.#leaf(key),
      value: this.#needsQuotes(draft) && value.kind === "scalar" ? { ...value, needsQuotes: true } : value,
      blankLineAbove,
      commentsAbove,
      trailingComment: trailingComment?.text,
    };
  }

  /**
   * Returns whether a text needs quotes before a comment such as `#1`. If the text directly before the comment has no
   * quotes, it gets none, because the comment may be meant as part of the text.
   */
  #needsQuotes({ node, end, trailingComment }: EntryDraft): boolean {
    if (trailingComment === undefined || !looksLikeText(trailingComment.text)) return false;
    const isPlain = isScalar(node) && node.type === "PLAIN";
    return !isPlain || this.#text.slice(end, trailingComment.offset).trim() !== "" || trailingComment.offset < end;
  }

  #value(draft: EntryDraft): Tree {
    const { node, inside } = draft;
    const collection = node !== null && isCollection(node) && node.items.length > 0 ? node : undefined;
    const commentsOfValue: Comment[] = [];
    for (const comment of inside) {
      if (collection !== undefined && this.#isInValue(comment, draft, collection)) commentsOfValue.push(comment);
      else this.#addToEntry(draft, comment);
    }
    if (collection !== undefined) return this.collection(collection, commentsOfValue);
    return node !== null && isCollection(node) ? { ...kindOf(node), entries: [], commentsBelow: [] } : this.#leaf(node);
  }

  /** A comment beside the key or before an opening bracket belongs to the entry. */
  #isInValue({ onOwnLine, offset }: Comment, { key, start }: EntryDraft, node: Collection): boolean {
    const [first] = node.items as readonly Item[];
    if (offset >= (first === undefined ? 0 : startOf(first))) return true;
    if (onOwnLine) return node.flow !== true || offset > node.range[0];
    return this.#text.slice(key?.range[1] ?? start, offset).includes("\n");
  }

  #addToEntry(draft: EntryDraft, comment: Comment): void {
    if (comment.onOwnLine) draft.commentsAbove.push(commentLineOf(comment, this.#text));
    else addTrailingComment(draft, comment);
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
 * Makes V8 flatten a string by reading a character. The package appends characters one by one, and each takes 32 bytes
 * until the string is flattened.
 */
function flatten(value: unknown): unknown {
  return typeof value === "string" && value.charCodeAt(0) >= 0 ? value : value;
}

/** An entry has at most one trailing comment, so further comments are added above the entry. */
function addTrailingComment(draft: EntryDraft, comment: Comment): void {
  if (draft.trailingComment === undefined) draft.trailingComment = comment;
  else draft.commentsAbove.push({ text: comment.text, blankLineAbove: false });
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
