import {
  addSyncOrigins,
  type Change,
  compareAndPlan,
  contactAddress,
  type DesiredContact,
  type DesiredState,
  type Difference,
  type Drift,
  explainNoUpdate,
  hasBlockingErrors,
  type Plan,
  type RemoteState,
  splitAddress,
  UserError,
} from "../src/internal.ts";
import { readFront } from "./make-plan.ts";
import type { Session } from "./session.ts";
import { updateCommand } from "./views/advice.ts";

type MatchedEntry = RemoteState["matches"]["entries"][number];

export interface ChangesInFront {
  /** The values that changed only in Front, by the address of the entry. */
  readonly changed: ReadonlyMap<string, readonly Difference[]>;
  /**
   * Descriptions of the changes that the user has to resolve, such as a value that changed in Front and in the
   * configuration.
   */
  readonly unresolved: readonly string[];
}

const NO_LIMIT = { changes: Number.MAX_SAFE_INTEGER, removals: Number.MAX_SAFE_INTEGER };

/**
 * Returns the changes in Front since the base or, without a base, since the values last matched the configuration.
 * `accounts` is true to accept changes to the accounts of contacts.
 */
export async function findChangesInFront(
  desired: DesiredState,
  { accounts }: { readonly accounts: boolean },
  session: Session,
): Promise<ChangesInFront> {
  const options = { acceptShrink: true, countConversations: false };
  return await readFront(desired, session, options, async (state, cache) => {
    const plan = planMatched(desired, state);
    const inSync = cache.getSyncedHashes(plan.company.id);
    const resources = plan.base?.drift ?? addSyncOrigins(plan.changes, inSync, (url) => cache.getHash(url));
    const ofType = (type: string) => resources.filter(({ address }) => splitAddress(address).type === type);
    const entries = [...ofType("front_contact"), ...ofType("front_account")];
    const isOnlyInFront = ({ origin }: Difference) => origin === "front";
    const updated = entries.filter((resource) => resource.action === "update" && !isToDelete(resource));
    const changed = new Map(updated.map(({ address, differences }) => [address, differences.filter(isOnlyInFront)]));
    const unresolved = [
      ...state.matches.entries.flatMap(describeAmbiguous),
      ...entries.flatMap((resource) => describeUnresolved(resource, session.args.contacts)),
      ...(accounts ? [] : updated.flatMap(describeAccountChange)),
    ];
    const entriesByContact = new Map(state.matches.entries.flatMap(matchedContact));
    for (const member of ofType("front_contact_list").flatMap((list) => newMembersOf(list, entriesByContact))) {
      if (typeof member === "string") unresolved.push(member);
      else changed.set(member.address, [...(changed.get(member.address) ?? []), member.difference]);
    }
    return { changed, unresolved };
  });
}

/** Plans the entries that match at most one contact. The others are reported as unresolved. */
function planMatched(desired: DesiredState, { diagnostics, ...state }: RemoteState): Plan {
  const relevant = diagnostics.filter(({ code }) => code !== "match-ambiguous");
  const policy = { acceptShrink: true, allowed: NO_LIMIT };
  const { plan } = compareAndPlan(desired, { ...state, diagnostics: relevant }, policy);
  const error = plan.diagnostics.find((diagnostic) => hasBlockingErrors([diagnostic]));
  if (error !== undefined) throw UserError.from(error);
  return plan;
}

function matchedContact({ match, entry }: MatchedEntry): (readonly [id: string, entry: DesiredContact])[] {
  return match.kind === "match" ? [[match.contact.id, entry]] : [];
}

/** The difference to write to the entry of a new member of a list, or the reason why no entry can be updated. */
type NewMember = { readonly address: string; readonly difference: Difference } | string;

/**
 * Returns the contacts that were added in Front to a list with exact members. Without a base, returns only reasons,
 * because the cache does not contain the members of lists.
 */
function newMembersOf(
  { name: list, differences }: Change | Drift,
  entriesByContact: ReadonlyMap<string, DesiredContact>,
): NewMember[] {
  return differences.flatMap(({ attribute, before, origin }): NewMember | NewMember[] => {
    if (attribute !== "members" || before === undefined || origin === "files") return [];
    const { id, name, handles } = before;
    const contact = name ?? handles[0]?.handle ?? id;
    if (origin === undefined)
      return `${contact} is on the list "${list}", but no entry declares this membership; use --base to detect whether the contact was added in Front`;
    const entry = entriesByContact.get(id);
    if (entry === undefined)
      return `${contact} was added to the list "${list}" in Front, but no entry declares this contact; import the contact, or an apply removes it from the list`;
    return {
      address: contactAddress(entry.key),
      difference: { attribute: "lists", key: list, before: list, origin: "front" },
    };
  });
}

function describeAmbiguous({ entry, match }: MatchedEntry): string[] {
  return match.kind === "ambiguous" ? [`${entry.key}: ${explainNoUpdate(match)}`] : [];
}

function describeAccountChange({ name, differences }: Change | Drift): string[] {
  const isChanged = differences.some(({ attribute, origin }) => attribute === "account" && origin === "front");
  return isChanged ? [`${name}: its account changed in Front; use --accounts to accept the change`] : [];
}

function isToDelete(resource: Change | Drift): boolean {
  return "deletes" in resource && resource.deletes === true;
}

function describeUnresolved(resource: Change | Drift, contacts: string): string[] {
  const { name, address, action, differences } = resource;
  const isAccount = splitAddress(address).type === "front_account";
  const [label, noun] = isAccount ? [`account ${name}`, "account"] : [name, "contact"];
  const isDrift = "origin" in resource;
  if (isDrift && action === "delete")
    return [
      `${label}: the ${noun} has no match in Front, so an apply without --base creates it; if it was deleted in Front, correct or remove its entry`,
    ];
  if (isDrift && action === "create")
    return [
      `${label}: the ${noun} exists in Front, so an apply without --base deletes it; to keep it, remove ensure: absent from its entry`,
    ];
  if (isToDelete(resource))
    return [
      `${label}: the ${noun} changed in Front, but the configuration deletes it; to keep the ${noun}, restore its entry`,
    ];
  const conflicts = differences.filter(({ origin }) => origin === "both");
  return conflicts.map(
    ({ attribute, key }) =>
      `${label}: its ${key ?? attribute} changed in Front and in the configuration; to accept the values in Front, run ${updateCommand({ accounts: attribute === "account", address }, contacts)}`,
  );
}
