import { domainKey } from "../model/account.ts";
import { declaredAccounts } from "../model/company.ts";
import { declaredHere, type SourceLocation } from "../model/diagnostic.ts";
import { isTooLongToLookUp } from "../model/limits.ts";
import { Suggestions } from "../model/suggest.ts";
import type { ACCOUNT_MESSAGES } from "./account-messages.ts";
import {
  type CheckedConfig,
  distinctValues,
  type Finding,
  type Rule,
  rejectDuplicates,
  reportedTexts,
} from "./rule-definition.ts";
import { ACCOUNT_KEY, type UncheckedAccount } from "./unchecked-accounts.ts";
import type { LocatedText } from "./written-values.ts";

export const ACCOUNT_RULES: { readonly [Code in keyof typeof ACCOUNT_MESSAGES]: Rule<Code> } = {
  "account-twice": rejectDuplicates(
    ({ accounts }) => [accounts],
    ({ key }) => key,
    ({ key }) => ({ key }),
  ),
  "account-not-identified": unidentifiedAccounts,
  "account-identifier-twice": rejectDuplicates(
    ({ accounts }) => [accounts.flatMap(locatedIdentifiersOf)],
    ({ comparisonKey }) => comparisonKey,
    ({ value, key }, first) => ({ value, key, owner: first.key }),
  ),
  "account-identifier-too-long": longIdentifiers,
  "account-not-declared": undeclaredAccounts,
  "account-absent": absentAccounts,
};

/** Accounts without an identifier cannot be looked up in Front, so every apply would create them again. */
function* unidentifiedAccounts({ accounts }: CheckedConfig): Iterable<Finding<"account-not-identified">> {
  for (const { key, location, isIdentified } of accounts) if (!isIdentified) yield { parameters: { key }, location };
}

interface LocatedIdentifier {
  /** Identifiers with equal comparison keys are the same. */
  readonly comparisonKey: string;
  readonly value: string;
  readonly location: SourceLocation;
  readonly key: string;
}

function locatedIdentifiersOf(account: UncheckedAccount): LocatedIdentifier[] {
  const { key, id, idLocation = account.location, externalId, domains = [] } = account;
  const located = (comparisonKey: string, value: string, location: SourceLocation) => {
    return { comparisonKey, value, location, key };
  };
  return [
    ...(id === undefined ? [] : [located(id, id, idLocation)]),
    ...(externalId ? [located(`external_id ${externalId.text}`, externalId.text, externalId.location)] : []),
    ...domains.map(({ domain, location }) => located(`domain ${domainKey(domain)}`, domain, location)),
  ];
}

function* longIdentifiers(config: CheckedConfig): Iterable<Finding<"account-identifier-too-long">> {
  const declared = config.accounts.flatMap(locatedIdentifiersOf);
  const references = [...distinctValues(config, ({ account }) => account && [account])].flatMap((account) => {
    if ("domain" in account) return [{ value: account.domain, location: account.location }];
    return "externalId" in account ? [{ value: account.externalId, location: account.location }] : [];
  });
  for (const { value, location } of [...declared, ...references]) {
    if (isTooLongToLookUp(value)) yield { parameters: { value }, location };
  }
}

function* undeclaredAccounts(config: CheckedConfig): Iterable<Finding<"account-not-declared">> {
  const { accounts, complete } = config;
  const keys = new Set(accounts.map(({ key }) => key));
  const suggestions = new Suggestions(() => keys);
  for (const reference of distinctValues(config, ({ account }) => account && [account])) {
    if (!("key" in reference) || keys.has(reference.key)) continue;
    const { key: account, location } = reference;
    const suggestion = suggestions.suggestFor(account);
    // The schema reports a malformed key. A suggestion replaces that error.
    const canReport = complete && ACCOUNT_KEY.test(account);
    if (suggestion !== undefined || canReport) yield { parameters: { account, suggestion }, location };
  }
}

function* absentAccounts({ contacts, accounts }: CheckedConfig): Iterable<Finding<"account-absent">> {
  const absent = accounts.filter(({ ensure }) => ensure === "absent");
  if (absent.length === 0) return;
  const findAbsent = declaredAccounts(absent);
  for (const { key, account: reference } of contacts) {
    if (reference === undefined) continue;
    const account = "key" in reference ? absent.find((entry) => entry.key === reference.key) : findAbsent(reference);
    if (account === undefined) continue;
    const related = [declaredHere(account)];
    yield { parameters: { key, account: account.key }, location: reference.location, related };
  }
}

export function textsOfAccount(account: UncheckedAccount): LocatedText[] {
  const { domains = [], externalId, customFields = [] } = account;
  return [
    ...reportedTexts(account),
    ...domains.map(({ domain, location }) => ({ text: domain, location })),
    ...(externalId === undefined ? [] : [externalId]),
    ...customFields.flatMap(({ value, location }) => (typeof value === "string" ? [{ text: value, location }] : [])),
  ];
}
