import { expect, test } from "@jest/globals";
import { desiredToRead } from "../../src/history/undo/desired-to-read.ts";
import type { ContactChanges } from "../../src/history/undo/run-changes.ts";
import { handle, locationAt } from "../support/builders.ts";

const NONE = { added: [], removed: [] };

function contactChanges(key: string, changes: Partial<ContactChanges>): ContactChanges {
  const unchanged = { before: null, fields: [], handles: NONE, links: NONE, lists: NONE };
  const identity = { address: `front_contact.${key}`, key, id: `crd_${key}`, location: locationAt(1) };
  return { ...identity, kind: "changed", ...unchanged, ...changes };
}

test.each([
  ["+13605550123", "+13605550123", []],
  ["+13605550123", "360 555 0123", []],
  ["+13605550123", "+13605550124", ["+13605550124"]],
  ["ada@x.example", "ADA@x.example", []],
  ["ada@x.example", "bob@x.example", ["bob@x.example"]],
])(
  "if a run added %s to a created contact and removed %s from another, an undo looks up the other contact by these handles: %j",
  (added, removed, read) => {
    const contacts = [
      contactChanges("new", { kind: "created", handles: { added: [handle(added)], removed: [] } }),
      contactChanges("old", { handles: { added: [], removed: [handle(removed)] } }),
    ];
    const run = { name: "run", contacts, accounts: [], createdLists: [], deletedLists: [] };
    const { contacts: entries } = desiredToRead(run, { settings: {}, allowRemovals: true });
    const other = entries.find(({ key }) => key === "old");
    expect(other?.handles.map(({ handle: text }) => text)).toEqual(read);
  },
);
