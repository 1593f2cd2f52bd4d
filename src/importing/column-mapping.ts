import { valueOfText } from "../config/field-cells.ts";
import { withCountry } from "../config/handle-rules.ts";
import { hasExtension, withScheme } from "../config/tables/cell-text.ts";
import type { MappedProperty } from "../config/tables/table-spec.ts";
import { type DeclaredField, HANDLE_SOURCES } from "../model/contact.ts";
import { suggest } from "../model/suggest.ts";
import { absentLists, knownFields } from "./destination.ts";
import { ABSENT_LIST, checkFieldName, type Entry, EntryBuilder, ImportError } from "./entry.ts";
import type { ImportTarget } from "./import-writer.ts";

/** A CSV column or a vCard property, and the property it is mapped to. */
export interface Mapping {
  readonly target: MappedProperty;
  readonly column: string;
}

/** A text of the imported file, and the property it is mapped to. */
export interface MappedText {
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
const EXAMPLE = 'Write target=column, such as name=Name,email=Email,"Job Title"=Title.';

/** Parses mappings such as `name=Name,email=Email,"Job Title"=Title`. Throws an `ImportError`. */
export function parseMappings(texts: readonly string[], declared: DeclaredFields): Mapping[] {
  return texts.flatMap(splitAtCommas).map((text) => {
    const [, target, column] = /^((?:"[^"]*"|[^"=])+)=(.*)$/s.exec(text) ?? [];
    if (target === undefined || column === undefined || unquote(column) === "") {
      throw new ImportError(`"${text}" is not a valid mapping of a column`, EXAMPLE);
    }
    return { target: targetOf(unquote(target), declared), column: unquote(column) };
  });
}

function splitAtCommas(text: string): string[] {
  const parts = text.match(/(?:"[^"]*"|[^",])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function unquote(text: string): string {
  return text.trim().replaceAll(/"([^"]*)"/g, "$1");
}

function targetOf(text: string, declared: DeclaredFields): MappedProperty {
  const target = TARGETS.get(text);
  if (target !== undefined) return target;
  if (HANDLE_SOURCES.some((source) => source === text)) return { kind: "handle", source: text };
  const name = text.startsWith(FIELD_PREFIX) ? text.slice(FIELD_PREFIX.length) : text;
  const near = name === text && !declared.has(name) ? suggest(text, PROPERTIES) : undefined;
  if (near !== undefined) {
    const advice = `Did you mean "${near}"? For a custom field of that name, write ${FIELD_PREFIX}${text}.`;
    throw new ImportError(`Unknown property "${text}" in the mapping`, advice);
  }
  if (name === "") throw new ImportError(`"${text}" does not name a custom field`, EXAMPLE);
  assertFieldName(name, declared);
  return { kind: "field", name };
}

/** Throws an `ImportError` if entries cannot have a custom field of this name. */
export function assertFieldName(name: string, declared: DeclaredFields): void {
  const reason = checkFieldName(name);
  if (reason !== undefined) throw new ImportError(`The custom field "${name}" ${reason}`, "Map another custom field.");
  if (declared.size > 0 && !declared.has(name)) throw undeclaredField(name, declared);
}

/** Returns an error for an undeclared field. If some fields are declared, all must be, to define their types. */
function undeclaredField(name: string, declared: DeclaredFields): ImportError {
  const near = suggest(name, declared.keys());
  const advice = near === undefined ? "" : `Did you mean "${near}"? `;
  return new ImportError(
    `The custom field "${name}" is not declared`,
    `${advice}Declare it with its type under custom_fields: at the top of a file. If it is new in Front, update the schema of the company.`,
    { kind: "update-schema" },
  );
}

/** An entry made from texts. It is invalid if there are problems. */
export interface MappedEntry {
  readonly entry: Entry;
  readonly problems: readonly string[];
  /** Notes on omitted values. The entry is valid without them. */
  readonly notes: readonly string[];
}

/** The parts of the configuration that are needed to interpret texts. */
export interface TextContext {
  readonly declared: DeclaredFields;
  /** Names of lists that the files delete. */
  readonly absentLists: ReadonlySet<string>;
  /** The country of phone numbers without a country code. */
  readonly country: string | undefined;
}

export function textContextOf({ destination }: ImportTarget): TextContext {
  const { desired } = destination;
  return {
    ...{ declared: knownFields(destination), absentLists: absentLists(desired) },
    country: desired.settings.phoneCountry,
  };
}

/** Returns the entry made from texts. Empty texts are ignored. */
export function entryFromTexts(texts: readonly MappedText[], context: TextContext): MappedEntry {
  const builder = new EntryBuilder(context.declared);
  const written = texts.filter(({ text }) => text !== "");
  const textsOf = (kind: MappedProperty["kind"]) =>
    written.filter(({ target }) => target.kind === kind).map(({ text }) => text);
  builder.setName(textsOf("name").join(" "));
  builder.setDescription(textsOf("description").join("\n"));
  const isExtension = ({ target, text }: MappedText) =>
    target.kind === "handle" && target.source === "phone" && hasExtension(text);
  for (const { target, text } of written.filter((mapped) => !isExtension(mapped)))
    addText(builder, target, text, context);
  const entry = builder.build();
  const problems = builder.problems.map(({ text, advice }) => (advice === undefined ? text : `${text}. ${advice}`));
  if (entry.handles.length === 0 && problems.length === 0) problems.push("has no handle");
  const notes = written.filter(isExtension).map(({ text }) => `phone ${text} has an extension and was left out`);
  return { entry, problems, notes };
}

function addText(builder: EntryBuilder, target: MappedProperty, text: string, context: TextContext): void {
  const { declared, absentLists, country } = context;
  if (target.kind === "links") builder.addLink(withScheme(text));
  if (target.kind === "lists") builder.addList({ name: text }, absentLists.has(text) ? ABSENT_LIST : undefined);
  if (target.kind === "handle") builder.addHandle(withCountry({ source: target.source, handle: text }, country));
  if (target.kind !== "field") return;
  const field = declared.get(target.name);
  builder.addField({ name: target.name, type: field?.type, value: field ? valueOfText(text, field.type) : text });
}
