import { expect, test } from "@jest/globals";
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
