import { expect, test } from "@jest/globals";
import type { Operation, OperationKind } from "../../src/model/plan.ts";
import { orderOperations } from "../../src/planning/operation-order.ts";

/** Parses operations such as `add-handle b < a`: the kind, the ID, and the dependencies after `<`. */
function operations(...lines: string[]): Operation[] {
  return lines.map((line) => {
    const [, kind = "", id = "", dependencies] = /^(\S+) (\S+)(?: < (.+))?$/.exec(line) ?? [];
    const dependsOn = dependencies?.split(" ") ?? [];
    return { kind: kind as "create-list", id, name: id, subjects: [id], dependsOn };
  });
}

function orderedIds(...lines: string[]): string {
  return orderOperations(operations(...lines))
    .map(({ id }) => id)
    .join(" ");
}

const KINDS: readonly OperationKind[] = [
  "create-list",
  "create-account",
  "update-account",
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
  "delete-account",
  "delete-list",
];

test("operations are sorted by kind in the order that Front accepts, with deletions last", () => {
  const backwards = KINDS.toReversed().map((kind) => `${kind} ${kind}`);
  expect(orderedIds(...backwards)).toBe(KINDS.join(" "));
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
  ["with circular dependencies all appear once", ["add-handle a < b", "add-handle b < a"], "b a"],
  ["may be an empty list", [], ""],
])("operations %s", (_, lines, expected) => {
  expect(orderedIds(...lines)).toBe(expected);
});

test("a chain of dependencies may include every operation", () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => `add-handle o${index} < o${index + 1}`);
  const sorted = orderOperations(operations(...chain));
  expect(sorted.map(({ id }) => id)).toEqual(chain.map((_, index) => `o${19_999 - index}`));
});
