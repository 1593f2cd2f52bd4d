import { expect, test } from "@jest/globals";
import { findContradiction } from "../../src/history/plan-contradictions.ts";
import {
  desiredContact as desired,
  desiredState,
  list,
  planFor,
  remoteContact as remote,
  remoteState,
  UNGUARDED,
  withMembers,
} from "../support/builders.ts";

test.each([
  ["excludes a list with exact members that the contact leaves", { members: "exact" }, {}, 1],
  ["excludes a list that the plan deletes", { ensure: "absent" }, {}, 1],
  ["includes a list that is excluded from the plan", { members: "exact" }, { except: ["front_contact_list.*"] }, 2],
] as const)("the number of unmanaged lists of a contact %s", (_, vip, targets, expected) => {
  const state = remoteState([remote("ada@x.example", { lists: ["VIP", "Other"] })], {
    lists: ["VIP", "Other"].map((name) => list(name)),
  });
  const entry = desired("ada@x.example", { name: "Ada" });
  const lists = [{ name: "VIP", ...vip }];
  const { changes } = planFor(desiredState([entry], { lists }), withMembers(state), { ...UNGUARDED, targets });
  expect(changes.find(({ type }) => type === "front_contact")?.kept.lists).toBe(expected);
});

test.each([
  ["a list that the plan deletes", { ensure: "absent" }],
  ["a list with exact members", { members: "exact" }],
] as const)("the number of unmanaged lists of the result of a merge excludes %s", (_, vip) => {
  const other = { lists: ["Other"] };
  const contacts = [remote("ada@x.example", other), remote("bob@x.example", { lists: ["VIP"] })];
  const state = remoteState(contacts, { lists: ["VIP", "Other"].map((name) => list(name)) });
  const entry = desired(["ada@x.example", "bob@x.example"], { merge: true });
  const { changes } = planFor(
    desiredState([entry], { lists: [{ name: "VIP", ...vip }] }),
    withMembers(state),
    UNGUARDED,
  );
  expect(changes.find(({ address }) => address === "front_contact.ada")?.kept.lists).toBe(1);
});

test("a plan that merges two contacts and deletes a list of each does not contradict itself", () => {
  const contacts = [remote("ada@x.example", { lists: ["Old"] }), remote("bob@x.example", { lists: ["VIP"] })];
  const state = remoteState(contacts, { lists: ["VIP", "Old", "Mine"].map((name) => list(name)) });
  const entry = desired(["ada@x.example", "bob@x.example"], { merge: true, lists: ["Mine"] });
  const lists = ["VIP", "Old"].map((name) => ({ name, ensure: "absent" as const }));
  const files = desiredState([entry], { lists });
  const plan = planFor(files, withMembers(state), UNGUARDED);
  expect(findContradiction(plan, files)).toBeUndefined();
  const ada = plan.changes.find(({ address }) => address === "front_contact.ada");
  expect([ada?.after?.lists, ada?.kept.lists]).toEqual([["Old", "Mine"], 0]);
});
