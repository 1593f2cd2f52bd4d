import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { BaseState, Collection, DesiredContact, DesiredState } from "../../src/model/contact.ts";
import type { Drift } from "../../src/model/plan.ts";
import { desiredContact, desiredState, handle } from "../support/builders.ts";
import { applyFully, createPropertyTest, expectConverged } from "../support/scenarios.ts";

/** The values of an entry. Undefined values are unmanaged; null clears a field. */
interface DeclaredValues {
  readonly name: string | undefined;
  readonly tier: string | null | undefined;
  readonly size: string | null | undefined;
  readonly phones: readonly string[];
  readonly links: readonly string[] | undefined;
  readonly lists: readonly string[] | undefined;
  readonly exact: readonly Collection[];
}

interface RemoteValues {
  readonly name: string;
  readonly tier: string | undefined;
  readonly size: string | undefined;
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

const COLLECTIONS: readonly Collection[] = ["handles", "links", "lists", "custom_fields"];
const NAMES = ["Ann", "Bea", "Cleo"];
const TIERS = ["free", "pro", "gold"];
const SIZES = ["small", "large"];
const PHONES = ["+13605550101", "+13605550102"];
const LINKS = ["https://one.example", "https://two.example"];
const LISTS = ["VIP", "News"];

const subsetOf = (values: readonly string[]) => fc.subarray([...values]);
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 4 });

const declared: fc.Arbitrary<DeclaredValues> = fc.record({
  name: optional(fc.constantFrom(...NAMES)),
  tier: optional(fc.constantFrom(...TIERS, null)),
  size: optional(fc.constantFrom(...SIZES, null)),
  phones: subsetOf(PHONES),
  links: optional(subsetOf(LINKS)),
  lists: optional(subsetOf(LISTS)),
  exact: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.subarray([...COLLECTIONS])),
});

const remote: fc.Arbitrary<RemoteValues> = fc.record({
  name: fc.constantFrom(...NAMES),
  tier: optional(fc.constantFrom(...TIERS)),
  size: optional(fc.constantFrom(...SIZES)),
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
  // Other tests cover exact collections of entries without a base.
  .map(({ base, now, front }) => ({ base, now: base === undefined ? { ...now, exact: [] } : now, front }));

/** Returns a phone number that only the contact with this index has, so that no handle moves. */
const phoneOf = (phone: string, index: number) => `+1360555${phone.slice(-1)}${String(index).padStart(3, "0")}`;

/** Returns the exact collections that the entry declares; a collection that it omits cannot be exact. */
function exactOf({ tier, size, links, lists, exact }: DeclaredValues): readonly Collection[] {
  const declaredValues = { handles: true, links, lists, custom_fields: tier === undefined ? size : tier };
  return exact.filter((collection) => declaredValues[collection] !== undefined);
}

function entryOf(values: DeclaredValues, index: number): DesiredContact {
  const { name, tier, size, phones, links, lists } = values;
  const fields = { ...(tier === undefined ? {} : { Tier: tier }), ...(size === undefined ? {} : { Size: size }) };
  return desiredContact([`c${index}@x.example`, ...phones.map((phone) => phoneOf(phone, index))], {
    ...(name === undefined ? {} : { name }),
    ...(Object.keys(fields).length === 0 ? {} : { customFields: fields }),
    ...(links === undefined ? {} : { links }),
    ...(lists === undefined ? {} : { lists }),
    exact: exactOf(values),
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

/** Merges a field. A field that the entry omits is cleared if its value in Front equals the one at the base. */
function mergeField(front: string | null, base: string | null | undefined, now: string | null | undefined) {
  return mergeValue(front, base, now === undefined && base !== undefined && base !== null ? null : now);
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
  size: undefined,
  phones: [],
  links: undefined,
  lists: undefined,
  exact: [],
};

function expectedMerge({ base = UNMANAGED, now, front }: Sides & { readonly front: RemoteValues }, index: number) {
  const [wasExact, isExact] = [exactOf(base), exactOf(now)];
  const exactness = (collection: Collection) => ({
    wasExact: wasExact.includes(collection),
    isExact: isExact.includes(collection),
  });
  // An entry with exact custom fields clears the fields that it omits.
  const fieldIn = (values: DeclaredValues, field: "tier" | "size") =>
    values[field] === undefined && exactOf(values).includes("custom_fields") ? null : values[field];
  const mergeFieldOf = (field: "tier" | "size") =>
    mergeField(front[field] ?? null, fieldIn(base, field), fieldIn(now, field));
  const name = mergeValue(front.name, base.name, now.name);
  const [tier, size] = [mergeFieldOf("tier"), mergeFieldOf("size")];
  const phones = mergeSet(PHONES, front.phones, { base: base.phones, now: now.phones, ...exactness("handles") });
  return {
    conflicts: Object.entries({ name, Tier: tier, Size: size }).flatMap(([key, { conflict }]) => (conflict ? key : [])),
    contact: {
      name: name.value,
      tier: tier.value,
      size: size.value,
      handles: [`c${index}@x.example`, ...phones.map((phone) => phoneOf(phone, index))].sort(),
      links: mergeSet(LINKS, front.links, { base: base.links ?? [], now: now.links ?? [], ...exactness("links") }),
      lists: mergeSet(LISTS, front.lists, { base: base.lists ?? [], now: now.lists ?? [], ...exactness("lists") }),
    },
  };
}

function seedOf(contacts: readonly Sides[]) {
  return {
    custom_fields: ["Tier", "Size"].map((name) => ({ name, type: "string" as const })),
    lists: LISTS,
    contacts: contacts.flatMap(({ front }, index) =>
      front === undefined
        ? []
        : [
            {
              name: front.name,
              links: front.links,
              lists: front.lists,
              custom_fields: {
                ...(front.tier === undefined ? {} : { Tier: front.tier }),
                ...(front.size === undefined ? {} : { Size: front.size }),
              },
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
  const { conflicts, contact: merged } = expectedMerge({ ...sides, front: sides.front }, index);
  expect(contact && summaryOf({ ...contact })).toEqual(merged);
  const both = (drift?.differences ?? []).filter(({ origin }) => origin === "both");
  expect(both.map(({ attribute, key }) => key ?? attribute).sort()).toEqual(conflicts.sort());
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
  const { Tier: tier, Size: size } = fields as { Tier?: string | null; Size?: string | null };
  return {
    name,
    tier: tier || null,
    size: size || null,
    handles: handlesIn(handles).sort(),
    links: LINKS.filter((link) => (links as string[]).includes(link)),
    lists: LISTS.filter((label) => (lists as { name: string }[]).some(({ name }) => name === label)),
  };
}
