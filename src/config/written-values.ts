import type { DesiredField } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { HIDDEN_CHARACTER } from "../model/hidden-character.ts";
import { shrinkToFit } from "../model/shrink-to-fit.ts";
import type { LocatedValue } from "../yaml/located-value.ts";

export interface LocatedText<Text extends string = string> {
  readonly text: Text;
  readonly location: SourceLocation;
}

/** The locations that rules report. Other locations are not stored, because they would keep parsed files in memory. */
export interface ReportedLocations {
  /** Set only if a rule may report the name. */
  readonly nameLocation?: SourceLocation;
  /** Set only if a rule may report the description, and in defaults. */
  readonly descriptionLocation?: SourceLocation;
  /** The first property that an entry with `ensure: absent` must not have. */
  readonly propertyOfAbsent?: LocatedText;
}

/** `source` is the text of a value that is written differently, such as `1e3` for the number 1000. */
export type UncheckedField = DesiredField & { readonly source?: string };

/** Returns the text of a value; undefined for any other type, which the schema reports. */
export function textOf(written: Pick<LocatedValue, "value"> | undefined): string | undefined {
  return typeof written?.value === "string" ? written.value : undefined;
}

/** Returns an array with the text of a value; an empty array for any other type, which the schema reports. */
export function locatedTextOf({ value, location }: LocatedValue): LocatedText[] {
  return typeof value === "string" ? [{ text: value, location }] : [];
}

/** Returns the location of a name or description with a placeholder or an invisible character. */
export function reportedLocation(
  written: Pick<LocatedValue, "value" | "location"> | undefined,
): SourceLocation | undefined {
  const text = textOf(written);
  return text !== undefined && (text.includes("$") || HIDDEN_CHARACTER.test(text)) ? written?.location : undefined;
}

const ALLOWED_IF_ABSENT: readonly string[] = ["ensure", "handles", "id", "external_id", "domains"];

export function readPropertyOfAbsent(entry: LocatedValue): LocatedText | undefined {
  if (entry.get("ensure")?.value !== "absent") return undefined;
  const [text, value] = entry.entries().find(([name]) => !ALLOWED_IF_ABSENT.includes(name)) ?? [];
  return text === undefined || value === undefined ? undefined : { text, location: value.keyLocation };
}

export function entriesOf(parent: LocatedValue, key: string): [string, LocatedValue][] {
  return parent.get(key)?.entries() ?? [];
}

export function itemsOf(parent: LocatedValue, key: string): LocatedValue[] {
  return parent.get(key)?.items() ?? [];
}

/** Reads `null` as empty, which clears the description in Front. */
export function readDescription(written: LocatedValue | undefined): string | undefined {
  return written?.value === null ? "" : textOf(written);
}

/** Returns false for any value other than `true`, and undefined if the property is missing. */
export function readProtection(
  written: LocatedValue | undefined,
): { readonly location: SourceLocation } | false | undefined {
  return written && written.value === true && { location: written.keyLocation };
}

export function readExact<Collection extends string>(
  exact: LocatedValue | undefined,
  collections: readonly Collection[],
): LocatedText<Collection>[] | undefined {
  return exact
    ?.items()
    .flatMap(({ value, location }) => collections.flatMap((text) => (text === value ? [{ text, location }] : [])));
}

export function readFields(fields: LocatedValue | undefined): UncheckedField[] | undefined {
  return fields && shrinkToFit(fields.entries().flatMap(readField));
}

function readField([name, field]: [string, LocatedValue]): UncheckedField[] {
  const { value, location, keyLocation: nameLocation } = field;
  if (typeof value === "object" && value !== null) return [];
  const read = { name, value: value as UncheckedField["value"], location, nameLocation };
  const isText = value === null || typeof value === "string";
  return [isText || field.text === String(value) ? read : { ...read, source: field.text }];
}

export function withoutSources(fields: readonly UncheckedField[]): readonly DesiredField[] {
  if (fields.every(({ source }) => source === undefined)) return fields;
  return fields.map(({ source: _, ...field }) => field);
}
