import { posix } from "node:path";
import { type DiskWriter, writeIfUnchanged } from "../fs/disk-writer.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { type Addition, appendTo, sectionText } from "./append-entries.ts";
import { createHeadline, declaredFieldNames, type ImportDestination, type ImportLocation } from "./destination.ts";
import type { Entry, EntryAccount } from "./entry.ts";
import {
  accountText,
  DECLARATION_KEYS,
  type Declarations,
  declarationAdditions,
  defaultsText,
  entryText,
  fieldDeclaration,
  indented,
  listDeclaration,
  MAX_ENTRY_BYTES,
  newDeclarations,
  weightedDeclarationSize,
  weightedSize,
} from "./entry-yaml.ts";
import type { SharedValues } from "./shared-values.ts";
import { SplitDirectories } from "./split-directories.ts";

interface EntryFilesOptions {
  readonly location: ImportLocation;
  readonly writer: DiskWriter;
  readonly declareLists: boolean;
  /** Called for a file that cannot be extended. The entries are written to the next file. */
  readonly onNotExtended: (path: string, reason: string) => void;
}

/**
 * Writes entries to new files and loaded files. Buffers one file, or a batch of files with one contact each, in memory.
 * Declarations in loaded files are not repeated.
 */
export class EntryFiles {
  /** Paths of the written files except the defaults file, in the order of writing. */
  readonly written: string[] = [];
  /** Number of accounts that the defaults file declares. */
  accountsInDefaults = 0;
  readonly #destination: ImportDestination;
  readonly #options: EntryFilesOptions;
  readonly #headline: (path: string) => string;
  /**
   * The names of the declared lists and custom fields, including those in existing files, and the keys of the accounts
   * that this import declared. Undefined if the import must not declare lists or fields.
   */
  readonly #declared: Readonly<Record<keyof Declarations, Set<string> | undefined>>;
  /** The files of the next batch, by path. */
  #pending = new Map<string, SeparateFile>();
  #pendingLength = 0;
  /** The previous batch is written while the next one is collected, because the program mostly waits for the disk. */
  #previousBatch: Promise<void> = Promise.resolve();
  readonly #directories: SplitDirectories;
  /** The file for new entries or, if each contact has its own file, for declarations (`company.yaml`). */
  #buffer: BufferedFile | undefined;

  constructor(destination: ImportDestination, options: EntryFilesOptions) {
    const { desired, sources } = destination;
    this.#destination = destination;
    this.#options = options;
    this.#headline = createHeadline(destination);
    this.#declared = {
      accounts: new Set(),
      lists: options.declareLists ? new Set(desired.lists.map(({ name }) => name)) : undefined,
      custom_fields: declaredFieldNames(destination),
    };
    this.#directories = new SplitDirectories(options.location.directory, [...sources.keys()]);
  }

  get declaredAccountCount(): number {
    return this.#declared.accounts?.size ?? 0;
  }

  get directory(): string {
    const { file, directory } = this.#options.location;
    return file === undefined ? this.#directories.directoryForNextFile() : directory;
  }

  /** Adds a valid entry. */
  async add(key: string, entry: Entry): Promise<void> {
    const added = this.#undeclaredBy(entry);
    if (this.#options.location.file === undefined) {
      this.#makeRoom(added);
      this.#writeBuffer();
      await this.#addSeparateFile(key, entry);
      return;
    }
    const text = entryText(key, entry);
    const buffer = this.#makeRoom(added, weightedSize(text) + 1);
    buffer.texts.push(text);
    buffer.contacts += 1;
  }

  /** Writes a new file with defaults and the declarations that they need. */
  addDefaults(path: string, values: SharedValues): void {
    const added = this.#undeclaredBy(values);
    this.#declare(added, newDeclarations());
    this.accountsInDefaults = added.accounts.size;
    const parts = [defaultsText(values), ...declarationAdditions(added).map(sectionText)];
    this.#options.writer.create(path, this.#headline(path) + parts.join("\n"));
  }

  declareAccounts(accounts: readonly EntryAccount[]): void {
    for (const account of accounts) {
      const added = this.#undeclaredBy({ account, lists: [], customFields: [] });
      if (added.accounts.size > 0) this.#makeRoom(added);
    }
    if (this.#options.location.file === undefined) this.#writeBuffer();
  }

  async finish(): Promise<void> {
    await this.#startBatch();
    await this.#previousBatch;
    this.#writeBuffer();
    this.#options.writer.finish();
  }

  /**
   * Writes the buffered file if it has new content. Declarations must be written before a contact that needs them, so
   * that the files stay valid. Their file stays in the buffer, and is replaced when it has more declarations.
   */
  #writeBuffer(): void {
    const buffer = this.#buffer;
    if (this.#options.location.file !== undefined) this.#buffer = undefined;
    if (buffer === undefined || buffer.size === buffer.writtenSize) return;
    buffer.writtenSize = buffer.size;
    const parts = bufferedAdditions(buffer);
    const textAt = (path: string) => this.#headline(path) + parts.map(sectionText).join("\n");
    const { before, written } = buffer;
    if (written !== undefined) {
      const text = textAt(written.path);
      this.#options.writer.replace(written.path, written.text, text);
      buffer.written = { path: written.path, text };
    } else if (before === undefined || !this.#append(buffer.path, before, parts)) {
      buffer.written = this.#create(buffer.base, textAt);
    }
  }

  /** Adds content to a loaded file. Returns false if the file cannot be extended. */
  #append(path: string, before: string, parts: readonly Addition[]): boolean {
    const { writer, onNotExtended } = this.#options;
    const after = appendTo(before, parts);
    if (after === undefined) {
      onNotExtended(path, "could not be edited safely");
      return false;
    }
    if (!writeIfUnchanged(() => writer.replace(path, before, after))) {
      onNotExtended(path, "changed during the import, so it was not updated");
      return false;
    }
    this.written.push(path);
    return true;
  }

  /** Returns a file with room for these declarations and an entry, and adds the declarations to it. */
  #makeRoom(added: Declarations, entrySize = 0): BufferedFile {
    const { file, directory } = this.#options.location;
    const size = entrySize + weightedDeclarationSize(added);
    if (this.#buffer !== undefined && !hasRoom(this.#buffer, size, added)) {
      this.#writeBuffer();
      this.#buffer = undefined;
    }
    this.#buffer ??=
      file === undefined ? newBuffer(posix.join(directory, "company.yaml")) : this.#findFileWithRoom(file, size, added);
    this.#buffer.size += size;
    this.#buffer.accounts += added.accounts.size;
    this.#declare(added, this.#buffer.declared);
    return this.#buffer;
  }

  /** Returns the declarations that an entry needs and that no file contains. */
  #undeclaredBy({ customFields, lists, account }: Pick<Entry, "customFields" | "lists" | "account">): Declarations {
    const undeclared = newDeclarations();
    const add = (section: keyof Declarations, name: string, text: () => string) => {
      if (this.#declared[section]?.has(name) === false) undeclared[section].set(name, text());
    };
    const { key = "", declaration } = account ?? {};
    if (declaration !== undefined) add("accounts", key, () => accountText(key, declaration.entry));
    for (const { name } of lists) add("lists", name, () => listDeclaration(name));
    for (const { name, type } of customFields) {
      if (type !== undefined) add("custom_fields", name, () => fieldDeclaration(name, type));
    }
    return undeclared;
  }

  #declare(added: Declarations, into: Declarations): void {
    for (const section of DECLARATION_KEYS) {
      for (const [name, text] of added[section]) {
        this.#declared[section]?.add(name);
        into[section].set(name, text);
      }
    }
  }

  /** Returns the first file with room. Skips files that this import wrote, and existing files that were not loaded. */
  #findFileWithRoom(file: string, size: number, added: Declarations): BufferedFile {
    const { sources, desired } = this.#destination;
    for (let number = 1; ; number += 1) {
      const path = numberedPath(file, number);
      const before = sources.get(path);
      if (this.written.includes(path) || (before === undefined && this.#options.writer.exists(path))) continue;
      if (before === undefined) return newBuffer(file, path);
      const sizeBefore = weightedSize(before);
      const counts = { contacts: countIn(path, desired.contacts), accounts: countIn(path, desired.accounts ?? []) };
      const buffer = { ...newBuffer(file, path), before, size: sizeBefore, writtenSize: sizeBefore, ...counts };
      if (hasRoom(buffer, size, added)) return buffer;
    }
  }

  async #addSeparateFile(key: string, entry: Entry): Promise<void> {
    const { directory } = this;
    this.#directories.addFile(directory);
    const base = posix.join(directory, `${key}.yaml`);
    const path = this.#pathsFor(base).next().value;
    const text = `${this.#headline(path)}contacts:\n${entryText(key, entry)}`;
    this.#pending.set(path, { base, text });
    this.#pendingLength += text.length;
    if (this.#pending.size >= MAX_PENDING || this.#pendingLength >= MAX_PENDING_LENGTH) await this.#startBatch();
  }

  /** Starts to write the pending files, after the previous batch is written. If that failed, throws its error. */
  async #startBatch(): Promise<void> {
    await this.#previousBatch;
    this.#previousBatch = this.#writeBatch(this.#pending);
    // The error is thrown by the next call that waits for the batch.
    this.#previousBatch.catch(() => undefined);
    this.#pending = new Map();
    this.#pendingLength = 0;
  }

  async #writeBatch(files: ReadonlyMap<string, SeparateFile>): Promise<void> {
    if (files.size === 0) return;
    const texts = new Map([...files].map(([path, { text }]) => [path, text]));
    const existing = new Set(await this.#options.writer.createAll(texts));
    for (const [path, { base, text }] of files) {
      if (existing.has(path)) this.#create(base, () => text);
      else this.written.push(path);
    }
  }

  /** Yields `base` and numbered paths, except those of loaded and pending files. Other files may exist at these paths. */
  *#pathsFor(base: string): Generator<string, never> {
    for (let number = 1; ; number += 1) {
      const path = numberedPath(base, number);
      if (!this.#destination.sources.has(path) && !this.#pending.has(path)) yield path;
    }
  }

  /** Creates a file at `base`, or at the first free path with a number. */
  #create(base: string, textAt: (path: string) => string): { readonly path: string; readonly text: string } {
    const { writer } = this.#options;
    const paths = this.#pathsFor(base);
    for (;;) {
      const path = paths.next().value;
      if (writer.exists(path)) continue;
      const text = textAt(path);
      if (!writeIfUnchanged(() => writer.create(path, text))) continue;
      this.written.push(path);
      return { path, text };
    }
  }
}

/** Maximum number of files in a batch. Each has an open file descriptor, and some systems allow only 256. */
const MAX_PENDING = 100;
/** Maximum total length of the files in a batch, in characters. */
const MAX_PENDING_LENGTH = 8 * 1024 * 1024;

/** A file with one contact. */
interface SeparateFile {
  /** The path without a number. */
  readonly base: string;
  readonly text: string;
}

interface BufferedFile {
  /** The path of the first file for new entries or declarations. */
  readonly base: string;
  readonly path: string;
  /** The current text of a loaded file. */
  readonly before?: string;
  readonly texts: string[];
  readonly declared: Declarations;
  contacts: number;
  accounts: number;
  /** The weighted size. */
  size: number;
  /** The value of `size` when the file was last written or loaded. */
  writtenSize: number;
  /** The new file as last written. */
  written?: { readonly path: string; readonly text: string };
}

function newBuffer(base: string, path = base): BufferedFile {
  return { base, path, texts: [], declared: newDeclarations(), contacts: 0, accounts: 0, size: 0, writtenSize: 0 };
}

function countIn(path: string, entries: readonly { readonly location: SourceLocation }[]): number {
  return entries.filter(({ location }) => location.file === path).length;
}

function hasRoom(file: BufferedFile, addedSize: number, added: Declarations): boolean {
  const { contacts, accounts, size, declared } = file;
  const hasRoomForEntries = contacts < LIMITS.contacts && accounts + added.accounts.size <= LIMITS.contacts;
  const hasRoomIn = (section: "lists" | "custom_fields") =>
    declared[section].size + added[section].size <= LIMITS.entries;
  return hasRoomForEntries && hasRoomIn("lists") && hasRoomIn("custom_fields") && size + addedSize <= MAX_ENTRY_BYTES;
}

/** Returns `people-2.yaml` for `people.yaml` and 2. */
function numberedPath(path: string, number: number): string {
  if (number === 1) return path;
  const extension = posix.extname(path);
  return `${path.slice(0, path.length - extension.length)}-${number}${extension}`;
}

function bufferedAdditions({ texts, declared }: BufferedFile): Addition[] {
  const lines = (indent: string) => texts.map((text) => indented(text, indent)).join("\n");
  return [...(texts.length > 0 ? [{ key: "contacts", lines } as const] : []), ...declarationAdditions(declared)];
}
