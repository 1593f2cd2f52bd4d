import { join } from "node:path";
import { createAtomicFile, makePrivateDirectory, systemDisk, type WritableDisk } from "../fs/atomic-file.ts";
import { isDiskFull, reasonOf } from "../fs/disk.ts";
import type { SyncedContacts, SyncedHash } from "../model/change.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isJsonObject } from "../model/json-object.ts";
import { encodeCachedContacts, readCachedContacts } from "./cached-contacts.ts";
import type { AvatarCache } from "./compare-pictures.ts";
import type { ReadingCache } from "./read-remote-state.ts";
import { SyncedContactFile } from "./synced-contacts.ts";

/** Stores data between runs in files that may be deleted at any time. */
export interface Cache extends AvatarCache, ReadingCache {
  /** Returns the hashes of the company's contacts and accounts when they were last in sync. */
  getSyncedContacts(companyId: string): SyncedContacts;
  /**
   * Stores the hashes of contacts and accounts after an apply. If the file is full, the new hashes replace the oldest
   * hashes.
   */
  storeSyncedHashes(companyId: string, contacts: Iterable<readonly [id: string, hashes: readonly SyncedHash[]]>): void;
  /**
   * Stores the hashes of contacts and accounts that are in sync. If the file is full, does not add hashes of other
   * contacts.
   */
  addSyncedHashes(companyId: string, contacts: Iterable<readonly [id: string, hashes: readonly SyncedHash[]]>): void;
  /** Writes the changes. Does not throw an error; if the changes cannot be written, `failure` contains the reason. */
  save(): Promise<void>;
  /** The reason why data could not be written; undefined if all data was written. */
  readonly failure: string | undefined;
}

interface CacheFile {
  readonly version: 1;
  /** Hashes of local files, by `avatar_url`, which changes with every upload (docs/front.md#avatars). */
  readonly pictures: Readonly<Record<string, string>>;
  /** The hashes of contacts in sync, in caches of earlier versions. */
  readonly applied?: Readonly<Record<string, unknown>>;
  /** Number of contacts when all of them were last read, by company id. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Estimated number of contacts since then, by company id. */
  readonly estimates?: Readonly<Record<string, number>>;
}

/**
 * Opens the cache in the directory `.front-contacts` of the contacts directory. Most data is in `cache.json`. The
 * contacts of the last run are in a separate file, because it is large and few runs need it.
 */
export async function openCache(
  contactsDirectory: string,
  disk: WritableDisk = systemDisk,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): Promise<Cache> {
  const directory = join(contactsDirectory, ".front-contacts");
  const path = join(directory, "cache.json");
  const syncPath = (companyId: string) => join(directory, `in-sync-${companyId}.json`);
  const readingPath = (companyId: string) => join(directory, `reading-${companyId}.json`);
  const file = readCache(path, disk);
  const pictures = new Map(Object.entries(file.pictures).filter(([, sha256]) => isHash(sha256)));
  const companies = new Map<string, SyncedContactFile>();
  const changedCompanies = new Set<string>();
  const counts = new ContactCounts(file);
  let changed = false;
  const writer = new CacheWriter(contactsDirectory, disk, readOnly);
  function getSyncedContacts(companyId: string): SyncedContactFile {
    const contacts =
      companies.get(companyId) ??
      readSyncedContacts(syncPath(companyId), disk) ??
      SyncedContactFile.fromObject(file.applied?.[companyId]);
    companies.set(companyId, contacts);
    return contacts;
  }
  return {
    get failure() {
      return writer.failure;
    },
    getContactCount: (companyId) => counts.known.get(companyId),
    storeContactCount(companyId, contacts) {
      changed = counts.setKnown(companyId, contacts) || changed;
    },
    getEstimatedCount: (companyId) => counts.estimates.get(companyId),
    storeEstimatedCount(companyId, contacts) {
      changed = counts.setEstimate(companyId, contacts) || changed;
    },
    loadContacts: async (companyId) => readCachedContacts(readingPath(companyId), disk),
    async storeContacts(companyId, reading) {
      writer.write(readingPath(companyId), encodeCachedContacts(reading));
    },
    getHash: (url) => pictures.get(url),
    storeHash(url, sha256) {
      changed ||= pictures.get(url) !== sha256;
      pictures.set(url, sha256);
    },
    getSyncedContacts,
    storeSyncedHashes(companyId, contacts) {
      if (getSyncedContacts(companyId).store(contacts, { evict: true })) changedCompanies.add(companyId);
    },
    addSyncedHashes(companyId, contacts) {
      if (getSyncedContacts(companyId).store(contacts, { evict: false })) changedCompanies.add(companyId);
    },
    async save() {
      for (const companyId of changedCompanies)
        writer.write(syncPath(companyId), getSyncedContacts(companyId).encode());
      changedCompanies.clear();
      if (!changed) return;
      const content: CacheFile = {
        version: 1,
        pictures: Object.fromEntries(pictures),
        ...(file.applied === undefined ? {} : { applied: file.applied }),
        ...counts.encode(),
      };
      writer.write(path, `${JSON.stringify(content, null, 2)}\n`);
    },
  };
}

/** The number of contacts of each company, and estimates. */
class ContactCounts {
  readonly known: Map<string, number>;
  readonly estimates: Map<string, number>;

  constructor({ counts, estimates }: CacheFile) {
    this.known = readCounts(counts);
    this.estimates = readCounts(estimates);
  }

  /** Sets the number of contacts and deletes the estimate. Returns whether this is a change. */
  setKnown(companyId: string, contacts: number): boolean {
    const isChange = this.known.get(companyId) !== contacts || this.estimates.has(companyId);
    this.known.set(companyId, contacts);
    this.estimates.delete(companyId);
    return isChange;
  }

  /** Sets an estimate if it is higher than the known number of contacts. Returns whether this is a change. */
  setEstimate(companyId: string, contacts: number): boolean {
    if (contacts <= (this.known.get(companyId) ?? 0) || contacts === this.estimates.get(companyId)) return false;
    this.estimates.set(companyId, contacts);
    return true;
  }

  encode(): Pick<CacheFile, "counts" | "estimates"> {
    const { known, estimates } = this;
    return {
      counts: Object.fromEntries(known),
      ...(estimates.size === 0 ? {} : { estimates: Object.fromEntries(estimates) }),
    };
  }
}

/** Writes the files of a cache. Stores the reason for the first failure instead of throwing an error. */
class CacheWriter {
  readonly #contactsDirectory: string;
  readonly #disk: WritableDisk;
  readonly #readOnly: boolean;
  failure: string | undefined;

  constructor(contactsDirectory: string, disk: WritableDisk, readOnly: boolean) {
    this.#contactsDirectory = contactsDirectory;
    this.#disk = disk;
    this.#readOnly = readOnly;
  }

  write(path: string, text: string | Generator<string>): void {
    if (this.#readOnly) return;
    try {
      makePrivateDirectory(this.#contactsDirectory, this.#disk);
      createAtomicFile(path, this.#disk).finish(text);
    } catch (error) {
      this.failure ??= reasonOf(error);
    }
  }
}

/** Returns a warning that a run could not write its cache. */
export function cacheNotWritten(directory: string, reason: string): Diagnostic {
  return {
    severity: "warning",
    code: "cache-not-written",
    summary: `The cache in "${join(directory, ".front-contacts")}" cannot be written (${reason})`,
    advice: `The result of this run is complete, but the next one sends more requests and may upload pictures again. ${isDiskFull(reason) ? "Free some disk space." : "Make the directory writable, or delete it."}`,
  };
}

const EMPTY_CACHE: CacheFile = { version: 1, pictures: {} };

/** Returns the content of a file of this version; undefined for any other file. */
function readContent(path: string, disk: WritableDisk): Readonly<Record<string, unknown>> | undefined {
  try {
    const file: unknown = JSON.parse(disk.read(path));
    return isJsonObject(file) && file["version"] === 1 ? file : undefined;
  } catch {
    return undefined;
  }
}

function readCache(path: string, disk: WritableDisk): CacheFile {
  const file = readContent(path, disk);
  return isJsonObject(file?.["pictures"]) ? (file as unknown as CacheFile) : EMPTY_CACHE;
}

/** Returns the content of a file; undefined if the file cannot be read. */
function readSyncedContacts(path: string, disk: WritableDisk): SyncedContactFile | undefined {
  try {
    return SyncedContactFile.decode(disk.read(path));
  } catch {
    return undefined;
  }
}

function entriesOf(value: unknown): [string, unknown][] {
  return isJsonObject(value) ? Object.entries(value) : [];
}

function readCounts(counts: unknown): Map<string, number> {
  return new Map(entriesOf(counts).filter((entry): entry is [string, number] => isCount(entry[1])));
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
