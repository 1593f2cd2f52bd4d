import type { CustomFields, FieldValue, Handle, List, RemoteContact } from "../contact.ts";
import type { Account, Company, FieldDefinition, Inbox, Teammate } from "./api.ts";

/** An answer of a shape that Front does not have. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

type Json = Readonly<Record<string, unknown>>;

function object(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new ShapeError(`${what} is not an object`);
}

function array(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new ShapeError(`${what} is not a list`);
}

function text(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw new ShapeError(`${what} is not a text`);
}

function optionalText(value: unknown, what: string): string | undefined {
  return value === undefined || value === null ? undefined : text(value, what);
}

/** Ids end up in paths, so one of another shape is never taken over. */
function id(value: unknown, prefix: string): string {
  const found = text(value, `${prefix} id`);
  if (new RegExp(`^${prefix}_[0-9a-zA-Z]+$`).test(found)) return found;
  throw new ShapeError(`an id does not look like ${prefix}_…`);
}

export function decodeCompany(json: unknown): Company {
  const company = object(json, "the company");
  return { id: id(company["id"], "cmp"), name: optionalText(company["name"], "the company's name") ?? "" };
}

export function decodeAccount(json: unknown): Account {
  const account = object(json, "the account");
  const domains = account["domains"] === undefined || account["domains"] === null ? [] : account["domains"];
  return { id: id(account["id"], "acc"), domains: array(domains, "domains").map((domain) => text(domain, "a domain")) };
}

export function decodeFieldDefinitions(json: unknown): FieldDefinition[] {
  return array(object(json, "the answer")["_results"], "_results").map((entry) => {
    const field = object(entry, "a custom field");
    const values = field["values"] === undefined || field["values"] === null ? [] : array(field["values"], "values");
    const choices = values.map((value) => object(value, "an enum value"));
    const labels = choices.map(({ label }) => said(label));
    const description = said(field["description"]);
    return {
      name: text(field["name"], "a custom field's name"),
      type: text(field["type"], "a custom field's type"),
      values: choices.map(({ value }) => text(value, "an enum value")),
      ...(labels.some((label) => label !== "") ? { labels } : {}),
      ...(description === "" ? {} : { description }),
    };
  });
}

/** What only people read; nothing depends on it. */
function said(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function decodeTeammates(json: unknown): Teammate[] {
  return array(object(json, "the answer")["_results"], "_results").map((entry) => {
    const teammate = object(entry, "a teammate");
    const name = `${said(teammate["first_name"])} ${said(teammate["last_name"])}`.trim();
    return { email: text(teammate["email"], "a teammate's email"), name };
  });
}

export function decodeInboxes(json: unknown): Inbox[] {
  return array(object(json, "the answer")["_results"], "_results").map((entry) => {
    const inbox = object(entry, "an inbox");
    return { id: id(inbox["id"], "inb"), name: said(inbox["name"]) };
  });
}

function privacy(json: Json): { readonly isPrivate?: true } {
  return json["is_private"] === true ? { isPrivate: true } : {};
}

function decodeList(json: unknown): List {
  const list = object(json, "a list");
  return { id: id(list["id"], "grp"), name: optionalText(list["name"], "a list's name") ?? "", ...privacy(list) };
}

export function decodeLists(json: unknown): List[] {
  return array(object(json, "the answer")["_results"], "_results").map(decodeList);
}

/** Listings were never seen to leave custom fields out; where one does, the contact has to be read by itself. */
export interface ListedContact {
  readonly id: string;
  readonly whole: RemoteContact | undefined;
}

/** One page of a listing. `next` is the token of the page to come; the address it came in is never used. */
export interface Page {
  readonly items: readonly ListedContact[];
  readonly next: string | undefined;
}

export function decodePage(json: unknown): Page {
  const page = object(json, "the page");
  const next = object(page["_pagination"], "_pagination")["next"];
  return {
    items: array(page["_results"], "_results").map(decodeListed),
    next: next === null ? undefined : pageToken(text(next, "next")),
  };
}

/** How many things a listing has, as far as its first page tells. */
export function decodeCount(json: unknown): { count: number; more: boolean } {
  const page = object(json, "the page");
  const next = object(page["_pagination"], "_pagination")["next"];
  return { count: array(page["_results"], "_results").length, more: typeof next === "string" };
}

/** Front names the next page by a whole address, on another host than was asked (front-api.md 4). */
function pageToken(next: string): string {
  const parsed = URL.canParse(next, "https://front.invalid") ? new URL(next, "https://front.invalid") : undefined;
  const token = parsed?.searchParams.get("page_token");
  if (token) return token;
  throw new ShapeError("the address of the next page has no page_token");
}

function decodeFieldValue(value: unknown): FieldValue {
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return value as FieldValue;
  return array(value, "a custom field's value").map((entry) => text(entry, "a custom field's value"));
}

function decodeCustomFields(json: unknown): CustomFields {
  const entries = Object.entries(object(json, "custom_fields"));
  return new Map(entries.map(([name, value]) => [name, decodeFieldValue(value)]));
}

function decodeHandle(json: unknown): Handle {
  const handle = object(json, "a handle");
  return { source: text(handle["source"], "a handle's source"), handle: text(handle["handle"], "a handle") };
}

function decodeListed(json: unknown): ListedContact {
  const contact = object(json, "a contact");
  return { id: id(contact["id"], "crd"), whole: "custom_fields" in contact ? decodeContact(json) : undefined };
}

export function decodeContact(json: unknown): RemoteContact {
  const contact = object(json, "a contact");
  const updated = contact["updated_at"];
  return {
    id: id(contact["id"], "crd"),
    name: optionalText(contact["name"], "a contact's name"),
    description: optionalText(contact["description"], "a contact's description") ?? "",
    handles: array(contact["handles"], "handles").map(decodeHandle),
    links: array(contact["links"], "links").map((link) => text(link, "a link")),
    lists: array(contact["lists"] ?? contact["groups"], "lists").map(decodeList),
    customFields: decodeCustomFields(contact["custom_fields"]),
    avatarUrl: optionalText(contact["avatar_url"], "avatar_url"),
    updatedAt: typeof updated === "number" ? updated : undefined,
    ...privacy(contact),
  };
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
