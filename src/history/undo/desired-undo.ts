import { RemoteContactIndex } from "../../matching/contact-index.ts";
import type { DeclaredAccount } from "../../model/account.ts";
import { undeclaredAddress } from "../../model/address.ts";
import {
  type AbsentList,
  contactName,
  type DeclaredList,
  type DesiredContact,
  type DesiredList,
  type DesiredState,
  type List,
  type Picture,
  type RemoteContact,
  type Settings,
} from "../../model/contact.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { normalText } from "../../model/field-values.ts";
import { handleKey } from "../../model/handle.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import type { ListRef } from "../../model/plan.ts";
import type { Readings } from "../../reading/remote-state.ts";
import { accountLinksToRestore } from "./account-link-undo.ts";
import { AccountUndo } from "./account-undo.ts";
import { entryFor, withAccounts, writableHandles } from "./desired-to-read.ts";
import { deletedFields, fieldsToRestore } from "./field-undo.ts";
import { type HandleUndo, handlesToRestore } from "./handle-undo.ts";
import { withProtection } from "./protection.ts";
import { UndoReport } from "./report.ts";
import { type AppliedPlan, type ContactChanges, type RunChanges, unlinkedBy } from "./run-changes.ts";
import { describeUndeclared } from "./undeclared-contacts.ts";
import { isAsLeft, isRestored } from "./whole-contact.ts";

/** Data that neither the run nor Front has, and the permissions of the user. */
export interface UndoOptions {
  readonly settings: Settings;
  /** Addresses, or globs over them, of contacts that are restored although they changed since the run. */
  readonly overwrite: readonly string[];
  /** Entries of the files with `protect: true`. */
  readonly protectedEntries?: readonly DesiredContact[];
  readonly protectedAccounts?: readonly DeclaredAccount[];
  /** True to delete contacts that the run created. */
  readonly allowRemovals: boolean;
  /** Pictures that the run replaced, by contact id. */
  readonly kept: ReadonlyMap<string, Picture>;
  /** Earlier undos of the same run, which may be incomplete. */
  readonly earlier?: readonly AppliedPlan[];
  /** Returns the hash of the file that the picture at a URL of Front comes from, if known. */
  readonly pictureAt: (url: string) => string | undefined;
}

/** The desired state that undoes a run. */
interface Undo {
  readonly desired: DesiredState;
  /** A warning for each value that is not restored. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Computes the desired state that undoes a run, given the current state of Front. A value is restored only if it did
 * not change since the run; other values are reported. Everything else of the contacts stays unmanaged.
 */
export function planUndo(run: RunChanges, readings: Readings, options: UndoOptions): Undo {
  const planner = new UndoPlanner(run, readings, options);
  const contacts = run.contacts.flatMap((each) => planner.contact(each) ?? []);
  const accounts = new AccountUndo(readings, options, planner.report);
  return {
    desired: {
      ...{ contacts, customFields: [], settings: options.settings },
      ...withAccounts(run.accounts.flatMap((each) => accounts.entry(each, contacts) ?? [])),
      lists: planner.listsToRestore(),
      absentLists: planner.listsToDelete(contacts),
    },
    diagnostics: planner.report.diagnostics(run.name),
  };
}

class UndoPlanner {
  readonly report: UndoReport;
  readonly #run: RunChanges;
  readonly #readings: Readings;
  readonly #options: UndoOptions;
  readonly #index: RemoteContactIndex;
  readonly #handles: ReadonlyMap<ContactChanges, HandleUndo>;
  /** Ids of contacts that an earlier undo unlinked from an account, perhaps without linking the previous one. */
  readonly #unlinked: ReadonlySet<string>;

  constructor(run: RunChanges, readings: Readings, options: UndoOptions) {
    this.report = new UndoReport(options.overwrite, describeUndeclared(run.contacts));
    this.#run = run;
    this.#readings = readings;
    this.#options = options;
    this.#index = new RemoteContactIndex(readings.contacts);
    this.#handles = handlesToRestore(run.contacts, this.#index);
    this.#unlinked = new Set((options.earlier ?? []).flatMap(unlinkedBy));
  }

  contact(changes: ContactChanges): DesiredContact | undefined {
    const entry = this.#entry(changes);
    return entry && withProtection(entry, this.#options.protectedEntries ?? [], this.#index);
  }

  #entry(changes: ContactChanges): DesiredContact | undefined {
    switch (changes.kind) {
      case "merged":
        return this.report.addImpossible(changes, `${mergeOf(changes)}, and Front cannot undo a merge`);
      case "created":
        return this.#delete(changes);
      case "deleted":
        return this.#createAgain(changes);
      case "changed":
        return this.#restore(changes);
    }
  }

  #restore(changes: ContactChanges): DesiredContact | undefined {
    const { id = "" } = changes;
    const contact = this.#index.withId(id);
    if (contact === undefined) return this.report.addImpossible(changes, `${id} was deleted or merged since the run`);
    const handles = this.#handlesOf(changes);
    const links = linksOf(changes, contact);
    const lists = this.#listsOf(changes, contact);
    const accounts = this.#accounts(changes, contact);
    const without: DesiredContact["without"] = omitUndefined({
      handles: unlessEmpty(handles.removed),
      links: unlessEmpty(links.removed),
      lists: unlessEmpty(lists.left),
      accounts: unlessEmpty(accounts?.removed),
    });
    const restored: Partial<DesiredContact> = omitUndefined({
      ...this.#texts(changes, contact),
      customFields: unlessEmpty(fieldsToRestore(changes, contact.customFields, this.#fieldContext)),
      links: links.restored.length + links.removed.length > 0 ? links.restored : undefined,
      lists: lists.joined.length + lists.left.length > 0 ? lists.joined : undefined,
      restoredAccounts: unlessEmpty(accounts?.restored),
      avatar: this.#avatar(changes, contact),
      handles: unlessEmpty(writableHandles(handles.restored, changes)),
      without: Object.keys(without).length === 0 ? undefined : without,
    });
    return Object.keys(restored).length === 0 ? undefined : entryFor(changes, restored);
  }

  #handlesOf(changes: ContactChanges): Pick<HandleUndo, "restored" | "removed"> {
    const { restored = [], removed = [], taken = [], last = [] } = this.#handles.get(changes) ?? {};
    for (const { source, handle } of taken) {
      this.report.addImpossible(changes, `another contact has ${source} ${handle} now`);
    }
    for (const { source, handle } of last) {
      this.report.addImpossible(changes, `${source} ${handle} is its only handle now`);
    }
    return { restored, removed };
  }

  #texts(changes: ContactChanges, contact: RemoteContact): Partial<DesiredContact> {
    const restored: { name?: string; description?: string } = {};
    const { name, description } = changes;
    if (name !== undefined && this.report.mayRestore(changes, "name", compare(name, contact.name))) {
      if (name.before) restored.name = name.before;
      else this.report.addImpossible(changes, "it had no name before, and Front cannot clear a name");
    }
    if (description && this.report.mayRestore(changes, "description", compare(description, contact.description))) {
      restored.description = description.before;
    }
    return restored;
  }

  get #fieldContext() {
    return { definitions: this.#readings.fields, report: this.report };
  }

  #listsOf(changes: ContactChanges, contact: RemoteContact) {
    const has = new Set(contact.lists.map(({ id }) => id));
    const left = changes.lists.added.flatMap((list) => this.#find(list) ?? []).filter(({ id }) => has.has(id));
    const joined = changes.lists.removed.flatMap((list) => this.#join(changes, list) ?? []);
    return {
      left: left.map(({ id, name }) => ({ id, name })),
      joined: joined.filter((list) => !("id" in list && has.has(list.id))),
    };
  }

  /** Returns the list to add a contact back to. A list that the run deleted is created again. */
  #join(changes: ContactChanges, list: ListRef): DesiredList | undefined {
    const { location } = changes;
    const found = this.#find(list);
    if (found !== undefined) return { id: found.id, location };
    if (this.#run.deletedLists.some(({ name }) => name === list.name)) return { name: list.name, location };
    const isAmbiguous = list.id === undefined && this.#readings.lists.some(({ name }) => name === list.name);
    return this.report.addImpossible(
      changes,
      isAmbiguous ? `several lists are named "${list.name}"` : `the list "${list.name}" no longer exists`,
    );
  }

  /** Returns a list in Front, by its name only if no other list has the same. */
  #find({ id, name }: ListRef): List | undefined {
    const { lists } = this.#readings;
    if (id !== undefined) return lists.find((list) => list.id === id);
    const [found, another] = lists.filter((list) => list.name === name);
    return another === undefined ? found : undefined;
  }

  /** Returns the accounts that a contact is to be in, and those that it is to leave. */
  #accounts(changes: ContactChanges, contact: RemoteContact) {
    const { accounts } = changes;
    if (accounts === undefined) return undefined;
    const isCutShort = this.#unlinked.has(contact.id);
    const undo = accountLinksToRestore(accounts, contact, this.#readings.accounts, isCutShort);
    if (!this.report.mayRestore(changes, "account", undo)) return undefined;
    for (const id of undo.unreadable) this.report.addImpossible(changes, `its account ${id} cannot be read`);
    // A contact that can return to none of its accounts stays where it is.
    return undo.restored.length === 0 && undo.unreadable.length > 0 ? undefined : undo;
  }

  #avatar(changes: ContactChanges, { id, avatarUrl = "" }: RemoteContact): DesiredContact["avatar"] {
    const { avatar, before, location } = changes;
    if (avatar === undefined) return undefined;
    const kept = this.#options.kept.get(id);
    const shown = this.#options.pictureAt(avatarUrl);
    const isBefore = shown !== undefined && shown === kept?.sha256;
    const isLeft = shown === avatar.sha256 || this.#readings.samePictures.has(id);
    if (!this.report.mayRestore(changes, "avatar", { isBefore, isLeft })) return undefined;
    if (kept !== undefined) return { ...kept, location };
    const hadNone = before?.avatar === null || before?.avatar === undefined;
    return this.report.addImpossible(
      changes,
      hadNone
        ? "it had no avatar before, and Front cannot remove one"
        : "the avatar it had before was not kept (settings.history.avatars)",
    );
  }

  /** Returns the entry that deletes a contact that the run created, unless it was used since. */
  #delete(changes: ContactChanges): DesiredContact | undefined {
    if (!this.#options.allowRemovals) return this.report.countCreated();
    const { id, handles } = changes;
    const owners = this.#index.contactsWithAny(handles.added);
    const contact = id === undefined ? owners[0] : this.#index.withId(id);
    if (contact === undefined) return undefined;
    if (id === undefined && owners.length > 1) {
      return this.report.addImpossible(changes, "several contacts have its handles now");
    }
    const isLeft = isAsLeft(changes, contact, this.#options.pictureAt);
    if (!this.report.mayRestore(changes, `the contact ${contactName(contact)}`, { isBefore: false, isLeft }))
      return undefined;
    if (!this.#readings.withoutConversations?.has(contact.id)) {
      const count = this.#readings.conversations.get(contact.id) ?? "an unknown number of conversations";
      return this.report.addImpossible(changes, `${contactName(contact)} has ${count}, which would be lost with it`);
    }
    const own = contact.handles.map((handle) => ({ ...handle, location: changes.location }));
    return entryFor(changes, { id: contact.id, ensure: "absent", handles: own });
  }

  #createAgain(changes: ContactChanges): DesiredContact | undefined {
    const { before } = changes;
    const handles = writableHandles(before?.handles ?? [], changes);
    const [owner] = this.#index.contactsWithAny(handles);
    if (owner !== undefined) {
      if (isRestored(changes, owner, this.#readings.fields)) return undefined;
      return this.report.addImpossible(changes, `${contactName(owner)} has a handle of the deleted contact now`);
    }
    if (handles.length === 0) {
      return this.report.addImpossible(changes, "the deleted contact had no handle that the API can write");
    }
    return this.#creation(changes, handles);
  }

  #creation(changes: ContactChanges, handles: DesiredContact["handles"]): DesiredContact {
    const { id = "", before, location } = changes;
    const kept = this.#options.kept.get(id);
    const written = new Set(handles.map(handleKey));
    const lost = (before?.handles ?? []).filter((handle) => !written.has(handleKey(handle)));
    this.report.addRecreatedContact(changes, [
      ...lost.map(({ source, handle }) => `${source} ${handle}`),
      ...(before?.avatar && kept === undefined ? ["its avatar"] : []),
    ]);
    const { id: _, ...created } = entryFor(
      changes,
      omitUndefined({
        handles,
        name: before?.name || undefined,
        description: before?.description || undefined,
        links: unlessEmpty(before?.links),
        lists: unlessEmpty(listsOfDeleted(changes).flatMap((list) => this.#join(changes, list) ?? [])),
        customFields: unlessEmpty(deletedFields(changes, before?.custom_fields ?? {}, this.#fieldContext)),
        avatar: kept && { ...kept, location },
      }),
    );
    return created;
  }

  /** Returns the lists that the run deleted. They are created again, with other ids. */
  listsToRestore(): DeclaredList[] {
    const location = { file: this.#run.name, line: 1, column: 1, length: 1 };
    return this.#run.deletedLists.map(({ name, team }) => {
      if (this.#find({ name }) === undefined) this.report.addRecreatedList(name, team);
      return omitUndefined({ name, team, restored: true as const, location });
    });
  }

  /** Returns the lists to delete: those that the run created, if all contacts on them leave them in this undo. */
  listsToDelete(contacts: readonly DesiredContact[]): AbsentList[] {
    return this.#run.lists.flatMap((list) => {
      const found = this.#find(list);
      if (found === undefined) return [];
      const leaving = new Set(
        contacts.flatMap(({ id = "", ensure, without }) =>
          ensure === "absent" || without?.lists?.some((each) => each.id === found.id) ? [id] : [],
        ),
      );
      const members = this.#readings.listMembers?.get(found.id);
      const others =
        members && members.contacts.filter(({ id }) => !leaving.has(id)).length + members.undecodable.length;
      if (others === 0) return [omitUndefined({ id: found.id, name: found.name, team: list.team })];
      this.report.addKeptList(found.name, others);
      return [];
    });
  }
}

/** Returns the lists of a deleted contact. Plans of earlier versions contain their names only. */
function listsOfDeleted({ before, lists: { removed } }: ContactChanges): readonly ListRef[] {
  const names = removed.map(({ name }) => name);
  const others = (before?.lists ?? []).filter((name) => !names.includes(name)).map((name): ListRef => ({ name }));
  return [...new Map([...removed, ...others].map((list) => [list.id ?? list.name, list])).values()];
}

function mergeOf({ address, id = "" }: ContactChanges): string {
  return address === undeclaredAddress(id) ? "it was merged into another contact" : "contacts were merged into it";
}

function unlessEmpty<T>(values: readonly T[] | undefined): readonly T[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values;
}

function linksOf({ links }: ContactChanges, contact: RemoteContact) {
  const has = new Set(contact.links.map(normalText));
  return {
    restored: links.removed.filter((link) => !has.has(normalText(link))),
    removed: links.added.filter((link) => has.has(normalText(link))),
  };
}

function compare({ before = "", left = "" }: { before: string | undefined; left: string | undefined }, now = "") {
  const same = (text: string) => normalText(text) === normalText(now);
  return { isBefore: same(before), isLeft: same(left) };
}
