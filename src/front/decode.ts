import type { CustomFields, FieldValue, Handle, List, RemoteContact, UndecodableContact } from "../model/contact.ts";
import type { Account, Company, FieldDefinition, Inbox, Teammate } from "./api.ts";
import { numberOf, textOfJson } from "./json.ts";

/** A response of a shape that Front does not have. The message holds no text of Front's. */
export class ShapeError extends Error {
  override readonly name: string = "ShapeError";
}

/** A contact of a shape that Front does not have. */
export class ContactShapeError extends ShapeError {
  override readonly name = "ContactShapeError";
  readonly contact: UndecodableContact;

  constructor(contact: UndecodableContact) {
    super(contact.problem);
    this.contact = contact;
  }
}

type Json = Readonly<Record<string, unknown>>;

function object(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new ShapeError(`${what} is not an object`);
}

/** An empty list for `null`, which Front may send in place of one. */
function list(value: unknown, what: string): readonly unknown[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  throw new ShapeError(value === undefined ? `${what} is missing` : `${what} is not a list`);
}

function text(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw new ShapeError(`${what} is not text`);
}

function optionalText(value: unknown, what: string): string | undefined {
  return value === undefined || value === null ? undefined : text(value, what);
}

/** Ids end up in paths, so one of another form is rejected. */
function id(value: unknown, prefix: string, what = "id"): string {
  if (typeof value === "string" && new RegExp(`^${prefix}_[0-9a-zA-Z]+$`).test(value)) return value;
  throw new ShapeError(`${what} is not of the form ${prefix}_…`);
}

/** Only shown to people; nothing depends on it. */
function textOrEmpty(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Leaves out what cannot be decoded, for collections that nothing is written from. */
function decodable<T>(values: readonly unknown[], decode: (value: unknown) => T): T[] {
  return values.flatMap((value) => {
    try {
      return [decode(value)];
    } catch (error) {
      if (error instanceof ShapeError) return [];
      throw error;
    }
  });
}

/** One page of a listing. `next` is the token of the page that follows. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

export function decodeCompany(json: unknown): Company {
  const company = object(json, "the company");
  return { id: id(company["id"], "cmp"), name: optionalText(company["name"], "the company's name") ?? "" };
}

export function decodeAccount(json: unknown): Account {
  const account = object(json, "the account");
  const domains = list(account["domains"] ?? null, "domains");
  return { id: id(account["id"], "acc"), domains: domains.filter((domain) => typeof domain === "string") };
}

/** Front documents no paging for these listings, so a page without `_pagination` is the only one. */
function decodeListing<T>(json: unknown, decode: (values: readonly unknown[]) => T[]): Page<T> {
  const page = object(json, "the response");
  const { next = null } = object(page["_pagination"] ?? {}, "_pagination");
  return { items: decode(list(page["_results"], "_results")), next: nextToken(next) };
}

/** Returns the undecoded items of a page. */
export function decodeItems(json: unknown): Page<unknown> {
  return decodeListing(json, (items) => [...items]);
}

export function decodeFieldDefinitions(json: unknown): Page<FieldDefinition> {
  return decodeListing(json, (fields) => decodable(fields, decodeFieldDefinition));
}

function decodeFieldDefinition(json: unknown): FieldDefinition {
  const field = object(json, "a custom field");
  const choices = decodable(list(field["values"] ?? null, "values"), (json) => {
    const choice = object(json, "an enum value");
    return { value: text(choice["value"], "an enum value"), label: textOrEmpty(choice["label"]) };
  });
  const description = textOrEmpty(field["description"]);
  return {
    name: text(field["name"], "a custom field's name"),
    type: text(field["type"], "a custom field's type"),
    values: choices.map(({ value }) => value),
    ...(choices.some(({ label }) => label !== "") ? { labels: choices.map(({ label }) => label) } : {}),
    ...(description === "" ? {} : { description }),
  };
}

export function decodeTeammates(json: unknown): Page<Teammate> {
  return decodeListing(json, (teammates) => decodable(teammates, decodeTeammate));
}

function decodeTeammate(json: unknown): Teammate {
  const teammate = object(json, "a teammate");
  const name = `${textOrEmpty(teammate["first_name"])} ${textOrEmpty(teammate["last_name"])}`.trim();
  return { email: text(teammate["email"], "a teammate's email"), name };
}

export function decodeInboxes(json: unknown): Page<Inbox> {
  return decodeListing(json, (inboxes) => decodable(inboxes, decodeInbox));
}

function decodeInbox(json: unknown): Inbox {
  const inbox = object(json, "an inbox");
  return { id: id(inbox["id"], "inb"), name: textOrEmpty(inbox["name"]) };
}

function privacy(json: Json): { readonly isPrivate?: true } {
  return json["is_private"] === true ? { isPrivate: true } : {};
}

function decodeList(json: unknown, what = "a list"): List {
  const found = object(json, what);
  const name = optionalText(found["name"], `${what}.name`) ?? "";
  return { id: id(found["id"], "grp", `${what}.id`), name, ...privacy(found) };
}

/** Not tolerant of a list that cannot be decoded: if it were left out, one of the same name would be created. */
export function decodeLists(json: unknown): Page<List> {
  return decodeListing(json, (lists) => lists.map((each) => decodeList(each)));
}

export function decodeAccounts(json: unknown): Page<Account> {
  return decodeListing(json, (accounts) => accounts.map(decodeAccount));
}

/** A contact of a listing. `whole` is undefined when custom fields are left out: then it has to be read by its id. */
export type ListedContact =
  | { readonly id: string; readonly whole: RemoteContact | undefined }
  | { readonly undecodable: UndecodableContact };

/** Only `next: null` ends a listing of contacts: a short page, or an empty one, does not. */
export function decodePage(json: unknown): Page<ListedContact> {
  const page = object(json, "the page");
  const { next } = object(page["_pagination"], "_pagination");
  return { items: list(page["_results"], "_results").map(decodeListed), next: nextToken(next) };
}

/** How many things a listing has, as far as its first page tells. */
export function decodeCount(json: unknown): { count: number; more: boolean } {
  const page = object(json, "the page");
  const { next } = object(page["_pagination"], "_pagination");
  return { count: list(page["_results"], "_results").length, more: typeof next === "string" };
}

/** Front names the next page by a whole address, on another host than the one that was asked (front-api.md 4). */
function nextToken(next: unknown): string | undefined {
  if (next === null) return undefined;
  const address = text(next, "_pagination.next");
  const parsed = URL.canParse(address, "https://front.invalid") ? new URL(address, "https://front.invalid") : undefined;
  const token = parsed?.searchParams.get("page_token");
  if (token) return token;
  throw new ShapeError("_pagination.next has no page_token");
}

function decodeFieldValue(value: unknown): FieldValue {
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return value as FieldValue;
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value;
  try {
    return { json: textOfJson(value) };
  } catch (error) {
    if (error instanceof RangeError) throw new ShapeError("custom_fields is nested too deeply");
    throw error;
  }
}

function decodeCustomFields(json: unknown): CustomFields {
  if (json === null) return new Map();
  if (json === undefined) throw new ShapeError("custom_fields is missing");
  const entries = Object.entries(object(json, "custom_fields"));
  return new Map(entries.map(([name, value]) => [name, decodeFieldValue(value)]));
}

function decodeHandle(json: unknown, index: number): Handle {
  const what = `handles[${index}]`;
  const handle = object(json, what);
  return { source: text(handle["source"], `${what}.source`), handle: text(handle["handle"], `${what}.handle`) };
}

function decodeHandles(json: unknown): Handle[] {
  return list(json, "handles").map(decodeHandle);
}

function decodeListed(json: unknown): ListedContact {
  try {
    const contact = object(json, "the contact");
    if (contact["custom_fields"] === undefined) return { id: id(contact["id"], "crd"), whole: undefined };
    const whole = decodeContact(json);
    return { id: whole.id, whole };
  } catch (error) {
    if (error instanceof ContactShapeError) return { undecodable: error.contact };
    if (error instanceof ShapeError) return { undecodable: undecodable(json, "id", error.message) };
    throw error;
  }
}

/**
 * Throws a `ContactShapeError` that names the contact and the first property that cannot be decoded, and a plain
 * `ShapeError` for what has no id of a contact.
 */
export function decodeContact(json: unknown): RemoteContact {
  const contact = object(json, "the contact");
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
    id: id(contact["id"], "crd"),
    name: property("name", (value) => optionalText(value, "name")),
    description: property("description", (value) => optionalText(value, "description")) ?? "",
    handles: property("handles", decodeHandles),
    links: property("links", (links) =>
      list(links ?? null, "links").map((link, index) => text(link, `links[${index}]`)),
    ),
    lists: property("lists", decodeListsOf, contact["lists"] ?? contact["groups"]),
    customFields: property("custom_fields", decodeCustomFields),
    avatarUrl: property("avatar_url", (value) => optionalText(value, "avatar_url")),
    updatedAt: Number.isFinite(updated) ? updated : undefined,
    ...privacy(contact),
    ...shownAccount(contact["account"]),
  };
}

/** Front does not document it, so anything but an account with an id, or null, counts as not shown. */
function shownAccount(json: unknown): Pick<RemoteContact, "account"> {
  if (json === null) return { account: null };
  const [account] = decodable([json], (value) => {
    const found = object(value, "account");
    return { id: id(found["id"], "acc"), name: textOrEmpty(found["name"]) };
  });
  return account === undefined ? {} : { account };
}

function decodeListsOf(json: unknown): List[] {
  return list(json ?? null, "lists").map((each, index) => decodeList(each, `lists[${index}]`));
}

function undecodable(json: unknown, property: string, problem: string): UndecodableContact {
  const contact = typeof json === "object" && json !== null ? (json as Json) : {};
  const [own] = decodable([contact["id"]], (value) => id(value, "crd"));
  const [handles] = decodable([contact["handles"]], decodeHandles);
  return { id: own, property, problem, handles };
}

/** Returns whether this is an error in Front's form, of which any part may be missing. */
export function isErrorEnvelope(json: unknown): boolean {
  if (typeof json !== "object" || json === null || !("_error" in json)) return false;
  return typeof json._error === "object" && json._error !== null;
}

/** What Front says went wrong, as one line; empty when the answer does not say. */
export function decodeError(json: unknown): string {
  if (typeof json !== "object" || json === null) return "";
  const error = (json as Json)["_error"];
  if (typeof error !== "object" || error === null) return "";
  const { title, message, details } = error as Json;
  const [headline] = [message, title].filter(isSaid);
  return [headline, ...(Array.isArray(details) ? details : [])].filter(isSaid).join("; ");
}

function isSaid(part: unknown): boolean {
  return typeof part === "string" && part !== "";
}
