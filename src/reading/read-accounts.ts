import type { ContactPage, FrontApi } from "../front/api.ts";
import { type AccountMatch, matchAccounts } from "../matching/match-accounts.ts";
import { domainKey, hasEmailInDomain, type RemoteAccount } from "../model/account.ts";
import { indexAccounts, RemoteAccountIndex } from "../model/account-index.ts";
import { accountAddress } from "../model/address.ts";
import { type AccountState, accountIdentifier, declaredAccounts, declaredIdentifiers } from "../model/company.ts";
import type { AccountReference, DesiredContact, DesiredState } from "../model/contact.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { MissingScopes } from "./missing-scopes.ts";
import type { AccountMembers, Readings } from "./remote-state.ts";

export type AccountReadings = Pick<Readings, "remoteAccounts" | "referencedAccounts" | "accountMembers">;

export const ACCOUNTS_SCOPE = "accounts:read";

/**
 * Reads the accounts that the configuration declares or refers to, and the members of those that contacts refer to or
 * that are to be deleted. Front returns members only by account (docs/front.md#accounts).
 */
export async function readAccounts(
  { accounts: declared = [], base, contacts, unlinkedAccounts = [] }: DesiredState,
  front: FrontApi,
  scopes: MissingScopes,
): Promise<AccountReadings> {
  const references = referencesIn([...contacts, ...(base?.contacts ?? [])], unlinkedAccounts);
  const entries = [...declared, ...(base?.accounts ?? [])];
  const identifiers = new Set([...references.keys(), ...entries.flatMap(declaredIdentifiers)]);
  const remote = await scopes.read(ACCOUNTS_SCOPE, () => findAccounts([...identifiers], front));
  const matched = matchAccounts(
    declared.map((desired) => ({ desired, customFields: undefined })),
    remote?.all,
  ).entries;
  const findDeclared = declaredAccounts(matched.map(({ resolved, match }) => ({ ...resolved.desired, match })));
  const readOnce = memberReader(front);
  const stateOf = async ([identifier, reference]: readonly [string, AccountReference]): Promise<AccountState> => {
    const entry = findDeclared(reference);
    const address = entry && accountAddress(entry.key);
    const account = entry === undefined ? accountWith(identifier, remote) : matchedAccount(entry.match);
    const unreadable = remote === undefined ? true : undefined;
    const { id, domains = [], name }: Partial<RemoteAccount> = account ?? {};
    return {
      identifier,
      id,
      domains,
      members: id === undefined ? NO_MEMBERS : (await readOnce({ id, domains })).all,
      ...omitUndefined({ name: name || undefined, address, unreadable }),
    };
  };
  const accounts = await Promise.all([...references].map(stateOf));
  const deleted = matched.flatMap(({ match }) => (match.kind === "deletion" ? [match.account] : []));
  const deletedMembers = deleted.map(async (account) => [account.id, await readOnce(account)] as const);
  return {
    remoteAccounts: remote?.all,
    referencedAccounts: indexAccounts(accounts),
    accountMembers: new Map(await Promise.all(deletedMembers)),
  };
}

const NO_MEMBERS: ReadonlySet<string> = new Set();

function matchedAccount(match: AccountMatch): RemoteAccount | undefined {
  return "account" in match ? match.account : undefined;
}

function referencesIn(
  contacts: readonly DesiredContact[],
  unlinkedAccounts: readonly string[],
): ReadonlyMap<string, AccountReference> {
  const references = new Map<string, AccountReference>(unlinkedAccounts.map((id) => [id, { id }]));
  for (const { account, restoredAccounts = [], without } of contacts) {
    if (account !== undefined) references.set(accountIdentifier(account), account);
    for (const id of [...restoredAccounts, ...(without?.accounts ?? [])]) references.set(id, { id });
  }
  return references;
}

function accountWith(identifier: string, accounts: RemoteAccountIndex | undefined): RemoteAccount | undefined {
  return accounts?.with([normalizeIdentifier(identifier)])[0];
}

function normalizeIdentifier(identifier: string): string {
  return identifier.startsWith("alt:domain:") ? domainKey(identifier) : identifier;
}

/**
 * Finds accounts by their identifiers. Reads pages of the listing while this may take fewer requests than looking up
 * the remaining accounts, and then looks these up.
 */
export async function findAccounts(identifiers: readonly string[], front: FrontApi): Promise<RemoteAccountIndex> {
  const accounts = new RemoteAccountIndex();
  const remaining = identifiers.length > 1 ? await listAccounts(identifiers, accounts, front) : identifiers;
  await Promise.all(
    remaining.map(async (identifier) => {
      const account = await front.account(identifier);
      if (account !== undefined) accounts.add(account, normalizeIdentifier(identifier));
    }),
  );
  return accounts;
}

/**
 * Adds the accounts in the listing to `found`. Returns the identifiers that must still be looked up: none if the whole
 * listing was read and every account could be decoded.
 */
async function listAccounts(
  identifiers: readonly string[],
  found: RemoteAccountIndex,
  front: FrontApi,
): Promise<readonly string[]> {
  let remaining = identifiers;
  let pages = 0;
  let allDecoded = true;
  const onUndecodable = () => {
    allDecoded = false;
  };
  for await (const { accounts, last } of front.accounts("oldest-first", onUndecodable)) {
    pages += 1;
    for (const account of accounts) found.add(account);
    remaining =
      last && allDecoded ? [] : remaining.filter((identifier) => accountWith(identifier, found) === undefined);
    if (remaining.length <= pages) break;
  }
  return remaining;
}

/** Returns a function that reads the members of each account once. */
function memberReader(front: FrontApi): (account: Pick<RemoteAccount, "id" | "domains">) => Promise<AccountMembers> {
  const membersById = new Map<string, Promise<AccountMembers>>();
  return ({ id, domains }) => {
    const members = membersById.get(id) ?? readMembers(id, domains, front);
    membersById.set(id, members);
    return members;
  };
}

async function readMembers(accountId: string, domains: readonly string[], front: FrontApi): Promise<AccountMembers> {
  const keys = new Set(domains.map(domainKey));
  const ids = { all: new Set<string>(), manual: new Set<string>() };
  for await (const { contacts, undecodable } of front.accountMembers(accountId)) {
    for (const { id, handles = [] } of [...contacts, ...undecodable]) {
      if (id === undefined) continue;
      ids.all.add(id);
      if (!hasEmailInDomain(handles, keys)) ids.manual.add(id);
    }
  }
  return ids;
}

/** Returns the IDs of the contacts on all pages, including contacts that cannot be decoded. */
export async function readContactIds(pages: AsyncIterable<ContactPage>): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { contacts, undecodable } of pages) {
    for (const { id } of [...contacts, ...undecodable]) if (id !== undefined) ids.add(id);
  }
  return ids;
}
