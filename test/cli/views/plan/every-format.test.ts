import { expect, test } from "@jest/globals";
import type { ApplyOutcome } from "../../../../cli/views/apply/apply-summary.ts";
import { renderApplyMarkdown } from "../../../../cli/views/apply/markdown.ts";
import { NO_COLORS } from "../../../../cli/views/colors.ts";
import { renderPage } from "../../../../cli/views/html/page.ts";
import { maskFor, NO_MASK } from "../../../../cli/views/mask-handles.ts";
import { planJson } from "../../../../cli/views/plan/json.ts";
import { renderMarkdown } from "../../../../cli/views/plan/markdown.ts";
import { renderPlan } from "../../../../cli/views/plan/text.ts";
import { indexAccounts } from "../../../../src/model/account-index.ts";
import type { Plan } from "../../../../src/model/plan.ts";
import {
  codesOf,
  declaredAccount,
  desiredContact,
  desiredState,
  locationAt,
  planFor,
  remoteAccount,
  remoteContact,
  remoteState,
  UNGUARDED,
} from "../../../support/builders.ts";

/** Returns the plan as text, as Markdown and as the text of an HTML page, without quotes, code marks and markup. */
function formatsOf(plan: Plan, mask = NO_MASK): readonly string[] {
  const page = renderPage(plan, { diagnostics: [], mask, version: "1.0.0" });
  const markup = page.replace(/<(style|script)>[\s\S]*?<\/\1>/g, "").replaceAll("&quot;", '"');
  return [
    renderPlan(plan, NO_COLORS, { mask }).replaceAll('"', ""),
    renderMarkdown(plan, { diagnostics: [], mask }).replaceAll("`", ""),
    markup.replace(/<[^>]*>/g, " ").replace(/ {2,}/g, " "),
  ];
}

function jsonOf(plan: Plan) {
  const json = planJson(plan, { version: "1.0.0", createdAt: 0, diagnostics: [] });
  return JSON.parse(JSON.stringify(json));
}

const EMAILS = Array.from({ length: 5 }, (_, index) => `c${index}@x.example`);

function planWithAccounts(name = "Acme Inc", policy = UNGUARDED): Plan {
  const account = { id: "acc_1", location: locationAt(9) };
  const contacts = EMAILS.map((email) => desiredContact(email, { account }));
  const created = desiredContact("new@x.example", { account: { externalId: "N-1", location: locationAt(9) } });
  const accounts = [remoteAccount("acc_1", { name }), remoteAccount("acc_9", { name: "Old Ltd", externalId: "O-9" })];
  const states = [
    { identifier: "acc_1", id: "acc_1", name, domains: [], members: new Set<string>() },
    {
      identifier: "alt:ext_id:N-1",
      id: undefined,
      address: "front_account.new",
      domains: [],
      members: new Set<string>(),
    },
  ];
  return planFor(
    desiredState([...contacts, created], {
      accounts: [
        declaredAccount("new", { name: "New AG", externalId: "N-1" }),
        declaredAccount("old", { ensure: "absent", externalId: "O-9" }),
      ],
    }),
    {
      ...remoteState(
        EMAILS.map((email) => remoteContact(email)),
        { accounts },
      ),
      referencedAccounts: indexAccounts(states),
      accountMembers: new Map([["acc_9", { all: new Set(["crd_8", "crd_9"]), manual: new Set<string>() }]]),
    },
    policy,
  );
}

test("every format shows accounts by name", () => {
  const plan = planWithAccounts();
  for (const text of formatsOf(plan)) {
    expect(text).toMatch(/5\W+account set to Acme Inc \(acc_1\)/);
    expect(text).toMatch(/account set to New AG \(front_account\.new\)/);
    expect(text).toMatch(/account to destroy, which has 2 contacts\W+Old Ltd/);
  }
  expect(jsonOf(plan).front_contacts.account_names).toEqual({ acc_1: "Acme Inc", "front_account.new": "New AG" });
});

test("every format shows how many contacts a deleted account has, even if the plan cannot be applied", () => {
  const plan = planWithAccounts("Acme Inc", { allowed: {} });
  expect(codesOf(plan)).toContain("account-not-empty");
  for (const text of formatsOf(plan)) expect(text).toMatch(/account to destroy, which has 2 contacts\W+Old Ltd/);
  const contactCounts = jsonOf(plan).resource_changes.map(
    ({ address, front_contacts }: { address: string; front_contacts: { account_contacts?: number } }) => [
      address,
      front_contacts.account_contacts,
    ],
  );
  expect(contactCounts.filter(([, count]: [string, number?]) => count !== undefined)).toEqual([
    ["front_account.old", 2],
  ]);
});

test("every format masks an email address in the name of an account", () => {
  for (const text of formatsOf(planWithAccounts("ada@acme.example"), maskFor([]))) {
    expect(text).not.toContain("ada@acme.example");
    expect(text).toContain("a***@acme.example");
  }
});

/** Returns a plan in which a merge probably loses the name Ada Lovelace and removes the list of the duplicate. */
function planWithMerge(): Plan {
  const ada = ["ada@x.example", "ada@y.example"];
  return planFor(
    desiredState(
      [
        desiredContact("bob@x.example", { name: "Bob" }),
        desiredContact(ada, { merge: true, lists: [], exact: ["lists"] }),
      ],
      { lists: ["Press"] },
    ),
    remoteState(
      [
        remoteContact("bob@x.example", { name: "Robert" }),
        remoteContact("ada@x.example", {
          id: "crd_1",
          name: "Ada Lovelace",
          updatedAt: 1,
          customFields: { Tier: "pro" },
        }),
        remoteContact("ada@y.example", { id: "crd_2", name: "A. L.", updatedAt: 2, lists: ["Press"] }),
      ],
      { lists: ["Press"], fields: { Tier: "string" } },
    ),
  );
}

test("the losses in every format include what a merge probably loses", () => {
  const plan = planWithMerge();
  for (const text of formatsOf(plan)) {
    expect(text).toContain("2 contacts would lose data");
    expect(text).toMatch(/1\W+name probably lost in a merge\W+Ada Lovelace/);
    expect(text).toMatch(/1\W+removed from list Press after a merge\W+Ada Lovelace/);
    expect(text).toMatch(/1\W+to merge away\W+A\. L\./);
  }
  const { front_contacts, resource_changes } = jsonOf(plan);
  expect(front_contacts.totals.removed).toContainEqual(
    expect.objectContaining({ of: "merge", attribute: "name", count: 1 }),
  );
  expect(front_contacts.totals.losing).toHaveLength(2);
  const [target] = resource_changes.filter(({ address }: { address: string }) => address === "front_contact.ada");
  expect(target.front_contacts.lost_in_merge).toEqual([
    { attribute: "name", key: null, before: "Ada Lovelace" },
    { attribute: "lists", key: "Press", before: "Press" },
  ]);
});

test("the rows of Markdown and of the page show what a merge probably loses", () => {
  const [, markdown = "", page = ""] = formatsOf(planWithMerge());
  expect(markdown).toMatch(
    /\| \*\*merge\*\* \| \*\*probably lost:\*\* name Ada Lovelace; list Press removed after the merge; /,
  );
  expect(page).toMatch(/name \(probably lost in a merge\)\s+Ada Lovelace/);
});

test("every format shows the number of changes in Front before the changes", () => {
  const drift = ["c1", "c2"].map((key) => ({
    address: `front_contact.${key}`,
    name: key,
    location: locationAt(1),
    action: "update",
    origin: "front",
    differences: [],
  }));
  const base = { revision: "main", tree: "", drift, removedEntries: [] };
  const plan = { ...planWithAccounts(), base } as unknown as Plan;
  for (const text of formatsOf(plan)) {
    const position = text.indexOf("Changed in Front since main and not overwritten: 2 contacts.");
    expect(position).toBeGreaterThan(0);
    expect(position).toBeLessThan(text.search(/front_contact\.c0/));
  }
  expect(jsonOf(plan).front_contacts.totals.drifted).toBe(2);
  for (const text of formatsOf(planWithAccounts())) expect(text).not.toContain("Changed in Front since");
});

test.each<[string, Partial<Plan>, string]>([
  ["all contacts", { coverage: { contacts: "all", read: 7 } }, "Read all 7 contacts in Front."],
  [
    "pages and lookups",
    { coverage: { contacts: "declared", read: 1_200 }, declared: 900 },
    "Read 1,200 contacts in Front to find 900 declared contacts; the other contacts in Front were not read.",
  ],
  [
    "lookups of phone numbers",
    {
      coverage: { contacts: "declared", read: 0, missingPhones: 1 },
      declared: 1,
      changes: planFor([desiredContact("+13605550123")], remoteState()).changes,
    },
    "in Front were not read. 1 phone number was not found. If Front may store it in an older format, plan with --refresh scan.",
  ],
  [
    "the contacts that changed, without several phone numbers",
    { coverage: { contacts: "changes", read: 0, since: 0, missingPhones: 1200 }, declared: 1200 },
    "1,200 phone numbers were not found. If Front may store them in an older format, plan with --refresh scan.",
  ],
  [
    "the contacts that a partial plan looks up, which are not only the targets",
    { coverage: { contacts: "declared", read: 9 }, declared: 9, targets: { only: ["front_contact.c0"] } },
    "Read 9 contacts in Front to find 9 declared contacts; the other contacts in Front were not read.",
  ],
  [
    "the contacts of an undo",
    { coverage: { contacts: "declared", read: 1 }, declared: 1, undoes: "run" },
    "Read 1 contact in Front to find 1 contact to undo; the other contacts in Front were not read.",
  ],
  [
    "no contacts of an undo",
    { coverage: { contacts: "declared", read: 0 }, declared: 0, undoes: "run" },
    "There are no contacts to undo, so only lists and accounts were read.",
  ],
  [
    "no contacts",
    { coverage: { contacts: "declared", read: 0 }, declared: 0 },
    "The configuration declares no contacts, so only lists and accounts were read.",
  ],
])("every format describes what was read: %s", (_, properties, expected) => {
  for (const text of formatsOf({ ...planWithAccounts(), ...properties })) expect(text).toContain(expected);
});

test("no format mentions phone numbers that an undo did not find", () => {
  const coverage = { contacts: "declared", read: 1, missingPhones: 1 } as const;
  const undo = { ...planWithAccounts(), coverage, declared: 1, undoes: "run" };
  for (const changes of [undo.changes, []])
    for (const text of formatsOf({ ...undo, changes })) expect(text).not.toContain("phone number");
});

test("the result of an apply counts only applied changes, and mentions that resources are left to apply", () => {
  const plan = planWithMerge();
  const [failed] = plan.operations.filter(({ subjects }) => subjects.includes("front_contact.bob"));
  const results = failed && [{ operation: failed, status: "failed" as const, message: "no", advice: "" }];
  const outcome = {
    plan,
    report: { results: results ?? [], interrupted: false, requests: 3, startedAt: 0 },
    verification: { complete: true, contacts: 0, requests: 1, diagnostics: [] },
    refusals: [],
    detached: false,
  } as unknown as ApplyOutcome;
  const markdown = renderApplyMarkdown(outcome, { mask: NO_MASK, contacts: "contacts" });
  const page = renderPage(plan, { diagnostics: [], mask: NO_MASK, version: "1.0.0", outcome });
  const text = page.replace(/<(style|script)>[\s\S]*?<\/\1>/g, "").replace(/<[^>]*>/g, " ");
  expect(text).toMatch(/updated\s+1\s+merged away\s+1\s+requests\s+4\s+2 contacts lost data/);
  expect(text).toContain("Left to apply, and not counted in the totals");
  expect(markdown).toContain("2 contacts lost data, not counting resources that are left to apply.");
  expect(markdown).toMatch(/\*\*2 contacts lost data:\*\*[\s\S]*\| 1 \| merged away \|/);
  for (const result of [text, markdown]) expect(result).not.toMatch(/would|to (create|update|destroy|merge)/);
});
