import { FAX_OR_PAGER, SYSTEM_GROUP } from "../config/tables/presets.ts";
import {
  entryFromValues,
  type MappedValue,
  type Mapping,
  type MappingContext,
  mappingContextOf,
  parseMappings,
} from "./column-mapping.ts";
import { ImportError } from "./entry.ts";
import { type FileImport, type FileImportOptions, type FileRecord, importRecords } from "./import-records.ts";
import type { ImportTarget } from "./import-writer.ts";
import { type Card, type CardProperty, parseCards } from "./parse-vcards.ts";

/**
 * Imports the valid cards of a file in vCard 2.1, 3.0 or 4.0. Throws an `ImportError` if the file contains no card or a
 * mapping is not valid.
 */
export async function importVcards(target: ImportTarget, options: FileImportOptions): Promise<FileImport> {
  const mappingContext = mappingContextOf(target);
  const mappings = parseMappings(options.mappings, mappingContext.declaredFields);
  const cards = parseCards(options.text);
  if (cards.length === 0)
    throw new ImportError("The file contains no vCard", "Specify a vCard file. Each card begins with BEGIN:VCARD.");
  const context = { mappings, mappingContext, noted: new Set<string>() };
  const records = cards.map((card) => recordOf(card, options, context));
  const report = await importRecords(target, records, options);
  return { ...report, unmappedColumns: unmappedProperties(cards, mappings, options) };
}

/** Returns the names of the properties that contain values and are not imported. */
function unmappedProperties(cards: readonly Card[], mappings: readonly Mapping[], { categories }: FileImportOptions) {
  const mapped = [...MAPPED_PROPERTIES.map(([name]) => name), ...mappings.map(({ column }) => column.toLowerCase())];
  const read = new Set(["fn", "n", "photo", ...mapped, ...(categories ? ["categories"] : [])]);
  const names = cards.flatMap(({ properties }) =>
    properties.flatMap(({ name, values }) => (values.some((text) => text !== "") ? name : [])),
  );
  const unread = [...new Set(names)].filter((name) => !read.has(name) && !TECHNICAL_PROPERTY.test(name));
  return unread.map((name) => name.toUpperCase());
}

/** Matches properties that describe the card or another property. */
const TECHNICAL_PROPERTY = /^(?:version|prodid|rev|uid|kind|source|x-ab.*|x-ms-ol-.*|x-ms-signature)$/;

/** The vCard properties that are mapped by default, in addition to the name and the picture. */
const MAPPED_PROPERTIES: readonly (readonly [property: string, target: MappedValue["target"]])[] = [
  ["email", { kind: "handle", source: "email" }],
  ["tel", { kind: "handle", source: "phone" }],
  ["url", { kind: "links" }],
  ["note", { kind: "description" }],
];

interface CardContext {
  readonly mappings: readonly Mapping[];
  readonly mappingContext: MappingContext;
  /** Groups for which a note was already added. */
  readonly noted: Set<string>;
}

function recordOf(
  { line, problem, properties }: Card,
  { categories = false, avatars = true }: FileImportOptions,
  { mappings, mappingContext, noted }: CardContext,
): FileRecord {
  if (problem !== undefined) return { line, problems: [{ reason: problem }] };
  const skipped = properties.filter((property) => isFaxOrPager(property, properties));
  const used = properties.filter((property) => !skipped.includes(property));
  const valuesOf = (name: string) => used.filter((property) => property.name === name).flatMap(({ values }) => values);
  const [name = ""] = [...valuesOf("fn"), ...valuesOf("n")].filter((text) => text !== "");
  const groups = categories ? valuesOf("categories") : [];
  const mappedValues: MappedValue[] = [
    { target: { kind: "name" }, text: name },
    ...MAPPED_PROPERTIES.flatMap(([property, target]) =>
      valuesOf(property).map((text) => ({ target, text: plainText(property, text) })),
    ),
    ...groups.filter((text) => !isSystemGroup(text)).map((text) => ({ target: { kind: "lists" } as const, text })),
    ...mappings.flatMap(({ target, column }) => valuesOf(column.toLowerCase()).map((text) => ({ target, text }))),
  ];
  const systemGroups = groups.filter((text) => isSystemGroup(text) && !noted.has(text));
  for (const group of systemGroups) noted.add(group);
  const notes = [
    ...skipped.flatMap(({ values }) =>
      values.map((text) => `phone "${text}" was skipped, because it is a fax or pager number`),
    ),
    ...systemGroups.map((text) => `group "${text}" is skipped in every card, because Google maintains it`),
  ];
  const photos = avatars ? properties.filter((property) => property.name === "photo") : [];
  const picture = photos.find(({ bytes }) => bytes !== undefined)?.bytes;
  const isLinked = photos.some(({ values }) => values.some((text) => /^https?:/i.test(text)));
  if (picture === undefined && isLinked) notes.push("the avatar was skipped, because the card contains only its URL");
  const mapped = entryFromValues(mappedValues, mappingContext, "card");
  return { line, ...mapped, notes: [...mapped.notes, ...notes], picture };
}

/**
 * Returns whether Google maintains a group itself. In vCards, the names of these groups may lack the leading asterisk
 * that they have in CSV files.
 */
function isSystemGroup(name: string): boolean {
  return SYSTEM_GROUP.test(name) || name === "myContacts" || name === "starred";
}

/**
 * Returns whether a property is a fax or pager number. Apple writes custom labels, such as `Fax office`, into another
 * property of the same group.
 */
function isFaxOrPager({ name, types, group }: CardProperty, properties: readonly CardProperty[]): boolean {
  if (name !== "tel") return false;
  const labels = properties.filter(
    (label) => label.name === "x-ablabel" && label.group === group && group !== undefined,
  );
  return [...types, ...labels.flatMap(({ values }) => values)].some((text) => FAX_OR_PAGER.test(text));
}

/**
 * Converts an email address or a phone number from a URI to plain text. Removes the escapes in URLs that Apple and
 * Google write, as in `https\://fbi.example/a\,b`.
 */
function plainText(property: string, text: string): string {
  if (property === "email") return text.trim().replace(/^mailto:/i, "");
  if (property === "url") return text.replaceAll(/\\([,;:])/g, "$1");
  return property === "tel" ? plainPhone(text) : text;
}

/** Converts a phone number from a URI, such as `tel:+1-360-555-0123;ext=5`, to plain text. */
function plainPhone(text: string): string {
  const extension = /;ext=(\d+)/i.exec(text)?.[1];
  const number = text.replace(/^tel:/i, "").replace(/;.*$/s, "").trim();
  return extension === undefined ? number : `${number} ext. ${extension}`;
}
