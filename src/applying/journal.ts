import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, lstatSync, openSync, readSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Clock, systemClock } from "../clock/clock.ts";
import { escapeJson } from "../escape/escape-json.ts";
import { makePrivateDirectory } from "../fs/atomic-file.ts";
import { createDisk, FileError, reasonOf } from "../fs/disk.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isJsonObject, parseJson } from "../model/json-object.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Operation } from "../model/plan.ts";
import { UserError } from "../model/user-error.ts";
import type { OperationResult } from "./apply.ts";
import { journalNotWritten, journalProblem } from "./messages.ts";

/**
 * A log of the operations performed in Front. It contains the results of a run even if the run ended before it was
 * recorded in the run history.
 */
export interface Journal {
  /** Records the start of an operation. If this fails, returns the reason, and the operation must not start. */
  recordStart(operation: Operation): string | undefined;
  recordEnd(result: OperationResult): void;
  /**
   * Closes the file, unless it is closed. If an entry could not be written, returns a diagnostic that names the missing
   * results.
   */
  close(): Diagnostic | undefined;
}

export interface JournalOptions {
  /** The ID of the company. */
  readonly company: string;
  /** Default: the system clock. */
  readonly clock?: Clock;
  /** The ID of the run. Default: a random one. */
  readonly run?: string;
  /** Default: the working directory. */
  readonly cwd?: string;
  /** Records a line instead of writing it to the file. Must throw an error with a `code` if this fails. */
  readonly append?: (line: string) => void;
}

export class JournalError extends UserError {
  constructor(summary: string) {
    super("journal-not-written", summary, { advice: "Make it a writable regular file, on a disk with free space." });
  }
}

/** Bytes. A larger journal is renamed when a run opens it, and the run starts a new one. */
const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Opens `.front-contacts/journal.jsonl` in the contacts directory, which records the start and the end of each
 * operation as lines of JSON. Throws a `UserError` with the code `journal-not-written` if the file cannot be opened.
 */
export function openJournal(contactsDirectory: string, options: JournalOptions): Journal {
  const displayPath = join(contactsDirectory, ".front-contacts", "journal.jsonl");
  const { company, clock = systemClock, run = randomUUID(), cwd = ".", append } = options;
  const file = append === undefined ? openFile(resolve(cwd, contactsDirectory), displayPath) : { append, close() {} };
  const missing: string[] = [];
  let problem: string | undefined;
  let stopped = false;

  function record(event: string, { id, kind, subjects }: Operation, details: object): void {
    if (problem !== undefined) return;
    const entry = { time: new Date(clock.now()).toISOString(), run, company, event, operation: id, kind, subjects };
    try {
      file.append(`${escapeJson({ ...entry, ...details })}\n`);
    } catch (error) {
      problem = reasonOf(error);
    }
  }

  return {
    recordStart(operation) {
      record("started", operation, {});
      if (problem === undefined) return undefined;
      stopped = true;
      return journalProblem(displayPath, problem);
    },
    recordEnd(result) {
      const { operation, status } = result;
      record(status, operation, outcomeDetails(result));
      if (problem !== undefined && status !== "skipped") missing.push(`${operation.id}: ${status}`);
    },
    close() {
      file.close();
      return problem === undefined ? undefined : journalNotWritten(displayPath, problem, { stopped, missing });
    },
  };
}

/** The result of an operation, as in the journal and in the record of a run. */
export interface RecordedOutcome {
  readonly operation: string;
  /** The value is also `unknown` if only the start of the operation was recorded. */
  readonly status: OperationResult["status"];
  readonly contact?: string;
  /** The list that was created or deleted, or whose members changed. */
  readonly list?: string;
  readonly account?: string;
  /** Only for an applied operation. True if it had already taken effect, so the run did not perform it. */
  readonly already_done?: true;
  readonly message?: string;
}

export function outcomeDetails(result: OperationResult): Omit<RecordedOutcome, "operation" | "status"> {
  if (result.status !== "applied") return { message: result.message };
  const { contactId, listId, accountId, alreadyDone } = result;
  return omitUndefined({ contact: contactId, list: listId, account: accountId, already_done: alreadyDone });
}

const STATUSES: ReadonlySet<unknown> = new Set(["applied", "failed", "unknown", "skipped"]);

/** Returns whether a value is a valid outcome. Checks the IDs too, because they become part of request paths. */
export function isOutcome(value: unknown): value is RecordedOutcome {
  if (!isJsonObject(value)) return false;
  const { operation, status, contact = "crd_0", list = "grp_0", account = "acc_0" } = value;
  const isId = (id: unknown, prefix: string) =>
    typeof id === "string" && new RegExp(`^${prefix}_[0-9a-zA-Z]+$`).test(id);
  const hasValidIds = isId(contact, "crd") && isId(list, "grp") && isId(account, "acc");
  return typeof operation === "string" && STATUSES.has(status) && hasValidIds;
}

/** Returns the outcomes of a run, by operation ID. The map is empty if there is no journal. */
export function readOutcomes(contactsDirectory: string, run: string): ReadonlyMap<string, RecordedOutcome> {
  const lines = ["journal.1.jsonl", "journal.jsonl"].flatMap((name) => linesOf(contactsDirectory, name));
  const outcomes = lines.filter((line) => line.includes(run)).flatMap((line) => outcomeIn(line, run) ?? []);
  return new Map(outcomes.map((outcome) => [outcome.operation, outcome]));
}

function linesOf(contactsDirectory: string, name: string): readonly string[] {
  const read = createDisk().read(join(contactsDirectory, ".front-contacts", name), { limit: MAX_READ_BYTES });
  return read.kind === "bytes" ? new TextDecoder().decode(read.bytes).split("\n") : [];
}

/** Bytes. A run of 100,000 operations adds 40 MB to a journal of 10 MB. */
const MAX_READ_BYTES = 256 * 1024 * 1024;

/** Returns the outcome in a line; undefined for a line that is incomplete, invalid or from another run. */
function outcomeIn(line: string, run: string): RecordedOutcome | undefined {
  const entry = parseJson(line);
  if (!isJsonObject(entry) || entry["run"] !== run) return undefined;
  const { event, operation, contact, list, account, already_done: alreadyDone, message } = entry;
  const status = event === "started" ? "unknown" : event;
  const outcome = omitUndefined({ operation, status, contact, list, account, already_done: alreadyDone, message });
  return isOutcome(outcome) ? outcome : undefined;
}

function openFile(contactsDirectory: string, displayPath: string) {
  try {
    const path = join(makePrivateDirectory(contactsDirectory), "journal.jsonl");
    renameIfLarge(path);
    const descriptor = openSync(path, "a+", 0o600);
    endLastLine(descriptor);
    let isOpen = true;
    return {
      append(line: string) {
        // The descriptor may belong to another file by now.
        if (!isOpen) throw new Error("the journal is closed");
        writeFileSync(descriptor, line);
      },
      close() {
        if (isOpen) closeSync(descriptor);
        isOpen = false;
      },
    };
  } catch (error) {
    throw new JournalError(`"${displayPath}" cannot be written (${reasonOf(error)})`);
  }
}

/** Throws if something other than a regular file is at the path, such as a symbolic link. */
function renameIfLarge(path: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return;
  if (!status.isFile()) throw new FileError("not-a-file");
  if (status.size > MAX_BYTES) renameSync(path, path.replace(/\.jsonl$/, ".1.jsonl"));
}

/** Ends an incomplete last line, which a killed run or a full disk may leave. */
function endLastLine(descriptor: number): void {
  const { size } = fstatSync(descriptor);
  const lastByte = Buffer.alloc(1);
  if (size === 0 || readSync(descriptor, lastByte, 0, 1, size - 1) === 0 || lastByte.toString() === "\n") return;
  writeFileSync(descriptor, "\n");
}
