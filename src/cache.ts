import { join } from "node:path";
import { systemDisk, type WritableDisk, writeWhole } from "./draft-file.ts";
import type { Applied, Marks } from "./drift.ts";
import type { PictureMemory } from "./read.ts";

/** What is remembered between runs, kept in a file that may be deleted at any time. */
export interface Cache extends PictureMemory {
  /** What contacts of this company were after the last apply from here. */
  applied(companyId: string): Applied;
  /** Takes the place of what was remembered of these contacts. */
  rememberApplied(companyId: string, contacts: Applied): void;
  /** Writes what was learnt. Never fails the run: a cache that cannot be written is a cache that is not there. */
  save(): Promise<void>;
}

interface CacheFile {
  readonly version: 1;
  /** Hash of our file by `avatar_url`, which Front changes with every upload (front-api.md 7). */
  readonly pictures: Readonly<Record<string, string>>;
  /** Hashes of values by their place in the contact, by contact, by company. */
  readonly applied?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
}

/** Opens the cache beside the files: `.front-contacts/cache.json` in the contacts directory. */
export async function openCache(contactsDirectory: string, disk: WritableDisk = systemDisk): Promise<Cache> {
  const path = join(contactsDirectory, ".front-contacts", "cache.json");
  const file = readCache(path, disk);
  const pictures = new Map(Object.entries(file.pictures).filter(([, sha256]) => isHash(sha256)));
  const companies = readApplied(file.applied ?? {});
  let changed = false;
  return {
    known: (url) => pictures.get(url),
    remember(url, sha256) {
      changed ||= pictures.get(url) !== sha256;
      pictures.set(url, sha256);
    },
    applied: (companyId) => companies.get(companyId) ?? new Map(),
    rememberApplied(companyId, contacts) {
      if (contacts.size === 0) return;
      changed = true;
      companies.set(companyId, new Map([...(companies.get(companyId) ?? []), ...contacts]));
    },
    async save() {
      if (!changed) return;
      const content: CacheFile = { version: 1, pictures: Object.fromEntries(pictures), applied: plain(companies) };
      try {
        writeWhole(path, `${JSON.stringify(content, null, 2)}\n`, disk);
      } catch {
        /** What could not be kept is asked for again next time. */
      }
    },
  };
}

const NOTHING: CacheFile = { version: 1, pictures: {} };

/** Anything but a cache of this version is as good as none. */
function readCache(path: string, disk: WritableDisk): CacheFile {
  try {
    const file: unknown = JSON.parse(disk.read(path));
    return isObject(file) && file["version"] === 1 && isObject(file["pictures"])
      ? (file as unknown as CacheFile)
      : NOTHING;
  } catch {
    return NOTHING;
  }
}

function readApplied(written: unknown): Map<string, Applied> {
  return new Map(entriesOf(written).map(([company, contacts]) => [company, readContacts(contacts)]));
}

function readContacts(written: unknown): Applied {
  return new Map(
    entriesOf(written).map(([id, marks]): [string, Marks] => [
      id,
      new Map(entriesOf(marks).filter((mark): mark is [string, string] => isHash(mark[1]))),
    ]),
  );
}

function plain(companies: ReadonlyMap<string, Applied>): NonNullable<CacheFile["applied"]> {
  return Object.fromEntries(
    [...companies].map(([company, contacts]) => [
      company,
      Object.fromEntries([...contacts].map(([id, marks]) => [id, Object.fromEntries(marks)])),
    ]),
  );
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
