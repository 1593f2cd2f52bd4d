import { posix } from "node:path";
import { isInvalidPicture } from "../config/avatars.ts";
import { createDisk, type Disk } from "../fs/disk.ts";
import { createDiskWriter, type DiskWriter, writeIfUnchanged } from "../fs/disk-writer.ts";
import { detectPictureType, EXTENSIONS, sha256Of } from "../images/picture.ts";
import { tableOfKey } from "../model/address.ts";
import { append } from "../model/append.ts";
import { type DesiredContact, type Handle, type HandleKey, handleKey } from "../model/contact.ts";
import { hashOfHandle } from "../model/handle-hash.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type ImportDestination, type ImportLocation, removeStaleImportFiles } from "./destination.ts";
import {
  type Entry,
  type EntryAccount,
  type EntryUpdate,
  type ExistingEntry,
  type ImportWarning,
  type ImportWarningGroup,
  ImportWarnings,
} from "./entry.ts";
import { defaultsFor, withoutDefaults } from "./entry-defaults.ts";
import { EntryFiles } from "./entry-files.ts";
import { EntryKeys } from "./entry-keys.ts";
import { createEntryCheck } from "./entry-yaml.ts";
import { changedDuringImport } from "./property-edit.ts";
import { type CollectedEntry, findSharedValues, toDefaults } from "./shared-values.ts";
import { TableWriter } from "./table-writer.ts";
import { type Section, updateFile } from "./update-file.ts";

/** A contact of an import source: Front, a CSV table or a vCard file. */
export interface ImportedContact {
  /** The ID in Front. */
  readonly id?: string;
  /** For a contact in Front, includes handles that a file cannot contain. */
  readonly handles: readonly Handle[];
  /** The name of the contact in messages. */
  readonly label: string;
  /** True for a private contact in Front, which no entry matches, even if it has the same handle. */
  readonly isPrivate?: true | undefined;
  /** Undefined if the contact cannot be written to a file. */
  readonly entry?: Entry;
  /** Properties that the source has and the entry lacks, for example because a file cannot contain them. */
  readonly omitted: ReadonlySet<string>;
  readonly warnings: readonly ImportWarning[];
  /** Undefined if the contact has no picture or pictures are not imported. */
  readonly picture?: (() => Promise<Uint8Array | undefined>) | undefined;
  readonly onPicture?: (sha256: string) => void;
}

export interface ImportReport {
  readonly created: number;
  readonly accounts: number;
  /** The number of these accounts that the file with defaults declares. */
  readonly accountsInDefaults: number;
  /** Paths of the files with new entries or declarations. */
  readonly files: readonly string[];
  /** Number of imported contacts that existing entries already declare. */
  readonly declared: number;
  readonly updated: number;
  /** The number of account entries to update, and the number of those that changed. Undefined if none were selected. */
  readonly updatedAccounts?: { readonly declared: number; readonly updated: number } | undefined;
  /** Existing files that were changed. */
  readonly changed: readonly { readonly path: string; readonly before: string; readonly after: string }[];
  /** The path of the new file with defaults. */
  readonly defaults?: string;
  readonly warnings: readonly ImportWarningGroup[];
}

export interface ImportTarget {
  readonly destination: ImportDestination;
  readonly location: ImportLocation;
  /** Replaces the disk writer in a dry run. */
  readonly writer?: DiskWriter;
  /** Declares the lists of new entries. Not needed for contacts from Front, because their lists exist. */
  readonly declareLists?: boolean;
  /** Writes shared values to `defaults.yaml`. All new entries stay in memory until the end of the import. */
  readonly sharesDefaults?: boolean;
}

/** Number of pictures that are downloaded concurrently. */
const BATCH_SIZE = 8;

export class ImportWriter {
  /** Imported contacts by the entry that declares them, if the import updates entries. */
  readonly declared = new Map<DesiredContact, ImportedContact[]>();
  readonly #destination: ImportDestination;
  readonly #disk: Disk;
  readonly #writer: DiskWriter;
  readonly #files: EntryFiles;
  readonly #keys: EntryKeys;
  readonly #collectsDeclared: boolean;
  readonly #entryById = new Map<string, DesiredContact>();
  readonly #entryByHandle = new Map<HandleKey, DesiredContact>();
  readonly #tombstoneKeyByHash: ReadonlyMap<string, string>;
  readonly #newHandles = new Set<HandleKey>();
  readonly #warnings = new ImportWarnings();
  #tables: TableWriter | undefined;
  /**
   * The latest content of changed existing files. A file may be extended with new entries before its existing entries
   * are updated.
   */
  readonly #latest = new Map<string, string>();
  /** Entries to search for shared values; undefined if entries are written immediately. */
  #collected: CollectedEntry[] | undefined;
  #defaults: string | undefined;
  /** Accounts to declare before the next entry. */
  #accounts: readonly EntryAccount[] = [];
  /** Keys of the accounts whose warnings were reported. */
  readonly #reportedAccounts = new Set<string>();
  #created = 0;
  #declaredCount = 0;
  #updated = 0;
  #updatedAccounts: ImportReport["updatedAccounts"];

  constructor(target: ImportTarget, { update }: { readonly update: boolean }) {
    const { destination, declareLists = false, sharesDefaults = false } = target;
    if (sharesDefaults) this.#collected = [];
    const { contacts } = destination.desired;
    this.#destination = destination;
    this.#disk = createDisk(destination.cwd);
    if (target.writer === undefined) removeStaleImportFiles(destination, target.location);
    this.#writer = this.#recordChanges(target.writer ?? createDiskWriter(destination.cwd));
    this.#collectsDeclared = update;
    this.#keys = new EntryKeys(contacts.map(({ key }) => key));
    for (const contact of contacts) {
      if (contact.id !== undefined) this.#entryById.set(contact.id, contact);
      for (const handle of contact.handles) this.#entryByHandle.set(handleKey(handle), contact);
    }
    this.#tombstoneKeyByHash = new Map(
      contacts.flatMap(({ key, hashedHandles = [] }) => hashedHandles.map(({ sha256 }) => [sha256, key] as const)),
    );
    this.#files = new EntryFiles(destination, {
      location: target.location,
      writer: this.#writer,
      declareLists,
      onNotExtended: (path, reason) => this.warn({ kind: "file-not-extended", text: `${path} ${reason}` }),
    });
  }

  warn(warning: ImportWarning): void {
    this.#warnings.add(warning);
  }

  /** Returns the existing entries that declare a contact, by its ID or by one of its handles. */
  entriesOf({ id = "", handles }: Pick<ImportedContact, "id" | "handles">): DesiredContact[] {
    const byHandle = handles.map((handle) => this.#entryByHandle.get(handleKey(handle)));
    return [...new Set([this.#entryById.get(id), ...byHandle].filter((entry) => entry !== undefined))];
  }

  /** Reserves a handle for an existing entry. Returns false if another entry has the handle. */
  reserve(entry: DesiredContact, handle: Handle): boolean {
    const key = handleKey(handle);
    if ((this.#entryByHandle.get(key) ?? entry) !== entry || this.#newHandles.has(key)) return false;
    this.#entryByHandle.set(key, entry);
    return true;
  }

  /** Sets the accounts to declare before the next entry, even if no entry refers to them. */
  declareAccounts(accounts: readonly EntryAccount[]): void {
    this.#accounts = accounts;
  }

  #writeAccounts(): void {
    for (const account of this.#accounts) this.#reportAccount(account);
    this.#files.declareAccounts(this.#accounts);
    this.#accounts = [];
  }

  #reportAccount(account: EntryAccount | undefined): void {
    if (account?.declaration === undefined || this.#reportedAccounts.has(account.key)) return;
    this.#reportedAccounts.add(account.key);
    for (const warning of account.declaration.warnings) this.warn(warning);
  }

  /** Adds an entry for each undeclared contact that can be written. */
  async add(contacts: readonly ImportedContact[]): Promise<void> {
    if (this.#collected === undefined) this.#writeAccounts();
    const undeclared = contacts.filter((contact) => !this.#recordDeclared(contact));
    const findError = createEntryCheck(undeclared.flatMap(({ entry }) => entry ?? []));
    for (let start = 0; start < undeclared.length; start += BATCH_SIZE) {
      const batch = undeclared.slice(start, start + BATCH_SIZE);
      const pictures = await Promise.all(batch.map(({ entry, picture }) => (entry ? picture?.() : undefined)));
      for (const [index, contact] of batch.entries()) await this.#addEntry(contact, pictures[index], findError);
    }
  }

  /**
   * Writes the entries that are still in memory. Files contain only complete entries, so an interrupted import can be
   * continued.
   */
  async flush(): Promise<void> {
    await this.#flushCollected();
    await this.#files.finish();
  }

  async #flushCollected(): Promise<void> {
    const entries = this.#collected ?? [];
    this.#collected = undefined;
    const { directory } = this.#files;
    const path = posix.join(directory, "defaults.yaml");
    const shared = findSharedValues(entries, defaultsFor(directory, this.#destination.defaults));
    if (shared !== undefined) {
      this.#files.addDefaults(path, shared);
      this.#defaults = path;
    }
    this.#writeAccounts();
    const defaults = shared && toDefaults(shared, path);
    for (const { key, entry, source, directory: from } of entries) {
      const { avatar, ...values } = withoutDefaults(entry, defaults, source).entry;
      const avatarPath = avatar && posix.relative(this.#files.directory, posix.join(from, avatar));
      await this.#files.add(key, omitUndefined({ ...values, avatar: avatarPath }));
    }
  }

  update(updates: ReadonlyMap<ExistingEntry, EntryUpdate>, section: Section = "contacts"): void {
    const groups = new Map<string, Map<ExistingEntry, EntryUpdate>>();
    for (const [desired, update] of updates) {
      const group = JSON.stringify([tableOfKey(desired.key), desired.location.file]);
      groups.set(group, (groups.get(group) ?? new Map()).set(desired, update));
    }
    let updated = 0;
    for (const group of groups.values()) updated += this.#updateGroup(group, section);
    if (section === "contacts") this.#updated += updated;
    else this.#updatedAccounts = { declared: updates.size, updated };
  }

  /**
   * Writes a picture to `avatars/` in a directory and returns its path relative to the directory. Existing files are
   * never overwritten. Returns undefined and adds a warning if the picture would not pass `validate`.
   */
  async writePicture(
    bytes: Uint8Array | undefined,
    { key, directory, contact }: { key: string; directory: string; contact: ImportedContact },
  ): Promise<string | undefined> {
    if (bytes === undefined) return undefined;
    const type = detectPictureType(bytes);
    if (type === undefined || (await isInvalidPicture(bytes))) {
      const text = `${contact.label}: the avatar is not a picture that can be sent to Front`;
      this.warn({ kind: "value-skipped", text });
      return undefined;
    }
    const sha256 = sha256Of(bytes);
    for (let number = 1; ; number += 1) {
      const path = `avatars/${key}${number === 1 ? "" : `-${number}`}${EXTENSIONS[type][0]}`;
      const location = posix.join(directory, path);
      const create = () =>
        !this.#writer.exists(location) && writeIfUnchanged(() => this.#writer.create(location, bytes));
      if (!this.#hasContent(location, sha256) && !create()) continue;
      contact.onPicture?.(sha256);
      return path;
    }
  }

  report(): ImportReport {
    const { sources } = this.#destination;
    return {
      created: this.#created,
      accounts: this.#files.declaredAccountCount,
      accountsInDefaults: this.#files.accountsInDefaults,
      files: this.#files.written,
      declared: this.#declaredCount,
      updated: this.#updated,
      ...omitUndefined({ updatedAccounts: this.#updatedAccounts, defaults: this.#defaults }),
      changed: [...this.#latest].map(([path, after]) => ({ path, before: sources.get(path) ?? "", after })),
      warnings: this.#warnings.groups,
    };
  }

  /** Returns whether an entry declares a contact. Counts declared contacts, and warns about those of tombstones. */
  #recordDeclared(contact: ImportedContact): boolean {
    const tombstone = this.#tombstoneOf(contact);
    if (tombstone !== undefined) {
      const text = `${contact.label} has a handle that matches the tombstone ${tombstone}`;
      this.warn({ kind: "contact-skipped", text });
      return true;
    }
    const [owner, ...others] = this.entriesOf(contact);
    // An update explains why it does not update the entry of a private contact.
    if (owner === undefined || (contact.isPrivate === true && !this.#collectsDeclared)) return false;
    this.#declaredCount += 1;
    // Several entries may declare a contact in Front, for example after a merge. It matches one of them.
    const entries = contact.id === undefined ? [owner] : [owner, ...others];
    if (this.#collectsDeclared) for (const entry of entries) append(this.declared, entry, contact);
    return true;
  }

  #tombstoneOf({ handles }: ImportedContact): string | undefined {
    if (this.#tombstoneKeyByHash.size === 0) return undefined;
    return handles.map((handle) => this.#tombstoneKeyByHash.get(hashOfHandle(handle))).find((key) => key !== undefined);
  }

  async #addEntry(
    contact: ImportedContact,
    picture: Uint8Array | undefined,
    findError: ReturnType<typeof createEntryCheck>,
  ): Promise<void> {
    for (const warning of contact.warnings) this.warn(warning);
    const allValues = contact.entry && this.#withUniqueHandles(contact.entry, contact.label);
    if (allValues === undefined) return;
    const { directory } = this.#files;
    const defaults = defaultsFor(directory, this.#destination.defaults);
    const source = valueSourceOf(contact, allValues);
    const { entry, differing, problem: limitProblem } = withoutDefaults(allValues, defaults, source);
    const key = this.#keys.nextForContact(entry);
    const problem = limitProblem ?? findError(key, entry);
    if (problem !== undefined) {
      this.warn({ kind: "contact-skipped", text: `${contact.label} ${problem}` });
      return;
    }
    this.#reportAccount(entry.account);
    for (const handle of entry.handles) this.#newHandles.add(handleKey(handle));
    const isDefault = picture !== undefined && sha256Of(picture) === defaults?.avatar?.sha256;
    const avatar = isDefault ? undefined : await this.writePicture(picture, { key, directory, contact });
    const hasOtherDefault = source.complete && defaults?.avatar !== undefined && !isDefault && avatar === undefined;
    this.#warnDiffering(contact.label, hasOtherDefault ? [...differing, "the avatar"] : differing);
    await this.#write({ key, entry: withAvatar(entry, avatar), source, directory });
    this.#created += 1;
  }

  async #write(collected: CollectedEntry): Promise<void> {
    if (this.#collected === undefined) await this.#files.add(collected.key, collected.entry);
    else this.#collected.push(collected);
  }

  #warnDiffering(label: string, differing: readonly string[]): void {
    if (differing.length > 0) this.warn({ kind: "default-differs", text: `${label}: ${differing.join(", ")}` });
  }

  /**
   * Returns the entry without handles that another new entry has; undefined if no handles remain. Two contacts in Front
   * may have the same handle in different spellings.
   */
  #withUniqueHandles(entry: Entry, label: string): Entry | undefined {
    const handles = entry.handles.filter((handle) => !this.#newHandles.has(handleKey(handle)));
    for (const handle of entry.handles.filter((handle) => !handles.includes(handle))) {
      const text = `${label}: ${handle.source} ${handle.handle} differs only in spelling from a handle of another contact`;
      this.warn({ kind: "handle-skipped", text });
    }
    if (handles.length === entry.handles.length) return entry;
    if (handles.length > 0) return { ...entry, handles };
    const text = `${label} shares every handle with other contacts; merge them in Front`;
    this.warn({ kind: "contact-skipped", text });
    return undefined;
  }

  /** Returns the number of entries that changed. */
  #updateGroup(updates: ReadonlyMap<ExistingEntry, EntryUpdate>, section: Section): number {
    const [first] = updates.keys();
    if (first === undefined) return 0;
    const table = tableOfKey(first.key);
    if (table === undefined) return this.#updateFile(first.location.file, updates, section);
    this.#tables ??= new TableWriter(this.#destination, this.#writer);
    const { updated, warnings, text } = this.#tables.update(table, first.location.file, updates);
    for (const warning of warnings) this.warn(warning);
    if (text !== undefined) this.#latest.set(first.location.file, text);
    return updated.length;
  }

  #updateFile(file: string, updates: ReadonlyMap<ExistingEntry, EntryUpdate>, section: Section): number {
    const before = this.#latest.get(file) ?? this.#destination.sources.get(file);
    if (before === undefined) return 0;
    const defaults = defaultsFor(posix.dirname(file), this.#destination.defaults);
    const { text, updated, warnings } = updateFile(file, before, updates, { section, defaults });
    const subject = section === "accounts" ? "account " : "";
    for (const warning of warnings) this.warn({ ...warning, text: subject + warning.text });
    if (text === before) return 0;
    if (writeIfUnchanged(() => this.#writer.replace(file, before, text))) return updated.length;
    this.warn(changedDuringImport(file, updated));
    return 0;
  }

  #hasContent(path: string, sha256: string): boolean {
    const read = this.#disk.read(path, { limit: LIMITS.pictureBytes });
    return read.kind === "bytes" && sha256Of(read.bytes) === sha256;
  }

  #recordChanges(writer: DiskWriter): DiskWriter {
    return {
      ...writer,
      replace: (path, before, after) => {
        writer.replace(path, before, after);
        const source = posix.normalize(path);
        if (this.#destination.sources.has(source)) this.#latest.set(source, after);
      },
    };
  }
}

/** A CSV table or a vCard contains only some values of a contact. */
function valueSourceOf({ id, omitted, entry }: ImportedContact, { handles }: Entry) {
  const omitsHandles = handles.length < (entry?.handles.length ?? 0);
  return { complete: id !== undefined, omitted: omitsHandles ? new Set([...omitted, "handles"]) : omitted };
}

function withAvatar(entry: Entry, avatar: string | undefined): Entry {
  return avatar === undefined ? entry : { ...entry, avatar };
}
