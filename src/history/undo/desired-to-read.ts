import type { DeclaredAccount } from "../../model/account.ts";
import { append } from "../../model/append.ts";
import type { DesiredContact, DesiredState, Settings } from "../../model/contact.ts";
import { type Handle, handleKey, hasHandle, isWritable } from "../../model/handle.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import { lastDigits, toE164 } from "../../model/phone.ts";
import { accountToRead } from "./account-undo.ts";
import { referenceTo } from "./recreated-accounts.ts";
import type { ContactChanges, RunChanges } from "./run-changes.ts";

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
  // A handle that moved to a created contact must match only that contact. If a number without a country code moved to
  // another contact, Front may have added the code. That contact is read by its ID.
  const isFree = (handle: Handle) => !isIn(created, handle) && !(lacksCountry(handle) && isIn(changed, handle));
  const movedHandles = contacts.flatMap(({ kind, handles }) => (kind === "changed" ? handles.removed : []));
  const movedGroups = new Set(movedHandles.map(groupOfHandle));
  const deletedAccounts = new Map(accounts.map((changes) => [changes.id, referenceTo(changes)]));
  const accountsToRead = ({ accounts: links }: ContactChanges): Attributes => ({
    restoredAccounts: links?.before.filter(isAccountId),
    account: links?.before.map((id) => deletedAccounts.get(id)).find((reference) => reference !== undefined),
  });
  return {
    contacts: contacts.flatMap((changes) => {
      if (changes.kind === "created") return createdToRead(changes, { allowRemovals, movedGroups });
      if (changes.kind === "deleted") return [deletedToRead(changes, accountsToRead(changes))];
      return changes.kind === "changed" ? [changedToRead(changes, isFree, accountsToRead(changes))] : [];
    }),
    lists: deletedLists.map(({ name }) => ({ name, location: { file: run, line: 1, column: 1, length: 1 } })),
    absentLists: createdLists.flatMap(({ id, ...list }) => (id === undefined ? [] : [{ ...list, id }])),
    ...withAccounts(accounts.flatMap((changes) => accountToRead(changes, allowRemovals))),
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

/** Handles that may be the same are in the same group. */
export function groupOfHandle(handle: Handle): string {
  return (handle.source === "phone" ? lastDigits(handle.handle.trim()) : undefined) ?? handleKey(handle);
}

type Attributes = { readonly [Name in keyof DesiredContact]?: DesiredContact[Name] | undefined };

export function entryFor({ key, location, id }: ContactChanges, attributes: Attributes): DesiredContact {
  const defaults = { ensure: "present" as const, merge: false, handles: [], exact: [] };
  return omitUndefined({ key, location, id, ...defaults, ...attributes }) as DesiredContact;
}

export function writableHandles(
  handles: readonly Handle[],
  { location }: Pick<ContactChanges, "location">,
): DesiredContact["handles"] {
  return handles.filter(isWritable).map(({ source, handle }) => ({ source, handle, location }));
}

/** `movedGroups` contains the groups of the handles that the run removed from other contacts. */
function createdToRead(
  changes: ContactChanges,
  { allowRemovals, movedGroups }: { readonly allowRemovals: boolean; readonly movedGroups: ReadonlySet<string> },
): DesiredContact[] {
  const { handles, lists } = changes;
  const written = writableHandles(handles.added, changes);
  if (allowRemovals) {
    const readLists = lists.added.length > 0 ? [] : undefined;
    return [
      entryFor(changes, { ensure: "absent", handles: written, lists: readLists, restoredAccounts: linkedIds(changes) }),
    ];
  }
  // A handle that moved to the created contact can move back only if that contact lost it.
  const hasMovedHandle = handles.added.some((handle) => movedGroups.has(groupOfHandle(handle)));
  return hasMovedHandle ? [entryFor(changes, { handles: written })] : [];
}

function deletedToRead(changes: ContactChanges, accountsToRead: Attributes): DesiredContact {
  const { before } = changes;
  return entryFor(changes, {
    ...accountsToRead,
    id: undefined,
    handles: writableHandles(before?.handles ?? [], changes),
    lists: before?.lists && [],
    customFields: before?.custom_fields && [],
  });
}

function changedToRead(
  changes: ContactChanges,
  isFree: (handle: Handle) => boolean,
  accountsToRead: Attributes,
): DesiredContact {
  const { location, handles, lists, fields, accounts, avatar } = changes;
  return entryFor(changes, {
    ...accountsToRead,
    handles: writableHandles(handles.removed.filter(isFree), changes),
    lists: lists.added.length + lists.removed.length > 0 ? [] : undefined,
    customFields: fields.length > 0 ? [] : undefined,
    avatar: avatar && { ...avatar, location },
    without: accounts && { accounts: linkedIds(changes) },
  });
}

/** Returns the ids of the accounts of a contact after the run, if the run changed them. */
export function linkedIds({ accounts }: ContactChanges): readonly string[] {
  return accounts?.after.filter(isAccountId) ?? [];
}

/** Returns whether a text is the id of an account, and not the address of an account that the plan creates. */
function isAccountId(text: string): boolean {
  return /^acc_[0-9a-zA-Z]+$/.test(text);
}

export function withAccounts(accounts: readonly DeclaredAccount[]): Pick<DesiredState, "accounts"> {
  return accounts.length === 0 ? {} : { accounts };
}
