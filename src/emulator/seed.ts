import { addMembersByDomain } from "./accounts.ts";
import { versionIn } from "./avatars.ts";
import { BEHAVIOR_OPTIONS, type Behavior, type OnBehavior } from "./behavior.ts";
import { emptyContact } from "./contacts.ts";
import type { Account, Avatar, Contact, Handle, List, Note } from "./model.ts";
import { readCompanySettings } from "./seed-company.ts";
import type { SeedOrigin } from "./seed-format.ts";
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
import { idOf, Store } from "./store.ts";

const PARTS = [
  ...["company", "teammates", "inboxes", "teams", "custom_fields", "account_custom_fields"],
  ...["lists", "contacts", "accounts", "merged", "serial", "oauth", "snapshot", "behavior", "$schema"],
];
const CONTACT_KEYS = [
  ...["id", "name", "name_edited", "description", "handles", "links", "lists", "custom_fields", "is_private"],
  ...["avatar", "notes", "conversations", "shown_as", "created_at", "updated_at"],
];
const LIST_KEYS = ["id", "name", "team", "is_private", "is_listed"];
const ACCOUNT_KEYS = [
  ...["id", "name", "description", "domains", "external_id", "custom_fields", "contacts"],
  ...["created_at", "updated_at"],
];

/** Creates a store from a seed or state file. Throws a `SeedError`. */
export function createStore(
  seed: unknown,
  now: () => number,
  behavior: Partial<Behavior> = {},
  onBehavior?: OnBehavior,
): Store {
  const parts = recordAt(seed, "The seed", PARTS);
  const complete = { ...readBehavior(parts["behavior"]), ...behavior };
  const store = new Store(readCompanySettings(parts), now, complete, onBehavior);
  store.copiedFrom = readOrigin(parts["snapshot"]);
  store.serial = Math.max(store.serial, countOr(parts["serial"], "serial", 0), highestSerial(parts));
  listOf(parts["lists"], "lists", readListInto(store));
  readContactsInto(store, parts["contacts"]);
  listOf(parts["accounts"], "accounts", readAccountInto(store));
  for (const [id, survivor] of mapAt(parts["merged"], "merged")) store.merged.set(id, textAt(survivor, `merged.${id}`));
  readOauthInto(store.oauth, parts["oauth"]);
  return store;
}

/** The supported format of snapshots. */
const FORMAT = 1;

function readOrigin(value: unknown): SeedOrigin | undefined {
  if (value === undefined) return undefined;
  const { format, taken_at } = recordAt(value, "snapshot", ["format", "taken_at"]);
  if (format === FORMAT) return { format, taken_at: textAt(taken_at, "snapshot.taken_at") };
  throw new SeedError(`snapshot.format is ${String(format)}. This version supports ${FORMAT} only.`, "snapshot.format");
}

function readBehavior(value: unknown): Partial<Behavior> {
  if (value === undefined) return {};
  const names = Object.keys(BEHAVIOR_OPTIONS) as (keyof Behavior)[];
  const given = recordAt(value, "behavior", names);
  for (const [name, choices] of Object.entries(BEHAVIOR_OPTIONS)) {
    const isKnown = given[name] === undefined || choices.some((choice) => choice === given[name]);
    if (!isKnown) throw new SeedError(`behavior.${name} must be ${choices.join(" or ")}.`, `behavior.${name}`);
  }
  return given;
}

/** Returns the highest number in the given ids, so that new ids differ. */
function highestSerial(parts: Readonly<Record<string, unknown>>): number {
  const ids = ["lists", "contacts", "accounts"].flatMap((part) =>
    listOf(parts[part], part, (item) => (item as { id?: unknown } | null)?.id),
  );
  return ids.reduce<number>((highest, id) => Math.max(highest, typeof id === "string" ? serialIn(id) : 0), 0);
}

/** Returns the number in an id; 0 if it is not formatted like the emulator's, because it cannot equal one of those. */
function serialIn(id: string): number {
  const digits = id.slice(id.indexOf("_") + 1);
  return /^[0-9a-z]{1,10}$/.test(digits) ? Number.parseInt(digits, 36) : 0;
}

function newId(store: Store, prefix: string, value: unknown, at: string, taken: ReadonlyMap<string, unknown>): string {
  const id = idAt(value, `${at}.id`, prefix) ?? idOf(prefix, store.nextSerial());
  if (taken.has(id)) throw new SeedError(`${at}.id ${id} is already used.`, `${at}.id`);
  return id;
}

/** Reads a list: a name, or an object with an optional id. */
function readListInto(store: Store): Read<void> {
  return (value, at) => {
    const parts = typeof value === "string" ? { name: value } : recordAt(value, at, LIST_KEYS);
    const list: List = {
      id: newId(store, "grp", parts["id"], at, store.lists),
      name: isCopy(store) ? textOr(parts["name"], `${at}.name`, "") : textAt(parts["name"], `${at}.name`),
      teamId: teamAt(store, parts["team"], `${at}.team`),
      isPrivate: flagOr(parts["is_private"], `${at}.is_private`, false),
      isListed: flagOr(parts["is_listed"], `${at}.is_listed`, true),
    };
    store.lists.set(list.id, list);
  };
}

/** Returns the id of a workspace, or that of the oldest one. A copy does not have the workspaces of its lists. */
function teamAt(store: Store, value: unknown, at: string): string {
  const { teams } = store.settings;
  const id = idAt(value, at, "tim") ?? teams[0]?.id ?? "";
  if (isCopy(store) || teams.some((team) => team.id === id)) return id;
  throw new SeedError(`${at} ${id} is not among the teams of the seed. Add it there.`, at);
}

function isCopy({ copiedFrom }: Store): boolean {
  return copiedFrom !== undefined;
}

/**
 * Reads the contacts. Front does not display creation times, so those of a copy follow from the order of the contacts.
 */
function readContactsInto(store: Store, value: unknown): void {
  const now = store.now();
  let remaining = isCopy(store) && Array.isArray(value) ? value.length : 0;
  listOf(value, "contacts", (item, at) => {
    readContactInto(store, item, { at, createdAt: Math.max(0, now - remaining) });
    remaining = Math.max(0, remaining - 1);
  });
}

function readContactInto(
  store: Store,
  value: unknown,
  { at, createdAt: defaultTime }: { readonly at: string; readonly createdAt: number },
): void {
  const parts = recordAt(value, at, CONTACT_KEYS);
  const id = newId(store, "crd", parts["id"], at, store.contacts);
  const name = textOr(parts["name"], `${at}.name`, null);
  const createdAt = timeOr(parts["created_at"], `${at}.created_at`, defaultTime);
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
  const handles = listOf(value, at, (item, itemPath) => {
    const handle = readHandle(item, itemPath);
    const key = store.handleKey(handle);
    const owner = store.contactWithHandle(handle, isPrivate)?.id ?? (own.has(key) ? "the same contact" : undefined);
    if (owner !== undefined)
      throw new SeedError(`${itemPath} ${handle.handle} is already a handle of ${owner}.`, itemPath);
    own.add(key);
    return handle;
  });
  if (handles.length === 0) throw new SeedError(`${at} must have at least one handle.`, at);
  return handles;
}

/** Reads a handle: an object as in Front, or a string such as `email:dale@fbi.example`. */
function readHandle(value: unknown, at: string): Handle {
  if (typeof value === "string") {
    const [, source = "", handle = ""] = /^([a-zA-Z_]+):(.+)$/s.exec(value) ?? [];
    if (handle !== "") return { source, handle };
    throw new SeedError(`${at} "${value}" has no source. Write it like "email:dale@fbi.example".`, at);
  }
  const { source, handle } = recordAt(value, at, ["source", "handle"]);
  return { source: textAt(source, `${at}.source`), handle: textAt(handle, `${at}.handle`) };
}

/** Reads the id of a list, or its name if it is unique. */
function readListReference(store: Store): Read<string> {
  return (value, at) => {
    const sent = textAt(value, at);
    if (store.lists.has(sent)) return sent;
    const [first, second] = [...store.lists.values()].filter(({ name }) => name === sent);
    if (first === undefined) throw new SeedError(`${at} "${sent}" is not in the lists of the seed. Add it there.`, at);
    if (second !== undefined) throw new SeedError(`${at} "${sent}" is the name of several lists. Use the id.`, at);
    return first.id;
  };
}

/** Reads custom fields. Values are not validated, so that a seed can have values that Front no longer accepts. */
function readValues(store: Store, value: unknown, at: string): Map<string, unknown> {
  const values = mapAt(value, at);
  for (const name of values.keys()) {
    const isDefined = isCopy(store) || store.settings.customFields.some((definition) => definition.name === name);
    if (!isDefined) throw new SeedError(`${at} has "${name}", which is not in custom_fields. Define it there.`, at);
  }
  return values;
}

function readAvatar(value: unknown, at: string, createdAt: number): Avatar {
  const { url, type, base64, version } = recordAt(value, at, ["url", "type", "base64", "version"]);
  const shownUrl = url === undefined ? undefined : textAt(url, `${at}.url`);
  const shown = shownUrl === undefined ? {} : { url: shownUrl };
  const defaultVersion = shownUrl === undefined ? createdAt : versionIn(shownUrl);
  const about = { ...shown, version: countOr(version, `${at}.version`, defaultVersion) };
  if (shownUrl !== undefined && base64 === undefined) return { ...about, type: "", bytes: undefined };
  const bytes = Buffer.from(textAt(base64, `${at}.base64`), "base64");
  return { ...about, type: textAt(type, `${at}.type`), bytes };
}

function readNote(store: Store, createdAt: number): Read<Note> {
  return (value, at) => {
    const { author, body, created_at } = recordAt(value, at, ["author", "body", "created_at"]);
    const sent = textAt(author, `${at}.author`);
    const teammate = store.settings.teammates.find(({ id, email }) => id === sent || email === sent);
    if (teammate === undefined) throw new SeedError(`${at}.author ${sent} is not in the teammates.`, `${at}.author`);
    const written = timeOr(created_at, `${at}.created_at`, createdAt);
    return { author: teammate.id, body: textAt(body, `${at}.body`), createdAt: written };
  };
}

/** Reads an account. Without `contacts`, its contacts are those with one of its domains. */
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

/** Reads the id of a contact, or one of its handles: `email:dale@fbi.example`. */
function readContactReference(store: Store): Read<string> {
  return (value, at) => {
    const sent = textAt(value, at);
    const found = store.findContact(sent) ?? store.findContact(`alt:${sent}`);
    if (found === undefined) throw new SeedError(`${at} ${sent} is not an id or handle of a contact in the seed.`, at);
    return found.id;
  };
}
