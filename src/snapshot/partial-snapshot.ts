import type { Company } from "../front/api.ts";
import { parseJson, textOfJson } from "../front/json.ts";
import { LineFile, type LineRange } from "../fs/line-file.ts";
import { UserError } from "../model/user-error.ts";
import type { SeedPart } from "./seed-parts.ts";

/** The first line of a partial snapshot. */
export interface SnapshotHeader {
  readonly format: 1;
  readonly company: Company;
  /** The start time in ISO 8601. */
  readonly startedAt: string;
}

/** A page of a listing. */
interface Page {
  readonly listing: string;
  readonly items: readonly unknown[];
  /** The token of the next page; null on the last page. */
  readonly next: string | null;
}

/** A picture, as its media type and its base64 content. */
export interface CopiedPicture {
  readonly type: string;
  readonly base64: string;
}

/** A line of the file. */
type Line =
  | { readonly header: SnapshotHeader }
  | Page
  /** Discards all earlier pages of a listing. */
  | { readonly restart: string }
  /** A listing that the token cannot read. */
  | { readonly denied: string }
  /** The picture of the contact with this id. Only the id is set if the picture cannot be downloaded. */
  | ({ readonly avatar: string } & Partial<CopiedPicture>);

interface Listing {
  /** The ranges of the pages in the file. */
  readonly pages: LineRange[];
  /** The token of the next page; null if the listing is complete. */
  next: string | null | undefined;
  itemCount: number;
}

/**
 * A file that contains the pages read for a snapshot, so that an interrupted snapshot can be continued. Keeps in memory
 * only the ids of contacts and the ranges of the pages in the file.
 */
export class PartialSnapshot {
  readonly #file: LineFile;
  readonly #listings = new Map<string, Listing>();
  readonly #denied = new Set<string>();
  /** The listings that the token cannot read. */
  readonly unreadableListings: ReadonlySet<string> = this.#denied;
  /** The ranges of the downloaded pictures, by contact id. Undefined for a picture that cannot be downloaded. */
  readonly #avatars = new Map<string, LineRange | undefined>();
  readonly #contactIds = new Set<string>();
  /** The ids of the contacts read so far. */
  readonly contactIds: ReadonlySet<string> = this.#contactIds;
  #header: SnapshotHeader | undefined;

  /** Opens and reads the file. Throws a `UserError` if it is not a partial snapshot. */
  constructor(path: string) {
    this.#file = new LineFile(path);
    for (const { text, range } of this.#file.lines()) this.#index(parseLine(path, text), range);
  }

  /** The header; undefined in a new file. */
  get header(): SnapshotHeader | undefined {
    return this.#header;
  }

  /** Discards all content and starts a new snapshot. */
  begin(header: SnapshotHeader): void {
    this.#file.clear();
    for (const index of [this.#listings, this.#denied, this.#avatars, this.#contactIds]) index.clear();
    this.append({ header });
  }

  /** Returns the token of the next page of a listing: null after the last page, undefined before the first. */
  nextTokenOf(listing: string): string | null | undefined {
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

  /** The number of downloaded pictures. */
  get avatarCount(): number {
    return [...this.#avatars.values()].filter(Boolean).length;
  }

  /** Returns the downloaded picture of a contact; undefined if there is none. */
  avatarOf(contactId: string): CopiedPicture | undefined {
    const range = this.#avatars.get(contactId);
    if (range === undefined) return undefined;
    const { type, base64 } = parseJson(this.#file.read(range)) as CopiedPicture;
    return { type, base64 };
  }

  /** Yields the items of a listing in order: parts of a seed, or ids. Reads one page at a time. */
  *items<T = SeedPart>(listing: string): Generator<T> {
    for (const range of this.#listings.get(listing)?.pages ?? []) {
      const { items } = parseJson(this.#file.read(range)) as { readonly items: readonly T[] };
      yield* items;
    }
  }

  /** Closes the file without deleting it. */
  close(): void {
    this.#file.close();
  }

  /** Closes and deletes the file. */
  remove(): void {
    this.#file.remove();
  }

  /** Appends a line to the file. */
  append(line: Line): void {
    this.#index(line, this.#file.append(textOfJson(line)));
  }

  #index(line: Line, range: LineRange): void {
    if ("header" in line) this.#header = line.header;
    else if ("denied" in line) this.#denied.add(line.denied);
    else if ("avatar" in line) this.#avatars.set(line.avatar, line.base64 === undefined ? undefined : range);
    else if ("restart" in line) this.#restart(line.restart);
    else this.#indexPage(line, range);
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

function parseLine(path: string, text: string): Line {
  try {
    const line = parseJson(text);
    const keys = ["header", "listing", "restart", "denied", "avatar"];
    if (typeof line === "object" && line !== null && keys.some((key) => key in line)) return line as Line;
  } catch {
    // Text that is not JSON causes the same error as JSON that is not a line of a partial snapshot.
  }
  throw notPartial(path);
}

/** Returns the error for a file that is not a partial snapshot. */
export function notPartial(path: string): UserError {
  return new UserError("snapshot-not-partial", `"${path}" is not a partial snapshot`, {
    advice: "Delete the file, or use another file name for the snapshot.",
  });
}
