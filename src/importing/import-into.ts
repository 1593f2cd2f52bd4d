import { posix } from "node:path";
import { removeStaleDrafts } from "../fs/atomic-file.ts";
import { createDisk, type Disk } from "../fs/disk.ts";
import { createDiskWriter, type DiskWriter, FileChangedError } from "../fs/disk-writer.ts";
import { type DesiredContact, type Handle, type HandleKey, handleKey } from "../model/contact.ts";
import type { EntryFiles } from "./entry-files.ts";
import { type Arrival, Import } from "./import.ts";
import { type ImportDestination, Owners, openEntryFiles, type Place } from "./import-destination.ts";
import { type ImportWarningGroup, ImportWarnings } from "./import-warnings.ts";
import { PictureFiles } from "./picture-files.ts";
import type { ImportWarning } from "./to-entry.ts";
import type { EntryUpdate } from "./update-entry.ts";
import { updateFile } from "./update-files.ts";

/** A file that existed and says something else now. */
export interface ChangedFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** What an import came to, also one that was cut short. */
export interface ImportReport {
  /** Entries that are new. */
  readonly created: number;
  /** Files that they went into. */
  readonly files: readonly string[];
  /** Contacts that some file declares already. */
  readonly declared: number;
  /** Entries of theirs that were brought up to date. */
  readonly updated: number;
  readonly changed: readonly ChangedFile[];
  readonly remarks: readonly ImportWarningGroup[];
}

export interface ImportTarget {
  readonly home: ImportDestination;
  readonly location: Place;
  /** In place of the disk, for a dry run. */
  readonly writer?: DiskWriter;
  readonly declareLists?: boolean;
}

/** Removes what a killed import has left behind. */
function removeStaleDraftsBeside(files: Iterable<string>, { home, location }: ImportTarget): void {
  const own = "directory" in location ? location.directory : posix.dirname(location.file);
  const directories = new Set([home.root, own, ...[...files].map((file) => posix.dirname(file))]);
  for (const directory of directories) {
    for (const each of [directory, posix.join(directory, "avatars")]) removeStaleDrafts(posix.resolve(home.cwd, each));
  }
}

/** Everything that an import writes to, whatever it reads from. */
export class Importing {
  readonly remarks = new ImportWarnings();
  readonly owners: Owners;
  readonly pictures: PictureFiles;
  readonly declared = new Map<DesiredContact, Arrival[]>();
  readonly #home: ImportDestination;
  readonly #writer: DiskWriter;
  readonly #files: EntryFiles;
  readonly #import: Import;
  /** The text of files that existed and were written: what was added to may then be brought up to date. */
  readonly #latest = new Map<string, string>();
  /** Handles that entries get by being updated. */
  readonly #given = new Map<HandleKey, DesiredContact>();
  #declaredCount = 0;
  #updated = 0;

  /** `keep`: whether those that are declared already are needed later. */
  constructor(target: ImportTarget, { keep }: { readonly keep: boolean }) {
    const disk: Disk = createDisk(target.home.cwd);
    this.#home = target.home;
    if (target.writer === undefined) removeStaleDraftsBeside(target.home.sources.keys(), target);
    this.#writer = this.#remembering(target.writer ?? createDiskWriter(target.home.cwd));
    this.owners = new Owners(target.home.desired.contacts);
    this.pictures = new PictureFiles(disk, this.#writer);
    const { declareLists = false } = target;
    this.#files = openEntryFiles(target.home, target.location, {
      ...{ writer: this.#writer, disk, declareLists },
      onPassedOver: (path, reason) => this.remark({ kind: "file-passed-over", text: `${path} ${reason}` }),
    });
    this.#import = new Import({
      owners: this.owners,
      takenKeys: target.home.desired.contacts.map(({ key }) => key),
      files: this.#files,
      pictures: this.pictures,
      onRemark: (remark) => this.remark(remark),
      onDeclared: (owner, arrival) => this.#note(owner, keep ? arrival : undefined),
    });
  }

  remark(remark: ImportWarning): void {
    this.remarks.add(remark);
  }

  take(arrivals: readonly Arrival[]): Promise<void> {
    return this.#import.take(arrivals);
  }

  /** Whether an entry may have a handle: no other entry has it, in any spelling. */
  mayHave(entry: DesiredContact, handle: Handle): boolean {
    const claimant = this.owners.claimant(handle) ?? this.#given.get(handleKey(handle)) ?? entry;
    if (claimant !== entry || this.#import.isClaimed(handle)) return false;
    this.#given.set(handleKey(handle), entry);
    return true;
  }

  /** Writes what is still in memory: whole contacts, so that a run that was cut short can be repeated. */
  flush(): void {
    this.#files.finish();
  }

  /** Brings entries up to date where they are written. */
  update(revisions: ReadonlyMap<DesiredContact, EntryUpdate>): void {
    const byFile = new Map<string, Map<DesiredContact, EntryUpdate>>();
    for (const [desired, revision] of revisions) {
      const { file } = desired.location;
      byFile.set(file, (byFile.get(file) ?? new Map()).set(desired, revision));
    }
    for (const [file, some] of byFile) this.#updateFile(file, some);
  }

  report(): ImportReport {
    return {
      created: this.#import.count,
      files: this.#files.written,
      declared: this.#declaredCount,
      updated: this.#updated,
      changed: [...this.#latest].map(([path, after]) => ({ path, before: this.#home.sources.get(path) ?? "", after })),
      remarks: this.remarks.groups(),
    };
  }

  #updateFile(file: string, revisions: ReadonlyMap<DesiredContact, EntryUpdate>): void {
    const before = this.#latest.get(file) ?? this.#home.sources.get(file);
    if (before === undefined) return;
    const { text, revised, remarks } = updateFile(file, before, revisions);
    for (const remark of remarks) this.remark(remark);
    if (text === before) return;
    try {
      this.#writer.replace(file, before, text);
      this.#updated += revised.length;
    } catch (error) {
      if (!(error instanceof FileChangedError)) throw error;
      const reason = "changed while the import was running, and was left as it is";
      this.remark({ kind: "not-updated", text: `${revised.join(", ")}: ${file} ${reason}` });
    }
  }

  #note(owner: DesiredContact, arrival: Arrival | undefined): void {
    this.#declaredCount += 1;
    if (arrival !== undefined) this.declared.set(owner, [...(this.declared.get(owner) ?? []), arrival]);
  }

  #remembering(writer: DiskWriter): DiskWriter {
    return {
      ...writer,
      replace: (path, before, after) => {
        writer.replace(path, before, after);
        const known = posix.normalize(path);
        if (this.#home.sources.has(known)) this.#latest.set(known, after);
      },
    };
  }
}
