import type { DesiredContact, DesiredState, Drift } from "../../src/internal.ts";
import {
  type AccountRecord,
  type Company,
  type ContactRecord,
  type Effect,
  handleText,
  isIdentifiedBy,
  sharedContacts,
} from "./company.ts";
import { describeRequest, writesOf } from "./edits-since-plan.ts";
import { declaresSameContact, entriesOf, listIdsOf } from "./entry-matching.ts";
import type { SentRequest } from "./network.ts";
import type { Run, Simulation } from "./simulation.ts";
import { matchesEntry } from "./unpermitted-account-changes.ts";
import {
  changedPaths,
  type Declaration,
  type DeclaredEntry,
  declarationOf,
  fieldPath,
  isMember,
  KINDS,
  kindOf,
  valueIn,
  valuesOf,
} from "./values.ts";

/** Milliseconds after which every read shows an edit: the maximum index lag plus the maximum age of a response. */
const VISIBLE_AFTER_MS = 11_000;

type AnyRecord = AccountRecord | ContactRecord;

/** Checks that a run does not revert changes that were made in Front between the base and the run. */
export function editsSinceBaseStay(simulation: Simulation): string[] {
  return writesOf(simulation).flatMap((request) => {
    const { base } = request.process.desired;
    const newLists = listsDeclaredSinceBase(request, simulation);
    const run = simulation.runs.find(({ process }) => process === request.process);
    if (base === undefined || base.overwrite || run === undefined || request.path === "/contacts/merge") return [];
    if (deletesList(request)) return [];
    return request.effects
      .flatMap((effect) => lostEdits(effect, request.process.desired))
      .filter(({ list }) => list === undefined || !newLists.has(list))
      .filter(({ record }) => !isMerged(record, request) && !isRecent(record, run, simulation))
      .map(({ description }) => `${describeRequest(request)} ${description}, which changed in Front since the base`);
  });
}

/**
 * Returns whether a request deletes a list. A list may be deleted with members that joined it since the base, because a
 * plan shows the number of members.
 */
function deletesList({ method, path }: SentRequest): boolean {
  return method === "DELETE" && /^\/contact_lists\/[^/]+$/.test(path);
}

interface LostEdit {
  readonly record: AnyRecord;
  readonly description: string;
  /** The name of the list to which the contact was added again. */
  readonly list?: string | undefined;
}

/**
 * Returns the names of the lists that a run created, and that the base did not declare. A contact may join such a list,
 * even if its entry at the base named a list with the same name that was deleted in Front.
 */
function listsDeclaredSinceBase({ process }: SentRequest, { network }: Simulation): ReadonlySet<string> {
  const effects = network.log.filter((request) => request.process === process).flatMap((request) => request.effects);
  const atBase = new Set(process.desired.base?.lists.map(({ name }) => name));
  return new Set(effects.flatMap(({ listsCreated }) => listsCreated).filter((name) => !atBase.has(name)));
}

function lostEdits(effect: Effect, desired: DesiredState): LostEdit[] {
  const { changed, created, deleted, accountsChanged, accountsCreated, accountsDeleted } = effect;
  return [
    ...[...changed, ...accountsChanged].flatMap((change) => lostValues(change, desired, effect)),
    ...[...deleted, ...accountsDeleted].flatMap((record) =>
      isEdited(record, pairOf(record, desired, effect.before)?.base)
        ? [{ record, description: `deleted ${record.id}` }]
        : [],
    ),
    ...[...created, ...accountsCreated].flatMap((record) =>
      pairOf(record, desired, effect.before)?.base?.ensure === "present"
        ? [{ record, description: `created ${record.id} again` }]
        : [],
    ),
  ];
}

function lostValues(
  change: { readonly before: AnyRecord; readonly after: AnyRecord },
  desired: DesiredState,
  { before, after }: Pick<Effect, "before" | "after">,
): LostEdit[] {
  const { entry, base } = pairOf(change.before, desired, before) ?? {};
  if (entry === undefined || base === undefined || startsMerging(entry, base)) return [];
  const [inBefore, inAfter] = [before, after].map((company) => atBase(base, desired, company));
  return changedPaths(change)
    .filter((path) => {
      // A list may exist only before or after the change.
      const declared = (valueIn(change.after, path) === "" ? inBefore : inAfter)?.at(path);
      return declared !== undefined && declared !== valueIn(change.before, path);
    })
    .map((path) => ({
      record: change.before,
      description: `changed the ${path} of ${change.before.id}`,
      list: valueIn(change.after, path) === "" ? undefined : after.lists.get(path.slice("list ".length)),
    }));
}

function atBase(base: DeclaredEntry, { base: state }: DesiredState, company: Company): Declaration {
  return declarationOf(base, "handles" in base ? listIdsOf(base, state ?? { lists: [] }, company) : []);
}

/** Returns whether a value of a resource differs from the base. A changed avatar does not prevent a deletion. */
function isEdited(record: AnyRecord, base: DeclaredEntry | undefined): boolean {
  if (base === undefined) return false;
  const declared = declarationOf(base, []);
  const paths = [...declared.values.keys(), ...valuesOf(record).keys()].filter(
    (path) => path !== "avatar" && !isMember(path),
  );
  return (
    base.ensure === "absent" || paths.some((path) => ![undefined, valueIn(record, path)].includes(declared.at(path)))
  );
}

/**
 * Returns whether an entry has a new `merge: true`. A run applies all values of such an entry, because a merge may have
 * changed any of them.
 */
function startsMerging(entry: DeclaredEntry, base: DeclaredEntry): boolean {
  return "merge" in entry && entry.merge && "merge" in base && !base.merge;
}

interface Pair {
  readonly entry: DeclaredEntry;
  readonly base: DeclaredEntry | undefined;
}

/**
 * Returns the entry of a resource, and the version of the entry at the base. Returns undefined unless the entry and the
 * resource match only each other.
 */
function pairOf(record: AnyRecord, desired: DesiredState, company: Company): Pair | undefined {
  return "handles" in record ? contactPair(record, desired, company) : accountPair(record, desired);
}

function contactPair({ id, handles }: ContactRecord, desired: DesiredState, company: Company): Pair | undefined {
  const [entry, ...others] = entriesOf(id, handles, desired);
  if (entry === undefined || others.length > 0) return undefined;
  if (matchingContacts(entry, company).some((contact) => contact.id !== id)) return undefined;
  return { entry, base: desired.base?.contacts.find((other) => declaresSameContact(entry, other)) };
}

/**
 * Returns the entry of an account, and the version of the entry at the base. Omits an earlier version that deletes the
 * account or identifies another account.
 */
function accountPair(record: AccountRecord, { accounts = [], base }: DesiredState): Pair | undefined {
  const [entry, ...others] = accounts.filter((candidate) => matchesEntry(candidate, record));
  if (entry === undefined || others.length > 0) return undefined;
  const earlier = base?.accounts?.find(({ key }) => key === entry.key);
  return { entry, base: earlier?.ensure === "present" && matchesEntry(earlier, record) ? earlier : undefined };
}

function matchingContacts(entry: DesiredContact, company: Company): ContactRecord[] {
  return sharedContacts(company).filter(({ handles }) =>
    entry.handles.some((handle) => handles.has(handleText(handle))),
  );
}

/**
 * Returns whether a run merges contacts into this contact. The run then writes all managed values again, because a merge
 * may change any of them.
 */
function isMerged({ id }: AnyRecord, { process }: SentRequest): boolean {
  return process.plannedOperations.some(
    (operation) => operation.kind === "merge-contacts" && operation.target.id === id,
  );
}

/** Returns whether a person or another run changed a resource so late that the run may not have read the change. */
function isRecent({ id }: AnyRecord, run: Run, { edits, network, company }: Simulation): boolean {
  const others = network.log.filter(({ process }) => process !== run.process).flatMap(({ effects }) => effects);
  const account = company.accounts.get(id);
  return [...edits, ...others]
    .filter(({ at }) => at > run.startedAt - VISIBLE_AFTER_MS)
    .flatMap(({ changed, created, deleted, accountsChanged, accountsCreated, accountsDeleted }) => [
      ...[...changed, ...accountsChanged].map(({ before }) => before),
      ...[...created, ...deleted, ...accountsCreated, ...accountsDeleted],
    ])
    .some(
      (record) =>
        record.id === id ||
        (account !== undefined &&
          "domains" in record &&
          isIdentifiedBy(account, { domains: [...record.domains], externalId: record.externalId })),
    );
}

/** Returns the differences between the configuration and Front, except changes in Front that the last plan shows. */
export function unappliedDifferences({ company, runs }: Simulation): string[] {
  const { process, outcome } = runs.at(-1) ?? {};
  const { desired } = process ?? {};
  if (desired?.base === undefined || outcome?.plan?.base === undefined) return [];
  const { drift } = outcome.plan.base;
  const { overwrite } = desired.base;
  const undecodable = outcome.plan.diagnostics.filter(({ code }) => code === "contact-undecodable");
  const skipped = new Set(undecodable.map(({ location }) => location));
  return desired.contacts.flatMap((entry) => {
    if (entry.handles.some(({ location }) => skipped.has(location))) return [];
    const shownDrift = drift.find(({ address }) => address === `front_contact.${entry.key}`);
    return differencesOf(entry, desired, company)
      .filter(({ isEdit, isShownIn }) => !isEdit || overwrite || shownDrift === undefined || !isShownIn(shownDrift))
      .map(({ description, isEdit }) =>
        isEdit && !overwrite
          ? `driftIsShown: ${description} of ${entry.key} stays unchanged, but the plan does not show it`
          : `configurationIsApplied: ${description} of ${entry.key} differs from the configuration`,
      );
  });
}

interface Difference {
  readonly description: string;
  /** True if the value in Front differs from the value in the base. */
  readonly isEdit: boolean;
  readonly isShownIn: (drift: Drift) => boolean;
}

function differencesOf(entry: DesiredContact, desired: DesiredState, company: Company): Difference[] {
  const base = desired.base?.contacts.find((other) => declaresSameContact(entry, other));
  const [contact, ...others] = matchingContacts(entry, company);
  if (others.length > 0) return [];
  if (contact === undefined) {
    if (entry.ensure === "absent") return [];
    const isEdit = base?.ensure === "present";
    return [{ description: "existence", isEdit, isShownIn: ({ action }) => action === "delete" }];
  }
  if (pairOf(contact, desired, company) === undefined) return [];
  if (entry.ensure === "absent") {
    return [{ description: "existence", isEdit: base !== undefined, isShownIn: ({ deletes = false }) => deletes }];
  }
  if (base?.ensure === "absent") return [];
  const now = declarationOf(entry, listIdsOf(entry, desired, company));
  const earlier = base && atBase(base, desired, company);
  const paths = new Set([...now.values.keys(), ...(earlier?.values.keys() ?? []), ...valuesOf(contact).keys()]);
  return [...paths].flatMap((path) => {
    const value = valueIn(contact, path);
    const baseValue = earlier?.at(path);
    // A value in a collection is removed together with its declaration. Other values are then unmanaged.
    const removed = path.includes(" ") && earlier?.values.get(path) ? "" : undefined;
    const declared = now.at(path) ?? removed;
    if (declared === undefined || declared === value) return [];
    const isEdit = baseValue !== undefined && baseValue !== value;
    return [{ description: path, isEdit, isShownIn: ({ differences }) => differences.some(isAbout(path)) }];
  });
}

/**
 * Returns a function that returns whether a difference is about the value at a path. Ignores which member of a
 * collection differs, because lists have IDs and labels.
 */
function isAbout(path: string) {
  return ({ attribute, key = "" }: Drift["differences"][number]): boolean => {
    if (attribute === "custom_fields") return path === fieldPath(key);
    return path === attribute || (isMember(path) && KINDS[attribute as keyof typeof KINDS] === kindOf(path));
  };
}
