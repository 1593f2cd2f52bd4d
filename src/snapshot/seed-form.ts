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
 * Returns what the seed says for a property of a contact that Front shows, or undefined when its type is not the
 * documented one. Empty values are omitted: they are the emulator's default.
 */
type Form = (value: unknown) => SeedPart | undefined;

const CONTACT_FORMS: Readonly<Record<string, Form>> = {
  name: (value) => (value === null ? {} : isText(value) ? { name: value } : undefined),
  description: (value) => (isText(value) ? unlessEmpty("description", value) : undefined),
  links: (value) => (isListOf(value, isText) ? unlessEmpty("links", value) : undefined),
  handles: (value) => (isListOf(value, isHandle) ? { handles: value.map(handleOf) } : undefined),
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

function handleOf({ source, handle }: Handle): Handle {
  return { source, handle };
}

function isList(value: unknown): value is Json & { readonly id: string } {
  return isObject(value) && idIn(value["id"], "grp") !== undefined;
}

/** The emulator counts milliseconds; a finer time is kept as it is shown. */
function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && Math.round(value * 1000) / 1000 === value;
}

/** Made anew by the emulator: addresses, and the older name of lists. */
const DERIVED = ["id", "_links", "groups"];

/** Returns a contact as the seed has it; undefined when it has no valid id. Unknown properties are kept under `shown_as`. */
export function seedContact(shown: unknown): (SeedPart & { readonly id: string }) | undefined {
  const id = contactId(shown);
  if (!isObject(shown) || id === undefined) return undefined;
  const properties = Object.entries(withLists(shown)).filter(([name]) => !DERIVED.includes(name));
  const known = properties.map(([name, value]) => ({ name, value, form: formOf(name)?.(value) }));
  const other = known.filter(({ form }) => form === undefined).map(({ name, value }) => [name, value] as const);
  const parts = known.flatMap(({ form }) => Object.entries(form ?? {}));
  /** `Object.fromEntries`, because a property may be called `__proto__`. */
  const kept = other.length === 0 ? {} : { shown_as: Object.fromEntries(other) };
  return { id, ...Object.fromEntries(parts), ...kept };
}

function formOf(name: string): Form | undefined {
  return Object.hasOwn(CONTACT_FORMS, name) ? CONTACT_FORMS[name] : undefined;
}

/** Lists were called groups before 2025. */
function withLists(shown: Json): Json {
  return "lists" in shown || !("groups" in shown) ? shown : { ...shown, lists: shown["groups"] };
}

/** Returns the lists that a contact shows. Some, such as teammates' own, are not in the listing of lists. */
export function listsShownBy(shown: unknown): SeedPart[] {
  if (!isObject(shown)) return [];
  const lists = shown["lists"] ?? shown["groups"];
  return Array.isArray(lists) ? lists.map(seedList).filter((list) => list !== undefined) : [];
}

export function seedList(shown: unknown): SeedPart | undefined {
  if (!isList(shown)) return undefined;
  const { id, name, is_private } = shown;
  return { id, name: isText(name) ? name : "", ...(is_private === true ? { is_private } : {}) };
}

export function seedField(shown: unknown): SeedPart | undefined {
  if (!isObject(shown)) return undefined;
  const { name, type, description, values } = shown;
  if (!isText(name) || name === "" || !isText(type) || type === "") return undefined;
  const id = idIn(shown["id"], "fld");
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

export function seedTeammate(shown: unknown): SeedPart | undefined {
  if (!isObject(shown)) return undefined;
  const id = idIn(shown["id"], "tea");
  const { email } = shown;
  if (id === undefined || !isText(email) || email === "") return undefined;
  return { id, email, ...textsOf(shown, ["username", "first_name", "last_name"]) };
}

export function seedInbox(shown: unknown): SeedPart | undefined {
  if (!isObject(shown)) return undefined;
  const id = idIn(shown["id"], "inb");
  return id === undefined
    ? undefined
    : { id, name: isText(shown["name"]) && shown["name"] !== "" ? shown["name"] : id };
}

/** Returns an account without its contacts, which are read by themselves. */
export function seedAccount(shown: unknown): (SeedPart & { readonly id: string }) | undefined {
  if (!isObject(shown)) return undefined;
  const id = idIn(shown["id"], "acc");
  if (id === undefined) return undefined;
  const { domains, custom_fields } = shown;
  const times = ["created_at", "updated_at"].filter((name) => isTime(shown[name]));
  return {
    id,
    ...textsOf(shown, ["name", "description", "external_id"]),
    ...(Array.isArray(domains) ? unlessEmpty("domains", domains.filter(isText).filter(Boolean)) : {}),
    ...(isObject(custom_fields) ? unlessEmpty("custom_fields", custom_fields) : {}),
    ...Object.fromEntries(times.map((name) => [name, shown[name]])),
  };
}

function textsOf(shown: Json, names: readonly string[]): SeedPart {
  return Object.fromEntries(names.filter((name) => isText(shown[name])).map((name) => [name, shown[name]]));
}

/** Returns the id of a contact that a listing shows. */
export function contactId(shown: unknown): string | undefined {
  return isObject(shown) ? idIn(shown["id"], "crd") : undefined;
}

/** Returns what tells an item of a listing from the others. */
export function keyOf(shown: unknown): string {
  return isObject(shown) && isText(shown["id"]) ? shown["id"] : textOfJson(shown);
}

export function showsAccount(shown: unknown): boolean {
  return isObject(shown) && shown["account"] !== undefined;
}
