import { differencesBetween } from "../comparing/differences.ts";
import type { ManagedList } from "../config/resolve-references.ts";
import { DeclaredContacts } from "../matching/declared-contacts.ts";
import { matchedContacts } from "../matching/match-contacts.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress, listAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { Origin } from "../model/change.ts";
import type { DesiredContact, DesiredState, HandleKey, List, RemoteContact } from "../model/contact.ts";
import { type Diagnostic, type SourceLocation, warningAt } from "../model/diagnostic.ts";
import { type Drift, operationId } from "../model/plan.ts";
import { groupDigits, plural } from "../model/plural.ts";
import type { ListMembers, RemoteState } from "../reading/remote-state.ts";
import { withOrigin } from "./base-origins.ts";
import type { HandleMoves } from "./handle-moves.ts";
import { previewMerge, withoutHandles } from "./merge-preview.ts";
import { type MemberRemoval, memberOf, planMemberRemovals } from "./plan-list.ts";
import type { PlannedResource } from "./planned-resource.ts";

interface PlannedMembers {
  readonly planned: readonly PlannedResource[];
  /** Contacts that were added to a list in Front since the base. */
  readonly drift: readonly Drift[];
  readonly diagnostics: readonly Diagnostic[];
}

interface MembersInput {
  readonly desired: DesiredState;
  readonly remote: RemoteState;
  readonly moves: HandleMoves;
  readonly contacts: readonly PlannedResource[];
}

/**
 * Plans to remove contacts from lists with exact members. A contact stays on a list if an entry that names the list
 * matches the contact or declares a handle that stays on the contact. If an entry that names the list is excluded from
 * the plan, no contact is removed, because any member may be the contact of that entry.
 */
export function planListMembers(input: MembersInput): PlannedMembers {
  const exactLists = input.remote.references.managedLists.filter(({ declared }) => declared.members === "exact");
  if (exactLists.length === 0) return { planned: [], drift: [], diagnostics: [] };
  const indexed = { ...input, ...indexInput(input) };
  const memberPlans = exactLists.map((list) => planMembersOf(list, indexed));
  return {
    planned: memberPlans.flatMap(({ planned }) => planned),
    drift: memberPlans.flatMap(({ drift }) => drift),
    diagnostics: memberPlans.flatMap(({ diagnostics }) => diagnostics),
  };
}

/**
 * The input with indexes. Searching all entries for each list would take seconds for 20,000 entries and 1,000 lists.
 */
interface IndexedInput extends MembersInput {
  readonly entriesOf: EntriesByList;
  readonly entriesOutsidePlanOf: EntriesByList;
  readonly baseEntriesOf: EntriesByList;
  /** The contacts whose entry at the base has exact lists. */
  readonly exactAtBase: DeclaredContacts;
  /** By the key of the entry. */
  readonly matches: ReadonlyMap<string, MatchedEntry>;
  /** By the IDs of the merged contacts. */
  readonly merges: ReadonlyMap<string, Merge>;
  readonly deletedIds: ReadonlySet<string>;
  /** The contacts that leave a list because of their own entry, by the ID of the list. */
  readonly removedByEntry: ReadonlyMap<string, readonly PlannedResource[]>;
}

function indexInput({ desired, remote, contacts }: MembersInput): Omit<IndexedInput, keyof MembersInput> {
  const { entries } = remote.matches;
  const baseContacts = (desired.base?.contacts ?? []).filter(({ ensure }) => ensure === "present");
  const merges = entries.filter((entry): entry is Merge => entry.match.kind === "merge");
  const removedByEntry = new Map<string, PlannedResource[]>();
  for (const contact of contacts) {
    const ids = (contact.listRemovals ?? []).flatMap(({ list }) => list.id ?? []);
    for (const id of new Set(ids)) append(removedByEntry, id, contact);
  }
  return {
    entriesOf: entriesByList(desired.contacts),
    entriesOutsidePlanOf: entriesByList(desired.entriesOutsidePlan ?? []),
    baseEntriesOf: entriesByList(baseContacts),
    exactAtBase: new DeclaredContacts(baseContacts.filter(({ exact }) => exact.includes("lists"))),
    matches: new Map(entries.map((matched) => [matched.entry.key, matched])),
    merges: new Map(merges.flatMap((merge) => matchedIds(merge).map((id) => [id, merge] as const))),
    deletedIds: new Set(contacts.flatMap(({ change }) => (change.action === "delete" ? (change.id ?? []) : []))),
    removedByEntry,
  };
}

function planMembersOf({ list, declared: { location } }: ManagedList, input: IndexedInput): PlannedMembers {
  const exactList = new ExactList(list, input);
  const { removals, drifted } = exactList.removals();
  const drift = drifted.length === 0 ? [] : [driftOf(list, location, drifted)];
  if (removals.length === 0) return { planned: [], drift, diagnostics: [] };
  const excludedEntry = exactList.excludedEntry();
  if (excludedEntry !== undefined)
    return { planned: [], drift, diagnostics: [warnNoRemovals(list, location, excludedEntry)] };
  const planned = planMemberRemovals({ list, location, removals, notes: exactList.notes() });
  return { planned: [planned], drift, diagnostics: [] };
}

function driftOf({ name }: List, location: SourceLocation, drifted: readonly MemberRemoval[]): Drift {
  const members = drifted.map(({ contact }) => memberOf(contact));
  const differences = differencesBetween({ members }, { members: [] });
  return {
    address: listAddress(name),
    name,
    location,
    action: "update",
    origin: "front",
    differences: differences.map((difference) => withOrigin(difference, "front")),
  };
}

const UNAMBIGUOUS_MATCHES: ReadonlySet<MatchedEntry["match"]["kind"]> = new Set(["no-match", "match", "merge"]);

type Merge = MatchedEntry & { readonly match: Extract<MatchedEntry["match"], { kind: "merge" }> };

class ExactList {
  readonly #list: List;
  readonly #input: IndexedInput;
  readonly #members: ListMembers;
  /** The entries that name the list. */
  readonly #entries: readonly DesiredContact[];
  /** The contacts of the entries that name the list, including entries that are not part of the plan. */
  readonly #declared: DeclaredContacts;
  /** IDs of the contacts that `#entries` match. */
  readonly #matched: ReadonlySet<string>;
  /** IDs of contacts that leave the list because of their own entry. */
  readonly #removed: ReadonlySet<string>;

  constructor(list: List, input: IndexedInput) {
    const { remote, matches, entriesOf, entriesOutsidePlanOf, removedByEntry } = input;
    this.#list = list;
    this.#input = input;
    this.#members = remote.listMembers.get(list.id) ?? { contacts: [], undecodable: [] };
    this.#entries = entriesOf(list);
    this.#declared = new DeclaredContacts([...this.#entries, ...entriesOutsidePlanOf(list)]);
    const matched = this.#entries.flatMap(({ key }) => matches.get(key) ?? []);
    this.#matched = new Set(matched.flatMap(matchedIds));
    this.#removed = new Set(removedByEntry.get(list.id)?.flatMap(({ change }) => change.id ?? []));
  }

  /** Returns an entry that names the list and is excluded from the plan, if any. */
  excludedEntry(): DesiredContact | undefined {
    return this.#entries.find(({ key }) => {
      const match = this.#input.matches.get(key)?.match;
      return match === undefined || !UNAMBIGUOUS_MATCHES.has(match.kind);
    });
  }

  /** Returns the contacts that leave the list, and those that stay because they were added in Front since the base. */
  removals(): { readonly removals: readonly MemberRemoval[]; readonly drifted: readonly MemberRemoval[] } {
    const candidates = this.#members.contacts.flatMap((member) => this.#removalOf(member) ?? []);
    const unique = new Map(candidates.map((candidate) => [candidate.contact.id, candidate]));
    const originOf = this.#originCheck();
    const removals = [...unique.values()].map((removal) => ({ ...removal, origin: originOf(removal.contact) }));
    const overwrite = this.#input.desired.base?.overwrite;
    const isDrifted = ({ origin }: MemberRemoval) => origin === "front" && !overwrite;
    return { removals: removals.filter((removal) => !isDrifted(removal)), drifted: removals.filter(isDrifted) };
  }

  /**
   * Returns a function that returns the origin of the removal of a contact. The contact was added in Front if no entry
   * at the base put it on the list, although, at the base, the list had exact members or the entry of the contact had
   * exact lists.
   */
  #originCheck(): (contact: RemoteContact) => Origin | undefined {
    const { desired, baseEntriesOf, exactAtBase } = this.#input;
    const { base } = desired;
    const { name } = this.#list;
    if (base === undefined) return () => undefined;
    const wasExact = base.lists.some((list) => list.name === name && list.members === "exact");
    const declaredAtBase = new DeclaredContacts(baseEntriesOf(this.#list));
    return (contact) =>
      declaredAtBase.candidateEntries(contact).length === 0 &&
      (wasExact || exactAtBase.candidateEntries(contact).length > 0)
        ? "front"
        : "files";
  }

  notes(): string[] {
    const undecodableCount = this.#members.undecodable.length;
    const privateCount = this.#members.contacts.filter(({ isPrivate }) => isPrivate).length;
    const removedByEntry = this.#input.removedByEntry.get(this.#list.id) ?? [];
    return [
      ...(undecodableCount === 0
        ? []
        : [
            `${plural(undecodableCount, "contact that cannot be decoded is", "contacts that cannot be decoded are")} not removed`,
          ]),
      ...(privateCount === 0
        ? []
        : [`${plural(privateCount, "private contact is", "private contacts are")} not removed`]),
      ...(removedByEntry.length === 0 ? [] : [`removed by their own entry: ${joinAddresses(removedByEntry)}`]),
    ];
  }

  /** Returns undefined if the contact stays on the list or another operation removes it. */
  #removalOf(member: RemoteContact): MemberRemoval | undefined {
    if (member.isPrivate || this.#matched.has(member.id)) return undefined;
    const merge = this.#input.merges.get(member.id);
    if (merge !== undefined) return this.#removalAfterMerge(merge);
    if (this.#isRemoved(member)) return undefined;
    return this.#removalUnlessDeclared(member, this.#input.moves.handlesMovingFrom(member.id), []);
  }

  #isRemoved({ id }: RemoteContact): boolean {
    return this.#removed.has(id) || this.#input.deletedIds.has(id);
  }

  /** In Front, the target gets the lists of all merged contacts. */
  #removalAfterMerge({ entry, match: { target, others } }: Merge): MemberRemoval | undefined {
    if (this.#isRemoved(target)) return undefined;
    const movingHandles = new Set(
      [target, ...others].flatMap(({ id }) => [...this.#input.moves.handlesMovingFrom(id)]),
    );
    const mergeId = operationId("merge-contacts", contactAddress(entry.key));
    return this.#removalUnlessDeclared(previewMerge(target, others), movingHandles, [mergeId]);
  }

  /** Returns undefined if an entry that names the list declares a handle that stays on the contact. */
  #removalUnlessDeclared(
    contact: RemoteContact,
    movingHandles: ReadonlySet<HandleKey>,
    dependsOn: readonly string[],
  ): MemberRemoval | undefined {
    if (this.#declared.candidateEntries(withoutHandles(contact, movingHandles)).length > 0) return undefined;
    return { contact, dependsOn: [...dependsOn, ...this.#handleRemovalsFrom(contact, movingHandles)] };
  }

  /**
   * Returns the IDs of the operations that remove moving handles from the contact. The contact stays on the list until
   * they succeed, because an entry that names the list may declare these handles.
   */
  #handleRemovalsFrom({ handles }: RemoteContact, movingHandles: ReadonlySet<HandleKey>): readonly string[] {
    if (movingHandles.size === 0) return [];
    const removals = handles.map((handle) => this.#input.moves.removalOf(handle));
    return removals.filter((id) => id !== undefined);
  }
}

/** Returns the entries that name a list, in file order. */
type EntriesByList = (list: List) => readonly DesiredContact[];

function entriesByList(entries: readonly DesiredContact[]): EntriesByList {
  const positions = new Map<string, number[]>();
  for (const [position, { ensure, lists = [] }] of entries.entries()) {
    if (ensure !== "present") continue;
    for (const list of lists) append(positions, "id" in list ? `id ${list.id}` : `name ${list.name}`, position);
  }
  return ({ id, name }) => {
    const found = new Set([...(positions.get(`id ${id}`) ?? []), ...(positions.get(`name ${name}`) ?? [])]);
    return [...found].sort((a, b) => a - b).flatMap((position) => entries[position] ?? []);
  };
}

function matchedIds({ match }: MatchedEntry): readonly string[] {
  return matchedContacts(match).map(({ id }) => id);
}

const MAX_ADDRESSES = 3;

function joinAddresses(contacts: readonly PlannedResource[]): string {
  const addresses = contacts.slice(0, MAX_ADDRESSES).map(({ change }) => change.address);
  const omittedCount = contacts.length - addresses.length;
  return `${addresses.join(", ")}${omittedCount === 0 ? "" : ` and ${groupDigits(omittedCount)} more`}`;
}

function warnNoRemovals({ name }: List, location: SourceLocation, entry: DesiredContact): Diagnostic {
  const summary = `No contact is removed from the list "${name}", because ${contactAddress(entry.key)} is excluded from the plan`;
  const advice =
    "Any contact on the list may be the contact of that entry. Resolve the error that is reported for the entry, then create a new plan.";
  const related = [{ location: entry.location, note: "this entry" }];
  return { ...warningAt(location, "list-members-kept", summary, advice), related };
}
