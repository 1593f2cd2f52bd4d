import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { type Choices, choices, unformattedFile } from "./unformatted-yaml.ts";

const EXAMPLES = readdirSync("contacts")
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => readFileSync(`contacts/${name}`, "utf8"));

const KEYS = [
  ...["a", "b", "name", "contacts", "handles", "Job Title", "x-y", "_z", "a:b", "1", "true", "null", "'q'", '"q"'],
];
const COMMON_SCALARS = [
  ...["a", "a b", "x - y", "a:b", "a#b", "it's", "true", "null", "0", "1.50", "2024-02-29", '"a: b"', "'b'", "{}"],
  ...["[]"],
];
const SCALARS = [
  ...["a", "a b", "x - y", "a:b", "a#b", "a: b", "a #b", "a,b", "[a", "a]", "{a}", "it's", 'a "b"', "é", "👩‍👧", "-"],
  ...["--", "-a", "?", ":", "? a", ":a", "@a", "`a", "%a", "!a", "&a", "*a", "|", ">", "#a", "=", "<<", "~", "null"],
  ...["Null", "true", "True", "yes", "0", "-0", "1.50", "0123", "1e3", "0x1F", "0o7", ".5", "5.", "+1", ".inf"],
  ...["-.Inf", ".nan", "1_000", "12:30", "2024-02-29", "1.2.3", "99999999999", "0.1234567", "http://a.b:8/?c#d"],
  ...['"a"', '"a: b"', '"\\n"', "'a'", "'it''s'", '""', "''", '"a', "'a", '"a" b', "'a' #b", "...", "---", "{}"],
  ...["[]", "{ }", "[ ]", "a\u00a0b", "a\u2028b", "a\tb", "a\\b", " "],
];
const FRAGMENTS = [
  ...KEYS.map((key) => `${key}: `),
  ...SCALARS,
  ...["\n", "\n  ", "\n- ", "\n  - ", "\n\n", ": ", ", ", " #c", "[", "{", "]", "}"],
];

/** Writes nested maps and sequences in block and flow style, with random indents, spaces and comments. */
class DocumentWriter {
  readonly #choices: Choices;
  #keys = 0;

  constructor(numbers: Choices) {
    this.#choices = numbers;
  }

  write(): string {
    const start = this.#choices.maybe(8) ? this.#choices.pick("---\n", "--- # c\n", "# c\n", "\n", "  ") : "";
    return `${start}${this.#block(0, 0)}${this.#choices.pick("\n", "\n", "", "\n\n", "\n# c")}`;
  }

  #block(indent: number, depth: number): string {
    const pad = " ".repeat(indent);
    const isSequence = this.#choices.maybe(3);
    const entries = Array.from({ length: 1 + this.#choices.below(4) }, () =>
      isSequence ? this.#item(indent, depth) : this.#pair(indent, depth),
    );
    return entries.join(`${this.#lineEnd()}\n${pad}`);
  }

  #item(indent: number, depth: number): string {
    const gap = this.#choices.pick(" ", " ", "  ", "   ");
    if (depth > 3 || this.#choices.maybe(2)) return `-${gap}${this.#inline(0)}`;
    return `-${gap}${this.#block(indent + 1 + gap.length, depth + 1)}`;
  }

  #pair(indent: number, depth: number): string {
    const key = this.#key();
    if (depth > 3 || this.#choices.maybe(2)) return `${key}:${this.#choices.pick(" ", " ", "   ")}${this.#inline(0)}`;
    if (this.#choices.maybe(8)) return `${key}:`;
    const below = indent + this.#choices.pick(2, 2, 2, 1, 4, 2);
    return `${key}:${this.#lineEnd()}\n${" ".repeat(below)}${this.#block(below, depth + 1)}`;
  }

  #inline(depth: number): string {
    if (depth > 2 || !this.#choices.maybe(4)) return this.#scalar();
    const isMap = this.#choices.maybe(2);
    const entries = Array.from({ length: this.#choices.below(4) }, () =>
      isMap ? `${this.#key()}: ${this.#inline(depth + 1)}` : this.#inline(depth + 1),
    );
    const space = this.#choices.pick("", " ", "  ");
    const inner = `${space}${entries.join(this.#choices.pick(", ", ",", " , "))}${space}`;
    return isMap ? `{${inner}}` : `[${inner}]`;
  }

  #lineEnd(): string {
    return this.#choices.maybe(6) ? this.#choices.pick(" # c", "  ", " #", "\n", "\n# c", "\n   # c") : "";
  }

  #key(): string {
    this.#keys += 1;
    return this.#choices.maybe(12) ? this.#pickFrom(KEYS) : `key-${this.#keys}`;
  }

  #scalar(): string {
    return this.#pickFrom(this.#choices.maybe(12) ? SCALARS : COMMON_SCALARS);
  }

  #pickFrom(texts: readonly string[]): string {
    return texts[this.#choices.below(texts.length)] ?? "";
  }
}

const slice = fc
  .tuple(fc.constantFrom(...EXAMPLES), fc.nat({ max: 60 }), fc.nat({ max: 12 }))
  .map(([example, from, count]) =>
    example
      .split("\n")
      .slice(from, from + count + 1)
      .join("\n"),
  );

const typo = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat({ max: 3 }),
  added: fc.constantFrom(
    ...["", "\n", " ", "  ", ":", ": ", "- ", "-", "#", " #", "{", "}", "[", "]", ",", '"', "'", "a", "0", "1.", "e"],
    ...["null", "~", "&a ", "*a", "!", "|", ">", "? ", "%", "@", "\\", "\n---\n", "<<: ", "\u00a0", "\u2028", "\n\n  "],
  ),
});

const wholeText = fc.oneof(
  { weight: 4, arbitrary: choices.map((numbers) => new DocumentWriter(numbers).write()) },
  { weight: 2, arbitrary: slice },
  { weight: 1, arbitrary: choices.map(unformattedFile) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 12 }).map((parts) => parts.join("")) },
);

/** Random documents, parts of examples and fragments, with up to three typing errors. */
export const yamlDocument: fc.Arbitrary<string> = fc
  .tuple(wholeText, fc.oneof(fc.constant([]), fc.array(typo, { maxLength: 3 })))
  .map(([whole, typos]) =>
    typos.reduce((text, { at, removed, added }) => {
      const start = Math.floor(at * text.length);
      return text.slice(0, start) + added + text.slice(start + removed);
    }, whole),
  );
