import type { Company } from "../front/api.ts";
import { parseJson, textOfJson } from "../front/json.ts";
import { LineFile, type LineRange } from "../fs/line-file.ts";
import { UserError } from "../model/user-error.ts";
import type { SeedPart } from "./seed-parts.ts";

/** The content of the first line of a partial snapshot. */
export interface SnapshotHeader {
  readonly format: 1;
  readonly company: Company;
  /** Time of the start in ISO 8601. */
  readonly startedAt: string;
}

/** A page of a listing. `next` is the token of the next page; null on the last page. */
interface Page {
  readonly listing: string;
  readonly items: readonly unknown[];
  readonly next: string | null;
}

/** The content of a line. */
type Entry =
  | { readonly header: SnapshotHeader }
  | Page
  /** Discards all earlier pages of a listing. */
  | { readonly restart: string }
  /** A listing that the token may not read. */
  | { readonly denied: string }
  /** The picture of the contact with this id; without `base64` if it cannot be downloaded. */
  | { readonly avatar: string; readonly type?: string; readonly base64?: string };

interface Listing {
  readonly pages: LineRange[];
  /** The token of the next page; null if the listing is complete. */
  next: string | null | undefined;
  itemCount: number;
}

/** A picture: its content type and base64 content. */
export interface CopiedAvatar {
  readonly type: string;
  readonly base64: string;
}

/**
 * A file with the pages that were read for a snapshot, so that an interrupted snapshot can be continued. Keeps only the
 * ranges of pages in the file and the ids of contacts in memory.
 */
export class PartialSnapshot {
  readonly #file: LineFile;
  readonly #listings = new Map<string, Listing>();
  readonly #denied = new Set<string>();
  readonly #avatars = new Map<string, LineRange | undefined>();
  readonly #contactIds = new Set<string>();
  #header: SnapshotHeader | undefined;

  /** Opens the file and reads it. Throws a `UserError` if it is not a partial snapshot. */
  constructor(path: string) {
    this.#file = new LineFile(path);
    for (const { text, range } of this.#file.lines()) this.#index(parseEntry(path, text), range);
  }

  /** The header; undefined in a new file. */
  get header(): SnapshotHeader | undefined {
    return this.#header;
  }

  /** The ids of the contacts read so far. */
  get contactIds(): ReadonlySet<string> {
    return this.#contactIds;
  }

  /** The listings that the token may not read. */
  get denied(): ReadonlySet<string> {
    return this.#denied;
  }

  /** Discards all content and starts a new snapshot. */
  begin(header: SnapshotHeader): void {
    this.#file.clear();
    for (const index of [this.#listings, this.#denied, this.#avatars, this.#contactIds]) index.clear();
    this.append({ header });
  }

  /** Returns the token of the next page of a listing; null if it is complete, undefined if it was not started. */
  nextOf(listing: string): string | null | undefined {
    return this.#listings.get(listing)?.next;
  }

  /** Returns the number of items of a listing. */
  countOf(listing: string): number {
    return this.#listings.get(listing)?.itemCount ?? 0;
  }

  /** Returns whether the avatar of a contact was requested. */
  hasAvatar(contactId: string): boolean {
    return this.#avatars.has(contactId);
  }

  /** Number of downloaded pictures. */
  get avatarCount(): number {
    return [...this.#avatars.values()].filter(Boolean).length;
  }

  /** Returns the picture of a contact; undefined if there is none. */
  avatarOf(contactId: string): CopiedAvatar | undefined {
    const range = this.#avatars.get(contactId);
    if (range === undefined) return undefined;
    const { type, base64 } = parseJson(this.#file.read(range)) as CopiedAvatar;
    return { type, base64 };
  }

  /** Yields the items of a listing in order: parts of a seed, or ids. Reads one page at a time. */
  *items<T = SeedPart>(listing: string): Generator<T> {
    for (const range of this.#listings.get(listing)?.pages ?? []) {
      const { items } = parseJson(this.#file.read(range)) as { readonly items: readonly T[] };
      yield* items;
    }
  }

  /** Closes the file and keeps it. */
  close(): void {
    this.#file.close();
  }

  /** Closes and deletes the file. */
  remove(): void {
    this.#file.remove();
  }

  /** Appends a line. */
  append(entry: Entry): void {
    this.#index(entry, this.#file.append(textOfJson(entry)));
  }

  #index(entry: Entry, range: LineRange): void {
    if ("header" in entry) this.#header = entry.header;
    else if ("denied" in entry) this.#denied.add(entry.denied);
    else if ("avatar" in entry) this.#avatars.set(entry.avatar, entry.base64 === undefined ? undefined : range);
    else if ("restart" in entry) this.#restart(entry.restart);
    else this.#indexPage(entry, range);
  }

  #restart(listing: string): void {
    this.#listings.delete(listing);
    if (listing === "contacts") this.#contactIds.clear();
  }

  #indexPage({ listing, items, next }: Page, range: LineRange): void {
    const indexed = this.#listings.get(listing) ?? { pages: [], next: undefined, itemCount: 0 };
    indexed.pages.push(range);
    indexed.next = next;
    indexed.itemCount += items.length;
    this.#listings.set(listing, indexed);
    if (listing === "contacts") for (const item of items) this.#contactIds.add((item as { id: string }).id);
  }
}

function parseEntry(path: string, line: string): Entry {
  try {
    const entry = parseJson(line);
    const keys = ["header", "listing", "restart", "denied", "avatar"];
    if (typeof entry === "object" && entry !== null && keys.some((key) => key in entry)) return entry as Entry;
  } catch {
    // The error is the same as for JSON that is not an entry.
  }
  throw notPartial(path);
}

/** Returns the error for a file that is not a partial snapshot. */
export function notPartial(path: string): UserError {
  return new UserError("snapshot-not-partial", `"${path}" is not a partial snapshot`, {
    advice: "Delete it, or name another file for the snapshot.",
  });
}
