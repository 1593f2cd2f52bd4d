import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalPhone, toE164 } from "../../src/model/phone.ts";
import { SCALE } from "../scale.ts";

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
  fc.assert(
    fc.property(digits, (number) => {
      const [first = "", rest] = [number.slice(0, 1), number.slice(1)];
      expect(toE164(`+${number}`)).toBe(toE164(`+${first} ${rest}`));
      expect(canonicalPhone(`+${number}`)).toBe(canonicalPhone(`+${first} ${rest}`));
    }),
    { numRuns: SCALE.phoneNumbers },
  );
});
