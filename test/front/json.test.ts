import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeJson, numberOf, parseLosslessJson, RawJson, stringifyLosslessJson } from "../../src/front/json.ts";
import { forAll } from "../support/for-all.ts";

const INEXACT = [
  "9007199254740993",
  "-9007199254740993",
  "12345678901234567890",
  "1e400",
  "-1E+400",
  "1e-400",
  "0.1000000000000000055511151231257827",
  "123456789.123456789012",
];

test.each(INEXACT)("%s is encoded as the same text at any depth", (number) => {
  for (const text of [number, `[1,${number}]`, `{"a":{"b":${number}},"__proto__":${number}}`]) {
    expect(stringifyLosslessJson(parseLosslessJson(text))).toBe(text);
  }
});

test.each(["0", "-1", "1.50", "1e3", "9007199254740991", "1704067200.123", "0.1", "1000000000000000000000"])(
  "%s is parsed as a number",
  (text) => {
    expect(parseLosslessJson(`[1e400,${text}]`)).toMatchObject([{}, Number(text)]);
    expect(numberOf(parseLosslessJson(text))).toBe(Number(text));
  },
);

test("a number with a million digits is encoded as the same text", () => {
  const number = `1${"0".repeat(1_000_000)}1`;
  expect(stringifyLosslessJson(parseLosslessJson(`[${number}]`))).toBe(`[${number}]`);
});

test("digits in strings do not change", () => {
  const text = JSON.stringify({ a: "[1e400, 9007199254740993]", "b:1e400": '\\": 12345678901234567890' });
  expect(parseLosslessJson(text)).toEqual(JSON.parse(text));
});

test("parseLosslessJson returns the result of JSON.parse for any JSON without inexact numbers", () => {
  forAll([fc.json()], {}, (text) => {
    expect(parseLosslessJson(text)).toEqual(JSON.parse(text));
    expect(parseLosslessJson(`[${text},1e400]`)).toMatchObject([JSON.parse(text), {}]);
  });
});

test.each(["", "{", "[1e400", "[1e400,]", "1e400x", "[01e400]"])("%j is rejected with a SyntaxError", (text) => {
  expect(() => parseLosslessJson(text)).toThrow(SyntaxError);
});

test("raw JSON is encoded unchanged, and undefined properties are omitted", () => {
  const body = { fields: { A: new RawJson("1e400"), B: new RawJson('{"x":"$1 $&"}'), C: { text: "1" } } };
  expect(encodeJson(body)).toBe('{"fields":{"A":1e400,"B":{"x":"$1 $&"},"C":{"text":"1"}}}');
  expect(encodeJson({ a: undefined, b: 1 })).toBe('{"b":1}');
});
