import type { ApplyReport, OperationResult } from "../applying/apply.ts";
import { append } from "../model/append.ts";
import type { Change } from "../model/change.ts";
import { contactName } from "../model/contact.ts";
import type { Operation, Plan } from "../model/plan.ts";
import { memberAddresses } from "../planning/verification-reads.ts";
import type { Subject } from "./verification-reader.ts";

/**
 * Returns the resources to verify: those whose operations were all applied, except created lists and contacts that were
 * merged into others.
 */
export function subjectsOf(
  { changes, operations }: Pick<Plan, "changes" | "operations">,
  { results, refusals = [] }: ApplyReport,
): Subject[] {
  const notApplied = new Set([
    ...results.flatMap(({ status, operation }) => (status === "applied" ? [] : operation.subjects)),
    ...refusals.map(({ address }) => address),
  ]);
  const createdIds = new Map(results.flatMap(createdId));
  const performed = new Map(results.map(({ operation }) => [operation.id, operation]));
  const byAddress = operationsByAddress(operations.map((operation) => performed.get(operation.id) ?? operation));
  const membersOf = memberAddresses(operations);
  return changes
    .filter(({ address }) => !notApplied.has(address))
    .flatMap((change): readonly Subject[] => {
      const { type, address } = change;
      const applied = byAddress.get(address) ?? [];
      if (type === "front_contact_list")
        return applied.flatMap((operation) => listSubjects(change, operation, membersOf));
      const id = change.id ?? createdIds.get(address);
      if (id === undefined || applied.length === 0 || isMergedAway(change, applied)) return [];
      return [{ kind: type === "front_account" ? "account" : "contact", address, id, change, operations: applied }];
    });
}

function operationsByAddress(operations: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const byAddress = new Map<string, Operation[]>();
  for (const operation of operations) {
    for (const address of new Set(operation.subjects)) append(byAddress, address, operation);
  }
  return byAddress;
}

/** Returns the list that an operation deleted, or the contacts that it removed from the list. */
function listSubjects(
  change: Change,
  operation: Operation,
  membersOf: ReturnType<typeof memberAddresses>,
): readonly Subject[] {
  const common = { change, operations: [operation] };
  if (operation.kind === "delete-list")
    return [{ kind: "deleted-list", address: change.address, id: operation.list.id, ...common }];
  if (operation.kind !== "remove-from-list") return [];
  const { id: listId } = operation.list;
  const addresses = membersOf(operation);
  const names = new Map(change.before?.members?.map(({ id, name }) => [id, name ?? undefined]));
  return operation.contacts.flatMap((contact, index) => {
    if (!("id" in contact)) return [];
    const { id } = contact;
    const name = contactName({ id, name: names.get(id) });
    return [{ kind: "removed-member", address: addresses[index] ?? "", id, name, listId, ...common }];
  });
}

function createdId(result: OperationResult): (readonly [address: string, id: string])[] {
  if (result.status !== "applied" || !["create-contact", "create-account"].includes(result.operation.kind)) return [];
  const id = result.contactId ?? result.accountId;
  return id === undefined ? [] : [[result.operation.subjects[0] ?? "", id]];
}

/** The handles of a contact that was merged away are verified on the target of the merge. */
function isMergedAway({ type, action }: Change, operations: readonly Operation[]): boolean {
  return type === "front_contact" && action === "delete" && !operations.some(({ kind }) => kind === "delete-contact");
}
