import type { ResolvedAccount } from "../config/resolve-fields.ts";
import { accountLabel, type DeclaredAccount, domainKey, type RemoteAccount } from "../model/account.ts";
import { append } from "../model/append.ts";
import type { Diagnostic, SourceLocation } from "../model/diagnostic.ts";
import type { DiagnosticCode } from "../model/diagnostic-codes.ts";
import { omitUndefined } from "../model/omit-undefined.ts";

/** The result of matching an entry to the accounts in Front. */
export type AccountMatch =
  | { readonly kind: "no-match" }
  | { readonly kind: "match"; readonly account: RemoteAccount }
  | { readonly kind: "deletion"; readonly account: RemoteAccount }
  | { readonly kind: "already-deleted" }
  /** The entry cannot be planned; a diagnostic says why. */
  | { readonly kind: "invalid" }
  /** The token may not read accounts. */
  | { readonly kind: "unreadable" };

/** An entry under `accounts` and the account that it matches. */
export interface MatchedAccount {
  readonly resolved: ResolvedAccount;
  readonly match: AccountMatch;
  /** The entry at the base. Undefined for a new entry, and for a plan without a base. */
  readonly base?: ResolvedAccount;
}

/** The result of matching the entries under `accounts` to the accounts in Front. */
export interface AccountMatches {
  /** Entries in file order. */
  readonly entries: readonly MatchedAccount[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Matches each entry to an account: by its id, otherwise by its external id, otherwise by a domain. `remote` is
 * undefined if the token may not read accounts.
 */
export function matchAccounts(
  entries: readonly ResolvedAccount[],
  remote: readonly RemoteAccount[] | undefined,
  base: readonly ResolvedAccount[] = [],
): AccountMatches {
  const accounts = remote && new AccountIndex(remote);
  const found = entries.map((resolved) => ({ resolved, ...matchAccount(resolved.desired, accounts) }));
  const owners = new Map<string, DeclaredAccount>();
  const diagnostics: Diagnostic[] = [];
  const matched = found.map(({ resolved, match, problems }): MatchedAccount => {
    const all = [...problems, ...("account" in match ? recordMatch(resolved.desired, match.account, owners) : [])];
    diagnostics.push(...all);
    return omitUndefined({
      resolved,
      match: all.length > 0 ? INVALID : match,
      base: baseOf(resolved.desired, base),
    });
  });
  return { entries: matched, diagnostics };
}

/** Records that an entry matches an account. Returns an error if another entry already matches it. */
function recordMatch(
  entry: DeclaredAccount,
  account: RemoteAccount,
  owners: Map<string, DeclaredAccount>,
): Diagnostic[] {
  const owner = owners.get(account.id);
  if (owner !== undefined) return [matchedTwice(entry, owner, account)];
  owners.set(account.id, entry);
  return [];
}

/** Accounts by id, external id and domain. */
class AccountIndex {
  readonly #byId: ReadonlyMap<string, RemoteAccount>;
  readonly #byExternalId: ReadonlyMap<string, readonly RemoteAccount[]>;
  readonly #byDomain: ReadonlyMap<string, readonly RemoteAccount[]>;

  constructor(accounts: readonly RemoteAccount[]) {
    this.#byId = new Map(accounts.map((account) => [account.id, account]));
    const distinct = [...this.#byId.values()];
    this.#byExternalId = groupedBy(distinct, ({ externalId }) => (externalId === undefined ? [] : [externalId]));
    this.#byDomain = groupedBy(distinct, ({ domains }) => domains.map(domainKey));
  }

  withId(id: string): RemoteAccount | undefined {
    return this.#byId.get(id);
  }

  withExternalId({ externalId }: DeclaredAccount): readonly RemoteAccount[] {
    return externalId === undefined ? [] : (this.#byExternalId.get(externalId.text) ?? []);
  }

  withDomain(domain: string): readonly RemoteAccount[] {
    return this.#byDomain.get(domainKey(domain)) ?? [];
  }

  /** Returns the accounts with the entry's external id; if there are none, those with one of its domains. */
  candidatesFor(entry: DeclaredAccount): readonly RemoteAccount[] {
    const found = this.withExternalId(entry);
    return found.length > 0 ? found : this.withAnyDomain(entry);
  }

  withAnyDomain({ domains = [] }: DeclaredAccount): readonly RemoteAccount[] {
    return [...new Set(domains.flatMap(({ domain }) => this.withDomain(domain)))];
  }
}

function groupedBy(
  accounts: readonly RemoteAccount[],
  keysOf: (account: RemoteAccount) => readonly string[],
): ReadonlyMap<string, readonly RemoteAccount[]> {
  const groups = new Map<string, RemoteAccount[]>();
  for (const account of accounts) {
    for (const key of new Set(keysOf(account))) append(groups, key, account);
  }
  return groups;
}

interface Found {
  readonly match: AccountMatch;
  readonly problems: readonly Diagnostic[];
}

const INVALID: AccountMatch = { kind: "invalid" };

function matchAccount(entry: DeclaredAccount, accounts: AccountIndex | undefined): Found {
  if (accounts === undefined) return { match: { kind: "unreadable" }, problems: [] };
  const pinned = entry.id === undefined ? undefined : accounts.withId(entry.id);
  if (entry.ensure === "absent") return matchTombstone(entry, pinned, accounts);
  if (entry.id !== undefined && pinned === undefined) return invalid(idUnknown(entry, entry.id));
  const candidates = pinned ? [pinned] : accounts.candidatesFor(entry);
  const [account, another] = candidates;
  if (another !== undefined) return invalid(ambiguous(entry, candidates));
  const problems = [...domainsTaken(entry, account, accounts), ...otherExternalId(entry, account)];
  if (account !== undefined) return { match: { kind: "match", account }, problems };
  const unnamed = entry.name === undefined ? [nameMissing(entry)] : [];
  return { match: { kind: "no-match" }, problems: [...problems, ...unnamed] };
}

function matchTombstone(entry: DeclaredAccount, pinned: RemoteAccount | undefined, accounts: AccountIndex): Found {
  const found = [...(pinned ? [pinned] : []), ...accounts.withExternalId(entry), ...accounts.withAnyDomain(entry)];
  const candidates = [...new Set(found)];
  const [account, another] = candidates;
  if (another !== undefined) return invalid(ambiguous(entry, candidates));
  if (account === undefined) return { match: { kind: "already-deleted" }, problems: [] };
  return { match: { kind: "deletion", account }, problems: [] };
}

function invalid(problem: Diagnostic): Found {
  return { match: INVALID, problems: [problem] };
}

/**
 * Returns the entry at the base that an entry continues: the one with its key, or another that identifies the same
 * account.
 */
function baseOf(entry: DeclaredAccount, base: readonly ResolvedAccount[]): ResolvedAccount | undefined {
  const identities = new Set(identitiesOf(entry));
  const isSame = ({ desired }: ResolvedAccount) => identitiesOf(desired).some((each) => identities.has(each));
  return base.find((each) => each.desired.key === entry.key && isSame(each)) ?? base.find(isSame);
}

function identitiesOf({ id, externalId, domains = [] }: DeclaredAccount): readonly string[] {
  return [
    ...(id === undefined ? [] : [id]),
    ...(externalId === undefined ? [] : [`external_id ${externalId.text}`]),
    ...domains.map(({ domain }) => `domain ${domainKey(domain)}`),
  ];
}

function ambiguous({ key, location, ensure }: DeclaredAccount, accounts: readonly RemoteAccount[]): Diagnostic {
  const summary = `${key} matches ${accounts.length} accounts in Front: ${accounts.map(describeAccount).join(", and ")}`;
  const advice =
    ensure === "absent"
      ? "A tombstone deletes one account. Write one tombstone for each, with the id, external id or domains of that account."
      : `Write the id of one of them into the entry, such as \`id: ${accounts[0]?.id}\`, and declare the others in separate entries.`;
  return createError("account-ambiguous", summary, advice, location);
}

function describeAccount(account: RemoteAccount): string {
  const { domains, externalId } = account;
  const facts = [...(externalId === undefined ? [] : [`external id ${externalId}`]), ...domains];
  return facts.length === 0 ? accountLabel(account) : `${accountLabel(account)} with ${facts.join(", ")}`;
}

function idUnknown({ key, location }: DeclaredAccount, id: string): Diagnostic {
  const advice = "It was deleted. Remove the id to create the account again, or correct the id.";
  return createError("account-id-unknown", `The id of ${key} does not exist in Front: ${id}`, advice, location);
}

function matchedTwice(entry: DeclaredAccount, owner: DeclaredAccount, account: RemoteAccount): Diagnostic {
  const summary = `${entry.key} and ${owner.key} match the same account in Front, ${accountLabel(account)}`;
  const advice =
    "Declare each account once: combine the two entries, or correct the id, external id or domains of one of them.";
  const related = [{ location: owner.location, note: `${owner.key} is declared here` }];
  return { ...createError("account-matched-twice", summary, advice, entry.location), related };
}

/**
 * Returns an error for each domain that belongs to another account, because Front refuses a domain that another account
 * has.
 */
function domainsTaken(
  { key, domains = [] }: DeclaredAccount,
  own: RemoteAccount | undefined,
  accounts: AccountIndex,
): Diagnostic[] {
  return domains.flatMap(({ domain, location }) => {
    const owner = accounts.withDomain(domain).find((account) => account !== own);
    if (owner === undefined) return [];
    const summary = `The domain ${domain} of ${key} belongs to the account ${accountLabel(owner)}`;
    const advice = `Remove the domain from that account first, write \`id: ${owner.id}\` if ${key} is that account, or remove the domain from ${key}.`;
    return [createError("account-domain-taken", summary, advice, location)];
  });
}

function otherExternalId({ key, externalId }: DeclaredAccount, own: RemoteAccount | undefined): Diagnostic[] {
  if (externalId === undefined || own === undefined || own.externalId === externalId.text) return [];
  const shown = own.externalId === undefined ? "none" : own.externalId;
  const summary = `${key} has the external id ${externalId.text}; the account ${accountLabel(own)} has ${shown}`;
  const advice = `Front's API can set it only when it creates an account. ${own.externalId === undefined ? "Remove external_id." : `Write ${shown}, or remove external_id.`}`;
  return [createError("account-external-id", summary, advice, externalId.location)];
}

function nameMissing({ key, location }: DeclaredAccount): Diagnostic {
  const summary = `Front has no account for ${key}, and the entry has no name to create one with`;
  return createError("account-without-name", summary, "Add name, or correct its domains, external_id or id.", location);
}

function createError(code: DiagnosticCode, summary: string, advice: string, location: SourceLocation): Diagnostic {
  return { severity: "error", code, summary, advice, location };
}
