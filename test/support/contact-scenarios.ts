import fc from "fast-check";
import type { Behavior, Seed, SeedContact } from "../../src/emulator/index.ts";
import type { ConfigValue, DesiredContact } from "../../src/model/contact.ts";
import { desiredContact, desiredState, handle } from "./builders.ts";
import { behaviors as anyBehavior, type Scenario } from "./scenarios.ts";

/** A contact that a teammate created, with Front's property names. */
interface Person {
  readonly handles: readonly string[];
  readonly name?: string;
  readonly description: string;
  readonly links: readonly string[];
  readonly lists: readonly string[];
  readonly custom_fields: Readonly<Record<string, unknown>>;
  /** True if a teammate has a private contact with the same handles. */
  readonly hasPrivateTwin: boolean;
}

const CONTACT_COUNT = 6;
const EXISTING_LISTS = ["Alpha", "Beta", "Gamma"];
/** A list that the configuration may delete, so no entry refers to it. */
const OLD = "Old";
const NEW_LISTS = ["Delta", "Epsilon"];
const LINKS = ["https://a.example", "https://b.example", "https://c.example/?q=\u00fc"];

/** Plain strings, and strings that Front or a file could change. */
const text = fc.constantFrom(
  ...["Ada", "Zo\u00eb", "Zoe\u0308", "  padded ", "two\r\nlines", "\ud83d\udc69\u200d\ud83d\ude80", "<b>&amp;", "0"],
);

/** Generators of values for each field, as pairs: the value in a file, and the value that Front returns. */
const FIELDS: Readonly<Record<string, fc.Arbitrary<readonly [ConfigValue, unknown]>>> = {
  "Job Title": text.map((value) => [value, value] as const),
  Location: fc.constantFrom("", "Here").map((value) => [value, value] as const),
  "Badge Number": fc.constantFrom(0, 7, 1.5).map((value) => [value, value] as const),
  "On Duty": fc.boolean().map((value) => [value, value] as const),
  Clearance: fc.constantFrom("public", "secret").map((value) => [value, value] as const),
  Joined: fc.constantFrom(["2024-01-01T00:00:00.000Z", 1704067200], ["1999-12-31T23:59:59.000Z", 946684799]),
};

const declaredFields = fc.record(
  Object.fromEntries(Object.entries(FIELDS).map(([name, values]) => [name, fc.option(values.map(([value]) => value))])),
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, ConfigValue | null>>;

const remoteFields = fc.record(
  Object.fromEntries(Object.entries(FIELDS).map(([name, values]) => [name, values.map(([, value]) => value)])),
  { requiredKeys: [] },
);

function person(index: number): fc.Arbitrary<Person> {
  const rest = { description: fc.oneof(fc.constant(""), text), links: fc.subarray(LINKS), custom_fields: remoteFields };
  return fc.record(
    {
      ...rest,
      name: text,
      lists: fc.subarray([...EXISTING_LISTS, OLD]),
      handles: fc
        .tuple(fc.subarray(["phone", "twitter"]), fc.constantFrom(...spellings(index)), fc.boolean())
        .map(([kinds, phone, hasAt]) => [
          `c${index}@x.example`,
          ...(kinds.includes("phone") ? [`phone:${phone}`] : []),
          ...(kinds.includes("twitter") ? [`twitter:${hasAt ? "@Kept" : "kept"}${index}`] : []),
        ]),
      hasPrivateTwin: fc.nat(4).map((chance) => chance === 0),
    },
    { requiredKeys: ["description", "links", "lists", "handles", "custom_fields", "hasPrivateTwin"] },
  );
}

function entry(index: number): fc.Arbitrary<DesiredContact> {
  const attributes = fc.record(
    {
      name: text,
      description: fc.oneof(fc.constant(""), text),
      links: fc.subarray(LINKS),
      lists: fc.subarray([...EXISTING_LISTS, ...NEW_LISTS]),
      customFields: declaredFields,
    },
    { requiredKeys: [] },
  );
  const emails = fc.constantFrom(`c${index}@x.example`, `C${index}@X.Example`);
  const otherHandles = fc.subarray([`+44207946000${index}`, `custom:${index}`, `twitter:kept${index}`]);
  return fc
    .tuple(emails, otherHandles, attributes)
    .map(([email, others, properties]) => desiredContact([email, ...others], { key: `c${index}`, ...properties }));
}

/** Returns spellings of a phone number that old contacts in Front may have. */
function spellings(index: number): readonly string[] {
  return [
    `+44207946000${index}`,
    `+44 (0) 20 7946 000${index}`,
    `44 20 7946-000${index}`,
    `020 7946 000${index}`,
    `207946000${index}`,
  ];
}

function someOf<T>(make: (index: number) => fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  const options = Array.from({ length: CONTACT_COUNT }, (_, index) => fc.option(make(index), { nil: undefined }));
  return fc.tuple(...options).map((values) => values.filter((value) => value !== undefined));
}

/**
 * Generates declarations of lists. The tool may create some of them, possibly one in a workspace. Some may have exact
 * members, and possibly one is deleted.
 */
const listDeclarations = fc
  .record({ exact: fc.subarray(["Beta", "Delta"]), inTeam: fc.boolean(), deletesOld: fc.boolean() })
  .map(({ exact, inTeam, deletesOld }) => [
    ...[...new Set([...NEW_LISTS, ...exact])].map((name) => ({
      name,
      ...(exact.includes(name) && { members: "exact" as const }),
      ...(name === "Epsilon" && inTeam && { team: "tim_1b" }),
    })),
    ...(deletesOld ? [{ name: OLD, ensure: "absent" as const }] : []),
  ]);

export function contactScenarios(behaviors: fc.Arbitrary<Partial<Behavior>> = anyBehavior): fc.Arbitrary<Scenario> {
  return fc
    .tuple(someOf(person), someOf(entry), listDeclarations, behaviors)
    .map(([people, contacts, lists, behavior]) => ({
      behavior,
      seed: seedOf(people, behavior),
      desired: desiredState(contacts, { lists }),
    }));
}

export const UNDECODABLE: { readonly seed: SeedContact; readonly entry: DesiredContact } = {
  seed: { id: "crd_odd", handles: ["email:odd@x.example"], lists: ["Alpha"] },
  entry: desiredContact("odd@x.example", { key: "odd", name: "Odd" }),
};

export const undecodableProperties: fc.Arbitrary<Record<string, unknown>> = fc.constantFrom<Record<string, unknown>>(
  { handles: "none" },
  { handles: [{ source: "email", handle: "odd@x.example" }, null] },
  { handles: [{ source: "email", handle: 7 }] },
  { custom_fields: [] },
  { custom_fields: "none" },
  { links: {} },
  { links: [null] },
  { lists: [{ id: "../me", name: "Alpha" }] },
  { name: [] },
  { description: 7 },
  { avatar_url: {} },
);

/**
 * Returns a company with these people. Omits empty field values if `emptyStrings` is `clear`, because the emulator clears
 * them only if a request writes them.
 */
function seedOf(people: readonly Person[], { emptyStrings = "keep" }: Partial<Behavior>): Seed {
  const sharedContacts = people.map(({ hasPrivateTwin: _, ...rest }) => {
    const fields = Object.entries(rest.custom_fields).filter(([, value]) => emptyStrings === "keep" || value !== "");
    return { ...rest, handles: rest.handles.map(handle), custom_fields: Object.fromEntries(fields) };
  });
  const twins = people.filter(({ hasPrivateTwin }) => hasPrivateTwin);
  const privateContacts = twins.map(({ handles }) => ({
    handles: handles.map(handle),
    name: "Private",
    is_private: true,
  }));
  return { lists: [...EXISTING_LISTS, OLD], contacts: [...sharedContacts, ...privateContacts] };
}
