import { numberOf, stringifyLosslessJson } from "../front/json.ts";
import { isJsonObject, isListOf, isText, type JsonObject } from "../model/json-object.ts";
import { omitUndefined } from "../model/omit-undefined.ts";

/** A part of a seed of the local Front emulator (schemas/snapshot.schema.json). */
export type SeedPart = JsonObject;

/** Returns false for an object that represents a number beyond the precision of a double. */
function isObject(value: unknown): value is JsonObject {
  return isJsonObject(value) && numberOf(value) === undefined;
}

function idIn(value: unknown, prefix: string): string | undefined {
  return isText(value) && new RegExp(`^${prefix}_[0-9a-zA-Z]{1,40}$`).test(value) ? value : undefined;
}

/**
 * Converts a property of a contact to properties of the seed. Returns undefined if the value does not have the
 * documented type. May omit a value that is the emulator's default, such as an empty description.
 */
type ConvertProperty = (value: unknown) => SeedPart | undefined;

const CONTACT_PROPERTIES: Readonly<Record<string, ConvertProperty>> = {
  name: (value) => (value === null ? {} : isText(value) ? { name: value } : undefined),
  description: (value) => (isText(value) ? unlessEmpty("description", value) : undefined),
  links: (value) => (isListOf(value, isText) ? unlessEmpty("links", value) : undefined),
  handles: (value) =>
    isListOf(value, isHandle) ? { handles: value.map(({ source, handle }) => ({ source, handle })) } : undefined,
  lists: (value) => (isListOf(value, isList) ? unlessEmpty("lists", idsOf(value)) : undefined),
  custom_fields: (value) => (isObject(value) ? unlessEmpty("custom_fields", value) : undefined),
  is_private: (value) => (typeof value === "boolean" ? (value ? { is_private: true } : {}) : undefined),
  updated_at: (value) => (isTime(value) ? { updated_at: value } : undefined),
  avatar_url: (value) => (value === null ? {} : isText(value) && value !== "" ? { avatar: { url: value } } : undefined),
};

function idsOf(lists: readonly { readonly id: string }[]): string[] {
  return lists.map(({ id }) => id);
}

function unlessEmpty(name: string, value: string | readonly unknown[] | JsonObject): SeedPart {
  const size = isObject(value) ? Object.keys(value).length : value.length;
  return size === 0 ? {} : { [name]: value };
}

interface Handle {
  readonly source: string;
  readonly handle: string;
}

function isHandle(value: unknown): value is Handle {
  return isObject(value) && [value["source"], value["handle"]].every((text) => isText(text) && text !== "");
}

function isList(value: unknown): value is JsonObject & { readonly id: string } {
  return isObject(value) && idIn(value["id"], "grp") !== undefined;
}

/**
 * Returns whether a value is a time in epoch seconds with at most three decimals, which is the emulator's precision.
 * Other times are saved in `shown_as` for contacts, and omitted for accounts.
 */
function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && Math.round(value * 1000) / 1000 === value;
}

/** The ID is copied, the emulator generates `_links`, and `groups` is used only if `lists` is missing. */
const NOT_CONVERTED = ["id", "_links", "groups"];

/** Returns undefined if the contact has no valid ID. Saves properties that cannot be converted in `shown_as`. */
export function seedContact(item: unknown): (SeedPart & { readonly id: string }) | undefined {
  const id = contactId(item);
  if (!isObject(item) || id === undefined) return undefined;
  const properties = Object.entries(withLists(item)).filter(([name]) => !NOT_CONVERTED.includes(name));
  const converted = properties.map(([name, value]) => ({ name, value, part: converterOf(name)?.(value) }));
  const parts = converted.flatMap(({ part }) => Object.entries(part ?? {}));
  const unconverted = converted.flatMap(({ name, value, part }) =>
    part === undefined ? [[name, value] as const] : [],
  );
  // `Object.fromEntries` also copies a property named `__proto__`.
  const shownAs = unconverted.length === 0 ? {} : { shown_as: Object.fromEntries(unconverted) };
  return { id, ...Object.fromEntries(parts), ...shownAs };
}

function converterOf(name: string): ConvertProperty | undefined {
  return Object.hasOwn(CONTACT_PROPERTIES, name) ? CONTACT_PROPERTIES[name] : undefined;
}

/** Front formerly named the property `groups`. */
function withLists(contact: JsonObject): JsonObject {
  return "lists" in contact || !("groups" in contact) ? contact : { ...contact, lists: contact["groups"] };
}

/** Includes private lists, which the list endpoint omits. */
export function listsOfContact(item: unknown): SeedPart[] {
  if (!isObject(item)) return [];
  const lists = item["lists"] ?? item["groups"];
  return Array.isArray(lists) ? lists.map(seedList).filter((list) => list !== undefined) : [];
}

/** Returns undefined if the list has no valid ID. */
export function seedList(item: unknown): SeedPart | undefined {
  if (!isList(item)) return undefined;
  const { id, name, is_private } = item;
  const isPrivate = is_private === true ? true : undefined;
  return omitUndefined({ id, name: isText(name) ? name : "", team: teamOf(item), is_private: isPrivate });
}

/** Returns the ID of the workspace that a list links to. */
function teamOf({ _links: links }: JsonObject): string | undefined {
  const related = isObject(links) ? links["related"] : undefined;
  const owner = isObject(related) ? related["owner"] : undefined;
  return isText(owner) ? /\/teams\/(tim_[0-9a-zA-Z]+)$/.exec(owner)?.[1] : undefined;
}

/** Returns undefined if the custom field has no name or no type. */
export function seedField(item: unknown): SeedPart | undefined {
  if (!isObject(item)) return undefined;
  const { name, type, description, values } = item;
  if (!isText(name) || name === "" || !isText(type) || type === "") return undefined;
  const choices = Array.isArray(values) ? (values as readonly unknown[]).filter(isChoice).map(choiceOf) : [];
  return omitUndefined({
    id: idIn(item["id"], "fld"),
    name,
    type,
    description: isText(description) && description !== "" ? description : undefined,
    values: type === "enum" || choices.length > 0 ? choices : undefined,
  });
}

function isChoice(value: unknown): value is JsonObject {
  return isObject(value) && isText(value["value"]) && value["value"] !== "";
}

function choiceOf({ value, label }: JsonObject): SeedPart {
  return isText(label) ? { value, label } : { value };
}

/** Returns undefined if the teammate has no valid ID or no email address. */
export function seedTeammate(item: unknown): SeedPart | undefined {
  if (!isObject(item)) return undefined;
  const id = idIn(item["id"], "tea");
  const { email } = item;
  if (id === undefined || !isText(email) || email === "") return undefined;
  return { id, email, ...textsOf(item, ["username", "first_name", "last_name"]) };
}

/** Returns undefined if the inbox has no valid ID. */
export function seedInbox(item: unknown): SeedPart | undefined {
  if (!isObject(item)) return undefined;
  const id = idIn(item["id"], "inb");
  return id === undefined ? undefined : { id, name: isText(item["name"]) && item["name"] !== "" ? item["name"] : id };
}

/** Omits the members. Returns undefined if the account has no valid ID. */
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

/** Properties that `seedAccount` converts or the emulator generates. */
const ACCOUNT_PROPERTIES = ["id", "_links", "name", "description", "external_id", "domains", "custom_fields"];
const ACCOUNT_TIMES = ["created_at", "updated_at"];

/**
 * Returns the names of the non-empty properties that are lost: `seedAccount` does not convert them, and the emulator
 * does not generate them.
 */
export function unknownAccountProperties(item: unknown): readonly string[] {
  if (!isObject(item)) return [];
  const convertible = new Set([...ACCOUNT_PROPERTIES, ...ACCOUNT_TIMES]);
  return Object.entries(item).flatMap(([name, value]) => (convertible.has(name) || isEmpty(value) ? [] : [name]));
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function textsOf(item: JsonObject, names: readonly string[]): SeedPart {
  return Object.fromEntries(names.filter((name) => isText(item[name])).map((name) => [name, item[name]]));
}

/** Returns undefined if the contact has no valid ID. */
export function contactId(item: unknown): string | undefined {
  return isObject(item) ? idIn(item["id"], "crd") : undefined;
}

/** Returns the ID of an item in a listing, or the JSON text of an item without an ID. */
export function keyOf(item: unknown): string {
  return isObject(item) && isText(item["id"]) ? item["id"] : stringifyLosslessJson(item);
}

/** Returns true even if the account is null. */
export function hasAccountProperty(item: unknown): boolean {
  return isObject(item) && item["account"] !== undefined;
}
