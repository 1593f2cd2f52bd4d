import type { ApplyReport, OperationResult } from "../applying/apply.ts";
import type { Change } from "../model/change.ts";
import { contactName } from "../model/contact.ts";
import type { Operation, Plan } from "../model/plan.ts";
import { memberAddresses } from "../planning/verification-reads.ts";
import type { Subject } from "./verification-reader.ts";

/** Returns the resources to verify: those that were fully applied. The apply report covers the others. */
export function subjectsOf(
  { changes, operations }: Pick<Plan, "changes" | "operations">,
  { results, refusals = [] }: ApplyReport,
  known: ReadonlyMap<string, string> = new Map(),
): Subject[] {
  const undone = new Set([
    ...results.flatMap(({ status, operation }) => (status === "applied" ? [] : operation.subjects)),
    ...refusals.map(({ address }) => address),
  ]);
  const created = new Map(
    results.flatMap((result) =>
      result.status === "applied"
        ? createdBy(result).map((id) => [result.operation.subjects[0] ?? "", id] as const)
        : [],
    ),
  );
  const performed = new Map(results.map(({ operation }) => [operation.id, operation]));
  const byAddress = operationsByAddress(operations.map((operation) => performed.get(operation.id) ?? operation));
  const membersOf = memberAddresses(operations);
  return changes
    .filter(({ address }) => !undone.has(address))
    .flatMap((change) => {
      const { type, address } = change;
      const own = byAddress.get(address) ?? [];
      if (type === "front_contact_list") return own.flatMap((operation) => listSubjects(change, operation, membersOf));
      const id = change.id ?? created.get(address) ?? known.get(address);
      return id === undefined || own.length === 0 || isMergedAway(change, own) ? [] : [{ change, id, operations: own }];
    });
}

function operationsByAddress(operations: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const byAddress = new Map<string, Operation[]>();
  for (const operation of operations) {
    for (const address of new Set(operation.subjects)) {
      const own = byAddress.get(address) ?? [];
      own.push(operation);
      byAddress.set(address, own);
    }
  }
  return byAddress;
}

/** Returns the deleted list, or each contact that the change of a list removed from it. */
function listSubjects(
  change: Change,
  operation: Operation,
  membersOf: ReturnType<typeof memberAddresses>,
): readonly Subject[] {
  const operations = [operation];
  if (operation.kind === "delete-list") return [{ change, id: operation.list.id, operations }];
  if (operation.kind !== "remove-from-list") return [];
  const addresses = membersOf(operation);
  const names = new Map(change.before?.members?.map(({ id, name }) => [id, name ?? undefined]));
  return operation.contacts.flatMap((contact, index) => {
    if (!("id" in contact)) return [];
    const { id } = contact;
    const leaves = { listId: operation.list.id, name: contactName({ id, name: names.get(id) }) };
    return [{ change, id, operations, address: addresses[index] ?? "", leaves }];
  });
}

/** Returns the id of the contact or the account that an operation created. */
function createdBy({ operation, contactId, accountId }: Extract<OperationResult, { status: "applied" }>): string[] {
  if (operation.kind === "create-contact") return contactId === undefined ? [] : [contactId];
  return operation.kind === "create-account" && accountId !== undefined ? [accountId] : [];
}

/** Returns whether a contact is merged into another. Its handles are verified on the target of the merge. */
function isMergedAway({ type, action }: Change, operations: readonly Operation[]): boolean {
  return type === "front_contact" && action === "delete" && !operations.some(({ kind }) => kind === "delete-contact");
}
