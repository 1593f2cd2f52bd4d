import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { maskFor, NO_MASK } from "../../../cli/views/mask-handles.ts";
import { runs } from "../../scale.ts";
import { forAll } from "../../support/for-all.ts";

const { text, handle, line } = maskFor([
  { source: "phone", handle: "360 555 0123" },
  { source: "phone", handle: "+44 20 7946 0001" },
  { source: "phone", handle: "+39 06 555 0123" },
  { source: "email", handle: "a(b)c@fbi.example" },
]);

const cases: readonly (readonly [string, string, string | RegExp])[] = [
  ["an email address", "dale@fbi.example", /^d\*\*\*@fbi\.example#[0-9a-f]{4}$/],
  ["a local part of one letter completely", "d@fbi.example", /^\*\*\*@fbi\.example#[0-9a-f]{4}$/],
  [
    "an email address in a sentence",
    "Write to dale@fbi.example, soon.",
    /^Write to d\*\*\*@fbi\.example#[0-9a-f]{4}, soon\.$/,
  ],
  ["two email addresses", "a.b@x.example,c.d@y.example", /^a\*\*\*@x\.example#\w{4},c\*\*\*@y\.example#\w{4}$/],
  ["an email address with a quoted local part", '"dale cooper"@fbi.example', /^\*\*\*@fbi\.example#\w{4}$/],
  [
    "a known email address with unusual characters",
    "is a(b)c@fbi.example taken?",
    /^is a\*\*\*@fbi\.example#\w{4} taken\?$/,
  ],
  ["an international phone number", "tel.+1 (360) 555-0123", /^tel\.\+1\*\*\*23#[0-9a-f]{4}$/],
  ["a phone number with an extension", "+13605550123x1 or ext1", /^\+1\*\*\*23#[0-9a-f]{4}x1 or ext1$/],
  ["an email address that contains a phone number", "+13605550123@fbi.example", /^\*\*\*@fbi\.example#\w{4}$/],
  ["a known number in another format", "call 360-555.0123 now", /^call 3\*\*\*23#\w{4} now$/],
  ["a known number with en dashes", "360\u2013555\u20130123", /^3\*\*\*23#\w{4}$/],
  ["a known number next to an unknown number", "3605550123 42", /^3\*\*\*23#\w{4} 42$/],
  ["a known number without its country code", "tel. (020) 7946 0001, evenings", /^tel\. \+4\*\*\*01#\w{4}, evenings$/],
  ["a known number with an international prefix", "0044-20-7946-0001", /^\+4\*\*\*01#\w{4}$/],
  ["a known number with a leading zero that belongs to the number", "06 5550123", /^\+3\*\*\*23#\w{4}$/],
  ["a known number without its country code next to another number", "2079460001 42", /^\+4\*\*\*01#\w{4} 42$/],
  ["no number that is only the end of a known number", "946 0001", "946 0001"],
  ["no unknown number without a country code", "020 7946 0002", "020 7946 0002"],
  ["no date", "1977-04-19 10:00", "1977-04-19 10:00"],
  ["no unknown number", "sha256:0123456789", "sha256:0123456789"],
  ["no @mention", "@coop and a @ b", "@coop and a @ b"],
  ["no code span around an @mention", "| `@coop #1` | `a` |", "| `@coop #1` | `a` |"],
  ["an email address in a code span", "`dale@fbi.example`", /^`d\*\*\*@fbi\.example#\w{4}`$/],
  ["no quotes before an @mention", '"City" = "x", "@coop"', '"City" = "x", "@coop"'],
];

test.each(cases)("a mask replaces %s", (_, given, masked) => {
  expect(text(given)).toEqual(typeof masked === "string" ? masked : expect.stringMatching(masked));
});

test("the masks of equal values have equal hashes, regardless of the format of the values", () => {
  expect(text("DALE@fbi.example")).toBe(text("DALE@fbi.example"));
  expect(text("DALE@fbi.example").slice(-4)).toBe(text("dale@fbi.example").slice(-4));
  expect(handle({ source: "phone", handle: "+13605550123" })).toBe(text("+1 (360) 555-0123"));
  expect(handle({ source: "phone", handle: "+442079460001" })).toBe(text("020 7946 0001"));
});

test("a mask replaces handles depending on their source", () => {
  expect(handle({ source: "email", handle: "not an address" })).toMatch(/^\*\*\*#\w{4}$/);
  expect(handle({ source: "phone", handle: "0123" })).toMatch(/^\*\*\*#\w{4}$/);
  expect(handle({ source: "twitter", handle: "coop" })).toBe("coop");
});

test("in a masked line, the underline moves with the underlined text", () => {
  const source = "  - { source: email, handle: dale.cooper@fbi.example }";
  const fullSpan = line(source, { start: 29, length: 23 });
  expect(fullSpan.line.slice(fullSpan.span.start, fullSpan.span.start + fullSpan.span.length)).toMatch(
    /^d\*\*\*@fbi\.example#\w{4}$/,
  );
  expect(line(source, { start: 34, length: 3 })).toEqual(fullSpan);
  expect(line(source, { start: 4, length: 1 }).span).toEqual({ start: 4, length: 1 });
  expect(line(source, { start: 53, length: 1 }).span.start).toBe(fullSpan.line.length - 1);
});

test("NO_MASK masks nothing", () => {
  expect(NO_MASK.text("dale@fbi.example")).toBe("dale@fbi.example");
});

const local = fc.string({ unit: fc.constantFrom(..."abcdefxyz019._+-'é"), minLength: 2, maxLength: 30 });
const around = fc.string({ unit: fc.constantFrom(...' ,;:<>()"[]{}|\n#*`'), maxLength: 5 });

test("a mask shows at most the first character of the part before the @", () => {
  forAll([local, around, around], {}, (name, before, after) => {
    fc.pre(!name.startsWith("'"));
    const masked = maskFor([]).text(`${before} ${name}@K.EXAMPLE${after}`);
    expect(masked.startsWith(`${before} `)).toBe(true);
    const [shown] = masked.slice(before.length + 1).split("@");
    expect(["***", `${name[0]}***`]).toContain(shown);
  });
});

test("a mask shows only the first and the last two digits of a phone number", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 6, maxLength: 15 });
  forAll([digits, around], {}, (number, before) => {
    const masked = maskFor([]).text(`${before}+${number} `);
    expect(masked.replace(/#[0-9a-f]{4} $/, "")).toMatch(/(?<!\d)\d?\*\*\*(\d\d)?$/);
    expect(masked).not.toContain(number);
  });
});

test("masking is idempotent and deterministic", () => {
  const pieces = fc.array(
    fc.oneof(
      local,
      fc.constantFrom("@", "@x.example", "+1360555", " ", '"', "0123456789", "#a1b2", "::", "*"),
      fc.string(),
    ),
  );
  forAll([pieces], { numRuns: runs(500) }, (given) => {
    const mask = maskFor([]);
    const once = mask.text(given.join(""));
    expect(mask.text(once)).toBe(once);
    expect(maskFor([]).text(given.join(""))).toBe(once);
  });
});
