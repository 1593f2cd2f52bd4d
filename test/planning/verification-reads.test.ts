import { expect, test } from "@jest/globals";
import { indexAccounts } from "../../src/model/account-index.ts";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import { planVerification } from "../../src/planning/verification-reads.ts";
import type { Readings } from "../../src/reading/remote-state.ts";
import { desiredContact, desiredState, locationAt, planFor, remoteContact, remoteState } from "../support/builders.ts";

const ADA = "ada@x.example";

function people(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `c${index}@x.example`);
}

const LISTS = ["A", "B"];

/** Returns a complete reading of Front in which list A has `membersOfA` other members. */
function readingsOf(contacts: readonly RemoteContact[], membersOfA = 0): Readings {
  const members = (name: string) => contacts.filter(({ lists }) => lists.some((list) => list.name === name)).length;
  const listSizes = new Map([
    ["grp_a", membersOfA + members("A")],
    ["grp_b", members("B")],
  ]);
  return { ...remoteState(contacts, { lists: LISTS }), listSizes };
}

/** Returns the parts of a verification that send requests. */
function verificationOf(desired: readonly DesiredContact[], state: Readings) {
  const plan = planFor(desiredState(desired, { lists: ["New"] }), state);
  expect(plan.diagnostics).toEqual([]);
  const {
    listingPages: listing = 0,
    members,
    lists,
    deletedContacts,
    accountPages,
    requests,
  } = planVerification(plan.operations, plan.basis.sizes);
  expect(plan.requests.byKind.verification ?? 0).toBe(requests);
  const inLists = lists.reduce(
    (sum, { addedMembers, removedMembers }) => sum + addedMembers.length + removedMembers.length,
    0,
  );
  return {
    listing,
    lists: lists.map(({ list, pages }) => `${list.name} ${pages}`),
    single: members.size - inLists + deletedContacts.size,
    accounts: [...accountPages.values()],
    requests,
  };
}

const entriesOnLists = (count: number, lists = ["A"]) => people(count).map((email) => desiredContact(email, { lists }));
const remoteContacts = (count: number, lists: string[] = []) =>
  people(count).map((email) => remoteContact(email, { lists }));
const NO_LISTS = { lists: [], exact: ["lists" as const] };

test.each<[string, readonly DesiredContact[], Readings, Partial<ReturnType<typeof verificationOf>>]>([
  ["nothing for an empty plan", [desiredContact(ADA)], readingsOf([remoteContact(ADA)]), { requests: 0 }],
  ["a listing for a creation", [desiredContact(ADA)], readingsOf([]), { listing: 1, requests: 1 }],
  [
    "a page for every hundred creations",
    people(201).map((email) => desiredContact(email)),
    readingsOf([]),
    { listing: 3, requests: 3 },
  ],
  [
    "one listing for all changes of contacts",
    [desiredContact([ADA, "+1"], { name: "A" })],
    readingsOf([remoteContact(ADA)]),
    { requests: 1 },
  ],
  [
    "a read by ID for a deletion, and no listing",
    [desiredContact(ADA, { ensure: "absent" })],
    readingsOf([remoteContact(ADA)]),
    { listing: 0, single: 1, requests: 1 },
  ],
  [
    "a read by ID for a contact added to a list",
    entriesOnLists(1),
    readingsOf(remoteContacts(1)),
    { listing: 0, single: 1, requests: 1 },
  ],
  [
    "a read by ID for each contact added to a long list",
    entriesOnLists(2),
    readingsOf(remoteContacts(2), 900),
    { listing: 1, single: 2, requests: 3 },
  ],
  [
    "the members of the list if that takes fewer requests",
    entriesOnLists(120),
    readingsOf(remoteContacts(120)),
    { listing: 1, lists: ["A 2"], single: 0, requests: 3 },
  ],
  [
    "the members of the list, including previous members",
    entriesOnLists(120),
    readingsOf(remoteContacts(120), 900),
    { listing: 1, lists: ["A 11"], requests: 12 },
  ],
  [
    "the members of a new list",
    entriesOnLists(5, ["New"]),
    readingsOf(remoteContacts(5)),
    { listing: 0, lists: ["New 1"], requests: 1 },
  ],
  [
    "the members of one of two lists for contacts added to both",
    entriesOnLists(5, ["A", "B"]),
    readingsOf(remoteContacts(5)),
    { lists: ["A 1"], single: 0, requests: 1 },
  ],
  [
    "no additional read for contacts in the listing",
    entriesOnLists(5).map((entry) => ({ ...entry, name: "N" })),
    readingsOf(remoteContacts(5)),
    { listing: 1, lists: [], requests: 1 },
  ],
  [
    "the members of the list from which contacts were removed",
    people(5).map((email) => desiredContact(email, NO_LISTS)),
    readingsOf(remoteContacts(5, ["A"])),
    { lists: ["A 1"], single: 0, requests: 1 },
  ],
  [
    "a read by ID for each contact removed from several lists",
    people(5).map((email) => desiredContact(email, NO_LISTS)),
    readingsOf(remoteContacts(5, LISTS)),
    { listing: 1, single: 5, requests: 6 },
  ],
])("verification requires %s", (_, desired, state, expected) => {
  expect(verificationOf(desired, state)).toMatchObject(expected);
});

test("a verification reads the pages of an account to verify links to it", () => {
  const members = new Set(Array.from({ length: 150 }, (_, index) => `crd_m${index}`));
  const state = {
    ...readingsOf(remoteContacts(2)),
    referencedAccounts: indexAccounts([{ identifier: "acc_1", id: "acc_1", domains: [], members }]),
  };
  const desired = people(2).map((email) =>
    desiredContact(email, { account: { id: "acc_1", location: locationAt(9) } }),
  );
  expect(verificationOf(desired, state)).toEqual({ listing: 0, lists: [], single: 0, accounts: [2], requests: 2 });
});

test("a verification counts only the contacts to verify", () => {
  const plan = planFor(
    [desiredContact(ADA), desiredContact("bob@x.example", { ensure: "absent" })],
    readingsOf([remoteContact("bob@x.example")]),
  );
  expect(planVerification(plan.operations).requests).toBe(2);
  expect(planVerification(plan.operations, {}, (address) => address === "front_contact.ada")).toMatchObject({
    changedContacts: new Set(["front_contact.ada"]),
    deletedContacts: new Set(),
    requests: 1,
  });
});
