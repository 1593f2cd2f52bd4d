import { domainKey } from "../model/account.ts";
import { declaredAccounts } from "../model/company.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { suggest } from "../model/suggest.ts";
import type { ACCOUNT_MESSAGES } from "./account-messages.ts";
import { type CheckedConfig, distinctValues, duplicates, type Finding, type Rule } from "./rule.ts";
import type { UncheckedAccount } from "./unchecked-accounts.ts";
import type { LocatedText } from "./written-values.ts";

/** The rules about accounts that a schema cannot express, by diagnostic code. */
export const ACCOUNT_RULES: { readonly [Code in keyof typeof ACCOUNT_MESSAGES]: Rule<Code> } = {
  "account-twice": function* ({ accounts }) {
    for (const { thing, related } of duplicates(accounts)) {
      yield { parameters: { key: thing.key }, location: thing.location, related };
    }
  },
  "account-not-identified": unidentifiedAccounts,
  "account-claimed-twice": claimedTwice,
  "account-not-declared": undeclaredAccounts,
  "account-absent": absentAccounts,
};

/** Yields accounts that cannot be looked up in Front: every apply would create them again. */
function* unidentifiedAccounts({ accounts }: CheckedConfig): Iterable<Finding<"account-not-identified">> {
  for (const { key, location, id, externalId, domains = [], written } of accounts) {
    // The schema reports a malformed id or external id.
    const isWritten = ["id", "external_id"].some((name) => written.get(name) !== undefined);
    if (isWritten || id !== undefined || externalId !== undefined || domains.length > 0) continue;
    yield { parameters: { key }, location };
  }
}

/** Yields ids, external ids and domains that two accounts share: Front looks up an account by any of them. */
function* claimedTwice({ accounts }: CheckedConfig): Iterable<Finding<"account-claimed-twice">> {
  const identities = accounts.flatMap((account) =>
    identitiesOf(account).map((identity) => ({ ...identity, owner: account.key })),
  );
  for (const { thing, first, related } of duplicates(identities)) {
    const { value, owner, location } = thing;
    yield { parameters: { value, key: owner, owner: first.owner }, location, related };
  }
}

interface Identity {
  readonly key: string;
  readonly value: string;
  readonly location: SourceLocation;
}

function identitiesOf({ id, externalId, domains = [], written, location }: UncheckedAccount): Identity[] {
  return [
    ...(id === undefined ? [] : [{ key: id, value: id, location: written.get("id")?.location ?? location }]),
    ...(externalId === undefined
      ? []
      : [{ key: `external_id ${externalId.text}`, value: externalId.text, location: externalId.location }]),
    ...domains.map((each) => ({
      key: `domain ${domainKey(each.domain)}`,
      value: each.domain,
      location: each.location,
    })),
  ];
}

const KEY = /^[a-z0-9][a-z0-9_-]*$/;

/**
 * Yields references to undeclared accounts. If a file could not be read, it may declare them, so only near misses are
 * reported.
 */
function* undeclaredAccounts(config: CheckedConfig): Iterable<Finding<"account-not-declared">> {
  const { accounts, complete } = config;
  const keys = new Set(accounts.map(({ key }) => key));
  for (const named of distinctValues(config, ({ account }) => account && [account])) {
    // The schema reports a malformed key.
    if (!("key" in named) || keys.has(named.key) || !KEY.test(named.key)) continue;
    const near = suggest(named.key, keys);
    if (near !== undefined || complete) yield { parameters: { account: named.key, near }, location: named.location };
  }
}

function* absentAccounts({ contacts, accounts }: CheckedConfig): Iterable<Finding<"account-absent">> {
  const absent = accounts.filter(({ ensure }) => ensure === "absent");
  if (absent.length === 0) return;
  const find = declaredAccounts(absent);
  for (const { key, account } of contacts) {
    if (account === undefined) continue;
    const found = "key" in account ? absent.find((each) => each.key === account.key) : find(account);
    if (found === undefined) continue;
    const related = [{ location: found.location, note: `${found.key} is declared here` }];
    yield { parameters: { key, account: found.key }, location: account.location, related };
  }
}

/** Returns the texts of an account with their locations. */
export function textsOfAccount({
  name,
  description,
  domains = [],
  externalId,
  customFields = [],
  written,
  location,
}: UncheckedAccount): LocatedText[] {
  const at = (property: string) => written.get(property)?.location ?? location;
  return [
    ...(name === undefined ? [] : [{ text: name, location: at("name") }]),
    ...(description === undefined ? [] : [{ text: description, location: at("description") }]),
    ...domains.map(({ domain, location: ofDomain }) => ({ text: domain, location: ofDomain })),
    ...(externalId === undefined ? [] : [externalId]),
    ...customFields.flatMap(({ value, location: ofValue }) =>
      typeof value === "string" ? [{ text: value, location: ofValue }] : [],
    ),
  ];
}
