import type { Company } from "../front/api.ts";
import { parseLosslessJson, stringifyLosslessJson } from "../front/json.ts";
import { LineFile, type LineRange } from "../fs/line-file.ts";
import { UserError } from "../model/user-error.ts";
import type { SeedPart } from "./seed-parts.ts";

export interface SnapshotHeader {
  readonly format: 1;
  readonly company: Company;
  /** ISO 8601. */
  readonly startedAt: string;
}

interface Page {
  readonly listing: string;
  readonly items: readonly unknown[];
  /** The token of the next page; null on the last page. */
  readonly next: string | null;
}

export interface CopiedPicture {
  readonly type: string;
  readonly base64: string;
}

type Line =
  | { readonly header: SnapshotHeader }
  | Page
  /** Discards all earlier pages of a listing. */
  | { readonly restart: string }
  /** A listing that the token cannot read, and the reason that Front returned. */
  | { readonly denied: string; readonly reason?: string }
  /** The picture of the contact with this ID; only the ID if the picture cannot be downloaded. */
  | ({ readonly avatar: string } & Partial<CopiedPicture>);

interface Listing {
  readonly pages: LineRange[];
  next: string | null | undefined;
  itemCount: number;
}

/**
 * A file with the pages read for a snapshot, to continue the snapshot after an interruption. Keeps only IDs and the
 * ranges of lines in memory.
 */
export class PartialSnapshot {
  readonly #file: LineFile;
  readonly #listings = new Map<string, Listing>();
  readonly #denied = new Map<string, string>();
  /** The reasons that Front returned, by listing. */
  readonly unreadableListings: ReadonlyMap<string, string> = this.#denied;
  /** By contact ID. Undefined for a picture that cannot be downloaded. */
  readonly #avatars = new Map<string, LineRange | undefined>();
  readonly #contactIds = new Set<string>();
  readonly contactIds: ReadonlySet<string> = this.#contactIds;
  #header: SnapshotHeader | undefined;

  /** Throws a `UserError` if the file is not a partial snapshot. */
  constructor(path: string) {
    this.#file = new LineFile(path);
    for (const { text, range } of this.#file.lines()) this.#index(parseLine(path, text), range);
  }

  /** Undefined in a new file. */
  get header(): SnapshotHeader | undefined {
    return this.#header;
  }

  begin(header: SnapshotHeader): void {
    this.#file.clear();
    for (const index of [this.#listings, this.#denied, this.#avatars, this.#contactIds]) index.clear();
    this.append({ header });
  }

  /** Returns null after the last page, and undefined before the first. */
  nextTokenOf(listing: string): string | null | undefined {
    return this.#listings.get(listing)?.next;
  }

  countOf(listing: string): number {
    return this.#listings.get(listing)?.itemCount ?? 0;
  }

  hasAvatar(contactId: string): boolean {
    return this.#avatars.has(contactId);
  }

  get avatarCount(): number {
    return [...this.#avatars.values()].filter(Boolean).length;
  }

  avatarOf(contactId: string): CopiedPicture | undefined {
    const range = this.#avatars.get(contactId);
    if (range === undefined) return undefined;
    const { type, base64 } = parseLosslessJson(this.#file.read(range)) as CopiedPicture;
    return { type, base64 };
  }

  /** Yields the items of a listing in order: parts of a seed, IDs, or skipped items. Reads one page at a time. */
  *items<T = SeedPart>(listing: string): Generator<T> {
    for (const range of this.#listings.get(listing)?.pages ?? []) {
      const { items } = parseLosslessJson(this.#file.read(range)) as { readonly items: readonly T[] };
      yield* items;
    }
  }

  close(): void {
    this.#file.close();
  }

  remove(): void {
    this.#file.remove();
  }

  append(line: Line): void {
    this.#index(line, this.#file.append(stringifyLosslessJson(line)));
  }

  #index(line: Line, range: LineRange): void {
    if ("header" in line) this.#header = line.header;
    else if ("denied" in line) this.#denied.set(line.denied, line.reason ?? "");
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
    const line = parseLosslessJson(text);
    const keys = ["header", "listing", "restart", "denied", "avatar"];
    if (typeof line === "object" && line !== null && keys.some((key) => key in line)) return line as Line;
  } catch {
    // Text that is not JSON causes the same error as JSON that is not a line of a partial snapshot.
  }
  throw notPartial(path);
}

export function notPartial(path: string): UserError {
  return new UserError("snapshot-not-partial", `"${path}" is not a partial snapshot`, {
    advice: "Delete the file, or use another file name for the snapshot.",
  });
}
