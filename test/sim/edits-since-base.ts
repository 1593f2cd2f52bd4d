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
import { declaresSameContact, entriesOf, handleTextsOf, listName } from "./entry-matching.ts";
import type { SentRequest } from "./network.ts";
import type { Run, Simulation } from "./simulation.ts";

/** Milliseconds after which every read shows an edit: the maximum age of an index and of a stale response together. */
const VISIBLE_AFTER_MS = 11_000;

/** Checks that a run does not revert changes that were made in Front between the base and the run. */
export function editsSinceBaseStay(simulation: Simulation): string[] {
  return writesOf(simulation).flatMap((request) => {
    const { base } = request.process.desired;
    const run = simulation.runs.find(({ process }) => process === request.process);
    if (base === undefined || base.overwrite || run === undefined || request.path === "/contacts/merge") return [];
    return request.effects
      .flatMap((effect) => lostEdits(effect, request.process.desired))
      .filter(({ id }) => !isMerged(id, request) && !isRecent(id, run, request, simulation))
      .map(({ description }) => `${describeRequest(request)} ${description}, which changed in Front since the base`);
  });
}

interface LostEdit {
  readonly id: string;
  readonly description: string;
}

function lostEdits({ changed, created, deleted, before }: Effect, desired: DesiredState): LostEdit[] {
  return [
    ...changed.flatMap((change) => lostValues(change, desired, before)),
    ...deleted.flatMap((contact) => {
      const [entry, base] = pairOf(contact, desired, before) ?? [];
      if (entry?.ensure !== "absent" || base === undefined) return [];
      const isChanged =
        base.ensure === "absent" || valuesOf(base).some(([path, value]) => valueIn(contact, path) !== value);
      return isChanged ? [{ id: contact.id, description: `deleted ${contact.id}` }] : [];
    }),
    ...created.flatMap((contact) => {
      const [, base] = pairOf(contact, desired, before) ?? [];
      return base?.ensure === "present" ? [{ id: contact.id, description: `created ${contact.id} again` }] : [];
    }),
  ];
}

function lostValues({ before, after }: Effect["changed"][number], desired: DesiredState, company: Company): LostEdit[] {
  const [entry, base] = pairOf(before, desired, company) ?? [];
  if (entry === undefined || base === undefined) return [];
  const overwritten = valuesOf(base).filter(([path, value]) => {
    const earlierValue = valueIn(before, path);
    return earlierValue !== valueIn(after, path) && earlierValue !== value;
  });
  const { id } = before;
  const added = PARTS.flatMap((part) =>
    differenceOf(itemsIn(after, part, company), itemsIn(before, part, company)).filter((item) =>
      itemsOf(base, part)?.has(item),
    ),
  );
  const removed = PARTS.filter((part) => base.exact.includes(part)).flatMap((part) =>
    differenceOf(itemsIn(before, part, company), itemsIn(after, part, company)).filter(
      (item) => !itemsOf(base, part)?.has(item),
    ),
  );
  return [
    ...overwritten.map(([path]) => ({ id, description: `overwrote the ${path} of ${id}` })),
    ...added.map((item) => ({ id, description: `added ${item} to ${id} again` })),
    ...removed.map((item) => ({ id, description: `removed ${item} from ${id}` })),
  ];
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

/** Returns whether a person or another run changed a contact after the run may have read the contact. */
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

/** Returns the items of a collection in an entry. Undefined for an unmanaged collection. */
function itemsOf(entry: DesiredContact, part: Part): ReadonlySet<string> | undefined {
  if (part === "handles") return handleTextsOf(entry);
  return part === "links" ? entry.links && new Set(entry.links) : entry.lists && new Set(entry.lists.map(listName));
}

function itemsIn(contact: ContactRecord, part: Part, { lists }: Company): ReadonlySet<string> {
  return part === "lists" ? new Set([...contact.lists].map((id) => lists.get(id) ?? "")) : contact[part];
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
    ...PARTS.flatMap((part) => itemDifferences(part, entry, base, contact, company)),
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
  company: Company,
): Difference[] {
  const nothing: ReadonlySet<string> = new Set();
  const [before, now] = [(base && itemsOf(base, part)) ?? nothing, itemsOf(entry, part) ?? nothing];
  const remoteItems = itemsIn(contact, part, company);
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
