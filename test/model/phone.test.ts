import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalPhone, mayContainCountryCode, toE164, withPlus } from "../../src/model/phone.ts";
import { SCALE } from "../scale.ts";
import { forAll } from "../support/for-all.ts";

/** Generates digits that start with one to three digits for a country code, sometimes followed by a trunk prefix. */
const digits = fc
  .tuple(
    fc.integer({ min: 1, max: 999 }),
    fc.constantFrom("", "0", "1", "8", "06", "15", "90", "183"),
    fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 18 }),
  )
  .map(([code, prefix, rest]) => `${code}${prefix}${rest.join("")}`);

// A number with a separator is always parsed, unlike most numbers without separators.
test("a number has the same E.164 and canonical forms with and without a separator", () => {
  forAll([digits], { numRuns: SCALE.phoneNumbers }, (number) => {
    const [first = "", rest] = [number.slice(0, 1), number.slice(1)];
    expect(toE164(`+${number}`)).toBe(toE164(`+${first} ${rest}`));
    expect(canonicalPhone(`+${number}`)).toBe(canonicalPhone(`+${first} ${rest}`));
  });
});

// Spreadsheets remove a leading plus and a leading zero.
test.each([
  ["4915112345678", "DE"],
  ["49 (0) 89 12345678", "DE"],
  ["358401234", "FI"],
])("%s is not converted to E.164 with the country %s, because it may lack a plus or a zero", (number, country) => {
  expect(toE164(number, country)).toBeUndefined();
  expect(mayContainCountryCode(number, country)).toBe(true);
});

test.each([
  ["a number that would be too long with a second country code", "447911123456", "GB", "+447911123456"],
  ["a number with a trunk prefix", "04921 123456", "DE", "+494921123456"],
  ["a number whose area code equals the country code", "55 99123-4567", "BR", "+5555991234567"],
  ["a number of a country without trunk prefixes", "3931234567", "IT", "+393931234567"],
  ["a number with an international prefix", "0049 151 12345678", "DE", "+4915112345678"],
])("%s is converted to E.164", (_, number, country, expected) => {
  expect(toE164(number, country)).toBe(expected);
  expect(mayContainCountryCode(number, country)).toBe(false);
});

test.each<[string, string, string | undefined]>([
  ["44 20 7946 0000", "+442079460000", undefined],
  ["13605550100", "+13605550100", undefined],
  ["13605550100", "+13605550100", "US"],
  ["44 20 7946 0000", "+442079460000", "US"],
  ["4915112345678", "+4915112345678", "DE"],
])("withPlus changes %s to %s (country: %s)", (text, expected, country) => {
  expect(withPlus(text, country)).toBe(expected);
});

test.each([
  ["+44 20 7946 0000", undefined],
  ["360 555 0100", undefined],
  ["020 7946 00000", undefined],
  ["99999999999", undefined],
  ["24365", undefined],
  ["DHL24365", undefined],
  ["51987654321", "BR"],
  ["13812345678", "CN"],
])("withPlus does not change %s (country: %s)", (text, country) => {
  expect(withPlus(text, country)).toBe(text);
});
