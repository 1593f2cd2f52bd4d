import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareContact, compareMerged } from "../../src/comparing/compare.ts";
import { isCertainlyInSync } from "../../src/comparing/in-sync.ts";
import type { ResolvedContact } from "../../src/config/resolve-references.ts";
import { type Collection, type Handle, handleKey, type RemoteContact } from "../../src/model/contact.ts";
import { omitUndefined } from "../../src/model/omit-undefined.ts";
import { runs } from "../scale.ts";
import { desiredContact, handle, list, locationAt, remoteContact } from "../support/builders.ts";
import { forAll } from "../support/for-all.ts";

const TEXTS = ["", "Ada", "Ada ", "ada", "Zo\u00eb", "Zoe\u0308", "one\r\ntwo"];
const HANDLES = ["ada@x.example", "Ada@x.example", "+13605550101", "13605550101", "twitter:@ada", "twitter:Ada"];
const COLLECTIONS: readonly Collection[] = ["handles", "links", "lists", "custom_fields"];
const FIELDS = ["Title", "Joined", "Boss"];

const subsetOf = (values: readonly string[]) => fc.subarray([...values], { maxLength: Math.min(3, values.length) });
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 3 });
const rarely = <T>(values: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary: values, weight: 1 });
const mostly = <T>(values: fc.Arbitrary<T>, others: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: values, weight: 9 }, { arbitrary: others, weight: 1 });
const text = fc.constantFrom(...TEXTS);
const value = fc.constantFrom<string | number | null>("", "Agent", "agent", "2024-01-01", 1_704_067_200, null);

const remoteContacts: fc.Arbitrary<RemoteContact> = fc
  .record({
    handles: subsetOf(HANDLES),
    name: optional(text),
    description: text,
    links: subsetOf(TEXTS),
    lists: subsetOf(["Old", "New"]),
    customFields: fc.dictionary(fc.constantFrom(...FIELDS), value),
    avatarUrl: optional(fc.constant("https://x.example/a.png")),
  })
  .map(({ handles, ...remoteAttributes }) => remoteContact(handles, remoteAttributes));

const textOf = ({ source, handle: written }: Handle) => `${source}:${written}`;

/** Generates contacts, each with the values of an entry. Most of these values equal those of the contact. */
const comparisons = remoteContacts.chain((contact) =>
  fc
    .record({
      handles: mostly(subsetOf(contact.handles.map(textOf)), subsetOf(HANDLES)),
      name: optional(mostly(fc.constant(contact.name ?? "Ada"), text)),
      description: optional(mostly(fc.constant(contact.description), text)),
      links: optional(mostly(subsetOf(contact.links), subsetOf(TEXTS))),
      lists: optional(mostly(subsetOf(contact.lists.map(({ name }) => name)), subsetOf(["Old", "New", "Later"]))),
      fields: optional(mostly(fc.constant({}), fc.dictionary(fc.constantFrom(...FIELDS), value))),
      sameFields: subsetOf([...contact.customFields.keys()]),
      exact: rarely(fc.subarray([...COLLECTIONS])),
      without: rarely(fc.constant({ links: contact.links.slice(0, 1), handles: contact.handles.slice(0, 1) })),
      avatar: optional(fc.constant({ path: "a.png", sha256: "5a", size: 1, type: "image/png" as const })),
      hasDeclaredAvatar: fc.boolean(),
      movedHandle: rarely(fc.constantFrom(HANDLES[0] ?? "", ...contact.handles.map(textOf))),
    })
    .map((drawn) => ({ contact, drawn })),
);

type Drawn = (typeof comparisons extends fc.Arbitrary<infer T> ? T : never)["drawn"];

function resolvedOf(drawn: Drawn, contact: RemoteContact): ResolvedContact {
  const { handles, name, description, links, exact = [], without, avatar } = drawn;
  const declared = Object.entries(drawn.fields ?? {});
  const copied = drawn.sameFields.map((field) => [field, contact.customFields.get(field)] as const);
  return {
    desired: desiredContact(
      handles,
      omitUndefined({
        exact,
        name,
        description,
        links,
        without,
        avatar: avatar && { ...avatar, location: locationAt(1) },
      }),
    ),
    lists: drawn.lists?.map((label) => (label === "Later" ? { name: label, label } : { ...list(label), label })),
    customFields:
      drawn.fields &&
      [...new Map<string, unknown>([...declared, ...copied])].map(([field, given]) => ({
        name: field,
        type: { Joined: "datetime", Boss: "teammate" }[field] ?? "string",
        value: (given ?? undefined) as string | number | undefined,
      })),
  };
}

/** Enough runs that the counts checked below hardly vary. */
const RUNS = runs(20_000);

test("the fast path of compareContact returns the same result as a full comparison", () => {
  const counts = { inSync: 0, unchanged: 0 };
  forAll([comparisons], { numRuns: RUNS }, ({ contact, drawn }) => {
    const resolved = resolvedOf(drawn, contact);
    const movingHandles = new Set(drawn.movedHandle === undefined ? [] : [handleKey(handle(drawn.movedHandle))]);
    const context = { hasDeclaredAvatar: drawn.hasDeclaredAvatar, movingHandles };
    const full = compareMerged(resolved, { target: contact, merged: contact }, context);
    const inSync = isCertainlyInSync(resolved, contact, context);
    if (inSync) expect(full.differences).toEqual([]);
    // The order of the attributes determines the order of the hashes in the cache.
    expect(JSON.stringify(compareContact(resolved, contact, context))).toBe(JSON.stringify(full));
    counts.inSync += inSync ? 1 : 0;
    counts.unchanged += full.differences.length === 0 ? 1 : 0;
  });
  expect(counts.inSync).toBeGreaterThan(RUNS / 10);
  expect(counts.inSync).toBeGreaterThan(counts.unchanged / 3);
});
