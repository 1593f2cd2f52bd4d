import { addMembersByDomain } from "./accounts.ts";
import { versionIn } from "./avatars.ts";
import { BEHAVIOR_OPTIONS, type Behavior } from "./behavior.ts";
import { emptyContact } from "./contacts.ts";
import type { Account, Avatar, Contact, Handle, List, Note } from "./model.ts";
import { readCompanySettings } from "./seed-company.ts";
import { readOauthInto } from "./seed-oauth.ts";
import {
  anyTextAt,
  countOr,
  flagOr,
  idAt,
  listOf,
  mapAt,
  type Read,
  recordAt,
  SeedError,
  textAt,
  textOr,
  timeOr,
} from "./seed-values.ts";
import { type CopyOrigin, idOf, Store } from "./store.ts";

const PARTS = [
  ...["company", "teammates", "inboxes", "custom_fields", "account_custom_fields"],
  ...["lists", "contacts", "accounts", "merged", "serial", "oauth", "snapshot", "behavior", "$schema"],
];
const CONTACT_KEYS = [
  ...["id", "name", "name_edited", "description", "handles", "links", "lists", "custom_fields", "is_private"],
  ...["avatar", "notes", "conversations", "shown_as", "created_at", "updated_at"],
];
const LIST_KEYS = ["id", "name", "is_private", "is_listed"];
const ACCOUNT_KEYS = [
  ...["id", "name", "description", "domains", "external_id", "custom_fields", "contacts"],
  ...["created_at", "updated_at"],
];

/** A company out of its written form, which a person wrote as a seed or the emulator wrote as its state. */
export function createStore(seed: unknown, now: () => number, behavior: Partial<Behavior> = {}): Store {
  const parts = recordAt(seed, "The seed", PARTS);
  const store = new Store(readCompanySettings(parts), now, { ...readBehavior(parts["behavior"]), ...behavior });
  store.copiedFrom = readOrigin(parts["snapshot"]);
  store.serial = Math.max(store.serial, countOr(parts["serial"], "serial", 0), highestSerial(parts));
  listOf(parts["lists"], "lists", readListInto(store));
  readContactsInto(store, parts["contacts"]);
  listOf(parts["accounts"], "accounts", readAccountInto(store));
  for (const [id, survivor] of mapAt(parts["merged"], "merged")) store.merged.set(id, textAt(survivor, `merged.${id}`));
  readOauthInto(store.oauth, parts["oauth"]);
  return store;
}

/** The only format of snapshots so far. */
const FORMAT = 1;

function readOrigin(value: unknown): CopyOrigin | undefined {
  if (value === undefined) return undefined;
  const { format, taken_at } = recordAt(value, "snapshot", ["format", "taken_at"]);
  if (format === FORMAT) return { format, taken_at: textAt(taken_at, "snapshot.taken_at") };
  throw new SeedError(`snapshot.format is ${String(format)}; this version reads ${FORMAT} only.`, "snapshot.format");
}

function readBehavior(value: unknown): Partial<Behavior> {
  if (value === undefined) return {};
  const names = Object.keys(BEHAVIOR_OPTIONS) as (keyof Behavior)[];
  const given = recordAt(value, "behavior", names);
  for (const [name, answers] of Object.entries(BEHAVIOR_OPTIONS)) {
    const isKnown = given[name] === undefined || answers.some((answer) => answer === given[name]);
    if (!isKnown) throw new SeedError(`behavior.${name} must be ${answers.join(" or ")}.`, `behavior.${name}`);
  }
  return given;
}

/** Ids that are made up later must not meet those that are given. */
function highestSerial(parts: Readonly<Record<string, unknown>>): number {
  const ids = ["lists", "contacts", "accounts"].flatMap((part) =>
    listOf(parts[part], part, (item) => (item as { id?: unknown } | null)?.id),
  );
  return ids.reduce<number>((highest, id) => Math.max(highest, typeof id === "string" ? serialIn(id) : 0), 0);
}

/** Ids of another form than the emulator's own cannot meet one of those. */
function serialIn(id: string): number {
  const digits = id.slice(id.indexOf("_") + 1);
  return /^[0-9a-z]{1,10}$/.test(digits) ? Number.parseInt(digits, 36) : 0;
}

function newId(store: Store, prefix: string, value: unknown, at: string, taken: ReadonlyMap<string, unknown>): string {
  const id = idAt(value, `${at}.id`, prefix) ?? idOf(prefix, store.nextSerial());
  if (taken.has(id)) throw new SeedError(`${at}.id is ${id}, which is already taken.`, `${at}.id`);
  return id;
}

/** A list is its name, or an object that may give its id. */
function readListInto(store: Store): Read<void> {
  return (value, at) => {
    const parts = typeof value === "string" ? { name: value } : recordAt(value, at, LIST_KEYS);
    const list: List = {
      id: newId(store, "grp", parts["id"], at, store.lists),
      name: isCopy(store) ? textOr(parts["name"], `${at}.name`, "") : textAt(parts["name"], `${at}.name`),
      isPrivate: flagOr(parts["is_private"], `${at}.is_private`, false),
      isListed: flagOr(parts["is_listed"], `${at}.is_listed`, true),
    };
    store.lists.set(list.id, list);
  };
}

function isCopy({ copiedFrom }: Store): boolean {
  return copiedFrom !== undefined;
}

/** Front does not show when a contact was created, so the contacts of a copy are as old as their order says. */
function readContactsInto(store: Store, value: unknown): void {
  const now = store.now();
  let left = isCopy(store) && Array.isArray(value) ? value.length : 0;
  listOf(value, "contacts", (item, at) => {
    readContactInto(store, item, { at, createdAt: Math.max(0, now - left) });
    left = Math.max(0, left - 1);
  });
}

function readContactInto(
  store: Store,
  value: unknown,
  { at, createdAt: presumed }: { readonly at: string; readonly createdAt: number },
): void {
  const parts = recordAt(value, at, CONTACT_KEYS);
  const id = newId(store, "crd", parts["id"], at, store.contacts);
  const name = textOr(parts["name"], `${at}.name`, null);
  const createdAt = timeOr(parts["created_at"], `${at}.created_at`, presumed);
  const contact: Contact = {
    ...emptyContact(id, serialIn(id), createdAt),
    name,
    nameEdited: flagOr(parts["name_edited"], `${at}.name_edited`, name !== null),
    description: textOr(parts["description"], `${at}.description`, ""),
    handles: readHandles(store, parts["handles"], { at: `${at}.handles`, isPrivate: parts["is_private"] === true }),
    links: listOf(parts["links"], `${at}.links`, isCopy(store) ? anyTextAt : textAt),
    listIds: listOf(parts["lists"], `${at}.lists`, readListReference(store)),
    customFields: readValues(store, parts["custom_fields"], `${at}.custom_fields`),
    isPrivate: flagOr(parts["is_private"], `${at}.is_private`, false),
    avatar: parts["avatar"] === undefined ? undefined : readAvatar(parts["avatar"], `${at}.avatar`, createdAt),
    notes: listOf(parts["notes"], `${at}.notes`, readNote(store, createdAt)),
    conversations: countOr(parts["conversations"], `${at}.conversations`, 0),
    shownAs: mapAt(parts["shown_as"], `${at}.shown_as`),
    updatedAt: timeOr(parts["updated_at"], `${at}.updated_at`, createdAt),
  };
  store.addContact(contact);
}

function readHandles(
  store: Store,
  value: unknown,
  { at, isPrivate }: { readonly at: string; readonly isPrivate: boolean },
): Handle[] {
  if (isCopy(store)) return listOf(value, at, readHandle);
  const own = new Set<string>();
  const handles = listOf(value, at, (item, place) => {
    const handle = readHandle(item, place);
    const key = store.handleKey(handle);
    const holder = store.contactWithHandle(handle, isPrivate)?.id ?? (own.has(key) ? "the same contact" : undefined);
    if (holder !== undefined)
      throw new SeedError(`${place} is ${handle.handle}, which ${holder} already holds.`, place);
    own.add(key);
    return handle;
  });
  if (handles.length === 0) throw new SeedError(`${at} must hold at least one handle.`, at);
  return handles;
}

/** A handle is an object as in Front, or one text: `email:dale@fbi.example`. */
function readHandle(value: unknown, at: string): Handle {
  if (typeof value === "string") {
    const [, source = "", handle = ""] = /^([a-zA-Z_]+):(.+)$/s.exec(value) ?? [];
    if (handle !== "") return { source, handle };
    throw new SeedError(`${at} is "${value}", which names no source; write it like "email:dale@fbi.example".`, at);
  }
  const { source, handle } = recordAt(value, at, ["source", "handle"]);
  return { source: textAt(source, `${at}.source`), handle: textAt(handle, `${at}.handle`) };
}

/** A list's id, or its name where only one list has it. */
function readListReference(store: Store): Read<string> {
  return (value, at) => {
    const sent = textAt(value, at);
    if (store.lists.has(sent)) return sent;
    const [first, second] = [...store.lists.values()].filter(({ name }) => name === sent);
    if (first === undefined)
      throw new SeedError(`${at} is "${sent}", which is not among the seed's lists; add it there.`, at);
    if (second !== undefined)
      throw new SeedError(`${at} is "${sent}", which several lists are called; give its id.`, at);
    return first.id;
  };
}

/** The values are taken as they are, so that a seed can hold what Front keeps and would no longer accept. */
function readValues(store: Store, value: unknown, at: string): Map<string, unknown> {
  const values = mapAt(value, at);
  for (const name of values.keys()) {
    const isDefined = isCopy(store) || store.settings.customFields.some((definition) => definition.name === name);
    if (!isDefined)
      throw new SeedError(`${at} has "${name}", which is not among the custom_fields; define it there.`, at);
  }
  return values;
}

function readAvatar(value: unknown, at: string, createdAt: number): Avatar {
  const { url, type, base64, version } = recordAt(value, at, ["url", "type", "base64", "version"]);
  const address = url === undefined ? undefined : textAt(url, `${at}.url`);
  const shown = address === undefined ? {} : { url: address };
  const presumed = address === undefined ? createdAt : versionIn(address);
  const about = { ...shown, version: countOr(version, `${at}.version`, presumed) };
  if (address !== undefined && base64 === undefined) return { ...about, type: "", bytes: undefined };
  const bytes = Buffer.from(textAt(base64, `${at}.base64`), "base64");
  return { ...about, type: textAt(type, `${at}.type`), bytes };
}

function readNote(store: Store, createdAt: number): Read<Note> {
  return (value, at) => {
    const { author, body, created_at } = recordAt(value, at, ["author", "body", "created_at"]);
    const sent = textAt(author, `${at}.author`);
    const teammate = store.settings.teammates.find(({ id, email }) => id === sent || email === sent);
    if (teammate === undefined)
      throw new SeedError(`${at}.author is ${sent}, who is not among the teammates.`, `${at}.author`);
    const written = timeOr(created_at, `${at}.created_at`, createdAt);
    return { author: teammate.id, body: textAt(body, `${at}.body`), createdAt: written };
  };
}

/** Its contacts are those that are written, or, where nothing is written, those of its domains. */
function readAccountInto(store: Store): Read<void> {
  return (value, at) => {
    const parts = recordAt(value, at, ACCOUNT_KEYS);
    const id = newId(store, "acc", parts["id"], at, store.accounts);
    const createdAt = timeOr(parts["created_at"], `${at}.created_at`, store.now());
    const account: Account = {
      id,
      sequence: serialIn(id),
      name: isCopy(store) ? textOr(parts["name"], `${at}.name`, "") : textAt(parts["name"], `${at}.name`),
      description: textOr(parts["description"], `${at}.description`, null),
      domains: listOf(parts["domains"], `${at}.domains`, textAt),
      externalId: textOr(parts["external_id"], `${at}.external_id`, null),
      customFields: mapAt(parts["custom_fields"], `${at}.custom_fields`),
      contactIds: new Set(listOf(parts["contacts"], `${at}.contacts`, readContactReference(store))),
      createdAt,
      updatedAt: timeOr(parts["updated_at"], `${at}.updated_at`, createdAt),
    };
    store.accounts.set(id, account);
    if (parts["contacts"] === undefined) addMembersByDomain(store, account);
  };
}

/** A contact's id, or a handle of it: `email:dale@fbi.example`. */
function readContactReference(store: Store): Read<string> {
  return (value, at) => {
    const sent = textAt(value, at);
    const found = store.findContact(sent) ?? store.findContact(`alt:${sent}`);
    if (found === undefined) throw new SeedError(`${at} is ${sent}, which no contact of the seed is or holds.`, at);
    return found.id;
  };
}
