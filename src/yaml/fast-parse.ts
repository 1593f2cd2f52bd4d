import { entryLimit, LIMITS } from "../model/limits.ts";
import { type LocatedRange, Ranges, type SourceDocument } from "./located-value.ts";
import type { Source } from "./source-text.ts";

/**
 * Parses the YAML syntax that most configuration files use: block maps and sequences, `{ }` and `[ ]` on one line,
 * strings on one line, numbers, `true`, `false`, `null` and comments. Returns undefined for errors and other syntax,
 * which the `yaml` package must parse. The package takes many times as long.
 * `test/yaml/fast-parse.test.ts` verifies that both return the same results.
 */
export function fastParse(source: Source): SourceDocument | undefined {
  if (/[\t\r\uFEFF]/.test(source.text)) return undefined;
  try {
    return new FastParser(source).read();
  } catch (error) {
    if (error !== UNSUPPORTED) throw error;
    return undefined;
  }
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const HASH = 0x23;
const UNSUPPORTED = Symbol("syntax that the package must parse");

const REST_OF_LINE = /(?: +#[^\n]*| *)(?:\n|$)/y;
const DOCUMENT_MARKER = /---(?=[ \n])/y;
const KEY = /[A-Za-z_](?:[\w -]{0,200}[\w-])?:(?=[ \n]|$)/y;
const QUOTED = /"[^"\\\n]*"|'[^'\n]*'/y;
/** Matches a plain scalar without an indicator at the start, and without a comment or key separator inside. */
const PLAIN = /[^\s\-?:,[\]{}#&*!|>'"%@`][^\n:#]*(?:(?::(?=[^ \n])|(?<! )#)[^\n:#]*){0,100}/y;
const PLAIN_IN_FLOW = /[^\s\-?:,[\]{}#&*!|>'"%@`][^\n:#,[\]{}]*(?:(?::(?=[^ \n,[\]{}])|(?<! )#)[^\n:#,[\]{}]*){0,100}/y;
const SEPARATOR = / *[,\]}]/y;
const EMPTY_FLOW = /\{ *\}|\[ *\]/y;
/** Matches all plain scalars that are not strings, and some that are. */
const NOT_TEXT = /^(?:~|null|true|false|[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|0[ox][\da-f]+|[-+]?\.(?:inf|nan))$/i;
const NUMBER = /^(?:0|[1-9]\d{0,9})(?:\.\d{1,5})?$/;
const KEYWORDS = new Map<string, unknown>([
  ["null", null],
  ["true", true],
  ["false", false],
]);

class FastParser {
  readonly #source: Source;
  readonly #text: string;
  readonly #ranges = new Map<object, Ranges>();
  #offset = 0;
  /** The indent of the current line in spaces; -1 at the end of the text. */
  #indent = 0;
  /** The range of the last parsed value. A multiline value ends where the next entry begins. */
  #start = 0;
  #end = 0;
  /** The number of entries of all maps and sequences so far. */
  #entryCount = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#text = source.text;
  }

  read(): SourceDocument {
    this.#nextLine();
    if (this.#indent === 0 && this.#match(DOCUMENT_MARKER)) this.#endLine();
    const value = this.#block(0, "");
    if (this.#indent !== -1) throw UNSUPPORTED;
    return { source: this.#source, value, range: [this.#start, this.#end], ranges: this.#ranges };
  }

  /** Consumes a pattern at the current offset. Returns false if it does not match. */
  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#offset;
    // `test` is faster than `exec`, which creates an array.
    if (!pattern.test(this.#text)) return false;
    this.#offset = pattern.lastIndex;
    return true;
  }

  #skipSpaces(): void {
    while (this.#text.charCodeAt(this.#offset) === SPACE) this.#offset += 1;
  }

  /** Skips blank lines and comment lines. Sets the indent of the next line. */
  #nextLine(): void {
    let start = this.#offset;
    this.#skipSpaces();
    for (let end = this.#endOfIgnoredLine(); end !== undefined; end = this.#endOfIgnoredLine()) {
      start = end;
      this.#offset = end;
      this.#skipSpaces();
    }
    this.#indent = this.#offset === this.#text.length ? -1 : this.#offset - start;
  }

  /** Returns the start of the next line if the rest of this line is empty or a comment; undefined otherwise. */
  #endOfIgnoredLine(): number | undefined {
    const next = this.#text.charCodeAt(this.#offset);
    if (next !== NEWLINE && next !== HASH) return undefined;
    const end = this.#text.indexOf("\n", this.#offset);
    return end === -1 ? this.#text.length : end + 1;
  }

  #endLine(): void {
    if (!this.#match(REST_OF_LINE)) throw UNSUPPORTED;
    this.#nextLine();
  }

  #isDash(): boolean {
    return this.#text.startsWith("- ", this.#offset);
  }

  #block(depth: number, name: string): unknown {
    return this.#isDash() ? this.#blockSequence(depth, name) : this.#blockMap(this.#indent, depth, name);
  }

  #blockMap(indent: number, depth: number, name: string): unknown {
    const start = this.#startOfCollection(depth);
    const value: Record<string, unknown> = {};
    const ranges = new Ranges();
    do {
      const keyStart = this.#offset;
      const key = this.#key(value);
      value[key] = this.#blockValue(indent, depth + 1, key);
      this.#add(ranges, { key: [keyStart, keyStart + key.length], value: [this.#start, this.#end] }, key);
    } while (this.#indent === indent && !this.#isDash());
    if (this.#indent > indent) throw UNSUPPORTED;
    return this.#finishCollection(value, ranges, depth, name, start);
  }

  /** Consumes a key and its colon. `map` contains the preceding entries, none of which may have the same key. */
  #key(map: object): string {
    const start = this.#offset;
    if (!this.#match(KEY)) throw UNSUPPORTED;
    const key = this.#text.slice(start, this.#offset - 1);
    if (NOT_TEXT.test(key) || key === "__proto__" || Object.hasOwn(map, key)) throw UNSUPPORTED;
    return key;
  }

  #blockValue(indent: number, depth: number, name: string): unknown {
    if (!this.#match(REST_OF_LINE)) return this.#lineValue(depth, name);
    const end = this.#offset;
    this.#nextLine();
    if (this.#indent > indent || (this.#indent === indent && this.#isDash())) return this.#block(depth, name);
    this.#start = end;
    this.#end = end;
    return null;
  }

  #lineValue(depth: number, name: string): unknown {
    this.#skipSpaces();
    const value = this.#inline(PLAIN, depth, name);
    this.#endLine();
    return value;
  }

  #blockSequence(depth: number, name: string): unknown {
    const start = this.#startOfCollection(depth);
    const indent = this.#indent;
    const value: unknown[] = [];
    const ranges = new Ranges();
    do {
      value.push(this.#blockItem(indent, depth + 1));
      this.#add(ranges, { value: [this.#start, this.#end] });
    } while (this.#indent === indent && this.#isDash());
    if (this.#indent > indent) throw UNSUPPORTED;
    return this.#finishCollection(value, ranges, depth, name, start);
  }

  #blockItem(indent: number, depth: number): unknown {
    const dash = this.#offset;
    this.#offset += 1;
    this.#skipSpaces();
    const start = this.#offset;
    if (!this.#match(KEY)) return this.#lineValue(depth, "");
    this.#offset = start;
    return this.#blockMap(indent + start - dash, depth, "");
  }

  #inline(plain: RegExp, depth: number, name: string): unknown {
    const start = this.#offset;
    if (this.#text[start] === "{") return this.#flowMap(depth, name);
    if (this.#text[start] === "[") return this.#flowSequence(depth, name);
    const isQuoted = this.#match(QUOTED);
    const text = isQuoted ? this.#text.slice(start + 1, this.#offset - 1) : this.#plain(plain);
    if (text.length * 3 > LIMITS.stringBytes) throw UNSUPPORTED;
    this.#start = start;
    this.#end = this.#offset;
    return !isQuoted && NOT_TEXT.test(text) ? plainValueOf(text) : copyOf(text);
  }

  #plain(pattern: RegExp): string {
    const start = this.#offset;
    if (!this.#match(pattern)) throw UNSUPPORTED;
    while (this.#text[this.#offset - 1] === " ") this.#offset -= 1;
    return this.#text.slice(start, this.#offset);
  }

  #flowMap(depth: number, name: string): unknown {
    const start = this.#startOfCollection(depth);
    const value: Record<string, unknown> = {};
    const ranges = new Ranges();
    if (!this.#match(EMPTY_FLOW)) {
      do {
        this.#offset += 1;
        this.#skipSpaces();
        const keyStart = this.#offset;
        const key = this.#key(value);
        this.#skipSpaces();
        value[key] = this.#inline(PLAIN_IN_FLOW, depth + 1, key);
        this.#add(ranges, { key: [keyStart, keyStart + key.length], value: [this.#start, this.#end] }, key);
      } while (this.#hasNext("}"));
    }
    return this.#finishCollection(value, ranges, depth, name, start);
  }

  #flowSequence(depth: number, name: string): unknown {
    const start = this.#startOfCollection(depth);
    const value: unknown[] = [];
    const ranges = new Ranges();
    if (!this.#match(EMPTY_FLOW)) {
      do {
        this.#offset += 1;
        this.#skipSpaces();
        value.push(this.#inline(PLAIN_IN_FLOW, depth + 1, ""));
        this.#add(ranges, { value: [this.#start, this.#end] });
      } while (this.#hasNext("]"));
    }
    return this.#finishCollection(value, ranges, depth, name, start);
  }

  /** Returns true and stops at a comma, or consumes the closing bracket and returns false. */
  #hasNext(closing: string): boolean {
    const separator = this.#match(SEPARATOR) ? this.#text[this.#offset - 1] : undefined;
    if (separator === closing) return false;
    if (separator !== ",") throw UNSUPPORTED;
    this.#offset -= 1;
    return true;
  }

  /** Returns the current offset. Checks the depth of the collection first, because parsing is recursive. */
  #startOfCollection(depth: number): number {
    if (depth >= LIMITS.levels) throw UNSUPPORTED;
    return this.#offset;
  }

  #add(ranges: Ranges, range: LocatedRange, name?: string): void {
    this.#entryCount += 1;
    if (this.#entryCount > LIMITS.values || ranges.size > LIMITS.contacts) throw UNSUPPORTED;
    ranges.add(range, name);
  }

  #finishCollection(value: object, ranges: Ranges, depth: number, name: string, start: number): unknown {
    if (ranges.size > entryLimit(depth, name)) throw UNSUPPORTED;
    this.#ranges.set(value, ranges);
    this.#start = start;
    this.#end = this.#offset;
    return value;
  }
}

/** Returns the value of a plain scalar that is not a string. Only unambiguous notations are supported. */
function plainValueOf(text: string): unknown {
  if (NUMBER.test(text)) return Number(text);
  if (!KEYWORDS.has(text)) throw UNSUPPORTED;
  return KEYWORDS.get(text);
}

/** Minimum length of a substring for which V8 keeps the whole string in memory instead of copying the substring. */
const MIN_SLICE = 13;

/** Returns an equal string that does not keep the text of the file in memory. */
function copyOf(text: string): string {
  return text.length < MIN_SLICE ? text : [text.slice(0, 1), text.slice(1)].join("");
}
