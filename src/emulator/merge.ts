import { accountOf } from "./accounts.ts";
import { contactIdsIn, type Fields, type Problems, textIn, throwIfAny } from "./body.ts";
import { badRequest } from "./http-messages.ts";
import type { Contact } from "./model.ts";
import type { Store } from "./store.ts";

const MAX_MERGED = 50;

/**
 * Merges contacts into one and deletes the others, by the rules that Front documents (docs/front.md#merging-contacts):
 * handles, links, lists and notes are kept; descriptions are joined, the target's first, then from the oldest to the
 * newest; a name that was set and is not private is preferred; of other properties the most recently updated wins, so
 * even the target does not keep its custom fields.
 */
export function mergeContacts(store: Store, fields: Fields): Contact {
  const problems: Problems = [];
  const targetId = textIn(fields, "target_contact_id", problems);
  throwIfAny(problems);
  const ids = contactIdsIn(fields);
  const target = targetId === undefined ? undefined : store.contact(targetId);
  const all = [...new Set([...(target ? [target] : []), ...ids.map((id) => store.contact(id))])];
  if (all.length < 2 || all.length > MAX_MERGED) {
    throw badRequest(`body.contact_ids: must have 2 to ${MAX_MERGED} contacts, the target included`);
  }

  const recent = [...all].sort((one, other) => other.updatedAt - one.updatedAt || other.sequence - one.sequence);
  // Without a target Front chooses one; the most recent is seldom the first of the request.
  const survivor = target ?? recent[0] ?? unreachable();
  const oldestFirst = [...all].sort((one, other) => one.createdAt - other.createdAt || one.sequence - other.sequence);
  const targetFirst = target === undefined ? oldestFirst : [...new Set([target, ...oldestFirst])];
  mergeInto(store, survivor, targetFirst, recent);
  return survivor;
}

function mergeInto(store: Store, survivor: Contact, targetFirst: readonly Contact[], recent: readonly Contact[]): void {
  const others = targetFirst.filter((contact) => contact !== survivor);
  const kept = { ...joinProperties(targetFirst), ...mostRecent(recent) };
  const handles = targetFirst.flatMap((contact) => contact.handles);
  for (const account of store.accounts.values()) {
    if (!others.some(({ id }) => account.contactIds.has(id))) continue;
    if (!store.behavior.linkMoves || accountOf(store, survivor) === undefined) {
      account.contactIds.add(survivor.id);
      store.changed(account.id);
    }
  }
  for (const other of others) {
    store.removeContact(other);
    store.merged.set(other.id, survivor.id);
  }
  // Handles are indexed by contact and privacy, so the survivor has none while it may become shared.
  store.setHandles(survivor, []);
  Object.assign(survivor, kept);
  store.setHandles(survivor, handles);
  store.touch(survivor);
}

function joinProperties(targetFirst: readonly Contact[]): Partial<Contact> {
  const descriptions = targetFirst.map(({ description }) => description).filter((text) => text !== "");
  return {
    description: descriptions.join("\n"),
    links: [...new Set(targetFirst.flatMap(({ links }) => links))],
    listIds: [...new Set(targetFirst.flatMap(({ listIds }) => listIds))],
    notes: targetFirst.flatMap(({ notes }) => notes).sort((one, other) => one.createdAt - other.createdAt),
    conversations: targetFirst.reduce((sum, { conversations }) => sum + conversations, 0),
  };
}

function mostRecent(recent: readonly Contact[]): Partial<Contact> {
  const named = recent.filter(({ name }) => name !== null);
  const best = named.find(({ nameEdited, isPrivate }) => nameEdited && !isPrivate) ?? named[0];
  const oldestUpdateFirst = [...recent].reverse();
  return {
    name: best?.name ?? null,
    nameEdited: best?.nameEdited ?? false,
    customFields: new Map(oldestUpdateFirst.flatMap(({ customFields }) => [...customFields])),
    isPrivate: recent.every(({ isPrivate }) => isPrivate),
    avatar: recent.find(({ avatar }) => avatar !== undefined)?.avatar,
  };
}

function unreachable(): never {
  throw new Error("A merge has no contacts.");
}
