import { linkContactsByDomain } from "./accounts.ts";
import { versionIn } from "./avatars.ts";
import { BEHAVIOR_OPTIONS, type Behavior, type OnBehavior } from "./behavior.ts";
import { emptyContact } from "./contacts.ts";
import type { Account, Avatar, Contact, Handle, List, Note } from "./model.ts";
import { readCompanySettings } from "./seed-company.ts";
import type { SnapshotInfo } from "./seed-format.ts";
import { readOauthInto } from "./seed-oauth.ts";
import {
  anyTextAt,
  countOr,
  flagOr,
  idAt,
  invalidValue,
  listOf,
  mapAt,
  type Read,
  recordAt,
  textAt,
  textOr,
  timeOr,
} from "./seed-values.ts";
import { idOf, Store } from "./store.ts";

const SEED_KEYS = [
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

/**
 * Returns a store with the company of a seed. `behavior` overrides the behavior in the seed. Throws a `SeedError` if the
 * seed is invalid.
 */
export function createStore(
  seed: unknown,
  now: () => number,
  behavior: Partial<Behavior> = {},
  onBehavior?: OnBehavior,
): Store {
  const parts = recordAt(seed, "The seed", SEED_KEYS);
  const combinedBehavior = { ...readBehavior(parts["behavior"]), ...behavior };
  const store = new Store(readCompanySettings(parts), now, combinedBehavior, onBehavior);
  store.copiedFrom = readSnapshotInfo(parts["snapshot"]);
  store.serial = Math.max(store.serial, countOr(parts["serial"], "serial", 0), highestSerial(parts));
  listOf(parts["lists"], "lists", readListInto(store));
  readContactsInto(store, parts["contacts"]);
  listOf(parts["accounts"], "accounts", readAccountInto(store));
  for (const [id, survivor] of mapAt(parts["merged"], "merged"))
    store.mergedInto.set(id, textAt(survivor, `merged.${id}`));
  readOauthInto(store.oauth, parts["oauth"]);
  return store;
}

const ADD_ADVICE = "Add it there, or correct the value.";

const SNAPSHOT_FORMAT = 1;

function readSnapshotInfo(value: unknown): SnapshotInfo | undefined {
  if (value === undefined) return undefined;
  const { format, taken_at } = recordAt(value, "snapshot", ["format", "taken_at"]);
  if (format === SNAPSHOT_FORMAT) return { format, taken_at: textAt(taken_at, "snapshot.taken_at") };
  const path = "snapshot.format";
  if (typeof format !== "number") {
    const advice = typeof format === "string" ? "Write it without quotes." : undefined;
    throw invalidValue(path, `must be the number ${SNAPSHOT_FORMAT}`, advice);
  }
  const advice = "Update front-contacts, or take another snapshot with this version.";
  throw invalidValue(path, `is ${format}, but this version supports only ${SNAPSHOT_FORMAT}`, advice);
}

function readBehavior(value: unknown): Partial<Behavior> {
  if (value === undefined) return {};
  const names = Object.keys(BEHAVIOR_OPTIONS) as (keyof Behavior)[];
  const behavior = recordAt(value, "behavior", names);
  for (const [name, choices] of Object.entries(BEHAVIOR_OPTIONS)) {
    const isValid = behavior[name] === undefined || choices.some((choice) => choice === behavior[name]);
    if (!isValid) throw invalidValue(`behavior.${name}`, `must be ${choices.join(" or ")}`);
  }
  return behavior;
}

/** Returns the highest number in an ID of a list, contact or account. Generated IDs have higher numbers. */
function highestSerial(parts: Readonly<Record<string, unknown>>): number {
  const ids = ["lists", "contacts", "accounts"].flatMap((part) =>
    listOf(parts[part], part, (item) => (item as { id?: unknown } | null)?.id),
  );
  return ids.reduce<number>((highest, id) => Math.max(highest, typeof id === "string" ? serialIn(id) : 0), 0);
}

/** Returns the number in an ID; 0 for an ID that the emulator cannot generate. */
function serialIn(id: string): number {
  const digits = id.slice(id.indexOf("_") + 1);
  return /^[0-9a-z]{1,10}$/.test(digits) ? Number.parseInt(digits, 36) : 0;
}

function newId(
  store: Store,
  prefix: string,
  value: unknown,
  path: string,
  existing: ReadonlyMap<string, unknown>,
): string {
  const id = idAt(value, `${path}.id`, prefix) ?? idOf(prefix, store.nextSerial());
  if (existing.has(id)) throw invalidValue(`${path}.id`, `"${id}" is already used`, "Use another ID, or omit it.");
  return id;
}

function readListInto(store: Store): Read<void> {
  return (value, path) => {
    const parts = typeof value === "string" ? { name: value } : recordAt(value, path, LIST_KEYS);
    const list: List = {
      id: newId(store, "grp", parts["id"], path, store.lists),
      name: isFromSnapshot(store) ? textOr(parts["name"], `${path}.name`, "") : textAt(parts["name"], `${path}.name`),
      teamId: teamAt(store, parts["team"], `${path}.team`),
      isPrivate: flagOr(parts["is_private"], `${path}.is_private`, false),
      isListed: flagOr(parts["is_listed"], `${path}.is_listed`, true),
    };
    store.lists.set(list.id, list);
  };
}

/** The workspaces of a snapshot are unknown, so any ID is valid. */
function teamAt(store: Store, value: unknown, path: string): string {
  const { teams } = store.settings;
  const id = idAt(value, path, "tim") ?? teams[0]?.id ?? "";
  if (isFromSnapshot(store) || teams.some((team) => team.id === id)) return id;
  throw invalidValue(path, `"${id}" is not in the teams of the seed`, ADD_ADVICE);
}

function isFromSnapshot({ copiedFrom }: Store): boolean {
  return copiedFrom !== undefined;
}

/**
 * Front's API does not return the creation times of contacts, so the contacts of a snapshot are assigned creation times
 * in the order of the file.
 */
function readContactsInto(store: Store, value: unknown): void {
  const now = store.now();
  let remaining = isFromSnapshot(store) && Array.isArray(value) ? value.length : 0;
  listOf(value, "contacts", (item, path) => {
    readContactInto(store, item, path, Math.max(0, now - remaining));
    remaining = Math.max(0, remaining - 1);
  });
}

function readContactInto(store: Store, value: unknown, path: string, defaultTime: number): void {
  const parts = recordAt(value, path, CONTACT_KEYS);
  const id = newId(store, "crd", parts["id"], path, store.contacts);
  const name = textOr(parts["name"], `${path}.name`, null);
  const createdAt = timeOr(parts["created_at"], `${path}.created_at`, defaultTime);
  const contact: Contact = {
    ...emptyContact(id, serialIn(id), createdAt),
    name,
    nameEdited: flagOr(parts["name_edited"], `${path}.name_edited`, name !== null),
    description: textOr(parts["description"], `${path}.description`, ""),
    handles: readHandles(store, parts["handles"], { path: `${path}.handles`, isPrivate: parts["is_private"] === true }),
    links: listOf(parts["links"], `${path}.links`, isFromSnapshot(store) ? anyTextAt : textAt),
    listIds: listOf(parts["lists"], `${path}.lists`, readListReference(store)),
    customFields: readValues(store, parts["custom_fields"], `${path}.custom_fields`),
    isPrivate: flagOr(parts["is_private"], `${path}.is_private`, false),
    avatar: parts["avatar"] === undefined ? undefined : readAvatar(parts["avatar"], `${path}.avatar`, createdAt),
    notes: listOf(parts["notes"], `${path}.notes`, readNote(store, createdAt)),
    conversationCount: countOr(parts["conversations"], `${path}.conversations`, 0),
    responseOverrides: mapAt(parts["shown_as"], `${path}.shown_as`),
    updatedAt: timeOr(parts["updated_at"], `${path}.updated_at`, createdAt),
  };
  store.addContact(contact);
}

function readHandles(
  store: Store,
  value: unknown,
  { path, isPrivate }: { readonly path: string; readonly isPrivate: boolean },
): Handle[] {
  if (isFromSnapshot(store)) return listOf(value, path, readHandle);
  const keys = new Set<string>();
  const handles = listOf(value, path, (item, itemPath) => {
    const handle = readHandle(item, itemPath);
    const key = store.handleKey(handle);
    const owner = store.contactWithHandle(handle, isPrivate)?.id ?? (keys.has(key) ? "the same contact" : undefined);
    if (owner !== undefined) {
      throw invalidValue(itemPath, `"${handle.handle}" is already a handle of ${owner}`, "Remove one of the two.");
    }
    keys.add(key);
    return handle;
  });
  if (handles.length === 0) throw invalidValue(path, "must contain at least one handle");
  return handles;
}

function readHandle(value: unknown, path: string): Handle {
  if (typeof value === "string") {
    const [, source = "", handle = ""] = /^([a-zA-Z_]+):(.+)$/s.exec(value) ?? [];
    if (handle !== "") return { source, handle };
    throw invalidValue(path, `"${value}" has no source`, 'Write it like "email:dale@fbi.example".');
  }
  const { source, handle } = recordAt(value, path, ["source", "handle"]);
  return { source: textAt(source, `${path}.source`), handle: textAt(handle, `${path}.handle`) };
}

/** Returns a function that converts the ID of a list, or a name that only one list has, to the ID. */
function readListReference(store: Store): Read<string> {
  return (value, path) => {
    const reference = textAt(value, path);
    if (store.lists.has(reference)) return reference;
    const [first, second] = [...store.lists.values()].filter(({ name }) => name === reference);
    if (first === undefined) throw invalidValue(path, `"${reference}" is not in the lists of the seed`, ADD_ADVICE);
    if (second !== undefined) throw invalidValue(path, `"${reference}" is the name of several lists`, "Use the ID.");
    return first.id;
  };
}

function readValues(store: Store, value: unknown, path: string): Map<string, unknown> {
  const values = mapAt(value, path);
  for (const name of values.keys()) {
    const isDefined =
      isFromSnapshot(store) || store.settings.customFields.some((definition) => definition.name === name);
    const advice = "Define it in the seed's own custom_fields, or remove it.";
    if (!isDefined) throw invalidValue(path, `has "${name}", which the seed does not define`, advice);
  }
  return values;
}

function readAvatar(value: unknown, path: string, createdAt: number): Avatar {
  const parts = recordAt(value, path, ["url", "type", "base64", "version"]);
  const url = parts["url"] === undefined ? undefined : textAt(parts["url"], `${path}.url`);
  const version = countOr(parts["version"], `${path}.version`, url === undefined ? createdAt : versionIn(url));
  const base64 = parts["base64"];
  if (url !== undefined && base64 === undefined) return { url, version, type: "", bytes: undefined };
  const bytes = Buffer.from(textAt(base64, `${path}.base64`), "base64");
  return { ...(url === undefined ? {} : { url }), version, type: textAt(parts["type"], `${path}.type`), bytes };
}

function readNote(store: Store, createdAt: number): Read<Note> {
  return (value, path) => {
    const { author, body, created_at } = recordAt(value, path, ["author", "body", "created_at"]);
    const reference = textAt(author, `${path}.author`);
    const teammate = store.settings.teammates.find(({ id, email }) => [id, email].includes(reference));
    if (teammate === undefined)
      throw invalidValue(`${path}.author`, `"${reference}" is not in the teammates of the seed`, ADD_ADVICE);
    const noteCreatedAt = timeOr(created_at, `${path}.created_at`, createdAt);
    return { author: teammate.id, body: textAt(body, `${path}.body`), createdAt: noteCreatedAt };
  };
}

function readAccountInto(store: Store): Read<void> {
  return (value, path) => {
    const parts = recordAt(value, path, ACCOUNT_KEYS);
    const id = newId(store, "acc", parts["id"], path, store.accounts);
    const createdAt = timeOr(parts["created_at"], `${path}.created_at`, store.now());
    const account: Account = {
      id,
      sequence: serialIn(id),
      name: isFromSnapshot(store) ? textOr(parts["name"], `${path}.name`, "") : textAt(parts["name"], `${path}.name`),
      description: textOr(parts["description"], `${path}.description`, null),
      domains: listOf(parts["domains"], `${path}.domains`, textAt),
      externalId: textOr(parts["external_id"], `${path}.external_id`, null),
      customFields: mapAt(parts["custom_fields"], `${path}.custom_fields`),
      contactIds: new Set(listOf(parts["contacts"], `${path}.contacts`, readContactReference(store))),
      createdAt,
      updatedAt: timeOr(parts["updated_at"], `${path}.updated_at`, createdAt),
    };
    store.accounts.set(id, account);
    if (parts["contacts"] === undefined) linkContactsByDomain(store, account);
  };
}

/** Returns a function that converts the ID or a handle of a contact, such as `email:dale@fbi.example`, to the ID. */
function readContactReference(store: Store): Read<string> {
  return (value, path) => {
    const reference = textAt(value, path);
    const contact = store.findContact(reference) ?? store.findContact(`alt:${reference}`);
    if (contact !== undefined) return contact.id;
    const advice = "Correct it, or add the contact to the seed.";
    throw invalidValue(path, `"${reference}" is not an ID or handle of a contact in the seed`, advice);
  };
}
