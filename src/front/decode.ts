import type { RemoteAccount } from "../model/account.ts";
import type { CustomFields, FieldValue, Handle, List, RemoteContact, UndecodableContact } from "../model/contact.ts";
import { isJsonObject, type JsonObject } from "../model/json-object.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Company, FieldDefinition, Inbox, OnUndecodableAccount, Teammate } from "./api.ts";
import { numberOf, stringifyLosslessJson } from "./json.ts";

/** The error for a response with an unexpected shape. The message contains no text from the response. */
export class ShapeError extends Error {
  override readonly name: string = "ShapeError";
}

export class ContactShapeError extends ShapeError {
  override readonly name = "ContactShapeError";
  readonly contact: UndecodableContact;

  constructor(contact: UndecodableContact) {
    super(contact.problem);
    this.contact = contact;
  }
}

function decodeObject(value: unknown, label: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw new ShapeError(`${label} is not an object`);
}

/** Front may send `null` instead of an empty array. */
function decodeArray(value: unknown, label: string): readonly unknown[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  throw new ShapeError(value === undefined ? `${label} is missing` : `${label} is not an array`);
}

function decodeText(value: unknown, label: string): string {
  if (typeof value === "string") return value;
  throw new ShapeError(`${label} is not a string`);
}

function decodeOptionalText(value: unknown, label: string): string | undefined {
  return value === undefined || value === null ? undefined : decodeText(value, label);
}

const ID = /^[a-z]+_[0-9a-zA-Z]+$/;

/** Checks the form of the ID, because IDs become part of paths. */
function decodeId(value: unknown, prefix: string, label = "id"): string {
  if (typeof value === "string" && value.startsWith(`${prefix}_`) && ID.test(value)) return value;
  throw new ShapeError(`${label} is not of the form ${prefix}_…`);
}

function textOrEmpty(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Omits values that cannot be decoded. Use it only for collections that no write depends on. */
function decodeAll<T>(values: readonly unknown[], decode: (value: unknown) => T): T[] {
  return values.flatMap((value) => {
    try {
      return [decode(value)];
    } catch (error) {
      if (error instanceof ShapeError) return [];
      throw error;
    }
  });
}

/** One page of a listing. `next` is the token of the next page; undefined on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

export function decodeCompany(json: unknown): Company {
  const company = decodeObject(json, "the company");
  return { id: decodeId(company["id"], "cmp"), name: decodeOptionalText(company["name"], "the company's name") ?? "" };
}

/** Decodes an account. Treats omitted properties as empty, except the ID. */
export function decodeAccount(json: unknown): RemoteAccount {
  const account = decodeObject(json, "the account");
  return {
    id: decodeId(account["id"], "acc"),
    name: textOrEmpty(account["name"]),
    description: textOrEmpty(account["description"]),
    domains: decodeArray(account["domains"] ?? null, "domains").filter((domain) => typeof domain === "string"),
    externalId: decodeExternalId(account["external_id"]),
    customFields: decodeCustomFields(account["custom_fields"] ?? null),
  };
}

/** Front documents a string, but its example is a number (docs/front.md#accounts). */
function decodeExternalId(value: unknown): string | undefined {
  if (numberOf(value) !== undefined) return stringifyLosslessJson(value);
  return decodeOptionalText(value, "external_id");
}

/**
 * Decodes an account to edit. Throws a `ShapeError` if the response omits a collection, because an edit replaces the
 * whole collection.
 */
export function decodeWholeAccount(json: unknown): RemoteAccount {
  const account = decodeObject(json, "the account");
  for (const property of ["domains", "custom_fields"]) {
    if (account[property] === undefined) throw new ShapeError(`${property} is missing`);
  }
  return decodeAccount(json);
}

/** Decodes a page of a listing for which Front documents no pagination, so `_pagination` may be missing. */
function decodeListing<T>(json: unknown, decode: (values: readonly unknown[]) => T[]): Page<T> {
  const page = decodeObject(json, "the response");
  const { next = null } = decodeObject(page["_pagination"] ?? {}, "_pagination");
  return { items: decode(decodeArray(page["_results"], "_results")), next: nextToken(next) };
}

/**
 * Decodes a page of contacts or accounts. Throws if `_pagination` is missing, because only `next: null` ends a listing,
 * and items that were not listed might be created again.
 */
function decodePage<T>(json: unknown, decode: (values: readonly unknown[]) => T[]): Page<T> {
  const page = decodeObject(json, "the page");
  const { next } = decodeObject(page["_pagination"], "_pagination");
  return { items: decode(decodeArray(page["_results"], "_results")), next: nextToken(next) };
}

export function decodeItems(json: unknown): Page<unknown> {
  return decodeListing(json, (items) => [...items]);
}

/** Returns a function that decodes a listing and omits items that cannot be decoded. */
function listingOf<T>(decode: (json: unknown) => T): (json: unknown) => Page<T> {
  return (json) => decodeListing(json, (values) => decodeAll(values, decode));
}

export const decodeFieldDefinitions = listingOf((json): FieldDefinition => {
  const field = decodeObject(json, "a custom field");
  const choices = decodeAll(decodeArray(field["values"] ?? null, "values"), (json) => {
    const choice = decodeObject(json, "an enum value");
    return { value: decodeText(choice["value"], "an enum value"), label: textOrEmpty(choice["label"]) };
  });
  const description = textOrEmpty(field["description"]);
  return {
    name: decodeText(field["name"], "a custom field's name"),
    type: decodeText(field["type"], "a custom field's type"),
    values: choices.map(({ value }) => value),
    ...(choices.some(({ label }) => label !== "") ? { labels: choices.map(({ label }) => label) } : {}),
    ...(description === "" ? {} : { description }),
  };
});

export const decodeTeammates = listingOf((json): Teammate => {
  const teammate = decodeObject(json, "a teammate");
  const name = `${textOrEmpty(teammate["first_name"])} ${textOrEmpty(teammate["last_name"])}`.trim();
  return { email: decodeText(teammate["email"], "a teammate's email"), name };
});

export const decodeInboxes = listingOf((json): Inbox => {
  const inbox = decodeObject(json, "an inbox");
  return { id: decodeId(inbox["id"], "inb"), name: textOrEmpty(inbox["name"]) };
});

/**
 * Private contacts are never changed, so a resource counts as private unless `is_private` is false, null or missing.
 */
function privateFlag(json: JsonObject): { readonly isPrivate?: true } {
  return (json["is_private"] ?? false) === false ? {} : { isPrivate: true };
}

function decodeList(json: unknown, label = "a list"): List {
  const list = decodeObject(json, label);
  const name = decodeOptionalText(list["name"], `${label}.name`) ?? "";
  return internList({ id: decodeId(list["id"], "grp", `${label}.id`), name, ...privateFlag(list) });
}

/** Decoded lists by ID. Contacts share the same objects to save memory. */
const decodedLists = new Map<string, List>();

const MAX_INTERNED_LISTS = 10_000;

function internList(list: List): List {
  const shared = decodedLists.get(list.id);
  if (shared !== undefined && shared.name === list.name && shared.isPrivate === list.isPrivate) return shared;
  if (decodedLists.size >= MAX_INTERNED_LISTS) decodedLists.clear();
  decodedLists.set(list.id, list);
  return list;
}

/** Decodes lists. Throws a `ShapeError` if a list cannot be decoded, because an omitted list might be created again. */
export function decodeLists(json: unknown): Page<List> {
  return decodeListing(json, (lists) => lists.map((list) => decodeList(list)));
}

export function decodeAccounts(json: unknown, onUndecodable?: OnUndecodableAccount): Page<RemoteAccount> {
  return decodePage(json, (accounts) =>
    accounts.flatMap((account) => {
      try {
        return [decodeAccount(account)];
      } catch (error) {
        if (!(error instanceof ShapeError) || onUndecodable === undefined) throw error;
        const [accountId] = decodeAll([account], (value) => decodeId(decodeObject(value, "the account")["id"], "acc"));
        onUndecodable(omitUndefined({ id: accountId, problem: error.message }));
        return [];
      }
    }),
  );
}

/** If the listing omits custom fields, `contact` is undefined and the contact must be read by its ID. */
export type ListedContact =
  | { readonly id: string; readonly contact: RemoteContact | undefined }
  | { readonly undecodable: UndecodableContact };

export function decodeContactPage(json: unknown): Page<ListedContact> {
  return decodePage(json, (contacts) => contacts.map(decodeListed));
}

export function decodeCount(json: unknown): { count: number; hasMore: boolean } {
  const page = decodeObject(json, "the page");
  const { next } = decodeObject(page["_pagination"], "_pagination");
  return { count: decodeArray(page["_results"], "_results").length, hasMore: typeof next === "string" };
}

/**
 * Returns the page token in the link to the next page, if any. The link is not followed, because it points to another
 * host (docs/front.md#listings).
 */
function nextToken(next: unknown): string | undefined {
  if (next === null) return undefined;
  const link = decodeText(next, "_pagination.next");
  const parsed = URL.canParse(link, "https://front.invalid") ? new URL(link, "https://front.invalid") : undefined;
  const token = parsed?.searchParams.get("page_token");
  if (token) return token;
  throw new ShapeError("_pagination.next has no page_token");
}

function decodeFieldValue(value: unknown): FieldValue {
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return value as FieldValue;
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value;
  try {
    return { json: stringifyLosslessJson(value) };
  } catch (error) {
    if (error instanceof RangeError) throw new ShapeError("custom_fields is nested too deeply");
    throw error;
  }
}

function decodeCustomFields(json: unknown): CustomFields {
  if (json === null) return new Map();
  if (json === undefined) throw new ShapeError("custom_fields is missing");
  const entries = Object.entries(decodeObject(json, "custom_fields"));
  return new Map(entries.map(([name, value]) => [name, decodeFieldValue(value)]));
}

function decodeHandle(json: unknown, index: number): Handle {
  const label = `handles[${index}]`;
  const handle = decodeObject(json, label);
  return {
    source: decodeText(handle["source"], `${label}.source`),
    handle: decodeText(handle["handle"], `${label}.handle`),
  };
}

function decodeHandles(json: unknown): Handle[] {
  return decodeArray(json, "handles").map(decodeHandle);
}

function decodeListed(json: unknown): ListedContact {
  try {
    const listed = decodeObject(json, "the contact");
    if (listed["custom_fields"] === undefined) return { id: decodeId(listed["id"], "crd"), contact: undefined };
    const contact = decodeContact(json);
    return { id: contact.id, contact };
  } catch (error) {
    if (error instanceof ContactShapeError) return { undecodable: error.contact };
    if (error instanceof ShapeError) return { undecodable: undecodable(json, "id", error.message) };
    throw error;
  }
}

/**
 * Decodes a contact. Throws a `ContactShapeError` for the first property that cannot be decoded, or a `ShapeError` if
 * the contact has no valid ID.
 */
export function decodeContact(json: unknown): RemoteContact {
  const contact = decodeObject(json, "the contact");
  const property = <T>(name: string, decode: (value: unknown) => T, value = contact[name]): T => {
    try {
      return decode(value);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      throw new ContactShapeError(undecodable(json, name, error.message));
    }
  };
  const updated = numberOf(contact["updated_at"]);
  return {
    id: decodeId(contact["id"], "crd"),
    name: property("name", (value) => decodeOptionalText(value, "name")),
    description: property("description", (value) => decodeOptionalText(value, "description")) ?? "",
    handles: property("handles", decodeHandles),
    links: property("links", (links) =>
      decodeArray(links ?? null, "links").map((link, index) => decodeText(link, `links[${index}]`)),
    ),
    lists: property("lists", decodeContactLists, contact["lists"] ?? contact["groups"]),
    customFields: property("custom_fields", decodeCustomFields),
    avatarUrl: property("avatar_url", (value) => decodeOptionalText(value, "avatar_url")),
    updatedAt: Number.isFinite(updated) ? updated : undefined,
    ...privateFlag(contact),
    ...decodeAccountProperty(contact["account"]),
  };
}

/** Treats any value other than null or an account with an ID as omitted. */
function decodeAccountProperty(json: unknown): Pick<RemoteContact, "account"> {
  if (json === null) return { account: null };
  const [account] = decodeAll([json], (value) => {
    const account = decodeObject(value, "account");
    return { id: decodeId(account["id"], "acc"), name: textOrEmpty(account["name"]) };
  });
  return account === undefined ? {} : { account };
}

function decodeContactLists(json: unknown): List[] {
  return decodeArray(json ?? null, "lists").map((item, index) => decodeList(item, `lists[${index}]`));
}

function undecodable(json: unknown, property: string, problem: string): UndecodableContact {
  const contact = isJsonObject(json) ? json : {};
  const [contactId] = decodeAll([contact["id"]], (value) => decodeId(value, "crd"));
  const [handles] = decodeAll([contact["handles"]], decodeHandles);
  return { id: contactId, property, problem, handles };
}

/** Returns whether a response contains Front's error object, whose properties may be missing. */
export function isErrorEnvelope(json: unknown): boolean {
  return isJsonObject(json) && isJsonObject(json["_error"]);
}

/** Returns the message (or title) and the details of Front's error; an empty string if there are none. */
export function decodeError(json: unknown): string {
  const error = isJsonObject(json) ? json["_error"] : undefined;
  if (!isJsonObject(error)) return "";
  const { title, message, details } = error;
  const [summary] = [message, title].filter(isNonEmptyText);
  return [summary, ...(Array.isArray(details) ? details : [])].filter(isNonEmptyText).join("; ");
}

function isNonEmptyText(part: unknown): boolean {
  return typeof part === "string" && part !== "";
}
