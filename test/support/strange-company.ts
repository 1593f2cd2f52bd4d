import fc from "fast-check";
import type { Seed } from "../../src/emulator/index.ts";

/** Values that people, their phones and other programs put into real companies. */
const strange = fc.constantFrom(
  ...["yes", "No", "null", "~", "0123", "1e3", "0x1F", "12:30:45", "2024-02-29", "<<", "=", ".inf", "-", "- a", "? b"],
  ...[
    "a: b",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a`",
    "[a]",
    "{a}",
    "a, b",
    "'a'",
    '"a"',
    'it\'s "a"',
  ],
  ...[
    "\\n",
    "trailing ",
    " leading",
    "tab\there",
    "two\nlines",
    "a\r\nb",
    "\n",
    "x\n",
    "x\n\n",
    "\n\nx",
    " \n x",
    "a\n\t\nb",
  ],
  ...["a\n   \nb", "# a\n# b", "--- a", "...", "---", "a\n---\nb", "...\n", "constructor", "__proto__", "  ", "\u00a0"],
  ...[
    "Zo\u00eb",
    "Zoe\u0308",
    "\u5f20\u4f1f",
    "\ud83d\udc69\u200d\ud83d\ude80",
    "evil\u202etxt",
    "zero\u200bwidth",
    "\ufeffbom",
  ],
  ...[
    "nel\u0085",
    "ls\u2028",
    "nul\u0000",
    "esc\u001b[2J",
    "half\ud800",
    "\u{e0041}",
    "\u{10ffff}",
    "::stop-commands::x",
  ],
);
export const strangeText = fc.oneof(
  { weight: 3, arbitrary: strange },
  fc.tuple(strange, strange).map((two) => two.join(" ")),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);

const FIELD_NAMES = ["Job Title", "yes", "a: b", "# x", "0123", "__proto__", "\u202eevil", "Two\nLines"];
const fields = fc.record(
  {
    ...Object.fromEntries(FIELD_NAMES.map((name) => [name, strangeText])),
    Number: fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom("9007199254740993", "1e400").map(($number) => ({ $number })),
    ),
    Opaque: fc.constantFrom<unknown>({ street: "1 Main" }, [1, null], { "": { $number: "-1e400" } }),
    Flag: fc.boolean(),
    Since: fc.oneof(
      fc.integer({ min: -1e11, max: 3e11 }),
      fc.double({ min: 0, max: 2e9, noNaN: true }),
      fc.constant(0),
    ),
    Level: fc.constantFrom("yes", "1", "a, b", "plain"),
    Friends: fc.constant(["a@x.example"]),
  },
  { requiredKeys: [] },
);

const LISTS = [
  { id: "grp_1", name: "VIP" },
  { id: "grp_2", name: "Same" },
  { id: "grp_3", name: "Same" },
  { id: "grp_4", name: "no" },
  { id: "grp_5", name: "a, [b]" },
  { id: "grp_6", name: "Two\nlines" },
  { id: "grp_7", name: "\u202eevil" },
  { id: "grp_8", name: "Own", is_private: true },
];

const LINKS = [
  "https://a.example/?q=a,b#c",
  "http://[::1]/",
  "not a link",
  "https://a.example/\u202e",
  "ftp://x",
  " https://t.example ",
];

const sources = fc.constantFrom("email", "phone", "twitter", "custom", "whatsapp", "facebook");

function handle(index: number, position: number): fc.Arbitrary<{ source: string; handle: string }> {
  const unique = `${index}x${position}`;
  const line = `${String(index).padStart(2, "0")}${String(position).padStart(3, "0")}`;
  const spelling = fc.constantFrom(
    ...[`p${unique}@x.example`, `P${unique}@X.Example`, `+44 20 791${line}`, `4420792${line}`, `020 793${line}`],
    ...[`+44 (0) 20 794${line}`, `DHL${line}`, `+44 20 795${line} ext. 1`],
    ...[
      `"q ${unique}"@x.example`,
      `#${unique}`,
      `a: ${unique}`,
      `yes${unique}`,
      ` ${unique} `,
      `${unique}\u200b`,
      `${unique}, b`,
    ],
  );
  return fc.record({ source: sources, handle: spelling });
}

interface Traits {
  /** True if all contacts are shared, with a constant id and email address. */
  readonly steady: boolean;
}

function contact(index: number, { steady }: Traits): fc.Arbitrary<object> {
  const handles = fc.tuple(handle(index, 1), handle(index, 2), handle(index, 3));
  const email = { source: "email", handle: `c${index}@x.example` };
  return fc.record(
    {
      ...(steady ? { id: fc.constant(`crd_${index}`) } : {}),
      name: fc.oneof(strangeText, fc.constantFrom("Dale Cooper", "dale-cooper", "DALE COOPER")),
      description: strangeText,
      handles: fc
        .tuple(handles, fc.integer({ min: 1, max: 3 }))
        .map(([all, most]) => distinct([...(steady ? [email] : []), ...all.slice(0, most)])),
      links: fc.subarray(LINKS),
      lists: fc.subarray(LISTS.map(({ id }) => id)),
      custom_fields: fields,
      is_private: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0 && !steady),
    },
    { requiredKeys: ["handles", ...(steady ? (["id"] as const) : [])] as "handles"[] },
  );
}

/** Front holds no handle twice. */
function distinct(handles: readonly { source: string; handle: string }[]) {
  return [...new Map(handles.map((each) => [`${each.source}:${each.handle}`, each])).values()];
}

/** A company as the emulator reads it, with everything in it that may go wrong when it is written down. */
export function strangeCompany(traits: Traits): fc.Arbitrary<Seed> {
  return fc.tuple(...Array.from({ length: 8 }, (_, index) => contact(index, traits))).map((contacts) => ({
    custom_fields: [
      ...FIELD_NAMES.map((name) => ({ name, type: "string" })),
      { name: "Number", type: "number" },
      { name: "Flag", type: "boolean" },
      { name: "Since", type: "datetime" },
      { name: "Level", type: "enum", values: ["yes", "1", "a, b", "plain"].map((value) => ({ value, label: value })) },
      { name: "Friends", type: "teammate_list" },
      { name: "Opaque", type: "address" },
    ],
    lists: LISTS,
    contacts: contacts as unknown as Seed["contacts"],
  })) as fc.Arbitrary<Seed>;
}
