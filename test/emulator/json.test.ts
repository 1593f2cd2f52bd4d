import { expect, test } from "@jest/globals";
import { parseExactly, stringifyExactly } from "../../src/emulator/json.ts";

test.each([
  "0",
  "-12.5",
  "123456789012345",
  "9007199254740992",
  "1e3",
  "0.1234567890123456",
  '"9007199254740993"',
  '"a \\"9007199254740993\\" b"',
])("parseExactly parses %s like JSON.parse", (text) => {
  expect(parseExactly(`{"value":[${text}]}`)).toEqual({ value: [JSON.parse(text)] });
});

test.each(["9007199254740993", "-9007199254740993", "0.12345678901234567890", "1e400", "1234567890123456789e-2"])(
  "parseExactly preserves %s, which a double would change",
  (text) => {
    const value = parseExactly(`{"first":${text},"text":"9007199254740993","last":${text}}`);
    expect(value).toEqual({ first: { $number: text }, text: "9007199254740993", last: { $number: text } });
    expect(stringifyExactly(value)).toBe(`{"first":${text},"text":"9007199254740993","last":${text}}`);
  },
);

test("invalid JSON is rejected with a SyntaxError, even if it contains a long number", () => {
  expect(() => parseExactly("[9007199254740993")).toThrow(SyntaxError);
  expect(() => parseExactly("[1")).toThrow(SyntaxError);
});
