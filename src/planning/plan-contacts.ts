import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import { type AccountLinkPlan, withAccount } from "./account-links.ts";
import { withDefaultLocations } from "./default-locations.ts";
import { isContactUnchanged, type MatchedContact, planContact, unchangedContact } from "./plan-contact.ts";
import { hasEffect, type PlanContext, type PlannedResource } from "./planned-resource.ts";

interface Additions {
  readonly accounts: Pick<AccountLinkPlan, "moves" | "linkedAccountOf">;
  addOrigins(change: Change): Change;
}

/** May skip contacts whose id `includes` rejects. */
export type UnchangedContacts = (includes: (contactId: string) => boolean) => Iterable<Change>;

/** `unchanged` computes its changes on demand, because together they take more memory than the rest of a plan. */
export function planContacts(
  entries: readonly MatchedEntry[],
  context: PlanContext,
  { accounts, addOrigins }: Additions,
): { readonly contacts: readonly PlannedResource[]; readonly unchanged: UnchangedContacts } {
  const plan = (entry: MatchedEntry): readonly PlannedResource[] =>
    planContact(entry, context).map((resource) => ({
      ...resource,
      change: withLocations(addOrigins(withAccount(resource.change, entry, accounts)), entry),
    }));
  const unchangedMatches: MatchedContact[] = [];
  const withoutEffect: MatchedEntry[] = [];
  const contacts: PlannedResource[] = [];
  for (const entry of entries) {
    if (isContactUnchanged(entry, context) && !accounts.moves.has(contactAddress(entry.entry.key))) {
      unchangedMatches.push(entry);
      continue;
    }
    const planned = plan(entry);
    if (!planned.every(hasEffect)) withoutEffect.push(entry);
    contacts.push(...planned.filter((resource) => hasEffect(resource) || changesLists(resource)));
  }
  function* unchanged(includes: (contactId: string) => boolean): Iterable<Change> {
    for (const entry of unchangedMatches) {
      const { contact } = entry.match;
      if (includes(contact.id)) yield withAccount(unchangedContact(entry.resolved, contact, context), entry, accounts);
    }
    for (const resource of withoutEffect.flatMap(plan)) if (!hasEffect(resource)) yield resource.change;
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
