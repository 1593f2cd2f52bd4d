import fc from "fast-check";
import type { Seed } from "../../src/emulator/index.ts";
import { strangeText } from "./strange-company.ts";

/** Texts at the limits of what a file may hold, in bytes, in escapes and in lines, and beyond them. */
const extreme = fc.constantFrom(
  "x".repeat(10_000),
  "x".repeat(10_001),
  "\u00e9".repeat(5_000),
  "\u{e0041}".repeat(2_500),
  "\u202e".repeat(3_333),
  "a\n".repeat(5_000),
  `${" ".repeat(5_000)}x`,
  "half \ud83d",
  "\udc00 half",
  "nul \u0000",
  "nel \u0085",
  '"'.repeat(9_999),
  "'\"\\".repeat(3_000),
  `${"# a\n".repeat(1_000)}b`,
);
const hostileText = fc.oneof({ weight: 2, arbitrary: strangeText }, extreme);

/** Some are too long for a key only once they are escaped. */
const FIELD_NAMES = [
  "n".repeat(900),
  "n".repeat(2_000),
  "\u202e".repeat(160),
  "\u202e".repeat(300),
  "\u{e0041}".repeat(200),
  '"'.repeat(600),
  "half\ud800",
  "__proto__",
  "<<",
  "? x",
  "Two\nLines",
];

const LISTS = [
  { id: "grp_1", name: "VIP" },
  { id: "grp_2", name: "x".repeat(10_001) },
  { id: "grp_3", name: "half\ud800" },
  { id: "grp_4", name: "Same" },
  { id: "grp_5", name: "Same" },
  { id: "grp_6", name: "Two\nlines" },
];

/** The same handles in other spellings, and handles that no file can hold. */
function handles(index: number): fc.Arbitrary<{ source: string; handle: string }[]> {
  const spelling = fc.constantFrom(
    ...[
      `c${index}@x.example`,
      `C${index}@X.example`,
      "shared@x.example",
      "Shared@X.Example",
      `a${index}\ud800@x.example`,
    ],
    ...[
      `+44 20 7946 0${index}`,
      `442079460${index}`,
      `${index}${"9".repeat(12_000)}`,
      `${"x".repeat(9_990)}${index}@x.y`,
    ],
    ...["\u202e", "\t", ".", " ", `evil${index}" }, x: {`, `&a ${index}`, "<<"],
  );
  const source = fc.constantFrom("email", "phone", "twitter", "custom", "whatsapp");
  const some = fc.array(fc.record({ source, handle: spelling }), { minLength: 1, maxLength: 5 });
  const many = fc.constant(
    Array.from({ length: 130 }, (_, number) => ({ source: "custom", handle: `${index}-${number}` })),
  );
  return fc
    .oneof({ weight: 6, arbitrary: some }, many)
    .map((all) => [...new Map(all.map((each) => [`${each.source}:${each.handle}`, each])).values()]);
}

function contact(index: number): fc.Arbitrary<object> {
  const links = fc.oneof(
    fc.subarray(["https://a.example/\ud800", "https://b.example", `https://c.example/${"x".repeat(9_990)}`]),
    fc.constant(Array.from({ length: 230 }, (_, number) => `https://l${number}.example`)),
  );
  return fc.record(
    {
      id: fc.constant(`crd_${index}`),
      name: hostileText,
      description: hostileText,
      handles: handles(index),
      links,
      lists: fc.subarray(LISTS.map(({ id }) => id)),
      custom_fields: fc.record(Object.fromEntries(FIELD_NAMES.map((name) => [name, hostileText])), {
        requiredKeys: [],
      }),
    },
    { requiredKeys: ["id", "handles"] as never[] },
  );
}

/** A company that somebody has filled with what breaks files. */
export const hostileCompany: fc.Arbitrary<Seed> = fc
  .tuple(...Array.from({ length: 6 }, (_, index) => contact(index)))
  .map((contacts) => ({
    custom_fields: FIELD_NAMES.map((name) => ({ name, type: "string" })),
    lists: LISTS,
    contacts: ownHandles(contacts as Contact[]),
  })) as fc.Arbitrary<Seed>;

interface Contact {
  readonly handles: readonly { readonly source: string; readonly handle: string }[];
}

/** Removes handles that another contact has in any spelling, because Front gives a handle to one contact. */
function ownHandles(contacts: readonly Contact[]): Contact[] {
  const taken = new Set<string>();
  return contacts.flatMap((each) => {
    const own = each.handles.filter(({ source, handle }) => {
      const digits = source === "phone" ? handle.replaceAll(/\D/g, "") : "";
      const key = `${source}:${digits || handle.trim().toLowerCase()}`;
      return !taken.has(key) && taken.add(key);
    });
    return own.length === 0 ? [] : [{ ...each, handles: own }];
  });
}
