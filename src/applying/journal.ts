import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, lstatSync, openSync, readSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Clock } from "../clock/clock.ts";
import { escapeJson } from "../escape/escape-json.ts";
import { makePrivateDirectory } from "../fs/atomic-file.ts";
import { FileError, reasonOf } from "../fs/file-error.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Operation } from "../model/plan.ts";
import { UserError } from "../model/user-error.ts";
import type { OperationResult } from "./apply.ts";

/** What was done to Front from here, for people to look up. Nothing reads it to decide anything. */
export interface Journal {
  /** Notes that an operation begins. Answers with why it must not, when that cannot be noted. */
  mayStart(operation: Operation): string | undefined;
  /** Notes how an operation ended. */
  ended(result: OperationResult): void;
  /** Answers with what kept it from being written, and what is therefore missing in it. */
  close(): Diagnostic | undefined;
}

export interface JournalOptions {
  /** The id of the company that is applied to. */
  readonly company: string;
  readonly clock: Clock;
  /** Where the contacts directory's path starts. Usually where the process runs. */
  readonly cwd?: string;
  /** In place of the file. Throws when there is no room. */
  readonly append?: (line: string) => void;
}

/** The journal cannot be opened. */
export class JournalError extends UserError {
  constructor(summary: string) {
    super("journal-not-written", summary, { advice: "Make it a writable regular file, on a disk with free space." });
  }
}

/** A year of nightly applies; one that is longer makes room for a new one. */
const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Opens `.front-contacts/journal.jsonl` in the contacts directory, for its owner alone: a line of JSON for every
 * operation that begins, and one for every operation that ends. Throws a `JournalError` when it cannot be opened.
 */
export function openJournal(contactsDirectory: string, options: JournalOptions): Journal {
  const named = join(contactsDirectory, ".front-contacts", "journal.jsonl");
  const { company, clock, cwd = ".", append } = options;
  const file = append === undefined ? openFile(resolve(cwd, contactsDirectory), named) : { append, close() {} };
  const run = randomUUID();
  const missing: string[] = [];
  let trouble: string | undefined;
  let refused = false;

  function note(event: string, { id, kind, subjects }: Operation, more: object): void {
    if (trouble !== undefined) return;
    const entry = { time: new Date(clock.now()).toISOString(), run, company, event, operation: id, kind, subjects };
    try {
      file.append(`${escapeJson({ ...entry, ...more })}\n`);
    } catch (error) {
      trouble = reasonOf(error);
    }
  }

  return {
    mayStart(operation) {
      note("started", operation, {});
      if (trouble === undefined) return undefined;
      refused = true;
      return `${named} can no longer be written (${trouble})`;
    },
    ended(result) {
      const { operation, status } = result;
      note(status, operation, moreOf(result));
      if (trouble !== undefined && status !== "skipped") missing.push(`${operation.id}: ${status}`);
    },
    close() {
      file.close();
      return trouble === undefined ? undefined : notWritten(named, trouble, { refused, missing });
    },
  };
}

function moreOf(result: OperationResult): object {
  if (result.status !== "applied") return { message: result.message };
  const { contactId, listId } = result;
  return {
    ...(contactId === undefined ? {} : { contact: contactId }),
    ...(listId === undefined ? {} : { list: listId }),
  };
}

function notWritten(
  named: string,
  trouble: string,
  { refused, missing }: { readonly refused: boolean; readonly missing: readonly string[] },
): Diagnostic {
  const consequence = refused ? ", so nothing more was started" : "";
  const record = missing.length === 0 ? "" : ` Not written down: ${missing.join("; ")}.`;
  return {
    severity: refused ? "error" : "warning",
    code: "journal-not-written",
    summary: `${named} can no longer be written (${trouble})${consequence}`,
    advice: `Make room and run the same command again, or run it with --no-journal.${record}`,
  };
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

/** Whatever somebody put in its place, such as a link to another file, is not written to. */
function makeRoom(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isFile()) throw new FileError("not-a-file");
  if (there.size > MAX_BYTES) renameSync(path, path.replace(/\.jsonl$/, ".1.jsonl"));
}

/** A run that was killed, or a disk that was full, may have left half a line. */
function endLine(descriptor: number): void {
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  if (size === 0 || readSync(descriptor, last, 0, 1, size - 1) === 0 || last.toString() === "\n") return;
  writeFileSync(descriptor, "\n");
}
