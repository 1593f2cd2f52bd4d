import { explainInvalidHandle } from "../config/handle-rules.ts";
import { isWebAddress } from "../config/rules.ts";
import type { AccountCollection, DeclaredAccount } from "../model/account.ts";
import { tableOfKey } from "../model/address.ts";
import { canonicalIdentifier } from "../model/company.ts";
import {
  type Collection,
  type ConfigValue,
  type DeclaredField,
  type DesiredAccount,
  type DesiredContact,
  type FieldType,
  HANDLE_SOURCES,
  type Handle,
  type HandleKey,
  handleKey,
} from "../model/contact.ts";
import {
  checkFieldValue,
  type FieldProblem,
  isSameFieldValue,
  normalText,
  parseDatetime,
} from "../model/field-values.ts";
import { handleInE164 } from "../model/handle.ts";
import { isTooLongToLookUp, LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { groupDigits } from "../model/plural.ts";
import type { Remedy } from "../model/remedy.ts";
import { UserError } from "../model/user-error.ts";
import { formatInline } from "../yaml/format.ts";

export interface EntryList {
  readonly name: string;
  /** The list's ID in Front, if it is known. */
  readonly id?: string;
  /** True if the entry refers to the list by ID, because its name is ambiguous or cannot be written to a file. */
  readonly byId?: boolean;
}

export interface EntryField {
  readonly name: string;
  /** Undefined if the type is not known. */
  readonly type: FieldType | undefined;
  /** Null clears the field. */
  readonly value: ConfigValue | null;
}

/** An entry under `accounts`. Properties without a value are omitted. */
export interface AccountEntry {
  readonly id?: string;
  readonly name?: string;
  readonly description?: string;
  readonly domains: readonly string[];
  readonly externalId?: string;
  readonly customFields: readonly EntryField[];
}

export interface EntryAccount {
  /** The key of the account under `accounts`. */
  readonly key: string;
  readonly id: string;
  /** The identifiers of the account, as `canonicalIdentifier` returns them. */
  readonly identifiers: ReadonlySet<string>;
  /**
   * The entry to write, and warnings about omitted values. Undefined if the configuration already declares the account.
   */
  readonly declaration?: { readonly entry: AccountEntry; readonly warnings: readonly ImportWarning[] };
}

/** Returns whether `reference` refers to `account`, or both are missing. */
export function isSameAccount(account: EntryAccount | null, reference: DesiredAccount | undefined): boolean {
  return reference === undefined ? account === null : account?.identifiers.has(canonicalIdentifier(reference)) === true;
}

/** An entry under `contacts`. Properties without a value are omitted. */
export interface Entry {
  readonly name?: string;
  readonly description?: string;
  readonly handles: readonly Handle[];
  readonly links: readonly string[];
  readonly lists: readonly EntryList[];
  readonly customFields: readonly EntryField[];
  /** The path of the picture, relative to the file. */
  readonly avatar?: string;
  readonly account?: EntryAccount;
  /** Overrides `exact` in `defaults`. */
  readonly exact?: readonly Collection[];
}

export class ImportError extends UserError {
  constructor(summary: string, advice: string, remedy?: Remedy) {
    super("import", summary, { advice, remedy });
  }
}

/** A warning about an import. Warnings are counted by kind. */
export interface ImportWarning {
  readonly kind:
    | "undecodable"
    | "not-declared"
    | "contact-skipped"
    | "account-skipped"
    | "handle-skipped"
    | "value-skipped"
    /** A value in Front that cannot be written to a file, so the value in the existing entry is unchanged. */
    | "value-unchanged"
    /** A default value that the contact does not have and that its entry cannot override. */
    | "default-differs"
    | "not-updated"
    /** An existing file to which no entries could be added. */
    | "file-not-extended"
    | "not-found";
  /** One line without a trailing period. May contain untrusted text. */
  readonly text: string;
  /** The property that was skipped, as in `EntryProblem`. */
  readonly property?: string;
}

/** A property whose value a configuration file cannot contain. */
export interface EntryProblem {
  /**
   * `name`, `description`, `handles`, `links`, `lists`, `custom_fields` or `custom_fields.NAME`. For an account, also
   * `domains` or `external_id`.
   */
  readonly property: string;
  /** The value and the reason, such as `the name contains a line break or a tab`. */
  readonly text: string;
  /** The value, if it is the text of a handle, a link or a custom field. */
  readonly value?: string;
  readonly advice?: string;
}

/**
 * YAML limits an implicit key (`key: value` on one line) to 1,024 characters, including quotes and escapes. The lower
 * limit leaves a margin.
 */
const MAX_KEY_LENGTH = 1000;
const CONTROL = /(?![\n\t])[\p{Cc}\p{Cs}]/u;

export const ABSENT_LIST_REASON = "has ensure: absent in the configuration";

/** Collects the properties of one contact or account. Each value that a file cannot contain is added to `problems`. */
export class EntryBuilder {
  readonly problems: EntryProblem[] = [];
  readonly #declared: ReadonlyMap<string, DeclaredField>;
  readonly #handles = new Map<HandleKey, Handle>();
  readonly #links = new Map<string, string>();
  readonly #lists = new Map<string, EntryList>();
  readonly #fields = new Map<string, EntryField>();
  #name: string | undefined;
  #description: string | undefined;

  /** `declared` contains the custom fields that the configuration declares. Values must match their types. */
  constructor(declared: ReadonlyMap<string, DeclaredField>) {
    this.#declared = declared;
  }

  /** Sets the name. Removes line breaks and tabs around the name, because plans ignore white space around a name. */
  setName(text: string): void {
    if (text.trim() === "") return;
    const name = /[\r\n\t]/.test(text) ? text.trim() : text;
    if (this.#check("name", "the name", checkLine(name))) this.#name = name;
  }

  setDescription(text: string): void {
    if (text.trim() === "") return;
    const description = withoutCarriageReturns(text);
    if (this.#check("description", "the description", checkText(description))) this.#description = description;
  }

  addHandle({ source, handle: text }: Handle): void {
    const handle = { source, handle: handleInE164({ source, handle: text.trim() }) };
    const reason = checkSource(source) ?? explainInvalidHandle(handle)?.[0] ?? checkText(handle.handle);
    const key = handleKey(handle);
    if (this.#check("handles", `${source} "${text}"`, reason, text)) {
      this.#handles.set(key, this.#handles.get(key) ?? handle);
    }
  }

  addLink(text: string): void {
    const link = text.trim();
    const reason = isWebAddress(link) ? checkText(link) : "is not an http or https URL";
    if (this.#check("links", `the link "${link}"`, reason, link)) this.#links.set(normalText(link), link);
  }

  /** Adds the list or, if there is a `reason` why the entry cannot contain it, a problem. */
  addList(list: EntryList, reason: string | undefined = list.byId ? undefined : checkLine(list.name)): void {
    if (this.#check("lists", `the list "${list.name}"`, reason)) this.#lists.set(list.id ?? list.name, list);
  }

  /** `values` contains the allowed values of an enum. */
  addField({ name, type, value }: EntryField & { readonly value: ConfigValue }, values?: readonly string[]): void {
    const label = `the custom field "${name}"`;
    const written = typeof value === "string" ? value : undefined;
    const reason = checkFieldName(name) ?? checkText(written ?? "");
    if (!this.#check(fieldProperty(name), label, reason)) return;
    const problem = this.#fieldProblem({ name, type, value }, values);
    if (problem !== undefined) {
      const { summary, advice } = problem;
      const text = `${label}: ${summary}`;
      this.problems.push(omitUndefined({ property: fieldProperty(name), text, value: written, advice }));
      return;
    }
    const earlier = this.#fields.get(name);
    const hasTwoValues = earlier !== undefined && earlier.value !== value;
    if (this.#check(fieldProperty(name), label, hasTwoValues ? "has two values" : undefined)) {
      this.#fields.set(name, { name, type, value });
    }
  }

  skipField(name: string, reason: string): void {
    this.#check(fieldProperty(name), `the custom field "${name}"`, reason);
  }

  build(): Entry {
    return omitUndefined({
      name: this.#name,
      description: this.#description,
      handles: this.#limit(LIMITS.handles, this.#handles, "handles"),
      links: this.#limit(LIMITS.entries, this.#links, "links"),
      lists: this.#limit(LIMITS.lists, this.#lists, "lists"),
      customFields: this.#limit(LIMITS.entries, this.#fields, "custom_fields"),
    });
  }

  #fieldProblem(
    { name, type, value }: EntryField & { readonly value: ConfigValue },
    values?: readonly string[],
  ): FieldProblem | undefined {
    const declared = this.#declared.get(name);
    return (
      (type && checkFieldValue(type, value, values)) ??
      (declared && checkFieldValue(declared.type, value, declared.values))
    );
  }

  #check(property: string, label: string, reason: string | undefined, value?: string): boolean {
    if (reason !== undefined) this.problems.push(omitUndefined({ property, text: `${label} ${reason}`, value }));
    return reason === undefined;
  }

  #limit<T>(limit: number, values: ReadonlyMap<string, T>, property: string): T[] {
    const extra = values.size - limit;
    const label = `the ${property.replace("_", " ")}`;
    if (extra > 0) this.#check(property, label, `exceed the limit of ${limit} by ${extra}`);
    return [...values.values()].slice(0, limit);
  }
}

/** Returns whether a value written in a file equals the value of a field. */
export function isSameField(written: ConfigValue | null, { type = "string", value }: EntryField): boolean {
  return isSameFieldValue(type, toFrontValue(type, written), toFrontValue(type, value));
}

function toFrontValue(type: FieldType, value: ConfigValue | null): ConfigValue | null {
  return type === "datetime" && typeof value === "string" ? (parseDatetime(value) ?? value) : value;
}

export function fieldProperty(name: string): string {
  return `custom_fields.${name}`;
}

/** Returns the reason why a text cannot be written to a file; undefined if it can be written. */
export function checkText(text: string): string | undefined {
  if (CONTROL.test(text)) return "contains control characters or unpaired surrogates";
  return Buffer.byteLength(text) > LIMITS.stringBytes
    ? `is longer than ${groupDigits(LIMITS.stringBytes)} bytes`
    : undefined;
}

function checkLine(text: string): string | undefined {
  return /[\r\n\t]/.test(text) ? "contains a line break or a tab" : checkText(text);
}

export function checkIdentifier(text: string): string | undefined {
  return (
    checkLine(text) ??
    (isTooLongToLookUp(text) ? `is longer than ${groupDigits(LIMITS.identifierBytes)} bytes` : undefined)
  );
}

export function checkFieldName(name: string): string | undefined {
  if (name === "" || /[\r\n\t]/.test(name)) return "has a name that is empty or contains a line break or a tab";
  if (formatInline(name, { inFlow: true }).length > MAX_KEY_LENGTH) return "has a name that is too long for a YAML key";
  return checkText(name);
}

function checkSource(source: string): string | undefined {
  return (HANDLE_SOURCES as readonly string[]).includes(source)
    ? undefined
    : "has a source that Front's API cannot write";
}

/** Converts line breaks to line feeds. Plans ignore the difference, because Front may change line breaks. */
export function withoutCarriageReturns(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n");
}

/** An entry to update, for a contact or an account. `handles` is empty for an account. */
export type ExistingEntry = Omit<DesiredContact, "ensure" | "merge" | "exact" | "protect" | "id" | "without"> &
  Pick<DeclaredAccount, "domains" | "externalId"> & { readonly exact: readonly (Collection | AccountCollection)[] };

/** New values for the properties that an entry manages. */
export interface EntryUpdate {
  readonly entry: Entry & Partial<Pick<AccountEntry, "domains">>;
  /** True if the update contains all values of the source. Values that only the entry has are then removed from it. */
  readonly complete: boolean;
  /**
   * Properties whose values stay unchanged, for example because a file cannot contain the new values. A collection
   * stays unchanged only if it is exact.
   */
  readonly omitted?: ReadonlySet<string>;
  /**
   * Names of lists with `members: exact`. If the contact is on such a list, the entry must contain the list, or apply
   * would remove the contact from the list.
   */
  readonly exactLists?: ReadonlySet<string>;
  /** The account of the contact; null if it has none, undefined to leave the entry's account unchanged. */
  readonly account?: EntryAccount | null | undefined;
  readonly isAvatarUnchanged: boolean;
}

/** Returns whether an entry manages a property, named as in `EntryProblem`. */
export function managesProperty(entry: ExistingEntry, property: string): boolean {
  const { customFields, externalId, exact } = entry;
  const values: Readonly<Record<string, unknown>> = { ...entry, custom_fields: customFields, external_id: externalId };
  if (!property.startsWith(fieldProperty(""))) return values[property] !== undefined;
  const isDeclared = customFields?.some(({ name }) => fieldProperty(name) === property) === true;
  return isDeclared || (customFields !== undefined && exact.includes("custom_fields"));
}

export const EXACT_WITH_OMITTED_REASON =
  "are exact, and Front has values that cannot be written to a file; to keep these values, remove this property from exact";

/**
 * Returns whether apply would delete values that an update omits, because the collection is exact. A custom field that
 * the entry declares stays unchanged if its value is omitted.
 */
export function wouldDeleteOmitted(
  collection: Collection | AccountCollection,
  { exact, customFields = [] }: ExistingEntry,
  { complete, omitted = new Set() }: EntryUpdate,
): boolean {
  if (!complete || !exact.includes(collection)) return false;
  const declared = new Set(customFields.map(({ name }) => fieldProperty(name)));
  const isOf = (property: string) => property === collection || property.startsWith(`${collection}.`);
  return [...omitted].some((property) => isOf(property) && !declared.has(property));
}

export function isRow({ key }: Pick<ExistingEntry, "key">): boolean {
  return tableOfKey(key) !== undefined;
}

export interface ImportWarningGroup {
  readonly kind: ImportWarning["kind"];
  readonly count: number;
  /** The texts of the first warnings. */
  readonly texts: readonly string[];
}

/** Maximum number of warnings to store for each kind, because every contact of a large company may cause a warning. */
const MAX_WARNINGS = 20;

export class ImportWarnings {
  readonly #groups = new Map<ImportWarning["kind"], { count: number; readonly texts: string[] }>();

  add({ kind, text }: ImportWarning): void {
    const group = this.#groups.get(kind) ?? { count: 0, texts: [] };
    group.count += 1;
    if (group.texts.length < MAX_WARNINGS) group.texts.push(text);
    this.#groups.set(kind, group);
  }

  get groups(): readonly ImportWarningGroup[] {
    return [...this.#groups].map(([kind, group]) => ({ kind, ...group }));
  }
}
