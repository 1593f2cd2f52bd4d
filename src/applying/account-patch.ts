import type { AccountPatch, NewAccount } from "../front/api.ts";
import { domainKey, type RemoteAccount } from "../model/account.ts";
import type { FieldValue } from "../model/contact.ts";
import { sameField } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Operation } from "../model/plan.ts";
import { changedAfterPlan } from "./messages.ts";
import { changedSincePlan, mergeFields, sameText } from "./patch.ts";

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

/** Returns whether an account is found by what identifies the one that an operation creates. */
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
 * Returns the patch that is still needed for the account's current state, if any. Throws a `FrontError` when someone else
 * changed a value that the patch would overwrite.
 */
export function accountPatchOver(operation: Kind<"update-account">, fresh: RemoteAccount): AccountPatch | undefined {
  const changed = changedSincePlan(operation, fresh);
  if (changed.length > 0) throw changedAfterPlan(changed);
  const { name, description, customFields = [] } = operation;
  const fields = customFields.filter(
    (field) => !sameField(field.type, fresh.customFields.get(field.name), field.after),
  );
  const patch: AccountPatch = omitUndefined({
    name: sameText(name, fresh.name) ? undefined : name,
    description: sameText(description, fresh.description) ? undefined : description,
    domains: domainsOver(operation, fresh.domains),
    customFields: fields.length === 0 ? undefined : mergeFields(fresh.customFields, fields),
  });
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Front replaces all domains, so unmanaged domains are sent along. */
function domainsOver(
  { addDomains = [], removeDomains = [] }: Kind<"update-account">,
  present: readonly string[],
): readonly string[] | undefined {
  const has = new Set(present.map(domainKey));
  const goes = new Set(removeDomains.map(domainKey));
  const added = addDomains.filter((domain) => !has.has(domainKey(domain)));
  const stays = present.filter((domain) => !goes.has(domainKey(domain)));
  return added.length === 0 && stays.length === present.length ? undefined : [...stays, ...added];
}
