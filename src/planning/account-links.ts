import type { Match } from "../matching/match.ts";
import type { Change } from "../model/change.ts";
import {
  type DesiredAccount,
  type DesiredContact,
  handleKey,
  type RemoteContact,
  type ShownAccount,
} from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type ContactRef, contactAddress, type Operation, operationId } from "../model/plan.ts";
import { slicesOf } from "./list-memberships.ts";

/** An account that some entry names, as far as Front knows it. */
export interface AccountState {
  /** The name that the files use, as `accountName` gives it. */
  readonly name: string;
  /** Undefined when Front has no such account. */
  readonly id: string | undefined;
  /** Contacts with an email here belong to it by themselves, and Front keeps it so. */
  readonly domains: readonly string[];
  readonly members: ReadonlySet<string>;
  /** The token may not read accounts, so it is unknown whether there is such an account. */
  readonly unreadable?: boolean;
}

/** One word for an account, by whichever of its names a file uses. */
export function accountName(account: DesiredAccount): string {
  if ("id" in account) return account.id;
  return "domain" in account ? `alt:domain:${account.domain}` : `alt:ext_id:${account.externalId}`;
}

/** What contacts gain and lose in accounts. */
export interface AccountPlan {
  readonly operations: readonly Operation[];
  /** The account before and after, by the address of the contact. */
  readonly moves: ReadonlyMap<string, AccountMove>;
  readonly diagnostics: readonly Diagnostic[];
}

interface AccountMove {
  readonly before: string | null;
  readonly after: string;
  /** Accounts that the contact leaves, for people. */
  readonly left: readonly string[];
}

interface Link {
  readonly address: string;
  readonly contact: ContactRef;
  readonly dependsOn: readonly string[];
}

/**
 * Links contacts to the accounts that the files name, and takes them out of all other accounts that the files name.
 * In Front a contact belongs to one account, so a link moves it out of any other one. Which one that is shows where the
 * contact shows its account, or where the files name the account and its members were read.
 */
export function planAccounts(
  identities: ReadonlyMap<DesiredContact, Match>,
  accounts: readonly AccountState[],
): AccountPlan {
  const entries = [...identities].flatMap(([desired, identity]) =>
    desired.account === undefined ? [] : [{ desired, account: desired.account, member: memberOf(desired, identity) }],
  );
  const states = new Map(accounts.map((state) => [state.name, state]));
  const unknown = entries.filter(({ account }) => isUnknown(states.get(accountName(account))));
  const moves = entries.flatMap(({ account, member }) => {
    const move = member && moveTo(states.get(accountName(account)), member, accounts);
    return move === undefined ? [] : [move];
  });
  return {
    operations: [
      ...bulk(
        "unlink-account",
        moves.flatMap(({ link, leaves }) => leaves.map((account) => ({ link, account }))),
      ),
      ...bulk(
        "link-account",
        moves.filter(({ joins }) => joins).map(({ link, after }) => ({ link, account: after })),
      ),
    ],
    moves: new Map(moves.map(({ link, before, after, left }) => [link.address, { before, after, left }])),
    diagnostics: unknown.map(({ desired, account }) => unknownAccount(desired, account)),
  };
}

function isUnknown(state: AccountState | undefined): boolean {
  return state?.id === undefined && state?.unreadable !== true;
}

interface Move {
  readonly link: Link;
  /** Ids of the accounts to leave. */
  readonly leaves: readonly string[];
  /** Whether it has to be linked, or is already. */
  readonly joins: boolean;
  readonly before: string | null;
  readonly after: string;
  readonly left: readonly string[];
}

/** Undefined when the contact is where it is to be. */
function moveTo(
  state: AccountState | undefined,
  { remotes, link }: Member,
  accounts: readonly AccountState[],
): Move | undefined {
  if (state?.id === undefined) return undefined;
  const [own] = remotes;
  const joins = own === undefined || !state.members.has(own.id);
  const others = accounts.filter((other) => other.id !== state.id && belongsByHand(remotes, other));
  const leaves = [...new Set(others.map(({ id = "" }) => id))].sort();
  if (!joins && leaves.length === 0) return undefined;
  const shown = joins ? otherShown(remotes, state.id) : [];
  const revealed = joins ? othersWithMember(remotes, accounts, state.id) : [];
  const leftIds = [...new Set([...leaves, ...revealed, ...shown.map(({ id }) => id)])].sort();
  const before = joins ? leftIds : [...leftIds, state.id];
  const left = leftIds.map((id) => nameOf(id, shown, accounts));
  return { link, leaves, joins, before: before.join(", ") || null, after: state.id, left };
}

/** Accounts that the contacts themselves show. */
function otherShown(remotes: readonly RemoteContact[], except: string): ShownAccount[] {
  return remotes.flatMap(({ account }) => (account && account.id !== except ? [account] : []));
}

/** Ids of accounts that the files name and that have one of the contacts, be it by the domain of an email. */
function othersWithMember(
  remotes: readonly RemoteContact[],
  accounts: readonly AccountState[],
  except: string,
): readonly string[] {
  return accounts.flatMap(({ id, members }) =>
    id !== undefined && id !== except && remotes.some((remote) => members.has(remote.id)) ? [id] : [],
  );
}

/** As Front shows it, or else as the files name it; with its id. */
function nameOf(id: string, shown: readonly ShownAccount[], accounts: readonly AccountState[]): string {
  const written = accounts.find((account) => account.id === id)?.name.replace(/^alt:(domain|ext_id):/, "");
  const name = shown.find((account) => account.id === id && account.name !== "")?.name ?? written;
  return name === undefined || name === id ? id : `${name} (${id})`;
}

interface Member {
  /** The contact in Front; of a merge, all that go into it, because the survivor inherits from each. */
  readonly remotes: readonly RemoteContact[];
  readonly link: Link;
}

function memberOf({ key }: DesiredContact, identity: Match): Member | undefined {
  const address = contactAddress(key);
  switch (identity.kind) {
    case "no-match": {
      const dependsOn = [operationId("create-contact", address)];
      return { remotes: [], link: { address, contact: { createdAs: address }, dependsOn } };
    }
    case "match": {
      const { contact } = identity;
      return { remotes: [contact], link: { address, contact: { id: contact.id }, dependsOn: [] } };
    }
    case "merge": {
      const { target, others } = identity;
      const dependsOn = [operationId("merge-contacts", address)];
      return { remotes: [target, ...others], link: { address, contact: { id: target.id }, dependsOn } };
    }
    default:
      return undefined;
  }
}

/** A membership that follows from an email's domain would come back by itself, so it is left alone. */
function belongsByHand(remotes: readonly RemoteContact[], { members, domains }: AccountState): boolean {
  if (!remotes.some(({ id }) => members.has(id))) return false;
  const handles = remotes.flatMap((remote) => remote.handles);
  const emails = handles.filter(({ source }) => source === "email").map((handle) => handleKey(handle));
  return !domains.some((domain) => emails.some((email) => email.endsWith(`@${domain.toLowerCase()}`)));
}

function unknownAccount({ key, location }: DesiredContact, account: DesiredAccount): Diagnostic {
  const named = "id" in account ? account.id : "domain" in account ? account.domain : account.externalId;
  return omitUndefined({
    severity: "error" as const,
    code: "account-unknown",
    summary: `Front has no account ${named}, which ${key} is to belong to`,
    advice: "Create the account in Front first, or mend the name. This tool links contacts to accounts, it makes none.",
    location: account.location ?? location,
  });
}

function bulk(
  kind: "link-account" | "unlink-account",
  links: readonly { readonly link: Link; readonly account: string }[],
): Operation[] {
  const accounts = [...new Set(links.map(({ account }) => account))].sort();
  return accounts.flatMap((account) => {
    const members = links.filter((each) => each.account === account).map(({ link }) => link);
    return slicesOf(members).map((slice, number) => ({
      kind,
      id: operationId(kind, account, String(number + 1)),
      subjects: slice.map(({ address }) => address),
      dependsOn: [...new Set(slice.flatMap(({ dependsOn }) => dependsOn))],
      account: { id: account },
      contacts: slice.map(({ contact }) => contact),
    }));
  });
}

/** Shows the account beside the other attributes of a change. */
export function withAccount(change: Change, moves: AccountPlan["moves"]): Change {
  const move = moves.get(change.address);
  if (move === undefined || change.type !== "front_contact" || change.action === "delete") return change;
  const attribute = "account" as const;
  const difference = omitUndefined({ attribute, before: move.before ?? undefined, after: move.after });
  const differences = [...change.differences, difference];
  const notes = [...change.notes, ...move.left.map((account) => `it leaves the account ${account}`)];
  const after = { ...change.after, account: move.after };
  if (change.action === "create") return { ...change, after, differences, notes };
  return { ...change, before: { ...change.before, account: move.before }, after, differences, notes };
}
