import type { ResolvedAccount } from "../config/resolve-fields.ts";
import { accountLabel, type DeclaredAccount, type RemoteAccount } from "../model/account.ts";
import { RemoteAccountIndex } from "../model/account-index.ts";
import { declaredIdentifiers } from "../model/company.ts";
import { type Diagnostic, declaredHere, errorAt } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { findEarlierAccounts } from "./base-entries.ts";

export type AccountMatch =
  | { readonly kind: "no-match" }
  | { readonly kind: "match"; readonly account: RemoteAccount }
  | { readonly kind: "deletion"; readonly account: RemoteAccount }
  | { readonly kind: "already-deleted" }
  /** The entry cannot be planned. A diagnostic contains the reason. */
  | { readonly kind: "invalid" }
  /** The token cannot read accounts. */
  | { readonly kind: "unreadable" };

export interface MatchedAccount {
  readonly resolved: ResolvedAccount;
  readonly match: AccountMatch;
  /** The entry at the base. Omitted for a new entry and for a plan without a base. */
  readonly base?: ResolvedAccount;
}

export interface AccountMatches {
  /** Entries in file order. */
  readonly entries: readonly MatchedAccount[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Matches each entry to an account by its ID. An entry without an ID matches by its external ID or, if no account has
 * it, by its domains. A tombstone matches every account with one of its identifiers. `remote` is undefined if the token
 * cannot read accounts.
 */
export function matchAccounts(
  entries: readonly ResolvedAccount[],
  remote: readonly RemoteAccount[] | undefined,
  base: readonly ResolvedAccount[] = [],
): AccountMatches {
  const accounts = remote && new RemoteAccountIndex(remote);
  const resolvedBase = new Map(base.map((resolved) => [resolved.desired, resolved]));
  const earlierVersions = findEarlierAccounts(
    [...resolvedBase.keys()],
    entries.map(({ desired }) => desired),
  );
  const matchedBy = new Map<string, DeclaredAccount>();
  const diagnostics: Diagnostic[] = [];
  const matched = entries.map((resolved): MatchedAccount => {
    const { desired } = resolved;
    const { match: found, problems } = matchAccount(desired, accounts);
    const errors = [...problems, ...("account" in found ? recordMatch(desired, found.account, matchedBy) : [])];
    diagnostics.push(...errors);
    const match = errors.length > 0 ? INVALID : found;
    const earlier = earlierVersions.get(desired);
    return omitUndefined({ resolved, match, base: earlier && resolvedBase.get(earlier) });
  });
  return { entries: matched, diagnostics };
}

/** Returns an error if another entry already matches the account. */
function recordMatch(
  entry: DeclaredAccount,
  account: RemoteAccount,
  matchedBy: Map<string, DeclaredAccount>,
): Diagnostic[] {
  const otherEntry = matchedBy.get(account.id);
  if (otherEntry !== undefined) return [reportMatchedTwice(entry, otherEntry, account)];
  matchedBy.set(account.id, entry);
  return [];
}

interface MatchResult {
  readonly match: AccountMatch;
  readonly problems: readonly Diagnostic[];
}

const INVALID: AccountMatch = { kind: "invalid" };

function matchAccount(entry: DeclaredAccount, accounts: RemoteAccountIndex | undefined): MatchResult {
  if (accounts === undefined) return { match: { kind: "unreadable" }, problems: [] };
  const { id, externalId, domains } = entry;
  const found = [{ id }, { externalId }, { domains }].map((identified) =>
    accounts.with(declaredIdentifiers(identified)),
  );
  if (entry.ensure === "absent") return matchTombstone(entry, [...new Set(found.flat())]);
  if (id !== undefined && found[0]?.length === 0) return invalid(reportUnknownId(entry, id));
  const candidates = found.find(({ length }) => length > 0) ?? [];
  const [account, second] = candidates;
  if (second !== undefined) return invalid(reportAmbiguous(entry, candidates));
  const problems = [...reportTakenDomains(entry, account, accounts), ...reportDifferentExternalId(entry, account)];
  if (account !== undefined) return { match: { kind: "match", account }, problems };
  if (entry.name === undefined) problems.push(reportMissingName(entry));
  return { match: { kind: "no-match" }, problems };
}

function matchTombstone(entry: DeclaredAccount, candidates: readonly RemoteAccount[]): MatchResult {
  const [account, second] = candidates;
  if (second !== undefined) return invalid(reportAmbiguous(entry, candidates));
  if (account === undefined) return { match: { kind: "already-deleted" }, problems: [] };
  return { match: { kind: "deletion", account }, problems: [] };
}

function invalid(problem: Diagnostic): MatchResult {
  return { match: INVALID, problems: [problem] };
}

function reportAmbiguous({ key, location, ensure }: DeclaredAccount, accounts: readonly RemoteAccount[]): Diagnostic {
  const summary = `${key} matches ${accounts.length} accounts in Front: ${accounts.map(describeAccount).join(", and ")}`;
  const advice =
    ensure === "absent"
      ? "A tombstone deletes one account. Write one tombstone for each account, with its ID, external ID or domains."
      : `Set the ID of one of these accounts in the entry, for example \`id: ${accounts[0]?.id}\`, and declare the other accounts in separate entries.`;
  return errorAt(location, "account-ambiguous", summary, advice);
}

function describeAccount(account: RemoteAccount): string {
  const { domains, externalId } = account;
  const identifiers = [...(externalId === undefined ? [] : [`external ID ${externalId}`]), ...domains];
  return identifiers.length === 0 ? accountLabel(account) : `${accountLabel(account)} with ${identifiers.join(", ")}`;
}

function reportUnknownId({ key, location, idLocation = location }: DeclaredAccount, id: string): Diagnostic {
  const advice = "The account may have been deleted. Remove the ID to create the account again, or correct the ID.";
  return errorAt(idLocation, "account-id-unknown", `${key} has the ID "${id}", which does not exist in Front`, advice);
}

function reportMatchedTwice(entry: DeclaredAccount, other: DeclaredAccount, account: RemoteAccount): Diagnostic {
  const summary = `${entry.key} and ${other.key} match the same account in Front, ${accountLabel(account)}`;
  const advice =
    "Declare each account once: combine the two entries, or correct the ID, external ID or domains of one of them.";
  return { ...errorAt(entry.location, "account-matched-twice", summary, advice), related: [declaredHere(other)] };
}

/** Returns an error for each domain that belongs to another account, because Front may reject the domain. */
function reportTakenDomains(
  { key, domains = [] }: DeclaredAccount,
  matched: RemoteAccount | undefined,
  accounts: RemoteAccountIndex,
): Diagnostic[] {
  return domains.flatMap((declared) => {
    const { domain, location } = declared;
    const owner = accounts.with(declaredIdentifiers({ domains: [declared] })).find((account) => account !== matched);
    if (owner === undefined) return [];
    const summary = `The domain ${domain} of ${key} belongs to the account ${accountLabel(owner)}`;
    const advice = `Remove the domain from that account first, set \`id: ${owner.id}\` if ${key} is that account, or remove the domain from ${key}.`;
    return [errorAt(location, "account-domain-taken", summary, advice)];
  });
}

function reportDifferentExternalId(
  { key, externalId }: DeclaredAccount,
  account: RemoteAccount | undefined,
): Diagnostic[] {
  if (externalId === undefined || account === undefined || account.externalId === externalId.text) return [];
  const { externalId: current } = account;
  const summary = `${key} has the external ID ${externalId.text}, but the account ${accountLabel(account)} has ${current ?? "none"}`;
  const change =
    current === undefined ? "Remove external_id." : `Set external_id to ${current}, or remove external_id.`;
  const advice = `Front's API can set an external ID only when it creates an account. ${change}`;
  return [errorAt(externalId.location, "account-external-id", summary, advice)];
}

function reportMissingName({ key, location }: DeclaredAccount): Diagnostic {
  const summary = `${key} matches no account in Front and cannot be created without a name`;
  const advice = "Add a name, correct the domains or the external ID, or set the ID.";
  return errorAt(location, "account-without-name", summary, advice);
}
