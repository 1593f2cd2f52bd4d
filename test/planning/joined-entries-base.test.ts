import { expect, test } from "@jest/globals";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import { desiredContact, desiredState, planFor, remoteContact, remoteState, UNGUARDED } from "../support/builders.ts";

const [ADA, HOME, EVE] = ["ada@work.example", "ada@home.example", "eve@x.example"];
const ada = remoteContact(ADA, { id: "crd_ada" });
const home = remoteContact([HOME, EVE], { id: "crd_home" });
const merged = remoteContact([ADA, HOME, EVE], { id: "crd_ada" });
const removed = desiredContact([HOME, EVE], { key: "home" });
const joined = desiredContact([ADA, HOME, EVE], { key: "ada" });

/** Returns the addresses that are no longer managed after an entry was removed and another entry changed. */
function addressesOfRemovedEntries(
  removedEntry: DesiredContact,
  now: DesiredContact,
  contacts: readonly RemoteContact[],
) {
  const base = {
    revision: "HEAD",
    tree: `${"0".repeat(40)}:contacts`,
    overwrite: false,
    contacts: [desiredContact(ADA, { key: "ada" }), removedEntry],
    lists: [],
  };
  const policy = { ...UNGUARDED, allowHandleMoves: true };
  return planFor({ ...desiredState([now]), base }, remoteState(contacts), policy).base?.removedEntries.map(
    ({ address }) => address,
  );
}

test.each<[string, DesiredContact, readonly RemoteContact[]]>([
  ["if the contacts are merged", { ...joined, merge: true }, [ada, home]],
  ["after the contacts were merged", joined, [merged]],
])("an entry that was joined with another entry is not listed as no longer managed %s", (_, now, contacts) => {
  expect(addressesOfRemovedEntries(removed, now, contacts)).toEqual([]);
});

test.each<[string, DesiredContact, DesiredContact, readonly RemoteContact[]]>([
  ["its handles move to another contact", removed, joined, [ada, home]],
  [
    "only some of its handles moved to another contact",
    removed,
    desiredContact([ADA, HOME], { key: "ada" }),
    [remoteContact([ADA, HOME], { id: "crd_ada" }), remoteContact(EVE, { id: "crd_home" })],
  ],
  [
    "another contact got its handles in Front",
    { ...removed, id: "crd_home" },
    joined,
    [merged, remoteContact("other@x.example", { id: "crd_home" })],
  ],
])("a removed entry is listed as no longer managed if %s", (_, removedEntry, now, contacts) => {
  expect(addressesOfRemovedEntries(removedEntry, now, contacts)).toEqual(["front_contact.home"]);
});
