import ICAL from "ical.js";
import type { DeclaredField } from "../model/contact.ts";
import { entryFromTexts, type MappedText, type Mapping, parseMappings } from "./column-mapping.ts";
import { knownFields } from "./destination.ts";
import { ImportError } from "./entry.ts";
import { type FileImport, type FileImportOptions, type FileRecord, importRecords } from "./import-records.ts";
import type { ImportTarget } from "./import-writer.ts";

/** Imports the cards of a vCard file (3.0 or 4.0). Throws an `ImportError`. */
export async function importVcards(target: ImportTarget, options: FileImportOptions): Promise<FileImport> {
  const declared = knownFields(target.destination);
  const mappings = parseMappings(options.mappings, declared);
  const cards = parseCards(options.text);
  if (cards.length === 0) throw new ImportError("The file contains no vCard", "A vCard begins with BEGIN:VCARD.");
  const records = cards.map((card) => recordOf(card, mappings, options, declared));
  return await importRecords(target, records, options);
}

/** The meaning of vCard properties that need no mapping. */
const TARGETS: readonly (readonly [property: string, target: MappedText["target"]])[] = [
  ["email", { kind: "handle", source: "email" }],
  ["tel", { kind: "handle", source: "phone" }],
  ["url", { kind: "link" }],
  ["note", { kind: "description" }],
];

function recordOf(
  { line, problem, properties }: Card,
  mappings: readonly Mapping[],
  { categories = false, avatars = true }: FileImportOptions,
  declared: ReadonlyMap<string, DeclaredField>,
): FileRecord {
  if (problem !== undefined) return { line, problems: [problem] };
  const valuesOf = (name: string) => properties.filter((each) => each.name === name).flatMap(({ values }) => values);
  const [name = ""] = [...valuesOf("fn"), ...valuesOf("n")].filter((text) => text !== "");
  const texts: MappedText[] = [
    { target: { kind: "name" }, text: name },
    ...TARGETS.flatMap(([property, target]) =>
      valuesOf(property).map((text) => ({ target, text: cleaned(property, text) })),
    ),
    ...(categories ? valuesOf("categories").map((text) => ({ target: { kind: "list" as const }, text })) : []),
    ...mappings.flatMap(({ target, column }) => valuesOf(column.toLowerCase()).map((text) => ({ target, text }))),
  ];
  const picture = avatars ? properties.find(({ bytes }) => bytes !== undefined)?.bytes : undefined;
  return { line, ...entryFromTexts(texts, declared), picture };
}

/** Phone numbers may be URIs (`tel:+1-360-555-0123;ext=5`), and some programs escape the colons of URLs. */
function cleaned(property: string, text: string): string {
  if (property === "tel") return text.replace(/^tel:/i, "").replace(/;.*$/s, "").trim();
  return property === "url" ? text.replaceAll("\\:", ":") : text;
}

interface CardProperty {
  /** In lower case: `email`, `tel`, `org`. */
  readonly name: string;
  readonly values: readonly string[];
  /** The picture, if the card contains it. */
  readonly bytes?: Uint8Array;
}

interface Card {
  /** The line of BEGIN:VCARD, from 1. */
  readonly line: number;
  readonly properties: readonly CardProperty[];
  /** Why the card cannot be read. */
  readonly problem?: string;
}

/** Parses each card by itself, so that a malformed one does not affect the others. */
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
    return refuse(
      version === undefined ? "the card has no VERSION" : `vCard ${version} is not supported, only 3.0 and 4.0`,
    );
  }
  if (hasTooManyParameters(lines)) return refuse(`a property of the card has more than ${MAX_PARAMETERS} parameters`);
  try {
    const written = lines.filter((each) => each !== "");
    const component = new ICAL.Component(ICAL.parse(written.join("\r\n")) as object[]);
    return { line, properties: component.getAllProperties().map(readProperty) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refuse(`the card cannot be read: ${error.message}`);
  }
}

/** The library takes quadratic time to read parameters. No program writes as many. */
const MAX_PARAMETERS = 100;

function hasTooManyParameters(lines: readonly string[]): boolean {
  let head = new PropertyHead();
  for (const line of lines) {
    if (!/^[ \t]/.test(line)) head = new PropertyHead();
    head.read(line);
    if (head.parameters > MAX_PARAMETERS) return true;
  }
  return false;
}

/** Counts the parameters before the value of a property, which may be folded into several lines. */
class PropertyHead {
  parameters = 0;
  #isOver = false;
  #isQuoted = false;

  read(line: string): void {
    for (let at = 0; at < line.length && !this.#isOver && this.parameters <= MAX_PARAMETERS; at += 1) {
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

/** Returns prefixes, given and additional names, family name and suffixes, in this order. */
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

/** Decodes a `data:` URI (vCard 4.0) or bare base64 (3.0). */
function bytesOf(value: unknown): Uint8Array | undefined {
  const text = isBinary(value) ? value.value : /^data:[^,]*;base64,(.*)$/s.exec(String(value))?.[1];
  return text === undefined ? undefined : Uint8Array.from(Buffer.from(text, "base64"));
}

function isBinary(value: unknown): value is { readonly value: string } {
  return typeof value === "object" && value !== null && "value" in value && typeof value.value === "string";
}
