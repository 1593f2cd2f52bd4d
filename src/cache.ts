import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PictureMemory } from "./read.ts";

/** What is remembered between runs, kept in a file that may be deleted at any time. */
export interface Cache extends PictureMemory {
  /** Writes what was learnt. Never fails the run: a cache that cannot be written is a cache that is not there. */
  save(): Promise<void>;
}

interface CacheFile {
  readonly version: 1;
  /** Hash of our file by `avatar_url`, which Front changes with every upload (front-api.md 7). */
  readonly pictures: Readonly<Record<string, string>>;
}

/** Opens the cache beside the files: `.front-contacts/cache.json` in the contacts directory. */
export async function openCache(contactsDirectory: string): Promise<Cache> {
  const path = join(contactsDirectory, ".front-contacts", "cache.json");
  const pictures = new Map(Object.entries(await readPictures(path)));
  let changed = false;
  return {
    known: (url) => pictures.get(url),
    remember(url, sha256) {
      changed ||= pictures.get(url) !== sha256;
      pictures.set(url, sha256);
    },
    async save() {
      if (!changed) return;
      const content: CacheFile = { version: 1, pictures: Object.fromEntries(pictures) };
      await writeAtomically(path, `${JSON.stringify(content, null, 2)}\n`).catch(() => undefined);
    },
  };
}

/** Anything but a cache of this version is as good as none. */
async function readPictures(path: string): Promise<Readonly<Record<string, string>>> {
  try {
    const file = JSON.parse(await readFile(path, "utf8")) as Partial<CacheFile>;
    const pictures = file.version === 1 ? Object.entries(file.pictures ?? {}) : [];
    return Object.fromEntries(pictures.filter(([, sha256]) => isHash(sha256)));
  } catch {
    return {};
  }
}

function isHash(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

async function writeAtomically(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
