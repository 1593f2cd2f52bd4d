import ICAL from "ical.js";
import { omitUndefined } from "../model/omit-undefined.ts";
import { countSemicolonsInHead, modernizeLines } from "./vcard-lines.ts";

export interface CardProperty {
  /** The name in lower case: `email`, `tel`, `org`. */
  readonly name: string;
  /** Types in lower case: `work`, `fax`. */
  readonly types: readonly string[];
  /** The group, such as `item1` in `item1.TEL` and `item1.X-ABLabel`. Properties of a group belong together. */
  readonly group?: string;
  readonly values: readonly string[];
  /** The decoded picture, if this is a `photo` property that contains one. */
  readonly bytes?: Uint8Array;
}

export interface Card {
  /** The line number of BEGIN:VCARD, starting at 1. */
  readonly line: number;
  readonly properties: readonly CardProperty[];
  readonly problem?: string;
}

/** Parses each card separately, so that a malformed card does not affect the others. */
export function parseCards(text: string): Card[] {
  return [...splitCards(text.replace(/^\uFEFF/, ""))].map(({ line, lines }) => readCard(line, lines));
}

function* splitCards(text: string): Iterable<{ readonly line: number; readonly lines: readonly string[] }> {
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

const VERSIONS: readonly string[] = ["2.1", "3.0", "4.0"];

function readCard(line: number, lines: readonly string[]): Card {
  const version = lines.map((text) => /^VERSION:(.*)$/i.exec(text)?.[1]?.trim()).find((text) => text !== undefined);
  const reject = (problem: string): Card => ({ line, properties: [], problem });
  if (!/^END:VCARD/i.test(lines.at(-1) ?? "")) return reject("the card has no END:VCARD; add this line after the card");
  if (version === undefined) return reject("the card has no VERSION; add a line such as VERSION:3.0 after BEGIN:VCARD");
  if (!VERSIONS.includes(version))
    return reject(
      `vCard ${version} is not supported; export the card in one of these versions: ${VERSIONS.join(", ")}`,
    );
  try {
    const modernLines = modernizeLines(lines, version);
    if (modernLines.some((text) => countSemicolonsInHead(text) > MAX_PARAMETERS)) {
      return reject(
        `a property of the card has more than ${MAX_PARAMETERS} parameters; remove parameters, such as TYPE=HOME`,
      );
    }
    const component = new ICAL.Component(ICAL.parse(modernLines.join("\r\n")) as object[]);
    return { line, properties: component.getAllProperties().map(readProperty) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return reject(`the card cannot be read: ${error.message}; correct the card or export it again`);
  }
}

/** Maximum number of parameters of a property. The time to parse a property is quadratic in this number. */
const MAX_PARAMETERS = 100;

function readProperty(property: ICAL.Property): CardProperty {
  const { name } = property;
  // The parser reads a link in vCard 3.0 as base64 if the property does not specify VALUE=uri.
  const rawValues: readonly unknown[] = property.getValues().map((value) => (isLink(value) ? value.value : value));
  const bytes = name === "photo" ? decodePicture(rawValues[0]) : undefined;
  const texts = name === "n" ? [nameOf(rawValues[0])] : rawValues.map(textOf);
  const values = bytes === undefined ? texts : [];
  const types = [property.getParameter("type") ?? []].flat().map((type) => String(type).toLowerCase());
  const group = property.getParameter("group");
  return omitUndefined({ name, types, group: typeof group === "string" ? group : undefined, values, bytes });
}

/** Returns the full name: prefixes, given and additional names, family name, suffixes. */
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

/**
 * Decodes a picture in a `data:` URI (vCard 4.0) or in base64 (3.0). Returns undefined for other values, such as a URL.
 */
function decodePicture(value: unknown): Uint8Array | undefined {
  const text = isBinary(value) ? value.value : /^data:[^,]*;base64,(.*)$/s.exec(String(value))?.[1];
  return text === undefined ? undefined : Uint8Array.from(Buffer.from(text, "base64"));
}

function isLink(value: unknown): value is { readonly value: string } {
  return isBinary(value) && /^https?:/i.test(value.value);
}

function isBinary(value: unknown): value is { readonly value: string } {
  return typeof value === "object" && value !== null && "value" in value && typeof value.value === "string";
}
