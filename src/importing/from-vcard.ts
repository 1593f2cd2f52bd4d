import { FAX_OR_PAGER, SYSTEM_GROUP } from "../config/tables/presets.ts";
import {
  entryFromTexts,
  type MappedText,
  type Mapping,
  parseMappings,
  type TextContext,
  textContextOf,
} from "./column-mapping.ts";
import { ImportError } from "./entry.ts";
import { type FileImport, type FileImportOptions, type FileRecord, importRecords } from "./import-records.ts";
import type { ImportTarget } from "./import-writer.ts";
import { type Card, type CardProperty, parseCards } from "./parse-vcards.ts";

/** Imports the valid cards of a vCard file (2.1, 3.0 or 4.0). Throws an `ImportError`. */
export async function importVcards(target: ImportTarget, options: FileImportOptions): Promise<FileImport> {
  const text = textContextOf(target);
  const mappings = parseMappings(options.mappings, text.declared);
  const cards = parseCards(options.text);
  if (cards.length === 0) throw new ImportError("The file contains no vCard", "A vCard begins with BEGIN:VCARD.");
  const context = { mappings, text, noted: new Set<string>() };
  const records = cards.map((card) => recordOf(card, options, context));
  return await importRecords(target, records, options);
}

/** vCard properties that need no mapping, and the properties of a contact that they become. */
const MAPPED_PROPERTIES: readonly (readonly [property: string, target: MappedText["target"]])[] = [
  ["email", { kind: "handle", source: "email" }],
  ["tel", { kind: "handle", source: "phone" }],
  ["url", { kind: "links" }],
  ["note", { kind: "description" }],
];

/** Values that are shared by all cards of a file. */
interface CardContext {
  readonly mappings: readonly Mapping[];
  readonly text: TextContext;
  /** Groups that a note mentions. */
  readonly noted: Set<string>;
}

function recordOf(
  { line, problem, properties }: Card,
  { categories = false, avatars = true }: FileImportOptions,
  { mappings, text: context, noted }: CardContext,
): FileRecord {
  if (problem !== undefined) return { line, problems: [problem] };
  const leftOut = properties.filter((property) => isFaxOrPager(property, properties));
  const used = properties.filter((property) => !leftOut.includes(property));
  const valuesOf = (name: string) => used.filter((property) => property.name === name).flatMap(({ values }) => values);
  const [name = ""] = [...valuesOf("fn"), ...valuesOf("n")].filter((text) => text !== "");
  const groups = categories ? valuesOf("categories") : [];
  const texts: MappedText[] = [
    { target: { kind: "name" }, text: name },
    ...MAPPED_PROPERTIES.flatMap(([property, target]) =>
      valuesOf(property).map((text) => ({ target, text: cleanLabel(property, text) })),
    ),
    ...groups.filter((text) => !isSystemGroup(text)).map((text) => ({ target: { kind: "lists" } as const, text })),
    ...mappings.flatMap(({ target, column }) => valuesOf(column.toLowerCase()).map((text) => ({ target, text }))),
  ];
  const systemGroups = groups.filter((text) => isSystemGroup(text) && !noted.has(text));
  for (const group of systemGroups) noted.add(group);
  const notes = [
    ...leftOut.flatMap(({ values }) => values.map((text) => `phone ${text} is a fax or a pager and was left out`)),
    ...systemGroups.map((text) => `the group ${text} is left out of every card, because Google maintains it`),
  ];
  const picture = avatars ? properties.find(({ bytes }) => bytes !== undefined)?.bytes : undefined;
  const mapped = entryFromTexts(texts, context);
  return { line, ...mapped, notes: [...mapped.notes, ...notes], picture };
}

/** Returns whether Google maintains a group itself. In Google's vCards, the names of these groups have no star. */
function isSystemGroup(name: string): boolean {
  return SYSTEM_GROUP.test(name) || name === "myContacts" || name === "starred";
}

/**
 * Returns whether a property is a fax or pager number. Apple writes custom labels, such as `Fax office`, into another
 * property of the group.
 */
function isFaxOrPager({ name, types, group }: CardProperty, properties: readonly CardProperty[]): boolean {
  if (name !== "tel") return false;
  const labels = properties.filter(
    (label) => label.name === "x-ablabel" && label.group === group && group !== undefined,
  );
  return [...types, ...labels.flatMap(({ values }) => values)].some((text) => FAX_OR_PAGER.test(text));
}

/** Returns the text of a property. Phone numbers may be URIs, such as `tel:+1-360-555-0123;ext=5`. */
function cleanLabel(property: string, text: string): string {
  if (property !== "tel") return text;
  const extension = /;ext=(\d+)/i.exec(text)?.[1];
  const number = text.replace(/^tel:/i, "").replace(/;.*$/s, "").trim();
  return extension === undefined ? number : `${number} ext. ${extension}`;
}
