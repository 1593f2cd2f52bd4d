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

/** Milliseconds after which every read shows an edit: indexes are up to date, and stale responses have expired. */
const SEEN_AFTER = 10_000;

/** A run does not overwrite, remove or delete anything that changed in Front between its base and the run. */
export function editsSinceBaseStay(simulation: Simulation): string[] {
  return writesOf(simulation).flatMap((sent) => {
    const { base } = sent.process.desired;
    const run = simulation.runs.find(({ process }) => process === sent.process);
    if (base === undefined || base.overwrite || run === undefined || sent.path === "/contacts/merge") return [];
    return sent.effects
      .flatMap((effect) => lostEdits(effect, sent.process.desired))
      .filter(({ id }) => !isMerged(id, sent) && !isRecent(id, run, sent, simulation))
      .map(({ what }) => `${describeRequest(sent)} ${what}, which changed in Front since the base`);
  });
}

interface Lost {
  /** The contact's id. */
  readonly id: string;
  readonly what: string;
}

function lostEdits({ changed, created, deleted, before }: Effect, desired: DesiredState): Lost[] {
  return [
    ...changed.flatMap((change) => lostValues(change, desired, before)),
    ...deleted.flatMap((person) => {
      const [entry, base] = pairOf(person, desired, before) ?? [];
      if (entry?.ensure !== "absent" || base === undefined) return [];
      const isOther =
        base.ensure === "absent" || valuesOf(base).some(([path, value]) => valueIn(person, path) !== value);
      return isOther ? [{ id: person.id, what: `deleted ${person.id}` }] : [];
    }),
    ...created.flatMap((person) => {
      const [, base] = pairOf(person, desired, before) ?? [];
      return base?.ensure === "present" ? [{ id: person.id, what: `created ${person.id} again` }] : [];
    }),
  ];
}

function lostValues({ before, after }: Effect["changed"][number], desired: DesiredState, company: Company): Lost[] {
  const [entry, base] = pairOf(before, desired, company) ?? [];
  if (entry === undefined || base === undefined) return [];
  const overwritten = valuesOf(base).filter(([path, value]) => {
    const was = valueIn(before, path);
    return was !== valueIn(after, path) && was !== value;
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
    ...overwritten.map(([path]) => ({ id, what: `overwrote the ${path} of ${id}` })),
    ...added.map((item) => ({ id, what: `added ${item} to ${id} again` })),
    ...removed.map((item) => ({ id, what: `removed ${item} from ${id}` })),
  ];
}

/** Returns the entry of a contact and its version in the base. Undefined if the match is ambiguous. */
function pairOf(
  { id, handles }: ContactRecord,
  desired: DesiredState,
  company: Company,
): readonly [DesiredContact, DesiredContact | undefined] | undefined {
  const [entry, ...others] = entriesOf(id, handles, desired);
  if (entry === undefined || others.length > 0) return undefined;
  const holders = holdersOf(entry, company).filter((person) => person.id !== id);
  return holders.length > 0
    ? undefined
    : [entry, desired.base?.contacts.find((each) => declaresSameContact(entry, each))];
}

function holdersOf(entry: DesiredContact, company: Company): ContactRecord[] {
  return sharedContacts(company).filter(({ handles }) =>
    entry.handles.some((handle) => handles.has(handleText(handle))),
  );
}

/** True if the run merges contacts into this one. A merge may change any value, so all managed values are written again. */
function isMerged(id: string, { process }: SentRequest): boolean {
  return process.plannedOperations.some((each) => each.kind === "merge-contacts" && each.target.id === id);
}

/** Returns whether somebody, or another run, changed a contact when the run may have read it already. */
function isRecent(id: string, run: Run, sent: SentRequest, { edits, network }: Simulation): boolean {
  const others = network.log.filter(({ process }) => process !== sent.process).flatMap(({ effects }) => effects);
  return [...edits, ...others].some(
    ({ at, changed, created, deleted }) =>
      at > run.startedAt - SEEN_AFTER &&
      [...changed.map(({ before }) => before), ...created, ...deleted].some((person) => person.id === id),
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

function itemsIn(person: ContactRecord, part: Part, { lists }: Company): ReadonlySet<string> {
  return part === "lists" ? new Set([...person.lists].map((id) => lists.get(id) ?? "")) : person[part];
}

/**
 * Returns the differences between Front and the files after the last run, except for changes in Front since the base, which
 * the last plan has to show.
 */
export function unappliedDifferences({ company, runs }: Simulation): string[] {
  const { process, outcome } = runs.at(-1) ?? {};
  const { desired } = process ?? {};
  if (desired?.base === undefined || outcome?.plan?.base === undefined) return [];
  const { drift } = outcome.plan.base;
  const { overwrite } = desired.base;
  return desired.contacts.flatMap((entry) => {
    const shown = drift.find(({ address }) => address === `front_contact.${entry.key}`);
    return undoneOf(entry, { desired, company })
      .filter(({ isEdit, isShownIn }) => !isEdit || overwrite || shown === undefined || !isShownIn(shown))
      .map(({ what, isEdit }) =>
        isEdit && !overwrite
          ? `driftIsShown: ${what} of ${entry.key} is kept, and not shown`
          : `filesAreApplied: ${what} of ${entry.key} differs from the files`,
      );
  });
}

interface Undone {
  readonly what: string;
  /** True if Front does not have the value of the base. */
  readonly isEdit: boolean;
  readonly isShownIn: (drift: Drift) => boolean;
}

function undoneOf(
  entry: DesiredContact,
  { desired, company }: { readonly desired: DesiredState; readonly company: Company },
): Undone[] {
  const base = desired.base?.contacts.find((each) => declaresSameContact(entry, each));
  const [person, ...others] = holdersOf(entry, company);
  if (others.length > 0) return [];
  if (person === undefined) {
    if (entry.ensure === "absent") return [];
    const isEdit = base?.ensure === "present";
    return [{ what: "existence", isEdit, isShownIn: ({ action }) => action === "delete" }];
  }
  if (pairOf(person, desired, company) === undefined) return [];
  if (entry.ensure === "absent") {
    return [{ what: "existence", isEdit: base !== undefined, isShownIn: ({ deletes = false }) => deletes }];
  }
  if (base?.ensure === "absent") return [];
  return [
    ...undoneValues(entry, base, person),
    ...PARTS.flatMap((part) => undoneItems(part, entry, base, person, company)),
  ];
}

function undoneValues(entry: DesiredContact, base: DesiredContact | undefined, person: ContactRecord): Undone[] {
  const before = new Map(base === undefined ? [] : valuesOf(base));
  const now = new Map(valuesOf(entry));
  const left = [...before.keys()].filter((path) => path.startsWith("field ") && !now.has(path));
  const wanted = [...now, ...left.map((path) => [path, ""] as const)];
  return wanted.flatMap(([path, value]) => {
    const found = valueIn(person, path);
    if (found === value) return [];
    // An entry with exact custom fields also declares that all other fields are empty.
    const isCleared = path.startsWith("field ") && (base?.exact.includes("custom_fields") ?? false);
    const earlier = before.get(path) ?? (isCleared ? "" : undefined);
    const isEdit = earlier !== undefined && earlier !== found;
    const isShownIn = ({ differences }: Drift) =>
      differences.some(({ attribute, key }) => path === (key === undefined ? attribute : fieldPath(key)));
    return [{ what: path, isEdit, isShownIn }];
  });
}

function undoneItems(
  part: Part,
  entry: DesiredContact,
  base: DesiredContact | undefined,
  person: ContactRecord,
  company: Company,
): Undone[] {
  const nothing: ReadonlySet<string> = new Set();
  const [before, now] = [(base && itemsOf(base, part)) ?? nothing, itemsOf(entry, part) ?? nothing];
  const found = itemsIn(person, part, company);
  const isExact = entry.exact.includes(part);
  const wasExact = base?.exact.includes(part) ?? false;
  const missing = differenceOf(now, found).map((item) => ({ item, isEdit: before.has(item) }));
  const extra = differenceOf(found, now)
    .filter((item) => before.has(item) || isExact)
    .map((item) => ({ item, isEdit: !before.has(item) && wasExact }));
  return [...missing, ...extra].map(({ item, isEdit }) => ({
    ...{ what: `${part} ${item}`, isEdit },
    isShownIn: ({ differences }) => differences.some(({ attribute }) => attribute === part),
  }));
}
