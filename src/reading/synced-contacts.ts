import type { SyncedContacts, SyncMarks } from "../model/change.ts";
import { isJsonObject } from "../model/json-object.ts";

/** Maximum number of contacts in a company's file, which is read at every plan. The contacts that changed last stay. */
const MAX_CONTACTS = 50_000;

/** The id of a contact or an account, and its marks as JSON. */
const LINE = /^[a-z]+_\w+ \[.*\]$/;

/** The length above which a piece of the file is written. */
const MAX_PIECE = 100_000;

const HEADER = '{"version":2}';

/**
 * The marks of a company's contacts and accounts as lines of their file. They are decoded on demand, because decoded
 * marks take several times the memory.
 */
export class SyncedContactFile implements SyncedContacts {
  #lines: Map<string, string>;

  private constructor(lines: Iterable<readonly [string, string]>) {
    this.#lines = new Map(lines);
  }

  /** Decodes the text of a file. Drops lines that `encode` would not write. */
  static decode(text: string): SyncedContactFile {
    const [header, ...lines] = text.split("\n");
    if (header !== HEADER) return SyncedContactFile.from(undefined);
    const found = lines.filter((line) => LINE.test(line)).map((line) => [line, line.indexOf(" ")] as const);
    return new SyncedContactFile(found.map(([line, end]) => [line.slice(0, end), line.slice(end + 1)]));
  }

  /** Returns the marks that an earlier version wrote: objects of marks by the id of their contact. */
  static from(written: unknown): SyncedContactFile {
    const contacts = isJsonObject(written) ? Object.entries(written) : [];
    return new SyncedContactFile(
      contacts.map(([id, marks]) => [id, JSON.stringify(isJsonObject(marks) ? Object.entries(marks) : [])]),
    );
  }

  get(id: string): SyncMarks | undefined {
    const marks = this.#lines.get(id);
    return marks === undefined ? undefined : decodeMarks(marks);
  }

  hasMark(id: string, path: string): boolean {
    // Inside a text, JSON escapes these quotes.
    return this.#lines.get(id)?.includes(`[${JSON.stringify(path)},"`) ?? false;
  }

  hasRoomFor(id: string): boolean {
    return this.#lines.size < MAX_CONTACTS || this.#lines.has(id);
  }

  /**
   * Replaces the marks of these contacts, and returns whether something changed. With `evict`, contacts that are not in
   * the file replace those that changed longest ago; without it, they are left out of a full file.
   */
  remember(
    contacts: Iterable<readonly [id: string, marks: SyncMarks]>,
    { evict }: { readonly evict: boolean },
  ): boolean {
    let changed = false;
    for (const [id, marks] of contacts) {
      const text = JSON.stringify([...marks]);
      if (this.#lines.get(id) === text || !(evict || this.hasRoomFor(id))) continue;
      this.#lines.delete(id);
      this.#lines.set(id, text);
      changed = true;
    }
    if (this.#lines.size > MAX_CONTACTS) this.#lines = new Map([...this.#lines].slice(-MAX_CONTACTS));
    return changed;
  }

  /** Yields the text of the file in pieces, because as a whole it takes 25 MB. */
  *encode(): Generator<string> {
    let piece = `${HEADER}\n`;
    for (const [id, marks] of this.#lines) {
      piece += `${id} ${marks}\n`;
      if (piece.length < MAX_PIECE) continue;
      yield piece;
      piece = "";
    }
    yield piece;
  }
}

function decodeMarks(text: string): SyncMarks {
  try {
    const marks: unknown = JSON.parse(text);
    return new Map(Array.isArray(marks) ? marks.filter(isMark) : []);
  } catch {
    return new Map();
  }
}

function isMark(entry: unknown): entry is [path: string, mark: string] {
  if (!Array.isArray(entry) || entry.length !== 2) return false;
  const [path, mark] = entry;
  return typeof path === "string" && typeof mark === "string" && /^[0-9a-f]{16,64}$/.test(mark);
}
