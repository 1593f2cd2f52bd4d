import { createHash } from "node:crypto";
import type { Seed, SeedAccount, SeedContact } from "../../src/emulator/index.ts";
import { type FieldValue, isOpaque } from "../../src/model/contact.ts";

/** A contact as it can be compared: sets of texts, and no times. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Handles as `handleText` returns them. */
  readonly handles: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
  /** Ids. */
  readonly lists: ReadonlySet<string>;
  /** Values as JSON. */
  readonly fields: ReadonlyMap<string, string>;
  /** A hash of its picture. */
  readonly avatar: string | undefined;
  /** A teammate's own contact, which may have the same handles as a shared one. */
  readonly isPrivate: boolean;
}

/** An account as it can be compared, without its members. */
export interface AccountRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly domains: ReadonlySet<string>;
  readonly externalId: string | undefined;
  /** Values as JSON. */
  readonly fields: ReadonlyMap<string, string>;
}

/** The content of a company in Front. */
export interface Company {
  readonly people: ReadonlyMap<string, Person>;
  /** Names by id. */
  readonly lists: ReadonlyMap<string, string>;
  /** Members by id. */
  readonly accounts: ReadonlyMap<string, ReadonlySet<string>>;
  readonly accountRecords: ReadonlyMap<string, AccountRecord>;
}

/** The changes of one request. */
export interface Effect {
  /** Milliseconds since the start of the simulation. */
  readonly at: number;
  readonly before: Company;
  readonly after: Company;
  readonly created: readonly Person[];
  readonly deleted: readonly Person[];
  readonly changed: readonly { readonly before: Person; readonly after: Person }[];
  /** Names. */
  readonly listsMade: readonly string[];
  readonly listsGone: readonly string[];
  readonly accountsMade: readonly AccountRecord[];
  readonly accountsGone: readonly AccountRecord[];
  readonly accountsChanged: readonly { readonly before: AccountRecord; readonly after: AccountRecord }[];
}

/** Returns a handle as text. Spellings that Front treats as equal have equal texts. */
export function handleText({ source, handle }: { readonly source: string; readonly handle: string }): string {
  const text = handle.trim();
  if (source === "phone") return `phone:+${text.replace(/\D/g, "")}`;
  if (source === "twitter") return `twitter:${text.replace(/^@/, "")}`;
  return source === "email" ? `email:${text.toLowerCase()}` : `${source}:${text}`;
}

export function companyOf({ contacts = [], lists = [], accounts = [] }: Seed): Company {
  const named = lists.map(
    (list) => (typeof list === "string" ? [list, list] : [list.id ?? "", list.name]) as [string, string],
  );
  return {
    people: new Map(contacts.map((contact) => [contact.id ?? "", personOf(contact)])),
    lists: new Map(named),
    accounts: new Map(accounts.map(({ id = "", contacts: members = [] }) => [id, new Set(members)])),
    accountRecords: new Map(accounts.map((account) => [account.id ?? "", recordOf(account)])),
  };
}

function recordOf({
  id = "",
  name,
  description,
  domains,
  external_id,
  custom_fields = {},
}: SeedAccount): AccountRecord {
  return {
    ...{ id, name, description: description ?? "", domains: new Set(domains), externalId: external_id ?? undefined },
    fields: new Map(Object.entries(custom_fields).map(([field, value]) => [field, JSON.stringify(value)])),
  };
}

function personOf(contact: SeedContact) {
  const { id = "", name, description = "", handles, links, lists, custom_fields = {}, avatar } = contact;
  return {
    ...{ id, name: name ?? "", description, links: new Set(links), lists: new Set(lists) },
    handles: new Set(handles.map((each) => (typeof each === "string" ? each : handleText(each)))),
    fields: new Map(Object.entries(custom_fields).map(([field, value]) => [field, JSON.stringify(value)])),
    avatar: avatar && hashOfBase64(avatar.base64 ?? ""),
    isPrivate: contact.is_private ?? false,
  } satisfies Person;
}

export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const hashes = new Map<string, string>();

/** Returns the hash of a picture. It is cached, because the same few pictures are read after every write. */
function hashOfBase64(base64: string): string {
  const known = hashes.get(base64) ?? hashOf(Buffer.from(base64, "base64"));
  hashes.set(base64, known);
  return known;
}

export function effectOf(before: Company, after: Company, at: number): Effect {
  const people = changedOf(before.people, after.people, written);
  const accounts = changedOf(before.accountRecords, after.accountRecords, recordText);
  return {
    ...{ at, before, after, changed: people, accountsChanged: accounts },
    created: [...after.people.values()].filter(({ id }) => !before.people.has(id)),
    deleted: [...before.people.values()].filter(({ id }) => !after.people.has(id)),
    listsMade: [...after.lists].filter(([id]) => !before.lists.has(id)).map(([, name]) => name),
    listsGone: [...before.lists].filter(([id]) => !after.lists.has(id)).map(([, name]) => name),
    accountsMade: [...after.accountRecords.values()].filter(({ id }) => !before.accountRecords.has(id)),
    accountsGone: [...before.accountRecords.values()].filter(({ id }) => !after.accountRecords.has(id)),
  };
}

function changedOf<T extends { readonly id: string }>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  textOfOne: (one: T) => string,
) {
  return [...after.values()].flatMap((now) => {
    const was = before.get(now.id);
    return was === undefined || textOfOne(was) === textOfOne(now) ? [] : [{ before: was, after: now }];
  });
}

const texts = new WeakMap<Person, string>();

function written(person: Person): string {
  let text = texts.get(person);
  if (text === undefined) {
    const { handles, links, lists, fields, ...rest } = person;
    text = JSON.stringify([rest, [...handles].sort(), [...links].sort(), [...lists].sort(), [...fields].sort()]);
    texts.set(person, text);
  }
  return text;
}

/** Returns a company as text. Equal companies have equal texts. */
export function textOf({ people, lists, accounts, accountRecords }: Company): string {
  const members = [...accounts].map(([id, ids]) => [id, [...ids].sort()]);
  return JSON.stringify([
    [...people.values()].map(written).sort(),
    [...lists].sort(),
    members,
    [...accountRecords.values()].map(recordText),
  ]);
}

function recordText({ domains, fields, ...rest }: AccountRecord): string {
  return JSON.stringify([rest, [...domains].sort(), [...fields].sort()]);
}

/** Returns whether an account has an external id, or one of the domains. */
export function isIdentifiedBy(
  record: AccountRecord,
  { domains = [], externalId }: { readonly domains?: readonly string[]; readonly externalId?: string | undefined },
): boolean {
  return (
    domains.some((domain) => record.domains.has(domain)) ||
    (externalId !== undefined && record.externalId === externalId)
  );
}

/** Returns the contacts that the whole company sees. */
export function sharedIn({ people }: Company): Person[] {
  return [...people.values()].filter(({ isPrivate }) => !isPrivate);
}

/** Returns the handles that more than one shared contact has. */
export function handlesTwice(company: Company): string[] {
  const handles = sharedIn(company).flatMap((person) => [...person.handles]);
  return handles.filter((handle, index) => handles.indexOf(handle) !== index);
}

/** Returns the phone numbers that Front stores without `+`. */
export function oldNumbersIn({ contacts = [] }: Seed): string[] {
  return contacts
    .flatMap(({ handles = [] }) => handles)
    .flatMap((handle) =>
      typeof handle !== "string" && handle.source === "phone" && !handle.handle.startsWith("+")
        ? handleText(handle)
        : [],
    );
}

/** Returns the shared contact that holds a handle. */
export function holderIn(company: Company, handle: string): Person | undefined {
  return sharedIn(company).find(({ handles }) => handles.has(handle));
}

/** Returns the members of the first set that the second one lacks. */
export function differenceOf<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): T[] {
  return [...one].filter((each) => !other.has(each));
}

/** Returns the JSON of a field value as `Person` has it, with numbers that a double cannot hold written as in a seed. */
export function fieldJson(value: FieldValue): string {
  if (!isOpaque(value)) return JSON.stringify(value);
  return JSON.stringify(/^-?\d/.test(value.json) ? { $number: value.json } : JSON.parse(value.json));
}

/** Returns the path of a custom field, for `valueIn`. */
export function fieldPath(name: string): string {
  return `field ${name}`;
}

/** Returns a name, a description, the hash of an avatar, or the JSON of a custom field. Empty if there is none. */
export function valueIn({ fields, ...texts }: AccountRecord | Person, path: string): string {
  const [, name] = /^field (.*)$/.exec(path) ?? [];
  if (name === undefined) return { avatar: "", ...texts }[path as "name" | "description" | "avatar"] ?? "";
  const value = fields.get(name) ?? "";
  return value === '""' ? "" : value;
}

/** Returns whether Front links a contact to an account automatically. */
export function joinsByDomain({ domains }: AccountRecord, { handles }: Person): boolean {
  return [...handles].some(
    (handle) => handle.startsWith("email:") && domains.has(handle.slice(handle.indexOf("@") + 1)),
  );
}
