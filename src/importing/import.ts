import { type DesiredContact, type Handle, type HandleKey, handleKey } from "../model/contact.ts";
import { objectToEntry } from "./entry-check.ts";
import type { EntryFiles } from "./entry-files.ts";
import { Keys } from "./entry-keys.ts";
import { type Entry, entryText } from "./entry-text.ts";
import type { Owners } from "./import-destination.ts";
import { type PictureFiles, type PlacedPicture, UNFIT_PICTURE } from "./picture-files.ts";
import type { ConvertedEntry, ImportWarning } from "./to-entry.ts";

/** A contact that came from somewhere and may become an entry. */
export interface Arrival {
  /** Of a contact of Front. */
  readonly id?: string;
  /** All that it holds, also what cannot be written. */
  readonly handles: readonly Handle[];
  /** For messages. */
  readonly label: string;
  readonly adopted: ConvertedEntry;
  /** Undefined when it has none, or none is wanted. */
  readonly picture?: (() => Promise<Uint8Array | undefined>) | undefined;
  readonly onPicture?: (picture: PlacedPicture) => void;
}

export interface ImportOptions {
  readonly owners: Owners;
  readonly takenKeys: Iterable<string>;
  readonly files: EntryFiles;
  readonly pictures: PictureFiles;
  readonly onRemark: (remark: ImportWarning) => void;
  /** Somebody whom the files declare already. */
  readonly onDeclared: (owner: DesiredContact, arrival: Arrival) => void;
}

/** Pictures that are fetched at once. */
const SIDE_BY_SIDE = 8;

/** Makes entries of arrivals, one after another, and remembers of each only its key and its handles. */
export class Import {
  readonly #options: ImportOptions;
  readonly #keys: Keys;
  readonly #claimed = new Set<HandleKey>();
  #count = 0;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#keys = new Keys(options.takenKeys);
  }

  /** How many entries were made. */
  get count(): number {
    return this.#count;
  }

  /** Whether an entry of this import has a handle, in any spelling. */
  isClaimed(handle: Handle): boolean {
    return this.#claimed.has(handleKey(handle));
  }

  async take(arrivals: readonly Arrival[]): Promise<void> {
    const fresh = arrivals.filter((arrival) => this.#isFresh(arrival));
    for (let from = 0; from < fresh.length; from += SIDE_BY_SIDE) {
      const some = fresh.slice(from, from + SIDE_BY_SIDE);
      const pictures = await Promise.all(some.map(({ adopted, picture }) => (adopted.entry ? picture?.() : undefined)));
      for (const [index, arrival] of some.entries()) await this.#add(arrival, pictures[index]);
    }
  }

  #isFresh(arrival: Arrival): boolean {
    const owner = this.#options.owners.of(arrival);
    if (owner !== undefined) this.#options.onDeclared(owner, arrival);
    return owner === undefined;
  }

  async #add(arrival: Arrival, bytes: Uint8Array | undefined): Promise<void> {
    for (const remark of arrival.adopted.remarks) this.#options.onRemark(remark);
    const entry = arrival.adopted.entry && this.#unclaimed(arrival.adopted.entry, arrival.label);
    if (entry === undefined) return;
    const key = this.#keys.next(entry);
    const problem = objectToEntry(entryText(key, entry));
    if (problem !== undefined) {
      this.#options.onRemark({ kind: "contact-left-out", text: `${arrival.label} ${problem}` });
      return;
    }
    for (const handle of entry.handles) this.#claimed.add(handleKey(handle));
    const { files } = this.#options;
    const avatar = bytes && (await this.#location(key, arrival, bytes));
    files.add(key, avatar === undefined ? entry : { ...entry, avatar });
    this.#count += 1;
  }

  /** Front may tell two spellings of a handle apart; the files cannot. */
  #unclaimed(entry: Entry, label: string): Entry | undefined {
    const handles = entry.handles.filter((handle) => !this.#claimed.has(handleKey(handle)));
    for (const handle of entry.handles) {
      if (handles.includes(handle)) continue;
      const text = `${label}: ${handle.source} ${handle.handle} is the same, but for its spelling, as that of another contact`;
      this.#options.onRemark({ kind: "handle-left-out", text });
    }
    if (handles.length === 0) {
      this.#options.onRemark({ kind: "contact-left-out", text: `${label} has no handle of its own` });
      return undefined;
    }
    return { ...entry, handles };
  }

  async #location(key: string, { label, onPicture }: Arrival, bytes: Uint8Array): Promise<string | undefined> {
    const { files, pictures, onRemark } = this.#options;
    const placed = await pictures.location(key, files.directory, bytes);
    if (placed === undefined) onRemark({ kind: "value-left-out", text: `${label}: the avatar ${UNFIT_PICTURE}` });
    else onPicture?.(placed);
    return placed?.path;
  }
}
