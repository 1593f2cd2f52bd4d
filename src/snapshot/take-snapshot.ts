import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { Clock } from "../clock/clock.ts";
import type { FrontApi } from "../front/api.ts";
import { createAtomicFile } from "../fs/atomic-file.ts";
import { FileError, reasonOf } from "../fs/disk.ts";
import { UserError } from "../model/user-error.ts";
import { notPartial, PartialSnapshot, type SnapshotHeader } from "./partial-snapshot.ts";
import { type ReadCompanyOptions, readCompany } from "./read-company.ts";
import { SNAPSHOT_START, snapshotText } from "./snapshot-text.ts";

interface SnapshotOptions extends Pick<ReadCompanyOptions, "avatars" | "onProgress"> {
  /** Returns the number of contacts in the company when all of them were last read, if known. */
  readonly expectedContacts: (companyId: string) => number | undefined;
  readonly clock: Clock;
  /** Called if an interrupted snapshot is continued, with the number of contacts already read. */
  readonly onResume: (contacts: number) => void;
}

export interface SnapshotSummary {
  readonly company: { readonly id: string; readonly name: string };
  readonly contacts: number;
  readonly lists: number;
  readonly customFields: number;
  readonly accounts: number;
  readonly teammates: number;
  readonly inboxes: number;
  readonly avatars: number;
  /** Listings that the token cannot read. */
  readonly unreadableListings: readonly string[];
  /** The reasons that Front returned for unreadable listings; empty if unknown. */
  readonly unreadableReasons: ReadonlyMap<string, string>;
  readonly omissions: Omissions;
  readonly requests: number;
  readonly bytes: number;
}

interface Omissions {
  /**
   * Items that were skipped, mostly because they have no valid ID. `shown` is the ID, or the start of the item's JSON.
   */
  readonly items: readonly { readonly listing: string; readonly shown: string }[];
  readonly accountProperties: readonly string[];
  /** IDs of account members that are missing from the listing of contacts. */
  readonly unlistedMembers: readonly string[];
}

/** Age in milliseconds at which a partial snapshot is discarded. */
const MAX_PARTIAL_AGE = 24 * 60 * 60 * 1000;

export function partialPath(path: string): string {
  return `${path}.partial`;
}

/** Throws a `UserError` if the file exists and is not a snapshot. `displayPath` is the path in messages. */
export function assertReplaceable(path: string, displayPath: string): void {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined || (status.isFile() && hasSnapshotStart(path))) return;
  throw new UserError("not-a-snapshot", `"${displayPath}" exists and is not a snapshot`, {
    advice: "Use another file name, or delete this file.",
  });
}

function hasSnapshotStart(path: string): boolean {
  const bytes = Buffer.alloc(SNAPSHOT_START.length);
  const file = openSync(path, "r");
  try {
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, 0)) === SNAPSHOT_START;
  } finally {
    closeSync(file);
  }
}

/**
 * Reads the company and writes it atomically as a seed of the local Front emulator (mode 0600). Stores the pages in
 * `PATH.partial` in the meantime, so that the next run can continue an interrupted snapshot. Throws a `UserError` if
 * the company cannot be read or the snapshot cannot be written.
 */
export async function takeSnapshot(path: string, front: FrontApi, options: SnapshotOptions): Promise<SnapshotSummary> {
  const partial = openPartial(path);
  try {
    const header = await resumeOrBegin(path, partial, front, options);
    const expected = options.expectedContacts(header.company.id);
    await readCompany(front, partial, { ...options, expected });
    createAtomicFile(path).finish(joinPieces(snapshotText(partial, header)));
    const summary = summaryOf(partial, header, { requests: front.requests, bytes: statSync(path).size });
    partial.remove();
    return summary;
  } catch (error) {
    partial.close();
    const isDiskError = error instanceof FileError || (error instanceof Error && "syscall" in error);
    throw isDiskError ? notWrittenError(path, error) : error;
  }
}

function openPartial(path: string): PartialSnapshot {
  try {
    return new PartialSnapshot(partialPath(path));
  } catch (error) {
    throw notWrittenError(partialPath(path), error);
  }
}

async function resumeOrBegin(
  path: string,
  partial: PartialSnapshot,
  front: FrontApi,
  { clock, onResume }: SnapshotOptions,
): Promise<SnapshotHeader> {
  const company = await front.me();
  const { header } = partial;
  if (header !== undefined && header.company.id !== company.id) {
    const summary = `"${partialPath(path)}" is for company "${header.company.id}", but the token belongs to "${company.id}"`;
    throw new UserError("snapshot-company", summary, {
      advice: `Use a token of "${header.company.id}", delete the partial snapshot, or use another file name.`,
    });
  }
  if (header !== undefined && clock.now() - Date.parse(header.startedAt) < MAX_PARTIAL_AGE) {
    onResume(partial.contactIds.size);
    return header;
  }
  const newHeader: SnapshotHeader = { format: 1, company, startedAt: new Date(clock.now()).toISOString() };
  partial.begin(newHeader);
  return newHeader;
}

const CHUNK_LENGTH = 1024 * 1024;

/** Joins pieces into chunks of about a million characters, because many small writes are slow. */
function* joinPieces(pieces: Iterable<string>): Generator<string> {
  let chunk = "";
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length <= CHUNK_LENGTH) continue;
    yield chunk;
    chunk = "";
  }
  yield chunk;
}

function summaryOf(
  partial: PartialSnapshot,
  { company }: SnapshotHeader,
  sizes: Pick<SnapshotSummary, "requests" | "bytes">,
): SnapshotSummary {
  return {
    company,
    contacts: partial.contactIds.size,
    lists: partial.countOf("lists"),
    customFields: partial.countOf("custom_fields"),
    accounts: partial.countOf("accounts"),
    teammates: partial.countOf("teammates"),
    inboxes: partial.countOf("inboxes"),
    avatars: partial.avatarCount,
    unreadableListings: [...partial.unreadableListings.keys()],
    unreadableReasons: partial.unreadableListings,
    omissions: omissionsOf(partial),
    ...sizes,
  };
}

function omissionsOf(partial: PartialSnapshot): Omissions {
  const items = [...partial.items<Omissions["items"][number]>("skipped")];
  const members = [...partial.items("accounts")].flatMap(({ id }) => [...partial.items<string>(`accounts/${id}`)]);
  return {
    items: [...new Map(items.map((item) => [`${item.listing} ${item.shown}`, item])).values()],
    accountProperties: [...new Set([...partial.items("account_properties")].map(({ name }) => String(name)))],
    unlistedMembers: [...new Set(members.filter((id) => !partial.contactIds.has(id)))],
  };
}

function notWrittenError(path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  if (error instanceof FileError && error.code === "not-a-file") return notPartial(path);
  if (error instanceof FileError && error.code === "in-use") {
    const summary = `Another process is writing "${partialPath(path)}"`;
    return new UserError("snapshot-in-use", summary, { advice: "Wait until it finishes, or use another file name." });
  }
  return new UserError("file-not-written", `"${path}" cannot be written (${reasonOf(error)})`, {
    advice: "Check that its directory exists and is writable, and that the disk has space.",
  });
}
