import { expect, test } from "@jest/globals";
import { escapeJson } from "../../src/escape/escape-json.ts";
import { forAll } from "../support/for-all.ts";
import { unicodeText } from "../support/unicode-text.ts";

test.each([
  ["a right-to-left override", "\u202e", '"\\u202e"'],
  ["a line separator", "\u2028", '"\\u2028"'],
  ["a C1 control character", "\u009b", '"\\u009b"'],
  ["a tag character outside the Basic Multilingual Plane", "\u{e0041}", '"\\udb40\\udc41"'],
  ["an escape character", "\u001b", '"\\u001b"'],
  ["an Azure Pipelines command", "a ##vso[x]", '"a \\u0023#vso[x]"'],
  ["a CI runner command", "##[error] ###[x", '"\\u0023#[error] #\\u0023#[x"'],
  ["a letter", "é", '"é"'],
])("escapeJson escapes only text that a terminal or a CI runner would interpret: %s", (_, text, json) => {
  expect(escapeJson(text)).toBe(json);
});

test("escaped JSON parses to the same value", () => {
  forAll([unicodeText()], {}, (text) => {
    expect(JSON.parse(escapeJson({ text }))).toEqual({ text });
  });
});
