import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { RemoteContact } from "../../src/model/contact.ts";
import { previewMerge } from "../../src/planning/merge-preview.ts";
import { runs } from "../scale.ts";
import {
  desiredContact,
  desiredState,
  handle,
  idsOf,
  planFor,
  remoteContact,
  remoteState,
} from "../support/builders.ts";
import { forAllAsync } from "../support/for-all.ts";
import { withTestEnvironment } from "../support/test-environment.ts";

const COMPANY = { fields: { Title: "string", Place: "string", Joined: "datetime" }, lists: ["A", "B"] };

const ADA = remoteContact(["ada@x.example", "+441"], { name: "Ada", updatedAt: 1 });
const EVE = remoteContact(["eve@x.example", "+443"], { name: "Eve", updatedAt: 2 });

type EntryAttributes = Parameters<typeof desiredContact>[1];

function planMerging(attributes: EntryAttributes, contacts = [ADA, EVE]) {
  const desired = desiredContact(["ada@x.example", "eve@x.example"], { merge: true, id: "crd_ada", ...attributes });
  const plan = planFor([desired], remoteState(contacts, COMPANY));
  expect(plan.diagnostics).toEqual([]);
  return plan;
}

test("a merge operation contains the target, and the state of all contacts at the time of the plan", () => {
  expect(planMerging({}).operations).toEqual([
    {
      kind: "merge-contacts",
      id: "merge-contacts front_contact.ada",
      dependsOn: [],
      subjects: ["front_contact.ada", 'front_contact.undeclared["crd_eve"]'],
      target: { id: "crd_ada", handles: ADA.handles, belongings: expect.stringMatching(/^[0-9a-f]{64}$/) },
      others: [expect.objectContaining({ id: "crd_eve", handles: EVE.handles })],
    },
  ]);
});

test("a merge is one change of the target and one deletion for each merged contact", () => {
  const bob = remoteContact("bob@x.example");
  const desired = desiredContact(["ada@x.example", "eve@x.example", "bob@x.example"], { merge: true });
  const { changes } = planFor([desired], remoteState([ADA, EVE, bob]));
  expect(changes.map(({ address, action, id }) => [address, action, id])).toEqual([
    ["front_contact.ada", "update", "crd_ada"],
    ['front_contact.undeclared["crd_bob"]', "delete", "crd_bob"],
    ['front_contact.undeclared["crd_eve"]', "delete", "crd_eve"],
  ]);
});

test("the plan expects a merge to keep the name of a contact from which a handle is removed before the merge", () => {
  const entries = [
    desiredContact(["ada@x.example", "eve@x.example"], { merge: true, id: "crd_ada" }),
    desiredContact(["bob@x.example", "+443"]),
  ];
  const contacts = [{ ...ADA, updatedAt: 3 }, EVE, remoteContact("bob@x.example")];
  const plan = planFor(entries, remoteState(contacts));
  const { changes } = plan;
  expect(idsOf(plan).slice(0, 2)).toEqual([
    expect.stringMatching(/^remove-handle .* phone:\+443$/),
    "merge-contacts front_contact.ada",
  ]);
  expect(changes.find(({ id }) => id === "crd_ada")?.notes).toContain('probably lost in the merge: name "Ada"');
  expect(changes.find(({ id }) => id === "crd_eve")?.lostInMerge).toBeUndefined();
});

test.each<[string, EntryAttributes, Partial<RemoteContact>, string[]]>([
  ["nothing if the entry has only handles", {}, {}, []],
  ["attributes that one PATCH can set", { name: "Ada" }, {}, ["update-contact front_contact.ada"]],
  [
    "new handles",
    { handles: desiredContact(["ada@x.example", "eve@x.example", "+1"]).handles },
    {},
    ["add-handle front_contact.ada phone:+1"],
  ],
  [
    "undeclared handles of all contacts if the handles are exact",
    { exact: ["handles"] },
    {},
    ["remove-handle front_contact.ada phone:+441", "remove-handle front_contact.ada phone:+443"],
  ],
  ["lists that contain neither contact", { lists: ["A"] }, {}, ['add-to-list front_contact_list.this["A"] 1']],
  ["no lists that already contain the other contact", { lists: ["A"] }, { lists: [{ id: "grp_a", name: "A" }] }, []],
  [
    "declared and undeclared lists if the lists are exact",
    { lists: ["A"], exact: ["lists"] },
    { lists: [{ id: "grp_b", name: "B" }] },
    ['add-to-list front_contact_list.this["A"] 1', 'remove-from-list front_contact_list.this["B"] (grp_b) 1'],
  ],
])("after a merge, the plan updates %s", (_, attributes, remoteAttributes, operations) => {
  const plan = planMerging(attributes, [ADA, { ...EVE, ...remoteAttributes }]);
  expect(idsOf(plan)).toEqual(["merge-contacts front_contact.ada", ...operations]);
  for (const { dependsOn } of plan.operations.slice(1)) expect(dependsOn).toContain("merge-contacts front_contact.ada");
});

test("exact links and fields remove other values of merged contacts, but no declared link in another spelling", () => {
  const attributes = {
    links: ["https://caf\u00e9.example"],
    customFields: { Title: "T" },
    exact: ["links", "custom_fields"] as const,
  };
  const links = ["https://cafe\u0301.example", "https://theirs.example"];
  const eve = { ...EVE, name: "Ada", links, customFields: new Map([["Place", "Here"]]) };
  const plan = planMerging(attributes, [ADA, eve]);
  expect(plan.operations.at(-1)).toMatchObject({
    kind: "update-contact",
    removeLinks: ["https://theirs.example"],
    customFields: [
      { name: "Title", after: "T" },
      { name: "Place", type: "unknown" },
    ],
  });
  expect(plan.changes[0]?.notes).toEqual([
    "crd_eve is merged into this contact",
    "removed again after the merge: link https://theirs.example",
  ]);
});

type LossCase = [string, EntryAttributes, Partial<RemoteContact>, Partial<RemoteContact>, string[], string[]];

const titled = (title: string) => ({ customFields: new Map([["Title", title]]) });

test.each<LossCase>([
  ["an older name", {}, {}, {}, ['name "Ada"'], []],
  ["a name that the entry replaces", { name: "Ada" }, {}, {}, [], ['name "Eve"']],
  ["an older value of a field", { name: "Ada" }, titled("Old"), { ...titled("New"), name: "Ada" }, ['Title "Old"'], []],
  [
    "an older date of a field that the entry does not have",
    { name: "Ada" },
    { customFields: new Map([["Joined", 1738281600]]) },
    { customFields: new Map([["Joined", 1739145600]]), name: "Ada" },
    ['Joined "2025-01-31"'],
    [],
  ],
  [
    "a value that the entry replaces",
    { name: "Ada", customFields: { Title: "Ours" } },
    {},
    { ...titled("Theirs"), name: "Ada" },
    [],
    ['Title "Theirs"'],
  ],
  [
    "a value that an entry with exact custom fields clears",
    { name: "Ada", customFields: {}, exact: ["custom_fields"] },
    {},
    { ...titled("T"), name: "Ada" },
    [],
    ['Title "T"'],
  ],
  [
    "a description that the entry replaces",
    { name: "Ada", description: "ours" },
    {},
    { description: "theirs", name: "Ada" },
    [],
    ["its description"],
  ],
  [
    "nothing if Front joins both descriptions",
    { name: "Ada" },
    { description: "a" },
    { description: "b", name: "Ada" },
    [],
    [],
  ],
  [
    "an older picture",
    { name: "Ada" },
    { avatarUrl: "https://a" },
    { avatarUrl: "https://b", name: "Ada" },
    ["its picture"],
    [],
  ],
])("the plan lists values that a merge loses: %s", (_, attributes, ofTarget, ofOther, targetLoses, otherLoses) => {
  const { changes } = planMerging(attributes, [
    { ...ADA, ...ofTarget },
    { ...EVE, ...ofOther },
  ]);
  const lost = (index: number) =>
    changes[index]?.notes.filter((note) => note.startsWith("probably lost")).map((note) => note.split(": ")[1]);
  expect([lost(0), lost(1)]).toEqual([targetLoses, otherLoses]);
});

const text = fc.constantFrom("", "one", "two", "three");
const person = fc.record({
  name: fc.constantFrom("Ada", "Bob", "Eve"),
  description: text,
  links: fc.subarray(["https://a.example", "https://b.example"]),
  list_names: fc.subarray(["A", "B"]),
  custom_fields: fc.record(
    { "Job Title": fc.constantFrom("x", "y"), Location: fc.constantFrom("here", "there") },
    { requiredKeys: [] },
  ),
});

test("the preview of a merge equals its result", () =>
  forAllAsync([fc.array(person, { minLength: 2, maxLength: 4 }), fc.nat(3)], { numRuns: runs(25) }, (people, chosen) =>
    withTestEnvironment({}, async (environment) => {
      const emails = people.map((_, index) => `c${index}@x.example`);
      for (const [index, attributes] of people.entries())
        await environment.createContact([handle(emails[index] ?? "")], attributes);
      const { contacts } = await environment.read(desiredState(emails.map((email) => desiredContact(email))));
      const [target = ADA] = contacts.slice(chosen % contacts.length);
      const others = contacts.filter((contact) => contact !== target);
      const preview = previewMerge(target, others);
      await environment.request("POST", "/contacts/merge", {
        target_contact_id: target.id,
        contact_ids: others.map(({ id }) => id),
      });
      const result = (await environment.read(desiredState([desiredContact(emails[0] ?? "")]))).contacts[0];
      expect(withoutOrder(result ?? ADA)).toEqual(withoutOrder(preview));
    }),
  ));

/** Returns a contact with sorted collections, and without its update time and its account. */
function withoutOrder({
  updatedAt: _,
  account: _account,
  customFields,
  handles,
  links,
  lists,
  ...rest
}: RemoteContact): unknown {
  const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort();
  return {
    ...rest,
    handles: sorted(handles),
    links: sorted(links),
    lists: sorted(lists),
    fields: sorted([...customFields]),
  };
}
