import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareWithConfiguration } from "../../src/history/compare-with-configuration.ts";
import { effectsOf } from "../../src/history/operation-effects.ts";
import { revalidatePlan } from "../../src/history/revalidate.ts";
import { decodePlan, encodePlan, type SavedPlan } from "../../src/history/saved-plan-file.ts";
import { indexAccounts } from "../../src/model/account-index.ts";
import type { DesiredState, RemoteContact } from "../../src/model/contact.ts";
import type { Refusal } from "../../src/model/diagnostic.ts";
import { digestOf } from "../../src/model/fingerprint.ts";
import { hashOfHandle } from "../../src/model/handle-hash.ts";
import type { Operation, Plan } from "../../src/model/plan.ts";
import { runs } from "../scale.ts";
import {
  desiredContact,
  desiredState,
  idsOf,
  locationAt,
  planFor,
  type RemoteContactAttributes,
  remoteContact,
  remoteState,
  UNGUARDED,
} from "../support/builders.ts";
import { forAll } from "../support/for-all.ts";

const COMPANY = { lists: ["VIP"], fields: { Title: "string", Size: "number" } };
const SAVE_OPTIONS = { version: "1.2.3", now: 0 };

function savePlan(desired: DesiredState, contacts: readonly RemoteContact[]): SavedPlan {
  const plan = planFor(desired, remoteState(contacts, COMPANY), { ...UNGUARDED, allowHandleMoves: true });
  expect(plan.diagnostics).toEqual([]);
  return saveAndDecode(plan, desired);
}

function saveAndDecode(plan: Plan, desired: DesiredState): SavedPlan {
  const { saved, diagnostics } = decodePlan(encodePlan(plan, desired, SAVE_OPTIONS), "plan.json");
  if (saved === undefined) throw new Error(diagnostics[0]?.summary);
  return saved;
}

function summariesOf(refusals: readonly Refusal[]): string[] {
  return refusals.map(({ diagnostic }) => diagnostic.summary);
}

function revalidate(
  desired: DesiredState,
  before: readonly RemoteContact[],
  now: readonly RemoteContact[],
  company = COMPANY,
) {
  const { plan, refusals } = revalidatePlan(savePlan(desired, before), remoteState(now, company));
  return { operations: idsOf(plan), refused: summariesOf(refusals) };
}

const ADA = remoteContact(["ada@x.example", "+441"], { name: "Ada" });
const BOB = remoteContact(["bob@x.example", "twitter:bob"], { name: "Bob" });
const MOVE = desiredState([
  desiredContact("ada@x.example"),
  desiredContact(["bob@x.example", "+441"], { name: "Robert" }),
]);
const REMOVAL = "remove-handle front_contact.ada phone:+441";

test("all operations of a plan remain if nothing changed", () => {
  expect(revalidate(MOVE, [ADA, BOB], [ADA, BOB])).toEqual({
    operations: [REMOVAL, "update-contact front_contact.bob", "add-handle front_contact.bob phone:+441"],
    refused: [],
  });
});

test("completed operations are dropped, and their dependents remain", () => {
  const adaWithoutPhone = { ...ADA, handles: ADA.handles.slice(0, 1) };
  expect(revalidate(MOVE, [ADA, BOB], [adaWithoutPhone, { ...BOB, name: "Robert" }])).toEqual({
    operations: ["add-handle front_contact.bob phone:+441"],
    refused: [],
  });
});

test("a handle is not removed if the contact to which it moves is refused", () => {
  expect(revalidate(MOVE, [ADA, BOB], [ADA, { ...BOB, name: "Bobby" }])).toEqual({
    operations: [],
    refused: [
      'bob changed in Front after this plan: name "Bob" -> "Bobby"',
      "ada is refused, because it depends on a refused operation: add-handle front_contact.bob phone:+441",
    ],
  });
});

test("a handle is not moved from a contact that received it after the plan", () => {
  const desired = desiredState([desiredContact(["ada@x.example", "+442"], { name: "Ada" })]);
  const eve = remoteContact(["eve@x.example", "+442"], { name: "Eve" });
  expect(revalidate(desired, [remoteContact("ada@x.example")], [remoteContact("ada@x.example"), eve])).toEqual({
    operations: [],
    refused: [
      "crd_eve changed in Front after this plan: phone +442",
      expect.stringMatching(/^ada is refused, because it depends on a refused operation: remove-handle/),
    ],
  });
});

test("an entry that now matches a different contact is refused", () => {
  const desired = desiredState([desiredContact("ada@x.example", { name: "Ada L" })]);
  const other = { ...ADA, id: "crd_other" };
  expect(revalidate(desired, [ADA], [other]).refused).toEqual([
    "ada changed in Front after this plan: it matches another contact, crd_other",
  ]);
});

test("a refusal shows the reviewed and the current value, shortened to 60 characters", () => {
  const desired = desiredState([desiredContact("ada@x.example", { customFields: { Title: "Countess", Size: 2 } })]);
  const before = remoteContact("ada@x.example", { customFields: { Title: "Lady" } });
  const now = remoteContact("ada@x.example", { customFields: { Title: "x".repeat(70), Size: 1.5 } });
  expect(revalidate(desired, [before], [now]).refused).toEqual([
    `ada changed in Front after this plan: Title "Lady" -> "${"x".repeat(59)}…, Size null -> 1.5`,
  ]);
});

test("a deleted contact is not created again, and an existing contact is not created twice", () => {
  const desired = desiredState([desiredContact("ada@x.example", { name: "Ada L" })]);
  expect(revalidate(desired, [ADA], []).refused).toEqual([
    "ada changed in Front after this plan: a new plan would create it",
  ]);
  expect(revalidate(desired, [], [{ ...ADA, name: "Ada L" }])).toEqual({ operations: [], refused: [] });
  expect(revalidate(desired, [], [ADA]).refused).toEqual(['ada changed in Front after this plan: name null -> "Ada"']);
});

test("a contact with more data than the plan showed is not deleted", () => {
  const desired = desiredState([desiredContact("ada@x.example", { ensure: "absent" })]);
  expect(revalidate(desired, [ADA], [{ ...ADA, avatarUrl: "https://x.example/2" }]).operations).toEqual([]);
  expect(revalidate(desired, [ADA], [{ ...ADA, description: "Countess" }])).toEqual({
    operations: [],
    refused: ['ada changed in Front after this plan: description null -> "Countess"'],
  });
});

test.each<[string, RemoteContactAttributes, RemoteContactAttributes]>([
  ["name", { name: "Ada" }, { name: "Bob" }],
  ["Title", { customFields: { Title: "Lady" } }, { customFields: { Title: "Sir" } }],
  ["avatar", { avatarUrl: "https://x.example/1" }, { avatarUrl: "https://x.example/2" }],
])("contacts are not merged if the target would lose its %s and the plan did not show this", (label, ada, bob) => {
  const desired = desiredState([desiredContact(["ada@x.example", "bob@x.example"], { merge: true, id: "crd_ada" })]);
  const contacts = (adaUpdatedAt: number) => [
    remoteContact("ada@x.example", { ...ada, updatedAt: adaUpdatedAt }),
    remoteContact("bob@x.example", { ...bob, updatedAt: 2 }),
  ];
  const merged = { operations: ["merge-contacts front_contact.ada"], refused: [] };
  expect(revalidate(desired, contacts(3), contacts(3))).toEqual(merged);
  expect(revalidate(desired, contacts(1), contacts(1))).toEqual(merged);
  expect(revalidate(desired, contacts(1), contacts(3))).toEqual(merged);
  expect(revalidate(desired, contacts(3), contacts(1))).toEqual({
    operations: [],
    refused: [`ada changed in Front after this plan: ${label} (lost in the merge)`],
  });
});

/** Plans a new avatar for a contact, changes the URL of its current avatar, and returns the refusals. */
function refusedAfterAvatarChange(planned: string | undefined, current: string): string[] {
  const avatar = { path: "ada.png", sha256: "0".repeat(64), size: 1, type: "image/png" } as const;
  const desired = desiredState([desiredContact("ada@x.example", { avatar: { ...avatar, location: locationAt(1) } })]);
  const contactWith = (avatarUrl: string | undefined) => [remoteContact("ada@x.example", { avatarUrl })];
  return revalidate(desired, contactWith(planned), contactWith(current)).refused;
}

test.each([
  ["received its first avatar", undefined],
  ["received another avatar", "https://x.example/1"],
])("a contact that %s after the plan is refused", (_, planned) => {
  expect(refusedAfterAvatarChange(planned, "https://x.example/2")).toEqual([
    "ada changed in Front after this plan: avatar",
  ]);
});

test("a contact is not refused if only the signature in the URL of its avatar changed after the plan", () => {
  const url = "https://x.example/1?signature=";
  expect(refusedAfterAvatarChange(`${url}a`, `${url}b`)).toEqual([]);
});

test("a contact that the plan did not show is not merged", () => {
  const desired = desiredState([desiredContact(["ada@x.example", "bob@x.example", "cyd@x.example"], { merge: true })]);
  const { operations, refused } = revalidate(desired, [ADA, BOB], [ADA, BOB, remoteContact("cyd@x.example")]);
  expect(operations).toEqual([]);
  expect(refused[0]).toMatch(/^ada changed in Front after this plan: .*merge/);
});

test("a deleted list is not created again, and only contacts that need it are refused", () => {
  const desired = desiredState(
    [desiredContact("ada@x.example", { name: "A", lists: ["VIP"] }), desiredContact("bob@x.example", { name: "B" })],
    { lists: ["VIP"] },
  );
  const [ada, bob] = [remoteContact("ada@x.example"), remoteContact("bob@x.example")];
  expect(revalidate(desired, [ada, bob], [ada, bob], { ...COMPANY, lists: [] })).toEqual({
    operations: ["update-contact front_contact.bob"],
    refused: [
      "VIP changed in Front after this plan: a new plan would create it",
      'ada is refused, because it depends on a refused operation: create-list front_contact_list.this["VIP"]',
    ],
  });
});

test("only the entry with an error is refused", () => {
  const desired = desiredState([
    desiredContact("ada@x.example", { name: "A", customFields: { Title: "x" } }),
    desiredContact("bob@x.example", { name: "B" }),
  ]);
  const people = [remoteContact("ada@x.example"), remoteContact("bob@x.example")];
  const { operations, refused } = revalidate(desired, people, people, {
    ...COMPANY,
    fields: { ...COMPANY.fields, Title: "number" },
  });
  expect(operations).toEqual(["update-contact front_contact.bob"]);
  expect(refused).toHaveLength(1);
});

test("an entry with a reviewed account link is refused if accounts cannot be read", () => {
  const desired = desiredState([
    desiredContact("ada@x.example", { name: "A", account: { domain: "x.example", location: locationAt(60) } }),
  ]);
  const account = { identifier: "alt:domain:x.example", domains: [], members: new Set<string>() };
  const accounts = indexAccounts([{ ...account, id: "acc_1" }]);
  const state = { ...remoteState([remoteContact("ada@x.example")], COMPANY), referencedAccounts: accounts };
  const saved = saveAndDecode(planFor(desired, state), desired);
  expect(idsOf(revalidatePlan(saved, state).plan)).toContain("link-account acc_1 1");
  const unread = { ...state, referencedAccounts: indexAccounts([{ ...account, id: undefined, unreadable: true }]) };
  const { plan, refusals } = revalidatePlan(saved, {
    ...unread,
    missingScopes: new Map([["accounts:read", "Front responded: Forbidden."]]),
  });
  expect(plan.operations).toEqual([]);
  expect(refusals.map(({ diagnostic: { summary, advice } }) => ({ summary, advice }))).toEqual([
    {
      summary: "ada is refused, because accounts cannot be read",
      advice: "Front responded: Forbidden. The rest of this plan is applied.",
    },
  ]);
  expect(plan.diagnostics.map(({ code }) => code)).toEqual(["scope-missing"]);
});

test("only the changed contact is not added to a list that other contacts join", () => {
  const people = ["ada@x.example", "bob@x.example", "cyd@x.example"];
  const desired = desiredState(people.map((handle) => desiredContact(handle, { name: "N", lists: ["VIP"] })));
  const before = people.map((handle) => remoteContact(handle));
  const now = before.map((contact, index) => (index === 1 ? { ...contact, name: "Else" } : contact));
  const { plan } = revalidatePlan(savePlan(desired, before), remoteState(now, COMPANY));
  const addition = plan.operations.find(({ kind }) => kind === "add-to-list");
  expect(addition?.subjects).toEqual(["front_contact.ada", "front_contact.cyd"]);
  expect(addition).toMatchObject({ contacts: [{ id: "crd_ada" }, { id: "crd_cyd" }] });
});

const DESIRED = desiredState(
  [
    desiredContact(["ada@x.example", "+441"], { name: "Ada L", customFields: { Title: "x" }, lists: ["VIP"] }),
    desiredContact("bob@x.example", { ensure: "absent" }),
    desiredContact(["cyd@x.example", "dan@x.example"], { merge: true, name: "Cyd" }),
    desiredContact("eve@x.example", { name: "Eve", links: ["https://e.example"] }),
  ],
  { lists: ["VIP"] },
);
const OTHERS = [remoteContact("cyd@x.example"), remoteContact("dan@x.example")];
const STATE = remoteState([ADA, BOB, ...OTHERS, remoteContact("zoe@x.example", { name: "Zoe" })], COMPANY);
const SAVED_PLAN = savePlan(DESIRED, STATE.contacts);

type Path = readonly (string | number)[];

function* pathsIn(value: unknown, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value))
    yield* pathsIn(part, [...path, Array.isArray(value) ? Number(key) : key]);
}

const PATHS = [...pathsIn({ desired: SAVED_PLAN.desired, plan: SAVED_PLAN.plan })];

/** Returns a copy in which the value at a path is replaced, or removed if the replacement is undefined. */
function replaceAt(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  if (rest.length > 0) copy[key] = replaceAt(copy[key], rest, replacement);
  else if (replacement === undefined) delete copy[key];
  else copy[key] = replacement;
  return copy;
}

/**
 * Returns the effects of operations on each resource, because two plans may group the members of a list into different
 * operations.
 */
function effectKeys(operations: readonly Operation[]): Set<string> {
  return new Set(
    operations.flatMap((operation) =>
      operation.subjects.flatMap((subject) =>
        effectsOf(operation, { ignoreBefore: true }).map(({ key }) => `${subject} ${key}`),
      ),
    ),
  );
}

/** Strings in the plan file. The file does not contradict itself if all occurrences of a string are replaced. */
const STRINGS = [
  ...["Ada L", "Eve", "Cyd", "ada@x.example", "eve@x.example", "bob@x.example"],
  ...["crd_ada", "crd_bob", "VIP", "x"],
];
const OTHER_STRINGS = ["Zoe", "zoe@x.example", "crd_zoe", "twitter:bob", "dan@x.example", "Else"];

const replacements = fc.array(fc.tuple(fc.constantFrom(...STRINGS), fc.constantFrom(...OTHER_STRINGS)), {
  maxLength: 3,
});
const edits = fc.array(
  fc.tuple(
    fc.constantFrom(...PATHS),
    fc.oneof(
      fc.constantFrom("crd_zoe", "zoe@x.example", "Zoe", "delete", "absent", "front_contact.ada", "VIP", ""),
      fc.constantFrom(undefined, null, true, 0, [], {}),
      fc.constantFrom(...PATHS).map((path) => path.reduce<unknown>(memberOf, SAVED_PLAN)),
    ),
  ),
  { maxLength: 3 },
);

function memberOf(value: unknown, key: string | number): unknown {
  return (value as Readonly<Record<string | number, unknown>>)[key];
}

/** Returns an edited plan file with a correct digest. */
function forge(
  edited: readonly (readonly [Path, unknown])[],
  replaced: readonly (readonly [string, string])[],
): string {
  let content: unknown = SAVED_PLAN;
  for (const [path, replacement] of edited) {
    try {
      content = replaceAt(content, path, replacement);
    } catch {
      // An earlier edit removed the value.
    }
  }
  let text = JSON.stringify(content);
  for (const [from, to] of replaced) text = text.replaceAll(JSON.stringify(from), JSON.stringify(to));
  const forged = JSON.parse(text);
  return JSON.stringify({ ...forged, content_digest: digestOf(forged) });
}

test("a re-validated forged plan file has only effects that both the file and the original plan have", () => {
  const original = effectKeys(SAVED_PLAN.plan.operations);
  let decodedCount = 0;
  forAll([edits, replacements], { numRuns: runs(3000) }, (edited, replaced) => {
    const { saved: decoded } = decodePlan(forge(edited, replaced), "plan.json");
    if (decoded === undefined) return;
    decodedCount += 1;
    const confirmed = compareWithConfiguration(decoded.desired, DESIRED);
    const { plan } = revalidatePlan({ ...decoded, desired: confirmed.desired }, STATE);
    const approved = effectKeys(decoded.plan.operations);
    for (const key of effectKeys(plan.operations)) {
      expect(original).toContain(key);
      expect(approved).toContain(key);
    }
  });
  expect(decodedCount).toBeGreaterThan(40);
});

const PROTECTED = desiredContact("ada@x.example", {
  exact: ["handles"],
  name: "Ada L.",
  protect: { location: locationAt(15) },
});

test("a handle is not removed if a protected contact received it after the plan", () => {
  const desired = desiredState([PROTECTED, desiredContact("bob@x.example", { name: "Robert" })]);
  const [before, now] = [remoteContact("ada@x.example", { name: "Ada" }), ADA];
  expect(revalidate(desired, [before, BOB], [before, BOB])).toEqual({
    operations: ["update-contact front_contact.ada", "update-contact front_contact.bob"],
    refused: [],
  });
  expect(revalidate(desired, [before, BOB], [now, BOB])).toEqual({
    operations: ["update-contact front_contact.bob"],
    refused: ["ada has protect: true, but the plan would remove phone +441 from it"],
  });
});

test("an entry that is protected in the configuration, but not in the plan, is refused", () => {
  const { protect: _, ...unprotected } = PROTECTED;
  const { refusals } = compareWithConfiguration(
    savePlan(desiredState([unprotected]), [ADA]).desired,
    desiredState([PROTECTED]),
  );
  expect(summariesOf(refusals)).toEqual([expect.stringContaining("protect")]);
});

test("a deletion by hash remains only if the contact did not change", () => {
  const sha256 = hashOfHandle({ source: "email", handle: "ada@x.example" });
  const hashedHandles = [{ source: "email", sha256, location: locationAt(12) }];
  const desired = desiredState([{ ...desiredContact([], { key: "erased", ensure: "absent" }), hashedHandles }]);
  const deletion = { operations: ["delete-contact front_contact.erased"], refused: [] };
  expect(revalidate(desired, [ADA, BOB], [ADA, BOB])).toEqual(deletion);
  expect(revalidate(desired, [ADA, BOB], [{ ...ADA, name: "Eve" }, BOB]).operations).toEqual([]);
});
