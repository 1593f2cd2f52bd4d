import fc from "fast-check";
import type { Seed } from "../../src/emulator/index.ts";
import { LIMITS } from "../../src/model/limits.ts";
import { unicodeText } from "./unicode-text.ts";

/** An external ID that is too long to look up. */
const TOO_LONG_ID = "A".repeat(LIMITS.identifierBytes + 1);

/** Realistic values, and strings with special meaning in YAML, terminals or logs. */
const edgeCase = fc.constantFrom(
  ...["yes", "No", "null", "~", "0123", "1e3", "0x1F", "12:30:45", "2024-02-29", "<<", "=", ".inf", "-", "- a", "? b"],
  ...["a: b", "a #b", "#a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a`", "[a]", "{a}", "a, b", "'a'", '"a"'],
  ...['it\'s "a"', "\\n", "trailing ", " leading", "tab\there", "two\nlines", "a\r\nb", "\n", "x\n", "x\n\n", "\n\nx"],
  ...[" \n x", "a\n\t\nb", "a\n   \nb", "# a\n# b", "--- a", "...", "---", "a\n---\nb", "...\n", "constructor"],
  ...["__proto__", "  ", "\u00a0", "Zo\u00eb", "Zoe\u0308", "\u5f20\u4f1f", "\ud83d\udc69\u200d\ud83d\ude80"],
  ...["evil\u202etxt", "zero\u200bwidth", "\ufeffbom", "nel\u0085", "ls\u2028", "nul\u0000", "esc\u001b[2J"],
  ...["half\ud800", "\u{e0041}", "\u{10ffff}", "::stop-commands::x"],
);
export const edgeCaseText = fc.oneof(
  { weight: 3, arbitrary: edgeCase },
  fc.tuple(edgeCase, edgeCase).map((words) => words.join(" ")),
  unicodeText({ maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);

/** Strings at and beyond the limits for size, line count and escaped characters, and strings with invalid characters. */
const stringAtLimits = fc.constantFrom(
  ...["x".repeat(10_000), "x".repeat(10_001), "\u00e9".repeat(5_000), "\u{e0041}".repeat(2_500)],
  ...["\u202e".repeat(3_333), "a\n".repeat(5_000), `${" ".repeat(5_000)}x`, '"'.repeat(9_999), "'\"\\".repeat(3_000)],
  ...["half \ud83d", "\udc00 half", "nul \u0000", "nel \u0085", `${"# a\n".repeat(1_000)}b`],
);

interface Handle {
  readonly source: string;
  readonly handle: string;
}

/** Generators for the values of a company: edge cases, or values at the limits of a file. */
interface Values {
  readonly text: fc.Arbitrary<string>;
  readonly fieldNames: readonly string[];
  readonly listNames: readonly string[];
  readonly links: fc.Arbitrary<string[]>;
  readonly handles: (index: number) => fc.Arbitrary<Handle[]>;
}

const EDGE_CASES: Values = {
  text: edgeCaseText,
  fieldNames: ["Job Title", "yes", "a: b", "# x", "0123", "__proto__", "\u202eevil", "Two\nLines"],
  listNames: ["VIP", "Same", "Same", "no", "a, [b]", "Two\nlines", "\u202eevil"],
  links: fc.subarray([
    ...["https://a.example/?q=a,b#c", "http://[::1]/", "not a link", "https://a.example/\u202e", "ftp://x"],
    " https://t.example ",
  ]),
  handles: (index) =>
    fc
      .tuple(fc.tuple(edgeCaseHandle(index, 1), edgeCaseHandle(index, 2), edgeCaseHandle(index, 3)), fc.nat(2))
      .map(([all, last]) => all.slice(0, last + 1)),
};

function edgeCaseHandle(index: number, position: number): fc.Arbitrary<Handle> {
  const unique = `${index}x${position}`;
  const line = `${String(index).padStart(2, "0")}${String(position).padStart(3, "0")}`;
  const spelling = fc.constantFrom(
    ...[`p${unique}@x.example`, `P${unique}@X.Example`, `+44 20 791${line}`, `4420792${line}`, `020 793${line}`],
    ...[`+44 (0) 20 794${line}`, `DHL${line}`, `+44 20 795${line} ext. 1`, `"q ${unique}"@x.example`, `#${unique}`],
    ...[`a: ${unique}`, `yes${unique}`, ` ${unique} `, `${unique}\u200b`, `${unique}, b`],
  );
  return fc.record({
    source: fc.constantFrom("email", "phone", "twitter", "custom", "whatsapp", "facebook"),
    handle: spelling,
  });
}

const VALUES_AT_LIMITS: Values = {
  text: fc.oneof({ weight: 2, arbitrary: edgeCaseText }, stringAtLimits),
  // Some names exceed the maximum length of a key only when they are escaped.
  fieldNames: [
    ...["n".repeat(900), "n".repeat(2_000), "\u202e".repeat(160), "\u202e".repeat(300), "\u{e0041}".repeat(200)],
    ...['"'.repeat(600), "half\ud800", "__proto__", "<<", "? x", "Two\nLines"],
  ],
  listNames: ["VIP", "x".repeat(10_001), "half\ud800", "Same", "Same", "Two\nlines"],
  links: fc.oneof(
    fc.subarray(["https://a.example/\ud800", "https://b.example", `https://c.example/${"x".repeat(9_990)}`]),
    fc.constant(Array.from({ length: 230 }, (_, number) => `https://l${number}.example`)),
  ),
  handles: handlesAtLimits,
};

/**
 * Generates handles that differ only in spelling, handles that no file can contain, and more handles than an entry may
 * contain.
 */
function handlesAtLimits(index: number): fc.Arbitrary<Handle[]> {
  const spelling = fc.constantFrom(
    ...[`c${index}@x.example`, `C${index}@X.Example`, "shared@x.example", "Shared@X.Example"],
    ...[`a${index}\ud800@x.example`, `+44 20 7946 0${index}`, `442079460${index}`, `${index}${"9".repeat(12_000)}`],
    ...[`${"x".repeat(9_990)}${index}@x.y`, "\u202e", "\t", ".", " ", `evil${index}" }, x: {`, `&a ${index}`, "<<"],
  );
  const source = fc.constantFrom("email", "phone", "twitter", "custom", "whatsapp");
  const fewHandles = fc.array(fc.record({ source, handle: spelling }), { minLength: 1, maxLength: 5 });
  const manyHandles = Array.from({ length: 130 }, (_, number) => ({ source: "custom", handle: `${index}-${number}` }));
  return fc.oneof({ weight: 6, arbitrary: fewHandles }, fc.constant(manyHandles));
}

/** The values of fields that are not text, by name. */
const TYPED_FIELDS = {
  Number: fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom("9007199254740993", "1e400").map(($number) => ({ $number })),
  ),
  Opaque: fc.constantFrom<unknown>({ street: "1 Main" }, [1, null], { "": { $number: "-1e400" } }),
  Flag: fc.boolean(),
  Since: fc.oneof(fc.integer({ min: -1e11, max: 3e11 }), fc.double({ min: 0, max: 2e9, noNaN: true }), fc.constant(0)),
  Level: fc.constantFrom("yes", "1", "a, b", "plain"),
  Friends: fc.constant(["a@x.example"]),
};
const TYPES = [
  { name: "Number", type: "number" },
  { name: "Flag", type: "boolean" },
  { name: "Since", type: "datetime" },
  { name: "Level", type: "enum", values: ["yes", "1", "a, b", "plain"].map((value) => ({ value, label: value })) },
  { name: "Friends", type: "teammate_list" },
  { name: "Opaque", type: "address" },
];

interface CompanyOptions {
  /** True if all contacts are shared and have a constant ID and email address. */
  readonly hasStableIds?: boolean;
  /** True if values reach the limits of a file. IDs are constant and all contacts are shared. */
  readonly isAtLimits?: boolean;
}

export function companies(options: CompanyOptions = {}): fc.Arbitrary<Seed> {
  const { fieldNames, listNames } = options.isAtLimits === true ? VALUES_AT_LIMITS : EDGE_CASES;
  const contacts = Array.from({ length: 8 }, (_, index) => contact(index, options));
  return fc.tuple(...contacts).map((all) => ({
    custom_fields: [...fieldNames.map((name) => ({ name, type: "string" })), ...TYPES],
    lists: [...listNames.map((name, index) => ({ id: `grp_${index}`, name })), PRIVATE_LIST],
    contacts: withUniqueHandles(all as readonly Contact[]),
  })) as fc.Arbitrary<Seed>;
}

const DOMAINS = ["x.example", "X.Example", "b.example", "c.example", "not a domain", "ä.example", "a@b", "nul\u0000"];

/** Adds accounts with values that are hard to write to files. A contact belongs to at most one account. */
export function withAccounts(
  seeds: fc.Arbitrary<Seed>,
  { isAtLimits = false, hasStableIds = false }: CompanyOptions = {},
): fc.Arbitrary<Seed> {
  const { text, fieldNames } = isAtLimits ? VALUES_AT_LIMITS : EDGE_CASES;
  const textFields = Object.fromEntries(fieldNames.map((name) => [name, text]));
  const account = fc.record({
    name: fc.oneof(text, fc.constantFrom("FBI", "fbi")).map((name) => name || "?"),
    description: text,
    domains: fc.uniqueArray(
      fc.oneof(
        fc.constantFrom(...DOMAINS),
        fc.nat(9).map((number) => `d${number}.example`),
      ),
      { maxLength: 4 },
    ),
    external_id: fc.option(fc.oneof(text, fc.constantFrom("A-1", "A-2", TOO_LONG_ID), fc.constant(""))),
    custom_fields: fc.record({ ...textFields, ...TYPED_FIELDS }, { requiredKeys: [] }),
  });
  const ownerIndexes = fc.array(fc.nat(5), { minLength: 8, maxLength: 8 });
  return fc.tuple(seeds, fc.array(account, { maxLength: 5 }), ownerIndexes).map(([seed, accounts, owners]) => ({
    ...seed,
    account_custom_fields: seed.custom_fields ?? [],
    accounts: accounts.map((drawn, index) => ({
      ...drawn,
      id: `acc_${index}`,
      ...(hasStableIds
        ? { external_id: `K-${index}`, domains: drawn.domains.map((domain) => `${index}.${domain}`) }
        : {}),
      contacts: (seed.contacts ?? []).flatMap(({ id = "" }, contactIndex) =>
        owners[contactIndex] === index ? [id] : [],
      ),
    })),
  }));
}

const PRIVATE_LIST = { id: "grp_own", name: "Own", is_private: true };

interface Contact {
  readonly handles: readonly Handle[];
}

function contact(index: number, { hasStableIds = false, isAtLimits = false }: CompanyOptions): fc.Arbitrary<object> {
  const { text, fieldNames, listNames, links, handles } = isAtLimits ? VALUES_AT_LIMITS : EDGE_CASES;
  const hasConstantId = hasStableIds || isAtLimits;
  const constant = hasStableIds ? [{ source: "email", handle: `c${index}@x.example` }] : [];
  const textFields = Object.fromEntries(fieldNames.map((name) => [name, text]));
  return fc.record(
    {
      ...(hasConstantId ? { id: fc.constant(`crd_${index}`) } : {}),
      name: fc.oneof(text, fc.constantFrom("Dale Cooper", "dale-cooper", "DALE COOPER")),
      description: text,
      handles: handles(index).map((drawn) => [...constant, ...drawn]),
      links,
      lists: fc.subarray([...listNames.map((_, number) => `grp_${number}`), PRIVATE_LIST.id]),
      custom_fields: fc.record({ ...textFields, ...TYPED_FIELDS }, { requiredKeys: [] }),
      is_private: fc.nat(9).map((chance) => chance === 0 && !hasConstantId),
    },
    { requiredKeys: ["handles", ...(hasConstantId ? ["id"] : [])] as "handles"[] },
  );
}

/**
 * Removes the handles that an earlier contact has in any spelling, because a handle in Front belongs to one contact.
 * Omits contacts without a remaining handle.
 */
function withUniqueHandles(contacts: readonly Contact[]): Contact[] {
  const usedHandles = new Set<string>();
  return contacts.flatMap((contact) => {
    const unique = contact.handles.filter(({ source, handle }) => {
      const digits = source === "phone" ? handle.replaceAll(/\D/g, "") : "";
      const key = `${source}:${digits || handle.trim().toLowerCase()}`;
      return !usedHandles.has(key) && usedHandles.add(key);
    });
    return unique.length === 0 ? [] : [{ ...contact, handles: unique }];
  });
}
