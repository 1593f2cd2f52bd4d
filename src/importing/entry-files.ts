import { posix } from "node:path";
import { type DiskWriter, writeIfUnchanged } from "../fs/disk-writer.ts";
import { LIMITS } from "../model/limits.ts";
import { type Addition, appendTo, sectionText } from "./append-entries.ts";
import type { Entry, EntryAccount } from "./entry.ts";
import {
  accountText,
  countDeclarations,
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

export interface ImportLocation {
  /** The directory of `file` or, if `file` is undefined, of the new files. */
  readonly directory: string;
  /**
   * The file for new entries. When it is full, the files `NAME-2.yaml`, `NAME-3.yaml` and so on are used. Undefined to
   * write one file per contact.
   */
  readonly file?: string;
}

export interface EntryFilesOptions {
  readonly location: ImportLocation;
  /** The text of the existing files, by path. Entries are added only to these files and to new files. */
  readonly sources: ReadonlyMap<string, string>;
  readonly countIn: (path: string) => EntryCounts;
  readonly writer: DiskWriter;
  /** Returns the first line of a new file, with its line break, or an empty string. */
  readonly headline: (path: string) => string;
  /** Names of declared custom fields; undefined if the import must not declare fields. */
  readonly fields: ReadonlySet<string> | undefined;
  /** Names of declared lists; undefined if the import must not declare lists. */
  readonly lists: ReadonlySet<string> | undefined;
  /** Called for a file that cannot be extended. The entries are written to the next file. */
  readonly onNotExtended: (path: string, reason: string) => void;
}

interface EntryCounts {
  contacts: number;
  accounts: number;
}

/** Writes entries to files. Buffers one file, or a batch of files with one contact each, in memory. */
export class EntryFiles {
  /** Paths of the written files except the defaults file, in the order of writing. */
  readonly written: string[] = [];
  /** Number of accounts that the defaults file declares. */
  accountsInDefaults = 0;
  readonly #options: EntryFilesOptions;
  /**
   * The names of the declared lists and custom fields, including those in existing files, and the keys of the accounts
   * that this import declared.
   */
  readonly #declared: Readonly<Record<keyof Declarations, Set<string>>>;
  /** The file with declarations (`company.yaml`). Used only if each contact has its own file. */
  #declarationsFile = newDeclarationsFile();
  /** The files of the next batch, by path. */
  #pending = new Map<string, SeparateFile>();
  #pendingLength = 0;
  /** The previous batch is written while the next one is collected, because the program mostly waits for the disk. */
  #previousBatch: Promise<void> = Promise.resolve();
  readonly #directories: SplitDirectories;
  #buffer: BufferedFile | undefined;

  constructor(options: EntryFilesOptions) {
    const { location, sources, lists, fields } = options;
    this.#options = options;
    this.#declared = { accounts: new Set(), lists: new Set(lists), custom_fields: new Set(fields) };
    this.#directories = new SplitDirectories(location.directory, [...sources.keys()]);
  }

  get declaredAccountCount(): number {
    return this.#declared.accounts.size;
  }

  get directory(): string {
    const { file, directory } = this.#options.location;
    return file === undefined ? this.#directories.directoryForNextFile() : directory;
  }

  /** Adds a valid entry. */
  async add(key: string, entry: Entry): Promise<void> {
    const { file } = this.#options.location;
    if (file === undefined) await this.#addSeparateFile(key, entry);
    else this.#addToBuffer(entryText(key, entry), entry, file);
  }

  /** Writes a new file with defaults and the declarations that they need. */
  addDefaults(path: string, values: SharedValues): void {
    const added = this.#undeclaredBy(values);
    this.#declare(added, newDeclarations());
    this.accountsInDefaults = added.accounts.size;
    const parts = [defaultsText(values), ...declarationAdditions(added).map(sectionText)];
    this.#options.writer.create(path, this.#options.headline(path) + parts.join("\n"));
  }

  declareAccounts(accounts: readonly EntryAccount[]): void {
    const { file } = this.#options.location;
    for (const account of accounts) {
      const added = this.#undeclaredBy({ account, lists: [], customFields: [] });
      if (added.accounts.size === 0) continue;
      if (file === undefined) this.#addDeclarations(added);
      else this.#makeRoom(file, weightedDeclarationSize(added), added);
    }
    this.#writeDeclarations();
  }

  async finish(): Promise<void> {
    await this.#startBatch();
    await this.#previousBatch;
    this.#writeBuffer();
    this.#options.writer.finish();
  }

  #writeBuffer(): void {
    const buffer = this.#buffer;
    this.#buffer = undefined;
    if (buffer === undefined) return;
    const parts = bufferedAdditions(buffer);
    if (parts.length === 0 || (buffer.before !== undefined && this.#append(buffer.path, buffer.before, parts))) return;
    this.#create(buffer.base, (path) => this.#newText(path, parts));
  }

  /** Returns false if the file cannot be extended. */
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

  #addToBuffer(text: string, entry: Entry, file: string): void {
    const added = this.#undeclaredBy(entry);
    const buffer = this.#makeRoom(file, weightedSize(text) + 1 + weightedDeclarationSize(added), added);
    buffer.texts.push(text);
    buffer.counts.contacts += 1;
  }

  /** Returns a file with room for `size` more bytes and these declarations, and reserves the space. */
  #makeRoom(file: string, size: number, added: Declarations): BufferedFile {
    if (this.#buffer !== undefined && !hasRoom(this.#buffer, size, added)) this.#writeBuffer();
    this.#buffer ??= this.#findFileWithRoom(file, size, added);
    this.#buffer.bytes += size;
    this.#buffer.counts.accounts += added.accounts.size;
    this.#declare(added, this.#buffer.declared);
    return this.#buffer;
  }

  /** Returns the declarations that an entry needs and that no file contains. */
  #undeclaredBy({ customFields, lists, account }: Pick<Entry, "customFields" | "lists" | "account">): Declarations {
    const undeclared = newDeclarations();
    const add = (section: keyof Declarations, name: string, text: () => string) => {
      if (!this.#declared[section].has(name)) undeclared[section].set(name, text());
    };
    const { key = "", declaration } = account ?? {};
    if (declaration !== undefined) add("accounts", key, () => accountText(key, declaration.entry));
    for (const { name } of this.#options.lists === undefined ? [] : lists) {
      add("lists", name, () => listDeclaration(name));
    }
    for (const { name, type } of this.#options.fields === undefined ? [] : customFields) {
      if (type !== undefined) add("custom_fields", name, () => fieldDeclaration(name, type));
    }
    return undeclared;
  }

  #declare(added: Declarations, into: Declarations): void {
    for (const section of DECLARATION_KEYS) {
      for (const [name, text] of added[section]) {
        this.#declared[section].add(name);
        into[section].set(name, text);
      }
    }
  }

  /** Returns the first file with room. Skips files that this import wrote, and existing files that were not loaded. */
  #findFileWithRoom(file: string, size: number, added: Declarations): BufferedFile {
    const { sources, countIn, writer } = this.#options;
    for (let number = 1; ; number += 1) {
      const path = numberedPath(file, number);
      if (this.written.includes(path) || (!sources.has(path) && writer.exists(path))) continue;
      const before = sources.get(path);
      const buffer: BufferedFile = {
        base: file,
        path,
        before,
        bytes: weightedSize(before ?? ""),
        counts: countIn(path),
        texts: [],
        declared: newDeclarations(),
      };
      if (before === undefined || hasRoom(buffer, size, added)) return buffer;
    }
  }

  #newText(path: string, parts: readonly Addition[]): string {
    return this.#options.headline(path) + parts.map(sectionText).join("\n");
  }

  async #addSeparateFile(key: string, entry: Entry): Promise<void> {
    this.#addDeclarations(this.#undeclaredBy(entry));
    this.#writeDeclarations();
    const { directory } = this;
    this.#directories.addFile(directory);
    const base = posix.join(directory, `${key}.yaml`);
    const path = this.#pathsFor(base).next().value;
    const text = `${this.#options.headline(path)}contacts:\n${entryText(key, entry)}`;
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

  #addDeclarations(added: Declarations): void {
    const size = weightedDeclarationSize(added);
    if (!hasRoomForDeclarations(this.#declarationsFile, size, added)) {
      this.#writeDeclarations();
      this.#declarationsFile = newDeclarationsFile();
    }
    this.#declarationsFile.bytes += size;
    this.#declare(added, this.#declarationsFile.declared);
  }

  /**
   * Writes the new declarations, if any. Must be called before a contact that needs them is written, so that the files
   * stay valid.
   */
  #writeDeclarations(): void {
    const file = this.#declarationsFile;
    const count = countDeclarations(file.declared);
    if (count === file.count) return;
    file.count = count;
    const textAt = (path: string) => this.#newText(path, declarationAdditions(file.declared));
    const { written } = file;
    if (written === undefined) {
      file.written = this.#create(posix.join(this.#options.location.directory, "company.yaml"), textAt);
      return;
    }
    const after = textAt(written.path);
    this.#options.writer.replace(written.path, written.text, after);
    file.written = { path: written.path, text: after };
  }

  /** Returns `base` and numbered paths, without paths of loaded and pending files. Files may exist at these paths. */
  *#pathsFor(base: string): Generator<string, never> {
    for (let number = 1; ; number += 1) {
      const path = numberedPath(base, number);
      if (!this.#options.sources.has(path) && !this.#pending.has(path)) yield path;
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
  /** The path of the first file for new entries. */
  readonly base: string;
  readonly path: string;
  /** The current text of the file; undefined for a new file. */
  readonly before: string | undefined;
  readonly texts: string[];
  readonly declared: Declarations;
  bytes: number;
  readonly counts: EntryCounts;
}

interface DeclarationsFile {
  readonly declared: Declarations;
  bytes: number;
  /** The file as last written. */
  written?: { readonly path: string; readonly text: string };
  /** Number of declarations in the written file. */
  count: number;
}

function newDeclarationsFile(): DeclarationsFile {
  return { declared: newDeclarations(), bytes: 0, count: 0 };
}

function hasRoom(buffer: BufferedFile, size: number, added: Declarations): boolean {
  const { contacts, accounts } = buffer.counts;
  const hasRoomForEntries = contacts < LIMITS.contacts && accounts + added.accounts.size <= LIMITS.contacts;
  return hasRoomForEntries && hasRoomForDeclarations(buffer, size, added);
}

function hasRoomForDeclarations(
  { bytes, declared }: BufferedFile | DeclarationsFile,
  size: number,
  added: Declarations,
): boolean {
  const limitOf = (section: keyof Declarations) => (section === "accounts" ? LIMITS.contacts : LIMITS.entries);
  const hasRoomIn = (section: keyof Declarations) => declared[section].size + added[section].size <= limitOf(section);
  return bytes + size <= MAX_ENTRY_BYTES && DECLARATION_KEYS.every(hasRoomIn);
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
