import { join } from "node:path";
import { createAtomicFile, makePrivateDirectory, systemDisk, type WritableDisk } from "../fs/atomic-file.ts";
import { isDiskFull, reasonOf } from "../fs/disk.ts";
import type { SyncedContacts, SyncedHash } from "../model/change.ts";
import { type Diagnostic, generalWarning } from "../model/diagnostic.ts";
import { isJsonObject } from "../model/json-object.ts";
import { decodeCachedContacts, encodeCachedContacts } from "./cached-contacts.ts";
import type { AvatarCache } from "./compare-avatars.ts";
import type { CachedContacts } from "./contact-search.ts";
import type { ReadingCache } from "./read-remote-state.ts";
import { SyncedContactFile } from "./synced-contacts.ts";

type SyncedEntries = Iterable<readonly [id: string, hashes: readonly SyncedHash[]]>;

/** Stores data between runs in files that may be deleted at any time. */
export interface Cache extends AvatarCache, ReadingCache {
  /** Returns the hashes of the company's contacts and accounts when they were last in sync. */
  getSyncedHashes(companyId: string): SyncedContacts;
  /** Stores hashes after an apply. If the file is full, they replace the oldest hashes. */
  storeSyncedHashes(companyId: string, entries: SyncedEntries): void;
  /**
   * Stores hashes of contacts and accounts that are in sync. If the file is full, ignores new contacts and accounts.
   */
  addSyncedHashes(companyId: string, entries: SyncedEntries): void;
  /** Writes the changes. Does not throw an error; if they cannot be written, `failure` contains the reason. */
  save(): Promise<void>;
  readonly failure: string | undefined;
}

interface CacheFile {
  readonly version: 1;
  /** Hashes of local files, by `avatar_url`, which changes with every upload (docs/front.md#avatars). */
  readonly pictures: Readonly<Record<string, string>>;
  /** Number of contacts when all of them were last read, by company ID. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Estimated number of contacts according to later runs that did not read all of them, by company ID. */
  readonly estimates?: Readonly<Record<string, number>>;
}

/**
 * Opens the cache in `.front-contacts` in the contacts directory. With `readOnly`, nothing is written to the cache. Does
 * not throw an error if a file of the cache is missing or invalid.
 */
export async function openCache(
  contactsDirectory: string,
  disk: WritableDisk = systemDisk,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): Promise<Cache> {
  return new CacheFiles(contactsDirectory, disk, readOnly);
}

class CacheFiles implements Cache {
  failure: string | undefined;
  readonly #contactsDirectory: string;
  readonly #disk: WritableDisk;
  readonly #readOnly: boolean;
  readonly #pictures: Map<string, string>;
  readonly #counts: Map<string, number>;
  readonly #estimates: Map<string, number>;
  #changed = false;
  readonly #syncedContacts = new Map<string, SyncedContactFile>();
  readonly #changedCompanies = new Set<string>();

  constructor(contactsDirectory: string, disk: WritableDisk, readOnly: boolean) {
    this.#contactsDirectory = contactsDirectory;
    this.#disk = disk;
    this.#readOnly = readOnly;
    const { pictures, counts, estimates } = this.#read("cache", decodeCache) ?? EMPTY_CACHE;
    this.#pictures = new Map(Object.entries(pictures).filter(([, sha256]) => isHash(sha256)));
    this.#counts = readCounts(counts);
    this.#estimates = readCounts(estimates);
  }

  #path(name: string): string {
    return join(this.#contactsDirectory, ".front-contacts", `${name}.json`);
  }

  getContactCount(companyId: string): number | undefined {
    return this.#counts.get(companyId);
  }

  storeContactCount(companyId: string, contacts: number): void {
    this.#changed ||= this.#counts.get(companyId) !== contacts || this.#estimates.has(companyId);
    this.#counts.set(companyId, contacts);
    this.#estimates.delete(companyId);
  }

  getEstimatedCount(companyId: string): number | undefined {
    return this.#estimates.get(companyId);
  }

  storeEstimatedCount(companyId: string, contacts: number): void {
    if (contacts <= (this.#counts.get(companyId) ?? 0) || contacts === this.#estimates.get(companyId)) return;
    this.#estimates.set(companyId, contacts);
    this.#changed = true;
  }

  async loadContacts(companyId: string): Promise<CachedContacts | undefined> {
    return this.#read(`reading-${companyId}`, decodeCachedContacts);
  }

  async storeContacts(companyId: string, contacts: CachedContacts): Promise<void> {
    this.#write(`reading-${companyId}`, encodeCachedContacts(contacts));
  }

  getHash(url: string): string | undefined {
    return this.#pictures.get(url);
  }

  storeHash(url: string, sha256: string): void {
    this.#changed ||= this.#pictures.get(url) !== sha256;
    this.#pictures.set(url, sha256);
  }

  getSyncedHashes(companyId: string): SyncedContactFile {
    const contacts =
      this.#syncedContacts.get(companyId) ??
      this.#read(`in-sync-${companyId}`, SyncedContactFile.decode) ??
      SyncedContactFile.decode("");
    this.#syncedContacts.set(companyId, contacts);
    return contacts;
  }

  storeSyncedHashes(companyId: string, entries: SyncedEntries): void {
    if (this.getSyncedHashes(companyId).store(entries, { evict: true })) this.#changedCompanies.add(companyId);
  }

  addSyncedHashes(companyId: string, entries: SyncedEntries): void {
    if (this.getSyncedHashes(companyId).store(entries, { evict: false })) this.#changedCompanies.add(companyId);
  }

  async save(): Promise<void> {
    for (const companyId of this.#changedCompanies) {
      this.#write(`in-sync-${companyId}`, this.getSyncedHashes(companyId).encode());
    }
    this.#changedCompanies.clear();
    if (!this.#changed) return;
    const content: CacheFile = {
      version: 1,
      pictures: Object.fromEntries(this.#pictures),
      counts: Object.fromEntries(this.#counts),
      ...(this.#estimates.size === 0 ? {} : { estimates: Object.fromEntries(this.#estimates) }),
    };
    this.#write("cache", `${JSON.stringify(content, null, 2)}\n`);
  }

  /** Returns undefined if the file is missing or invalid. */
  #read<T>(name: string, decode: (text: string) => T): T | undefined {
    try {
      return decode(this.#disk.read(this.#path(name)));
    } catch {
      return undefined;
    }
  }

  /** Stores the reason for the first failure instead of throwing an error. */
  #write(name: string, text: string | Generator<string>): void {
    if (this.#readOnly) return;
    try {
      makePrivateDirectory(this.#contactsDirectory, this.#disk);
      createAtomicFile(this.#path(name), this.#disk).finish(text);
    } catch (error) {
      this.failure ??= reasonOf(error);
    }
  }
}

export function cacheNotWritten(directory: string, reason: string): Diagnostic {
  const summary = `The cache in "${join(directory, ".front-contacts")}" cannot be written (${reason})`;
  const advice = `This does not affect the result of this run, but the next run sends more requests and may upload pictures again. ${isDiskFull(reason) ? "Free some disk space." : "Make sure that the path is a writable directory."}`;
  return generalWarning("cache-not-written", summary, advice);
}

const EMPTY_CACHE: CacheFile = { version: 1, pictures: {} };

/** Returns undefined if the JSON is not a cache of this version. Throws a `SyntaxError` if the text is not JSON. */
function decodeCache(text: string): CacheFile | undefined {
  const file: unknown = JSON.parse(text);
  const isValid = isJsonObject(file) && file["version"] === 1 && isJsonObject(file["pictures"]);
  return isValid ? (file as unknown as CacheFile) : undefined;
}

function readCounts(counts: unknown): Map<string, number> {
  const entries = isJsonObject(counts) ? Object.entries(counts) : [];
  return new Map(entries.filter((entry): entry is [string, number] => isCount(entry[1])));
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
