import { expect, test } from "@jest/globals";
import type { Operation, OperationKind } from "../../src/model/plan.ts";
import { orderOperations } from "../../src/planning/operations.ts";

/** Parses `kind id`, with dependencies after `<`: `add-handle b < a`. */
function operations(...written: string[]): Operation[] {
  return written.map((line) => {
    const [, kind = "", id = "", after] = /^(\S+) (\S+)(?: < (.+))?$/.exec(line) ?? [];
    const dependsOn = after?.split(" ") ?? [];
    return { kind: kind as "create-list", id, name: id, subjects: [id], dependsOn };
  });
}

function inOrder(...written: string[]): string {
  return orderOperations(operations(...written))
    .map(({ id }) => id)
    .join(" ");
}

const KINDS: readonly OperationKind[] = [
  "create-list",
  "merge-contacts",
  "remove-handle",
  "create-contact",
  "update-contact",
  "add-handle",
  "upload-avatar",
  "add-to-list",
  "remove-from-list",
  "unlink-account",
  "link-account",
  "delete-contact",
];

test("sorts kinds in the order that Front accepts, with deletions last", () => {
  const backwards = KINDS.toReversed().map((kind) => `${kind} ${kind}`);
  expect(inOrder(...backwards)).toBe(KINDS.join(" "));
});

test.each<[string, string[], string]>([
  ["keep their order within a kind", ["add-handle b", "add-handle a"], "b a"],
  ["follow their dependencies", ["remove-handle r < a", "add-handle a"], "a r"],
  [
    "precede later kinds together with their dependencies",
    ["remove-handle r < a", "add-handle b", "add-handle a < c", "update-contact c"],
    "c a r b",
  ],
  ["ignore unknown dependencies", ["add-handle a < elsewhere"], "a"],
  ["appear once if several depend on them", ["add-handle a < r", "add-handle b < r", "remove-handle r"], "r a b"],
  ["may be empty", [], ""],
])("operations %s", (_, written, expected) => {
  expect(inOrder(...written)).toBe(expected);
});

test("a chain may contain every operation", () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => `add-handle o${index} < o${index + 1}`);
  const sorted = orderOperations(operations(...chain));
  expect(sorted.map(({ id }) => id)).toEqual(chain.map((_, index) => `o${19_999 - index}`));
});

test("operations with circular dependencies all appear once", () => {
  expect(inOrder("add-handle a < b", "add-handle b < a")).toBe("b a");
});
