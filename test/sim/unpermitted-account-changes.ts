import type { DesiredState } from "../../src/internal.ts";
import {
  type AccountRecord,
  type Company,
  differenceOf,
  type Effect,
  isIdentifiedBy,
  isLinkedByDomain,
} from "./company.ts";
import { entriesOf } from "./entry-matching.ts";
import type { UnpermittedChange } from "./unpermitted-change.ts";
import { permissionOf, unpermittedValues } from "./unpermitted-changes.ts";
import { changedPaths, type DeclaredAccount, valuesOf } from "./values.ts";

export function unpermittedAccountChanges(effect: Effect, desired: DesiredState): UnpermittedChange[] {
  const { accountsCreated, accountsDeleted, accountsChanged, before, after } = effect;
  return [
    ...accountsCreated.flatMap((record) => unpermittedCreation(record, desired, before)),
    ...accountsDeleted.flatMap((record) => unpermittedDeletion(record, desired, after)),
    ...accountsChanged.flatMap((change) => unpermittedEdits(change, desired)),
    ...unpermittedMembers(effect, desired),
  ];
}

function accountEntriesOf(record: AccountRecord, { accounts = [] }: Pick<DesiredState, "accounts">): DeclaredAccount[] {
  return accounts.filter((entry) => entry.id === record.id || matchesEntry(entry, record));
}

export function matchesEntry({ domains, externalId }: DeclaredAccount, record: AccountRecord): boolean {
  return isIdentifiedBy(record, { domains: domains?.map(({ domain }) => domain) ?? [], externalId: externalId?.text });
}

function unpermittedCreation(record: AccountRecord, desired: DesiredState, before: Company): UnpermittedChange[] {
  const [entry] = accountEntriesOf(record, desired).filter(({ ensure }) => ensure === "present");
  if (entry === undefined) return [{ action: "create", resource: "account", name: record.name }];
  const isDuplicate = [...before.accounts.values()].some((other) => matchesEntry(entry, other));
  return [
    ...(isDuplicate ? [{ action: "duplicate", resource: "account", name: entry.key } as const] : []),
    ...(record.externalId === entry.externalId?.text ? [] : [externalIdChange(record.id)]),
    ...unpermittedAccountValues([...valuesOf(record).keys()], record, accountEntriesOf(record, desired), desired),
  ];
}

function externalIdChange(id: string): UnpermittedChange {
  return { action: "change", path: "external id", id };
}

/**
 * Returns the deletion of an account if the desired state does not permit it. If two accounts match an entry, one of
 * them may be deleted. `nothingIsDeletedWithoutApproval` checks that the run created the deleted account.
 */
function unpermittedDeletion(record: AccountRecord, desired: DesiredState, after: Company): UnpermittedChange[] {
  const entries = accountEntriesOf(record, desired);
  const isDuplicate = (entry: DeclaredAccount) =>
    [...after.accounts.values()].some((other) => matchesEntry(entry, other));
  const isDeclared = ({ ensure, protect }: DeclaredAccount) => ensure === "absent" && protect === undefined;
  const isPermitted = entries.some((entry) => isDeclared(entry) || isDuplicate(entry));
  return isPermitted ? [] : [{ action: "delete", resource: "account", name: record.name }];
}

function unpermittedAccountValues(
  paths: readonly string[],
  record: AccountRecord,
  entries: Iterable<DeclaredAccount>,
  { base }: DesiredState,
): UnpermittedChange[] {
  const permissions = Array.from(entries, (entry) =>
    permissionOf(entry, { earlier: base?.accounts?.find(({ key }) => key === entry.key), listIds: [] }),
  );
  return unpermittedValues(paths, record, permissions);
}

function unpermittedEdits(
  { before, after }: Effect["accountsChanged"][number],
  desired: DesiredState,
): UnpermittedChange[] {
  const entries = new Set([...accountEntriesOf(before, desired), ...accountEntriesOf(after, desired)]);
  return [
    ...(before.externalId === after.externalId ? [] : [externalIdChange(after.id)]),
    ...unpermittedAccountValues(changedPaths({ before, after }), after, entries, desired),
  ];
}

/**
 * Returns the links that the desired state does not permit. Front itself links a contact to an account that has the
 * domain of the contact's email address.
 */
function unpermittedMembers({ before, after }: Effect, desired: DesiredState): UnpermittedChange[] {
  return [...after.accountMembers].flatMap(([id, members]) => {
    const record = after.accounts.get(id);
    const membersBefore: ReadonlySet<string> = before.accountMembers.get(id) ?? new Set();
    const permits = (memberId: string, isAdded: boolean) => {
      const contact = after.contacts.get(memberId);
      if (contact === undefined || record === undefined) return true;
      if (isAdded && isLinkedByDomain(record, contact)) return true;
      return entriesOf(memberId, contact.handles, desired).some(
        ({ account, merge, restoredAccounts, without }) =>
          account !== undefined ||
          merge ||
          (isAdded
            ? restoredAccounts?.includes(id)
            : restoredAccounts !== undefined || without?.accounts?.includes(id)),
      );
    };
    const added = differenceOf(members, membersBefore).filter((memberId) => !permits(memberId, true));
    const removed = differenceOf(membersBefore, members).filter((memberId) => !permits(memberId, false));
    return [...added, ...removed].map(
      (memberId) => ({ action: "change", path: `account ${id}`, id: memberId }) as const,
    );
  });
}
