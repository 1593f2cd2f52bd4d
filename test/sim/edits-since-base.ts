import type { DesiredContact, DesiredState, Drift } from "../../src/internal.ts";
import {
  type Company,
  type ContactRecord,
  differenceOf,
  type Effect,
  fieldPath,
  handleText,
  sharedContacts,
  valueIn,
} from "./company.ts";
import { describeRequest, writesOf } from "./edits-since-plan.ts";
import { declaresSameContact, entriesOf, handleTextsOf, listIdsOf } from "./entry-matching.ts";
import type { SentRequest } from "./network.ts";
import type { Run, Simulation } from "./simulation.ts";

/** Milliseconds after which every read shows an edit: the maximum age of an index and of a stale response together. */
export const VISIBLE_AFTER_MS = 11_000;

/** Checks that a run does not revert changes that were made in Front between the base and the run. */
export function editsSinceBaseStay(simulation: Simulation): string[] {
  return writesOf(simulation).flatMap((request) => {
    const { base } = request.process.desired;
    const newLists = listsDeclaredSinceBase(request, simulation);
    const run = simulation.runs.find(({ process }) => process === request.process);
    if (base === undefined || base.overwrite || run === undefined || request.path === "/contacts/merge") return [];
    return request.effects
      .flatMap((effect) => lostEdits(effect, request.process.desired))
      .filter(({ list }) => list === undefined || !newLists.has(list))
      .filter(({ id }) => !isMerged(id, request) && !isRecent(id, run, request, simulation))
      .map(({ description }) => `${describeRequest(request)} ${description}, which changed in Front since the base`);
  });
}

interface LostEdit {
  readonly id: string;
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

function lostEdits({ changed, created, deleted, before, after }: Effect, desired: DesiredState): LostEdit[] {
  return [
    ...changed.flatMap((change) => lostValues(change, desired, { before, after })),
    ...deleted.flatMap((contact) => {
      const [entry, base] = pairOf(contact, desired, before) ?? [];
      if (entry?.ensure !== "absent" || base === undefined) return [];
      // A changed avatar does not prevent a deletion.
      const values = valuesOf(base).filter(([path]) => path !== "avatar");
      const isChanged = base.ensure === "absent" || values.some(([path, value]) => valueIn(contact, path) !== value);
      return isChanged ? [{ id: contact.id, description: `deleted ${contact.id}` }] : [];
    }),
    ...created.flatMap((contact) => {
      const [, base] = pairOf(contact, desired, before) ?? [];
      return base?.ensure === "present" ? [{ id: contact.id, description: `created ${contact.id} again` }] : [];
    }),
  ];
}

function lostValues(
  { before, after }: Effect["changed"][number],
  desired: DesiredState,
  companies: Pick<Effect, "before" | "after">,
): LostEdit[] {
  const [entry, earlier] = pairOf(before, desired, companies.before) ?? [];
  const { base } = desired;
  if (entry === undefined || earlier === undefined || base === undefined || startsMerging(entry, earlier)) return [];
  const overwritten = valuesOf(earlier).filter(([path, value]) => {
    const earlierValue = valueIn(before, path);
    return earlierValue !== valueIn(after, path) && earlierValue !== value;
  });
  const { id } = before;
  const added = PARTS.flatMap((part) =>
    differenceOf(after[part], before[part]).filter((item) => itemsOf(earlier, part, base, companies.after)?.has(item)),
  );
  const removed = PARTS.filter((part) => earlier.exact.includes(part)).flatMap((part) =>
    differenceOf(before[part], after[part]).filter(
      (item) => !itemsOf(earlier, part, base, companies.before)?.has(item),
    ),
  );
  return [
    ...overwritten.map(([path]) => ({ id, description: `overwrote the ${path} of ${id}` })),
    ...added.map((item) => ({
      id,
      description: `added ${item} to ${id} again`,
      list: companies.after.lists.get(item),
    })),
    ...removed.map((item) => ({ id, description: `removed ${item} from ${id}` })),
  ];
}

/** A run applies all values of an entry with a new `merge: true`, because a merge may have changed any of them. */
function startsMerging(entry: DesiredContact, base: DesiredContact): boolean {
  return entry.merge && !base.merge;
}

/**
 * Returns the entry of a contact, and its version at the base. Undefined unless the entry and the contact match only
 * each other.
 */
function pairOf(
  { id, handles }: ContactRecord,
  desired: DesiredState,
  company: Company,
): readonly [DesiredContact, DesiredContact | undefined] | undefined {
  const [entry, ...others] = entriesOf(id, handles, desired);
  if (entry === undefined || others.length > 0) return undefined;
  const otherMatches = matchingContacts(entry, company).filter((contact) => contact.id !== id);
  return otherMatches.length > 0
    ? undefined
    : [entry, desired.base?.contacts.find((other) => declaresSameContact(entry, other))];
}

function matchingContacts(entry: DesiredContact, company: Company): ContactRecord[] {
  return sharedContacts(company).filter(({ handles }) =>
    entry.handles.some((handle) => handles.has(handleText(handle))),
  );
}

/** A run that merges contacts writes all managed values again, because a merge may change any of them. */
function isMerged(id: string, { process }: SentRequest): boolean {
  return process.plannedOperations.some(
    (operation) => operation.kind === "merge-contacts" && operation.target.id === id,
  );
}

/** Returns whether a person or another run changed a contact so late that the run may not have read the change. */
function isRecent(id: string, run: Run, request: SentRequest, { edits, network }: Simulation): boolean {
  const others = network.log.filter(({ process }) => process !== request.process).flatMap(({ effects }) => effects);
  return [...edits, ...others].some(
    ({ at, changed, created, deleted }) =>
      at > run.startedAt - VISIBLE_AFTER_MS &&
      [...changed.map(({ before }) => before), ...created, ...deleted].some((contact) => contact.id === id),
  );
}

const PARTS = ["handles", "links", "lists"] as const;
type Part = (typeof PARTS)[number];

/** Returns the single values that an entry manages, each with its path. */
function valuesOf({ name, description, avatar, customFields = [] }: DesiredContact): (readonly [string, string])[] {
  const attributes = { name, description, avatar: avatar?.sha256 };
  return [
    ...Object.entries(attributes).flatMap(([path, value]) => (value === undefined ? [] : [[path, value] as const])),
    ...customFields.map(({ name: field, value }) => [fieldPath(field), value === null ? "" : jsonOf(value)] as const),
  ];
}

function jsonOf(value: unknown): string {
  return value === "" ? "" : JSON.stringify(value);
}

/** Returns the items of a collection in an entry, with the ids of lists. Undefined for an unmanaged collection. */
function itemsOf(
  entry: DesiredContact,
  part: Part,
  declared: Pick<DesiredState, "lists">,
  company: Company,
): ReadonlySet<string> | undefined {
  if (part === "handles") return handleTextsOf(entry);
  if (part === "links") return entry.links && new Set(entry.links);
  return entry.lists && new Set(listIdsOf(entry, declared, company));
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
    return differencesOf(entry, { desired, company })
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

function differencesOf(
  entry: DesiredContact,
  { desired, company }: { readonly desired: DesiredState; readonly company: Company },
): Difference[] {
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
  return [
    ...valueDifferences(entry, base, contact),
    ...PARTS.flatMap((part) => itemDifferences(part, entry, base, contact, { desired, company })),
  ];
}

function valueDifferences(
  entry: DesiredContact,
  base: DesiredContact | undefined,
  contact: ContactRecord,
): Difference[] {
  const before = new Map(base === undefined ? [] : valuesOf(base));
  const now = new Map(valuesOf(entry));
  const removed = [...before.keys()].filter((path) => path.startsWith("field ") && !now.has(path));
  const declared = [...now, ...removed.map((path) => [path, ""] as const)];
  return declared.flatMap(([path, value]) => {
    const remoteValue = valueIn(contact, path);
    if (remoteValue === value) return [];
    // An entry with exact custom fields also declares that all other fields are empty.
    const isCleared = path.startsWith("field ") && (base?.exact.includes("custom_fields") ?? false);
    const earlier = before.get(path) ?? (isCleared ? "" : undefined);
    const isEdit = earlier !== undefined && earlier !== remoteValue;
    const isShownIn = ({ differences }: Drift) =>
      differences.some(({ attribute, key }) => path === (key === undefined ? attribute : fieldPath(key)));
    return [{ description: path, isEdit, isShownIn }];
  });
}

function itemDifferences(
  part: Part,
  entry: DesiredContact,
  base: DesiredContact | undefined,
  contact: ContactRecord,
  { desired, company }: { readonly desired: DesiredState; readonly company: Company },
): Difference[] {
  const nothing: ReadonlySet<string> = new Set();
  const before = (base && desired.base && itemsOf(base, part, desired.base, company)) ?? nothing;
  const now = itemsOf(entry, part, desired, company) ?? nothing;
  const remoteItems = contact[part];
  const isExact = entry.exact.includes(part);
  const wasExact = base?.exact.includes(part) ?? false;
  const missing = differenceOf(now, remoteItems).map((item) => ({ item, isEdit: before.has(item) }));
  const extra = differenceOf(remoteItems, now)
    .filter((item) => before.has(item) || isExact)
    .map((item) => ({ item, isEdit: !before.has(item) && wasExact }));
  return [...missing, ...extra].map(({ item, isEdit }) => ({
    description: `${part} ${item}`,
    isEdit,
    isShownIn: ({ differences }) => differences.some(({ attribute }) => attribute === part),
  }));
}
