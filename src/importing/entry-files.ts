import { posix } from "node:path";
import { type DiskWriter, FileChangedError } from "../fs/disk-writer.ts";
import { LIMITS } from "../model/limits.ts";
import { formatInline } from "../yaml/format-text.ts";
import { type Addition, appendTo } from "./append-entries.ts";
import { MOST_ENTRY_BYTES } from "./entry-check.ts";
import { declarationText, type Entry, entryText } from "./entry-text.ts";

export interface EntryFilesOptions {
  /** The file that entries go into, continued under `NAME-2.yaml` and so on; or the directory for one file a contact. */
  readonly location: { readonly file: string } | { readonly directory: string };
  /** What the files say so far, by path. Only what is here may be added to. */
  readonly sources: ReadonlyMap<string, string>;
  /** How many contacts each of these has. */
  readonly counts: ReadonlyMap<string, number>;
  readonly writer: DiskWriter;
  /** What a new file begins with: a line with its end, or nothing. */
  readonly headline: (path: string) => string;
  /** Names of the custom fields that some file declares; undefined when fields are better not declared at all. */
  readonly fields: ReadonlySet<string> | undefined;
  /** Names of the lists that some file declares; undefined when lists need not be declared. */
  readonly lists: ReadonlySet<string> | undefined;
  /** Told of a file that could not be added to, so that its entries went into the next one. */
  readonly onPassedOver: (path: string, reason: string) => void;
}

/** With room for a thousand lists and custom fields that a file declares. */
const BYTES_PER_VALUE = MOST_ENTRY_BYTES / (LIMITS.values - 2000);

/** Puts new entries into files that stay within their bounds. Holds one file in memory, and writes it when it is full. */
export class EntryFiles {
  readonly #options: EntryFilesOptions;
  readonly #written: string[] = [];
  readonly #declaredFields: Set<string>;
  readonly #declaredLists: Set<string>;
  /** Where one file a contact leaves no place for what all of them need. */
  #company = newCompany();
  #draft: Draft | undefined;

  constructor(options: EntryFilesOptions) {
    this.#options = options;
    this.#declaredFields = new Set(options.fields);
    this.#declaredLists = new Set(options.lists);
  }

  /** In the order in which they were written. */
  get written(): readonly string[] {
    return this.#written;
  }

  /** The directory that the next entry's file is in. */
  get directory(): string {
    const { location } = this.#options;
    return "directory" in location ? location.directory : posix.dirname(location.file);
  }

  /** Adds an entry that passed `objectToEntry`. */
  add(key: string, entry: Entry): void {
    const { location } = this.#options;
    if ("directory" in location) this.#writeAlone(key, entry, location.directory);
    else this.#collect(entryText(key, entry), entry, location.file);
  }

  /** Writes what is still in memory. */
  finish(): void {
    const draft = this.#draft;
    this.#draft = undefined;
    if (draft === undefined || draft.texts.length === 0) return;
    if (draft.before === undefined) this.#createNext(draft);
    else if (!this.#append(draft, draft.before)) this.#createNext(draft);
  }

  #append(draft: Draft, before: string): boolean {
    const after = appendTo(before, additions(draft));
    if (after === undefined) {
      this.#options.onPassedOver(draft.path, "could not be added to safely");
      return false;
    }
    try {
      this.#options.writer.replace(draft.path, before, after);
    } catch (error) {
      if (!(error instanceof FileChangedError)) throw error;
      this.#options.onPassedOver(draft.path, "changed while the import was running, and was left as it is");
      return false;
    }
    this.#written.push(draft.path);
    return true;
  }

  /** Writes the entries to the first path that is free, from that of the draft on. */
  #createNext(draft: Draft): void {
    this.#create(this.#base(draft.path), (path) => this.#newText(path, draft));
  }

  /** The file that was asked for, of which a draft may be a continuation. */
  #base(path: string): string {
    const { location } = this.#options;
    return "file" in location ? location.file : path;
  }

  #collect(text: string, entry: Entry, file: string): void {
    const added = this.#undeclaredBy(entry);
    const size = sizeOf(text) + 1 + sizeOfDeclarations(added);
    if (this.#draft !== undefined && !hasRoom(this.#draft, size, added)) this.finish();
    this.#draft ??= this.#begin(file, size);
    const draft = this.#draft;
    draft.texts.push(text);
    draft.bytes += size;
    draft.count += 1;
    this.#declare(added, draft);
  }

  /** The fields and lists of an entry that no file declares yet. */
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

  /** The first file of the row that has room. What was written in this run is full, and what was not read is not ours. */
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

  #newText(path: string, draft: Draft): string {
    const parts = additions(draft).map(({ key, lines }) => `${key}:\n${lines("  ")}`);
    return `${this.#options.headline(path)}${parts.join("\n")}`;
  }

  #writeAlone(key: string, entry: Entry, directory: string): void {
    const added = this.#undeclaredBy(entry);
    if (!hasRoomForDeclarations(this.#company, added)) this.#company = newCompany();
    this.#declare(added, this.#company);
    this.#writeCompany(directory);
    const text = entryText(key, entry);
    this.#create(posix.join(directory, `${key}.yaml`), (path) => `${this.#options.headline(path)}contacts:\n${text}`);
  }

  /** Before the contact that needs it, so that the files are valid at every moment. */
  #writeCompany(directory: string): void {
    const company = this.#company;
    const count = company.fields.size + company.lists.size;
    if (count === company.count) return;
    company.count = count;
    const parts = declarations(company).map(({ key, lines }) => `${key}:\n${lines("  ")}`);
    const textAt = (path: string) => `${this.#options.headline(path)}${parts.join("\n")}`;
    const { written } = company;
    if (written === undefined) {
      company.written = this.#create(posix.join(directory, "company.yaml"), textAt);
      return;
    }
    const after = textAt(written.path);
    this.#options.writer.replace(written.path, written.text, after);
    company.written = { path: written.path, text: after };
  }

  /** Writes a new file at a path, or under the next number while there is a file already. */
  #create(base: string, textAt: (path: string) => string): { readonly path: string; readonly text: string } {
    const { sources, writer } = this.#options;
    for (let number = 1; ; number += 1) {
      const path = numbered(base, number);
      if (sources.has(path) || writer.exists(path)) continue;
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

interface Declarations {
  /** Types by name. */
  readonly fields: Map<string, string>;
  readonly lists: Set<string>;
}

const NOTHING: Declarations = { fields: new Map(), lists: new Set() };

interface Draft extends Declarations {
  readonly path: string;
  /** What the file says already. */
  readonly before: string | undefined;
  readonly texts: string[];
  bytes: number;
  count: number;
}

/** Where one file for each contact leaves no place for what all of them need. */
interface Company extends Declarations {
  /** As last written. */
  written?: { readonly path: string; readonly text: string };
  /** How many declarations were written. */
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
  return count < LIMITS.contacts && bytes + size <= MOST_ENTRY_BYTES && hasRoomForDeclarations(draft, added);
}

function hasRoomForDeclarations({ lists, fields }: Declarations, added: Declarations): boolean {
  return lists.size + added.lists.size <= LIMITS.entries && fields.size + added.fields.size <= LIMITS.entries;
}

/** `people-2.yaml` out of `people.yaml`. */
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
  const fieldLines = (indent: string) =>
    [...fields].map(([name, type]) => declarationText(name, type, indent)).join("");
  return [
    ...(lists.size > 0 ? [{ key: "lists", lines: listLines } as const] : []),
    ...(fields.size > 0 ? [{ key: "custom_fields", lines: fieldLines } as const] : []),
  ];
}

/** Entries are made for two blanks. */
function indented(text: string, indent: string): string {
  return indent === "  " ? text : text.replaceAll(/^ {2}(?=.)/gm, indent);
}
