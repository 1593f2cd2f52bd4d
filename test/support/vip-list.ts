import { existingIds, type Plan } from "../../src/model/plan.ts";
import { list } from "./builders.ts";

export const ADA = "ada@x.example";
export const BOB = "bob@x.example";
export const VIP = list("VIP");
/** Declares the list VIP with exact members. */
export const EXACT = { lists: [{ name: "VIP", members: "exact" as const }] };
export const onVip = { lists: ["VIP"] };

/** Returns the IDs of the contacts that a plan removes from lists. */
export function removedIds({ operations }: Pick<Plan, "operations">): string[] {
  return operations.flatMap((operation) =>
    operation.kind === "remove-from-list" ? existingIds(operation.contacts) : [],
  );
}
