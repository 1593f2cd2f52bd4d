import { expect, test } from "@jest/globals";
import {
  codesOf,
  desiredContact,
  desiredState,
  idsOf,
  planFor,
  remoteContact,
  remoteState,
} from "../support/builders.ts";
import { operationsOf } from "../support/scenarios.ts";

const [OLD, NEW, WORK] = ["ada@old.example", "ada@new.example", "ada@work.example"];
const pinned = { key: "ada", id: "crd_ada" };

const add = (email: string) => `add-handle front_contact.ada email:${email}`;
const remove = (email: string) => `remove-handle front_contact.ada email:${email}`;

test.each([
  ["warns", "the contact would be created", {}, [WORK]],
  ["warns", "the contact exists and would be changed", { name: "Ada" }, [NEW]],
  ["does not warn", "the new handles were applied", {}, [NEW]],
  ["does not warn", "the ID and the new handles were applied", { id: "crd_ada" }, [NEW, OLD]],
  ["does not warn", "the entry has ensure: absent", { ensure: "absent" as const }, [NEW]],
])("a plan %s that all handles of an entry were replaced if %s", (reaction, _, attributes, front) => {
  const base = {
    revision: "HEAD",
    tree: `${"0".repeat(40)}:contacts`,
    overwrite: false,
    contacts: [desiredContact(OLD, { key: "ada" })],
    lists: [],
  };
  const now = desiredState([desiredContact(NEW, { key: "ada", ...attributes })]);
  const plan = planFor({ ...now, base }, remoteState([remoteContact(front, { id: "crd_ada" })]));
  expect(codesOf(plan)).toEqual(reaction === "warns" ? ["base-handles-replaced"] : []);
});

interface Sides {
  readonly base: readonly string[];
  readonly now: readonly string[];
  readonly front: readonly string[];
  readonly overwrite?: boolean;
}

test.each<[string, Sides, string[]]>([
  ["replaces the only handle", { base: [OLD], now: [NEW], front: [OLD] }, [add(NEW), remove(OLD)]],
  [
    "replaces all handles",
    { base: [OLD, WORK], now: [NEW], front: [OLD, WORK] },
    [add(NEW), remove(OLD), remove(WORK)],
  ],
  ["keeps the last handle if the others were removed in Front", { base: [OLD, NEW], now: [NEW], front: [OLD] }, []],
  [
    "replaces the last handle if changes in Front are overwritten",
    { base: [OLD, NEW], now: [NEW], front: [OLD], overwrite: true },
    [add(NEW), remove(OLD)],
  ],
])("an entry with an ID %s", (_, { base, now, front, overwrite = false }, expected) => {
  const baseState = {
    revision: "HEAD",
    tree: `${"0".repeat(40)}:contacts`,
    overwrite,
    contacts: [desiredContact([...base], pinned)],
    lists: [],
  };
  const desired = { ...desiredState([desiredContact([...now], pinned)]), base: baseState };
  const operations = operationsOf(planFor(desired, remoteState([remoteContact([...front], { id: "crd_ada" })])));
  expect(idsOf({ operations })).toEqual(expected);
  const [addition, ...removals] = operations;
  expect(removals.map(({ dependsOn }) => dependsOn)).toEqual(removals.map(() => [addition?.id]));
});
