import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import type { Clock } from "../clock/clock.ts";
import { type FrontApi, FrontError } from "../front/api.ts";
import { PartialSnapshot, type SnapshotHeader } from "./partial-snapshot.ts";
import { type ReadCompanyOptions, readCompany } from "./read-company.ts";
import { SNAPSHOT_START, snapshotText } from "./snapshot-text.ts";

export interface SnapshotOptions extends Pick<ReadCompanyOptions, "avatars" | "onProgress"> {
  /** How many contacts the company had when all of them were last read; undefined when that is not known. */
  readonly expectedContacts: (companyId: string) => number | undefined;
  readonly clock: Clock;
  /** Called when an earlier run is continued, with how many contacts it had read. */
  readonly onResume: (contacts: number) => void;
}

/** What a snapshot holds. */
export interface SnapshotSummary {
  readonly company: { readonly id: string; readonly name: string };
  readonly contacts: number;
  readonly lists: number;
  readonly customFields: number;
  readonly accounts: number;
  readonly teammates: number;
  readonly inboxes: number;
  readonly avatars: number;
  /** Parts that the token may not read. */
  readonly denied: readonly string[];
  readonly requests: number;
  readonly bytes: number;
}

/** A snapshot cannot be written. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/** Milliseconds. What was read longer ago is not mixed with what is read now. */
const MAX_AGE = 24 * 60 * 60 * 1000;

/** Where a snapshot that is not complete keeps what it has read. */
export function partialPath(path: string): string {
  return `${path}.partial`;
}

/** Throws a `SnapshotError` when a file is there that is not a snapshot. `shown` is how people name it. */
export function mustBeReplaceable(path: string, shown: string): void {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined || (status.isFile() && startsAsSnapshot(path))) return;
  throw new SnapshotError(`${shown} exists and is not a snapshot`, "Name another file, or delete this one.");
}

function startsAsSnapshot(path: string): boolean {
  const bytes = Buffer.alloc(SNAPSHOT_START.length);
  const file = openSync(path, "r");
  try {
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, 0)) === SNAPSHOT_START;
  } finally {
    closeSync(file);
  }
}

/**
 * Reads the whole company with GET only and writes it as a seed of the local Front emulator (mode 0600), whole or not at
 * all. What was read is kept in `PATH.partial` until then, and a run that was interrupted is continued from it. Throws a
 * `FrontError` or a `SnapshotError`.
 */
export async function takeSnapshot(path: string, front: FrontApi, options: SnapshotOptions): Promise<SnapshotSummary> {
  const partial = openPartial(path);
  try {
    const header = await begin(path, partial, front, options);
    const expected = options.expectedContacts(header.company.id);
    await readCompany(front, partial, { ...options, expected });
    const bytes = writeSnapshot(path, partial, header);
    const summary = summaryOf(partial, header, front);
    partial.remove();
    return { ...summary, bytes };
  } catch (error) {
    partial.close();
    throw isOfDisk(error) ? notWritten(path, error) : error;
  }
}

function openPartial(path: string): PartialSnapshot {
  try {
    return new PartialSnapshot(partialPath(path));
  } catch (error) {
    throw notWritten(partialPath(path), error);
  }
}

async function begin(
  path: string,
  partial: PartialSnapshot,
  front: FrontApi,
  { clock, onResume }: SnapshotOptions,
): Promise<SnapshotHeader> {
  const company = await front.me();
  const { header } = partial;
  if (header !== undefined && header.company.id !== company.id) {
    throw new SnapshotError(
      `${partialPath(path)} belongs to ${header.company.id}, and the token to ${company.id}`,
      "Delete the partial snapshot, or name another file.",
    );
  }
  if (header !== undefined && clock.now() - Date.parse(header.startedAt) < MAX_AGE) {
    onResume(partial.contacts.size);
    return header;
  }
  const fresh: SnapshotHeader = { format: 1, company, startedAt: new Date(clock.now()).toISOString() };
  partial.begin(fresh);
  return fresh;
}

/** Pieces are gathered up to this many characters before they are written. */
const BUFFERED = 1024 * 1024;

/** Returns the size in bytes. */
function writeSnapshot(path: string, partial: PartialSnapshot, header: SnapshotHeader): number {
  const draft = `${partialPath(path)}.new`;
  rmSync(draft, { force: true });
  const file = openSync(draft, "wx", 0o600);
  let written = 0;
  try {
    let pending = "";
    const flush = () => {
      written += writeWhole(file, Buffer.from(pending));
      pending = "";
    };
    for (const piece of snapshotText(partial, header)) {
      pending += piece;
      if (pending.length > BUFFERED) flush();
    }
    flush();
    fsyncSync(file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  return written;
}

function writeWhole(file: number, bytes: Uint8Array): number {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  return bytes.length;
}

function summaryOf(
  partial: PartialSnapshot,
  { company }: SnapshotHeader,
  front: FrontApi,
): Omit<SnapshotSummary, "bytes"> {
  return {
    company,
    contacts: partial.contacts.size,
    lists: partial.countOf("lists"),
    customFields: partial.countOf("custom_fields"),
    accounts: partial.countOf("accounts"),
    teammates: partial.countOf("teammates"),
    inboxes: partial.countOf("inboxes"),
    avatars: partial.avatarCount,
    denied: [...partial.denied],
    requests: front.requests,
  };
}

function isOfDisk(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof FrontError) && ("syscall" in error || isInUse(error));
}

function isInUse(error: object): boolean {
  return "code" in error && error.code === "in use";
}

function notWritten(path: string, error: unknown): Error {
  const { code = "unknown" } = error as { readonly code?: string };
  if (code === "not a snapshot" || code === "not a file") {
    return new SnapshotError(`${path} is not a partial snapshot`, "Delete it, or name another file for the snapshot.");
  }
  if (code === "in use") {
    return new SnapshotError(
      `Another process writes ${partialPath(path)}`,
      "Wait until it is done, or name another file.",
    );
  }
  return new SnapshotError(
    `${path} cannot be written (${code})`,
    "Check that its directory exists and is writable, and that the disk has space.",
  );
}
