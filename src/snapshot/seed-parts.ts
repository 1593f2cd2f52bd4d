import { numberOf, textOfJson } from "../front/json.ts";

/** Part of a seed of the local Front emulator. See schemas/snapshot.schema.json. */
export type SeedPart = Readonly<Record<string, unknown>>;

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  const isNumber = numberOf(value) !== undefined;
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isNumber;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function idIn(value: unknown, prefix: string): string | undefined {
  return isText(value) && new RegExp(`^${prefix}_[0-9a-zA-Z]{1,40}$`).test(value) ? value : undefined;
}

/**
 * Converts a property of a contact to the seed, or returns undefined if its type is not the documented one. Empty
 * values are omitted, because they are the emulator's default.
 */
type Convert = (value: unknown) => SeedPart | undefined;

const CONTACT_PROPERTIES: Readonly<Record<string, Convert>> = {
  name: (value) => (value === null ? {} : isText(value) ? { name: value } : undefined),
  description: (value) => (isText(value) ? unlessEmpty("description", value) : undefined),
  links: (value) => (isListOf(value, isText) ? unlessEmpty("links", value) : undefined),
  handles: (value) =>
    isListOf(value, isHandle) ? { handles: value.map(({ source, handle }) => ({ source, handle })) } : undefined,
  lists: (value) =>
    isListOf(value, isList)
      ? unlessEmpty(
          "lists",
          value.map(({ id }) => id),
        )
      : undefined,
  custom_fields: (value) => (isObject(value) ? unlessEmpty("custom_fields", value) : undefined),
  is_private: (value) => (typeof value === "boolean" ? (value ? { is_private: true } : {}) : undefined),
  updated_at: (value) => (isTime(value) ? { updated_at: value } : undefined),
  avatar_url: (value) => (value === null ? {} : isText(value) && value !== "" ? { avatar: { url: value } } : undefined),
};

function unlessEmpty(name: string, value: string | readonly unknown[] | Json): SeedPart {
  const size = isObject(value) ? Object.keys(value).length : value.length;
  return size === 0 ? {} : { [name]: value };
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem);
}

interface Handle {
  readonly source: string;
  readonly handle: string;
}

function isHandle(value: unknown): value is Handle {
  return isObject(value) && [value["source"], value["handle"]].every((text) => isText(text) && text !== "");
}

function isList(value: unknown): value is Json & { readonly id: string } {
  return isObject(value) && idIn(value["id"], "grp") !== undefined;
}

/**
 * Returns whether a value is a time in whole milliseconds, the precision of the emulator. Other times are kept under
 * `shown_as`.
 */
function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && Math.round(value * 1000) / 1000 === value;
}

/** Properties that are not copied: the id is copied separately, and the emulator generates the others. */
const DERIVED = ["id", "_links", "groups"];

/** Converts a contact to the seed; undefined if it has no valid id. Unknown properties are kept under `shown_as`. */
export function seedContact(item: unknown): (SeedPart & { readonly id: string }) | undefined {
  const id = contactId(item);
  if (!isObject(item) || id === undefined) return undefined;
  const properties = Object.entries(withLists(item)).filter(([name]) => !DERIVED.includes(name));
  const known = properties.map(([name, value]) => ({ name, value, part: converterOf(name)?.(value) }));
  const other = known.filter(({ part }) => part === undefined).map(({ name, value }) => [name, value] as const);
  const parts = known.flatMap(({ part }) => Object.entries(part ?? {}));
  // `Object.fromEntries`, because a property may be called `__proto__`.
  const kept = other.length === 0 ? {} : { shown_as: Object.fromEntries(other) };
  return { id, ...Object.fromEntries(parts), ...kept };
}

function converterOf(name: string): Convert | undefined {
  return Object.hasOwn(CONTACT_PROPERTIES, name) ? CONTACT_PROPERTIES[name] : undefined;
}

/** Returns a contact with `lists`, which Front named `groups` before 2025. */
function withLists(contact: Json): Json {
  return "lists" in contact || !("groups" in contact) ? contact : { ...contact, lists: contact["groups"] };
}

/** Returns the lists of a contact, including private lists of teammates, which the listing of lists omits. */
export function listsShownBy(item: unknown): SeedPart[] {
  if (!isObject(item)) return [];
  const lists = item["lists"] ?? item["groups"];
  return Array.isArray(lists) ? lists.map(seedList).filter((list) => list !== undefined) : [];
}

export function seedList(item: unknown): SeedPart | undefined {
  if (!isList(item)) return undefined;
  const { id, name, is_private } = item;
  const team = teamOf(item);
  return {
    ...{ id, name: isText(name) ? name : "" },
    ...(team === undefined ? {} : { team }),
    ...(is_private === true ? { is_private } : {}),
  };
}

/** Returns the id of the workspace that a list links to. */
function teamOf({ _links: links }: Json): string | undefined {
  const related = isObject(links) ? links["related"] : undefined;
  const owner = isObject(related) ? related["owner"] : undefined;
  return isText(owner) ? /\/teams\/(tim_[0-9a-zA-Z]+)$/.exec(owner)?.[1] : undefined;
}

export function seedField(item: unknown): SeedPart | undefined {
  if (!isObject(item)) return undefined;
  const { name, type, description, values } = item;
  if (!isText(name) || name === "" || !isText(type) || type === "") return undefined;
  const id = idIn(item["id"], "fld");
  const choices = Array.isArray(values) ? (values as readonly unknown[]).filter(isChoice).map(choiceOf) : [];
  return {
    ...(id === undefined ? {} : { id }),
    ...{ name, type },
    ...(isText(description) ? unlessEmpty("description", description) : {}),
    ...(type === "enum" || choices.length > 0 ? { values: choices } : {}),
  };
}

function isChoice(value: unknown): value is Json {
  return isObject(value) && isText(value["value"]) && value["value"] !== "";
}

function choiceOf({ value, label }: Json): SeedPart {
  return isText(label) ? { value, label } : { value };
}

export function seedTeammate(item: unknown): SeedPart | undefined {
  if (!isObject(item)) return undefined;
  const id = idIn(item["id"], "tea");
  const { email } = item;
  if (id === undefined || !isText(email) || email === "") return undefined;
  return { id, email, ...textsOf(item, ["username", "first_name", "last_name"]) };
}

export function seedInbox(item: unknown): SeedPart | undefined {
  if (!isObject(item)) return undefined;
  const id = idIn(item["id"], "inb");
  return id === undefined ? undefined : { id, name: isText(item["name"]) && item["name"] !== "" ? item["name"] : id };
}

/** Converts an account without its contacts, which have their own listing. */
export function seedAccount(item: unknown): (SeedPart & { readonly id: string }) | undefined {
  if (!isObject(item)) return undefined;
  const id = idIn(item["id"], "acc");
  if (id === undefined) return undefined;
  const { domains, custom_fields } = item;
  const times = ACCOUNT_TIMES.filter((name) => isTime(item[name]));
  return {
    id,
    ...textsOf(item, ["name", "description", "external_id"]),
    ...(Array.isArray(domains) ? unlessEmpty("domains", domains.filter(isText).filter(Boolean)) : {}),
    ...(isObject(custom_fields) ? unlessEmpty("custom_fields", custom_fields) : {}),
    ...Object.fromEntries(times.map((name) => [name, item[name]])),
  };
}

/** Properties that `seedAccount` keeps or the emulator generates. */
const ACCOUNT_PROPERTIES = ["id", "_links", "name", "description", "external_id", "domains", "custom_fields"];
const ACCOUNT_TIMES = ["created_at", "updated_at"];

/** Returns the names of non-empty properties that an account in Front has and its copy does not. */
export function unknownAccountProperties(item: unknown): readonly string[] {
  if (!isObject(item)) return [];
  const known = new Set([...ACCOUNT_PROPERTIES, ...ACCOUNT_TIMES]);
  return Object.entries(item).flatMap(([name, value]) => (known.has(name) || isEmpty(value) ? [] : [name]));
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function textsOf(item: Json, names: readonly string[]): SeedPart {
  return Object.fromEntries(names.filter((name) => isText(item[name])).map((name) => [name, item[name]]));
}

/** Returns the valid id of a contact in a listing. */
export function contactId(item: unknown): string | undefined {
  return isObject(item) ? idIn(item["id"], "crd") : undefined;
}

/** Returns a key that identifies an item of a listing. */
export function keyOf(item: unknown): string {
  return isObject(item) && isText(item["id"]) ? item["id"] : textOfJson(item);
}

export function showsAccount(item: unknown): boolean {
  return isObject(item) && item["account"] !== undefined;
}
