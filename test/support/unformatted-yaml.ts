import fc from "fast-check";

export class Choices {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** Returns an integer from 0 to `count - 1`. */
  below(count: number): number {
    this.#next += 1;
    return (this.#numbers[this.#next % this.#numbers.length] ?? 0) % count;
  }

  pick<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** Returns true once in `oneIn` calls on average. */
  maybe(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }
}

export const choices: fc.Arbitrary<Choices> = fc
  .array(fc.nat(997), { minLength: 30, maxLength: 300 })
  .map((numbers) => new Choices(numbers));

const HANDLES =
  'dale.cooper@fbi.example|+1 (360) 555-0123|a b c|x:y|#1|@dale|- dash|it\'s|say "hi"|comma, here|[b]'.split("|");
const TEXTS = [
  ...["Dale", "no", "0123", "12:30", "a: b", "a # b", "ä ö", "👩‍👩‍👧", "~", "", "'", '"', "\\", "2024-02-29", "!x"],
  ...["{}", "tail ", " head", "x,y", "?", "-", "- a", "*a", "&a", "%x", "`", "|", "=", "<<", "1_000", "+13605550123"],
];
const LONG = "Special agent of the FBI, sent to Twin Peaks to solve the murder of Laura Palmer, and fond of pie";

/**
 * Returns a configuration file in a random style, with flow and block collections, all kinds of quotes, and comments.
 * Some of the files are invalid, because a line of a quoted string is not indented enough.
 */
export function unformattedFile(random: Choices): string {
  const text = new UnformattedWriter(random).write();
  return random.maybe(4) ? text.replaceAll("\n", "\r\n") : text;
}

class UnformattedWriter {
  readonly #random: Choices;
  #lines: string[] = [];
  #comments = 0;
  #handles = 0;

  constructor(random: Choices) {
    this.#random = random;
  }

  write(): string {
    const documents = 1 + this.#random.below(3);
    for (let number = 0; number < documents; number += 1) {
      if (number > 0)
        this.#lines.push(this.#random.pick("---", "--- # marker", "...\n---", "...\n# between\n%YAML 1.2\n---"));
      this.#document(number);
    }
    return this.#lines.join("\n") + this.#random.pick("\n", "", "\n\n\n", "\n# the end", "\n  # the end\n");
  }

  #document(number: number): void {
    this.#separator(0);
    if (number === 0 && this.#random.maybe(3)) this.#lines.push("# yaml-language-server: $schema=x.json");
    const parts = [
      () => this.#contacts(number),
      ...(number === 0 ? [() => this.#lists(), () => this.#settings()] : []),
    ];
    if (this.#random.maybe(2)) parts.reverse();
    for (const part of parts) {
      this.#separator(0);
      part();
    }
  }

  #lists(): void {
    this.#lines.push(
      this.#random.pick(
        "lists: [Agents]",
        "lists:\n- Agents",
        'lists: # x\n\n    - "Agents"',
        "lists: [ # in\n  Agents # a\n  # b\n ]",
      ),
    );
  }

  #settings(): void {
    this.#lines.push(
      this.#random.pick(
        "settings: { guards: { removals: 3, changes: 30% }, reserve: 20% }",
        "settings:\n  reserve: '20%'",
      ),
    );
  }

  #contacts(number: number): void {
    this.#lines.push(`contacts:${this.#trailingComment()}`);
    const indent = this.#random.pick(1, 2, 4);
    for (let index = 0; index <= this.#random.below(3); index += 1) {
      this.#separator(indent);
      this.#contact(`c${number}-${index}`, index, indent);
    }
  }

  #contact(key: string, index: number, indent: number): void {
    const anchor = index === 0 && this.#random.maybe(3) ? " &base" : "";
    this.#lines.push(`${" ".repeat(indent)}${this.#random.pick(key, `"${key}"`)}:${anchor}${this.#trailingComment()}`);
    const below = indent + this.#random.pick(1, 2, 3);
    const properties = [
      () => this.#handlesOf(below),
      ...[() => this.#property("name", this.#text(below, { empty: false }), below)],
      ...[() => this.#property("description", this.#random.maybe(2) ? this.#long(below) : this.#text(below), below)],
      () =>
        this.#property(
          "lists",
          this.#random.pick("[Agents]", `\n${" ".repeat(below)}- Agents`, "[]", "[ Agents, ]"),
          below,
        ),
      () => this.#fields(below),
      () => this.#links(below),
      () => this.#property("exact", this.#random.pick("[handles]", "[ 'handles',\n          handles ]", "[] "), below),
    ];
    const order = this.#random.below(properties.length);
    for (const write of [...properties.slice(order), ...properties.slice(0, order)]) {
      this.#separator(below);
      if (write === properties[0] || !this.#random.maybe(3)) write();
    }
    this.#separator(below);
  }

  #property(name: string, value: string, indent: number): void {
    const block = value.startsWith("|") || value.startsWith(">");
    this.#lines.push(
      `${" ".repeat(indent)}${name}: ${value}${block || value.includes("\n") ? "" : this.#trailingComment()}`,
    );
  }

  #handlesOf(indent: number): void {
    const pad = " ".repeat(indent);
    this.#lines.push(`${pad}handles:${this.#trailingComment()}`);
    for (let index = 0; index <= this.#random.below(2); index += 1) {
      this.#separator(indent);
      this.#handles += 1;
      const handle = JSON.stringify(`${this.#random.pick("", ...HANDLES)}${this.#handles}`);
      this.#lines.push(
        this.#random.pick(
          `${pad}- { source: custom, handle: ${handle} }${this.#trailingComment()}`,
          `${pad}- {handle: ${handle}, # why\n${pad}   source: 'custom'}`,
          `${pad}-   handle: ${handle}\n${pad}    source: custom${this.#trailingComment()}`,
          `${pad}- # first\n${pad}  source: custom\n${pad}  # second\n\n${pad}  handle: ${handle}`,
          this.#flowHandle(handle, indent),
          this.#blockHandle(handle, indent),
        ),
      );
    }
  }

  #flowHandle(handle: string, indent: number): string {
    const gap = () => this.#gap(indent + 3);
    const source = `source${this.#random.pick(":", " :")}${gap()}custom`;
    const handleKey = this.#random.pick("handle", '"handle"');
    const pairs = [source, `${handleKey}:${gap()}${handle}`];
    if (this.#random.maybe(2)) pairs.reverse();
    return `${" ".repeat(indent)}- ${this.#random.pick("", "", `&h${this.#handles} `)}{${gap()}${pairs.join(`${gap()},${gap()}`)}${this.#random.pick("", ",")}${gap()}}${this.#trailingComment()}`;
  }

  #blockHandle(handle: string, indent: number): string {
    const below = " ".repeat(indent + 2);
    const lines = (): string => this.#commentLines(indent + 2);
    const gap = this.#random.pick(" ", `${this.#trailingComment()}\n${lines()}${below}  `);
    const pairs = ["source: custom", `handle:${gap}${handle}`];
    if (this.#random.maybe(2)) pairs.reverse();
    const start = this.#random.pick(" ", `${this.#trailingComment()}\n${lines()}${below}`);
    return `${" ".repeat(indent)}-${start}${pairs.join(`${this.#trailingComment()}\n${lines()}${below}`)}${this.#trailingComment()}`;
  }

  /** Returns white space between two tokens in flow style, sometimes with comments. */
  #gap(indent: number): string {
    if (!this.#random.maybe(3)) return " ";
    return `${this.#trailingComment()}\n${this.#commentLines(indent)}${" ".repeat(indent)}`;
  }

  #commentLines(indent: number): string {
    let lines = "";
    for (let count = this.#random.below(3); count > 0; count -= 1) {
      const column = this.#random.maybe(3) ? this.#random.below(9) : indent;
      lines += this.#random.pick("\n", `${" ".repeat(column)}${this.#comment()}\n`);
    }
    return lines;
  }

  #links(indent: number): void {
    const pad = " ".repeat(indent);
    const links = ["https://a.example", "http://b.example/x#y", '"https://c.example"'];
    if (this.#random.maybe(3)) {
      this.#lines.push(
        this.#random.pick(
          `${pad}links: [${links.join(", ")}]${this.#trailingComment()}`,
          `${pad}links: []${this.#trailingComment()}`,
          `${pad}links: [ # in\n${pad}  ${links[0]}, # one\n${pad} # two\n${pad}  ${links[1]} ]`,
        ),
      );
      return;
    }
    const dash = this.#random.pick("  -", "-", "    -  ").padEnd(2);
    this.#lines.push(`${pad}links:${this.#trailingComment()}`);
    for (const link of links) {
      this.#separator(indent + 2);
      this.#lines.push(
        `${pad}${dash} ${this.#random.pick("", "", `&l${links.indexOf(link)} `)}${link}${this.#trailingComment()}`,
      );
    }
  }

  #fields(indent: number): void {
    const pad = " ".repeat(indent);
    const [blockText, flowText] = [this.#text(indent), this.#text(indent, { inFlow: true })];
    this.#lines.push(
      this.#random.pick(
        `${pad}custom_fields:\n${pad}  Job Title: ${blockText}\n${pad}  # field\n${pad}  "On, Duty": True\n${pad}  Location: ~ # gone`,
        `${pad}custom_fields: { Job Title: ${flowText}, Cases: -1.50, Location: }${this.#trailingComment()}`,
        `${pad}custom_fields: { Location, Job Title: ${flowText}, "Cases":, ? Rank }${this.#trailingComment()}`,
        `${pad}custom_fields:\n${pad}  ? Location${this.#trailingComment()}\n${this.#commentLines(indent)}${pad}  Job Title:${this.#trailingComment()}\n${pad}  Cases: 1${this.#trailingComment()}`,
        `${pad}custom_fields: {}${this.#trailingComment()}`,
        `${pad}custom_fields: {\n${pad} # in\n${pad} }`,
        `${pad}custom_fields: &f${this.#handles}\n${pad}  ? Job Title\n${pad}  : ${blockText}`,
      ),
    );
  }

  #text(indent: number, { empty = true, inFlow = false } = {}): string {
    const text = this.#random.pick("Dale", ...TEXTS);
    if (text === "" && !empty) return "Dale";
    const quoted = JSON.stringify(text);
    const single = `'${text.replaceAll("'", "''")}'`;
    const broken = `"one\n${" ".repeat(indent + 3)}two\\\n${" ".repeat(indent + 1)} three"`;
    return this.#random.pick(quoted, single, inFlow ? "plain text" : "it's, plain", '"\\u0041\\x42"', broken);
  }

  #long(indent: number): string {
    const pad = " ".repeat(indent + this.#random.pick(1, 2, 5));
    return this.#random.pick(
      `|\n${pad}one\n\n${pad}  two # no comment\n${pad}three`,
      `|- # really\n${pad}# no comment\n${pad}two`,
      `|+ ${this.#comment()}\n${pad}one\n${pad}two\n\n`,
      `> ${this.#comment()}\n${pad}one\n${pad}two`,
      `|+\n${pad}one\n\n`,
      `>\n${pad}folded\n${pad}text\n\n${pad}   more\n${pad}end`,
      `>-\n\n${pad}folded\n${pad}text`,
      `|2\n${" ".repeat(indent + 2)}  deep\n${" ".repeat(indent + 2)}less`,
      `${LONG}\n${pad}${LONG}`,
      `'${LONG}\n\n${pad}   ${LONG}'`,
      JSON.stringify(`${LONG}\n\t${LONG}\n\n`),
    );
  }

  #trailingComment(): string {
    return this.#random.maybe(4) ? this.#random.pick(" ", "   ", "\t") + this.#comment() : "";
  }

  /** Adds comments and blank lines at any depth. */
  #separator(indent: number): void {
    for (let count = this.#random.below(4); count > 1; count -= 1) {
      const column = this.#random.maybe(3) ? this.#random.below(9) : indent;
      this.#lines.push(
        this.#random.pick("", " ".repeat(column) + this.#comment(), " ".repeat(column) + this.#comment(), "   "),
      );
    }
  }

  #comment(): string {
    this.#comments += 1;
    return this.#random.pick(
      `# comment ${this.#comments}`,
      `#${this.#comments}: "x`,
      `# name: ${this.#comments}  `,
      `## [${this.#comments}`,
    );
  }
}
