import { expect, test } from "@jest/globals";
import { NO_COLORS } from "../../../../cli/views/colors.ts";
import { describeDriftCount } from "../../../../cli/views/plan/drift.ts";
import { renderPlan } from "../../../../cli/views/plan/text.ts";
import type { Plan } from "../../../../src/model/plan.ts";
import { desiredContact, desiredState, planFor, remoteContact, remoteState } from "../../../support/builders.ts";

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

test("shows the totals, the request count and the losses before the changes", () => {
  expect(renderPlan(planOf(9), NO_COLORS)).toMatch(`
Front company: Twin Peaks (cmp_tp1)

Totals: 8 updated, 1 destroyed; 5 requests.

  1 contact would lose data:
    - 1  destroyed: "Person 8"

  Added or changed:
    + 8  added to list "VIP"

front-contacts will perform the following actions:
`);
});

test("names the contacts if few have the same change", () => {
  expect(renderPlan(planOf(4), NO_COLORS)).toMatch(
    `    + 3  added to list "VIP": "Person 0", "Person 1", "Person 2"\n`,
  );
});

test("quotes and escapes names and values in totals", () => {
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

test("shows every change of a plan with 200 changes", () => {
  const text = renderPlan(planOf(200), NO_COLORS);
  expect(shownIn(text)).toHaveLength(200);
  expect(text).not.toContain("not shown");
});

test("shortens a longer plan to 200 changes with all losses, and repeats the totals", () => {
  const text = renderPlan(planOf(331), NO_COLORS);
  expect(shownIn(text)).toHaveLength(200);
  expect(shownIn(text).at(-1)).toBe("  # front_contact.c330 will be");
  expect(text.match(/^Totals: /gm)).toHaveLength(2);
});

test("describes how to see all changes of a shortened plan", () => {
  expect(renderPlan(planOf(331), NO_COLORS).slice(-500)).toContain(`131 of 331 changes are not shown.
To see all of them, run the command with --full, or with --html FILE and open the file in a browser.

Plan: 0 to add, 330 to change, 1 to destroy.
Requests: `);
});

test("shows every change with --full", () => {
  const text = renderPlan(planOf(331), NO_COLORS, { full: true });
  expect(shownIn(text)).toHaveLength(331);
  expect(text).not.toContain("not shown");
});

test.each([
  [["front_contact.ada"], "1 contact"],
  [["front_contact.ada", "front_contact.bob", "front_account.fbi"], "2 contacts and 1 account"],
  [["front_account.fbi"], "1 account"],
])("counts the contacts and accounts that changed in Front: %j", (addresses, expected) => {
  const drift = addresses.map((address) => ({ address, differences: [] }));
  expect(describeDriftCount({ base: { drift } } as unknown as Plan)).toBe(expected);
});
