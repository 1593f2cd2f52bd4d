import { expect, test } from "@jest/globals";
import { splitCell } from "../../src/config/tables/cell-text.ts";

test.each([
  ["an apostrophe that marks a phone number as text", "'+13605550123", undefined, ["+13605550123"]],
  ["an apostrophe that marks a name as text", "'@ada", undefined, ["@ada"]],
  ["an apostrophe in text", "'90s", undefined, ["'90s"]],
  ["quoted values", '"VIP","News, weekly"', ",", ["VIP", "News, weekly"]],
  ["quotes in only some values", '"VIP","News" weekly","Law"', ",", ['"VIP"', '"News" weekly"', '"Law"']],
])("splitCell reads a cell with %s", (_, cell, separator, values) => {
  expect(splitCell(cell, separator === undefined ? {} : { separator }, new Set())).toEqual(values);
});
