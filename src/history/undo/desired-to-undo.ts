import { RemoteContactIndex } from "../../matching/contact-index.ts";
import { undeclaredAddress } from "../../model/address.ts";
import { append } from "../../model/append.ts";
import {
  contactName,
  type DeclaredList,
  type DesiredContact,
  type DesiredList,
  type DesiredState,
  type List,
  type ListToDelete,
  type Picture,
  type RemoteContact,
  type Settings,
} from "../../model/contact.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { normalText } from "../../model/field-values.ts";
import { declaredKeys, type Handle, handleKey, hasHandle, remoteKeys } from "../../model/handle.ts";
import { omitUndefined, unlessEmpty } from "../../model/omit-undefined.ts";
import type { ListRef } from "../../model/plan.ts";
import type { Readings } from "../../reading/remote-state.ts";
import { AccountLinkUndo, isLinkedAfterRun } from "./account-link-undo.ts";
import { AccountUndo, type AccountUndoOptions } from "./account-undo.ts";
import { type AppliedPlan, locationInRun } from "./applied-plan.ts";
import { contactEntry, groupOfHandle, linkedIds, writableHandles } from "./build-entries.ts";
import { isAsCreatedByRun, isRestored } from "./compare-contact.ts";
import { withoutDeletedCreations } from "./current-ids.ts";
import { declaredProtection } from "./declared-protection.ts";
import { withAccounts } from "./desired-to-read.ts";
import { deletedFields, fieldsToRestore, textToRestore } from "./field-undo.ts";
import { type HandleUndo, handlesToRestore } from "./handle-undo.ts";
import type { ContactChanges, RunChanges } from "./run-changes.ts";
import { describeUndeclared } from "./undeclared-contacts.ts";
import type { GuardedUndo } from "./undo-allowance.ts";
import { UNDO_AGAIN, UndoReport, type UndoReportOptions } from "./undo-report.ts";
import { warnOfUnknownAccounts } from "./unknown-accounts.ts";

export interface UndoOptions extends AccountUndoOptions, UndoReportOptions {
  readonly settings: Settings;
  /** Entries of the configuration with `protect: true`. */
  readonly protectedEntries?: readonly DesiredContact[];
  /** Pictures that the run replaced, by contact ID. */
  readonly replacedPictures: ReadonlyMap<string, Picture>;
  /** Earlier undos of the same run, which may be incomplete. */
  readonly earlierUndos?: readonly AppliedPlan[];
  /** Returns the SHA-256 of the file that was uploaded as the picture at a URL of Front, if known. */
  readonly pictureHashAt: (url: string) => string | undefined;
}

interface Undo {
  readonly desired: DesiredState;
  /**
   * Returns warnings about changes that cannot be undone or that require an option. `undo` contains the changes that the
   * undo plans.
   */
  readonly diagnosticsFor: (undo: GuardedUndo) => readonly Diagnostic[];
}

/**
 * Returns the desired state that undoes a run. It contains only what the undo changes, so everything else is
 * unmanaged. A value that changed after the run is restored only if it may be overwritten; otherwise, it is reported.
 */
export function desiredToUndo(runChanges: RunChanges, readings: Readings, options: UndoOptions): Undo {
  const run = withoutDeletedCreations(runChanges, options.earlierUndos);
  const contactUndo = new ContactUndo(run, readings, options);
  const contacts = run.contacts.flatMap((changes) => contactUndo.createEntry(changes) ?? []);
  const accountUndo = new AccountUndo(readings, contacts, options, contactUndo.report);
  return {
    desired: {
      contacts,
      customFields: [],
      settings: options.settings,
      ...withAccounts(run.accounts.flatMap((changes) => accountUndo.createEntry(changes) ?? [])),
      lists: contactUndo.listsToRestore(),
      absentLists: contactUndo.listsToDelete(contacts),
    },
    diagnosticsFor: (undo) => [
      ...contactUndo.report.diagnostics(run.name, undo),
      ...warnOfUnknownAccounts(contacts, readings),
    ],
  };
}

class ContactUndo {
  readonly report: UndoReport;
  readonly #run: RunChanges;
  readonly #readings: Readings;
  readonly #options: UndoOptions;
  readonly #index: RemoteContactIndex;
  readonly #listsById: ReadonlyMap<string, List>;
  readonly #listsByName = new Map<string, List[]>();
  readonly #deletedListNames: ReadonlySet<string>;
  readonly #protection: ReturnType<typeof declaredProtection>;
  readonly #handles: ReadonlyMap<ContactChanges, HandleUndo>;
  /** The contacts that the run created, by `groupOfHandle` of each handle. */
  readonly #createdByGroup = new Map<string, ContactChanges[]>();
  readonly #accountLinks: AccountLinkUndo;
  readonly #skippedAddresses: ReadonlySet<string>;

  constructor(run: RunChanges, readings: Readings, options: UndoOptions) {
    this.#index = new RemoteContactIndex(readings.contacts);
    this.report = new UndoReport(options, describeUndeclared(run.contacts, this.#index));
    this.#run = run;
    this.#readings = readings;
    this.#options = options;
    this.#accountLinks = new AccountLinkUndo(run, readings, options, this.report);
    this.#skippedAddresses = new Set(
      readings.searchDiagnostics.flatMap(({ excludedAddress }) => excludedAddress ?? []),
    );
    this.#listsById = new Map(readings.lists.map((list) => [list.id, list]));
    for (const list of readings.lists) append(this.#listsByName, list.name, list);
    this.#deletedListNames = new Set(run.deletedLists.map(({ name }) => name));
    this.#protection = declaredProtection(options.protectedEntries ?? [], namesOf);
    this.#handles = handlesToRestore(run.contacts, this.#index);
    for (const changes of run.contacts.filter(({ kind }) => kind === "created"))
      for (const handle of changes.handles.added) append(this.#createdByGroup, groupOfHandle(handle), changes);
  }

  /** Returns the entry that undoes the changes of a contact; undefined if nothing can or needs to be undone. */
  createEntry(changes: ContactChanges): DesiredContact | undefined {
    const entry = this.#entry(changes);
    if (entry === undefined) return undefined;
    const remoteHandles = this.#index.withId(entry.id ?? "")?.handles ?? [];
    const protect = this.#protection(entry.key, [...namesOf(entry), ...remoteHandles.flatMap(remoteKeys)]);
    return omitUndefined({ ...entry, protect });
  }

  #entry(changes: ContactChanges): DesiredContact | undefined {
    switch (changes.kind) {
      case "merged":
        return this.report.addNotUndone(changes, `${describeMerge(changes)}, and Front cannot undo a merge`);
      case "created":
        return this.#entryToDelete(changes);
      case "deleted":
        return this.#entryToRecreate(changes);
      case "changed":
        return this.#entryToRestore(changes);
    }
  }

  #entryToRestore(changes: ContactChanges): DesiredContact | undefined {
    const { id = "" } = changes;
    const contact = this.#index.withId(id);
    if (contact === undefined) {
      // An error reports that the contact is skipped because it cannot be read.
      if (this.#skippedAddresses.has(changes.address)) return undefined;
      return this.report.addNotUndone(changes, `${id} was deleted or merged after the run`);
    }
    const handles = this.#handlesOf(changes);
    const links = linksOf(changes, contact);
    const lists = this.#listsOf(changes, contact);
    const accounts = this.#accountLinks.restore(changes, contact);
    const without = omitUndefined({
      handles: unlessEmpty(handles.removed),
      links: unlessEmpty(links.removed),
      lists: unlessEmpty(lists.removed),
      accounts: accounts?.removed,
    });
    const restored: Partial<DesiredContact> = omitUndefined({
      name: textToRestore(changes, "name", contact.name, this.report),
      description: textToRestore(changes, "description", contact.description, this.report),
      customFields: unlessEmpty(fieldsToRestore(changes, contact.customFields, this.#fieldContext)),
      links: links.restored.length + links.removed.length > 0 ? links.restored : undefined,
      lists: lists.restored.length + lists.removed.length > 0 ? lists.restored : undefined,
      restoredAccounts: accounts?.restoredAccounts,
      account: accounts?.account,
      avatar: this.#avatar(changes, contact),
      handles: unlessEmpty(writableHandles(handles.restored, changes, this.#options.settings)),
      without: Object.keys(without).length === 0 ? undefined : without,
    });
    return Object.keys(restored).length === 0 ? undefined : contactEntry(changes, restored);
  }

  #handlesOf(changes: ContactChanges): Pick<HandleUndo, "restored" | "removed"> {
    const { restored = [], removed = [], takenHandles = [], lastHandles = [] } = this.#handles.get(changes) ?? {};
    for (const handle of takenHandles) this.report.addTakenHandle(changes, handle, this.#createdWith(handle)?.address);
    for (const handle of lastHandles) this.report.addLastHandle(changes, handle);
    return { restored, removed };
  }

  /** Returns the contact that the run created with a handle, if any. */
  #createdWith(handle: Handle): ContactChanges | undefined {
    const similar = this.#createdByGroup.get(groupOfHandle(handle)) ?? [];
    return similar.find(({ handles }) => hasHandle({ handles: handles.added }, handle));
  }

  get #fieldContext() {
    return { definitions: this.#readings.fields, report: this.report };
  }

  #listsOf(changes: ContactChanges, contact: RemoteContact) {
    const currentIds = new Set(contact.lists.map(({ id }) => id));
    const added = changes.lists.added.flatMap((list) => this.#find(list) ?? []);
    const removed = changes.lists.removed.flatMap((list) => this.#listToJoin(changes, list) ?? []);
    return {
      removed: added.filter(({ id }) => currentIds.has(id)).map(({ id, name }) => ({ id, name })),
      restored: removed.filter((list) => !("id" in list && currentIds.has(list.id))),
    };
  }

  /** Returns the list to which a contact is added again. A list that the run deleted is created again. */
  #listToJoin(changes: ContactChanges, list: ListRef): DesiredList | undefined {
    const { location } = changes;
    const existing = this.#find(list);
    if (existing !== undefined) return { id: existing.id, location };
    if (this.#deletedListNames.has(list.name)) return { name: list.name, location };
    const isAmbiguous = list.id === undefined && this.#listsByName.has(list.name);
    return isAmbiguous
      ? this.report.addImpossible(
          changes,
          `several lists are named "${list.name}"`,
          `In Front, rename the lists with this name that the contact was not on. ${UNDO_AGAIN}`,
        )
      : this.report.addImpossible(changes, `the list "${list.name}" no longer exists`);
  }

  /** Finds a list by its ID. Without an ID, finds it by its name if the name is unique. */
  #find({ id, name }: ListRef): List | undefined {
    if (id !== undefined) return this.#listsById.get(id);
    const matching = this.#listsByName.get(name) ?? [];
    return matching.length === 1 ? matching[0] : undefined;
  }

  #avatar(changes: ContactChanges, contact: RemoteContact): DesiredContact["avatar"] {
    const { avatar, before, location } = changes;
    if (avatar === undefined) return undefined;
    const previous = this.#options.replacedPictures.get(contact.id);
    const currentHash = this.#pictureHashOf(contact);
    const matchesBefore = currentHash !== undefined && currentHash === previous?.sha256;
    const matchesAfter = this.#hasAvatarOfRun(changes, contact);
    if (!this.report.mayRestore(changes, "avatar", { matchesBefore, matchesAfter })) return undefined;
    if (previous !== undefined) return { ...previous, location };
    const hadNone = before?.avatar === null || before?.avatar === undefined;
    return hadNone
      ? this.report.addImpossible(changes, "it had no avatar before, and Front cannot remove one")
      : this.report.addImpossible(
          changes,
          "its previous avatar was not recorded",
          "To record the avatars that later runs replace, set settings.history.avatars to true.",
        );
  }

  #hasAvatarOfRun({ avatar }: ContactChanges, contact: RemoteContact): boolean {
    if (avatar === undefined) return false;
    const hasSamePicture = this.#readings.contactsWithDeclaredAvatar.has(contact.id);
    return hasSamePicture || this.#pictureHashOf(contact) === avatar.sha256;
  }

  #pictureHashOf({ avatarUrl = "" }: RemoteContact): string | undefined {
    return this.#options.pictureHashAt(avatarUrl);
  }

  /**
   * Returns the entry that deletes a created contact; undefined if the contact no longer exists or must not be deleted.
   */
  #entryToDelete(changes: ContactChanges): DesiredContact | undefined {
    this.report.addCreated("contact", changes);
    if (!this.#options.allowRemovals) return undefined;
    const { id, handles } = changes;
    const owners = this.#index.contactsWithAny(handles.added).filter((owner) => !this.#isOfOtherRun(owner));
    const contact = id === undefined ? owners[0] : this.#index.withId(id);
    if (contact === undefined) return undefined;
    if (id === undefined && owners.length > 1) {
      return this.report.addUndeleted(changes, "its handles now belong to several contacts", "contact");
    }
    const name = contactName(contact);
    const matchesAfter =
      isAsCreatedByRun(changes, contact, this.#hasAvatarOfRun(changes, contact)) &&
      !isLinkedAfterRun(changes.accounts ?? { after: [], confirmed: [] }, contact, this.#readings);
    const state = { matchesBefore: false, matchesAfter };
    if (!this.report.mayRestore(changes, `the creation of ${name}`, state)) return undefined;
    if (!this.#readings.withoutConversations.has(contact.id)) {
      const count = this.#readings.conversations.get(contact.id) ?? "an unknown number of conversations";
      return this.report.addUndeleted(
        changes,
        `${name} has ${count}, which may be deleted with the contact`,
        "contact",
      );
    }
    const currentHandles = contact.handles.map((handle) => ({ ...handle, location: changes.location }));
    // With `restoredAccounts`, planning reads and records the accounts of the contact. A saved undo is planned again, so
    // it detects accounts that were linked in the meantime.
    const restoredAccounts = linkedIds(changes);
    return contactEntry(changes, { id: contact.id, ensure: "absent", handles: currentHandles, restoredAccounts });
  }

  #isOfOtherRun({ id }: { readonly id: string }): boolean {
    return this.#options.createdByOthers?.has(id) ?? false;
  }

  #entryToRecreate(changes: ContactChanges): DesiredContact | undefined {
    const { before } = changes;
    const handles = writableHandles(before?.handles ?? [], changes, this.#options.settings);
    const [owner] = this.#index.contactsWithAny(handles);
    if (owner !== undefined) {
      if (isRestored(changes, owner, this.#readings.fields))
        return this.#entryToLink({ ...changes, id: owner.id }, owner);
      const reason = `${contactName(owner)} now has a handle of the deleted contact`;
      const advice = `To create the deleted contact again, remove the handle from that contact in Front. ${UNDO_AGAIN}`;
      return this.report.addNotUndone(changes, reason, advice);
    }
    if (handles.length === 0) {
      return this.report.addNotUndone(changes, "the deleted contact had no handle that the API can write");
    }
    return this.#recreatedEntry(changes, handles);
  }

  /** Returns the entry that links a contact to its accounts, if an earlier undo created it again without them. */
  #entryToLink(changes: ContactChanges, contact: RemoteContact): DesiredContact | undefined {
    const { restoredAccounts, account } = this.#accountLinks.recreate(changes);
    if (restoredAccounts === undefined && account === undefined) return undefined;
    const accounts = this.#accountLinks.restore(changes, contact);
    return (
      accounts && contactEntry(changes, { restoredAccounts: accounts.restoredAccounts, account: accounts.account })
    );
  }

  #recreatedEntry(changes: ContactChanges, handles: DesiredContact["handles"]): DesiredContact {
    const { id = "", before, location } = changes;
    const picture = this.#options.replacedPictures.get(id);
    const restoredKeys = new Set(handles.map(handleKey));
    const accounts = this.#accountLinks.recreate(changes);
    const lostHandles = (before?.handles ?? []).filter((handle) => !restoredKeys.has(handleKey(handle)));
    this.report.addRecreatedContact(changes, [
      ...lostHandles.map(({ source, handle }) => `${source} ${handle}`),
      ...(before?.avatar && picture === undefined ? ["its avatar"] : []),
      ...(accounts.isComplete ? [] : ["its account"]),
    ]);
    return contactEntry(changes, {
      id: undefined,
      handles,
      name: before?.name || undefined,
      description: before?.description || undefined,
      links: unlessEmpty(before?.links),
      lists: unlessEmpty(listsOfDeleted(changes).flatMap((list) => this.#listToJoin(changes, list) ?? [])),
      customFields: unlessEmpty(deletedFields(changes, before?.custom_fields ?? {}, this.#fieldContext)),
      avatar: picture && { ...picture, location },
      restoredAccounts: accounts.restoredAccounts,
      account: accounts.account,
    });
  }

  /** Returns the lists that the run deleted, to create them again with new IDs. */
  listsToRestore(): DeclaredList[] {
    const location = locationInRun(this.#run.name);
    return this.#run.deletedLists.map(({ name, team }) => {
      if (this.#find({ name }) === undefined) this.report.addRecreatedList(name, team);
      return omitUndefined({ name, team, isRestored: true as const, location });
    });
  }

  /**
   * Returns the lists that the run created and that are empty after this undo. Reports created lists that are not empty
   * or whose members are unknown.
   */
  listsToDelete(contacts: readonly DesiredContact[]): ListToDelete[] {
    const deletedIds = new Set(contacts.flatMap(({ id = "", ensure }) => (ensure === "absent" ? [id] : [])));
    const removedIds = new Map<string, string[]>();
    for (const { id = "", without } of contacts)
      for (const list of without?.lists ?? []) append(removedIds, list.id, id);
    return this.#run.createdLists.flatMap((created) => {
      const list = this.#find(created);
      if (list === undefined || (created.id === undefined && this.#isOfOtherRun(list))) return [];
      const removedFromList = new Set(removedIds.get(list.id));
      const remains = ({ id }: RemoteContact) => !deletedIds.has(id) && !removedFromList.has(id);
      const members = this.#readings.listMembers.get(list.id);
      const remaining = members && members.contacts.filter(remains).length + members.undecodable.length;
      if (remaining === 0) return [omitUndefined({ id: list.id, name: list.name, team: created.team })];
      this.report.addUndeletedList(list.name, remaining);
      return [];
    });
  }
}

function namesOf({ id, handles }: DesiredContact): readonly string[] {
  return [...(id === undefined ? [] : [id]), ...handles.flatMap(declaredKeys)];
}

/** Returns the lists of a deleted contact. A list whose ID was not recorded is identified by its name. */
function listsOfDeleted({ before, lists: { removed } }: ContactChanges): readonly ListRef[] {
  const names = removed.map(({ name }) => name);
  const others = (before?.lists ?? []).filter((name) => !names.includes(name)).map((name): ListRef => ({ name }));
  return [...new Map([...removed, ...others].map((list) => [list.id ?? list.name, list])).values()];
}

function describeMerge({ address, id = "" }: ContactChanges): string {
  return address === undeclaredAddress(id) ? "it was merged into another contact" : "contacts were merged into it";
}

function linksOf({ links }: ContactChanges, contact: RemoteContact) {
  const current = new Set(contact.links.map(normalText));
  return {
    restored: links.removed.filter((link) => !current.has(normalText(link))),
    removed: links.added.filter((link) => current.has(normalText(link))),
  };
}
