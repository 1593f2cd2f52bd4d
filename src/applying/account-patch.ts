import type { AccountPatch, NewAccount } from "../front/api.ts";
import { domainKey, type RemoteAccount } from "../model/account.ts";
import type { FieldValue } from "../model/contact.ts";
import { isSameFieldValue } from "../model/field-values.ts";
import { omitUndefined, unlessEmpty } from "../model/omit-undefined.ts";
import type { OperationOf } from "../model/plan.ts";
import {
  applyCollectionChanges,
  assertNotChangedByOthers,
  isTextAsPlanned,
  remainingChanges,
  remainingValues,
} from "./contact-patch.ts";

export function newAccount({
  name,
  description,
  domains,
  externalId,
  customFields,
}: OperationOf<"create-account">): NewAccount {
  const fields = customFields?.flatMap(({ name: field, after }): (readonly [string, FieldValue])[] =>
    after === undefined ? [] : [[field, after]],
  );
  return omitUndefined({ name, description, domains, externalId, customFields: fields && new Map(fields) });
}

export function isIdentifiedBy(
  { domains = [], externalId }: OperationOf<"create-account">,
  account: RemoteAccount,
): boolean {
  const keys = new Set(account.domains.map(domainKey));
  return (
    (externalId !== undefined && account.externalId === externalId) ||
    domains.some((domain) => keys.has(domainKey(domain)))
  );
}

/** Returns whether an account has all values that an operation creates it with. */
export function isAccountAsCreated(operation: OperationOf<"create-account">, account: RemoteAccount): boolean {
  const { name, description, domains = [], externalId, customFields = [] } = operation;
  const keys = new Set(account.domains.map(domainKey));
  return (
    isTextAsPlanned(name, account.name) &&
    isTextAsPlanned(description, account.description) &&
    (externalId === undefined || account.externalId === externalId) &&
    domains.every((domain) => keys.has(domainKey(domain))) &&
    customFields.every(({ name: field, type, after }) => isSameFieldValue(type, account.customFields.get(field), after))
  );
}

/**
 * Returns the patch that an account still needs, if any. Throws a `FrontError` if someone else changed a value that the
 * patch would overwrite.
 */
export function remainingAccountPatch(
  operation: OperationOf<"update-account">,
  current: RemoteAccount,
): AccountPatch | undefined {
  assertNotChangedByOthers(operation, current);
  const { addDomains: add, removeDomains: remove } = operation;
  const domains = applyCollectionChanges(current.domains, { add, remove }, domainKey);
  const patch: AccountPatch = omitUndefined({ ...remainingValues(operation, current), domains });
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/**
 * Returns the part of an update that an account still needs, if any. Only this part is recorded, so that an undo does
 * not revert changes that others made.
 */
export function remainingAccountUpdate(
  { name, description, customFields, addDomains, removeDomains, ...operation }: OperationOf<"update-account">,
  current: RemoteAccount,
): OperationOf<"update-account"> | undefined {
  const keys = new Set(current.domains.map(domainKey));
  const remaining = omitUndefined({
    ...remainingChanges({ name, description, customFields }, current),
    addDomains: unlessEmpty(addDomains?.filter((domain) => !keys.has(domainKey(domain)))),
    removeDomains: unlessEmpty(removeDomains?.filter((domain) => keys.has(domainKey(domain)))),
  });
  return Object.keys(remaining).length === 0 ? undefined : { ...operation, ...remaining };
}
