import { expect, test } from "@jest/globals";
import type { Change } from "../../src/model/change.ts";
import type { DesiredContact } from "../../src/model/contact.ts";
import { desiredContact, desiredState, idsOf, planFor, remoteContact, remoteState } from "../support/builders.ts";

const [ADA, EVE, OLD] = ["ada@x.example", "eve@x.example", "old@x.example"];
const LINK = "https://old.example";

type EntryAttributes = Parameters<typeof desiredContact>[1];
type RemoteAttributes = Parameters<typeof remoteContact>[1];

const atBase = (attributes: EntryAttributes = {}) => desiredContact([ADA, OLD], { key: "ada", ...attributes });
const now = () => desiredContact([ADA, EVE], { key: "ada", merge: true });

interface Sides {
  readonly base: DesiredContact;
  readonly ada?: RemoteAttributes;
  readonly eve?: RemoteAttributes;
  readonly handles?: { readonly ada: readonly string[]; readonly eve: readonly string[] };
}

function planMerge(
  { base, ada, eve, handles = { ada: [ADA, OLD], eve: [EVE] } }: Sides,
  others: Readonly<Record<"base" | "now", readonly DesiredContact[]>> = { base: [], now: [] },
) {
  const baseState = {
    revision: "HEAD",
    tree: `${"0".repeat(40)}:contacts`,
    overwrite: false,
    contacts: [base, ...others.base],
    lists: [],
  };
  const contacts = [
    remoteContact([...handles.ada], { id: "crd_ada", updatedAt: 2, ...ada }),
    remoteContact([...handles.eve], { id: "crd_eve", updatedAt: 1, ...eve }),
  ];
  const state = remoteState(contacts, { lists: ["A"], fields: { Place: "string" } });
  return planFor({ ...desiredState([now(), ...others.now]), base: baseState }, state);
}

const removals = ({ differences }: Pick<Change, "differences">) =>
  differences.filter(({ after }) => after === undefined).map(({ attribute, key, origin }) => [attribute, key, origin]);

const ONLY_EMAILS = { ada: [ADA], eve: [EVE] };
const { handles: emails } = now();

test.each<[string, Sides, string[], string[][]]>([
  [
    "handle",
    { base: atBase() },
    [`remove-handle front_contact.ada email:${OLD}`],
    [["handles", `email:${OLD}`, "files"]],
  ],
  [
    "link",
    { base: atBase({ handles: emails, links: [LINK] }), ada: { links: [LINK] }, handles: ONLY_EMAILS },
    ["update-contact front_contact.ada"],
    [["links", LINK, "files"]],
  ],
  [
    "list",
    { base: atBase({ handles: emails, lists: ["A"] }), ada: { lists: ["A"] }, handles: ONLY_EMAILS },
    ['remove-from-list front_contact_list.this["A"] (grp_a) 1'],
    [["lists", "A", "files"]],
  ],
  [
    "custom field",
    {
      base: atBase({ handles: emails, customFields: { Place: "Spokane" } }),
      ada: { customFields: { Place: "Spokane" } },
      handles: ONLY_EMAILS,
    },
    ["update-contact front_contact.ada"],
    [["custom_fields", "Place", "files"]],
  ],
])(
  "the plan of a merge also removes a %s that was removed from the entry since the base",
  (_, sides, operations, removed) => {
    const plan = planMerge(sides);
    expect(plan.diagnostics).toEqual([]);
    expect(idsOf(plan)).toEqual(["merge-contacts front_contact.ada", ...operations]);
    expect(plan.changes.slice(0, 1).map(removals)).toEqual([removed]);
  },
);

test("a note lists the values of the other contact that the plan removes after the merge", () => {
  const base = atBase({ lists: ["A"], links: [LINK] });
  const plan = planMerge({ base, eve: { lists: ["A"], links: [LINK] }, handles: { ada: [ADA], eve: [EVE, OLD] } });
  expect(plan.changes[0]?.notes).toEqual([
    "crd_eve is merged into this contact",
    `removed again after the merge: email ${OLD}, link ${LINK}, list A`,
  ]);
});

test("a merge keeps the other contact's value of a custom field that was removed from the entry", () => {
  const plan = planMerge({
    base: atBase({ handles: emails, customFields: { Place: "Spokane" } }),
    ada: { customFields: { Place: "Spokane" } },
    eve: { customFields: { Place: "Tacoma" }, updatedAt: 3 },
    handles: ONLY_EMAILS,
  });
  expect(idsOf(plan)).toEqual(["merge-contacts front_contact.ada"]);
});

test("a handle that another entry declares stays on the merged contact if the contact of that entry was deleted", () => {
  const gone = desiredContact("gone@x.example", { key: "gone" });
  const plan = planMerge(
    { base: atBase() },
    { base: [gone], now: [{ ...gone, handles: desiredContact(["gone@x.example", OLD]).handles }] },
  );
  expect(idsOf(plan)).toEqual(["merge-contacts front_contact.ada"]);
});
