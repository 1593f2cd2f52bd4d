import { expect, test } from "@jest/globals";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import {
  codesOf,
  desiredContact,
  idsOf,
  locationAt,
  type Policy,
  planFor,
  remoteContact,
  remoteState,
  UNGUARDED,
} from "../support/builders.ts";

const PROTECT = { protect: { location: locationAt(15, 5) } };
const LENIENT = { ...UNGUARDED, allowHandleMoves: true };

const ADA = remoteContact(["ada@x.example", "+441"]);
const TWIN = remoteContact("ada@y.example", { id: "crd_twin" });

type Case = [name: string, entries: DesiredContact[], contacts: RemoteContact[], refused: string[], policy?: Policy];

const refusals: Case[] = [
  [
    "a removal because the handles are exact",
    [desiredContact("ada@x.example", { exact: ["handles"], ...PROTECT })],
    [ADA],
    ["ada has protect: true, but the plan would remove phone +441 from it"],
  ],
  [
    "a handle that moves to another contact",
    [desiredContact("ada@x.example", PROTECT), desiredContact(["bob@x.example", "+441"])],
    [ADA, remoteContact("bob@x.example")],
    ["ada has protect: true, but the plan would remove phone +441 from it"],
  ],
  [
    "a handle that moves to a new contact",
    [desiredContact("ada@x.example", PROTECT), desiredContact(["bob@x.example", "+441"])],
    [ADA],
    ["ada has protect: true, but the plan would remove phone +441 from it"],
  ],
  [
    "a handle that moves away from the contact of a protected entry without other handles",
    [desiredContact("+441", { key: "ada", ...PROTECT }), desiredContact(["bob@x.example", "ada@x.example"])],
    [remoteContact(["bob@x.example", "ada@x.example", "+441"])],
    ["ada has protect: true, but the plan would remove phone +441 from it"],
  ],
  [
    "a merge whose entry does not specify the target contact",
    [desiredContact(["ada@x.example", "ada@y.example"], { merge: true, ...PROTECT })],
    [ADA, TWIN],
    ["ada has protect: true, but the plan would merge crd_twin into crd_ada"],
  ],
  [
    "a value that an undo or a base removes",
    [desiredContact("ada@x.example", { without: { handles: [{ source: "phone", handle: "+441" }] }, ...PROTECT })],
    [ADA],
    ["ada has protect: true, but the plan would remove phone +441 from it"],
  ],
  [
    "the deletion by an undo",
    [desiredContact("ada@x.example", { ensure: "absent", ...PROTECT })],
    [ADA],
    ["ada has protect: true, but the plan would delete it"],
  ],
];

test.each(refusals)("protection prevents %s", (_, entries, contacts, refused, policy = LENIENT) => {
  const plan = planFor(entries, remoteState(contacts), policy);
  expect(plan.diagnostics.map(({ summary }) => summary)).toEqual(refused);
  expect(plan.diagnostics.map(({ location }) => location)).toEqual(refused.map(() => locationAt(15, 5)));
  expect(codesOf(plan)).toEqual(refused.map(() => "contact-protected"));
  expect(idsOf(plan)).toEqual([]);
  const unprotected = entries.map(({ protect: _, ...entry }) => entry);
  expect(codesOf(planFor(unprotected, remoteState(contacts), policy))).toEqual([]);
});

const allowed: Case[] = [
  ["an update", [desiredContact("ada@x.example", { name: "Ada", ...PROTECT })], [ADA], []],
  ["a creation", [desiredContact("ada@x.example", PROTECT)], [], []],
  [
    "a merge into the pinned contact",
    [desiredContact(["ada@x.example", "ada@y.example"], { id: "crd_ada", merge: true, ...PROTECT })],
    [ADA, TWIN],
    [],
  ],
  [
    "a handle that moves to the protected contact",
    [desiredContact(["ada@x.example", "+442"], PROTECT), desiredContact("bob@x.example")],
    [ADA, remoteContact(["bob@x.example", "+442"])],
    [],
  ],
  [
    "the removal of links",
    [desiredContact("ada@x.example", { links: [], exact: ["links"], ...PROTECT })],
    [remoteContact("ada@x.example", { links: ["https://x.example"] })],
    [],
  ],
];

test.each(allowed)("protection allows %s", (_, entries, contacts) => {
  const plan = planFor(entries, remoteState(contacts), LENIENT);
  expect(codesOf(plan)).toEqual([]);
  expect(idsOf(plan)).not.toEqual([]);
});

test("the error refers to the entry that needs the handle", () => {
  const entries = [
    desiredContact("ada@x.example", PROTECT),
    desiredContact(["bob@x.example", "+441"], { location: locationAt(30) }),
  ];
  const [refusal] = planFor(entries, remoteState([ADA, remoteContact("bob@x.example")]), LENIENT).diagnostics;
  expect(refusal?.related).toEqual([{ location: locationAt(30), note: "bob is declared here" }]);
});

test("a protected entry that is not targeted causes no error", () => {
  const entries = [
    desiredContact("ada@x.example", { exact: ["handles"], ...PROTECT }),
    desiredContact("bob@x.example"),
  ];
  const plan = planFor(entries, remoteState([ADA]), { ...LENIENT, targets: { except: ["front_contact.ada"] } });
  expect(idsOf(plan)).toEqual(["create-contact front_contact.bob"]);
});
