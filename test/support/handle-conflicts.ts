import fc from "fast-check";
import type { Behavior, Seed } from "../../src/emulator/index.ts";
import type { Collection, DesiredState, RemoteContact } from "../../src/model/contact.ts";
import { at, desired, files, front, handle, type Policy, planFor, remote, UNGUARDED } from "./builders.ts";
import { behaviors as anyBehavior, type Scenario } from "./scenarios.ts";

/** A contact in Front. `accounts` are indexes of `ACCOUNTS`. */
interface Person {
  readonly handles: readonly string[];
  readonly rest: object;
  readonly accounts: readonly number[];
}

type EntryAttributes = Parameters<typeof desired>[1];

/** An entry. `pin` is the index of a contact, and `account` that of an account. */
interface Entry {
  readonly key: string;
  readonly handles: readonly string[];
  readonly attributes: NonNullable<EntryAttributes>;
  readonly pin: number | undefined;
  readonly account: number | undefined;
}

/** A company and files that disagree about which contact has which handle. */
export interface HandleConflict {
  readonly people: readonly Person[];
  readonly entries: readonly Entry[];
  readonly allowHandleMoves: boolean;
  /** The lists that the files declare. Only used with the emulator. */
  readonly lists: Declared;
}

type Declared = NonNullable<NonNullable<Parameters<typeof files>[1]>["lists"]>;

const HANDLES = [
  ...[0, 1, 2, 3, 4].map((index) => `h${index}@x.example`),
  "+442079460001",
  "+442079460002",
  "twitter:h",
  "custom:h",
];
const KEYS = ["p", "q", "r", "s"];
const LISTS = ["Alpha", "Beta"];
/** A list that the files may delete, so no entry names it. */
const OLD = "Old";
const LINKS = ["https://a.example", "https://b.example"];
const ACCOUNTS = [
  { id: "acc_1", name: "Acme" },
  { id: "acc_2", name: "Beta" },
];
const PEOPLE = 5;

const text = fc.constantFrom("one", "two", "");
const fields = fc.record(
  { "Job Title": fc.constantFrom("x", "y"), Location: fc.constantFrom("here", "there") },
  { requiredKeys: [] },
);

/** Distributes the handles among a number of owners; some handles have no owner. */
function distributed(count: number): fc.Arbitrary<string[][]> {
  const owners = fc.array(fc.nat(count), { minLength: HANDLES.length, maxLength: HANDLES.length });
  return owners.map((chosen) =>
    Array.from({ length: count }, (_, index) => HANDLES.filter((_, location) => chosen[location] === index)),
  );
}

const traits = fc.record({
  rest: fc.record({
    name: fc.constantFrom("Ada", "Bob"),
    description: text,
    links: fc.subarray(LINKS),
    lists: fc.subarray([...LISTS, OLD]),
    custom_fields: fields,
  }),
  accounts: fc.subarray([0, 1]),
});

/** Returns the collections that may be exact: only declared ones can. */
function existingCollections(attributes: object, exact: readonly Collection[]): Collection[] {
  const names: Readonly<Record<Collection, string>> = {
    ...{ handles: "handles", links: "links", lists: "lists", custom_fields: "customFields" },
  };
  return exact.filter((collection) => collection === "handles" || names[collection] in attributes);
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
  .map(([written, exact, merge]) => ({ ...written, exact: existingCollections(written, exact), merge: merge === 0 }));

const entry = fc
  .record({
    absent: fc.integer({ min: 0, max: 4 }).map((drawn) => drawn === 0),
    attributes,
    pin: fc.nat(3 * PEOPLE).map((drawn) => (drawn < PEOPLE ? drawn : undefined)),
    account: fc.option(fc.nat(ACCOUNTS.length - 1), { nil: undefined }),
  })
  .map(({ absent, ...given }) =>
    absent ? { attributes: { ensure: "absent" } as const, pin: undefined, account: undefined } : given,
  );

export const handleConflicts: fc.Arbitrary<HandleConflict> = fc
  .record({
    held: distributed(PEOPLE),
    wanted: distributed(KEYS.length),
    traits: fc.array(traits, { minLength: PEOPLE, maxLength: PEOPLE }),
    entries: fc.array(entry, { minLength: KEYS.length, maxLength: KEYS.length }),
    allowHandleMoves: fc.boolean(),
    lists: fc.record({ isExact: fc.boolean(), inTeam: fc.boolean(), isOldGone: fc.boolean() }),
  })
  .map(({ held, wanted, traits: all, entries, allowHandleMoves, lists: { isExact, inTeam, isOldGone } }) => ({
    allowHandleMoves,
    lists: [
      { name: "New", ...(inTeam && { team: "tim_1b" }) },
      ...(isExact ? [{ name: "Beta", members: "exact" as const }] : []),
      ...(isOldGone ? [{ name: OLD, ensure: "absent" as const }] : []),
    ],
    people: held.flatMap((handles, index) => (handles.length === 0 ? [] : [{ handles, ...(all[index] ?? NOBODY) }])),
    entries: entries.flatMap((given, index) => {
      const handles = wanted[index] ?? [];
      return handles.length === 0 ? [] : [{ key: KEYS[index] ?? "", handles, ...given }];
    }),
  }));

const NOBODY = { rest: {}, accounts: [] };

/** Returns the desired state of the entries, with the ids of contacts and accounts. */
function written(entries: readonly Entry[], { people }: HandleConflict, lists: Declared): DesiredState {
  const contacts = entries.map(({ key, handles, attributes: given, pin, account }, index) => {
    const isTaken = entries.slice(0, index).some((earlier) => earlier.pin === pin);
    const pinned = pin === undefined || isTaken || pin >= people.length ? {} : { id: idOf(pin) };
    const home = account === undefined ? undefined : ACCOUNTS[account];
    const belongs = home === undefined ? {} : { account: { id: home.id, location: at(9) } };
    return desired(handles, { key, ...given, ...belongs, ...pinned });
  });
  return files(contacts, { lists });
}

function idOf(index: number): string {
  return `crd_${index + 1}`;
}

/** Reduces an entry to its handles. */
function bare(entry: Entry): Entry {
  const { ensure = "present", merge = false, exact = [] } = entry.attributes;
  return {
    ...entry,
    account: undefined,
    attributes: { ensure, merge, exact: exact.filter((collection) => collection === "handles") },
  };
}

/** Returns remote contacts and a desired state that only have handles, without an emulator. */
export function withHandlesOnly(conflict: HandleConflict): { present: RemoteContact[]; wanted: DesiredState } {
  const present = conflict.people.map(({ handles }, index) => remote(handles, { id: idOf(index) }));
  return { present, wanted: written(conflict.entries.map(bare), conflict, []) };
}

/** Returns the company as a seed. */
function seedOf({ people }: HandleConflict, { phoneForm, linkMoves = true }: Partial<Behavior>): Seed {
  const homesOf = (accounts: readonly number[]) => (linkMoves ? accounts.slice(-1) : accounts);
  const written = (text: string) => handle(phoneForm === "digits" ? text.replace(/^\+/, "phone:") : text);
  return {
    lists: [...LISTS, OLD],
    contacts: people.map(({ handles, rest }, index) => ({ ...rest, id: idOf(index), handles: handles.map(written) })),
    accounts: ACCOUNTS.map(({ id, name }, at) => ({
      ...{ id, name },
      contacts: people.flatMap(({ accounts }, index) => (homesOf(accounts).includes(at) ? [idOf(index)] : [])),
    })),
  };
}

export function policyOf({ allowHandleMoves }: HandleConflict): Policy {
  return { ...UNGUARDED, allowHandleMoves };
}

/** Returns whether the handles of a conflict can be planned without errors. */
export function isPlannable(conflict: HandleConflict): boolean {
  const { present, wanted } = withHandlesOnly(conflict);
  return planFor(wanted, front(present), policyOf(conflict)).diagnostics.length === 0;
}

/** Returns handleConflicts with all that a company has in an emulator. */
export function scenariosOf(
  chosen: fc.Arbitrary<HandleConflict>,
  behaviors: fc.Arbitrary<Partial<Behavior>> = anyBehavior,
): fc.Arbitrary<Scenario> {
  return fc.tuple(chosen, behaviors).map(([conflict, behavior]) => ({
    ...{ behavior, policy: policyOf(conflict), seed: seedOf(conflict, behavior) },
    wanted: written(conflict.entries, conflict, conflict.lists),
  }));
}
