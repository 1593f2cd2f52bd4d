import type { ResolvedContact, ResolvedList } from "../config/resolve-references.ts";
import type { Change } from "../model/change.ts";
import type { DesiredContact, List, RemoteContact } from "../model/contact.ts";
import { type ContactRef, contactAddress, type Operation } from "../model/plan.ts";
import type { ReleaseOf } from "./contact-operations.ts";
import type { Moves } from "./handle-moves.ts";

/** A list that a contact is to join or to leave, by the list's own endpoint. */
export interface Membership {
  readonly list: ResolvedList;
  readonly contact: ContactRef;
  readonly dependsOn: readonly string[];
}

/** A change, with the operations that bring it about. Memberships are put together over all contacts later. */
export interface Planned {
  readonly change: Change;
  readonly operations: readonly Operation[];
  readonly joins: readonly Membership[];
  readonly leaves: readonly Membership[];
}

/** What planning one contact needs to know of the others, and of what was read beside the contacts. */
export interface PlanningContext {
  readonly samePictures: ReadonlySet<string>;
  readonly moves: Moves;
  readonly releaseOf: ReleaseOf;
  /** How many conversations a contact that is to go has, by its id; in words. */
  readonly conversations: ReadonlyMap<string, string>;
}

/** Lists to join, and, where the entry is exact, lists to leave. */
export function membershipsOf(
  { desired, lists }: ResolvedContact,
  contact: RemoteContact,
  dependsOn: readonly string[] = [],
): Pick<Planned, "joins" | "leaves"> {
  if (lists === undefined) return { joins: [], leaves: [] };
  const memberOf = new Set(contact.lists.map(({ id }) => id));
  const wantedIds = new Set(lists.map(({ id }) => id));
  const member = { contact: { id: contact.id }, dependsOn };
  /** The contacts are read after the lists, so a list that is to be created may exist by then, with this contact in it. */
  const created = new Set(lists.filter(({ id }) => id === undefined).map(({ name }) => name));
  const isUnwanted = ({ id, name }: List) => !wantedIds.has(id) && !created.has(name);
  const left = desired.exact.includes("lists") ? contact.lists.filter(isUnwanted) : [];
  return {
    joins: lists.filter(({ id }) => id === undefined || !memberOf.has(id)).map((list) => ({ list, ...member })),
    leaves: left.map(({ id, name }) => ({ list: { id, name, label: `${name} (${id})` }, ...member })),
  };
}

/** Returns the part of a change that says which entry it is about. */
export function entryOf({ key, location }: DesiredContact) {
  return { address: contactAddress(key), type: "front_contact" as const, name: key, location };
}
