import type { Comparison } from "../comparing/compare.ts";
import type { ResolvedContact, ResolvedList } from "../config/resolve-references.ts";
import { contactAddress } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { DesiredContact, List, RemoteContact } from "../model/contact.ts";
import type { ContactRef, Operation } from "../model/plan.ts";
import type { RemoteState } from "../reading/remote-state.ts";
import type { HandleMoves } from "./handle-moves.ts";

export interface Membership {
  readonly list: ResolvedList;
  readonly contact: ContactRef;
  readonly dependsOn: readonly string[];
}

export interface PlannedResource {
  readonly change: Change;
  readonly operations: readonly Operation[];
  /** Not in `operations`, because the additions of several contacts to a list share operations, as do the removals. */
  readonly listAdditions?: readonly Membership[];
  readonly listRemovals?: readonly Membership[];
}

/** Ignores `listAdditions` and `listRemovals`. */
export function hasEffect({ change: { action, differences }, operations }: PlannedResource): boolean {
  return action === "delete" || differences.length > 0 || operations.length > 0;
}

export interface PlanContext extends RemoteState {
  readonly moves: HandleMoves;
}

export function resourceOf({ key, location }: DesiredContact) {
  return { address: contactAddress(key), type: "front_contact" as const, name: key, location };
}

/** Includes the name of the contact in Front, unless its entry manages the name. */
export function updateOf(
  desired: DesiredContact,
  { id, name }: RemoteContact,
  comparison: Comparison,
  notes: readonly string[] = [],
): Change {
  const unmanagedName = desired.name === undefined && name !== undefined ? { unmanagedName: name } : {};
  return { ...resourceOf(desired), action: "update", id, ...unmanagedName, ...comparison, notes };
}

export function membershipsOf(
  { desired, lists }: ResolvedContact,
  contact: RemoteContact,
  dependsOn: readonly string[] = [],
): Pick<PlannedResource, "listAdditions" | "listRemovals"> {
  if (lists === undefined) return {};
  const currentIds = new Set(contact.lists.map(({ id }) => id));
  const declaredIds = new Set(lists.map(({ id }) => id));
  const member = { contact: { id: contact.id }, dependsOn };
  // Contacts are read after lists. In between, someone may have created a list that this plan creates, and added this
  // contact to it.
  const createdNames = new Set(lists.filter(({ id }) => id === undefined).map(({ name }) => name));
  const isUndeclared = ({ id, name, isPrivate }: List) => !declaredIds.has(id) && !createdNames.has(name) && !isPrivate;
  const removedIds = new Set(desired.without?.lists?.map(({ id }) => id));
  const removedLists = contact.lists.filter(
    desired.exact.includes("lists") ? isUndeclared : ({ id }) => removedIds.has(id),
  );
  return {
    listAdditions: lists
      .filter(({ id }) => id === undefined || !currentIds.has(id))
      .map((list) => ({ list, ...member })),
    listRemovals: removedLists.map(({ id, name }) => ({ list: { id, name, label: `${name} (${id})` }, ...member })),
  };
}
