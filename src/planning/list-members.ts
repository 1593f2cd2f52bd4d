import type { ManagedList } from "../config/resolve-references.ts";
import { KnownContacts } from "../matching/known-contacts.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress, listAddress } from "../model/address.ts";
import type { DesiredContact, DesiredState, HandleKey, List, RemoteContact } from "../model/contact.ts";
import type { Diagnostic, SourceLocation } from "../model/diagnostic.ts";
import { type Drift, operationId } from "../model/plan.ts";
import type { RemoteState } from "../reading/remote-state.ts";
import { withOrigin } from "./base-origins.ts";
import { differencesBetween } from "./differences.ts";
import { type HandleMoves, withoutLeaving } from "./handle-moves.ts";
import { previewMerge } from "./merge-preview.ts";
import { type LeavingMember, memberOf, planMemberRemovals } from "./plan-list.ts";
import type { PlannedContact } from "./planned-contact.ts";

interface PlannedMembers {
  readonly planned: readonly PlannedContact[];
  /** Contacts that were put on a list in Front since the base. */
  readonly drift: readonly Drift[];
  readonly diagnostics: readonly Diagnostic[];
}

interface MembersInput {
  readonly desired: DesiredState;
  readonly remote: RemoteState;
  readonly moves: HandleMoves;
  /** The plans of all contacts. */
  readonly contacts: readonly PlannedContact[];
}

/**
 * Plans the removal of contacts from lists with exact members that no entry puts on them. A contact stays if it may
 * belong to an entry that names the list: if the entry matches it, or if it has one of the entry's handles. No contact
 * is removed while an entry that names the list is left out of the plan, because any of the members may be its contact.
 */
export function planListMembers(input: MembersInput): PlannedMembers {
  const exact = input.remote.references.managedLists.filter(({ declared }) => declared.members === "exact");
  const all = exact.map((each) => planMembersOf(each, input));
  return {
    planned: all.flatMap(({ planned }) => planned),
    drift: all.flatMap(({ drift }) => drift),
    diagnostics: all.flatMap(({ diagnostics }) => diagnostics),
  };
}

function planMembersOf({ list, declared: { location } }: ManagedList, input: MembersInput): PlannedMembers {
  const members = new MembersOf(list, input);
  const { leaving, held } = members.leaving();
  const drift = held.length === 0 ? [] : [driftOf(list, location, held)];
  const [unclear] = leaving.length === 0 ? [] : members.leftOut();
  if (unclear !== undefined) return { planned: [], drift, diagnostics: [noRemovals(list, location, unclear)] };
  if (leaving.length === 0) return { planned: [], drift, diagnostics: [] };
  const origin = input.desired.base === undefined ? undefined : ("files" as const);
  const planned = planMemberRemovals({ list, location, leaving, notes: members.notes(), origin });
  return { planned: [planned], drift, diagnostics: [] };
}

/** Returns the drift of a list: contacts that other people put on it since the base. */
function driftOf({ name }: List, location: SourceLocation, held: readonly LeavingMember[]): Drift {
  const members = held.map(({ contact }) => memberOf(contact));
  const differences = differencesBetween({ members }, { members: [] });
  return {
    ...{ address: listAddress(name), name, location, action: "update", origin: "front" },
    differences: differences.map((difference) => withOrigin(difference, "front")),
  };
}

/** The matches of entries whose contact is known. */
const CLEAR: ReadonlySet<MatchedEntry["match"]["kind"]> = new Set(["no-match", "match", "merge"]);

type Merge = MatchedEntry & { readonly match: Extract<MatchedEntry["match"], { kind: "merge" }> };

class MembersOf {
  readonly #list: List;
  readonly #input: MembersInput;
  /** The entries that put a contact on the list. */
  readonly #entries: readonly DesiredContact[];
  readonly #known: KnownContacts;
  readonly #matched: ReadonlySet<string>;
  /** Merges by the ids of all contacts that they merge. */
  readonly #merges: ReadonlyMap<string, Merge>;
  /** Ids of contacts that are deleted, or that leave the list because of their own entry. */
  readonly #gone: ReadonlySet<string>;

  constructor(list: List, input: MembersInput) {
    const { desired, remote, contacts } = input;
    this.#list = list;
    this.#input = input;
    this.#entries = desired.contacts.filter((entry) => putsOn(list, entry));
    const others = (desired.listedElsewhere ?? []).filter((entry) => putsOn(list, entry));
    this.#known = new KnownContacts([...this.#entries, ...others]);
    const { entries } = remote.matches;
    this.#matched = new Set(entries.filter(({ entry }) => putsOn(list, entry)).flatMap(matchedIds));
    const merges = entries.filter((each): each is Merge => each.match.kind === "merge");
    this.#merges = new Map(merges.flatMap((each) => matchedIds(each).map((id) => [id, each] as const)));
    this.#gone = new Set([
      ...contacts.flatMap(({ change }) => (change.action === "delete" && change.id !== undefined ? [change.id] : [])),
      ...this.#leavers(),
    ]);
  }

  /** Returns the entries that name the list and whose contact is unknown. */
  leftOut(): readonly DesiredContact[] {
    const clear = new Set(
      this.#input.remote.matches.entries.filter(({ match }) => CLEAR.has(match.kind)).map(({ entry }) => entry.key),
    );
    return this.#entries.filter(({ key }) => !clear.has(key));
  }

  /** Returns the contacts that leave, and those that stay because they changed in Front since the base. */
  leaving(): { readonly leaving: readonly LeavingMember[]; readonly held: readonly LeavingMember[] } {
    const leaving = new Map<string, LeavingMember>();
    for (const member of this.#members()) {
      const found = this.#leave(member);
      if (found !== undefined) leaving.set(found.contact.id, found);
    }
    const isHeld = this.#heldSinceBase();
    const all = [...leaving.values()];
    return {
      leaving: all.filter(({ contact }) => !isHeld(contact)),
      held: all.filter(({ contact }) => isHeld(contact)),
    };
  }

  /**
   * Returns a function that returns whether a contact was put on the list in Front since the base: no entry at the base
   * put it there, and the list was exact then.
   */
  #heldSinceBase(): (contact: RemoteContact) => boolean {
    const { base } = this.#input.desired;
    const { name } = this.#list;
    const wasExact = base?.lists.some((list) => list.name === name && list.members === "exact");
    if (base === undefined || base.overwrite || !wasExact) return () => false;
    const known = new KnownContacts(base.contacts.filter((entry) => putsOn(this.#list, entry)));
    return (contact) => known.entriesConcerned(contact).length === 0;
  }

  /** Returns notes about contacts that must stay, and about those that leave for other reasons. */
  notes(): string[] {
    const hidden = this.#input.remote.listMembers?.get(this.#list.id)?.undecodable.length ?? 0;
    const others = this.#members().filter(({ isPrivate }) => isPrivate).length;
    const own = this.#input.contacts.filter(({ leaves }) => leaves.some(({ list }) => list.id === this.#list.id));
    return [
      ...(hidden === 0 ? [] : [`stay, because they cannot be decoded: ${contacts(hidden)}`]),
      ...(others === 0 ? [] : [`stay, because they are private: ${contacts(others)}`]),
      ...(own.length === 0 ? [] : [`leave it because of their own entry: ${namesOf(own)}`]),
    ];
  }

  #members(): readonly RemoteContact[] {
    return this.#input.remote.listMembers?.get(this.#list.id)?.contacts ?? [];
  }

  #leavers(): readonly string[] {
    const leaves = this.#input.contacts.flatMap((each) => each.leaves);
    return leaves.flatMap(({ list, contact }) => (list.id === this.#list.id && "id" in contact ? [contact.id] : []));
  }

  /** Returns how a contact leaves the list; undefined if it stays or leaves in another way. */
  #leave(member: RemoteContact): LeavingMember | undefined {
    if (member.isPrivate || this.#matched.has(member.id)) return undefined;
    const merge = this.#merges.get(member.id);
    if (merge !== undefined) return this.#leaveAfter(merge);
    if (this.#gone.has(member.id)) return undefined;
    const leavingHandles = this.#input.moves.leaving(member.id);
    const rest = withoutLeaving(member, leavingHandles);
    if (this.#known.entriesConcerned(rest).length > 0) return undefined;
    return { contact: member, dependsOn: this.#removalsOf(member, leavingHandles) };
  }

  /**
   * Returns how the target of a merge leaves the list. Front keeps the lists of all merged contacts, so it leaves after
   * the merge.
   */
  #leaveAfter({ entry, match: { target, others } }: Merge): LeavingMember | undefined {
    if (this.#gone.has(target.id)) return undefined;
    const contact = previewMerge(target, others);
    const merged = [target, ...others];
    const leavingHandles = new Set(merged.flatMap(({ id }) => [...this.#input.moves.leaving(id)]));
    if (this.#known.entriesConcerned(withoutLeaving(contact, leavingHandles)).length > 0) return undefined;
    const merge = operationId("merge-contacts", contactAddress(entry.key));
    return { contact, dependsOn: [merge, ...this.#removalsOf(contact, leavingHandles)] };
  }

  /**
   * Returns the removals of handles that come first: a handle that moves to an entry that names the list must be
   * removed from the contact before it leaves the list.
   */
  #removalsOf({ handles }: RemoteContact, leaving: ReadonlySet<HandleKey>): readonly string[] {
    if (leaving.size === 0) return [];
    const removals = handles.map((handle) => this.#input.moves.removalOf(handle));
    return removals.filter((id) => id !== undefined);
  }
}

function putsOn({ id, name }: List, { ensure, lists = [] }: DesiredContact): boolean {
  return ensure === "present" && lists.some((list) => ("id" in list ? list.id === id : list.name === name));
}

function matchedIds({ match }: MatchedEntry): readonly string[] {
  if (match.kind === "match") return [match.contact.id];
  return match.kind === "merge" ? [match.target.id, ...match.others.map(({ id }) => id)] : [];
}

function contacts(count: number): string {
  return count === 1 ? "1 contact" : `${count} contacts`;
}

/** Maximum number of contacts that a message names; the others are counted. */
const NAMED = 3;

function namesOf(contacts: readonly PlannedContact[]): string {
  const names = contacts.slice(0, NAMED).map(({ change }) => change.address);
  const more = contacts.length - names.length;
  return `${names.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}

function noRemovals({ name }: List, location: Diagnostic["location"], entry: DesiredContact): Diagnostic {
  return {
    severity: "warning",
    code: "list-members-kept",
    summary: `No contact is removed from the list "${name}", because ${contactAddress(entry.key)} is left out of the plan`,
    advice:
      "That entry names the list, so any contact on the list may belong to it. Fix the entry, then run plan again.",
    ...(location === undefined ? {} : { location, related: [{ location: entry.location, note: "this entry" }] }),
  };
}
