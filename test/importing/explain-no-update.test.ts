import { expect, test } from "@jest/globals";
import { explainNoUpdate } from "../../src/importing/explain-no-update.ts";
import type { Match } from "../../src/matching/match-contacts.ts";

const contact = { id: "crd_1" };

test.each([
  ["merges several contacts", { kind: "merge" }, "run apply to merge them"],
  [
    "matches several contacts",
    { kind: "ambiguous" },
    "declare only the handles of one of them, merge them in Front, or set merge: true in a YAML entry",
  ],
  [
    "has the ID of another entry",
    { kind: "id-conflict", contact, otherEntry: { key: "bob" } },
    "bob has the same ID; remove id from one of the entries",
  ],
  ["has an unknown ID", { kind: "id-not-found", id: "crd_404" }, "its ID crd_404 does not exist in Front; correct or "],
])("the reason why an entry that %s is not updated states the next step", (_, match, expected) => {
  expect(explainNoUpdate(match as unknown as Match)).toContain(expected);
});
