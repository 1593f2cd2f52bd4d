import { expect, test } from "@jest/globals";
import type { DesiredState } from "../../src/model/contact.ts";
import { desiredContact, desiredState } from "../support/builders.ts";
import { errorsOf } from "../support/scenarios.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";

// Several lists in Front may have the same name. Seeds list SHERIFF first, so it is the older list.
const SHERIFF = { id: "grp_1", name: "VIP", team: "tim_1a" };
const DINER = { id: "grp_2", name: "VIP", team: "tim_1b" };
const IN_DINER = { name: "VIP", team: "tim_1b" };
const ADA = "ada@x.example";

type Lists = NonNullable<NonNullable<Parameters<typeof desiredState>[1]>["lists"]>;

const onVip = desiredContact(ADA, { lists: ["VIP"] });
const onNoList = desiredContact(ADA, { name: "Ada" });
const onExactlyNoList = desiredContact(ADA, { lists: [], exact: ["lists"] });

interface Side {
  readonly contact: ReturnType<typeof desiredContact>;
  readonly lists?: Lists;
}

function stateSince(base: Side, now: Side): DesiredState {
  const { contacts, lists } = desiredState([base.contact], { lists: base.lists ?? [] });
  const baseState = { revision: "HEAD", tree: `${"0".repeat(40)}:contacts`, overwrite: false, contacts, lists };
  return { ...desiredState([now.contact], { lists: now.lists ?? [] }), base: baseState };
}

/** Runs a test with lists in Front, and a contact that is on some of them. */
function withLists(
  lists: readonly (typeof SHERIFF)[],
  memberOf: readonly string[],
  run: (environment: TestEnvironment) => Promise<void>,
): Promise<void> {
  const contacts = [{ id: "crd_ada", name: "Ada", handles: [{ source: "email", handle: ADA }], lists: memberOf }];
  return withTestEnvironment({ seed: { lists, contacts } }, run);
}

/** Returns the ID of the list that each kind of operation changes, and the attributes that changed in Front. */
async function listChanges(environment: TestEnvironment, desired: DesiredState) {
  const plan = await environment.plan(desired);
  // A plan with an error has no operations.
  expect(errorsOf(plan)).toEqual([]);
  const { operations, base } = plan;
  const drift = (base?.drift ?? []).flatMap(({ differences }) => differences.map(({ attribute }) => attribute));
  const changed = operations.map((operation) => [operation.kind, "list" in operation ? operation.list.id : undefined]);
  return { changed: Object.fromEntries(changed), drift };
}

test("a contact that a teammate removed from a list stays off the list if only the workspace was removed from the declaration of the list", () =>
  withLists([DINER], [], async (environment) => {
    const desired = stateSince({ contact: onVip, lists: [IN_DINER] }, { contact: onVip, lists: ["VIP"] });
    expect(await listChanges(environment, desired)).toEqual({ changed: {}, drift: ["lists"] });
  }));

test("a contact leaves the list in the workspace that only the base declares", () =>
  withLists([SHERIFF, DINER], ["grp_1", "grp_2"], async (environment) => {
    const desired = stateSince({ contact: onVip, lists: [IN_DINER] }, { contact: onNoList });
    expect(await listChanges(environment, desired)).toEqual({ changed: { "remove-from-list": "grp_2" }, drift: [] });
  }));

test("a contact leaves the older of two lists with the same name if the base declares no workspace", () =>
  withLists([SHERIFF, DINER], ["grp_1", "grp_2"], async (environment) => {
    const desired = stateSince({ contact: onVip }, { contact: onNoList });
    expect(await listChanges(environment, desired)).toEqual({ changed: { "remove-from-list": "grp_1" }, drift: [] });
  }));

test("a contact that a teammate removed from a list stays off the list if the name became ambiguous after the base", () =>
  withLists([SHERIFF, DINER], [], async (environment) => {
    const now = { contact: onVip, lists: [{ name: "VIP", team: "tim_1a" }] };
    expect(await listChanges(environment, stateSince({ contact: onVip }, now))).toEqual({
      changed: {},
      drift: ["lists"],
    });
  }));

test("a contact that a teammate added to a list with exact members stays on it if another list has the same name", () =>
  withLists([SHERIFF, DINER], ["grp_1", "grp_2"], async (environment) => {
    const exact = { members: "exact", name: "VIP", team: "tim_1b" } as const;
    const base = { contact: onNoList, lists: [exact] };
    const desired = stateSince(base, { contact: onExactlyNoList, lists: [exact] });
    const { changed, drift } = await listChanges(environment, desired);
    expect(Object.values(changed)).not.toContain(DINER.id);
    expect(drift).toContain("members");
  }));

test("the workspace of a list at the base may no longer exist", () =>
  withLists([SHERIFF], ["grp_1"], async (environment) => {
    const gone = { name: "VIP", team: "tim_gone" };
    const desired = stateSince({ contact: onVip, lists: [gone] }, { contact: onVip });
    expect(await listChanges(environment, desired)).toEqual({ changed: {}, drift: [] });
  }));
