import { expect, test } from "@jest/globals";
import type { DesiredContact } from "../../src/model/contact.ts";
import { hashOfHandle } from "../../src/model/handle-hash.ts";
import { planChanges } from "../../src/planning/plan-changes.ts";
import { REFRESHES } from "../../src/reading/contact-search.ts";
import {
  codesOf,
  desiredContact,
  desiredState,
  handle,
  idsOf,
  locationAt,
  planFor,
  remoteContact as remote,
  remoteState,
  UNGUARDED,
} from "../support/builders.ts";
import { expectConverged } from "../support/scenarios.ts";
import { withTestEnvironment } from "../support/test-environment.ts";

/** Returns a tombstone that identifies handles by their hashes. */
function erased(...handles: readonly string[]): DesiredContact {
  const hashedHandles = handles.map((text) => {
    const parsedHandle = handle(text);
    return { source: parsedHandle.source, sha256: hashOfHandle(parsedHandle), location: locationAt(12) };
  });
  return { ...desiredContact([], { key: "erased", ensure: "absent" }), hashedHandles };
}

test("a hash covers the source and the canonical handle", () => {
  const hash = "d27b9a8e61bacd7aaef1ac59de113192e5e65887bc015b0cd10ec9c044607a1a";
  expect(hashOfHandle({ source: "email", handle: " Laura@Palmer.example" })).toBe(hash);
  expect(hashOfHandle({ source: "custom", handle: "laura@palmer.example" })).not.toBe(hash);
});

const LAURA = remote(["Laura@Palmer.example", "13605550123", "twitter:@Laura"]);

test.each(["laura@palmer.example", "+13605550123", "twitter:laura"])(
  "a tombstone with the hash of %s deletes the contact with that handle",
  (text) => {
    const plan = planFor([erased(text)], remoteState([LAURA, remote("ada@x.example")]));
    expect(idsOf(plan)).toEqual(["delete-contact front_contact.erased"]);
    expect(plan.changes.map(({ id, before }) => [id, before?.handles?.length])).toEqual([[LAURA.id, 3]]);
  },
);

test.each<[name: string, desired: DesiredContact[], codes: string[]]>([
  ["no contact has the handle", [erased("nobody@x.example")], []],
  ["only a private contact has the handle", [erased("private@x.example")], []],
  ["the handles belong to two contacts", [erased("laura@palmer.example", "ada@x.example")], ["match-ambiguous"]],
  [
    "another entry matches the contact by ID",
    [erased("ada@x.example"), desiredContact([], { key: "ada", id: "crd_ada" })],
    ["tombstone-conflict"],
  ],
])("a tombstone with hashed handles deletes nothing if %s", (_, desired, codes) => {
  const company = remoteState([LAURA, remote("ada@x.example"), remote("private@x.example", { isPrivate: true })]);
  const plan = planFor(desired, company);
  expect([idsOf(plan), codesOf(plan)]).toEqual([[], codes]);
});

const CONTACTS = [{ handles: ["email:Laura@Palmer.example", "custom:l"] }, { handles: ["email:ada@x.example"] }];
const OTHERS = Array.from({ length: 120 }, (_, index) => ({ handles: [`email:other${index}@x.example`] }));

test.each([
  ["no warning if it takes no more requests than lookups", CONTACTS, []],
  ["a warning if it takes more requests than lookups", [...CONTACTS, ...OTHERS], ["tombstone-scan"]],
])("a scan for a hash causes %s", (_, contacts, codes) =>
  withTestEnvironment({ seed: { contacts } }, async (environment) => {
    const desired = desiredState([erased("laura@palmer.example"), desiredContact("ada@x.example")]);
    expect(codesOf(await environment.plan(desired))).toEqual(codes);
  }),
);

test.each(REFRESHES)("all contacts are read to find a hash (--refresh %s)", (refresh) =>
  withTestEnvironment({ seed: { contacts: CONTACTS } }, async (environment) => {
    const desired = desiredState([erased("laura@palmer.example"), desiredContact("ada@x.example")]);
    const plan = planChanges(desired, await environment.read(desired, undefined, { refresh }), UNGUARDED);
    expect(plan.coverage.contacts).toBe("all");
    expect(codesOf(plan)).toEqual(["lookup", "changes"].includes(refresh) ? ["tombstone-scan"] : []);
    expect(idsOf(plan)).toEqual(["delete-contact front_contact.erased"]);
    const { report, verification } = await environment.applyAndVerify(plan);
    expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
    expect(verification.diagnostics).toEqual([]);
    await expectConverged({ environment, desired });
  }),
);
