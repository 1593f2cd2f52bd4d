import { posix } from "node:path";
import { checkRules } from "../config/rules.ts";
import { checkSchema } from "../config/schema.ts";
import { joinUncheckedConfigs, readUncheckedConfig } from "../config/unchecked-config.ts";
import { type DiskWriter, FileChangedError } from "../fs/disk-writer.ts";
import { LIMITS } from "../model/limits.ts";
import { formatInline } from "../yaml/format.ts";
import { parseYaml } from "../yaml/parse.ts";
import { createSource } from "../yaml/source-text.ts";
import { type Addition, appendTo } from "./append-entries.ts";
import type { Entry } from "./entry.ts";
import { declarationText, defaultsText, entryText } from "./entry-text.ts";
import type { SharedValues } from "./shared-values.ts";
import { Directories } from "./split-directories.ts";

/**
 * The file for new entries, continued under `NAME-2.yaml` and so on, or the directory for one file per contact, continued
 * under `part-2/` and so on.
 */
export type ImportLocation = { readonly file: string } | { readonly directory: string };

interface EntryFilesOptions {
  readonly location: ImportLocation;
  /** The text of the existing files, by path. Entries are added to these files only. */
  readonly sources: ReadonlyMap<string, string>;
  /** Number of contacts in each of them. */
  readonly counts: ReadonlyMap<string, number>;
  readonly writer: DiskWriter;
  /** Returns the first line of a new file, with its line break, or an empty text. */
  readonly headline: (path: string) => string;
  /** Names of declared custom fields; undefined if fields are not to be declared. */
  readonly fields: ReadonlySet<string> | undefined;
  /** Names of declared lists; undefined if lists are not to be declared. */
  readonly lists: ReadonlySet<string> | undefined;
  /** Called for a file that entries could not be added to. They go into the next file. */
  readonly onNotExtended: (path: string, reason: string) => void;
}

/** Bytes reserved for the first line, declarations and line breaks. */
const MARGIN = 64 * 1024;
const MAX_ENTRY_BYTES = LIMITS.fileBytes - MARGIN;

/** Leaves room for a thousand lists and custom fields that a file declares. */
const BYTES_PER_VALUE = MAX_ENTRY_BYTES / (LIMITS.values - 2000);

/** Returns why `validate` would refuse an entry, or undefined if it would not. */
export function checkEntry(key: string, entry: Entry): string | undefined {
  const text = entryText(key, entry);
  if (Buffer.byteLength(text) > MAX_ENTRY_BYTES) return "exceeds the maximum size of a file";
  const { documents, diagnostics } = parseYaml(createSource("entry.yaml", `contacts:\n${text}`));
  const config = joinUncheckedConfigs(documents.map((document) => readUncheckedConfig(document)));
  const found = [...diagnostics, ...documents.flatMap(checkSchema), ...checkRules({ ...config, complete: true })];
  const error = found.find(({ severity }) => severity === "error");
  return error && `would not be valid in a file: ${error.summary}`;
}

/** Writes new entries to files that stay within their limits. Keeps one file in memory and writes it when it is full. */
export class EntryFiles {
  readonly #options: EntryFilesOptions;
  readonly #written: string[] = [];
  readonly #declaredFields: Set<string>;
  readonly #declaredLists: Set<string>;
  /** Declarations, if each contact has its own file. */
  #company = newCompany();
  /** Files that are to be written together, by path. */
  readonly #pending = new Map<string, string>();
  #pendingLength = 0;
  readonly #directories: Directories;
  #draft: Draft | undefined;

  constructor(options: EntryFilesOptions) {
    this.#options = options;
    this.#declaredFields = new Set(options.fields);
    this.#declaredLists = new Set(options.lists);
    this.#directories = new Directories([...options.sources.keys()]);
  }

  /** Paths in the order of writing. */
  get written(): readonly string[] {
    return this.#written;
  }

  /** The directory of the next entry's file. */
  get directory(): string {
    const { location } = this.#options;
    return "directory" in location ? this.#directories.next(location.directory) : posix.dirname(location.file);
  }

  /** Adds an entry that passed `checkEntry`. */
  async add(key: string, entry: Entry): Promise<void> {
    const { location } = this.#options;
    if ("directory" in location) await this.#writeAlone(key, entry, location.directory);
    else this.#collect(entryText(key, entry), entry, location.file);
  }

  /** Writes a new file with defaults, and the declarations that they need. Later entries do not repeat those. */
  addDefaults(path: string, values: SharedValues): void {
    const added = this.#undeclaredBy({ ...values, handles: [] });
    this.#declare(added, { fields: new Map(), lists: new Set() });
    const parts = [defaultsText(values), ...declarations(added).map(({ key, lines }) => `${key}:\n${lines("  ")}`)];
    this.#options.writer.create(path, this.#options.headline(path) + parts.join("\n"));
  }

  /** Writes the entries in memory. */
  async finish(): Promise<void> {
    await this.#writePending();
    this.#writeDraft();
    this.#options.writer.finish();
  }

  #writeDraft(): void {
    const draft = this.#draft;
    this.#draft = undefined;
    if (draft === undefined || draft.texts.length === 0) return;
    if (draft.before === undefined) this.#createNext(draft);
    else if (!this.#append(draft, draft.before)) this.#createNext(draft);
  }

  #append(draft: Draft, before: string): boolean {
    const after = appendTo(before, additions(draft));
    if (after === undefined) {
      this.#options.onNotExtended(draft.path, "could not be edited safely");
      return false;
    }
    try {
      this.#options.writer.replace(draft.path, before, after);
    } catch (error) {
      if (!(error instanceof FileChangedError)) throw error;
      this.#options.onNotExtended(draft.path, "changed during the import and was left unchanged");
      return false;
    }
    this.#written.push(draft.path);
    return true;
  }

  /** Writes the entries to the first free path. */
  #createNext(draft: Draft): void {
    const { location } = this.#options;
    this.#create("file" in location ? location.file : draft.path, (path) => this.#newText(path, additions(draft)));
  }

  #collect(text: string, entry: Entry, file: string): void {
    const added = this.#undeclaredBy(entry);
    const size = sizeOf(text) + 1 + sizeOfDeclarations(added);
    if (this.#draft !== undefined && !hasRoom(this.#draft, size, added)) this.#writeDraft();
    this.#draft ??= this.#begin(file, size);
    const draft = this.#draft;
    draft.texts.push(text);
    draft.bytes += size;
    draft.count += 1;
    this.#declare(added, draft);
  }

  /** Returns the fields and lists of an entry that no file declares. */
  #undeclaredBy({ customFields, lists }: Entry): Declarations {
    const { fields: known, lists: knownLists } = this.#options;
    const fields = customFields.flatMap(({ name, type }) =>
      known === undefined || type === undefined || this.#declaredFields.has(name) ? [] : [[name, type] as const],
    );
    const names = lists.map(({ name }) => name).filter((name) => knownLists && !this.#declaredLists.has(name));
    return { fields: new Map(fields), lists: new Set(names) };
  }

  #declare({ fields, lists }: Declarations, into: Declarations): void {
    for (const [name, type] of fields) {
      this.#declaredFields.add(name);
      into.fields.set(name, type);
    }
    for (const name of lists) {
      this.#declaredLists.add(name);
      into.lists.add(name);
    }
  }

  /** Returns the first file with room. Files written by this import are full; files that were not loaded are skipped. */
  #begin(file: string, size: number): Draft {
    const { sources, writer } = this.#options;
    for (let number = 1; ; number += 1) {
      const path = numbered(file, number);
      if (this.#written.includes(path) || (!sources.has(path) && writer.exists(path))) continue;
      const draft = this.#draftOf(path);
      if (draft.before === undefined || hasRoom(draft, size, NOTHING)) return draft;
    }
  }

  #draftOf(path: string): Draft {
    const { sources, counts } = this.#options;
    const before = sources.get(path);
    const bytes = sizeOf(before ?? "");
    return { path, before, bytes, count: counts.get(path) ?? 0, texts: [], fields: new Map(), lists: new Set() };
  }

  #newText(path: string, parts: readonly Addition[]): string {
    return this.#options.headline(path) + parts.map(({ key, lines }) => `${key}:\n${lines("  ")}`).join("\n");
  }

  async #writeAlone(key: string, entry: Entry, root: string): Promise<void> {
    const added = this.#undeclaredBy(entry);
    if (!hasRoomForDeclarations(this.#company, added)) this.#company = newCompany();
    this.#declare(added, this.#company);
    this.#writeCompany(root);
    const { directory } = this;
    this.#directories.count(directory);
    const path = this.#freePath(posix.join(directory, `${key}.yaml`));
    const text = `${this.#options.headline(path)}contacts:\n${entryText(key, entry)}`;
    this.#pending.set(path, text);
    this.#pendingLength += text.length;
    if (this.#pending.size >= MAX_PENDING || this.#pendingLength >= MAX_PENDING_LENGTH) await this.#writePending();
  }

  async #writePending(): Promise<void> {
    if (this.#pending.size === 0) return;
    const files = new Map(this.#pending);
    this.#pending.clear();
    this.#pendingLength = 0;
    const taken = new Set(await this.#options.writer.createAll(files));
    for (const [path, text] of files) {
      if (taken.has(path)) this.#create(path, () => text);
      else this.#written.push(path);
    }
  }

  /** Runs before the contact that needs the declarations is written, so that the files are always valid. */
  #writeCompany(directory: string): void {
    const company = this.#company;
    const count = company.fields.size + company.lists.size;
    if (count === company.count) return;
    company.count = count;
    const textAt = (path: string) => this.#newText(path, declarations(company));
    const { written } = company;
    if (written === undefined) {
      company.written = this.#create(posix.join(directory, "company.yaml"), textAt);
      return;
    }
    const after = textAt(written.path);
    this.#options.writer.replace(written.path, written.text, after);
    company.written = { path: written.path, text: after };
  }

  /** Returns the path, or the first with a number that is free. */
  #freePath(base: string): string {
    const { sources, writer } = this.#options;
    for (let number = 1; ; number += 1) {
      const path = numbered(base, number);
      if (!sources.has(path) && !this.#pending.has(path) && !writer.exists(path)) return path;
    }
  }

  /** Writes a new file at a path, or under the next free number. */
  #create(base: string, textAt: (path: string) => string): { readonly path: string; readonly text: string } {
    const { writer } = this.#options;
    for (;;) {
      const path = this.#freePath(base);
      const text = textAt(path);
      try {
        writer.create(path, text);
      } catch (error) {
        if (error instanceof FileChangedError) continue;
        throw error;
      }
      this.#written.push(path);
      return { path, text };
    }
  }
}

/** Files that are written together. Each has an open descriptor, and systems allow 256 of them. */
const MAX_PENDING = 100;
/** Characters. */
const MAX_PENDING_LENGTH = 8 * 1024 * 1024;

interface Declarations {
  /** Types by name. */
  readonly fields: Map<string, string>;
  readonly lists: Set<string>;
}

const NOTHING: Declarations = { fields: new Map(), lists: new Set() };

interface Draft extends Declarations {
  readonly path: string;
  /** The current text of the file; undefined for a new file. */
  readonly before: string | undefined;
  readonly texts: string[];
  bytes: number;
  count: number;
}

interface Company extends Declarations {
  /** The file as last written. */
  written?: { readonly path: string; readonly text: string };
  /** Number of declarations in it. */
  count: number;
}

function newCompany(): Company {
  return { fields: new Map(), lists: new Set(), count: 0 };
}

/** Returns the bytes of a text, or more if it has many short values: a file is limited in both. */
function sizeOf(text: string): number {
  // A line, an opening brace or a comma begins at most one entry of a map or a sequence.
  const values = text.match(/[\n{,]/g)?.length ?? 0;
  return Math.max(Buffer.byteLength(text), Math.ceil(values * BYTES_PER_VALUE));
}

function sizeOfDeclarations(added: Declarations): number {
  return declarations(added).reduce((sum, { lines }) => sum + sizeOf(lines("    ")), 0);
}

function hasRoom(draft: Draft, size: number, added: Declarations): boolean {
  const { count, bytes } = draft;
  return count < LIMITS.contacts && bytes + size <= MAX_ENTRY_BYTES && hasRoomForDeclarations(draft, added);
}

function hasRoomForDeclarations({ lists, fields }: Declarations, added: Declarations): boolean {
  return lists.size + added.lists.size <= LIMITS.entries && fields.size + added.fields.size <= LIMITS.entries;
}

/** Returns `people-2.yaml` for `people.yaml` and 2. */
function numbered(path: string, number: number): string {
  if (number === 1) return path;
  const extension = posix.extname(path);
  return `${path.slice(0, path.length - extension.length)}-${number}${extension}`;
}

function additions(draft: Draft): Addition[] {
  const lines = (indent: string) => draft.texts.map((text) => indented(text, indent)).join("\n");
  return [{ key: "contacts", lines }, ...declarations(draft)];
}

function declarations({ fields, lists }: Declarations): Addition[] {
  const listLines = (indent: string) =>
    [...lists].map((name) => `${indent}- ${formatInline(name, { inFlow: false })}\n`).join("");
  const listEntries = (indent: string) =>
    [...lists].map((name) => `${indent}${formatInline(name, { inFlow: false })}: {}\n`).join("");
  const fieldLines = (indent: string) =>
    [...fields].map(([name, type]) => declarationText(name, type, indent)).join("");
  return [
    ...(lists.size > 0 ? [{ key: "lists", lines: listLines, entries: listEntries } as const] : []),
    ...(fields.size > 0 ? [{ key: "custom_fields", lines: fieldLines } as const] : []),
  ];
}

/** Replaces the indent of two spaces that entries are formatted with. */
function indented(text: string, indent: string): string {
  return indent === "  " ? text : text.replaceAll(/^ {2}(?=.)/gm, indent);
}
