import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { natively } from "../support/natively.ts";
import type { interleave } from "./interleavings.ts";

const INTERLEAVINGS = new URL("./interleavings.ts", import.meta.url);

const { tried, kinds, broken } = await natively<typeof interleave>(INTERLEAVINGS, "interleave", SCALE.interleavings);

test("two applies of one plan at once both succeed, and a third finds nothing to do", () => {
  expect(broken).toEqual([]);
});

test("this holds for every kind of operation, in every order or in many", () => {
  expect([...kinds].sort()).toEqual([
    "add-handle",
    "add-to-list",
    "create-contact",
    "create-list",
    "delete-contact",
    "link-account",
    "merge-contacts",
    "remove-from-list",
    "remove-handle",
    "unlink-account",
    "update-contact",
    "upload-avatar",
  ]);
  expect(Math.min(...Object.values(tried))).toBeGreaterThan(1);
});
