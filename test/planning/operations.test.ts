import { expect, test } from "@jest/globals";
import type { Operation, OperationKind } from "../../src/model/plan.ts";
import { orderOperations } from "../../src/planning/operations.ts";

/** `kind id` with what it depends on behind an arrow: `add-handle b < a`. */
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

test("kinds come in the order that Front accepts, and what is lost for good comes last", () => {
  const backwards = KINDS.toReversed().map((kind) => `${kind} ${kind}`);
  expect(inOrder(...backwards)).toBe(KINDS.join(" "));
});

test.each<[string, string[], string]>([
  ["stay as they were when they are of one kind", ["add-handle b", "add-handle a"], "b a"],
  ["come late when they depend on what is late", ["remove-handle r < a", "add-handle a"], "a r"],
  [
    "pull what they depend on forward, and that what it depends on",
    ["remove-handle r < a", "add-handle b", "add-handle a < c", "update-contact c"],
    "c a r b",
  ],
  ["do not mind what is not there", ["add-handle a < elsewhere"], "a"],
  ["come once, however many depend on them", ["add-handle a < r", "add-handle b < r", "remove-handle r"], "r a b"],
  ["are none when there are none", [], ""],
])("operations %s", (_, written, expected) => {
  expect(inOrder(...written)).toBe(expected);
});

test("a chain may be as long as the files are", () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => `add-handle o${index} < o${index + 1}`);
  const sorted = orderOperations(operations(...chain));
  expect(sorted.map(({ id }) => id)).toEqual(chain.map((_, index) => `o${19_999 - index}`));
});

test("operations that wait for each other in a circle are all there, once", () => {
  expect(inOrder("add-handle a < b", "add-handle b < a")).toBe("b a");
});
