import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { interleave } from "./interleavings.ts";

const { triedOrders, kinds, violations } = await interleave(SCALE.interleavings);

test("two simultaneous applies of the same changes both succeed, and a third apply has no operations", () => {
  expect(violations).toEqual([]);
});

test("every case is tried in more than one order, and the cases cover all kinds of operations", () => {
  expect([...kinds].sort()).toEqual([
    "add-handle",
    "add-to-list",
    "create-account",
    "create-contact",
    "create-list",
    "delete-account",
    "delete-contact",
    "delete-list",
    "link-account",
    "merge-contacts",
    "remove-from-list",
    "remove-handle",
    "unlink-account",
    "update-account",
    "update-contact",
    "upload-avatar",
  ]);
  expect(Math.min(...Object.values(triedOrders))).toBeGreaterThan(1);
});
