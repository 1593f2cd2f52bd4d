import { expect, test } from "@jest/globals";
import { DeclaredContacts } from "../../src/matching/declared-contacts.ts";
import type { DesiredContact } from "../../src/model/contact.ts";
import { desiredContact, desiredState, handle, idsOf } from "../support/builders.ts";
import { withTestEnvironment } from "../support/test-environment.ts";

/** An entry that is skipped, because its phone number may be the number `+49301234567` of another contact. */
const SKIPPED = desiredContact(["ada@x.example", "030 1234567"], { key: "ada", name: "Ada" });
const OTHER = "eve@x.example";

test.each<[string, DesiredContact]>([
  ["updated", desiredContact(OTHER, { key: "eve", name: "Eve" })],
  ["deleted", desiredContact(OTHER, { key: "eve", ensure: "absent" })],
  ["merged", desiredContact([OTHER, "eve@y.example"], { key: "eve", merge: true })],
])("the contact of a skipped entry is not %s by another entry", (_, eve) =>
  withTestEnvironment({}, async (environment) => {
    const id = await environment.createContact([handle("ada@x.example"), handle(OTHER)]);
    await environment.createContact([handle("eve@y.example")]);
    await environment.createContact([handle("+49301234567")]);
    const { operations, diagnostics } = await environment.plan(desiredState([SKIPPED, eve]));
    expect(idsOf({ operations })).toEqual([]);
    expect(diagnostics.map(({ summary }) => summary)).toEqual([
      expect.stringContaining("front_contact.ada is skipped, because its phone 030 1234567 may be"),
      `front_contact.eve is skipped, because ${id} may be the contact of front_contact.ada, which is also skipped`,
    ]);
  }),
);

test("the earlier version of a skipped entry is not used for another entry", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("+49301234567")]);
    const contacts = [SKIPPED, desiredContact(OTHER, { key: "eve" })];
    const earlier = desiredContact(["ada@x.example", OTHER], { key: "ada" });
    const base = {
      revision: "HEAD",
      tree: `${"0".repeat(40)}:contacts`,
      overwrite: false,
      contacts: [earlier],
      lists: [],
    };
    const plan = await environment.plan({ ...desiredState(contacts), base });
    expect(idsOf(plan)).toEqual(["create-contact front_contact.eve"]);
  }));

test.each([
  [
    "an entry in YAML advises setting its ID",
    "ada",
    "Find the contact in Front and set its ID in the entry.",
    undefined,
  ],
  [
    "a row, which cannot have an ID, advises reading all contacts",
    'crm["A"]',
    "Read all contacts.",
    "read-all-contacts",
  ],
])("the error about a contradictory lookup for %s", (_, key, advice, remedy) => {
  const entry = desiredContact("ada@x.example", { key });
  const declared = new DeclaredContacts([entry]);
  for (const declaredHandle of entry.handles)
    declared.skipUnclear(entry, declaredHandle, "Front returned another contact");
  const [error, ...others] = declared.diagnostics();
  expect(others).toEqual([]);
  expect([error?.code, error?.advice, error?.remedy?.kind]).toEqual(["contact-unclear", advice, remedy]);
});
