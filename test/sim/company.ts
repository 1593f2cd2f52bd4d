import { createHash } from "node:crypto";
import type { Seed, SeedAccount, SeedContact } from "../../src/emulator/index.ts";
import { type FieldValue, isOpaque } from "../../src/model/contact.ts";

/**
 * A contact in Front. It has no modification time, and its collections are sets, so that two states can be compared.
 */
export interface ContactRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Handles in the form that `handleText` returns. */
  readonly handles: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
  /** List IDs. */
  readonly lists: ReadonlySet<string>;
  /** The JSON of each value, by field name. */
  readonly fields: ReadonlyMap<string, string>;
  /** The SHA-256 hash of the picture. */
  readonly avatar: string | undefined;
  /** True for a private contact of a teammate, which may have the same handles as a shared contact. */
  readonly isPrivate: boolean;
}

/** An account in Front, without its contacts. */
export interface AccountRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly domains: ReadonlySet<string>;
  readonly externalId: string | undefined;
  /** The JSON of each value, by field name. */
  readonly fields: ReadonlyMap<string, string>;
}

export interface Company {
  readonly contacts: ReadonlyMap<string, ContactRecord>;
  /** List names by list ID. */
  readonly lists: ReadonlyMap<string, string>;
  /** The ID of the workspace of each list, by list ID. */
  readonly listTeams: ReadonlyMap<string, string>;
  /** Contact IDs by account ID. */
  readonly accountMembers: ReadonlyMap<string, ReadonlySet<string>>;
  readonly accounts: ReadonlyMap<string, AccountRecord>;
}

/** The differences between two states. */
export interface Effect {
  /** Milliseconds since the start of the simulation. */
  readonly at: number;
  readonly before: Company;
  readonly after: Company;
  readonly created: readonly ContactRecord[];
  readonly deleted: readonly ContactRecord[];
  readonly changed: readonly { readonly before: ContactRecord; readonly after: ContactRecord }[];
  /** List names. */
  readonly listsCreated: readonly string[];
  readonly listsDeleted: readonly string[];
  readonly accountsCreated: readonly AccountRecord[];
  readonly accountsDeleted: readonly AccountRecord[];
  readonly accountsChanged: readonly { readonly before: AccountRecord; readonly after: AccountRecord }[];
}

/** Returns a string that is equal for all spellings that Front treats as the same handle. */
export function handleText({ source, handle }: { readonly source: string; readonly handle: string }): string {
  const text = handle.trim();
  if (source === "phone") return `phone:+${text.replace(/\D/g, "")}`;
  if (source === "twitter") return `twitter:${text.replace(/^@/, "")}`;
  return source === "email" ? `email:${text.toLowerCase()}` : `${source}:${text}`;
}

export function companyOf({ contacts = [], lists = [], accounts = [] }: Seed): Company {
  const listNames = lists.map(
    (list) => (typeof list === "string" ? [list, list] : [list.id ?? "", list.name]) as [string, string],
  );
  return {
    contacts: new Map(contacts.map((contact) => [contact.id ?? "", contactRecordOf(contact)])),
    lists: new Map(listNames),
    listTeams: new Map(lists.flatMap((list) => (typeof list === "string" ? [] : [[list.id ?? "", list.team ?? ""]]))),
    accountMembers: new Map(accounts.map(({ id = "", contacts: members = [] }) => [id, new Set(members)])),
    accounts: new Map(accounts.map((account) => [account.id ?? "", accountRecordOf(account)])),
  };
}

function accountRecordOf({
  id = "",
  name,
  description,
  domains,
  external_id,
  custom_fields = {},
}: SeedAccount): AccountRecord {
  return {
    id,
    name,
    description: description ?? "",
    domains: new Set(domains),
    externalId: external_id ?? undefined,
    fields: new Map(Object.entries(custom_fields).map(([field, value]) => [field, JSON.stringify(value)])),
  };
}

function contactRecordOf(contact: SeedContact) {
  const { id = "", name, description = "", handles, links, lists, custom_fields = {}, avatar } = contact;
  return {
    id,
    name: name ?? "",
    description,
    links: new Set(links),
    lists: new Set(lists),
    handles: new Set(handles.map((handle) => (typeof handle === "string" ? handle : handleText(handle)))),
    fields: new Map(Object.entries(custom_fields).map(([field, value]) => [field, JSON.stringify(value)])),
    avatar: avatar && hashOfBase64(avatar.base64 ?? ""),
    isPrivate: contact.is_private ?? false,
  } satisfies ContactRecord;
}

export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const hashes = new Map<string, string>();

/** Returns the hash of a picture. Caches it, because the same few pictures are read after every write. */
function hashOfBase64(base64: string): string {
  const hash = hashes.get(base64) ?? hashOf(Buffer.from(base64, "base64"));
  hashes.set(base64, hash);
  return hash;
}

export function effectOf(before: Company, after: Company, at: number): Effect {
  return {
    at,
    before,
    after,
    changed: changedOf(before.contacts, after.contacts, contactText),
    accountsChanged: changedOf(before.accounts, after.accounts, accountText),
    created: [...after.contacts.values()].filter(({ id }) => !before.contacts.has(id)),
    deleted: [...before.contacts.values()].filter(({ id }) => !after.contacts.has(id)),
    listsCreated: [...after.lists].filter(([id]) => !before.lists.has(id)).map(([, name]) => name),
    listsDeleted: [...before.lists].filter(([id]) => !after.lists.has(id)).map(([, name]) => name),
    accountsCreated: [...after.accounts.values()].filter(({ id }) => !before.accounts.has(id)),
    accountsDeleted: [...before.accounts.values()].filter(({ id }) => !after.accounts.has(id)),
  };
}

function changedOf<T extends { readonly id: string }>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  toText: (record: T) => string,
) {
  return [...after.values()].flatMap((record) => {
    const earlier = before.get(record.id);
    return earlier === undefined || toText(earlier) === toText(record) ? [] : [{ before: earlier, after: record }];
  });
}

const contactTexts = new WeakMap<ContactRecord, string>();

function contactText(contact: ContactRecord): string {
  let text = contactTexts.get(contact);
  if (text === undefined) {
    const { handles, links, lists, fields, ...rest } = contact;
    text = JSON.stringify([rest, [...handles].sort(), [...links].sort(), [...lists].sort(), [...fields].sort()]);
    contactTexts.set(contact, text);
  }
  return text;
}

/** Returns a string that is equal for equal states. */
export function textOf({ contacts, lists, accountMembers, accounts }: Company): string {
  const members = [...accountMembers].map(([id, ids]) => [id, [...ids].sort()]);
  return JSON.stringify([
    [...contacts.values()].map(contactText).sort(),
    [...lists].sort(),
    members,
    [...accounts.values()].map(accountText),
  ]);
}

function accountText({ domains, fields, ...rest }: AccountRecord): string {
  return JSON.stringify([rest, [...domains].sort(), [...fields].sort()]);
}

export function isIdentifiedBy(
  record: AccountRecord,
  { domains = [], externalId }: { readonly domains?: readonly string[]; readonly externalId?: string | undefined },
): boolean {
  return (
    domains.some((domain) => record.domains.has(domain)) ||
    (externalId !== undefined && record.externalId === externalId)
  );
}

export function sharedContacts({ contacts }: Company): ContactRecord[] {
  return [...contacts.values()].filter(({ isPrivate }) => !isPrivate);
}

export function duplicateHandles(company: Company): string[] {
  const handles = sharedContacts(company).flatMap((contact) => [...contact.handles]);
  return handles.filter((handle, index) => handles.indexOf(handle) !== index);
}

export function numbersWithoutPlus({ contacts = [] }: Seed): string[] {
  return contacts
    .flatMap(({ handles = [] }) => handles)
    .flatMap((handle) =>
      typeof handle !== "string" && handle.source === "phone" && !handle.handle.startsWith("+")
        ? handleText(handle)
        : [],
    );
}

export function contactWithHandle(company: Company, handle: string): ContactRecord | undefined {
  return sharedContacts(company).find(({ handles }) => handles.has(handle));
}

export function differenceOf<T>(first: ReadonlySet<T>, second: ReadonlySet<T>): T[] {
  return [...first].filter((member) => !second.has(member));
}

/** Returns the JSON of a value. As in a seed, a number that a double cannot represent becomes `{ "$number": "…" }`. */
export function fieldJson(value: FieldValue): string {
  if (!isOpaque(value)) return JSON.stringify(value);
  return JSON.stringify(/^-?\d/.test(value.json) ? { $number: value.json } : JSON.parse(value.json));
}

/**
 * Returns whether Front automatically links a contact to an account, because the account has the domain of an email
 * address.
 */
export function isLinkedByDomain({ domains }: AccountRecord, { handles }: ContactRecord): boolean {
  return [...handles].some(
    (handle) => handle.startsWith("email:") && domains.has(handle.slice(handle.indexOf("@") + 1)),
  );
}
