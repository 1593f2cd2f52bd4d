import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { EntryKeys } from "../../src/importing/entry-keys.ts";
import { handle } from "../support/builders.ts";
import { edgeCaseText } from "../support/companies.ts";
import { forAll } from "../support/for-all.ts";

test.each([
  ["Dale Cooper", [], "dale-cooper"],
  ["  Harry S. Truman ", [], "harry-s-truman"],
  ["Sheriff's Department", [], "sheriffs-department"],
  ["Zoë Straße-Ångström", [], "zoe-strasse-angstrom"],
  ["Łukasz Øst", [], "lukasz-ost"],
  ["911", [], "911"],
  ["張偉", ["wei.zhang@x.example"], "wei-zhang"],
  [undefined, ["Dale.Cooper@fbi.example"], "dale-cooper"],
  [undefined, ["+1 360 555 0123"], "phone-1-360-555-0123"],
  [undefined, ["twitter:LucyMoran"], "lucymoran"],
  [undefined, ["custom:4711"], "custom-4711"],
  ["!!!", ["custom:???", "lucy@x.example"], "lucy"],
  ["\ud83d\ude80", ["custom:\u5f20"], "contact"],
  [`${"very ".repeat(40)}long`, [], "very-very-very-very-very-very-very-very-very-very-very-very"],
] as const)("the key of a contact with the name %j and the handles %j is %s", (name, handles, key) => {
  expect(new EntryKeys().nextForContact({ name, handles: handles.map(handle) })).toBe(key);
});

test("the next free number is appended to a key that is in use", () => {
  const keys = new EntryKeys(["dale-cooper", "dale-cooper-3"]);
  const next = () => keys.nextForContact({ name: "Dale Cooper", handles: [] });
  expect([next(), next(), next()]).toEqual(["dale-cooper-2", "dale-cooper-4", "dale-cooper-5"]);
});

test("keys are valid, unique and reproducible", () => {
  const contacts = fc.array(fc.record({ name: fc.option(edgeCaseText, { nil: undefined }), handle: edgeCaseText }));
  forAll([contacts, fc.array(fc.constantFrom("a", "yes", "contact", "x-2"))], { numRuns: 300 }, (people, usedKeys) => {
    const generate = () => {
      const generator = new EntryKeys(usedKeys);
      return people.map(({ name, handle: text }) =>
        generator.nextForContact({ name, handles: [{ source: "custom", handle: text }] }),
      );
    };
    const keys = generate();
    for (const key of keys) expect(key).toMatch(/^[a-z0-9][a-z0-9_-]{0,99}$/);
    expect(new Set([...keys, ...usedKeys]).size).toBe(keys.length + new Set(usedKeys).size);
    expect(generate()).toEqual(keys);
  });
});
