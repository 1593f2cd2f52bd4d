import { expect, test } from "@jest/globals";
import { contactAddress, listAddress, splitAddress } from "../../src/model/address.ts";
import { forAll } from "../support/for-all.ts";
import { unicodeText } from "../support/unicode-text.ts";

test.each([
  ["Sheriff's Department", `front_contact_list.this["Sheriff's Department"]`],
  ['The "Bookhouse" Boys', String.raw`front_contact_list.this["The \"Bookhouse\" Boys"]`],
  [String.raw`a\b`, String.raw`front_contact_list.this["a\\b"]`],
  ["two\nlines\r\tand a tab", String.raw`front_contact_list.this["two\nlines\r\tand a tab"]`],
  ["$" + "{name} and %{if}, 5 $ or 5 %", 'front_contact_list.this["$$' + '{name} and %%{if}, 5 $ or 5 %"]'],
  ["\u001b[31mred\u007f", String.raw`front_contact_list.this["\u001b[31mred\u007f"]`],
  ["right\u202eleft", String.raw`front_contact_list.this["right\u202eleft"]`],
  ["tag \u{e0041}", String.raw`front_contact_list.this["tag \U000e0041"]`],
  ["Zürich 東京 😀", 'front_contact_list.this["Zürich 東京 😀"]'],
])("the address of list %j is %s", (name, address) => {
  expect(listAddress(name)).toBe(address);
});

test("the parts of an address are its type, name and index", () => {
  expect(splitAddress(contactAddress("dale-cooper"))).toEqual({ type: "front_contact", name: "dale-cooper" });
  forAll([unicodeText()], {}, (index) => {
    expect(splitAddress(listAddress(index))).toEqual({ type: "front_contact_list", name: "this", index });
  });
});
