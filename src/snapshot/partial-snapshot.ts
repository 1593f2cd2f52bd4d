import type { Company } from "../front/api.ts";
import { parseJson, textOfJson } from "../front/json.ts";
import { LineFile, type LineRange } from "../fs/line-file.ts";
import { UserError } from "../model/user-error.ts";
import type { SeedPart } from "./seed-parts.ts";

/** The first line of the file. */
export interface SnapshotHeader {
  readonly format: 1;
  readonly company: Company;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** One page of a listing. `next` is the token of the next page, or null on the last page. */
interface Page {
  readonly listing: string;
  readonly items: readonly unknown[];
  readonly next: string | null;
}

/** One line of the file. */
type Entry =
  | { readonly header: SnapshotHeader }
  | Page
  /** All pages of a listing so far are discarded. */
  | { readonly restart: string }
  /** The token may not read a listing. */
  | { readonly denied: string }
  /** The picture of a contact; without `base64` if it cannot be downloaded. */
  | { readonly avatar: string; readonly type?: string; readonly base64?: string };

interface Listing {
  readonly pages: LineRange[];
  next: string | null | undefined;
  items: number;
}

export interface CopiedAvatar {
  readonly type: string;
  readonly base64: string;
}

/**
 * Stores the pages that a snapshot has read in a file, so that an interrupted snapshot can be continued. Memory holds
 * only the range of each page in the file and the ids of contacts.
 */
export class PartialSnapshot {
  readonly #file: LineFile;
  readonly #listings = new Map<string, Listing>();
  readonly #denied = new Set<string>();
  readonly #avatars = new Map<string, LineRange | undefined>();
  readonly #contacts = new Set<string>();
  #header: SnapshotHeader | undefined;

  /** Opens the file and reads it. Throws a `UserError` if it is not a partial snapshot. */
  constructor(path: string) {
    this.#file = new LineFile(path);
    for (const { text, range } of this.#file.lines()) this.#index(entryIn(path, text), range);
  }

  /** Undefined in a new file. */
  get header(): SnapshotHeader | undefined {
    return this.#header;
  }

  get contacts(): ReadonlySet<string> {
    return this.#contacts;
  }

  get denied(): ReadonlySet<string> {
    return this.#denied;
  }

  /** Discards everything and starts over. */
  begin(header: SnapshotHeader): void {
    this.#file.clear();
    for (const kept of [this.#listings, this.#denied, this.#avatars, this.#contacts]) kept.clear();
    this.append({ header });
  }

  /** Returns the token of the next page; null if the listing is complete, undefined if it was not started. */
  nextOf(listing: string): string | null | undefined {
    return this.#listings.get(listing)?.next;
  }

  countOf(listing: string): number {
    return this.#listings.get(listing)?.items ?? 0;
  }

  hasAvatar(contactId: string): boolean {
    return this.#avatars.has(contactId);
  }

  /** Number of pictures. */
  get avatarCount(): number {
    return [...this.#avatars.values()].filter(Boolean).length;
  }

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

  close(): void {
    this.#file.close();
  }

  remove(): void {
    this.#file.remove();
  }

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
    if (listing === "contacts") this.#contacts.clear();
  }

  #indexPage({ listing, items, next }: Page, range: LineRange): void {
    const known = this.#listings.get(listing) ?? { pages: [], next: undefined, items: 0 };
    known.pages.push(range);
    known.next = next;
    known.items += items.length;
    this.#listings.set(listing, known);
    if (listing === "contacts") for (const item of items) this.#contacts.add((item as { id: string }).id);
  }
}

function entryIn(path: string, line: string): Entry {
  try {
    const entry = parseJson(line);
    const keys = ["header", "listing", "restart", "denied", "avatar"];
    if (typeof entry === "object" && entry !== null && keys.some((key) => key in entry)) return entry as Entry;
  } catch {
    // Invalid JSON has the same error as JSON that is not an entry.
  }
  throw notPartial(path);
}

export function notPartial(path: string): UserError {
  return new UserError("snapshot-not-partial", `${path} is not a partial snapshot`, {
    advice: "Delete it, or name another file for the snapshot.",
  });
}
