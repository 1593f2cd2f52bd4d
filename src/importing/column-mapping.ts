import { valueOfText } from "../config/field-cells.ts";
import { withE164Number } from "../config/handle-rules.ts";
import { didYouMeanName } from "../config/message-parts.ts";
import { hasExtension, withScheme } from "../config/tables/cell-text.ts";
import type { MappedProperty } from "../config/tables/table-spec.ts";
import { type DeclaredField, HANDLE_SOURCES, type Handle } from "../model/contact.ts";
import { suggest } from "../model/suggest.ts";
import { absentLists, knownFields } from "./destination.ts";
import { ABSENT_LIST_REASON, checkFieldName, type Entry, EntryBuilder, ImportError } from "./entry.ts";
import type { RecordProblem } from "./import-records.ts";
import type { ImportTarget } from "./import-writer.ts";

export interface Mapping {
  readonly target: MappedProperty;
  readonly column: string;
}

export interface MappedValue {
  readonly target: MappedProperty;
  readonly text: string;
}

type DeclaredFields = ReadonlyMap<string, DeclaredField>;

const TARGETS: ReadonlyMap<string, MappedProperty> = new Map([
  ["name", { kind: "name" }],
  ["description", { kind: "description" }],
  ["link", { kind: "links" }],
  ["list", { kind: "lists" }],
]);
const PROPERTIES: readonly string[] = [...TARGETS.keys(), ...HANDLE_SOURCES];
const FIELD_PREFIX = "custom_fields.";
const EXAMPLE = 'Use TARGET=COLUMN, for example name=Name,email=Email,"Job Title"=Title.';

/**
 * Parses mappings such as `name=Name,email=Email,"Job Title"=Title`. Throws an `ImportError` if a mapping is not valid.
 */
export function parseMappings(texts: readonly string[], declaredFields: DeclaredFields): Mapping[] {
  return texts.flatMap(splitAtCommas).map((text) => {
    const [, target, column] = /^((?:"[^"]*"|[^"=])+)=(.*)$/s.exec(text) ?? [];
    if (target === undefined || column === undefined || unquote(column) === "") {
      throw new ImportError(`"${text}" is not a valid column mapping`, EXAMPLE);
    }
    return { target: targetOf(unquote(target), declaredFields), column: unquote(column) };
  });
}

function splitAtCommas(text: string): string[] {
  const parts = text.match(/(?:"[^"]*"|[^",])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function unquote(text: string): string {
  return text.trim().replaceAll(/"([^"]*)"/g, "$1");
}

function targetOf(text: string, declaredFields: DeclaredFields): MappedProperty {
  const target = TARGETS.get(text);
  if (target !== undefined) return target;
  if (HANDLE_SOURCES.some((source) => source === text)) return { kind: "handle", source: text };
  const name = text.startsWith(FIELD_PREFIX) ? text.slice(FIELD_PREFIX.length) : text;
  const suggestion = name === text && !declaredFields.has(name) ? suggest(text, PROPERTIES) : undefined;
  if (suggestion !== undefined) {
    const advice = `Did you mean "${suggestion}"? For a custom field with that name, use ${FIELD_PREFIX}${text}.`;
    throw new ImportError(`Unknown target "${text}" in the mapping`, advice);
  }
  if (name === "") throw new ImportError(`"${text}" does not contain the name of a custom field`, EXAMPLE);
  assertFieldName(name, declaredFields);
  return { kind: "field", name };
}

/** Throws an `ImportError` if entries cannot contain a custom field with this name. */
export function assertFieldName(name: string, declaredFields: DeclaredFields): void {
  const reason = checkFieldName(name);
  if (reason !== undefined)
    throw new ImportError(`The custom field "${name}" ${reason}`, "Map the column to another custom field.");
  if (declaredFields.size > 0 && !declaredFields.has(name)) throw undeclaredField(name, declaredFields);
}

/** A configuration that declares one custom field must declare all of them. */
function undeclaredField(name: string, declaredFields: DeclaredFields): ImportError {
  const suggestion = suggest(name, declaredFields.keys());
  const advice = suggestion === undefined ? "" : `${didYouMeanName(name, suggestion, "")} `;
  return new ImportError(
    `The custom field "${name}" is not declared`,
    `${advice}Declare it with its type under the top-level key custom_fields. If the field is new in Front, update the company schema.`,
    { kind: "update-schema" },
  );
}

/** The entry is invalid if `problems` is not empty. */
export interface MappedEntry {
  readonly entry: Entry;
  readonly problems: readonly RecordProblem[];
  /** Notes on omitted values. The entry is valid without these values. */
  readonly notes: readonly string[];
}

export interface MappingContext {
  readonly declaredFields: DeclaredFields;
  /** Names of lists that the configuration deletes. */
  readonly absentLists: ReadonlySet<string>;
  /** The country of phone numbers without a country code. */
  readonly country: string | undefined;
}

export function mappingContextOf({ destination }: ImportTarget): MappingContext {
  const { desired } = destination;
  return {
    declaredFields: knownFields(destination),
    absentLists: absentLists(desired),
    country: desired.settings.phoneCountry,
  };
}

/** Returns the entry with the mapped values. Ignores empty values. Problems refer to the record as `recordName`. */
export function entryFromValues(
  values: readonly MappedValue[],
  context: MappingContext,
  recordName: "row" | "card",
): MappedEntry {
  const builder = new EntryBuilder(context.declaredFields);
  const nonEmpty = values.filter(({ text }) => text !== "");
  const textsOf = (kind: MappedProperty["kind"]) =>
    nonEmpty.filter(({ target }) => target.kind === kind).map(({ text }) => text);
  builder.setName(textsOf("name").join(" "));
  builder.setDescription(textsOf("description").join("\n"));
  const isExtension = ({ target, text }: MappedValue) =>
    target.kind === "handle" && target.source === "phone" && hasExtension(text);
  for (const { target, text } of nonEmpty.filter((mapped) => !isExtension(mapped)))
    addText(builder, target, text, context);
  const entry = builder.build();
  const problems = builder.problems.map(({ text, advice, ...problem }): RecordProblem => {
    return { ...problem, reason: advice === undefined ? text : `${text}. ${advice}` };
  });
  if (entry.handles.length === 0 && problems.length === 0) problems.push({ reason: `the ${recordName} has no handle` });
  const notes = nonEmpty
    .filter(isExtension)
    .map(({ text }) => `phone "${text}" was skipped, because it has an extension`);
  return { entry, problems, notes };
}

function addText(builder: EntryBuilder, target: MappedProperty, text: string, context: MappingContext): void {
  const { declaredFields, absentLists, country } = context;
  if (target.kind === "links") builder.addLink(withScheme(text));
  if (target.kind === "lists") builder.addList({ name: text }, absentLists.has(text) ? ABSENT_LIST_REASON : undefined);
  if (target.kind === "handle") builder.addHandle(handleFromText(target.source, text, country));
  if (target.kind !== "field") return;
  const field = declaredFields.get(target.name);
  builder.addField({ name: target.name, type: field?.type, value: field ? valueOfText(text, field.type) : text });
}

/** The URL of a Twitter profile, which some address books contain instead of the name. */
const TWITTER_PROFILE = /^(?:https?:\/\/)?(?:www\.|mobile\.)?(?:twitter|x)\.com\/(?:#!\/)?@?(\w+)\/?(?:[?#].*)?$/i;

function handleFromText(source: string, text: string, country: string | undefined): Handle {
  const handle = source === "twitter" ? text.replace(TWITTER_PROFILE, "@$1") : text;
  return withE164Number({ source, handle }, country);
}
