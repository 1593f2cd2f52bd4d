import type { AccountPatch, NewAccount } from "../front/api.ts";
import { domainKey, type RemoteAccount } from "../model/account.ts";
import type { FieldValue } from "../model/contact.ts";
import { sameField } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Operation } from "../model/plan.ts";
import { changedAfterPlan } from "./messages.ts";
import { changedSincePlan, membersOver, sameText, valuesOver } from "./patch.ts";

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;

/** Returns the body of a creation. One POST takes all values. */
export function newAccount({
  name,
  description,
  domains,
  externalId,
  customFields,
}: Kind<"create-account">): NewAccount {
  const fields = customFields?.flatMap(({ name: field, after }): (readonly [string, FieldValue])[] =>
    after === undefined ? [] : [[field, after]],
  );
  return omitUndefined({ name, description, domains, externalId, customFields: fields && new Map(fields) });
}

/** Returns whether an account has the external id or a domain of the account that an operation creates. */
export function isIdentifiedBy({ domains = [], externalId }: Kind<"create-account">, account: RemoteAccount): boolean {
  const keys = new Set(account.domains.map(domainKey));
  return (
    (externalId !== undefined && account.externalId === externalId) ||
    domains.some((domain) => keys.has(domainKey(domain)))
  );
}

/** Returns whether an account has all values of this creation. */
export function isAccountAsCreated(operation: Kind<"create-account">, account: RemoteAccount): boolean {
  const { name, description, domains = [], externalId, customFields = [] } = operation;
  const keys = new Set(account.domains.map(domainKey));
  return (
    sameText(name, account.name) &&
    sameText(description, account.description) &&
    (externalId === undefined || account.externalId === externalId) &&
    domains.every((domain) => keys.has(domainKey(domain))) &&
    customFields.every(({ name: field, type, after }) => sameField(type, account.customFields.get(field), after))
  );
}

/**
 * Returns the patch that is still needed for the account's current state, if any. Throws a `FrontError` if someone else
 * changed a value that the patch would overwrite.
 */
export function accountPatchOver(operation: Kind<"update-account">, fresh: RemoteAccount): AccountPatch | undefined {
  const changed = changedSincePlan(operation, fresh);
  if (changed.length > 0) throw changedAfterPlan(changed);
  const { addDomains, removeDomains } = operation;
  const domains = membersOver(fresh.domains, { add: addDomains, remove: removeDomains }, domainKey);
  const patch: AccountPatch = omitUndefined({ ...valuesOver(operation, fresh), domains });
  return Object.keys(patch).length === 0 ? undefined : patch;
}
