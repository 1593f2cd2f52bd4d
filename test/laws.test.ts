import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Behavior, Fault } from "../src/emulator/index.ts";
import type { DesiredContact, DesiredState, RemoteContact } from "../src/model/contact.ts";
import { handleKey } from "../src/model/contact.ts";
import type { Operation, Plan } from "../src/model/plan.ts";
import { planChanges } from "../src/planning/plan-changes.ts";
import { runs } from "./scale.ts";
import { planFor } from "./support/builders.ts";
import { FULL_PAGES, SWITCHED } from "./support/emulator.ts";
import { type World, withWorld } from "./support/world.ts";
import { behaviors, type Situation, seedOf, situations, withoutManaged } from "./support/worlds.ts";

/** Tests a law for random companies and files. A failure names the seed that reproduces it. */
function law(
  name: string,
  full: number,
  holds: (world: World, situation: Situation, chance: number) => Promise<void>,
  switches: fc.Arbitrary<Partial<Behavior>> = behaviors,
): void {
  test(name, () =>
    fc.assert(
      fc.asyncProperty(situations, switches, fc.nat(1000), (situation, behavior, chance) =>
        withWorld(
          async (world) => {
            await holds(world, situation, chance);
          },
          { behavior, seed: seedOf(situation, behavior) },
        ),
      ),
      { numRuns: runs(full) },
    ),
  );
}

async function expectConverged(world: World, wanted: DesiredState): Promise<void> {
  const { operations, changes } = await world.plan(wanted);
  expect(operations).toEqual([]);
  expect(changes).toEqual([]);
  const names = await world.listNames();
  expect(names).toEqual([...new Set(names)]);
}

/** Makes the number of requests predictable: plans do not count further pages of lists, or empty ones. */
const COUNTED_PAGES = { listings: "whole", ...FULL_PAGES } as const;

law(
  "an applied plan leaves no changes and passes verification",
  40,
  async (world, { wanted }) => {
    const plan = await world.plan(wanted);
    expect(plan.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const { report, verification } = await world.applyAndVerify(plan);
    expect(report.results.filter(({ status }) => status !== "applied")).toEqual([]);
    const predicted = plan.requests.total - (plan.requests.byKind.verification ?? 0);
    expect(report.requests).toBeGreaterThanOrEqual(predicted);
    // The members of a list that is deleted may come on more pages than they fill.
    expect(report.requests).toBeLessThanOrEqual(predicted + (plan.requests.byKind["delete-list"] ?? 0));
    expect(verification.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(verification.complete).toBe(true);
    await expectConverged(world, wanted);
  },
  behaviors.map((behavior) => ({ ...behavior, ...COUNTED_PAGES })),
);

law(
  "applying and verifying a plan takes the predicted number of requests",
  25,
  async (world, { wanted }) => {
    const plan = await world.plan(wanted);
    expect(await world.applyAndVerify(plan)).toMatchObject({
      verification: { complete: true },
      made: plan.requests.total,
    });
  },
  fc.constant({ ...SWITCHED, ...COUNTED_PAGES }),
);

law("a plan sends only GET requests", 15, async (world, { wanted }) => {
  await world.read(wanted, world.connect());
  expect(new Set(world.emulator.requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
});

/** A contact as Front shows it. */
interface Shown {
  readonly id: string;
  readonly name: string | null;
  readonly description: string;
  readonly handles: readonly { readonly source: string; readonly handle: string }[];
  readonly links: readonly string[];
  readonly lists: readonly { readonly id: string; readonly name: string }[];
  readonly custom_fields: Readonly<Record<string, unknown>>;
  readonly is_private: boolean;
}

/** Returns the contacts in Front, without lists that the files delete or declare with exact members. */
async function shownBy(world: World, wanted: DesiredState): Promise<Shown[]> {
  const contacts = (await world.contacts()) as unknown as Shown[];
  return contacts.map((shown) => ({ ...shown, lists: withoutManaged(shown.lists, wanted) }));
}

/** Returns the part of a contact that no file declares, as far as it existed before. */
function unmanaged(shown: Shown, before: Shown, entry: DesiredContact | undefined): unknown {
  if (entry === undefined) return shown;
  const { name, description, handles, links, lists, custom_fields, ...rest } = shown;
  const managed = new Set(entry.customFields?.map((field) => field.name));
  return {
    ...rest,
    name: entry.name === undefined ? name : "managed",
    description: entry.description === undefined ? description : "managed",
    handles: handles.slice(0, before.handles.length),
    links: entry.links === undefined ? links : links.slice(0, before.links.length),
    lists: entry.lists === undefined ? lists : lists.slice(0, before.lists.length),
    custom_fields: JSON.stringify(Object.entries(custom_fields).filter(([field]) => !managed.has(field))),
  };
}

/** Returns the entry that matches a contact; undefined for a private contact, which is never managed. */
function entryOf({ handles, is_private: isPrivate }: Shown, { contacts }: DesiredState): DesiredContact | undefined {
  if (isPrivate) return undefined;
  const held = new Set(handles.map(handleKey));
  return contacts.find((contact) => contact.handles.some((each) => held.has(handleKey(each))));
}

law("undeclared data stays byte for byte the same", 40, async (world, { wanted }) => {
  const before = await shownBy(world, wanted);
  await world.planAndApply(wanted);
  const after = new Map((await shownBy(world, wanted)).map((shown) => [shown.id, shown]));
  for (const shown of before) {
    const entry = entryOf(shown, wanted);
    expect(unmanaged(after.get(shown.id) ?? ({} as Shown), shown, entry)).toEqual(unmanaged(shown, shown, entry));
  }
  expect(after.size - before.length).toBe(
    wanted.contacts.filter((entry) => !before.some((shown) => entryOf(shown, { ...wanted, contacts: [entry] }))).length,
  );
});

law("an interrupted apply converges when it is repeated", 30, async (world, { wanted }, chance) => {
  const plan = await world.plan(wanted);
  const report = await world.applyInterrupted(plan, chance);
  expect(report.results).toHaveLength(plan.operations.length);
  const again = await world.planAndApply(wanted);
  expect(again.results.filter(({ status }) => status !== "applied")).toEqual([]);
  await expectConverged(world, wanted);
});

law(
  "exact lists have the declared members, and lists with ensure: absent are deleted",
  20,
  async (world, { wanted }) => {
    await world.planAndApply(wanted);
    const names = await world.listNames();
    const contacts = (await world.contacts()) as unknown as Shown[];
    for (const { name, members, ensure } of wanted.lists) {
      if (ensure === "absent") expect(names).not.toContain(name);
      if (members !== "exact") continue;
      const on = contacts.filter(({ lists }) => lists.some((list) => list.name === name));
      const named = wanted.contacts.filter(({ lists }) => lists?.some((list) => "name" in list && list.name === name));
      expect(on.every((shown) => entryOf(shown, { ...wanted, contacts: named }))).toBe(true);
      expect(on).toHaveLength(named.length);
    }
  },
);

const KINDS: readonly Fault[] = [
  { kind: "reset-before" },
  { kind: "reset-after" },
  { kind: "status", status: 503, processed: true },
  { kind: "status", status: 502 },
  { kind: "429", retryAfter: 0.25 },
  { kind: "apply-delay", ms: 3 },
];

law("after any fault the report is accurate and the next run converges", 20, async (world, { wanted }, seed) => {
  const people = (await world.contacts()).length;
  const plan = await world.plan(wanted);
  const created = plan.operations.filter(({ kind }) => kind === "create-contact").length;
  world.emulator.faults = KINDS.map((fault, index) => ({ ...fault, probability: 0.08, seed: seed * 10 + index }));
  const report = await world.apply(plan);
  world.emulator.faults = [];
  expect(report.results.map(({ operation }) => operation.id)).toEqual(plan.operations.map(({ id }) => id));
  const applied = report.results.filter(({ status }) => status === "applied").map(({ operation }) => operation.id);
  const { operations } = await world.plan(wanted);
  expect(operations.map(({ id }) => id).filter((id) => applied.includes(id) && !id.startsWith("add-to-list"))).toEqual(
    [],
  );
  await world.planAndApply(wanted);
  await expectConverged(world, wanted);
  expect(await world.contacts()).toHaveLength(people + created);
});

/** Returns the content of a plan without its order. */
function contentOf({ operations, changes, requests, diagnostics }: Plan): unknown {
  const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort();
  return {
    operations: sorted(operations.map(withoutOrder)),
    changes: sorted(
      changes.map(({ address, action, id, kept, differences }) => [address, action, id, kept, sorted(differences)]),
    ),
    requests: [requests.total, sorted(Object.entries(requests.byKind))],
    diagnostics: sorted(diagnostics),
  };
}

function withoutOrder(operation: Operation): unknown {
  const inOrder = (value: unknown) => (Array.isArray(value) ? value.map((each) => JSON.stringify(each)).sort() : value);
  return Object.entries(operation).map(([name, value]) => [name, inOrder(value)]);
}

function shuffled<T>(values: readonly T[], seed: number): T[] {
  const order = values.map((value, index) => ({ value, rank: ((index + 1) * 7919 * (seed + 1)) % 1009 }));
  return order.sort((a, b) => a.rank - b.rank).map(({ value }) => value);
}

function shuffledEntry(entry: DesiredContact, seed: number): DesiredContact {
  const { handles, links, lists, customFields } = entry;
  return {
    ...entry,
    handles: shuffled(handles, seed),
    ...(links && { links: shuffled(links, seed) }),
    ...(lists && { lists: shuffled(lists, seed) }),
    ...(customFields && { customFields: shuffled(customFields, seed) }),
  };
}

function shuffledRemote(contact: RemoteContact, seed: number): RemoteContact {
  const { handles, links, lists, customFields } = contact;
  return {
    ...contact,
    handles: shuffled(handles, seed),
    links: shuffled(links, seed),
    lists: shuffled(lists, seed),
    customFields: new Map(shuffled([...customFields], seed)),
  };
}

law(
  "the order of contacts, handles, links and lists makes no difference to a plan",
  25,
  async (world, { wanted }, seed) => {
    const state = await world.read(wanted);
    const contacts = shuffled(wanted.contacts, seed).map((entry) => shuffledEntry(entry, seed));
    const readings = {
      ...state,
      contacts: shuffled(state.contacts, seed).map((contact) => shuffledRemote(contact, seed)),
      lists: shuffled(state.lists, seed),
    };
    const again = planFor({ ...wanted, contacts, lists: shuffled(wanted.lists, seed) }, readings, {});
    expect(contentOf(again)).toEqual(contentOf(planChanges(wanted, state)));
  },
);
