import type { Diagnostic } from "../model/diagnostic.ts";
import type { DiagnosticCode } from "../model/diagnostic-codes.ts";
import { entryLimit, LIMITS } from "../model/limits.ts";
import { type ComposedPart, composeDocuments } from "./compose-documents.ts";
import { fastParse } from "./fast-parse.ts";
import { isMap as isPlainMap, type LocatedRange, type PlainMap, Ranges, type SourceDocument } from "./located-value.ts";
import { explainSyntax, limitExceeded, truncate } from "./messages.ts";
import type { Range, Source } from "./source-text.ts";
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type Scalar,
  YAML_OPTIONS,
  type YAMLMap,
  type YAMLSeq,
} from "./yaml-package.ts";

export interface ParsedYaml {
  /** The documents without errors. */
  readonly documents: readonly SourceDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses the YAML of a file. Tags are rejected, and every size is limited. */
export function parseYaml(source: Source): ParsedYaml {
  const document = fastParse(source);
  return document === undefined ? parseWithPackage(source) : { documents: [document], diagnostics: [] };
}

/** Parses the YAML of a file with the `yaml` package. */
export function parseWithPackage(source: Source): ParsedYaml {
  const documents: SourceDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  const size: FileSize = { values: 0 };
  for (const part of composeDocuments(source.text, YAML_OPTIONS)) {
    if (part.kind === "limit") {
      diagnostics.push(limitExceeded(part.limit, source, rangeOf(part)));
      break;
    }
    if (documents.length + diagnostics.length > LIMITS.documents) {
      diagnostics.push(limitExceeded("documents", source));
      break;
    }
    const found = checkSyntax(part, source);
    if (found !== undefined) diagnostics.push(found);
    else readDocument(part, { source, size, documents, diagnostics });
    if (diagnostics.length >= LIMITS.problems) break;
  }
  return { documents, diagnostics };
}

type LimitedPart = Extract<ComposedPart, { kind: "limit" }>;
type DocumentPart = Exclude<ComposedPart, LimitedPart>;

/**
 * Returns the range to report for an exceeded limit. Most limits concern the whole file, so they are reported at its
 * start.
 */
function rangeOf({ limit, offset }: LimitedPart): Range {
  return limit === "text" || limit === "entries" ? [offset, offset + 1] : [0, 1];
}

function checkSyntax(part: DocumentPart, source: Source): Diagnostic | undefined {
  const { errors, warnings } = part.kind === "document" ? part.document : part.problems;
  const found = explainSyntax([...errors, ...warnings], source);
  if (found !== undefined || part.kind === "broken") return found;
  const { explicit, version } = part.document.directives?.yaml ?? {};
  if (explicit !== true || version === "1.2") return undefined;
  const at = Math.max(0, source.text.indexOf("%YAML"));
  return {
    severity: "error",
    code: "yaml-version",
    summary: `YAML ${version} is not supported; files are YAML 1.2`,
    advice: "Remove the %YAML line. In older versions, yes, no and 0123 have other meanings.",
    location: source.locationOf([at, at + 9]),
  };
}

/** The size of the part of a file that was read. */
interface FileSize {
  values: number;
}

interface FileReading {
  readonly source: Source;
  readonly size: FileSize;
  readonly documents: SourceDocument[];
  readonly diagnostics: Diagnostic[];
}

function readDocument(part: DocumentPart, { source, size, documents, diagnostics }: FileReading): void {
  if (part.kind !== "document" || part.document.contents === null) return;
  const contents = part.document.contents as ParsedNode;
  const reader = new DocumentReader(source, size);
  const value = reader.read(contents, { depth: 0, name: "" });
  diagnostics.push(...reader.diagnostics);
  if (reader.usable && value !== null) documents.push({ source, value, range: contents.range, ranges: reader.ranges });
}

interface Position {
  readonly depth: number;
  /** The key of the value; empty in a sequence. */
  readonly name: string;
}

interface Anchored {
  readonly value: unknown;
  readonly range: Range;
  /** Characters that each alias adds to the expanded size. */
  readonly weight: number;
}

const READING = Symbol("an anchor whose value is still being read");

/** Converts a syntax tree to plain values with their ranges, within the limits. */
class DocumentReader {
  readonly ranges = new Map<object, Ranges>();
  readonly diagnostics: Diagnostic[] = [];
  /** False after an error that makes the value incomplete. */
  usable = true;
  readonly #source: Source;
  readonly #size: FileSize;
  readonly #anchors = new Map<string, Anchored | typeof READING>();
  #aliases = 0;
  #expanded = 0;

  constructor(source: Source, size: FileSize) {
    this.#source = source;
    this.#size = size;
  }

  read(node: ParsedNode | null, position: Position): unknown {
    if (!this.usable || node === null) return null;
    if (isAlias(node)) return this.#resolve(node)?.value ?? null;
    if (node.tag !== undefined) this.#refuseTag(node.range);
    const { anchor } = node;
    if (anchor === undefined) return this.#readContents(node, position);
    const before = this.#expanded;
    this.#anchors.set(anchor, READING);
    const value = this.#readContents(node, position);
    this.#anchors.set(anchor, { value, range: node.range, weight: this.#expanded - before });
    return value;
  }

  #readContents(node: Exclude<ParsedNode, Alias.Parsed>, position: Position): unknown {
    this.#grow(1 + (isScalar(node) ? node.range[1] - node.range[0] : 0), node.range);
    if (isScalar(node)) return this.#readScalar(node);
    if (position.depth >= LIMITS.levels) {
      return this.#refuse("too-deep", `The value is nested more than ${LIMITS.levels} levels deep`, node.range);
    }
    return isMap(node) ? this.#readMap(node, position) : this.#readSequence(node as YAMLSeq.Parsed, position);
  }

  #readScalar({ value, range, type }: Scalar.Parsed): unknown {
    if (typeof value !== "string") return value;
    if (value.length * 3 > LIMITS.stringBytes && Buffer.byteLength(value) > LIMITS.stringBytes) {
      return this.#refuse("too-long", `The text is longer than ${LIMITS.stringBytes} bytes`, range);
    }
    // Raw control characters were reported before. Only an escape sequence can still produce one.
    if (type === "QUOTE_DOUBLE") this.#checkEscapes(value, range);
    return value;
  }

  #checkEscapes(value: string, range: Range): void {
    const unfit = /(?![\n\t])[\p{Cc}\p{Cs}]/u.exec(value)?.[0];
    if (unfit === undefined) return;
    const code = unfit.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase();
    const what = /\p{Cs}/u.test(unfit) ? "half a surrogate pair" : "a control character";
    this.#report("control-character", `The text contains ${what} (U+${code})`, "Remove the escape sequence.", range);
  }

  #readMap(node: YAMLMap.Parsed, position: Position): unknown {
    const value: Record<string, unknown> = {};
    const ranges = new Ranges();
    this.ranges.set(value, ranges);
    const merged: Pair<ParsedNode, ParsedNode | null>[] = [];
    for (const pair of node.items) {
      if (isMergeKey(pair.key)) merged.push(pair);
      else this.#readPair(pair, position, value, ranges);
    }
    for (const pair of merged) this.#merge(pair.value, value, ranges);
    this.#checkCount(ranges.size, node.range, position);
    return value;
  }

  #readPair(
    { key, value }: Pair<ParsedNode, ParsedNode | null>,
    { depth }: Position,
    into: Record<string, unknown>,
    ranges: Ranges,
  ): void {
    const name = this.read(key, { depth, name: "" });
    if (typeof name !== "string") return;
    if (Object.hasOwn(into, name)) {
      this.#reportTwice(name, key.range, ranges.find(name).key ?? key.range);
    } else {
      setOwn(into, name, this.read(value, { depth: depth + 1, name }));
      ranges.add({ key: key.range, ...this.#rangeOf(value, key.range) }, name);
    }
  }

  #reportTwice(name: string, range: Range, first: Range): void {
    this.#push({
      severity: "error",
      code: "key-twice",
      summary: `Duplicate key "${truncate(name)}"`,
      advice: "Remove one of the two.",
      location: this.#source.locationOf(range),
      related: [{ location: this.#source.locationOf(first), note: "first declared" }],
    });
  }

  #rangeOf(node: ParsedNode | null, otherwise: Range): LocatedRange {
    if (node === null) return { value: [otherwise[1], otherwise[1]] };
    if (!isAlias(node)) return { value: node.range };
    const target = this.#anchors.get(node.source);
    const value = target === undefined || target === READING ? node.range : target.range;
    return { value, via: node.range };
  }

  /** Merges maps into a map. Its own keys override merged ones, and an earlier merge overrides a later one. */
  #merge(node: ParsedNode | null, into: Record<string, unknown>, ranges: Ranges): void {
    for (const source of isSeq(node) ? (node.items as ParsedNode[]) : [node]) {
      const value = this.read(source, { depth: 1, name: "" });
      if (source !== null && isPlainMap(value)) this.#mergeMap(value, source, into, ranges);
      else this.#refuseMerge(source?.range ?? [0, 1]);
    }
  }

  #mergeMap(value: PlainMap, source: ParsedNode, into: Record<string, unknown>, ranges: Ranges): void {
    const from = this.ranges.get(value);
    for (const [index, name] of (from?.names ?? []).entries()) {
      if (from === undefined || Object.hasOwn(into, name)) continue;
      setOwn(into, name, value[name]);
      const range = from.at(index);
      ranges.add(isAlias(source) ? { ...range, via: source.range } : range, name);
    }
  }

  #refuseMerge(range: Range): void {
    this.#refuse(
      "yaml-merge",
      "The merge key << needs a map",
      range,
      "Write `<<: *name`, with the name of an anchored map.",
    );
  }

  #readSequence(node: YAMLSeq.Parsed, position: Position): unknown[] {
    const value: unknown[] = [];
    const ranges = new Ranges();
    this.ranges.set(value, ranges);
    for (const item of node.items as ParsedNode[]) {
      value.push(this.read(item, { depth: position.depth + 1, name: "" }));
      ranges.add(this.#rangeOf(item, node.range));
    }
    this.#checkCount(value.length, node.range, position);
    return value;
  }

  #checkCount(count: number, range: Range, { depth, name }: Position): void {
    const maximum = entryLimit(depth, name);
    this.#size.values += count;
    if (this.#size.values > LIMITS.values && this.usable) {
      this.#push(limitExceeded("values", this.#source));
      this.usable = false;
    }
    if (count <= maximum) return;
    this.#refuse(
      "too-many",
      `${name === "" ? "The collection" : `"${truncate(name)}"`} has ${count} entries; the limit is ${maximum}`,
      range,
    );
  }

  #resolve(alias: Alias.Parsed): Anchored | undefined {
    const { source: name, range } = alias;
    const target = this.#anchors.get(name);
    this.#aliases += 1;
    if (target === undefined) {
      this.#refuse(
        "yaml-alias",
        `Undefined anchor "${truncate(name)}"`,
        range,
        "Define the anchor before the alias, or put the text in quotes.",
      );
    } else if (target === READING) {
      this.#refuse(
        "yaml-alias",
        `Alias "${truncate(name)}" refers to a value that contains it`,
        range,
        "Replace the alias with a value.",
      );
    } else if (this.#aliases > LIMITS.aliases) {
      this.#refuse("too-many-aliases", `The file has more than ${LIMITS.aliases} aliases`, range);
    } else {
      this.#grow(target.weight, range);
      return target;
    }
    return undefined;
  }

  #grow(size: number, range: Range): void {
    this.#expanded += size;
    if (this.#aliases === 0 || this.#expanded <= LIMITS.expansion * this.#source.text.length) return;
    this.#refuse(
      "too-large-expanded",
      `Aliases expand the file to more than ${LIMITS.expansion} times its size`,
      range,
    );
  }

  #refuseTag(range: Range): void {
    this.#report(
      "yaml-tag",
      "YAML tags (words that begin with !) are not supported",
      "Remove the tag, or put the value in quotes if it is text.",
      range,
    );
  }

  #refuse(code: DiagnosticCode, summary: string, range: Range, advice = "Split it into smaller parts."): null {
    if (this.usable) this.#report(code, summary, advice, range);
    this.usable = false;
    return null;
  }

  #report(code: DiagnosticCode, summary: string, advice: string, range: Range): void {
    this.#push({ severity: "error", code, summary, advice, location: this.#source.locationOf(range) });
  }

  /** Stops reading a document after too many problems. */
  #push(diagnostic: Diagnostic): void {
    if (this.diagnostics.length >= LIMITS.problems) this.usable = false;
    else this.diagnostics.push(diagnostic);
  }
}

/** Sets an own property. Assigning to `__proto__` would set the prototype. */
function setOwn(into: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") into[name] = value;
  else Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true });
}

function isMergeKey(key: ParsedNode): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}
