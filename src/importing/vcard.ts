import ICAL from "ical.js";

interface CardProperty {
  /** In lower case: `email`, `tel`, `org`. */
  readonly name: string;
  /** Those of a name are put together. */
  readonly values: readonly string[];
  /** Of a picture that is in the card itself. */
  readonly bytes?: Uint8Array;
}

export interface Card {
  /** Of its BEGIN, from 1. */
  readonly line: number;
  readonly properties: readonly CardProperty[];
  /** Why it cannot be read. */
  readonly problem?: string;
}

/** Reads every card of a file, each by itself: one that is broken does not take the others along. */
export function parseCards(text: string): Card[] {
  return [...split(text.replace(/^\uFEFF/, ""))].map(({ line, lines }) => readCard(line, lines));
}

function* split(text: string): Iterable<{ readonly line: number; readonly lines: readonly string[] }> {
  let begin: number | undefined;
  const lines = text.split(/\r\n?|\n/);
  for (const [index, line] of lines.entries()) {
    if (/^BEGIN:VCARD\s*$/i.test(line)) {
      if (begin !== undefined) yield { line: begin + 1, lines: lines.slice(begin, index) };
      begin = index;
    } else if (/^END:VCARD\s*$/i.test(line) && begin !== undefined) {
      yield { line: begin + 1, lines: lines.slice(begin, index + 1) };
      begin = undefined;
    }
  }
  if (begin !== undefined) yield { line: begin + 1, lines: lines.slice(begin) };
}

function readCard(line: number, lines: readonly string[]): Card {
  const version = lines.map((each) => /^VERSION:(.*)$/i.exec(each)?.[1]?.trim()).find((each) => each !== undefined);
  const refuse = (problem: string): Card => ({ line, properties: [], problem });
  if (!/^END:VCARD/i.test(lines.at(-1) ?? "")) return refuse("the card has no END:VCARD");
  if (version !== "3.0" && version !== "4.0") {
    return refuse(version === undefined ? "the card has no VERSION" : `vCard ${version} is not read, only 3.0 and 4.0`);
  }
  if (hasTooManyParameters(lines)) return refuse(`a property of the card has more than ${MOST_PARAMETERS} parameters`);
  try {
    const written = lines.filter((each) => each !== "");
    const component = new ICAL.Component(ICAL.parse(written.join("\r\n")) as object[]);
    return { line, properties: component.getAllProperties().map(readProperty) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refuse(`the card cannot be read: ${error.message}`);
  }
}

/** More than any program writes. The library takes quadratic time to read them. */
const MOST_PARAMETERS = 100;

function hasTooManyParameters(lines: readonly string[]): boolean {
  let head = new PropertyHead();
  for (const line of lines) {
    if (!/^[ \t]/.test(line)) head = new PropertyHead();
    head.read(line);
    if (head.parameters > MOST_PARAMETERS) return true;
  }
  return false;
}

/** What stands before the value of a property, on as many lines as it is folded into. */
class PropertyHead {
  parameters = 0;
  #isOver = false;
  #isQuoted = false;

  read(line: string): void {
    for (let at = 0; at < line.length && !this.#isOver && this.parameters <= MOST_PARAMETERS; at += 1) {
      if (line[at] === '"') this.#isQuoted = !this.#isQuoted;
      if (line[at] === ";") this.parameters += 1;
      if (line[at] === ":" && !this.#isQuoted) this.#isOver = true;
    }
  }
}

function readProperty(property: ICAL.Property): CardProperty {
  const { name } = property;
  const found: readonly unknown[] = property.getValues();
  const bytes = name === "photo" ? bytesOf(found[0]) : undefined;
  const values = bytes === undefined ? (name === "n" ? [nameOf(found[0])] : found.map(textOf)) : [];
  return bytes === undefined ? { name, values } : { name, values, bytes };
}

/** As people say it: the prefixes, the given and additional names, the family's, the suffixes. */
function nameOf(value: unknown): string {
  const [family, given, additional, prefix, suffix] = Array.isArray(value) ? value : [value];
  const parts = [prefix, given, additional, family, suffix].map((part) => [part ?? ""].flat().join(" ").trim());
  return parts.filter((part) => part !== "").join(" ");
}

function textOf(value: unknown): string {
  if (Array.isArray(value))
    return value
      .flat()
      .filter((part) => part !== "")
      .join(", ");
  return String(value ?? "").trim();
}

/** In a `data:` address (4.0) or as bare base 64 (3.0). */
function bytesOf(value: unknown): Uint8Array | undefined {
  const text = isBinary(value) ? value.value : /^data:[^,]*;base64,(.*)$/s.exec(String(value))?.[1];
  return text === undefined ? undefined : Uint8Array.from(Buffer.from(text, "base64"));
}

function isBinary(value: unknown): value is { readonly value: string } {
  return typeof value === "object" && value !== null && "value" in value && typeof value.value === "string";
}
