import type { ContactPage, FrontApi } from "../front/api.ts";
import { type AccountMatch, matchAccounts } from "../matching/match-accounts.ts";
import { domainKey, type RemoteAccount } from "../model/account.ts";
import { accountAddress } from "../model/address.ts";
import { type AccountState, accountName, declaredAccounts, namesOfAccount, namesOfDeclared } from "../model/company.ts";
import type { DesiredAccount, DesiredContact, DesiredState } from "../model/contact.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { MissingScopes } from "./missing-scopes.ts";

/** The accounts that the files declare, and those that contacts name. */
export interface AccountReadings {
  /** Undefined if the token may not read accounts. Empty, without a request, if no file declares one. */
  readonly remoteAccounts: readonly RemoteAccount[] | undefined;
  readonly accounts: readonly AccountState[];
  /** Ids of the contacts of each account to delete, by its id. */
  readonly accountMembers: ReadonlyMap<string, ReadonlySet<string>>;
}

const SCOPE = "accounts:read";

/** Reads accounts. Only the account shows which contacts it has (docs/front.md#accounts). */
export async function readAccounts(
  { accounts: declared = [], base, contacts }: DesiredState,
  front: FrontApi,
  scopes: MissingScopes,
): Promise<AccountReadings> {
  const named = namesOf([...contacts, ...(base?.contacts ?? [])]);
  const entries = [...declared, ...(base?.accounts ?? [])];
  const names = new Set([...named.keys(), ...entries.flatMap(namesOfDeclared)]);
  const found = await scopes.read(SCOPE, () => findAccounts([...names], front));
  const matched = matchAccounts(
    declared.map((desired) => ({ desired, customFields: undefined })),
    found?.all,
  ).entries;
  const owner = declaredAccounts(declared);
  const members = new Members(front);
  const stateOf = async ([name, reference]: readonly [string, DesiredAccount]): Promise<AccountState> => {
    const entry = owner(reference);
    const match = matched.find(({ resolved }) => resolved.desired === entry)?.match;
    const address = entry && accountAddress(entry.key);
    const account = match === undefined ? found?.byName(name) : matchedAccount(match);
    if (account !== undefined) return describe(name, account, { address, members: await members.of(account.id) });
    const unreadable = found === undefined ? true : undefined;
    return { ...{ name, id: undefined, domains: [], members: NO_MEMBERS }, ...omitUndefined({ address, unreadable }) };
  };
  const accounts = await Promise.all([...named].map(stateOf));
  const deleted = matched.flatMap(({ match }) => (match.kind === "deletion" ? [match.account.id] : []));
  const ofDeleted = deleted.map(async (id) => [id, await members.of(id)] as const);
  return {
    remoteAccounts: found?.all,
    accounts,
    accountMembers: new Map(await Promise.all(ofDeleted)),
  };
}

const NO_MEMBERS: ReadonlySet<string> = new Set();

function matchedAccount(match: AccountMatch): RemoteAccount | undefined {
  return "account" in match ? match.account : undefined;
}

function describe(
  name: string,
  { id, domains, name: title }: RemoteAccount,
  more: { readonly address: string | undefined; readonly members: ReadonlySet<string> },
): AccountState {
  return omitUndefined({ name, id, title: title || undefined, domains, ...more });
}

/** Returns the accounts that contacts name, by their name in requests. */
function namesOf(contacts: readonly DesiredContact[]): ReadonlyMap<string, DesiredAccount> {
  const names = new Map<string, DesiredAccount>();
  for (const { account, restoredAccounts = [], without, location } of contacts) {
    if (account !== undefined) names.set(accountName(account), account);
    for (const id of [...restoredAccounts, ...(without?.accounts ?? [])]) names.set(id, { id, location });
  }
  return names;
}

/** Accounts that were read, by all their names in requests. */
export class FoundAccounts {
  readonly #byId = new Map<string, RemoteAccount>();
  readonly #byName = new Map<string, RemoteAccount>();

  get all(): readonly RemoteAccount[] {
    return [...this.#byId.values()];
  }

  byName(name: string): RemoteAccount | undefined {
    return this.#byName.get(keyOf(name));
  }

  add(account: RemoteAccount, name?: string): void {
    this.#byId.set(account.id, account);
    for (const each of [...namesOfAccount(account), ...(name ? [keyOf(name)] : [])]) {
      if (!this.#byName.has(each)) this.#byName.set(each, account);
    }
  }
}

function keyOf(name: string): string {
  return name.startsWith("alt:domain:") ? domainKey(name) : name;
}

/**
 * Finds accounts by name. Reads pages of the listing as long as that may take fewer requests than looking up the
 * remaining accounts, so it takes at most twice the requests of the cheaper method.
 */
export async function findAccounts(names: readonly string[], front: FrontApi): Promise<FoundAccounts> {
  const found = new FoundAccounts();
  const left = names.length > 1 ? await listAccounts(names, found, front) : names;
  await Promise.all(
    left.map(async (name) => {
      const account = await front.account(name);
      if (account !== undefined) found.add(account, name);
    }),
  );
  return found;
}

/**
 * Reads the listing of accounts. Returns the names that are still to be looked up: none if the whole listing was read,
 * and every account in it could be decoded.
 */
async function listAccounts(
  names: readonly string[],
  found: FoundAccounts,
  front: FrontApi,
): Promise<readonly string[]> {
  let left = names;
  let pages = 0;
  let isWhole = true;
  const onUndecodable = () => {
    isWhole = false;
  };
  for await (const { accounts, last } of front.accounts("oldest-first", onUndecodable)) {
    pages += 1;
    for (const account of accounts) found.add(account);
    left = last && isWhole ? [] : left.filter((name) => found.byName(name) === undefined);
    if (left.length <= pages) break;
  }
  return left;
}

/** The ids of the contacts of accounts, each read once. */
class Members {
  readonly #front: FrontApi;
  readonly #read = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(front: FrontApi) {
    this.#front = front;
  }

  of(accountId: string): Promise<ReadonlySet<string>> {
    const read = this.#read.get(accountId) ?? idsIn(this.#front.accountMembers(accountId));
    this.#read.set(accountId, read);
    return read;
  }
}

/** Returns the ids of the contacts of a listing. */
export async function idsIn(pages: AsyncIterable<ContactPage>): Promise<ReadonlySet<string>> {
  const members = new Set<string>();
  for await (const { contacts, undecodable } of pages) {
    for (const { id } of [...contacts, ...undecodable]) if (id !== undefined) members.add(id);
  }
  return members;
}
