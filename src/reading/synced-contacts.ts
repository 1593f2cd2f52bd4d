import type { SyncedContacts, SyncedHash, SyncedHashes } from "../model/change.ts";

/** Maximum number of contacts and accounts in a file, because each plan reads the whole file. */
const MAX_CONTACTS = 50_000;

/** Matches the ID of a contact or an account, followed by its hashes as JSON. */
const LINE = /^[a-z]+_\w+ \[.*\]$/;

/** Matches each path in the hashes of a line, as JSON. */
const PATH = /\[("(?:[^"\\]|\\.)*"),"/g;

/** Minimum number of characters in a piece of the file, except the last one. */
const PIECE_LENGTH = 100_000;

const HEADER = '{"version":2}';

/**
 * The hashes of a company's contacts and accounts, as lines of a file. Lines are decoded on demand, because decoded
 * hashes take several times the memory.
 */
export class SyncedContactFile implements SyncedContacts {
  #lines: Map<string, string>;

  private constructor(lines: Map<string, string>) {
    this.#lines = lines;
  }

  /** Drops invalid lines. */
  static decode(text: string): SyncedContactFile {
    const lines = new Map<string, string>();
    if (!text.startsWith(`${HEADER}\n`)) return new SyncedContactFile(lines);
    for (const line of text.split("\n")) {
      const end = line.indexOf(" ");
      if (LINE.test(line)) lines.set(line.slice(0, end), line.slice(end + 1));
    }
    return new SyncedContactFile(lines);
  }

  get(id: string): SyncedHashes | undefined {
    const line = this.#lines.get(id);
    return line === undefined ? undefined : decodeHashes(line);
  }

  hasHash(id: string, path: string): boolean {
    // A string in JSON cannot contain this text, because its quotes would be escaped.
    return this.#lines.get(id)?.includes(`[${JSON.stringify(path)},"`) ?? false;
  }

  findPaths<T>(values: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
    const found = new Map<string, T>();
    const byJson = new Map([...values].map(([path, value]) => [JSON.stringify(path), value]));
    for (const [id, line] of this.#lines) {
      for (const [, path = ""] of line.matchAll(PATH)) {
        const value = byJson.get(path);
        if (value !== undefined) found.set(id, value);
      }
    }
    return found;
  }

  hasRoomFor(id: string): boolean {
    return this.#lines.size < MAX_CONTACTS || this.#lines.has(id);
  }

  /**
   * Stores the hashes of contacts and accounts. Returns whether the file changed. If the file is full, ignores new
   * contacts and accounts; with `evict`, they replace those that changed least recently.
   */
  store(
    contacts: Iterable<readonly [id: string, hashes: readonly SyncedHash[]]>,
    { evict }: { readonly evict: boolean },
  ): boolean {
    let changed = false;
    for (const [id, hashes] of contacts) {
      const text = JSON.stringify(hashes);
      if (this.#lines.get(id) === text || !(evict || this.hasRoomFor(id))) continue;
      this.#lines.delete(id);
      this.#lines.set(id, text);
      changed = true;
    }
    if (this.#lines.size > MAX_CONTACTS) this.#lines = new Map([...this.#lines].slice(-MAX_CONTACTS));
    return changed;
  }

  /** Yields the text in pieces, because it can be 25 MB long. */
  *encode(): Generator<string> {
    let piece = `${HEADER}\n`;
    for (const [id, hashes] of this.#lines) {
      piece += `${id} ${hashes}\n`;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = "";
    }
    yield piece;
  }
}

function decodeHashes(text: string): SyncedHashes {
  try {
    const entries: unknown = JSON.parse(text);
    return new Map(Array.isArray(entries) ? entries.filter(isHashEntry) : []);
  } catch {
    return new Map();
  }
}

function isHashEntry(entry: unknown): entry is [path: string, hash: string] {
  if (!Array.isArray(entry) || entry.length !== 2) return false;
  const [path, hash] = entry;
  return typeof path === "string" && typeof hash === "string" && /^[0-9a-f]{16}$/.test(hash);
}
