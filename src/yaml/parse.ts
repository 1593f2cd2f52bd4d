import { type Diagnostic, errorAt, type SourceLocation } from "../model/diagnostic.ts";
import type { DiagnosticCode } from "../model/diagnostic-codes.ts";
import { isJsonObject, type JsonObject } from "../model/json-object.ts";
import { entryLimit, LIMITS } from "../model/limits.ts";
import { groupDigits } from "../model/plural.ts";
import { type ComposedPart, composeDocuments } from "./compose-documents.ts";
import { fastParse } from "./fast-parse.ts";
import { type LocatedRange, Ranges, type SourceDocument } from "./located-value.ts";
import type { Range, Source } from "./source-text.ts";
import { explainSyntax, limitExceeded, truncate, UNSUPPORTED_TAG } from "./syntax-diagnostics.ts";
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
  /** The documents that were read completely. */
  readonly documents: readonly SourceDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Returns the documents of a YAML text, and its errors, which include tags and exceeded limits. */
export function parseYaml(source: Source): ParsedYaml {
  const document = fastParse(source);
  return document === undefined ? parseWithPackage(source) : { documents: [document], diagnostics: [] };
}

export function parseWithPackage(source: Source): ParsedYaml {
  const documents: SourceDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  const counter: ValueCounter = { values: 0 };
  for (const part of composeDocuments(source.text, YAML_OPTIONS)) {
    if (part.kind === "limit") {
      diagnostics.push(limitExceeded(part.limit, source, rangeOf(part)));
      break;
    }
    if (documents.length + diagnostics.length > LIMITS.documents) {
      diagnostics.push(limitExceeded("documents", source));
      break;
    }
    const parsed = readDocument(part, source, counter);
    documents.push(...parsed.documents);
    diagnostics.push(...parsed.diagnostics);
    if (diagnostics.length >= LIMITS.problems) break;
  }
  return { documents, diagnostics };
}

type LimitedPart = Extract<ComposedPart, { kind: "limit" }>;
type DocumentPart = Exclude<ComposedPart, LimitedPart>;

/** Returns the range of an exceeded limit; the start of the file if the limit applies to the whole file. */
function rangeOf({ limit, offset }: LimitedPart): Range {
  return limit === "text" || limit === "entries" ? [offset, offset + 1] : [0, 1];
}

function checkSyntax(part: DocumentPart, source: Source): Diagnostic | undefined {
  const { errors, warnings } = part.kind === "document" ? part.document : part.problems;
  const syntaxProblem = explainSyntax([...errors, ...warnings], source);
  if (syntaxProblem !== undefined || part.kind === "broken") return syntaxProblem;
  const { directives } = part.document;
  // Without a %TAG directive, the package declares only the prefix of `!!`.
  if (Object.keys(directives?.tags ?? {}).length > 1) {
    const summary = "YAML tags and the %TAG directive are not supported";
    const advice = "Remove the line that begins with %.";
    return errorAt(directiveLocation("%TAG", source), "yaml-directive", summary, advice);
  }
  const { explicit, version } = directives?.yaml ?? {};
  if (explicit !== true || version === "1.2") return undefined;
  const summary = `YAML ${version} is not supported; configuration files use YAML 1.2`;
  const advice = "Remove the %YAML line. In older versions, values such as yes, no and 0123 have different meanings.";
  return errorAt(directiveLocation("%YAML", source), "yaml-version", summary, advice);
}

function directiveLocation(name: string, source: Source): SourceLocation {
  const start = Math.max(0, source.text.search(new RegExp(`^${name}\\b`, "m")));
  const line = /^.*/.exec(source.text.slice(start, start + 100))?.[0] ?? "";
  return source.locationOf([start, start + line.trimEnd().length]);
}

/** The number of values that have been read so far in all documents of a file. */
interface ValueCounter {
  values: number;
}

function readDocument(part: DocumentPart, source: Source, counter: ValueCounter): ParsedYaml {
  const syntaxProblem = checkSyntax(part, source);
  if (syntaxProblem !== undefined) return { documents: [], diagnostics: [syntaxProblem] };
  const contents = part.kind === "document" ? (part.document.contents as ParsedNode | null) : null;
  if (contents === null) return { documents: [], diagnostics: [] };
  const reader = new DocumentReader(source, counter);
  const value = reader.read(contents, { depth: 0, name: "" });
  const document = { source, value, range: contents.range, ranges: reader.ranges };
  return { documents: reader.isUsable && value !== null ? [document] : [], diagnostics: reader.diagnostics };
}

interface Position {
  readonly depth: number;
  /** The key of the value; empty if the value has no key. */
  readonly name: string;
}

interface Anchor {
  readonly value: unknown;
  readonly range: Range;
  /** The number of characters that each alias adds to the expanded size. */
  readonly weight: number;
}

const READING = Symbol("an anchor whose value is still being read");

class DocumentReader {
  readonly ranges = new Map<object, Ranges>();
  readonly diagnostics: Diagnostic[] = [];
  /** False after an error that makes the value incomplete. */
  isUsable = true;
  readonly #source: Source;
  readonly #counter: ValueCounter;
  readonly #anchors = new Map<string, Anchor | typeof READING>();
  #aliases = 0;
  /** The approximate number of characters of the document if every alias were replaced by its value. */
  #expandedSize = 0;

  constructor(source: Source, counter: ValueCounter) {
    this.#source = source;
    this.#counter = counter;
  }

  read(node: ParsedNode | null, position: Position): unknown {
    if (!this.isUsable || node === null) return null;
    if (isAlias(node)) return this.#resolve(node)?.value ?? null;
    if (node.tag !== undefined) this.#report(...UNSUPPORTED_TAG, this.#tagBefore(node.range));
    const { anchor } = node;
    if (anchor === undefined) return this.#readContents(node, position);
    const before = this.#expandedSize;
    this.#anchors.set(anchor, READING);
    const value = this.#readContents(node, position);
    this.#anchors.set(anchor, { value, range: node.range, weight: this.#expandedSize - before });
    return value;
  }

  #readContents(node: Exclude<ParsedNode, Alias.Parsed>, position: Position): unknown {
    this.#addToExpandedSize(1 + (isScalar(node) ? node.range[1] - node.range[0] : 0), node.range);
    if (isScalar(node)) return this.#readScalar(node);
    if (position.depth >= LIMITS.levels) {
      const summary = `The value is nested more than ${LIMITS.levels} levels deep`;
      return this.#reject("too-deep", summary, node.range, `Use at most ${LIMITS.levels} levels.`);
    }
    return isMap(node) ? this.#readMap(node, position) : this.#readSequence(node as YAMLSeq.Parsed, position);
  }

  #readScalar({ value, range, type }: Scalar.Parsed): unknown {
    if (typeof value !== "string") return value;
    if (value.length * 3 > LIMITS.stringBytes && Buffer.byteLength(value) > LIMITS.stringBytes) {
      const summary = `The text is longer than ${groupDigits(LIMITS.stringBytes)} bytes`;
      return this.#reject("too-long", summary, range, "Shorten the text.");
    }
    // `decodeSource` reports control characters in the file, so only an escape sequence can produce one here.
    if (type === "QUOTE_DOUBLE") this.#checkEscapes(value, range);
    return value;
  }

  #checkEscapes(value: string, range: Range): void {
    const character = /(?![\n\t])[\p{Cc}\p{Cs}]/u.exec(value)?.[0];
    if (character === undefined) return;
    const code = character.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase();
    const kind = /\p{Cs}/u.test(character) ? "an unpaired surrogate" : "a control character";
    this.#report("control-character", `The text contains ${kind} (U+${code})`, "Remove the escape sequence.", range);
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
    target: Record<string, unknown>,
    ranges: Ranges,
  ): void {
    const name = this.read(key, { depth, name: "" });
    if (typeof name !== "string") return;
    if (Object.hasOwn(target, name)) {
      this.#reportDuplicateKey(name, key.range, ranges.find(name).key ?? key.range);
    } else {
      setOwn(target, name, this.read(value, { depth: depth + 1, name }));
      ranges.add({ key: key.range, ...this.#rangeOf(value, key.range) }, name);
    }
  }

  #reportDuplicateKey(name: string, range: Range, first: Range): void {
    const summary = `Duplicate key "${truncate(name)}"`;
    const diagnostic = errorAt(this.#source.locationOf(range), "key-twice", summary, "Remove one of the two.");
    const related = [{ location: this.#source.locationOf(first), note: "first declared" }];
    this.#addDiagnostic({ ...diagnostic, related });
  }

  /** Returns the range of a value. An omitted value has an empty range at the end of its key or sequence. */
  #rangeOf(node: ParsedNode | null, [, end]: Range): LocatedRange {
    if (node === null) return { value: [end, end] };
    if (!isAlias(node)) return { value: node.range };
    const anchor = this.#anchors.get(node.source);
    const value = anchor === undefined || anchor === READING ? node.range : anchor.range;
    return { value, aliasRange: node.range };
  }

  /**
   * Merges maps into `target`. Keys that `target` already contains take precedence over the maps, and earlier maps take
   * precedence over later maps.
   */
  #merge(node: ParsedNode | null, target: Record<string, unknown>, ranges: Ranges): void {
    for (const source of isSeq(node) ? (node.items as ParsedNode[]) : [node]) {
      const value = this.read(source, { depth: 1, name: "" });
      if (source !== null && isJsonObject(value)) {
        this.#mergeMap(value, source, target, ranges);
      } else {
        const advice = "Write `<<: *name`, with the name of an anchored map.";
        this.#reject("yaml-merge", "The merge key << needs a map", source?.range ?? [0, 1], advice);
      }
    }
  }

  #mergeMap(value: JsonObject, source: ParsedNode, target: Record<string, unknown>, ranges: Ranges): void {
    const from = this.ranges.get(value);
    if (from === undefined) return;
    for (const [index, name] of from.names.entries()) {
      if (Object.hasOwn(target, name)) continue;
      setOwn(target, name, value[name]);
      const range = from.at(index);
      ranges.add(isAlias(source) ? { ...range, aliasRange: source.range } : range, name);
    }
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
    const limit = entryLimit(depth, name);
    this.#counter.values += count;
    if (this.#counter.values > LIMITS.values && this.isUsable) {
      this.#addDiagnostic(limitExceeded("values", this.#source));
      this.isUsable = false;
    }
    if (count <= limit) return;
    const collection = name === "" ? "The collection" : `"${truncate(name)}"`;
    const advice = depth <= 1 ? "Split the file into several files." : "Remove items that are not needed.";
    this.#reject(
      "too-many",
      `${collection} has ${groupDigits(count)} items; the limit is ${groupDigits(limit)}`,
      range,
      advice,
    );
  }

  #resolve(alias: Alias.Parsed): Anchor | undefined {
    const { source: name, range } = alias;
    const anchor = this.#anchors.get(name);
    this.#aliases += 1;
    if (anchor === undefined) {
      const advice = "Define the anchor before the alias, or put the text in quotes.";
      this.#reject("yaml-alias", `Undefined anchor "${truncate(name)}"`, range, advice);
    } else if (anchor === READING) {
      const summary = `Alias "${truncate(name)}" refers to a value that contains it`;
      this.#reject("yaml-alias", summary, range, "Replace the alias with a value.");
    } else if (this.#aliases > LIMITS.aliases) {
      this.#reject("too-many-aliases", `The YAML document has more than ${LIMITS.aliases} aliases`, range);
    } else {
      this.#addToExpandedSize(anchor.weight, range);
      return anchor;
    }
    return undefined;
  }

  #addToExpandedSize(size: number, range: Range): void {
    this.#expandedSize += size;
    if (this.#aliases === 0 || this.#expandedSize <= LIMITS.expansion * this.#source.text.length) return;
    const summary = `Aliases expand the file to more than ${LIMITS.expansion} times its size`;
    this.#reject(
      "too-large-expanded",
      summary,
      range,
      "Write values instead of aliases, or use aliases for short values.",
    );
  }

  #reject(code: DiagnosticCode, summary: string, range: Range, advice = "Split the file into several files."): null {
    if (this.isUsable) this.#report(code, summary, advice, range);
    this.isUsable = false;
    return null;
  }

  /** Returns the range of the tag of a value, which the range of the value does not include. */
  #tagBefore([start]: Range): Range {
    const { text } = this.#source;
    const last = text.lastIndexOf("!", start - 1);
    const first = text[last - 1] === "!" ? last - 1 : last;
    return [first, last + text.slice(last, start).search(/\s|$/)];
  }

  #report(code: DiagnosticCode, summary: string, advice: string, range: Range): void {
    this.#addDiagnostic(errorAt(this.#source.locationOf(range), code, summary, advice));
  }

  /** Adds a diagnostic, or stops reading the document if there are too many. */
  #addDiagnostic(diagnostic: Diagnostic): void {
    if (this.diagnostics.length >= LIMITS.problems) this.isUsable = false;
    else this.diagnostics.push(diagnostic);
  }
}

/** Assigning to `__proto__` would set the prototype. */
function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

function isMergeKey(key: ParsedNode): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}
