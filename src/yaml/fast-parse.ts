import { entryLimit, LIMITS } from "../model/limits.ts";
import { type LocatedRange, Ranges, type SourceDocument } from "./located-value.ts";
import type { Source } from "./source-text.ts";

/**
 * Parses the YAML that nearly every configuration file uses: block maps and sequences, `{ }` and `[ ]` on one line,
 * text on one line, numbers, comments. It takes a fraction of the time of the `yaml` package, with which parsing would
 * take most of the time of a plan. Returns undefined for a file with anything else, including errors: the package
 * parses such a file. Both return the same for every document that this one accepts; `test/yaml/fast-parse.test.ts`
 * compares them.
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
const DOCUMENT_MARK = /---(?=[ \n])/y;
const KEY = /[A-Za-z_](?:[\w -]{0,200}[\w-])?:(?=[ \n]|$)/y;
const QUOTED = /"[^"\\\n]*"|'[^'\n]*'/y;
/** A plain scalar: no indicator at the start, and no comment or key separator inside. */
const PLAIN = /[^\s\-?:,[\]{}#&*!|>'"%@`][^\n:#]*(?:(?::(?=[^ \n])|(?<! )#)[^\n:#]*){0,100}/y;
const PLAIN_IN_FLOW = /[^\s\-?:,[\]{}#&*!|>'"%@`][^\n:#,[\]{}]*(?:(?::(?=[^ \n,[\]{}])|(?<! )#)[^\n:#,[\]{}]*){0,100}/y;
const SEPARATOR = / *[,\]}]/y;
const EMPTY_FLOW = /\{ *\}|\[ *\]/y;
/** Plain scalars that are not text, in every notation. */
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
  #at = 0;
  /** The indent of the current line; -1 at the end. */
  #indent = 0;
  /** The range of the last value. A value over several lines ends where the next one begins. */
  #start = 0;
  #end = 0;
  /** Entries of all maps and sequences. */
  #entries = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#text = source.text;
  }

  read(): SourceDocument {
    this.#nextLine();
    if (this.#indent === 0 && this.#take(DOCUMENT_MARK)) this.#endLine();
    const value = this.#block(0, "");
    if (this.#indent !== -1) throw UNSUPPORTED;
    return { source: this.#source, value, range: [this.#start, this.#end], ranges: this.#ranges };
  }

  /** Consumes the pattern at the cursor. Returns false if it does not match. */
  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    // Takes less time than `exec`, which makes an array.
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #takeSpaces(): void {
    while (this.#text.charCodeAt(this.#at) === SPACE) this.#at += 1;
  }

  /** Skips to the next line that is not blank or a comment. */
  #nextLine(): void {
    let start = this.#at;
    this.#takeSpaces();
    for (let end = this.#endWithoutContent(); end !== undefined; end = this.#endWithoutContent()) {
      start = end;
      this.#at = end;
      this.#takeSpaces();
    }
    this.#indent = this.#at === this.#text.length ? -1 : this.#at - start;
  }

  /** Returns the end of a line on which nothing but a comment follows; undefined for any other line, and at the end. */
  #endWithoutContent(): number | undefined {
    const next = this.#text.charCodeAt(this.#at);
    if (next !== NEWLINE && next !== HASH) return undefined;
    const end = this.#text.indexOf("\n", this.#at);
    return end === -1 ? this.#text.length : end + 1;
  }

  #endLine(): void {
    if (!this.#take(REST_OF_LINE)) throw UNSUPPORTED;
    this.#nextLine();
  }

  #isDash(): boolean {
    return this.#text.startsWith("- ", this.#at);
  }

  #block(depth: number, name: string): unknown {
    return this.#isDash() ? this.#blockSequence(depth, name) : this.#blockMap(this.#indent, depth, name);
  }

  #blockMap(indent: number, depth: number, name: string): unknown {
    const start = this.#enter(depth);
    const value: Record<string, unknown> = {};
    const ranges = new Ranges();
    do {
      const keyStart = this.#at;
      const key = this.#key(value);
      value[key] = this.#blockValue(indent, depth + 1, key);
      this.#add(ranges, { key: [keyStart, keyStart + key.length], value: [this.#start, this.#end] }, key);
    } while (this.#indent === indent && !this.#isDash());
    if (this.#indent > indent) throw UNSUPPORTED;
    return this.#collected(value, ranges, depth, name, start);
  }

  #key(others: object): string {
    const start = this.#at;
    if (!this.#take(KEY)) throw UNSUPPORTED;
    const key = this.#text.slice(start, this.#at - 1);
    if (NOT_TEXT.test(key) || key === "__proto__" || Object.hasOwn(others, key)) throw UNSUPPORTED;
    return key;
  }

  #blockValue(indent: number, depth: number, name: string): unknown {
    if (!this.#take(REST_OF_LINE)) return this.#lineValue(depth, name);
    const end = this.#at;
    this.#nextLine();
    if (this.#indent > indent || (this.#indent === indent && this.#isDash())) return this.#block(depth, name);
    this.#start = end;
    this.#end = end;
    return null;
  }

  #lineValue(depth: number, name: string): unknown {
    this.#takeSpaces();
    const value = this.#inline(PLAIN, depth, name);
    this.#endLine();
    return value;
  }

  #blockSequence(depth: number, name: string): unknown {
    const start = this.#enter(depth);
    const indent = this.#indent;
    const value: unknown[] = [];
    const ranges = new Ranges();
    do {
      value.push(this.#blockItem(indent, depth + 1));
      this.#add(ranges, { value: [this.#start, this.#end] });
    } while (this.#indent === indent && this.#isDash());
    if (this.#indent > indent) throw UNSUPPORTED;
    return this.#collected(value, ranges, depth, name, start);
  }

  #blockItem(indent: number, depth: number): unknown {
    const dash = this.#at;
    this.#at += 1;
    this.#takeSpaces();
    const start = this.#at;
    if (!this.#take(KEY)) return this.#lineValue(depth, "");
    this.#at = start;
    return this.#blockMap(indent + start - dash, depth, "");
  }

  #inline(plain: RegExp, depth: number, name: string): unknown {
    const start = this.#at;
    if (this.#text[start] === "{") return this.#flowMap(depth, name);
    if (this.#text[start] === "[") return this.#flowSequence(depth, name);
    const isQuoted = this.#take(QUOTED);
    const text = isQuoted ? this.#text.slice(start + 1, this.#at - 1) : this.#plain(plain);
    if (text.length * 3 > LIMITS.stringBytes) throw UNSUPPORTED;
    this.#start = start;
    this.#end = this.#at;
    return !isQuoted && NOT_TEXT.test(text) ? unquoted(text) : text;
  }

  #plain(pattern: RegExp): string {
    const start = this.#at;
    if (!this.#take(pattern)) throw UNSUPPORTED;
    while (this.#text[this.#at - 1] === " ") this.#at -= 1;
    return this.#text.slice(start, this.#at);
  }

  #flowMap(depth: number, name: string): unknown {
    const start = this.#enter(depth);
    const value: Record<string, unknown> = {};
    const ranges = new Ranges();
    if (!this.#take(EMPTY_FLOW)) {
      do {
        this.#at += 1;
        this.#takeSpaces();
        const keyStart = this.#at;
        const key = this.#key(value);
        this.#takeSpaces();
        value[key] = this.#inline(PLAIN_IN_FLOW, depth + 1, key);
        this.#add(ranges, { key: [keyStart, keyStart + key.length], value: [this.#start, this.#end] }, key);
      } while (this.#hasNext("}"));
    }
    return this.#collected(value, ranges, depth, name, start);
  }

  #flowSequence(depth: number, name: string): unknown {
    const start = this.#enter(depth);
    const value: unknown[] = [];
    const ranges = new Ranges();
    if (!this.#take(EMPTY_FLOW)) {
      do {
        this.#at += 1;
        this.#takeSpaces();
        value.push(this.#inline(PLAIN_IN_FLOW, depth + 1, ""));
        this.#add(ranges, { value: [this.#start, this.#end] });
      } while (this.#hasNext("]"));
    }
    return this.#collected(value, ranges, depth, name, start);
  }

  /** Stops at a comma and returns true, or consumes the closing bracket. */
  #hasNext(closing: string): boolean {
    const found = this.#take(SEPARATOR) ? this.#text[this.#at - 1] : undefined;
    if (found === closing) return false;
    if (found !== ",") throw UNSUPPORTED;
    this.#at -= 1;
    return true;
  }

  /** Checks the depth before a nested value is parsed, because parsing is recursive. */
  #enter(depth: number): number {
    if (depth >= LIMITS.levels) throw UNSUPPORTED;
    return this.#at;
  }

  #add(ranges: Ranges, range: LocatedRange, name?: string): void {
    this.#entries += 1;
    if (this.#entries > LIMITS.values || ranges.size > LIMITS.contacts) throw UNSUPPORTED;
    ranges.add(range, name);
  }

  #collected(value: object, ranges: Ranges, depth: number, name: string, start: number): unknown {
    if (ranges.size > entryLimit(depth, name)) throw UNSUPPORTED;
    this.#ranges.set(value, ranges);
    this.#start = start;
    this.#end = this.#at;
    return value;
  }
}

/** Returns the value of a plain scalar that is not text, in its unambiguous notations only. */
function unquoted(text: string): unknown {
  if (NUMBER.test(text)) return Number(text);
  if (!KEYWORDS.has(text)) throw UNSUPPORTED;
  return KEYWORDS.get(text);
}
