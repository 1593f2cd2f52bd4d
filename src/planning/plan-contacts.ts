import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import { type AccountLinkPlan, withAccount } from "./account-links.ts";
import { withDefaultLocations } from "./default-locations.ts";
import { isContactUnchanged, type MatchedContact, planContact, unchangedContact } from "./plan-contact.ts";
import { hasEffect, type PlanContext, type PlannedResource } from "./planned-resource.ts";

interface Additions {
  readonly accountLinks: Pick<AccountLinkPlan, "moves" | "linkedAccountOf">;
  addOrigins(change: Change): Change;
}

/** Returns a change without differences for each unchanged resource. May skip contacts whose ID `includes` rejects. */
export type ListUnchanged = (includes: (contactId: string) => boolean) => Iterable<Change>;

/**
 * Plans contacts. `unchanged` computes its changes on demand, because together they may take more memory than the rest
 * of the plan.
 */
export function planContacts(
  entries: readonly MatchedEntry[],
  context: PlanContext,
  { accountLinks, addOrigins }: Additions,
): { readonly contacts: readonly PlannedResource[]; readonly unchanged: ListUnchanged } {
  const plan = (entry: MatchedEntry): readonly PlannedResource[] =>
    planContact(entry, context).map((resource) => ({
      ...resource,
      change: withLocations(addOrigins(withAccount(resource.change, entry, accountLinks)), entry),
    }));
  const unchangedMatches: MatchedContact[] = [];
  const withoutEffect: MatchedEntry[] = [];
  const contacts: PlannedResource[] = [];
  for (const entry of entries) {
    if (isContactUnchanged(entry, context) && !accountLinks.moves.has(contactAddress(entry.entry.key))) {
      unchangedMatches.push(entry);
      continue;
    }
    const planned = plan(entry);
    if (!planned.every(hasEffect)) withoutEffect.push(entry);
    contacts.push(...planned.filter((resource) => hasEffect(resource) || changesLists(resource)));
  }
  const describe = (entry: MatchedContact): Change =>
    withAccount(unchangedContact(entry.resolved, entry.match.contact, context), entry, accountLinks);
  const withoutChanges = (entry: MatchedEntry) => plan(entry).filter((resource) => !hasEffect(resource));
  function* unchanged(includes: (contactId: string) => boolean): Iterable<Change> {
    for (const entry of unchangedMatches) if (includes(entry.match.contact.id)) yield describe(entry);
    for (const entry of withoutEffect) yield* withoutChanges(entry).map(({ change }) => change);
  }
  return { contacts, unchanged };
}

function changesLists({ listAdditions = [], listRemovals = [] }: PlannedResource): boolean {
  return listAdditions.length + listRemovals.length > 0;
}

function withLocations(change: Change, { resolved }: MatchedEntry): Change {
  if (change.action === "delete") return change;
  return { ...change, differences: withDefaultLocations(change.differences, resolved) };
}
