import { appliedChanges, createdIds } from "../applying/applied-changes.ts";
import type { ApplyReport } from "../applying/apply.ts";
import type { Change } from "../model/change.ts";
import { contactName } from "../model/contact.ts";
import { type Operation, operationsByAddress, type Plan } from "../model/plan.ts";
import { memberAddresses } from "../planning/verification-reads.ts";
import type { Subject } from "./verification-reader.ts";

/**
 * Returns the resources to verify: those whose operations were all applied, except created lists and contacts that were
 * merged into others.
 */
export function subjectsOf(
  { changes, operations }: Pick<Plan, "changes" | "operations">,
  report: ApplyReport,
): Subject[] {
  const idsOfCreated = createdIds(report);
  const performed = new Map(report.results.map(({ operation }) => [operation.id, operation]));
  const byAddress = operationsByAddress(operations.map((operation) => performed.get(operation.id) ?? operation));
  const membersOf = memberAddresses(operations);
  return appliedChanges(changes, report).flatMap((change): readonly Subject[] => {
    const { type, address } = change;
    const applied = byAddress.get(address) ?? [];
    if (type === "front_contact_list")
      return applied.flatMap((operation) => listSubjects(change, operation, membersOf));
    const id = change.id ?? idsOfCreated.get(address);
    if (id === undefined || applied.length === 0 || isMergedAway(change, applied)) return [];
    return [{ kind: type === "front_account" ? "account" : "contact", address, id, change, operations: applied }];
  });
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

/** The handles of a contact that was merged away are verified on the target of the merge. */
function isMergedAway({ type, action }: Change, operations: readonly Operation[]): boolean {
  return type === "front_contact" && action === "delete" && !operations.some(({ kind }) => kind === "delete-contact");
}
