import { expect, test } from "@jest/globals";
import { RemoteContactIndex } from "../../src/matching/contact-index.ts";
import { handlesBySource, type MatchPolicy, matchContacts, movesOf } from "../../src/matching/match-contacts.ts";
import { matchDiagnostics } from "../../src/matching/match-diagnostics.ts";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import { desiredContact, locationAt, remoteContact } from "../support/builders.ts";

const STRICT: MatchPolicy = { allowHandleMoves: false };
const MOVES_ALLOWED: MatchPolicy = { allowHandleMoves: true };

const ADA = remoteContact(["ada@x.example", "+441"]);
const BOB = remoteContact(["bob@x.example", "+442"]);
const EVE = remoteContact(["eve@x.example", "+443"]);
const bothHandles = ["ada@x.example", "bob@x.example"];
const TOMBSTONE = desiredContact("ada@x.example", { ensure: "absent" });

type Case = [
  string,
  DesiredContact[],
  RemoteContact[],
  { code: string; summary: RegExp; location: unknown; advice?: unknown },
];

const cases: Case[] = [
  [
    "lists each contact that has one of the handles",
    [desiredContact(bothHandles)],
    [{ ...ADA, name: "Ada" }, BOB],
    {
      code: "match-ambiguous",
      summary:
        /^The handles of ada belong to 2 .*: Ada \(crd_ada\) with email ada@x\.example, and a contact without a name \(crd_bob\) with/,
      location: locationAt(10),
    },
  ],
  [
    "states the limit for merges",
    [
      desiredContact(
        Array.from({ length: 51 }, (_, index) => `m${index}@x.example`),
        { key: "many", merge: true },
      ),
    ],
    Array.from({ length: 51 }, (_, index) => remoteContact(`m${index}@x.example`, { id: `crd_m${index}` })),
    {
      code: "merge-too-large",
      summary: /^many would be merged from 51 contacts; the limit is 50$/,
      location: locationAt(10),
    },
  ],
  [
    "points to the handle of an undeclared contact",
    [desiredContact(["ada@x.example", "eve@x.example"]), desiredContact(["bob@x.example", "twitter:eve"])],
    [ADA, BOB, remoteContact(["eve@x.example", "twitter:eve"], { name: "Eve" })],
    {
      code: "handle-of-other-contact",
      summary:
        /^(email eve@x\.example of ada|twitter eve of bob) belongs to Eve \(crd_eve\), which is not in the configuration$/,
      location: locationAt(12),
    },
  ],
  [
    "names the ID that does not exist",
    [desiredContact("ada@x.example", { id: "crd_gone", idLocation: locationAt(12) })],
    [],
    {
      code: "id-unknown",
      summary: /^ada has the ID "crd_gone", which does not exist in Front$/,
      location: locationAt(12),
    },
  ],
  [
    "lists two entries with the same ID",
    [desiredContact("ada@x.example", { id: "crd_eve" }), desiredContact("bob@x.example", { id: "crd_eve" })],
    [EVE],
    { code: "id-twice", summary: /^bob and ada have the same ID, .*\(crd_eve\)$/, location: locationAt(10) },
  ],
  [
    "names the entry that still declares the contact to delete",
    [TOMBSTONE, desiredContact(["bob@x.example", "+441"], { merge: true })],
    [ADA, BOB],
    {
      code: "tombstone-conflict",
      summary: /^ada would delete .*\(crd_ada\), which bob also declares with phone \+441$/,
      location: locationAt(10),
      advice:
        "To keep that contact, remove the tombstone. To merge it into bob, also set merge: true in bob. To delete it, remove its handles or its ID from bob.",
    },
  ],
  [
    "names the entry that declares the contact of a removed row",
    [{ ...TOMBSTONE, key: 'crm["A"]' }, desiredContact(["bob@x.example", "+441"], { merge: true })],
    [ADA, BOB],
    {
      code: "tombstone-conflict",
      summary:
        /^crm\["A"\] would delete .*\(crd_ada\), which bob also declares with phone \+441, because row A is no longer in table crm \(it was at /,
      location: locationAt(10),
      advice: expect.stringContaining("set missing: keep in the table. To merge it into bob, also set merge: true"),
    },
  ],
  [
    "names the pinned contact, even if it has none of the handles",
    [desiredContact("bob@x.example", { key: "ada", id: "crd_ada" })],
    [ADA, BOB],
    {
      code: "match-ambiguous",
      summary:
        /^The ID and the handles of ada belong to 2 .*: a contact without a name \(crd_ada\), and .* \(crd_bob\) with email bob@x\.example$/,
      location: locationAt(10),
    },
  ],
  [
    "names the removed row whose handles belong to two contacts",
    [desiredContact(bothHandles, { key: 'crm["A"]', ensure: "absent" })],
    [ADA, BOB],
    {
      code: "match-ambiguous",
      summary: /^The handles of crm\["A"\] belong to 2 contacts in Front/,
      location: locationAt(10),
      advice: expect.stringMatching(
        /^One contact would be deleted, because row A is no longer in table crm .*\. Set missing: keep in the table, or/,
      ),
    },
  ],
];

function diagnosticsOf(entries: readonly DesiredContact[], contacts: readonly RemoteContact[], policy: MatchPolicy) {
  const matches = matchContacts(entries, new RemoteContactIndex(contacts), policy);
  const movingHandles = handlesBySource([...matches.values()].flatMap(movesOf));
  return entries.flatMap((contact) => matchDiagnostics(contact, matches.get(contact), { ...policy, movingHandles }));
}

test.each(cases)("an error %s", (_, entries, contacts, { summary, ...expected }) => {
  const problem = { severity: "error", advice: expect.stringMatching(/\.$/), ...expected };
  const problems = diagnosticsOf(entries, contacts, STRICT);
  expect(problems).not.toEqual([]);
  for (const diagnostic of problems) {
    expect(diagnostic).toMatchObject({ ...problem, summary: expect.stringMatching(summary) });
  }
});

const ROW = 'crm["A"]';

test.each<[string, DesiredContact[], RemoteContact[], string]>([
  [
    "a row with the handles of two contacts",
    [desiredContact(bothHandles, { key: ROW })],
    [ADA, BOB],
    "Keep only the handles of one of them in the row, merge the contacts in Front, or allow the handles to move from the others.",
  ],
  [
    "a row with the handle of an undeclared contact",
    [desiredContact(["ada@x.example", "eve@x.example"], { key: ROW }), desiredContact(["bob@x.example", "+443"])],
    [ADA, BOB, remoteContact(["eve@x.example", "+443", "twitter:eve"])],
    "Merge the two contacts in Front, remove the handle from the row, or allow handles to move.",
  ],
  [
    "a tombstone for the contact of a row",
    [TOMBSTONE, desiredContact(["bob@x.example", "+441"], { key: ROW })],
    [ADA, BOB],
    `To keep that contact, remove the tombstone. To delete it, remove its handles from ${ROW}.`,
  ],
])("the advice for %s suggests no keys that a row cannot have", (_, entries, contacts, advice) => {
  expect(diagnosticsOf(entries, contacts, STRICT)[0]).toMatchObject({ advice });
});

test("if the ID does not exist, the only contact with the handles is suggested", () => {
  const entry = desiredContact("ada@x.example", { id: "crd_gone" });
  expect(diagnosticsOf([entry], [ADA, BOB], STRICT)).toMatchObject([
    {
      code: "id-unknown",
      advice:
        'The contact may have been merged into a contact without a name (crd_ada) with email ada@x.example. If so, set "id: crd_ada", or remove the ID.',
    },
  ]);
});

test("moving a handle of an undeclared contact is an error only without --allow-handle-moves", () => {
  const entries = [desiredContact(["ada@x.example", "eve@x.example"]), desiredContact(["bob@x.example", "+443"])];
  expect(diagnosticsOf(entries, [ADA, BOB, EVE], STRICT)).toHaveLength(2);
  expect(diagnosticsOf(entries, [ADA, BOB, EVE], MOVES_ALLOWED)).toEqual([]);
});

const ADA_AND_EVE = desiredContact(["ada@x.example", "eve@x.example"]);
const BOB_AND_EVE = desiredContact(["bob@x.example", "+443"]);
const KEEP_HANDLE = /own entry with its id and another handle|declare that contact with its id and another handle/;

test.each<[string, DesiredContact[], RemoteContact[], boolean]>([
  [
    "two of three handles of an undeclared contact to two entries",
    [ADA_AND_EVE, BOB_AND_EVE],
    [ADA, BOB, remoteContact(["eve@x.example", "+443", "twitter:eve"])],
    true,
  ],
  [
    "all handles of an undeclared contact",
    [desiredContact(["eve@x.example", "+443"], { id: "crd_ada" })],
    [ADA, EVE],
    false,
  ],
  ["all handles of an undeclared contact to two entries", [ADA_AND_EVE, BOB_AND_EVE], [ADA, BOB, EVE], false],
  ["one of two handles of an undeclared contact", [ADA_AND_EVE], [ADA, EVE], true],
  ["the only handle of an undeclared contact", [ADA_AND_EVE], [ADA, remoteContact("eve@x.example")], false],
])("the error for moving %s suggests only what is possible", (_, entries, contacts, canMove) => {
  const errors = diagnosticsOf(entries, contacts, STRICT);
  expect(errors).not.toEqual([]);
  for (const { advice, remedy } of errors) {
    expect(remedy).toEqual(canMove ? { kind: "move-handles" } : undefined);
    expect(KEEP_HANDLE.test(advice)).toBe(!canMove);
  }
});

test("an entry with the ID of a contact that has only the handles of another entry causes a warning", () => {
  const idLocation = locationAt(12);
  const copied = desiredContact("new@x.example", { id: "crd_ada", idLocation });
  const ada = desiredContact("ada@x.example");
  expect(diagnosticsOf([ada, copied], [ADA], STRICT)).toMatchObject([
    {
      severity: "warning",
      code: "id-of-other-contact",
      summary: "new has the ID of a contact without a name (crd_ada), whose handles ada declares",
      location: idLocation,
    },
  ]);
  const both = desiredContact(["new@x.example", "+441"], { id: "crd_ada", idLocation });
  expect(diagnosticsOf([ada, both], [ADA], STRICT)).toEqual([]);
  const restored = desiredContact("new@x.example", { id: "crd_ada" });
  expect(diagnosticsOf([ada, restored], [ADA], STRICT)).toEqual([]);
});
