import fc from "fast-check";
import type { Behavior, Seed } from "../../src/emulator/index.ts";
import type { Collection, DesiredState, RemoteContact } from "../../src/model/contact.ts";
import { hasBlockingErrors } from "../../src/model/diagnostic.ts";
import {
  desiredContact,
  desiredState,
  handle,
  locationAt,
  type Policy,
  planFor,
  remoteContact,
  remoteState,
  UNGUARDED,
} from "./builders.ts";
import { behaviors as anyBehavior, type Scenario } from "./scenarios.ts";

/** A contact in Front. `accounts` contains indexes into `ACCOUNTS`. */
interface SeededContact {
  readonly handles: readonly string[];
  readonly attributes: object;
  readonly accounts: readonly number[];
}

type EntryAttributes = Parameters<typeof desiredContact>[1];

/** An entry. `pin` is the index of a contact, and `account` is the index of an account. */
interface Entry {
  readonly key: string;
  readonly handles: readonly string[];
  readonly attributes: NonNullable<EntryAttributes>;
  readonly pin: number | undefined;
  readonly account: number | undefined;
}

/** A company and a configuration that assign handles to different contacts. */
export interface HandleConflict {
  readonly contacts: readonly SeededContact[];
  readonly entries: readonly Entry[];
  readonly allowHandleMoves: boolean;
  /** The declared lists. Only tests with an emulator use them. */
  readonly lists: DeclaredLists;
}

type DeclaredLists = NonNullable<NonNullable<Parameters<typeof desiredState>[1]>["lists"]>;

const HANDLES = [
  ...[0, 1, 2, 3, 4].map((index) => `h${index}@x.example`),
  "+442079460001",
  "+442079460002",
  "twitter:h",
  "custom:h",
];
const KEYS = ["p", "q", "r", "s"];
const LISTS = ["Alpha", "Beta"];
/** A list that the configuration may delete, so no entry refers to it. */
const OLD = "Old";
const LINKS = ["https://a.example", "https://b.example"];
const ACCOUNTS = [
  { id: "acc_1", name: "Acme" },
  { id: "acc_2", name: "Beta" },
];
const CONTACT_COUNT = 5;

const text = fc.constantFrom("one", "two", "");
const fields = fc.record(
  { "Job Title": fc.constantFrom("x", "y"), Location: fc.constantFrom("here", "there") },
  { requiredKeys: [] },
);

/** Distributes the handles among `count` owners. Handles may have no owner. */
function distributeHandles(count: number): fc.Arbitrary<string[][]> {
  const owners = fc.array(fc.nat(count), { minLength: HANDLES.length, maxLength: HANDLES.length });
  return owners.map((chosen) =>
    Array.from({ length: count }, (_, index) => HANDLES.filter((_, position) => chosen[position] === index)),
  );
}

const contactValues = fc.record({
  attributes: fc.record({
    name: fc.constantFrom("Ada", "Bob"),
    description: text,
    links: fc.subarray(LINKS),
    lists: fc.subarray([...LISTS, OLD]),
    custom_fields: fields,
  }),
  accounts: fc.subarray([0, 1]),
});

/** Returns the exact collections that an entry declares. Every entry declares handles. */
function declaredCollections(attributes: object, exact: readonly Collection[]): Collection[] {
  const declared = new Set(["handles", ...Object.keys(attributes)]);
  return exact.filter((collection) => declared.has(collection === "custom_fields" ? "customFields" : collection));
}

const attributes = fc
  .tuple(
    fc.record(
      {
        name: fc.constantFrom("Ada", "Eve"),
        description: text,
        links: fc.subarray(LINKS),
        lists: fc.subarray([...LISTS, "New"]),
        customFields: fc.record(
          { "Job Title": fc.constantFrom("x", "z", null), Location: fc.constantFrom("here", null) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
    fc.subarray<Collection>(["handles", "links", "lists", "custom_fields"]),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([values, exact, merge]) => ({ ...values, exact: declaredCollections(values, exact), merge: merge === 0 }));

const entry = fc
  .record({
    absent: fc.integer({ min: 0, max: 4 }).map((number) => number === 0),
    attributes,
    pin: fc.nat(3 * CONTACT_COUNT).map((index) => (index < CONTACT_COUNT ? index : undefined)),
    account: fc.option(fc.nat(ACCOUNTS.length - 1), { nil: undefined }),
  })
  .map(({ absent, ...rest }) =>
    absent ? { attributes: { ensure: "absent" } as const, pin: undefined, account: undefined } : rest,
  );

export const handleConflicts: fc.Arbitrary<HandleConflict> = fc
  .record({
    remoteHandles: distributeHandles(CONTACT_COUNT),
    declaredHandles: distributeHandles(KEYS.length),
    remoteValues: fc.array(contactValues, { minLength: CONTACT_COUNT, maxLength: CONTACT_COUNT }),
    entries: fc.array(entry, { minLength: KEYS.length, maxLength: KEYS.length }),
    allowHandleMoves: fc.boolean(),
    lists: fc.record({ isExact: fc.boolean(), inTeam: fc.boolean(), deletesOld: fc.boolean() }),
  })
  .map(({ remoteHandles, declaredHandles, remoteValues, entries, allowHandleMoves, lists }) => ({
    allowHandleMoves,
    lists: [
      { name: "New", ...(lists.inTeam && { team: "tim_1b" }) },
      ...(lists.isExact ? [{ name: "Beta", members: "exact" as const }] : []),
      ...(lists.deletesOld ? [{ name: OLD, ensure: "absent" as const }] : []),
    ],
    contacts: remoteHandles.flatMap((handles, index) =>
      handles.length === 0 ? [] : [{ handles, ...(remoteValues[index] ?? NO_VALUES) }],
    ),
    entries: entries.flatMap((attributes, index) => {
      const handles = declaredHandles[index] ?? [];
      return handles.length === 0 ? [] : [{ key: KEYS[index] ?? "", handles, ...attributes }];
    }),
  }));

const NO_VALUES = { attributes: {}, accounts: [] };

function desiredStateOf(entries: readonly Entry[], { contacts }: HandleConflict, lists: DeclaredLists): DesiredState {
  const desiredContacts = entries.map(
    ({ key, handles, attributes: contactAttributes, pin, account: index }, position) => {
      const isAlreadyPinned = entries.slice(0, position).some((earlier) => earlier.pin === pin);
      const id = pin === undefined || isAlreadyPinned || pin >= contacts.length ? {} : { id: idOf(pin) };
      const account = index === undefined ? undefined : ACCOUNTS[index];
      const reference = account && { account: { id: account.id, location: locationAt(9) } };
      return desiredContact(handles, { key, ...contactAttributes, ...reference, ...id });
    },
  );
  return desiredState(desiredContacts, { lists });
}

function idOf(index: number): string {
  return `crd_${index + 1}`;
}

function withoutAttributes(entry: Entry): Entry {
  const { ensure = "present", merge = false, exact = [] } = entry.attributes;
  return {
    ...entry,
    account: undefined,
    attributes: { ensure, merge, exact: exact.filter((collection) => collection === "handles") },
  };
}

/** Returns the remote contacts and the desired state, with handles only, for tests without an emulator. */
export function withHandlesOnly(conflict: HandleConflict): { remoteContacts: RemoteContact[]; desired: DesiredState } {
  const remoteContacts = conflict.contacts.map(({ handles }, index) => remoteContact(handles, { id: idOf(index) }));
  return { remoteContacts, desired: desiredStateOf(conflict.entries.map(withoutAttributes), conflict, []) };
}

/**
 * Generates the differences between two configurations: handles that another entry or no entry declares, and entries
 * with a different `ensure`, `merge` or `id`.
 */
const entryChanges = fc.record({
  moves: fc.array(fc.record({ handle: fc.nat(HANDLES.length - 1), to: fc.nat(KEYS.length) }), { maxLength: 3 }),
  changed: fc.subarray(KEYS),
  kind: fc.constantFrom("ensure", "merge", "id"),
});

type EntryChanges = typeof entryChanges extends fc.Arbitrary<infer T> ? T : never;

/** Generates a company, a configuration, and an earlier configuration that differs in few values. */
export const conflictsWithBase: fc.Arbitrary<{ readonly now: HandleConflict; readonly base: HandleConflict }> = fc
  .tuple(handleConflicts, entryChanges)
  .map(([now, changes]) => ({ now, base: { ...now, entries: earlierEntries(now.entries, changes) } }));

function earlierEntries(entries: readonly Entry[], { moves, changed, kind }: EntryChanges): readonly Entry[] {
  const owners = new Map(entries.flatMap(({ key, handles }) => handles.map((text) => [text, key] as const)));
  for (const { handle: index, to } of moves) owners.set(HANDLES[index] ?? "", KEYS[to] ?? "");
  return entries.flatMap((entry) => {
    const handles = HANDLES.filter((text) => owners.get(text) === entry.key);
    if (handles.length === 0) return [];
    const earlier = { ...entry, handles };
    return [changed.includes(entry.key) ? { ...earlier, ...earlierValues(entry, kind) } : earlier];
  });
}

function earlierValues({ attributes, pin }: Entry, kind: EntryChanges["kind"]): Partial<Entry> {
  const { ensure, merge = false, ...values } = attributes;
  if (kind === "id") return ensure === "absent" ? {} : { pin: pin === undefined ? 0 : undefined };
  if (kind === "merge") return ensure === "absent" ? {} : { attributes: { ...attributes, merge: !merge } };
  return ensure === "absent"
    ? { attributes: values }
    : { attributes: { ensure: "absent" }, pin: undefined, account: undefined };
}

function seedOf({ contacts }: HandleConflict, { phoneForm, linkMoves = true }: Partial<Behavior>): Seed {
  // If a link moves a contact, the contact belongs to its last account only.
  const currentOf = (accounts: readonly number[]) => (linkMoves ? accounts.slice(-1) : accounts);
  const seedHandle = (text: string) => handle(phoneForm === "digits" ? text.replace(/^\+/, "phone:") : text);
  return {
    lists: [...LISTS, OLD],
    contacts: contacts.map(({ handles, attributes: contactAttributes }, index) => ({
      ...contactAttributes,
      id: idOf(index),
      handles: handles.map(seedHandle),
    })),
    accounts: ACCOUNTS.map(({ id, name }, position) => ({
      id,
      name,
      contacts: contacts.flatMap(({ accounts }, index) =>
        currentOf(accounts).includes(position) ? [idOf(index)] : [],
      ),
    })),
  };
}

export function policyOf({ allowHandleMoves }: HandleConflict): Policy {
  return { ...UNGUARDED, allowHandleMoves };
}

export function isPlannable(conflict: HandleConflict): boolean {
  const { remoteContacts, desired } = withHandlesOnly(conflict);
  return !hasBlockingErrors(planFor(desired, remoteState(remoteContacts), policyOf(conflict)).diagnostics);
}

export function scenariosOf(
  conflicts: fc.Arbitrary<HandleConflict>,
  behaviors: fc.Arbitrary<Partial<Behavior>> = anyBehavior,
): fc.Arbitrary<Scenario> {
  return fc.tuple(conflicts, behaviors).map(([conflict, behavior]) => ({
    behavior,
    policy: policyOf(conflict),
    seed: seedOf(conflict, behavior),
    desired: desiredStateOf(conflict.entries, conflict, conflict.lists),
  }));
}
