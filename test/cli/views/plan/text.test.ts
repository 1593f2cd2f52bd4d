import { expect, test } from "@jest/globals";
import { NO_COLORS } from "../../../../cli/views/colors.ts";
import { describeDriftCount } from "../../../../cli/views/plan/drift.ts";
import { renderPlan } from "../../../../cli/views/plan/text.ts";
import type { Plan } from "../../../../src/model/plan.ts";
import {
  desiredContact,
  desiredState,
  locationAt,
  planFor,
  remoteContact,
  remoteState,
  withMembers,
} from "../../../support/builders.ts";

/** Returns a plan for `count` contacts that deletes the last contact and adds the other contacts to a list. */
function planOf(count: number) {
  const emails = Array.from({ length: count }, (_, index) => `c${index}@x.example`);
  return planFor(
    desiredState(
      emails.map((email, index) =>
        desiredContact(email, index === count - 1 ? { ensure: "absent" } : { lists: ["VIP"] }),
      ),
      { lists: ["VIP"] },
    ),
    remoteState(
      emails.map((email, index) => remoteContact(email, { name: `Person ${index}` })),
      { lists: ["VIP"] },
    ),
  );
}

const shownIn = (text: string) => text.match(/^ {2}# front_contact\.\S+ will be/gm) ?? [];

test("the text shows deletions rather than other losses if the plan is long", () => {
  const plan = planOf(250);
  const losing = plan.changes.map((change) => ({
    ...change,
    differences: change.differences.map(({ after, ...difference }) => ({ ...difference, before: after })),
  }));
  const text = renderPlan({ ...plan, changes: losing } as unknown as Plan, NO_COLORS);
  expect(shownIn(text)).toHaveLength(200);
  expect(text).toMatch(/ # front_contact\.\S+ will be destroyed\n/);
});

test("the text shows up to 200 changes in Front and 200 lines of details, and all of them with --full", () => {
  const differences = Array.from({ length: 205 }, (_, index) => ({ attribute: "links", key: "", before: `l${index}` }));
  const drift = Array.from({ length: 203 }, (_, index) => {
    const shared = { name: "", location: locationAt(1), action: "update", origin: "front" };
    return { ...shared, address: `front_contact.drifted${index}`, differences: index === 0 ? differences : [] };
  });
  const plan = { ...planOf(2), base: { revision: "HEAD", tree: "", drift, removedEntries: [] } } as unknown as Plan;
  const countsIn = (text: string) =>
    [/# front_contact\.drifted/g, /links: "l/g].map((line) => text.match(line)?.length);
  const shortened = renderPlan(plan, NO_COLORS);
  // The first line of the details is the location.
  expect(countsIn(shortened)).toEqual([200, 199]);
  expect(shortened).toContain("  # and 3 more, which --full shows\n");
  expect(shortened).toContain("      and 6 more, which --full shows\n");
  expect(countsIn(renderPlan(plan, NO_COLORS, { full: true }))).toEqual([203, 205]);
});

test("the text shows the totals, the request count and the losses before the changes", () => {
  expect(renderPlan(planOf(9), NO_COLORS)).toMatch(`
Front company: Twin Peaks (cmp_tp1)

Totals: 8 to update, 1 to destroy; 5 requests.

  1 contact would lose data:
    - 1  contact to destroy: "Person 8"

  Added or changed:
    + 8  added to list "VIP"

front-contacts will perform the following actions:
`);
});

test("the text names the contacts if few have the same change", () => {
  expect(renderPlan(planOf(4), NO_COLORS)).toMatch(
    `    + 3  added to list "VIP": "Person 0", "Person 1", "Person 2"\n`,
  );
});

test("the text quotes and escapes names and values in totals", () => {
  const hawk = { name: 'Tommy "Hawk" Hill', lists: ['The "VIP" \\ list'] };
  const plan = planFor(
    [desiredContact("hawk@x.example", hawk), desiredContact("b@x.example")],
    remoteState([], { lists: hawk.lists }),
  );
  expect(renderPlan(plan, NO_COLORS)).toContain('added to list "The \\"VIP\\" \\\\ list": "Tommy \\"Hawk\\" Hill"');
});

test("a plan with one change has no totals", () => {
  const plan = planFor([desiredContact("ada@x.example", { name: "Ada" })], remoteState([]));
  expect(renderPlan(plan, NO_COLORS)).not.toContain("Totals:");
});

test("the text shows every change of a plan with 200 changes", () => {
  const text = renderPlan(planOf(200), NO_COLORS);
  expect(shownIn(text)).toHaveLength(200);
  expect(text).not.toContain("not shown");
});

test("the text of a longer plan shows 200 changes with all losses, and repeats the totals", () => {
  const text = renderPlan(planOf(331), NO_COLORS);
  expect(shownIn(text)).toHaveLength(200);
  expect(shownIn(text).at(-1)).toBe("  # front_contact.c330 will be");
  expect(text.match(/^Totals: /gm)).toHaveLength(2);
});

test("the text states how to see all changes of a shortened plan", () => {
  expect(renderPlan(planOf(331), NO_COLORS).slice(-500)).toContain(`131 of 331 changes are not shown.
To see all of them, run the command with --full, or with --html FILE and open the file in a browser.

Plan: 0 to add, 330 to change, 1 to destroy.
Requests: `);
});

test("the text shows every change with --full", () => {
  const text = renderPlan(planOf(331), NO_COLORS, { full: true });
  expect(shownIn(text)).toHaveLength(331);
  expect(text).not.toContain("not shown");
});

test.each([
  [["front_contact.ada"], "1 contact"],
  [["front_contact.ada", "front_contact.bob", "front_account.fbi"], "2 contacts and 1 account"],
  [["front_account.fbi"], "1 account"],
])("the text counts the contacts and accounts that changed in Front: %j", (addresses, expected) => {
  const drift = addresses.map((address) => ({ address, differences: [] }));
  expect(describeDriftCount({ base: { drift } } as unknown as Plan)).toBe(expected);
});

test("the text shows 200 members who leave a list, and all of them with --full", () => {
  const emails = Array.from({ length: 205 }, (_, index) => `c${index}@x.example`);
  const contacts = emails.map((email) => remoteContact(email, { lists: ["VIP"] }));
  const desired = desiredState([], { lists: [{ name: "VIP", members: "exact" }] });
  const plan = planFor(desired, withMembers(remoteState(contacts, { lists: ["VIP"] })));
  const shortened = renderPlan(plan, NO_COLORS);
  expect(shortened.match(/^ {10}- "c\d+@/gm)).toHaveLength(200);
  expect(shortened).toContain("# and 5 more, which --full shows\n");
  const full = renderPlan(plan, NO_COLORS, { full: true });
  expect(full.match(/^ {10}- "c\d+@/gm)).toHaveLength(205);
  expect(full).not.toContain("more, which");
});

test("the first addresses to destroy are those of deletions, not of merges", () => {
  const duplicates = Array.from({ length: 22 }, (_, index) => [`c${index}@x.example`, `c${index}@y.example`]);
  const plan = planFor(
    [
      ...duplicates.map((emails) => desiredContact(emails, { merge: true })),
      desiredContact("zoe@x.example", { ensure: "absent" }),
    ],
    remoteState([
      ...duplicates.flatMap(([one = "", two = ""]) => [
        remoteContact(one),
        remoteContact(two, { id: `crd_y${one.slice(0, 3)}` }),
      ]),
      remoteContact("zoe@x.example"),
    ]),
  );
  expect(renderPlan(plan, NO_COLORS)).toMatch(/\n23 to destroy:\n {2}- front_contact\.zoe\n/);
});
