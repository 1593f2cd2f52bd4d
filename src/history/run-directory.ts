import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ApplyReport } from "../applying/apply.ts";
import { readOutcomes } from "../applying/journal.ts";
import { createAtomicFile, makePrivateDirectory, systemDisk, type WritableDisk } from "../fs/atomic-file.ts";
import { createDisk, readStart, reasonOf } from "../fs/disk.ts";
import { detectPictureType, EXTENSIONS, sha256Of } from "../images/picture.ts";
import type { Picture, Settings } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Plan } from "../model/plan.ts";
import { UserError } from "../model/user-error.ts";
import {
  recordNotCompletedWarning,
  recordNotWrittenError,
  recordTooLargeError,
  resultsTooLargeWarning,
  runNotFoundError,
  runsUnreadableError,
  runUnreadableError,
} from "./messages.ts";
import {
  decodeRunRecord,
  encodeRunRecord,
  type RecordedResult,
  type ReplacedPicture,
  type RunRecord,
  recordResult,
} from "./run-record.ts";
import { MAX_PLAN_BYTES, PlanTooLargeError } from "./saved-plan-file.ts";

const DEFAULT_RUNS = 20;
const DEFAULT_DAYS = 90;
const DAY = 24 * 60 * 60 * 1000;

/** Records of earlier versions have no sequence number. */
const RUN_ID = /^\d{8}T\d{6}\.\d{3}Z-(?:(\d+)-)?[0-9a-f]{8}$/;

/** Number of bytes to read from the start of a record to find the digest of its plan. */
const START_BYTES = 1000;

/** Returns a time without hyphens and colons. */
function compactTime(time: string): string {
  return time.replace(/[-:]/g, "");
}

/** Returns the number that orders runs, whatever the clock showed when they started. */
function sequenceOf(id: string): number {
  return Number(RUN_ID.exec(id)?.[1] ?? 0);
}

/** The part of a record that is written before the first operation. */
export interface RunStart {
  readonly version: string;
  readonly plan: Plan;
  /** The digest of the saved plan, if one is applied. */
  readonly planDigest?: string | undefined;
  readonly checkout?: Pick<RunRecord, "commit" | "uncommitted_edits">;
  /** The bytes of pictures that the run replaces, by contact ID. */
  readonly pictures?: ReadonlyMap<string, Uint8Array>;
  /** The time on Front's clock in epoch milliseconds. A local clock that is ahead then removes no recent records. */
  readonly frontTime?: number | undefined;
}

export interface RecordedRun {
  readonly id: string;
  /** Adds the results of the operations to the record. Returns a warning if they cannot be written. */
  finish(report: Pick<ApplyReport, "results" | "requests">): Diagnostic | undefined;
}

export interface RunDirectoryOptions {
  /** The directory that the contacts directory is relative to. Default: the working directory. */
  readonly cwd?: string;
  /** Default: the local disk. */
  readonly disk?: WritableDisk | undefined;
  /** Maximum size of a record in bytes. Default: `MAX_PLAN_BYTES`. */
  readonly limit?: number;
}

/** The records of applies in `.front-contacts/runs` of a contacts directory, readable by their owner only. */
export class RunDirectory {
  readonly #contactsDirectory: string;
  readonly #path: string;
  readonly #displayPath: string;
  readonly #disk: WritableDisk;
  readonly #limit: number;

  constructor(contactsDirectory: string, options: RunDirectoryOptions = {}) {
    const { cwd = ".", disk = systemDisk, limit = MAX_PLAN_BYTES } = options;
    this.#contactsDirectory = resolve(cwd, contactsDirectory);
    this.#path = join(this.#contactsDirectory, ".front-contacts", "runs");
    this.#displayPath = join(contactsDirectory, ".front-contacts", "runs");
    this.#disk = disk;
    this.#limit = limit;
  }

  /**
   * Writes the record of a run that is about to start, and removes old and excess records. `now` returns epoch
   * milliseconds. Throws a `UserError` if the record cannot be written.
   */
  start(start: RunStart, now: () => number, settings: Settings["history"] = {}): RecordedRun {
    const { version, plan, planDigest, checkout } = start;
    const startedAt = new Date(now()).toISOString();
    try {
      makePrivateDirectory(this.#contactsDirectory, this.#disk);
      this.#disk.makeDirectory(this.#path);
      const id = this.#nextId(startedAt);
      this.#prune(Math.min(now(), start.frontTime ?? Number.POSITIVE_INFINITY), settings);
      const pictures = this.#writePictures(id, start.pictures);
      // `findPlan` reads only the beginning of a record.
      const head = { tool_version: version, id, started_at: startedAt, plan_digest: planDigest, ...checkout };
      const record = omitUndefined({ ...head, pictures });
      this.#write(id, encodeRunRecord({ ...record, plan }, this.#limit));
      return { id, finish: (report) => this.#finish({ ...record, plan }, report, now()) };
    } catch (error) {
      if (error instanceof PlanTooLargeError) throw recordTooLargeError(error.limit);
      throw recordNotWrittenError(this.#displayPath, error instanceof UserError ? error.message : reasonOf(error));
    }
  }

  #nextId(startedAt: string): string {
    const [latest = ""] = this.ids();
    return `${compactTime(startedAt)}-${sequenceOf(latest) + 1}-${randomBytes(4).toString("hex")}`;
  }

  #finish(
    record: Omit<RunRecord, "format_version">,
    { results, requests }: Pick<ApplyReport, "results" | "requests">,
    now: number,
  ): Diagnostic | undefined {
    const { plan, ...head } = record;
    const planned = new Map(plan.operations.map((operation) => [operation.id, operation]));
    const ended = {
      ended_at: new Date(now).toISOString(),
      requests,
      results: results.map((result) => recordResult(result, planned.get(result.operation.id))),
    };
    try {
      this.#write(record.id, encodeRunRecord({ ...head, ...ended, plan }, this.#limit));
      return undefined;
    } catch (error) {
      const file = join(this.#displayPath, `${record.id}.json`);
      return error instanceof PlanTooLargeError
        ? resultsTooLargeWarning(file, error.limit)
        : recordNotCompletedWarning(file, reasonOf(error));
    }
  }

  #write(id: string, text: string): void {
    createAtomicFile(this.#pathOf(id), this.#disk).finish(text);
  }

  #pathOf(id: string): string {
    return join(this.#path, `${id}.json`);
  }

  /** Writes the replaced pictures, and returns their descriptions by contact ID. Omits data that is not a picture. */
  #writePictures(id: string, pictures: RunStart["pictures"] = new Map()): RunRecord["pictures"] {
    const written: Record<string, ReplacedPicture> = {};
    for (const [contact, bytes] of pictures) {
      const type = detectPictureType(bytes);
      if (type === undefined) continue;
      const picture = { sha256: sha256Of(bytes), size: bytes.length, type };
      mkdirSync(join(this.#path, id), { recursive: true, mode: 0o700 });
      writeFileSync(join(this.#path, id, fileNameOf(picture)), bytes, { mode: 0o600 });
      written[contact] = picture;
    }
    return Object.keys(written).length === 0 ? undefined : written;
  }

  /** Removes old and excess records. `runs` includes the record that is about to be written. */
  #prune(now: number, { runs = DEFAULT_RUNS, days = DEFAULT_DAYS }: NonNullable<Settings["history"]>): void {
    const oldest = compactTime(new Date(now - days * DAY).toISOString());
    for (const [index, id] of this.ids().entries()) {
      if (index < runs - 1 && id >= oldest) continue;
      rmSync(this.#pathOf(id), { force: true });
      rmSync(join(this.#path, id), { force: true, recursive: true });
    }
  }

  /** Returns the IDs of the recorded runs, latest first. Throws a `UserError` if the directory cannot be read. */
  ids(): readonly string[] {
    const listing = createDisk().list(this.#path);
    if (listing.kind === "unreadable") throw runsUnreadableError(this.#displayPath, listing.reason);
    const names = (listing.kind === "entries" ? listing.entries : []).flatMap(({ name, kind }) =>
      kind === "file" && name.endsWith(".json") ? [name.slice(0, -".json".length)] : [],
    );
    return names
      .filter((name) => RUN_ID.test(name))
      .sort()
      .reverse()
      .sort((id, other) => sequenceOf(other) - sequenceOf(id));
  }

  /**
   * Returns the record of the latest run, or of the run whose ID starts or ends with `idPart`. Throws a `UserError`
   * unless exactly one run matches and its record can be read.
   */
  read(idPart?: string): RunRecord {
    const ids = this.ids();
    const matches =
      idPart === undefined ? ids.slice(0, 1) : ids.filter((id) => id.startsWith(idPart) || id.endsWith(idPart));
    const [id] = matches;
    if (id === undefined || matches.length > 1) throw runNotFoundError(idPart, matches);
    const record = this.#readFile(id);
    if (record === undefined) throw runUnreadableError(join(this.#displayPath, `${id}.json`));
    return record;
  }

  /**
   * Returns the latest run that applied the saved plan with this digest. Returns undefined if no record of such a run
   * can be read.
   */
  findPlan(digest: string): RunRecord | undefined {
    const listing = createDisk().list(this.#path);
    if (listing.kind !== "entries") return undefined;
    const id = this.ids().find((runId) => readStart(this.#pathOf(runId), START_BYTES)?.includes(`"${digest}"`));
    return id === undefined ? undefined : this.#readFile(id);
  }

  /** Returns the records of all runs, latest first, and the paths of records that cannot be read. */
  readAll(): { readonly runs: readonly RunRecord[]; readonly unreadable: readonly string[] } {
    const records = this.ids().map((id) => ({ path: join(this.#displayPath, `${id}.json`), run: this.#readFile(id) }));
    return {
      runs: records.flatMap(({ run }) => run ?? []),
      unreadable: records.flatMap(({ path, run }) => (run === undefined ? [path] : [])),
    };
  }

  #readFile(id: string): RunRecord | undefined {
    const read = createDisk().read(this.#pathOf(id), { limit: this.#limit });
    const record = read.kind === "bytes" ? decodeRunRecord(new TextDecoder().decode(read.bytes)) : undefined;
    if (record === undefined || record.id !== id) return undefined;
    return record.results === undefined ? { ...record, results: this.#resultsFromJournal(record) } : record;
  }

  /**
   * Returns the results of a run whose record contains none. If the journal has no entry for the run either, any
   * operation may have been performed.
   */
  #resultsFromJournal({ id, plan }: RunRecord): RecordedResult[] {
    const outcomes = readOutcomes(this.#contactsDirectory, id);
    const status = outcomes.size === 0 ? "unknown" : "skipped";
    return plan.operations.map(({ id: operation }) => {
      return outcomes.get(operation) ?? { operation, status, message: "the result was not recorded" };
    });
  }

  /** Returns the pictures that a run replaced, by contact ID, with paths relative to `cwd`. */
  pictures({ id, pictures = {} }: RunRecord): ReadonlyMap<string, Picture> {
    const paths = Object.entries(pictures).map(([contact, picture]) => {
      return [contact, { ...picture, path: join(this.#displayPath, id, fileNameOf(picture)) }] as const;
    });
    return new Map(paths);
  }
}

function fileNameOf({ sha256, type }: ReplacedPicture): string {
  return `${sha256}${EXTENSIONS[type][0]}`;
}
