import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { assignContacts } from "../../src/matching/assign-contacts.ts";
import { findEarlierContacts } from "../../src/matching/base-entries.ts";
import { RemoteContactIndex } from "../../src/matching/contact-index.ts";
import { matchContacts } from "../../src/matching/match-contacts.ts";
import type { DesiredContact } from "../../src/model/contact.ts";
import { runs } from "../scale.ts";
import { desiredContact, remoteContact } from "../support/builders.ts";
import { forAll } from "../support/for-all.ts";

/** The handles of each entry by its key, or of each contact by its ID. */
type Handles = Readonly<Record<string, readonly string[]>>;

/** Returns the key of the entry to which each contact is assigned, by the ID of the contact. */
function assignedKeys(entries: Handles, contacts: Handles, base: Handles = {}): Record<string, string> {
  const remoteContacts = Object.entries(contacts).map(([id, handles]) => remoteContact([...handles], { id }));
  const desired = entriesWith(entries);
  const earlierVersions = findEarlierContacts(entriesWith(base), desired);
  const { assigned } = assignContacts(desired, new RemoteContactIndex(remoteContacts), earlierVersions);
  return Object.fromEntries([...assigned].map(([{ id }, { key }]) => [id, key]));
}

function entriesWith(handles: Handles) {
  return Object.entries(handles).map(([key, texts]) => desiredContact([...texts], { key }));
}

const cases: [string, Handles, Handles, Record<string, string>][] = [
  [
    "leaves a contact to another entry that matches no other contact",
    { a: ["ada@x.example", "+442"], b: ["+441"] },
    { crd_1: ["+441", "+442"], crd_2: ["ada@x.example"] },
    { crd_1: "b", crd_2: "a" },
  ],
  [
    "leaves contacts to other entries along a chain",
    { a: ["+441", "+442"], b: ["+443", "+444"], c: ["+445"] },
    { crd_1: ["+441", "+443"], crd_2: ["+444", "+445"], crd_3: ["+442"] },
    { crd_1: "b", crd_2: "c", crd_3: "a" },
  ],
  [
    "is assigned a contact if it shares more handles with the contact than the other entry does",
    { a: ["ada@x.example", "+442", "+443"], b: ["+441"] },
    { crd_1: ["+441", "+442", "+443"], crd_2: ["ada@x.example"] },
    { crd_1: "a", crd_2: "a" },
  ],
  [
    "is assigned a contact if another entry shares as many handles with the contact, but has more handles",
    { a: ["ada@x.example", "+441"], b: ["bob@x.example"] },
    { crd_1: ["+441", "bob@x.example"] },
    { crd_1: "b" },
  ],
];
test.each(cases)("an entry %s", (_, entries, contacts, expected) => {
  expect(assignedKeys(entries, contacts)).toEqual(expected);
  expect(assignedKeys(reversed(entries), reversed(contacts))).toEqual(expected);
});

test("entries that swap one of their two handles keep the contacts that matched them at the base", () => {
  const base = { a: ["a@x.example", "+441"], b: ["b@x.example", "+442"] };
  const entries = { a: ["b@x.example", "+441"], b: ["a@x.example", "+442"] };
  const contacts = { crd_1: base.b, crd_2: base.a };
  expect(assignedKeys(entries, contacts)).toEqual({ crd_1: "a", crd_2: "b" });
  expect(assignedKeys(entries, contacts, base)).toEqual({ crd_1: "b", crd_2: "a" });
});

test("an entry keeps its contact if a new entry takes one of its handles and has no other handle", () => {
  const base = { b: ["ada@x.example", "+441", "+442"] };
  const entries = { a: ["+441"], b: ["ada@x.example", "+442"] };
  const contacts = { crd_1: ["ada@x.example", "+441"] };
  expect(assignedKeys(entries, contacts)).toEqual({ crd_1: "a" });
  expect(assignedKeys(entries, contacts, base)).toEqual({ crd_1: "b" });
});

test.each([
  ["one handle", ["+442"]],
  ["most of its handles", ["+442", "+443"]],
])(
  "an entry keeps its contact if it takes %s from another contact, and a new entry takes one of its handles",
  (_, taken) => {
    const base = { a: ["ada@x.example", "+441"] };
    const entries = { a: ["ada@x.example", ...taken], b: ["+441", "bob@x.example"] };
    const contacts = { crd_1: ["ada@x.example", "+441"], crd_2: ["+442", "+443", "+444"] };
    expect(assignedKeys(entries, contacts)).toEqual({ crd_1: "b", crd_2: "a" });
    expect(assignedKeys(entries, contacts, base)).toEqual({ crd_1: "a", crd_2: "a" });
  },
);

test("an entry keeps its contact if a new entry takes most of its handles", () => {
  const base = { a: ["ada@x.example", "+441", "+442"] };
  const entries = { a: ["ada@x.example"], b: ["+441", "+442"] };
  const contacts = { crd_1: base.a };
  expect(assignedKeys(entries, contacts)).toEqual({ crd_1: "b" });
  expect(assignedKeys(entries, contacts, base)).toEqual({ crd_1: "a" });
});

test("an entry does not take the contact to which its handle moved in Front if a new entry has the other handles of the contact", () => {
  const base = { a: ["ada@x.example", "+441"] };
  const entries = { a: ["ada@x.example", "+441"], b: ["+442", "+443"] };
  const contacts = { crd_1: ["+441", "+442", "+443"], crd_2: ["ada@x.example"] };
  expect(assignedKeys(entries, contacts, base)).toEqual({ crd_1: "b", crd_2: "a" });
});

test.each([
  ["moves handles", false, { kind: "match", contact: { id: "crd_2" } }],
  ["merges contacts", true, { kind: "merge", target: { id: "crd_2" }, others: [{ id: "crd_1" }] }],
])("an entry that %s keeps the contact that it matched at the base", (_, merge, expected) => {
  const remote = new RemoteContactIndex([
    remoteContact("+441", { id: "crd_1" }),
    remoteContact("+442", { id: "crd_2" }),
  ]);
  const entry = desiredContact(["+441", "+442"], { key: "b", merge });
  const base = entriesWith({ a: ["+441"], b: ["+442"] });
  expect(
    matchContacts([entry], remote, { allowHandleMoves: true }, findEarlierContacts(base, [entry])).get(entry),
  ).toMatchObject(expected);
});

test("an entry that did not change since the base and matches two contacts equally keeps the contact with its name", () => {
  const remote = new RemoteContactIndex([
    remoteContact("+441", { id: "crd_1", name: "Bob" }),
    remoteContact("+442", { id: "crd_2", name: "Ada" }),
  ]);
  const entry = desiredContact(["+441", "+442"], { name: "Ada" });
  const match = (base: readonly DesiredContact[]) =>
    matchContacts([entry], remote, { allowHandleMoves: true }, findEarlierContacts(base, [entry]));
  expect(match([]).get(entry)).toMatchObject({ contact: { id: "crd_1" } });
  expect(match([entry]).get(entry)).toMatchObject({ contact: { id: "crd_2" } });
});

function reversed(handles: Handles): Handles {
  return Object.fromEntries(Object.entries(handles).reverse());
}

const OWNER_COUNT = 5;
const HANDLE_COUNT = 9;

/** For each handle, the indexes of the entry and of the contact that have it. The index `OWNER_COUNT` means none. */
const owners = fc.array(fc.record({ entry: fc.nat(OWNER_COUNT), contact: fc.nat(OWNER_COUNT) }), {
  minLength: HANDLE_COUNT,
  maxLength: HANDLE_COUNT,
});

interface Owner {
  readonly entry: number;
  readonly contact: number;
}

/** Returns the handles of each entry, such as `e0`, or of each contact, such as `crd_0`. */
function handlesBy(side: keyof Owner, drawn: readonly Owner[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [handle, { [side]: index }] of drawn.entries()) {
    const owner = `${side === "entry" ? "e" : "crd_"}${index}`;
    if (index < OWNER_COUNT) found[owner] = [...(found[owner] ?? []), `h${handle}@x.example`];
  }
  return found;
}

/** Returns the maximum number of pairs that can be selected without using an entry or a contact twice. */
function maxPairs(pairs: readonly (readonly [entry: number, contact: number])[]): number {
  const [first, ...rest] = pairs;
  if (first === undefined) return 0;
  const others = rest.filter(([entry, contact]) => entry !== first[0] && contact !== first[1]);
  return Math.max(1 + maxPairs(others), maxPairs(rest));
}

test("as many entries as possible are assigned a contact if no pair shares more than one handle", () =>
  forAll([owners], { numRuns: runs(300) }, (drawn) => {
    const pairs = new Map(drawn.map((pair) => [`${pair.entry} ${pair.contact}`, pair]));
    const distinct = [...pairs.values()];
    const shared = distinct.filter(({ entry, contact }) => entry < OWNER_COUNT && contact < OWNER_COUNT);
    const assigned = assignedKeys(handlesBy("entry", distinct), handlesBy("contact", distinct));
    const found = new Set(Object.values(assigned));
    expect(found.size).toBe(maxPairs(shared.map(({ entry, contact }) => [entry, contact])));
  }));

test("the assignment is the same after a handle moved to the contact of its entry", () =>
  forAll([owners, fc.nat(HANDLE_COUNT - 1)], { numRuns: runs(1000) }, (drawn, moved) => {
    const entries = handlesBy("entry", drawn);
    const before = assignedKeys(entries, handlesBy("contact", drawn));
    const contactIds = Object.keys(before).filter((id) => before[id] === `e${drawn[moved]?.entry}`);
    fc.pre(contactIds.length === 1);
    const contact = Number(contactIds[0]?.slice("crd_".length));
    const after = drawn.map((pair, index) => (index === moved ? { ...pair, contact } : pair));
    const now = assignedKeys(entries, handlesBy("contact", after));
    const common = Object.keys(before).filter((id) => id in now);
    expect(common.map((id) => now[id])).toEqual(common.map((id) => before[id]));
  }));
