import { expect, test } from "@jest/globals";
import { RemoteContactIndex } from "../../src/matching/contact-index.ts";
import { type HandleMove, type Match, type MatchPolicy, matchContacts } from "../../src/matching/match-contacts.ts";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import { desiredContact as desired, locationAt, remoteContact as remote } from "../support/builders.ts";

const STRICT: MatchPolicy = { allowHandleMoves: false };
const MOVES_ALLOWED: MatchPolicy = { allowHandleMoves: true };

/**
 * Returns a summary of each match: `new`, an ID or a problem, then the handles that move to the contact, with their
 * sources, such as `crd_bob, +441 from crd_ada`.
 */
function matchesOf(
  entries: readonly DesiredContact[],
  contacts: readonly RemoteContact[],
  policy = STRICT,
): Record<string, string> {
  const matches = matchContacts(entries, new RemoteContactIndex(contacts), policy);
  return Object.fromEntries(entries.map((contact) => [contact.key, describeMatch(matches.get(contact))]));
}

function describeMatch(match: Match | undefined): string {
  switch (match?.kind) {
    case "no-match":
      return `new${movesIn(match.moves)}`;
    case "match":
      return `${match.contact.id}${movesIn(match.moves)}`;
    case "merge":
      return `${match.target.id} and ${ids(match.others)}${movesIn(match.moves)}`;
    case "ambiguous":
      return `ambiguous: ${ids(match.contacts)}`;
    case "deletion":
      return `deletion: ${match.contact.id}`;
    case "deletion-conflict":
    case "id-conflict":
      return `${match.kind}: ${match.contact.id} by ${match.otherEntry.key}`;
    default:
      return match?.kind ?? "missing";
  }
}

function ids(contacts: readonly RemoteContact[]): string {
  return contacts.map(({ id }) => id).join(" ");
}

function movesIn(moves: readonly HandleMove[]): string {
  return moves
    .map(({ handle, sourceContact, sourceEntry }) => `, ${handle.handle} from ${sourceEntry?.key ?? sourceContact.id}`)
    .join("");
}

type Case = [string, DesiredContact[], RemoteContact[], Record<string, string>];

/** Returns a test function that checks the matches twice, the second time with entries and contacts in reverse order. */
function checkWith(policy: MatchPolicy) {
  return (_: string, entries: DesiredContact[], contacts: RemoteContact[], expected: Record<string, string>) => {
    expect(matchesOf(entries, contacts, policy)).toEqual(expected);
    expect(matchesOf(entries.toReversed(), contacts.toReversed(), policy)).toEqual(expected);
  };
}

const check = checkWith(STRICT);

const ADA = remote(["ada@x.example", "+441"]);
const BOB = remote(["bob@x.example", "+442"]);
const EVE = remote(["eve@x.example", "+443"]);

/** An entry that was loaded with `phone_country: US`. */
const NATIONAL_NUMBER = desired([], {
  key: "written",
  handles: [{ source: "phone", handle: "+13605550100", written: "360.555.0100", location: locationAt(11) }],
});

const single: Case[] = [
  ["is new if no contact has one of its handles", [desired("ada@x.example")], [BOB], { ada: "new" }],
  ["matches the contact with its handle", [desired("ada@x.example")], [ADA, BOB], { ada: "crd_ada" }],
  ["matches by any of its handles", [desired(["new@x.example", "+441"])], [ADA], { new: "crd_ada" }],
  ["matches an email address in another case", [desired("ADA@X.example")], [ADA], { ada: "crd_ada" }],
  [
    "matches another spelling of a phone number",
    [desired("+44 20 7946-0001")],
    [remote("442079460001")],
    { "442079460001": "crd_442079460001" },
  ],
  [
    "matches another spelling of a Twitter handle",
    [desired("twitter:Ada")],
    [remote("twitter:@ada")],
    { twitterada: "crd_twitter" },
  ],
  [
    "does not match a custom handle in another case",
    [desired("custom:Ada")],
    [remote("custom:ada")],
    { customada: "new" },
  ],
  [
    "does not match a handle that contains its short code",
    [desired("24365")],
    [remote("phone:DHL24365")],
    { "24365": "new" },
  ],
  [
    "does not match a contact that has its number with an extension",
    [desired("+15551234567")],
    [remote("phone:+1 555 123 4567 ext. 890")],
    { "15551234567": "new" },
  ],
  [
    "does not match an email address with a letter that only looks the same",
    [desired("kim@x.example")],
    [remote("\u212aim@x.example")],
    { kim: "new" },
  ],
  ["does not match a private contact", [desired("ada@x.example")], [{ ...ADA, isPrivate: true }], { ada: "new" }],
  [
    "does not match a private contact by ID",
    [desired("ada@x.example", { id: "crd_ada" })],
    [{ ...ADA, isPrivate: true }],
    { ada: "id-private" },
  ],
  ["matches a number by its digits", [NATIONAL_NUMBER], [remote("(360) 555-0100")], { written: "crd_3605550100" }],
  [
    "does not match an international number that has the same digits",
    [NATIONAL_NUMBER],
    [remote("+3605550100")],
    { written: "new" },
  ],
  ["does not match the same text with another source", [desired("custom:ada@x.example")], [ADA], { customada: "new" }],
  ["matches the pinned contact", [desired("eve@x.example", { id: "crd_ada" })], [ADA], { eve: "crd_ada" }],
  [
    "is reported if its ID does not exist",
    [desired("ada@x.example", { id: "crd_gone" })],
    [ADA],
    { ada: "id-not-found" },
  ],
];
test.each(single)("an entry %s", check);

const both = ["ada@x.example", "bob@x.example"];

const multiple: Case[] = [
  [
    "is ambiguous if its handles belong to several contacts",
    [desired(both)],
    [ADA, BOB],
    { ada: "ambiguous: crd_ada crd_bob" },
  ],
  [
    "is ambiguous if its ID and its handle belong to different contacts",
    [desired("bob@x.example", { id: "crd_ada" })],
    [ADA, BOB],
    { bob: "ambiguous: crd_ada crd_bob" },
  ],
  [
    "merges the contacts of its handles with merge: true",
    [desired([...both, "eve@x.example"], { merge: true })],
    [ADA, BOB, EVE],
    { ada: "crd_ada and crd_bob crd_eve" },
  ],
  ["merges nothing if only one contact has its handles", [desired(both, { merge: true })], [BOB], { ada: "crd_bob" }],
  ["merges nothing if no contact has its handles", [desired(both, { merge: true })], [EVE], { ada: "new" }],
];
test.each(multiple)("an entry %s", check);

const withMovesAllowed: Case[] = [
  [
    "matches the contact with the most handles of the entry",
    [desired([...both, "+442"])],
    [ADA, BOB],
    { ada: "crd_bob, ada@x.example from crd_ada" },
  ],
  [
    "matches the oldest contact if several have the same number of its handles",
    [desired(both)],
    [BOB, ADA],
    { ada: "crd_ada, bob@x.example from crd_bob" },
  ],
  [
    "matches the pinned contact",
    [desired([...both, "+441"], { id: "crd_bob" })],
    [ADA, BOB],
    { ada: "crd_bob, ada@x.example from crd_ada, +441 from crd_ada" },
  ],
  ["merges contacts with merge: true", [desired(both, { merge: true })], [ADA, BOB], { ada: "crd_ada and crd_bob" }],
];
test.each(withMovesAllowed)(
  "with --allow-handle-moves, an entry whose handles belong to several contacts %s",
  checkWith(MOVES_ALLOWED),
);

const OLD = remote("second@x.example", { id: "crd_zz" });
const YOUNG = remote("first@x.example", { id: "crd_100" });

test.each<Case>([
  [
    "the pinned contact, even if another has more handles of the entry",
    [desired([...both, "+442"], { merge: true, id: "crd_ada" })],
    [ADA, BOB],
    { ada: "crd_ada and crd_bob" },
  ],
  [
    "the contact with the most handles of the entry if none is pinned",
    [desired([...both, "+442"], { merge: true })],
    [ADA, BOB],
    { ada: "crd_bob and crd_ada" },
  ],
  [
    "the oldest contact if all have the same number of handles of the entry",
    [desired(["first@x.example", "second@x.example"], { merge: true })],
    [YOUNG, OLD],
    { first: "crd_zz and crd_100" },
  ],
])("a merge keeps %s", check);

const contested: Case[] = [
  [
    "the entry with more of its handles",
    [desired("ada@x.example"), desired(["zoe@x.example", "+441", "twitter:ada"])],
    [remote(["ada@x.example", "+441", "twitter:ada"])],
    { ada: "new, ada@x.example from zoe", zoe: "crd_ada" },
  ],
  [
    "the entry that is pinned to it, even if another entry has more of its handles",
    [desired(["ada@x.example", "+441"]), desired("zoe@x.example", { id: "crd_ada" })],
    [ADA],
    { ada: "new, ada@x.example from zoe, +441 from zoe", zoe: "crd_ada" },
  ],
  [
    "the first entry by key if both have the same number of its handles",
    [desired("zoe@x.example"), desired("+441", { key: "ada" })],
    [remote(["zoe@x.example", "+441"])],
    { ada: "crd_zoe", zoe: "new, zoe@x.example from ada" },
  ],
  [
    "the entry that matches no other contact",
    [desired(["ada@x.example", "+441", "bob@x.example", "twitter:bob"]), desired("+442")],
    [ADA, remote(["bob@x.example", "twitter:bob", "+442"], { id: "crd_older" })],
    { ada: "crd_ada, bob@x.example from 442, bob from 442", "442": "crd_older" },
  ],
  [
    "the entry that merges contacts, if both match another contact",
    [desired(["ada@x.example", "eve@x.example"]), desired(["bob@x.example", "+442", "+443"], { merge: true })],
    [ADA, BOB, EVE],
    { ada: "crd_ada, eve@x.example from bob", bob: "crd_bob and crd_eve" },
  ],
  [
    "the first of two entries that are pinned to it, with an error for the other",
    [desired("ada@x.example", { id: "crd_eve" }), desired("bob@x.example", { id: "crd_eve" })],
    [EVE],
    { ada: "crd_eve", bob: "id-conflict: crd_eve by ada" },
  ],
];
test.each(contested)("a contact that two entries declare matches %s", check);

const moves: Case[] = [
  [
    "moves from one contact to another",
    [desired("ada@x.example"), desired(["bob@x.example", "+441"])],
    [ADA, BOB],
    { ada: "crd_ada", bob: "crd_bob, +441 from ada" },
  ],
  [
    "moves to a new contact",
    [desired("ada@x.example"), desired(["new@x.example", "+441"])],
    [remote(["ada@x.example", "+441", "twitter:a"])],
    { ada: "crd_ada", new: "new, +441 from ada" },
  ],
  [
    "is swapped for another, and both entries keep their contacts",
    [desired(["ada@x.example", "+442"]), desired(["bob@x.example", "+441"])],
    [ADA, BOB],
    { ada: "crd_ada, +442 from bob", bob: "crd_bob, +441 from ada" },
  ],
  [
    "moves in a cycle of three contacts, and all entries keep their contacts",
    [desired(["ada@x.example", "+443"]), desired(["bob@x.example", "+441"]), desired(["eve@x.example", "+442"])],
    [ADA, BOB, EVE],
    { ada: "crd_ada, +443 from eve", bob: "crd_bob, +441 from ada", eve: "crd_eve, +442 from bob" },
  ],
  [
    "is swapped between two pinned contacts without other handles",
    [desired("bob@x.example", { id: "crd_ada" }), desired("ada@x.example", { id: "crd_bob" })],
    [remote("ada@x.example"), remote("bob@x.example")],
    { bob: "crd_ada, bob@x.example from ada", ada: "crd_bob, ada@x.example from bob" },
  ],
  [
    "moves from an undeclared contact that shares handles with two entries",
    [desired(["ada@x.example", "eve@x.example"]), desired(["bob@x.example", "+443"])],
    [ADA, BOB, EVE],
    { ada: "crd_ada, eve@x.example from crd_eve", bob: "crd_bob, +443 from crd_eve" },
  ],
];
test.each(moves)("a handle %s", check);

const TOMBSTONE = desired("ada@x.example", { ensure: "absent" });

const tombstones: Case[] = [
  ["deletes the contact with its handle", [TOMBSTONE], [ADA, BOB], { ada: "deletion: crd_ada" }],
  ["changes nothing if no contact has its handle", [TOMBSTONE], [BOB], { ada: "already-deleted" }],
  ["ignores handles that no contact has", [desired(both, { ensure: "absent" })], [BOB], { ada: "deletion: crd_bob" }],
  [
    "is ambiguous if its handles belong to different contacts",
    [desired(both, { ensure: "absent" })],
    [ADA, BOB],
    { ada: "ambiguous: crd_ada crd_bob" },
  ],
  [
    "deletes the pinned contact",
    [desired("new@x.example", { ensure: "absent", id: "crd_ada" })],
    [ADA],
    { new: "deletion: crd_ada" },
  ],
  [
    "changes nothing if the pinned contact does not exist",
    [desired("ada@x.example", { ensure: "absent", id: "crd_gone" })],
    [ADA],
    { ada: "already-deleted" },
  ],
  [
    "is ambiguous if its ID and its handle belong to different contacts",
    [desired("bob@x.example", { ensure: "absent", id: "crd_ada" })],
    [ADA, BOB],
    { bob: "ambiguous: crd_ada crd_bob" },
  ],
  [
    "does not delete a contact that another entry matches",
    [TOMBSTONE, desired("+441")],
    [ADA],
    { ada: "deletion-conflict: crd_ada by 441", "441": "crd_ada" },
  ],
  [
    "does not delete a contact to which another entry is pinned",
    [TOMBSTONE, desired("eve@x.example", { id: "crd_ada" })],
    [ADA],
    { ada: "deletion-conflict: crd_ada by eve", eve: "crd_ada" },
  ],
  [
    "does not delete a contact that another entry merges",
    [TOMBSTONE, desired(["bob@x.example", "+441"], { merge: true })],
    [ADA, BOB],
    { ada: "deletion-conflict: crd_ada by bob", bob: "crd_ada and crd_bob" },
  ],
  [
    "does not delete a contact whose handles other entries declare",
    [desired("twitter:x", { ensure: "absent" }), desired(["bob@x.example", "+1"]), desired(["eve@x.example", "+2"])],
    [remote(["twitter:x", "+1", "+2"], { id: "crd_young" }), BOB, EVE],
    {
      twitterx: "deletion-conflict: crd_young by bob",
      bob: "crd_bob, +1 from crd_young",
      eve: "crd_eve, +2 from crd_young",
    },
  ],
  [
    "deletes a contact once if two tombstones match it",
    [TOMBSTONE, desired("+441", { ensure: "absent", key: "phone" })],
    [ADA],
    { ada: "deletion: crd_ada", phone: "already-deleted" },
  ],
];
test.each(tombstones)("a tombstone %s", check);

test("two email addresses that differ only in case are distinguished by the exact spelling", () => {
  const contacts = [remote("ada@x.example", { id: "crd_1" }), remote("Ada@x.example", { id: "crd_2" })];
  expect(matchesOf([desired("Ada@x.example")], contacts)).toEqual({ ada: "crd_2" });
  expect(matchesOf([desired("ada@x.example")], contacts)).toEqual({ ada: "crd_1" });
  expect(matchesOf([desired("ADA@x.example")], contacts)).toEqual({ ada: "ambiguous: crd_1 crd_2" });
});

test("a contact that is added twice has the values that were added last", () => {
  const index = new RemoteContactIndex([remote(["ada@x.example", "+441"]), remote("ada@x.example", { name: "Ada" })]);
  expect(index.all().map(({ name }) => name)).toEqual(["Ada"]);
  const [match] = matchContacts([desired(["ada@x.example", "+441"])], index, STRICT).values();
  expect(match).toMatchObject({ kind: "match", contact: { name: "Ada" } });
});
