import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import { type AccountPlan, withAccount } from "./account-links.ts";
import { withDefaultLocations } from "./default-locations.ts";
import { isContactUnchanged, planContact, unchangedContact } from "./plan-contact.ts";
import { hasEffect, type PlanContext, type PlannedContact } from "./planned-contact.ts";

/** Additions to a change after its contact was compared. */
interface Additions {
  readonly accounts: Pick<AccountPlan, "moves" | "accountOf">;
  /** Adds their origin to the differences of a change. */
  attribute(change: Change): Change;
}

/**
 * Plans the contacts of entries. Changes of contacts that match their entries are computed only when they are asked
 * for, because together they take more memory than anything else in a plan.
 */
export function planContacts(
  entries: readonly MatchedEntry[],
  context: PlanContext,
  { accounts, attribute }: Additions,
): { readonly contacts: readonly PlannedContact[]; readonly unchanged: () => Iterable<Change> } {
  const plan = (entry: MatchedEntry): readonly PlannedContact[] =>
    planContact(entry, context).map((each) => ({
      ...each,
      change: located(attribute(withAccount(each.change, entry, accounts)), entry),
    }));
  const isUnchanged = (entry: MatchedEntry) =>
    isContactUnchanged(entry, context) && !accounts.moves.has(contactAddress(entry.entry.key));
  const matching: MatchedEntry[] = [];
  const contacts: PlannedContact[] = [];
  for (const entry of entries) {
    if (isUnchanged(entry)) {
      matching.push(entry);
      continue;
    }
    const planned = plan(entry);
    if (!planned.every(hasEffect)) matching.push(entry);
    contacts.push(...planned.filter((each) => hasEffect(each) || each.joins.length + each.leaves.length > 0));
  }
  const changesOf = (entry: MatchedEntry): readonly Change[] => {
    const { match, resolved } = entry;
    if (match.kind === "match" && isUnchanged(entry)) {
      return [withAccount(unchangedContact(resolved, match.contact, context), entry, accounts)];
    }
    return plan(entry).flatMap((each) => (hasEffect(each) ? [] : [each.change]));
  };
  function* unchanged(): Iterable<Change> {
    for (const entry of matching) yield* changesOf(entry);
  }
  return { contacts, unchanged };
}

function located(change: Change, { resolved }: MatchedEntry): Change {
  if (change.action === "delete") return change;
  return { ...change, differences: withDefaultLocations(change.differences, resolved) };
}
