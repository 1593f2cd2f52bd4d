import { matchedContacts } from "../matching/match-contacts.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { domainKey, hasEmailInDomain, joinAccounts } from "../model/account.ts";
import type { AccountIndex } from "../model/account-index.ts";
import { accountAddress, contactAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { Change } from "../model/change.ts";
import { furtherLocations } from "../model/combine-diagnostics.ts";
import type { AccountState } from "../model/company.ts";
import type { ContactAccount, DesiredAccount, DesiredContact, RemoteContact } from "../model/contact.ts";
import { type Diagnostic, errorAt, positionOf } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type Operation, operationId } from "../model/plan.ts";
import { groupDigits } from "../model/plural.ts";
import type { Readings } from "../reading/remote-state.ts";
import { type BulkMember, batchesOf } from "./operations.ts";

export interface AccountLinkPlan {
  readonly operations: readonly Operation[];
  /** Moves between accounts, by the address of the contact. */
  readonly moves: ReadonlyMap<string, Move>;
  /** Returns the ID of the declared account; undefined if the contact is not linked to it. */
  readonly linkedAccountOf: (entry: MatchedEntry) => string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** A contact whose links to accounts may change because of its entry. */
interface Member extends BulkMember {
  /**
   * The matched contact. For a merge, all contacts that are merged, because the result inherits their accounts. Empty
   * for a creation.
   */
  readonly remotes: readonly RemoteContact[];
  /** The accounts to which at least one of these contacts is linked. */
  readonly linkedAccounts: readonly AccountState[];
}

interface Move extends BulkMember {
  readonly accountsToUnlink: readonly string[];
  /** An account that the plan creates is identified by the address of its entry. */
  readonly accountsToLink: readonly string[];
  /** The IDs of the accounts that the contact leaves, may leave or stays in, separated by commas; null for none. */
  readonly before: string | null;
  /** The IDs or addresses of the accounts that the contact should be in afterward, separated by commas; null for none. */
  readonly after: string | null;
  /** Notes with the names of the accounts, because the change shows only IDs. */
  readonly notes: readonly string[];
}

/**
 * Plans to link contacts to their declared accounts, and to unlink them from other accounts in the configuration.
 * `created` contains the addresses of the accounts that the plan creates. When a contact is linked, Front may also
 * remove it from an account that is not in the configuration. The plan shows that account only if Front returns it with
 * the contact.
 */
export function planAccountLinks(
  matched: readonly MatchedEntry[],
  index: AccountIndex,
  created: ReadonlySet<string>,
): AccountLinkPlan {
  const moves = [
    ...matched.flatMap((entry) => moveToDeclared(entry, index, created) ?? []),
    ...matched.flatMap((entry) => restoreAccounts(entry, index) ?? []),
  ];
  const unknown = matched.flatMap(({ entry, entry: { account } }) =>
    account !== undefined && isUnknown(index.find(account)) ? [{ entry, account }] : [],
  );
  return {
    operations: [
      ...linkOperations("unlink-account", moves, ({ accountsToUnlink }) => accountsToUnlink),
      ...linkOperations("link-account", moves, ({ accountsToLink }) => accountsToLink),
    ],
    moves: new Map(moves.map((move) => [move.address, move])),
    linkedAccountOf({ entry: { account }, match }) {
      const state = account && index.find(account);
      return match.kind === "match" && state?.members.has(match.contact.id) ? state.id : undefined;
    },
    diagnostics: reportUnknownAccounts(unknown),
  };
}

function isUnknown(state: AccountState | undefined): boolean {
  return state?.id === undefined && state?.unreadable !== true && state?.address === undefined;
}

/** Returns the names of the accounts that exist. Omits accounts that are known only by their ID. */
function namesOfExisting(accountsToLink: readonly string[], index: AccountIndex): string[] {
  return accountsToLink.flatMap((id) => {
    const name = nameOf(id, [], index);
    return name === id || !index.byId.has(id) ? [] : [name];
  });
}

/**
 * Returns the move of a contact to its declared account; undefined if no link has to change, or if the account neither
 * exists nor is created.
 */
function moveToDeclared(matched: MatchedEntry, index: AccountIndex, created: ReadonlySet<string>): Move | undefined {
  const { account } = matched.entry;
  const { id, address = "" } = (account && index.find(account)) ?? {};
  const target = id ?? (created.has(address) ? address : undefined);
  const member = target === undefined ? undefined : memberOf(matched, index);
  if (target === undefined || member === undefined) return undefined;
  const { remotes, linkedAccounts } = member;
  const unlinkedAccounts = linkedAccounts.filter((other) => other.id !== id && isLinkedManually(remotes, other));
  return moveBetween(member, { unlinkedAccounts, targets: [target] }, index);
}

/**
 * Plans to restore links to accounts, for an undo. If one link is missing, plans all of them, including those that
 * exist, because Front may remove a contact from one account when it is linked to another. If Front still removes the
 * contact from one of them, the verification reports the removal.
 */
function restoreAccounts(matched: MatchedEntry, index: AccountIndex): Move | undefined {
  const { account, restoredAccounts = [], without: { accounts: removedAccounts = [] } = {} } = matched.entry;
  if (account !== undefined || restoredAccounts.length + removedAccounts.length === 0) return undefined;
  const member = memberOf(matched, index);
  if (member === undefined) return undefined;
  const targets = restoredAccounts.filter((target) => index.byId.has(target));
  const unlinkedAccounts = member.linkedAccounts.filter(
    (account) => removedAccounts.includes(account.id ?? "") && isLinkedManually(member.remotes, account),
  );
  const move = moveBetween(member, { unlinkedAccounts, targets }, index);
  return move && (move.accountsToLink.length === 0 ? move : { ...move, accountsToLink: targets });
}

/** Returns undefined if no link has to change. */
function moveBetween(
  { remotes, linkedAccounts, ...member }: Member,
  {
    unlinkedAccounts,
    targets,
  }: { readonly unlinkedAccounts: readonly AccountState[]; readonly targets: readonly string[] },
  index: AccountIndex,
): Move | undefined {
  const [contact] = remotes;
  const isIn = (target: string) =>
    linkedAccounts.some(({ id, members }) => id === target && contact && members.has(contact.id));
  const accountsToLink = targets.filter((target) => !isIn(target));
  const accountsToUnlink = [...new Set(unlinkedAccounts.map(({ id = "" }) => id))].sort();
  if (accountsToLink.length === 0 && accountsToUnlink.length === 0) return undefined;
  const accountsInResponses = accountsOnContacts(remotes, targets);
  const currentIds = [...linkedAccounts, ...accountsInResponses].flatMap(({ id = "" }) =>
    targets.includes(id) ? [] : [id],
  );
  const previousIds = [...new Set([...accountsToUnlink, ...(accountsToLink.length === 0 ? [] : currentIds)])].sort();
  const before = joinAccounts([...previousIds, ...targets.filter(isIn)]);
  const after = joinAccounts(targets);
  const notes = [
    ...namesOfExisting(accountsToLink, index).map((account) => `it joins the account ${account}`),
    ...previousIds.map((id) => {
      const leaves = accountsToUnlink.includes(id) ? "leaves" : "may leave";
      return `it ${leaves} the account ${nameOf(id, accountsInResponses, index)}`;
    }),
  ];
  return { ...member, accountsToUnlink, accountsToLink, before, after, notes };
}

function accountsOnContacts(remotes: readonly RemoteContact[], except: readonly string[]): ContactAccount[] {
  return remotes.flatMap(({ account }) => (account && !except.includes(account.id) ? [account] : []));
}

/** Returns the name and the ID of an account. If the name is unknown, uses the identifier in the configuration. */
function nameOf(id: string, accountsInResponses: readonly ContactAccount[], { byId }: AccountIndex): string {
  const state = byId.get(id);
  const stateName = state?.name ?? state?.identifier.replace(/^alt:(domain|ext_id):/, "");
  const returned = accountsInResponses.find((account) => account.id === id && account.name !== "");
  const name = returned?.name ?? stateName;
  return name === undefined || name === id ? id : `${name} (${id})`;
}

/** Returns undefined if the entry cannot be planned, or deletes its contact. */
function memberOf({ entry, match }: MatchedEntry, { byMember }: AccountIndex): Member | undefined {
  const address = contactAddress(entry.key);
  const remotes = matchedContacts(match);
  const [target] = remotes;
  if (target === undefined && match.kind !== "no-match") return undefined;
  const predecessor = match.kind === "merge" ? "merge-contacts" : "create-contact";
  return {
    address,
    remotes,
    linkedAccounts: [...new Set(remotes.flatMap(({ id }) => byMember.get(id) ?? []))],
    contact: target === undefined ? { createdAs: address } : { id: target.id },
    dependsOn: match.kind === "match" ? [] : [operationId(predecessor, address)],
  };
}

/**
 * Returns whether a contact is linked to an account, and the account has no domain of the contact's email addresses.
 * Front would restore a link that results from a domain, so the plan does not remove it.
 */
export function isLinkedManually(
  remotes: readonly RemoteContact[],
  { members, domains }: Pick<AccountState, "members" | "domains">,
): boolean {
  if (!remotes.some(({ id }) => members.has(id))) return false;
  const keys = new Set(domains.map(domainKey));
  return !remotes.some(({ handles }) => hasEmailInDomain(handles, keys));
}

/** Returns the IDs of the known accounts of a contact; undefined if its accounts are unknown. */
export function accountIdsOf(
  { id, account }: RemoteContact,
  { referencedAccounts, accountMembers }: Pick<Readings, "referencedAccounts" | "accountMembers">,
): readonly string[] | undefined {
  const linkedIds = [
    ...(account ? [account.id] : []),
    ...(referencedAccounts.byMember.get(id) ?? []).flatMap((linked) => linked.id ?? []),
    ...[...accountMembers].flatMap(([accountId, members]) => (members.all.has(id) ? [accountId] : [])),
  ];
  return linkedIds.length === 0 && account === undefined ? undefined : [...new Set(linkedIds)];
}

interface AccountUse {
  readonly entry: DesiredContact;
  readonly account: DesiredAccount;
}

/** Groups the errors by account, because thousands of contacts may have the same account. */
function reportUnknownAccounts(uses: readonly AccountUse[]): Diagnostic[] {
  const usesByAccount = new Map<string, AccountUse[]>();
  for (const use of uses) append(usesByAccount, JSON.stringify([isDefault(use), identifierOf(use.account)]), use);
  return [...usesByAccount.values()].flatMap(reportUnknownAccount);
}

function reportUnknownAccount(uses: readonly AccountUse[]): Diagnostic[] {
  const [first] = uses;
  if (first === undefined) return [];
  const locations = new Map(
    uses.map(({ entry, account }) => account.location ?? entry.location).map((at) => [positionOf(at), at]),
  );
  const [location = first.entry.location, ...others] = locations.values();
  const [, identifier] = identifierOf(first.account);
  const summary = isDefault(first)
    ? `The default account "${identifier}" does not exist in Front`
    : `${describeOwners(uses)} the account "${identifier}", which does not exist in Front`;
  const advice =
    "id" in first.account
      ? "Correct the ID of the account."
      : "Correct the account, or declare it under the top-level key accounts.";
  const error = errorAt(location, "account-unknown", summary, advice);
  if (others.length === 0) return [error];
  return [{ ...error, related: furtherLocations(others.map((location) => ({ location }))) }];
}

/** Returns the beginning of a sentence, such as `ann and bob have`. */
function describeOwners(uses: readonly AccountUse[]): string {
  const [first, second] = uses.map(({ entry }) => entry.key);
  if (uses.length <= 2) return second === undefined ? `${first} has` : `${first} and ${second} have`;
  return `${first} and ${groupDigits(uses.length - 1)} other contacts have`;
}

function isDefault({ entry: { inherited } }: AccountUse): boolean {
  return inherited?.some(({ attribute }) => attribute === "account") === true;
}

function identifierOf(account: DesiredAccount): readonly [kind: string, value: string] {
  if ("id" in account) return ["id", account.id];
  return "domain" in account ? ["domain", account.domain] : ["external id", account.externalId];
}

function linkOperations(
  kind: "link-account" | "unlink-account",
  moves: readonly Move[],
  accountsOf: (move: Move) => readonly string[],
): Operation[] {
  const movesByAccount = new Map<string, Move[]>();
  for (const move of moves) for (const account of new Set(accountsOf(move))) append(movesByAccount, account, move);
  const accounts = [...movesByAccount].sort(([a], [b]) => (a < b ? -1 : 1));
  return accounts.flatMap(([account, members]) => {
    const creation = isAddress(account) ? [operationId("create-account", account)] : [];
    return batchesOf(members, creation).map(({ number, ...batch }) => ({
      ...(kind === "link-account" && isAddress(account)
        ? { kind, account: { createdAs: account } }
        : { kind, account: { id: account } }),
      id: operationId(kind, account, String(number)),
      ...batch,
    }));
  });
}

function isAddress(account: string): boolean {
  return account.startsWith(accountAddress(""));
}

export function withAccount(
  change: Change,
  entry: MatchedEntry,
  { moves, linkedAccountOf }: Pick<AccountLinkPlan, "moves" | "linkedAccountOf">,
): Change {
  const move = moves.get(change.address);
  if (change.type !== "front_contact" || change.action === "delete") return change;
  if (move === undefined) return withUnchangedAccount(change, linkedAccountOf(entry));
  const attribute = "account" as const;
  const difference = omitUndefined({ attribute, before: move.before ?? undefined, after: move.after ?? undefined });
  const differences = [...change.differences, difference];
  const notes = [...change.notes, ...move.notes];
  const after = { ...change.after, account: move.after };
  if (change.action === "create") return { ...change, after, differences, notes };
  return { ...change, before: { ...change.before, account: move.before }, after, differences, notes };
}

function withUnchangedAccount(change: Change, account: string | undefined): Change {
  if (account === undefined || change.action !== "update") return change;
  return { ...change, before: { ...change.before, account }, after: { ...change.after, account } };
}
