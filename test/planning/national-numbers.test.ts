import { expect, test } from "@jest/globals";
import type { DesiredContact } from "../../src/model/contact.ts";
import { desiredContact, idsOf, planFor, remoteContact, remoteState } from "../support/builders.ts";

function diagnosticsFor(entries: readonly DesiredContact[], remote = remoteState()) {
  return planFor(entries, remote).diagnostics.map(({ code, summary }) => `${code}: ${summary}`);
}

test.each([
  ["512-555-1337", true],
  ["030 1234567", true],
  ["+1 512 555 1337", false],
  ["15125551337", false],
  ["24365", false],
])("whether a plan that creates a contact with only the number %s is rejected: %s", (number, isRejected) => {
  const plan = planFor([desiredContact(number)], remoteState());
  expect(plan.diagnostics.map(({ code }) => code)).toEqual(isRejected ? ["phone-without-country"] : []);
  expect(plan.operations).toHaveLength(isRejected ? 0 : 1);
});

test("a contact that Front has may have only a number without a country code", () => {
  const entry = desiredContact("512-555-1337", { name: "Ada" });
  const plan = planFor([entry], remoteState([remoteContact("512-555-1337", { name: "Eva" })]));
  expect([idsOf(plan), plan.diagnostics]).toEqual([["update-contact front_contact.5125551337"], []]);
});

test("each of the first 20 contacts has its own error", () => {
  const entries = Array.from({ length: 23 }, (_, index) =>
    desiredContact(`512-555-13${index + 10}`, { key: `c${index}` }),
  );
  const errors = diagnosticsFor(entries);
  expect(errors).toHaveLength(21);
  expect(errors[0]).toBe(
    "phone-without-country: c0 would be created only with phone 512-555-1310, which has no country code",
  );
  expect(errors[20]).toBe(
    "phone-without-country: 3 more contacts would be created only with phone numbers without a country code",
  );
});
