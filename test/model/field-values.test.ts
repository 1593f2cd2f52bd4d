import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ConfigValue, FieldType } from "../../src/model/contact.ts";
import { checkFieldValue, formatDatetime, parseDatetime } from "../../src/model/field-values.ts";

test.each([
  ["1970-01-01", 0],
  ["2024-02-29", 1_709_164_800],
  ["2024-02-29T00:00:00Z", 1_709_164_800],
  ["2024-02-29T01:00+01:00", 1_709_164_800],
  ["2024-02-28T16:00:00-0800", 1_709_164_800],
  ["2024-02-29 00:00:00.999Z", 1_709_164_800],
  ["0001-01-01", -62_135_596_800],
])("the datetime %j is parsed as the epoch second %i", (text, seconds) => {
  expect(parseDatetime(text)).toBe(seconds);
});

test.each([
  "2023-02-29",
  "2024-13-01",
  "2024-02-29T24:00:00Z",
  "2024-02-29T10:00:00",
  "2024-02-29T10:00:00+25:00",
  "2024-2-9",
  "29.02.2024",
  "1709164800",
  "yesterday",
  "",
])("the datetime %j is rejected", (text) => {
  expect(parseDatetime(text)).toBeUndefined();
});

test("a formatted datetime is parsed to the same second", () => {
  const seconds = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 });
  fc.assert(fc.property(seconds, (second) => expect(parseDatetime(formatDatetime(second))).toBe(second)));
});

test.each([
  [1_709_164_800, "2024-02-29"],
  [1_709_164_801, "2024-02-29T00:00:01Z"],
  [1e20, "100000000000000000000"],
  [253_402_300_800, "253402300800"],
])("the epoch second %s is formatted as %s", (seconds, text) => {
  expect(formatDatetime(seconds)).toBe(text);
});

const valid: readonly (readonly [FieldType, ConfigValue])[] = [
  ["string", ""],
  ["boolean", false],
  ["number", -1.5],
  ["datetime", "2024-02-29"],
  ["teammate", "gordon@fbi.example"],
  ["inbox", "inb_55c8c149"],
  ["enum", "pro"],
];
const invalid: readonly (readonly [FieldType, ConfigValue])[] = [
  ["string", 1],
  ["string", true],
  ["boolean", "true"],
  ["number", "1"],
  ["number", Number.POSITIVE_INFINITY],
  ["datetime", 1_709_164_800],
  ["datetime", "2024-02-29T10:00:00"],
  ["teammate", "gordon"],
  ["inbox", "cha_1"],
  ["enum", "gold"],
  ["enum", 1],
];

test.each(valid)("the field type %s accepts %p", (type, value) => {
  expect(checkFieldValue(type, value, ["free", "pro"])).toBeUndefined();
});

test.each(invalid)("the field type %s rejects %p", (type, value) => {
  expect(checkFieldValue(type, value, ["free", "pro"])).toEqual({
    summary: expect.stringContaining(String(value)),
    advice: expect.stringMatching(/\.$/),
  });
});

test("an enum field accepts any value if its allowed values are unknown", () => {
  expect(checkFieldValue("enum", "gold")).toBeUndefined();
  expect(checkFieldValue("enum", "gold", [])).toBeUndefined();
});
