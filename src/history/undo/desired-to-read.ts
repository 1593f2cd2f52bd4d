import type { DeclaredAccount } from "../../model/account.ts";
import { append } from "../../model/append.ts";
import type { DesiredContact, DesiredState, Settings } from "../../model/contact.ts";
import { type Handle, hasHandle } from "../../model/handle.ts";
import { unlessEmpty } from "../../model/omit-undefined.ts";
import { toE164 } from "../../model/phone.ts";
import { locationInRun } from "./applied-plan.ts";
import {
  accountEntry,
  type ContactValues,
  contactEntry,
  domainsOf,
  externalIdOf,
  groupOfHandle,
  isAccountId,
  linkedIds,
  writableHandles,
} from "./build-entries.ts";
import { referenceTo } from "./recreated-accounts.ts";
import type { AccountChanges, ContactChanges, RunChanges } from "./run-changes.ts";

/** Returns a desired state with all resources that an undo may change. It is used only to read their data. */
export function desiredToRead(
  { name: run, contacts, accounts, createdLists, deletedLists }: RunChanges,
  { settings, allowRemovals }: { readonly settings: Settings; readonly allowRemovals: boolean },
): DesiredState {
  const handlesAddedTo = (kind: ContactChanges["kind"]) =>
    groupHandles(contacts.filter((changes) => changes.kind === kind));
  const [created, changed] = [handlesAddedTo("created"), handlesAddedTo("changed")];
  const isIn = (groups: ReadonlyMap<string, readonly Handle[]>, handle: Handle) =>
    hasHandle({ handles: groups.get(groupOfHandle(handle)) ?? [] }, handle);
  // A handle that moved to a created contact must match only that contact. A number without a country code that moved to
  // an existing contact is not looked up either, because Front may have added the code; that contact is read by its ID.
  const isLookedUp = (handle: Handle) => !isIn(created, handle) && !(lacksCountry(handle) && isIn(changed, handle));
  const movedHandles = contacts.flatMap(({ kind, handles }) => (kind === "changed" ? handles.removed : []));
  const movedGroups = new Set(movedHandles.map(groupOfHandle));
  const deletedAccounts = new Map(accounts.map((changes) => [changes.id, referenceTo(changes)]));
  const accountsToRead = ({ accounts: links }: ContactChanges): ContactValues => ({
    restoredAccounts: links?.before.filter(isAccountId),
    account: links?.before.map((id) => deletedAccounts.get(id)).find((reference) => reference !== undefined),
  });
  return {
    contacts: contacts.flatMap((changes) => {
      if (changes.kind === "created") return createdToRead(changes, { settings, allowRemovals, movedGroups });
      if (changes.kind === "deleted") return [deletedToRead(changes, settings, accountsToRead(changes))];
      return changes.kind === "changed"
        ? [changedToRead(changes, { settings, isLookedUp }, accountsToRead(changes))]
        : [];
    }),
    lists: deletedLists.map(({ name }) => ({ name, location: locationInRun(run) })),
    absentLists: createdLists.flatMap(({ id, ...list }) => (id === undefined ? [] : [{ ...list, id }])),
    ...withAccounts(accounts.filter(({ kind }) => kind !== "created" || allowRemovals).map(accountToRead)),
    customFields: [],
    settings,
  };
}

function groupHandles(contacts: readonly ContactChanges[]): ReadonlyMap<string, readonly Handle[]> {
  const groups = new Map<string, Handle[]>();
  for (const handle of contacts.flatMap(({ handles }) => handles.added)) append(groups, groupOfHandle(handle), handle);
  return groups;
}

function lacksCountry({ source, handle }: Handle): boolean {
  return source === "phone" && toE164(handle) === undefined;
}

/** `movedGroups` contains the groups of the handles that the run removed from other contacts. */
function createdToRead(
  changes: ContactChanges,
  {
    settings,
    allowRemovals,
    movedGroups,
  }: { readonly settings: Settings; readonly allowRemovals: boolean; readonly movedGroups: ReadonlySet<string> },
): DesiredContact[] {
  const { location, handles, lists, avatar } = changes;
  const written = writableHandles(handles.added, changes, settings);
  if (allowRemovals) {
    return [
      contactEntry(changes, {
        ensure: "absent",
        handles: written,
        lists: lists.added.length > 0 ? [] : undefined,
        restoredAccounts: linkedIds(changes),
        avatar: avatar && { ...avatar, location },
      }),
    ];
  }
  // A handle that moved to the created contact can move back only if that contact lost it.
  const hasMovedHandle = handles.added.some((handle) => movedGroups.has(groupOfHandle(handle)));
  return hasMovedHandle ? [contactEntry(changes, { handles: written })] : [];
}

function deletedToRead(changes: ContactChanges, settings: Settings, accountsToRead: ContactValues): DesiredContact {
  const { before } = changes;
  return contactEntry(changes, {
    ...accountsToRead,
    id: undefined,
    handles: writableHandles(before?.handles ?? [], changes, settings),
    lists: before?.lists && [],
    customFields: before?.custom_fields && [],
  });
}

function changedToRead(
  changes: ContactChanges,
  { settings, isLookedUp }: { readonly settings: Settings; readonly isLookedUp: (handle: Handle) => boolean },
  accountsToRead: ContactValues,
): DesiredContact {
  const { location, handles, lists, fields, accounts, avatar } = changes;
  return contactEntry(changes, {
    ...accountsToRead,
    handles: writableHandles(handles.removed.filter(isLookedUp), changes, settings),
    lists: lists.added.length + lists.removed.length > 0 ? [] : undefined,
    customFields: fields.length > 0 ? [] : undefined,
    avatar: avatar && { ...avatar, location },
    without: accounts && { accounts: linkedIds(changes) },
  });
}

/** Returns an entry for reading the data that an undo needs to restore or delete an account. */
function accountToRead(changes: AccountChanges): DeclaredAccount {
  const { id, key, kind, before, domains, externalId, fields } = changes;
  if (kind === "changed") {
    const customFields = unlessEmpty(fields) && [];
    return accountEntry(changes, { id, domains: domainsOf(changes, domains.removed), customFields });
  }
  if (kind === "created") {
    const identifiers = {
      externalId: externalIdOf(changes, externalId),
      domains: domainsOf(changes, domains.added),
    };
    return accountEntry(changes, { ensure: "absent", ...(id === undefined ? identifiers : { id }) });
  }
  return accountEntry(changes, {
    name: before?.name ?? key,
    externalId: externalIdOf(changes, before?.external_id ?? undefined),
    domains: domainsOf(changes, before?.domains),
    customFields: before?.custom_fields && [],
  });
}

export function withAccounts(accounts: readonly DeclaredAccount[]): Pick<DesiredState, "accounts"> {
  return accounts.length === 0 ? {} : { accounts };
}
