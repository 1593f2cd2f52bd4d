import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { renderJson } from "../../cli/views/json.ts";

test.each([
  ["a right-to-left override", "\u202e", '"\\u202e"\n'],
  ["a line separator", "\u2028", '"\\u2028"\n'],
  ["a control of the second set", "\u009b", '"\\u009b"\n'],
  ["a tag beyond the first plane", "\u{e0041}", '"\\udb40\\udc41"\n'],
  ["an escape", "\u001b", '"\\u001b"\n'],
  ["a command of a CI runner", "##[error] ###[x", '"\\u0023#[error] #\\u0023#[x"\n'],
  ["a letter", "é", '"é"\n'],
])("writes %s so that neither a terminal nor a runner acts on it", (_, text, json) => {
  expect(renderJson(text)).toBe(json);
});

test("whoever parses it gets back what was written", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(JSON.parse(renderJson({ text }))).toEqual({ text });
    }),
  );
});
