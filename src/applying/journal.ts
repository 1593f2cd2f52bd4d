import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, lstatSync, openSync, readSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Clock } from "../clock/clock.ts";
import { escapeJson } from "../escape/escape-json.ts";
import { makePrivateDirectory } from "../fs/atomic-file.ts";
import { createDisk, FileError, reasonOf } from "../fs/disk.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Operation } from "../model/plan.ts";
import { UserError } from "../model/user-error.ts";
import type { OperationResult } from "./apply.ts";
import { journalNotWritten, journalProblem } from "./messages.ts";

/** A log of the operations performed in Front. It is read only to complete the record of a run that was killed. */
export interface Journal {
  /**
   * Records the start of an operation. If the start cannot be recorded, returns the reason, and the operation must not
   * start.
   */
  mayStart(operation: Operation): string | undefined;
  /** Records the result of an operation. */
  ended(result: OperationResult): void;
  /** Closes the file. Returns a diagnostic with the missing entries if the journal could not be written. */
  close(): Diagnostic | undefined;
}

export interface JournalOptions {
  /** The id of the company. */
  readonly company: string;
  readonly clock: Clock;
  /** The id of the run. Default: a random one. */
  readonly run?: string;
  /** The directory that the path of the contacts directory is relative to. Default: the working directory. */
  readonly cwd?: string;
  /** Called instead of writing to the file. Throws if the disk is full. */
  readonly append?: (line: string) => void;
}

/** The journal cannot be opened. */
export class JournalError extends UserError {
  constructor(summary: string) {
    super("journal-not-written", summary, { advice: "Make it a writable regular file, on a disk with free space." });
  }
}

/** Maximum size in bytes: a year of nightly applies. A longer journal is renamed, and a new one started. */
const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Opens `.front-contacts/journal.jsonl` in the contacts directory, readable by its owner only. It gets a line of JSON
 * for the start and for the end of each operation. Throws a `JournalError` if it cannot be opened.
 */
export function openJournal(contactsDirectory: string, options: JournalOptions): Journal {
  const named = join(contactsDirectory, ".front-contacts", "journal.jsonl");
  const { company, clock, run = randomUUID(), cwd = ".", append } = options;
  const file = append === undefined ? openFile(resolve(cwd, contactsDirectory), named) : { append, close() {} };
  const missing: string[] = [];
  let problem: string | undefined;
  let stopped = false;

  function note(event: string, { id, kind, subjects }: Operation, more: object): void {
    if (problem !== undefined) return;
    const entry = { time: new Date(clock.now()).toISOString(), run, company, event, operation: id, kind, subjects };
    try {
      file.append(`${escapeJson({ ...entry, ...more })}\n`);
    } catch (error) {
      problem = reasonOf(error);
    }
  }

  return {
    mayStart(operation) {
      note("started", operation, {});
      if (problem === undefined) return undefined;
      stopped = true;
      return journalProblem(named, problem);
    },
    ended(result) {
      const { operation, status } = result;
      note(status, operation, detailsOf(result));
      if (problem !== undefined && status !== "skipped") missing.push(`${operation.id}: ${status}`);
    },
    close() {
      file.close();
      return problem === undefined ? undefined : journalNotWritten(named, problem, { stopped, missing });
    },
  };
}

function detailsOf(result: OperationResult): object {
  if (result.status !== "applied") return { message: result.message };
  const { contactId, listId, accountId } = result;
  return {
    ...(contactId === undefined ? {} : { contact: contactId }),
    ...(listId === undefined ? {} : { list: listId }),
    ...(accountId === undefined ? {} : { account: accountId }),
  };
}

/** The result of an operation, as far as the journal shows it. */
export interface JournalOutcome {
  /** The id of the operation. */
  readonly operation: string;
  /** `unknown` also for an operation that started and did not end. */
  readonly status: OperationResult["status"];
  readonly contact?: string;
  readonly list?: string;
  readonly account?: string;
  readonly message?: string;
}

/** Returns how the operations of a run ended, by operation id: none without a journal. */
export function readOutcomes(contactsDirectory: string, run: string): ReadonlyMap<string, JournalOutcome> {
  const lines = ["journal.1.jsonl", "journal.jsonl"].flatMap((name) => linesOf(contactsDirectory, name));
  const entries = lines.filter((line) => line.includes(run)).flatMap((line) => parseLine(line) ?? []);
  const outcomes = entries
    .filter((entry) => entry.run === run)
    .map(({ event, operation, contact, list, account, message }) => {
      const status = event === "started" ? ("unknown" as const) : event;
      return omitUndefined({ operation, status, contact, list, account, message });
    });
  return new Map(outcomes.map((outcome) => [outcome.operation, outcome]));
}

function linesOf(contactsDirectory: string, name: string): readonly string[] {
  const read = createDisk().read(join(contactsDirectory, ".front-contacts", name), { limit: MAX_READ_BYTES });
  return read.kind === "bytes" ? new TextDecoder().decode(read.bytes).split("\n") : [];
}

/** Maximum number of bytes to read. A run of 100,000 operations adds 40 MB to a journal of 10 MB. */
const MAX_READ_BYTES = 256 * 1024 * 1024;

interface Line {
  readonly run: string;
  readonly operation: string;
  readonly event: OperationResult["status"] | "started";
  readonly contact?: string;
  readonly list?: string;
  readonly account?: string;
  readonly message?: string;
}

const EVENTS: ReadonlySet<string> = new Set(["started", "applied", "failed", "unknown", "skipped"]);

/** Parses a line; undefined if it was cut off. Ids are validated, because they become part of the path of a request. */
function parseLine(line: string): Line | undefined {
  try {
    const entry = JSON.parse(line) as Line;
    const isId = (id: string | undefined) => id === undefined || /^(?:crd|grp|acc)_[0-9a-zA-Z]+$/.test(id);
    const isSound =
      typeof entry.operation === "string" &&
      EVENTS.has(entry.event) &&
      [entry.contact, entry.list, entry.account].every(isId);
    return isSound ? entry : undefined;
  } catch {
    return undefined;
  }
}

function openFile(contactsDirectory: string, named: string) {
  try {
    const path = join(makePrivateDirectory(contactsDirectory), "journal.jsonl");
    makeRoom(path);
    const descriptor = openSync(path, "a+", 0o600);
    endLine(descriptor);
    return {
      append: (line: string) => writeFileSync(descriptor, line),
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    throw new JournalError(`${named} cannot be written (${reasonOf(error)})`);
  }
}

/** Renames a journal that is too long. Throws for a symbolic link or another file type, which is never written to. */
function makeRoom(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isFile()) throw new FileError("not-a-file");
  if (there.size > MAX_BYTES) renameSync(path, path.replace(/\.jsonl$/, ".1.jsonl"));
}

/** Ends an incomplete line that a killed run or a full disk left. */
function endLine(descriptor: number): void {
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  if (size === 0 || readSync(descriptor, last, 0, 1, size - 1) === 0 || last.toString() === "\n") return;
  writeFileSync(descriptor, "\n");
}
