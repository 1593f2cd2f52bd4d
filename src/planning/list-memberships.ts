import type { ResolvedList } from "../config/resolve-references.ts";
import { BULK_SIZE } from "../front/constants.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { listAddress, type Operation, operationId } from "../model/plan.ts";
import type { Membership, Planned } from "./planned-change.ts";

interface Bulk {
  readonly list: ResolvedList;
  readonly members: (Membership & { readonly address: string })[];
}

/** Memberships go list by list, for many contacts at once; joining before leaving. */
export function planMemberships(planned: readonly Planned[]): Operation[] {
  return [
    ...gather(planned, ({ joins }) => joins).flatMap((bulk) => inSlices(bulk, joinList)),
    ...gather(planned, ({ leaves }) => leaves).flatMap((bulk) => inSlices(bulk, leaveList)),
  ];
}

function gather(planned: readonly Planned[], pick: (each: Planned) => readonly Membership[]): Bulk[] {
  const byList = new Map<string, Bulk>();
  for (const each of planned) {
    for (const membership of pick(each)) {
      const bulk = byList.get(membership.list.label) ?? { list: membership.list, members: [] };
      bulk.members.push({ ...membership, address: each.change.address });
      byList.set(membership.list.label, bulk);
    }
  }
  return [...byList.values()];
}

function inSlices({ list, members }: Bulk, plan: (slice: Bulk, number: number) => Operation): Operation[] {
  return slicesOf(members).map((slice, index) => plan({ list, members: slice }, index + 1));
}

/**
 * What goes into one request each. An operation that fails takes along the slice that waits for it, so contacts that
 * exist do not share one with those that do not yet.
 */
export function slicesOf<T extends { readonly dependsOn: readonly string[] }>(members: readonly T[]): T[][] {
  const present = members.filter(({ dependsOn }) => dependsOn.length === 0);
  const coming = members.filter(({ dependsOn }) => dependsOn.length > 0);
  return [present, coming].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / BULK_SIZE) }, (_, index) =>
      group.slice(index * BULK_SIZE, (index + 1) * BULK_SIZE),
    ),
  );
}

function joinList({ list, members }: Bulk, number: number): Operation {
  const { name, id, label } = list;
  const created = id === undefined ? [operationId("create-list", listAddress(name))] : [];
  return {
    kind: "add-to-list",
    id: operationId("add-to-list", listAddress(label), String(number)),
    subjects: members.map(({ address }) => address),
    dependsOn: [...new Set([...created, ...members.flatMap(({ dependsOn }) => dependsOn)])],
    list: omitUndefined({ name, id }),
    contacts: members.map(({ contact }) => contact),
  };
}

function leaveList({ list: { name, id = "", label }, members }: Bulk, number: number): Operation {
  return {
    kind: "remove-from-list",
    id: operationId("remove-from-list", listAddress(label), String(number)),
    subjects: members.map(({ address }) => address),
    dependsOn: [...new Set(members.flatMap(({ dependsOn }) => dependsOn))],
    list: { name, id },
    contacts: members.map(({ contact }) => contact),
  };
}
