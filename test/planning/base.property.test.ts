import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { BaseState, DesiredContact, DesiredState } from "../../src/model/contact.ts";
import type { Drift } from "../../src/model/plan.ts";
import { desiredContact, desiredState, handle } from "../support/builders.ts";
import { applyFully, createPropertyTest, expectConverged } from "../support/scenarios.ts";

/** The values of an entry. Undefined values are unmanaged; null clears a field. */
interface DeclaredValues {
  readonly name: string | undefined;
  readonly tier: string | null | undefined;
  readonly phones: readonly string[];
  readonly links: readonly string[] | undefined;
  readonly lists: readonly string[] | undefined;
  readonly exact: boolean;
}

interface RemoteValues {
  readonly name: string;
  readonly tier: string | undefined;
  readonly phones: readonly string[];
  readonly links: readonly string[];
  readonly lists: readonly string[];
}

interface Sides {
  readonly base: DeclaredValues | undefined;
  readonly now: DeclaredValues;
  /** Undefined if Front does not have the contact. */
  readonly front: RemoteValues | undefined;
}

const NAMES = ["Ann", "Bea", "Cleo"];
const TIERS = ["free", "pro", "gold"];
const PHONES = ["+13605550101", "+13605550102"];
const LINKS = ["https://one.example", "https://two.example"];
const LISTS = ["VIP", "News"];

const subsetOf = (values: readonly string[]) => fc.subarray([...values]);
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 4 });

const declared: fc.Arbitrary<DeclaredValues> = fc.record({
  name: optional(fc.constantFrom(...NAMES)),
  tier: optional(fc.constantFrom(...TIERS, null)),
  phones: subsetOf(PHONES),
  links: optional(subsetOf(LINKS)),
  lists: optional(subsetOf(LISTS)),
  exact: fc.integer({ min: 0, max: 4 }).map((number) => number === 0),
});

const remote: fc.Arbitrary<RemoteValues> = fc.record({
  name: fc.constantFrom(...NAMES),
  tier: optional(fc.constantFrom(...TIERS)),
  phones: subsetOf(PHONES),
  links: subsetOf(LINKS),
  lists: subsetOf(LISTS),
});

const sides: fc.Arbitrary<Sides> = fc
  .record({
    base: fc.option(declared, { nil: undefined, freq: 8 }),
    now: declared,
    front: fc.option(remote, { nil: undefined, freq: 8 }),
  })
  // Other tests cover exact entries without a base.
  .map(({ base, now, front }) => ({ base, now: base === undefined ? { ...now, exact: false } : now, front }));

/** Returns a phone number that only the contact with this index has, so that no handle moves. */
const phoneOf = (phone: string, index: number) => `+1360555${phone.slice(-1)}${String(index).padStart(3, "0")}`;

function entryOf({ name, tier, phones, links, lists, exact }: DeclaredValues, index: number): DesiredContact {
  return desiredContact([`c${index}@x.example`, ...phones.map((phone) => phoneOf(phone, index))], {
    ...(name === undefined ? {} : { name }),
    ...(tier === undefined ? {} : { customFields: { Tier: tier } }),
    ...(links === undefined ? {} : { links }),
    ...(lists === undefined ? {} : { lists }),
    exact: exact && links !== undefined ? ["links"] : [],
  });
}

/** The value after the merge, and whether both sides changed it differently. */
interface Merged<T> {
  readonly value: T;
  readonly conflict: boolean;
}

function mergeValue<T>(front: T, base: T | undefined, now: T | undefined): Merged<T> {
  if (now === undefined || now === front) return { value: front, conflict: false };
  if (base === undefined || base === front) return { value: now, conflict: false };
  return { value: front, conflict: base !== now };
}

/** Merges the tier. A tier that was removed from the configuration is cleared if its value in Front equals the base. */
function mergeTier(
  front: string | undefined,
  base: DeclaredValues["tier"],
  now: DeclaredValues["tier"],
): Merged<string | null> {
  const remoteValue = front ?? null;
  if (now !== undefined || base === undefined || base === null) return mergeValue(remoteValue, base, now);
  if (remoteValue === null || remoteValue === base) return { value: null, conflict: false };
  return { value: remoteValue, conflict: true };
}

function mergeSet(
  all: readonly string[],
  front: readonly string[],
  {
    base,
    now,
    wasExact,
    isExact,
  }: Readonly<Record<"base" | "now", readonly string[]>> & Readonly<Record<"wasExact" | "isExact", boolean>>,
): string[] {
  return all.filter((value) => {
    if (now.includes(value)) return front.includes(value) || !base.includes(value);
    if (!front.includes(value)) return false;
    if (base.includes(value)) return false;
    return !isExact || wasExact;
  });
}

const UNMANAGED: DeclaredValues = {
  name: undefined,
  tier: undefined,
  phones: [],
  links: undefined,
  lists: undefined,
  exact: false,
};

function expected({ base = UNMANAGED, now, front }: Sides & { readonly front: RemoteValues }, index: number) {
  const name = mergeValue(front.name, base.name, now.name);
  const tier = mergeTier(front.tier, base.tier, now.tier);
  const exactness = {
    wasExact: base.exact && base.links !== undefined,
    isExact: now.exact && now.links !== undefined,
  };
  const additive = { wasExact: false, isExact: false };
  const phones = mergeSet(PHONES, front.phones, { base: base.phones, now: now.phones, ...additive });
  return {
    conflicts: [...(name.conflict ? ["name"] : []), ...(tier.conflict ? ["Tier"] : [])],
    contact: {
      name: name.value,
      tier: tier.value,
      handles: [`c${index}@x.example`, ...phones.map((phone) => phoneOf(phone, index))].sort(),
      links: mergeSet(LINKS, front.links, { base: base.links ?? [], now: now.links ?? [], ...exactness }),
      lists: mergeSet(LISTS, front.lists, { base: base.lists ?? [], now: now.lists ?? [], ...additive }),
    },
  };
}

function seedOf(contacts: readonly Sides[]) {
  return {
    custom_fields: [{ name: "Tier", type: "string" as const }],
    lists: LISTS,
    contacts: contacts.flatMap(({ front }, index) =>
      front === undefined
        ? []
        : [
            {
              name: front.name,
              links: front.links,
              lists: front.lists,
              custom_fields: front.tier === undefined ? {} : { Tier: front.tier },
              handles: [`c${index}@x.example`, ...front.phones.map((phone) => phoneOf(phone, index))].map(handle),
            },
          ],
    ),
  };
}

function stateOf(entries: readonly DesiredContact[], base: readonly DesiredContact[], overwrite = false): DesiredState {
  const baseState: Omit<BaseState, "contacts"> = {
    revision: "main",
    tree: `${"0".repeat(40)}:contacts`,
    overwrite,
    lists: [],
  };
  return { ...desiredState(entries), base: { ...baseState, contacts: base } };
}

const entriesOf = (contacts: readonly Sides[]) => contacts.map(({ now }, index) => entryOf(now, index));
const baseOf = (contacts: readonly Sides[]) =>
  contacts.flatMap(({ base }, index) => (base === undefined ? [] : [entryOf(base, index)]));

function expectMerged(
  sides: Sides,
  index: number,
  { drift, contact }: { drift: Drift | undefined; contact: object | undefined },
): void {
  if (sides.front === undefined) {
    expect(contact !== undefined).toBe(sides.base === undefined);
    expect(drift?.action).toBe(sides.base === undefined ? undefined : "delete");
    return;
  }
  const { conflicts, contact: merged } = expected({ ...sides, front: sides.front }, index);
  expect(contact && summaryOf({ ...contact })).toEqual(merged);
  const both = (drift?.differences ?? []).filter(({ origin }) => origin === "both");
  expect(both.map(({ attribute, key }) => key ?? attribute)).toEqual(conflicts);
}

function comparisons(maxLength: number, overwrite: boolean) {
  return fc.array(sides, { minLength: 1, maxLength }).map((contacts) => ({
    contacts,
    behavior: {},
    seed: seedOf(contacts),
    desired: stateOf(entriesOf(contacts), baseOf(contacts), overwrite),
  }));
}

createPropertyTest(test, comparisons(4, false))(
  "a plan with a base preserves changes in Front, applies changes in the configuration, and reports exactly the conflicts",
  100,
  async (setup) => {
    const { environment, scenario } = setup;
    const { base } = (await applyFully(setup)).plan;
    const found = new Map((await environment.contacts()).map((contact) => [keyOf(contact), contact]));
    for (const [index, sides] of scenario.contacts.entries()) {
      const drift = base?.drift.find(({ name }) => name === `c${index}`);
      expectMerged(sides, index, { drift, contact: found.get(`c${index}`) });
    }
    const entries = entriesOf(scenario.contacts);
    await expectConverged({ ...setup, desired: stateOf(entries, entries) });
  },
);

createPropertyTest(test, comparisons(3, true))(
  "with --overwrite, a plan applies the configuration regardless of changes in Front, and the next plan is empty",
  30,
  async (setup) => {
    expect((await applyFully(setup)).plan.base?.drift).toEqual([]);
    await expectConverged({ ...setup, desired: desiredState(entriesOf(setup.scenario.contacts)) });
  },
);

function keyOf({ handles }: Record<string, unknown>): string {
  const [found = ""] = handlesIn(handles).filter((text) => text.includes("@"));
  return found.replace(/@.*/, "");
}

function handlesIn(handles: unknown): string[] {
  return (handles as readonly { handle: string }[]).map(({ handle }) => handle);
}

function summaryOf({ name, custom_fields: fields, handles, links, lists }: Record<string, unknown>) {
  const { Tier: tier = null } = fields as { Tier?: string | null };
  return {
    name,
    tier: tier === "" ? null : tier,
    handles: handlesIn(handles).sort(),
    links: LINKS.filter((link) => (links as string[]).includes(link)),
    lists: LISTS.filter((label) => (lists as { name: string }[]).some(({ name }) => name === label)),
  };
}
