import { posix } from "node:path";
import { type ContactPage, catchUndecodable, errorIf, type FrontApi, FrontError, withReason } from "../front/api.ts";
import { readPicture } from "../images/picture.ts";
import { picturesMatch } from "../images/picture-similarity.ts";
import { findEarlierContacts } from "../matching/base-entries.ts";
import { RemoteContactIndex } from "../matching/contact-index.ts";
import { type Match, matchContacts } from "../matching/match-contacts.ts";
import type { DeclaredAccount } from "../model/account.ts";
import { contactAddress } from "../model/address.ts";
import type { Difference } from "../model/change.ts";
import type { DesiredContact, Handle, List, RemoteContact, UndecodableContact } from "../model/contact.ts";
import { describeUndecodable } from "../model/describe-undecodable.ts";
import { hasBlockingErrors } from "../model/diagnostic.ts";
import { declaredKeys, mayBeSame, remoteKeys } from "../model/handle.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { UserError } from "../model/user-error.ts";
import type { AvatarCache } from "../reading/compare-avatars.ts";
import { findContactByHandle, findSharedContacts } from "../reading/handle-lookup.ts";
import { readRemoteState } from "../reading/read-remote-state.ts";
import { checkCompany } from "../reading/remote-state.ts";
import { keepChangedValues } from "./changed-values.ts";
import { absentLists } from "./destination.ts";
import { type EntryUpdate, type ImportWarning, isRow, isSameAccount, managesProperty } from "./entry.ts";
import { explainNoUpdate } from "./explain-no-update.ts";
import { type FrontAccounts, readFrontAccounts, updateAccounts } from "./front-accounts.ts";
import { type ImportedContact, type ImportReport, type ImportTarget, ImportWriter } from "./import-writer.ts";
import { type ConversionContext, type ConvertedContact, convertContact, labelOf } from "./remote-to-entry.ts";
import { type ContactQuery, findLists, type Selection } from "./selection.ts";

export interface FrontImportOptions {
  /** Updates existing entries. Undeclared contacts are then added only if the selection contains all contacts. */
  readonly update?: boolean;
  /** Adds handles that an entry does not declare. Default: only to entries whose handles are exact. */
  readonly handles?: boolean;
  /** The values that changed in Front, by the address of the entry. If set, only these values are updated. */
  readonly changed?: ReadonlyMap<string, readonly Difference[]>;
  /** Imports the accounts of contacts, or all accounts if the selection contains all contacts. */
  readonly accounts?: boolean;
  /** Default: true. */
  readonly avatars?: boolean;
  readonly pictures?: AvatarCache;
  readonly onProgress?: (contactsRead: number) => void;
}

export interface FrontImport extends ImportReport {
  readonly read: number;
  /** The error that ended the import early. Contacts that were read before the error are written. */
  readonly failure?: FrontError;
}

/**
 * Imports the selected contacts from Front. Sends only GET requests. Throws a `UserError` if the configuration is for a
 * different company, or if a selected list is unknown or ambiguous.
 */
export async function importFromFront(
  target: ImportTarget,
  front: FrontApi,
  selection: Selection,
  options: FrontImportOptions = {},
): Promise<FrontImport> {
  const { desired } = target.destination;
  const [mismatch] = checkCompany(desired, await front.me());
  if (mismatch !== undefined && hasBlockingErrors([mismatch])) throw UserError.from(mismatch);
  const [fields, lists] = await Promise.all([front.customFields(), front.contactLists()]);
  const importsAccounts = options.accounts === true;
  const needsAccounts = importsAccounts || (selection.accounts ?? []).length > 0;
  const reading = needsAccounts
    ? readFrontAccounts(front, { declared: desired.accounts ?? [], all: importsAccounts })
    : undefined;
  // If the token cannot read accounts, an import of accounts fails, but an update still updates the other entries.
  const accounts = importsAccounts ? await reading : undefined;
  const updatableAccounts = accounts ?? (reading && (await errorIf("forbidden", reading)));
  const declaredFields = new Map(desired.customFields.map((field) => [field.name, field]));
  const absent = absentLists(desired);
  const context = { fields, lists, declaredFields, absentLists: absent, accounts, updatableAccounts };
  return await new FrontImporter(target, front, context, options).run(selection);
}

interface ImportContext extends ConversionContext {
  /** The accounts to declare; undefined if accounts are not imported. */
  readonly accounts: FrontAccounts | undefined;
  /** The accounts whose entries may be updated, or the error if the token cannot read accounts. */
  readonly updatableAccounts: FrontAccounts | FrontError | undefined;
}

type FoundContacts = Pick<ContactPage, "contacts" | "undecodable">;

const PARALLEL_UPDATES = 8;

class FrontImporter {
  readonly #target: ImportTarget;
  readonly #front: FrontApi;
  readonly #context: ImportContext;
  readonly #options: FrontImportOptions;
  readonly #writer: ImportWriter;
  /** Contacts that existing entries declare. They are matched after all contacts have been read. */
  readonly #declared = new RemoteContactIndex();
  #read = 0;

  constructor(target: ImportTarget, front: FrontApi, context: ImportContext, options: FrontImportOptions) {
    this.#target = target;
    this.#front = front;
    this.#context = context;
    this.#options = options;
    this.#writer = new ImportWriter(target, { update: options.update ?? false });
  }

  async run(selection: Selection): Promise<FrontImport> {
    if (selection.all) this.#declareAccounts();
    const failure = await this.#addSelected(selection);
    await this.#writer.flush();
    if (failure !== undefined) return { ...this.#writer.report(), read: this.#read, failure };
    if (this.#options.update) await this.#update(selection);
    this.#updateAccounts(selection.accounts ?? []);
    return { ...this.#writer.report(), read: this.#read };
  }

  #declareAccounts(): void {
    const { accounts } = this.#context;
    for (const warning of accounts?.skipped ?? []) this.#writer.warn(warning);
    this.#writer.declareAccounts(accounts?.entries ?? []);
  }

  /** Returns the `FrontError` that stopped the import, if any. */
  async #addSelected(selection: Selection): Promise<FrontError | undefined> {
    const pages = this.#readPages(selection, findLists(selection.lists, this.#context.lists));
    try {
      for await (const contacts of pages) {
        const added = this.#filterToAdd(contacts, selection);
        const undeclared = added.filter(
          (contact) => !contact.isPrivate && this.#writer.entriesOf(contact).length === 0,
        );
        await this.#context.accounts?.readMembers(undeclared, { all: selection.all });
        await this.#add(added);
      }
      return undefined;
    } catch (error) {
      if (error instanceof FrontError) return error;
      await this.#writer.flush();
      throw error;
    }
  }

  #updateAccounts(entries: readonly DeclaredAccount[]): void {
    const { updatableAccounts: accounts } = this.#context;
    const writer = this.#writer;
    if (entries.length === 0 || accounts === undefined) return;
    if (accounts instanceof FrontError) {
      writer.warn({ kind: "not-updated", text: `accounts: ${withReason(accounts, accounts.advice)}` });
    } else updateAccounts(entries, accounts, { writer, changed: this.#options.changed });
  }

  /** Yields each selected contact once. */
  async *#readPages(
    { all, contacts, entries = [] }: Selection,
    lists: readonly List[],
  ): AsyncGenerator<readonly RemoteContact[]> {
    const seen = new Set<string>();
    const takeUnseen = (page: FoundContacts) => {
      for (const contact of page.undecodable) this.#skip(contact, seen);
      return page.contacts.filter(({ id }) => !seen.has(id) && seen.add(id));
    };
    if (all) for await (const page of this.#front.contacts()) yield takeUnseen(page);
    if (entries.length > 0) yield takeUnseen(await this.#findEntries(entries));
    for (const query of contacts) yield takeUnseen(await this.#findContact(query));
    for (const { id } of lists) {
      for await (const page of this.#front.listMembers(id)) yield takeUnseen(page);
    }
  }

  #skip({ id, problem }: UndecodableContact, seen: Set<string>): void {
    if (id !== undefined && seen.has(id)) return;
    if (id !== undefined) seen.add(id);
    this.#writer.warn({ kind: "undecodable", text: `${describeUndecodable(id)}: ${problem}` });
  }

  async #findEntries(entries: readonly DesiredContact[]): Promise<FoundContacts> {
    const { base: _base, ...desired } = this.#target.destination.desired;
    const contacts = entries.map(({ avatar: _, account: __, ...entry }) => entry);
    const searched = { ...desired, contacts, accounts: [], lists: [], customFields: [] };
    const state = await readRemoteState(searched, this.#front, { countConversations: false });
    const found = new Set(state.contacts.flatMap((contact) => this.#writer.entriesOf(contact).map(({ key }) => key)));
    const errors = state.diagnostics.filter(({ code }) => code === "contact-undecodable");
    const undecodable = new Set(errors.map(({ excludedAddress }) => excludedAddress));
    for (const { key, id, ensure } of entries) {
      if (found.has(key) || ensure === "absent") continue;
      const identifiers = id === undefined ? "a handle" : "the ID or a handle";
      const reason = undecodable.has(contactAddress(key))
        ? "its contact cannot be decoded; correct the contact in Front"
        : `Front has no contact with ${identifiers} of this entry; run plan for details`;
      this.#writer.warn({ kind: "not-updated", text: `${key}: ${reason}` });
    }
    return { contacts: state.contacts, undecodable: state.undecodable };
  }

  async #findContact(query: ContactQuery): Promise<FoundContacts> {
    const request = "id" in query ? this.#front.contact(query.id) : findContactByHandle(this.#front, query);
    const { found, undecodable } = await catchUndecodable(request);
    const shared = found?.isPrivate && !("id" in query) ? await findSharedContacts(this.#front, query) : [];
    if (found !== undefined) return { contacts: [found, ...shared], undecodable: [] };
    if (undecodable !== undefined) return { contacts: [], undecodable: [undecodable] };
    const label = "id" in query ? `contact ${query.id}` : `contact with ${query.source} ${query.handle}`;
    this.#writer.warn({ kind: "not-found", text: `Front has no ${label}` });
    return { contacts: [], undecodable: [] };
  }

  #filterToAdd(contacts: readonly RemoteContact[], { all }: Selection): readonly RemoteContact[] {
    if (all || !this.#options.update) return contacts;
    return contacts.filter((contact) => {
      const isDeclared = this.#writer.entriesOf(contact).length > 0;
      if (!isDeclared) this.#writer.warn({ kind: "not-declared", text: labelOf(contact) });
      return isDeclared;
    });
  }

  async #add(contacts: readonly RemoteContact[]): Promise<void> {
    if (this.#options.update) {
      for (const contact of contacts) if (this.#writer.entriesOf(contact).length > 0) this.#declared.add(contact);
    }
    await this.#writer.add(contacts.map((contact) => this.#convert(contact)));
    this.#read += contacts.length;
    this.#options.onProgress?.(this.#read);
  }

  #convert(contact: RemoteContact): ImportedContact {
    const { id, handles, isPrivate, avatarUrl: url } = contact;
    const { avatars = true, pictures } = this.#options;
    return {
      ...this.#withAccount(convertContact(contact, this.#context), contact),
      id,
      handles,
      isPrivate,
      label: labelOf(contact),
      picture: avatars && url !== undefined ? () => this.#download(contact, url) : undefined,
      onPicture: (sha256) => url !== undefined && pictures?.storeHash(url, sha256),
    };
  }

  #withAccount({ entry, warnings, omitted }: ConvertedContact, contact: RemoteContact): ConvertedContact {
    const { accounts } = this.#context;
    if (entry === undefined || accounts === undefined) {
      return omitUndefined({ entry, warnings, omitted: new Set([...omitted, "account"]) });
    }
    const { account, problem } = accounts.accountOf(contact);
    const accountWarnings: ImportWarning[] =
      problem === undefined ? [] : [{ kind: "value-skipped", text: `${labelOf(contact)}: it ${problem}` }];
    return { entry: omitUndefined({ ...entry, account }), warnings: [...warnings, ...accountWarnings], omitted };
  }

  async #download(contact: RemoteContact, url: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#front.avatar(url);
    } catch (error) {
      if (!(error instanceof FrontError) || error.code !== "no-picture") throw error;
      this.#writer.warn({ kind: "value-skipped", text: `${labelOf(contact)}: the avatar: ${error.message}` });
      return undefined;
    }
  }

  async #update({ all, contacts: queries, lists, entries: selectedEntries }: Selection): Promise<void> {
    const selected = queries.length + lists.length === 0 ? selectedEntries : undefined;
    const entries = withoutOthers([...this.#writer.declared.keys()], selected);
    if (!all && selected === undefined) await this.#lookUpOtherHandles(entries);
    const { contacts: declared, base } = this.#target.destination.desired;
    const earlierVersions = findEarlierContacts(base?.contacts ?? [], declared);
    const matches = matchContacts(declared, this.#declared, { allowHandleMoves: false }, earlierVersions);
    const matched = entries.flatMap((entry) => matches.get(entry) ?? []);
    const contacts = matched.flatMap((match) => (match.kind === "match" ? [match.contact] : []));
    await this.#context.accounts?.readMembers(contacts, { all });
    const updates = new Map<DesiredContact, EntryUpdate>();
    for (let start = 0; start < entries.length; start += PARALLEL_UPDATES) {
      const batch = entries.slice(start, start + PARALLEL_UPDATES).map(async (entry) => {
        const match = matches.get(entry);
        const picture = match?.kind === "match" ? await this.#changedPicture(entry, match.contact) : "same";
        return { entry, match, picture } as const;
      });
      for (const { entry, match, picture } of await Promise.all(batch)) {
        const update = await this.#updateOf(entry, match, picture);
        if (update !== undefined) updates.set(entry, update);
      }
    }
    await this.#declareAccountsOf(updates);
    this.#writer.update(updates);
  }

  /** Declares the accounts to which updated entries will refer. */
  async #declareAccountsOf(updates: ReadonlyMap<DesiredContact, EntryUpdate>): Promise<void> {
    const accounts = [...updates].flatMap(([entry, { account }]) =>
      account && !isRow(entry) && !isSameAccount(account, entry.account) ? [account] : [],
    );
    if (accounts.length === 0) return;
    this.#writer.declareAccounts(accounts);
    await this.#writer.flush();
  }

  /** Looks up the entries' handles that were not found yet, because contacts that were not selected may have them. */
  async #lookUpOtherHandles(entries: readonly DesiredContact[]): Promise<void> {
    for (const handle of entries.flatMap(({ handles }) => handles)) {
      if (this.#declared.contactWith(handle) !== undefined) continue;
      const { found, undecodable } = await catchUndecodable(findContactByHandle(this.#front, handle));
      if (found !== undefined) this.#declared.add(found);
      if (undecodable !== undefined) this.#skip(undecodable, new Set());
    }
  }

  /** Returns the contact's picture, `none` if it has no picture, or `same` if the entry's picture does not change. */
  async #changedPicture(
    { key, avatar }: DesiredContact,
    contact: RemoteContact,
  ): Promise<Uint8Array | "same" | "none"> {
    const { avatars = true, changed, pictures } = this.#options;
    const differences = changed?.get(contactAddress(key)) ?? [];
    const isUnchanged = changed !== undefined && !differences.some(({ attribute }) => attribute === "avatar");
    if (avatar === undefined || !avatars || isUnchanged) return "same";
    const { avatarUrl: url } = contact;
    if (url === undefined) return "none";
    const cachedHash = pictures?.getHash(url);
    if (cachedHash === avatar.sha256) return "same";
    const bytes = await this.#download(contact, url);
    if (bytes === undefined) return "same";
    if (cachedHash !== undefined) return bytes;
    const file = await readPicture(avatar, { cwd: this.#target.destination.cwd });
    if (!(await picturesMatch(file, bytes))) return bytes;
    pictures?.storeHash(url, avatar.sha256);
    return "same";
  }

  async #updateOf(
    entry: DesiredContact,
    match: Match | undefined,
    picture: Uint8Array | "same" | "none",
  ): Promise<EntryUpdate | undefined> {
    if (match?.kind !== "match") {
      this.#writer.warn({ kind: "not-updated", text: `${entry.key}: ${explainNoUpdate(match)}` });
      return undefined;
    }
    const contact = this.#convert(match.contact);
    const isManaged = ({ property }: ImportWarning) => property === undefined || managesProperty(entry, property);
    for (const warning of contact.warnings.filter(isManaged)) this.#writer.warn(toUnchangedValueWarning(warning));
    if (contact.entry === undefined) return undefined;
    const handles = this.#handlesFor(entry, match.contact, contact.entry.handles);
    const directory = posix.dirname(entry.location.file);
    // A row has no cell for a picture.
    const bytes = typeof picture === "string" || isRow(entry) ? undefined : picture;
    const avatar = await this.#writer.writePicture(bytes, { key: entry.key, directory, contact });
    const isAvatarUnchanged = picture === "same" || (bytes !== undefined && avatar === undefined);
    const values = { ...contact.entry, handles, ...(avatar === undefined ? {} : { avatar }) };
    const { lists } = this.#target.destination.desired;
    const exactLists = new Set(lists.flatMap(({ name, members }) => (members === "exact" ? [name] : [])));
    const account = this.#accountOf(match.contact);
    const update = { entry: values, complete: true, omitted: contact.omitted, exactLists, account, isAvatarUnchanged };
    const { changed } = this.#options;
    if (changed === undefined) return update;
    return keepChangedValues(update, entry, changed.get(contactAddress(entry.key)) ?? [], this.#context.lists);
  }

  /** Returns the account of a contact; undefined if the account is unknown or an entry cannot refer to it. */
  #accountOf(contact: RemoteContact): EntryUpdate["account"] {
    const { account = null, problem } = this.#context.accounts?.accountOf(contact) ?? { problem: "is unknown" };
    return problem === undefined ? account : undefined;
  }

  /**
   * Returns the declared handles that the contact still has, in the entry's spelling, and the handles to add. If there
   * are none, returns the declared handles.
   */
  #handlesFor(entry: DesiredContact, contact: RemoteContact, writable: readonly Handle[]): readonly Handle[] {
    const isSame = (declared: DesiredContact["handles"][number], handle: Handle) => {
      const keys = declaredKeys(declared);
      return remoteKeys(handle).some((key) => keys.includes(key)) || mayBeSame(declared, handle);
    };
    const remaining = entry.handles.filter((declared) => contact.handles.some((handle) => isSame(declared, handle)));
    const isManaged = this.#options.handles === true || entry.exact.includes("handles");
    const isNew = (handle: Handle) => !entry.handles.some((declared) => isSame(declared, handle));
    const added = isManaged ? writable.filter((handle) => isNew(handle) && this.#writer.reserve(entry, handle)) : [];
    return remaining.length + added.length === 0 ? entry.handles : [...remaining, ...added];
  }
}

function toUnchangedValueWarning(warning: ImportWarning): ImportWarning {
  return warning.kind === "value-skipped" ? { ...warning, kind: "value-unchanged" } : warning;
}

/** Returns the selected entries. Omits the others, which may declare the same contacts. */
function withoutOthers(
  entries: readonly DesiredContact[],
  selected: readonly DesiredContact[] = entries,
): readonly DesiredContact[] {
  const selectedEntries = new Set(selected);
  return entries.filter((entry) => selectedEntries.has(entry));
}
