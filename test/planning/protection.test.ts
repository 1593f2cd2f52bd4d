import { expect, test } from "@jest/globals";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import {
  codesOf,
  desiredContact as desired,
  idsOf,
  locationAt,
  planFor,
  remoteContact as remote,
  remoteState,
  UNGUARDED,
} from "../support/builders.ts";

const PROTECT = { protect: { location: locationAt(15, 5) } };
const MOVES_ALLOWED = { ...UNGUARDED, allowHandleMoves: true };

const ADA = remote(["ada@x.example", "+441"]);
const TWIN = remote("ada@y.example", { id: "crd_twin" });

type Case = [name: string, entries: DesiredContact[], contacts: RemoteContact[]];

test.each<[...Case, refused: string]>([
  [
    "the removal of a handle because the handles are exact",
    [desired("ada@x.example", { exact: ["handles"], ...PROTECT })],
    [ADA],
    "ada has protect: true, but the plan would remove phone +441 from it",
  ],
  [
    "the move of a handle to another contact",
    [desired("ada@x.example", PROTECT), desired(["bob@x.example", "+441"])],
    [ADA, remote("bob@x.example")],
    "ada has protect: true, but the plan would remove phone +441 from it",
  ],
  [
    "the move of a handle to a new contact",
    [desired("ada@x.example", PROTECT), desired(["bob@x.example", "+441"])],
    [ADA],
    "ada has protect: true, but the plan would remove phone +441 from it",
  ],
  [
    "the move of a protected entry's only handle away from the contact of another entry",
    [desired("+441", { key: "ada", ...PROTECT }), desired(["bob@x.example", "ada@x.example"])],
    [remote(["bob@x.example", "ada@x.example", "+441"])],
    "ada has protect: true, but the plan would remove phone +441 from it",
  ],
  [
    "a merge if the entry does not specify the ID of the target",
    [desired(["ada@x.example", "ada@y.example"], { merge: true, ...PROTECT })],
    [ADA, TWIN],
    "ada has protect: true, but the plan would merge crd_twin into crd_ada",
  ],
  [
    "the removal of a handle that was removed from the entry since the base",
    [desired("ada@x.example", { without: { handles: [{ source: "phone", handle: "+441" }] }, ...PROTECT })],
    [ADA],
    "ada has protect: true, but the plan would remove phone +441 from it",
  ],
  [
    "the deletion of a contact",
    [desired("ada@x.example", { ensure: "absent", ...PROTECT })],
    [ADA],
    "ada has protect: true, but the plan would delete it",
  ],
])("protection prevents %s", (_, entries, contacts, refused) => {
  const plan = planFor(entries, remoteState(contacts), MOVES_ALLOWED);
  expect(plan.diagnostics).toMatchObject([
    { code: "contact-protected", summary: refused, location: locationAt(15, 5) },
  ]);
  expect(idsOf(plan)).toEqual([]);
  const unprotected = entries.map(({ protect: _, ...entry }) => entry);
  expect(codesOf(planFor(unprotected, remoteState(contacts), MOVES_ALLOWED))).toEqual([]);
});

test.each<Case>([
  ["an update", [desired("ada@x.example", { name: "Ada", ...PROTECT })], [ADA]],
  ["a creation", [desired("ada@x.example", PROTECT)], []],
  [
    "a merge into the pinned contact",
    [desired(["ada@x.example", "ada@y.example"], { id: "crd_ada", merge: true, ...PROTECT })],
    [ADA, TWIN],
  ],
  [
    "the move of a handle to the protected contact",
    [desired(["ada@x.example", "+442"], PROTECT), desired("bob@x.example")],
    [ADA, remote(["bob@x.example", "+442"])],
  ],
  [
    "the removal of links",
    [desired("ada@x.example", { links: [], exact: ["links"], ...PROTECT })],
    [remote("ada@x.example", { links: ["https://x.example"] })],
  ],
])("protection allows %s", (_, entries, contacts) => {
  const plan = planFor(entries, remoteState(contacts), MOVES_ALLOWED);
  expect(codesOf(plan)).toEqual([]);
  expect(idsOf(plan)).not.toEqual([]);
});

test("the error for the handle of a protected contact refers to the entry to which the handle would move", () => {
  const entries = [desired("ada@x.example", PROTECT), desired(["bob@x.example", "+441"], { location: locationAt(30) })];
  const [refusal] = planFor(entries, remoteState([ADA, remote("bob@x.example")]), MOVES_ALLOWED).diagnostics;
  expect(refusal?.related).toEqual([{ location: locationAt(30), note: "bob is declared here" }]);
});

test("a protected entry that is excluded causes no error", () => {
  const entries = [desired("ada@x.example", { exact: ["handles"], ...PROTECT }), desired("bob@x.example")];
  const plan = planFor(entries, remoteState([ADA]), { ...MOVES_ALLOWED, targets: { except: ["front_contact.ada"] } });
  expect(idsOf(plan)).toEqual(["create-contact front_contact.bob"]);
});

test.each([
  ["ada", "remove protect: true (if it is a default, set protect: false in the entry)."],
  ['people["1"]', "remove protect: true from the defaults."],
])("the advice for the protected contact of %s explains how to remove the protection", (key, removal) => {
  const [error] = planFor(
    [desired("ada@x.example", { key, ensure: "absent", ...PROTECT })],
    remoteState([ADA]),
  ).diagnostics;
  expect(error).toMatchObject({ code: "contact-protected", advice: `To delete the contact, ${removal}` });
});
