import {
  type Comparison,
  clearedFields,
  compareStates,
  countUnmanagedFields,
  currentFields,
  NO_UNMANAGED_VALUES,
  union,
  writtenFieldsOf,
} from "../comparing/compare.ts";
import type { ResolvedAccount } from "../config/resolve-fields.ts";
import type { MatchedAccount } from "../matching/match-accounts.ts";
import { type DeclaredAccount, domainKey, type RemoteAccount } from "../model/account.ts";
import { accountAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { Attributes, Change, Difference } from "../model/change.ts";
import type { DesiredState } from "../model/contact.ts";
import { isEmptyField } from "../model/field-values.ts";
import { hashAccountValues } from "../model/fingerprint.ts";
import { omitUndefined, unlessEmpty } from "../model/omit-undefined.ts";
import { existingIds, isLinkOperation, type Operation } from "../model/plan.ts";
import { plural } from "../model/plural.ts";
import type { AccountMembers, Readings } from "../reading/remote-state.ts";
import { changedFields, changedTexts, fieldChange, operationOn } from "./operations.ts";
import type { PlannedResource } from "./planned-resource.ts";

type AccountReadings = Pick<Readings, "accountMembers">;

const NO_MEMBERS: AccountMembers = { all: new Set(), manual: new Set() };

/**
 * Returns an empty array if there is nothing to plan, for example if the account to delete does not exist. The resource
 * of an unchanged account has no differences.
 */
export function planDeclaredAccount({ match, resolved }: MatchedAccount, readings: AccountReadings): PlannedResource[] {
  if (resolved.desired.onlyNamed) return [];
  switch (match.kind) {
    case "no-match":
      return [planCreation(resolved)];
    case "match":
      return [planUpdate(resolved, match.account)];
    case "deletion":
      return [planDeletion(resolved, match.account, readings)];
    default:
      return [];
  }
}

function resourceOf({ desired: { key, location } }: ResolvedAccount) {
  return { address: accountAddress(key), type: "front_account" as const, name: key, location };
}

function planCreation(resolved: ResolvedAccount): PlannedResource {
  const { desired, customFields = [] } = resolved;
  const { name = "", description, domains, externalId } = desired;
  const resource = resourceOf(resolved);
  const fields = customFields.filter(({ value }) => value !== undefined);
  const after: Attributes = omitUndefined({
    name,
    description: description || undefined,
    domains: unlessEmpty(domains?.map(({ domain }) => domain)),
    external_id: externalId?.text,
    custom_fields: unlessEmpty(fields) && writtenFieldsOf(fields),
  });
  const operation: Operation = omitUndefined({
    ...operationOn("create-account", resource.address),
    name,
    description: after.description,
    domains: after.domains,
    externalId: externalId?.text,
    customFields: unlessEmpty(fields.map((field) => fieldChange(field))),
  });
  const change = { ...resource, action: "create" as const, ...compareStates(null, after), notes: [] };
  return { change, operations: [operation] };
}

function planUpdate(resolved: ResolvedAccount, account: RemoteAccount): PlannedResource {
  const comparison = compareAccount(resolved, account);
  const operation = updateAccount(resolved, account, comparison.differences);
  return {
    change: { ...resourceOf(resolved), action: "update", id: account.id, ...comparison, notes: [] },
    operations: operation === undefined ? [] : [operation],
  };
}

function planDeletion(
  resolved: ResolvedAccount,
  account: RemoteAccount,
  { accountMembers }: AccountReadings,
): PlannedResource {
  const { id, name, description, domains, externalId, customFields } = account;
  const resource = resourceOf(resolved);
  const { all: members, manual } = accountMembers.get(id) ?? NO_MEMBERS;
  const fields = [...customFields]
    .filter(([, value]) => !isEmptyField(value))
    .map(([field, value]) => ({ name: field, type: "unknown", value }));
  const before: Attributes = omitUndefined({
    name,
    description: description || undefined,
    domains: unlessEmpty(domains),
    external_id: externalId,
    custom_fields: unlessEmpty(fields) && writtenFieldsOf(fields),
  });
  const operation: Operation = {
    ...operationOn("delete-account", resource.address),
    account: {
      id,
      contacts: members.size,
      members: [...members],
      manualMembers: [...manual],
      belongings: hashAccountValues(account),
    },
  };
  const notes = [`it has ${members.size === 0 ? "no contacts" : plural(members.size, "contact")}`];
  const change = { ...resource, action: "delete" as const, id, ...compareStates(before, null), notes };
  return { change, operations: [operation] };
}

/**
 * Compares an account with its entry. Attributes that the entry omits are missing on both sides, so they cannot differ.
 * An undeclared value is removed only if its collection is exact or the entry has the value in `withoutDomains`.
 */
export function compareAccount(resolved: ResolvedAccount, account: RemoteAccount): Comparison {
  const { desired, customFields } = resolved;
  const { name, description, externalId } = desired;
  const { declared, remaining } = domainsOf(desired, account);
  const keys = new Set(declared?.map(domainKey));
  const fields = customFields && [...customFields, ...clearedFields(resolved, account)];
  const before: Attributes = omitUndefined({
    name: name === undefined ? undefined : account.name,
    description: description === undefined ? undefined : account.description,
    domains: declared && account.domains,
    external_id: externalId && account.externalId,
    custom_fields: fields && currentFields(fields, account.customFields),
  });
  const after: Attributes = omitUndefined({
    name,
    description,
    external_id: externalId?.text,
    domains: declared && union(remaining, declared, domainKey),
    custom_fields: customFields && writtenFieldsOf(customFields),
  });
  const kept = {
    ...NO_UNMANAGED_VALUES,
    domains: remaining.filter((domain) => !keys.has(domainKey(domain))).length,
    customFields: countUnmanagedFields(resolved, account),
  };
  return compareStates(before, after, kept);
}

/**
 * Returns the domains of an account: `remaining` contains the remote domains that the plan does not remove; `declared`
 * is undefined if the entry does not manage domains.
 */
function domainsOf({ domains, withoutDomains, exact }: DeclaredAccount, account: RemoteAccount) {
  const declared = domains?.map(({ domain }) => domain) ?? (withoutDomains && []);
  const keys = new Set(declared?.map(domainKey));
  const removed = new Set(withoutDomains?.map(domainKey));
  const remaining = account.domains.filter((domain) => {
    const key = domainKey(domain);
    return !removed.has(key) && (!exact.includes("domains") || keys.has(key));
  });
  return { declared, remaining };
}

function updateAccount(
  resolved: ResolvedAccount,
  account: RemoteAccount,
  differences: readonly Difference[],
): Operation | undefined {
  if (differences.length === 0) return undefined;
  const { desired } = resolved;
  const domains = differences.filter((difference) => difference.attribute === "domains");
  return omitUndefined({
    ...operationOn("update-account", accountAddress(desired.key)),
    account: { id: account.id },
    ...changedTexts(desired, account, differences),
    addDomains: unlessEmpty(domains.flatMap(({ after }) => after ?? [])),
    removeDomains: unlessEmpty(domains.flatMap(({ before, after }) => (after === undefined ? (before ?? []) : []))),
    customFields: unlessEmpty(changedFields(resolved, account, differences)),
  });
}

/**
 * Makes the deletion of an account by an undo depend on the operations that may unlink its contacts. A contact with an
 * email address in a domain of the account is not unlinked, so it stays until the account is deleted.
 */
export function deleteAfterUnlinking(
  operations: readonly Operation[],
  { accounts = [] }: DesiredState,
  { accountMembers }: AccountReadings,
): readonly Operation[] {
  const undoneAddresses = new Set(
    accounts.filter(({ onlyIfEmpty }) => onlyIfEmpty).map(({ key }) => accountAddress(key)),
  );
  if (undoneAddresses.size === 0) return operations;
  const unlinkOperations = new Map<string, Operation[]>();
  for (const operation of operations)
    for (const contactId of unlinkedContacts(operation)) append(unlinkOperations, contactId, operation);
  return operations.map((operation) => {
    if (operation.kind !== "delete-account" || !undoneAddresses.has(operation.subjects[0] ?? "")) return operation;
    const { account } = operation;
    const current = [...(accountMembers.get(account.id)?.all ?? [])];
    const unlinkingOf = (id: string) => unlinkOperations.get(id) ?? [];
    const members = current.filter((id) => !unlinkingOf(id).some((other) => certainlyUnlinks(account.id, other)));
    const dependsOn = [...new Set(current.flatMap((id) => unlinkingOf(id).map((other) => other.id)))];
    return { ...operation, account: { ...account, contacts: members.length, members }, dependsOn };
  });
}

/**
 * Adds the number of contacts to each deletion of an account that has contacts. Views cannot use the number in the
 * operation, because a plan that exceeds a limit has no operations.
 */
export function addAccountContacts(changes: readonly Change[], operations: readonly Operation[]): readonly Change[] {
  const contactsByAddress = new Map(
    operations.flatMap((operation) =>
      operation.kind === "delete-account" && operation.account.contacts > 0
        ? [[operation.subjects[0], operation.account.contacts] as const]
        : [],
    ),
  );
  if (contactsByAddress.size === 0) return changes;
  return changes.map((change) => {
    const accountContacts = contactsByAddress.get(change.address);
    return accountContacts === undefined ? change : { ...change, accountContacts };
  });
}

function certainlyUnlinks(accountId: string, operation: Operation): boolean {
  return (
    operation.kind === "delete-contact" || (operation.kind === "unlink-account" && operation.account.id === accountId)
  );
}

/** Returns the IDs of the contacts that an operation may unlink from an account. */
function unlinkedContacts(operation: Operation): readonly string[] {
  if (operation.kind === "delete-contact") return [operation.contact.id];
  return isLinkOperation(operation) ? existingIds(operation.contacts) : [];
}
