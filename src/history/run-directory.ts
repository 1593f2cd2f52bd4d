import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ApplyReport } from "../applying/apply.ts";
import { readOutcomes } from "../applying/journal.ts";
import { createAtomicFile, makePrivateDirectory, systemDisk, type WritableDisk } from "../fs/atomic-file.ts";
import { createDisk, entriesIn, reasonOf } from "../fs/disk.ts";
import { detectPictureType, EXTENSIONS, sha256Of } from "../images/picture.ts";
import type { Picture, Settings } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Plan } from "../model/plan.ts";
import { UserError } from "../model/user-error.ts";
import { recordNotCompleted, recordNotWritten, runNotFound, runUnreadable } from "./messages.ts";
import {
  decodeRunRecord,
  encodeRunRecord,
  type KeptPicture,
  type RecordedResult,
  type RunRecord,
  recordResult,
} from "./run-record.ts";
import { MAX_PLAN_BYTES } from "./saved-plan-file.ts";

/** Number of records to keep by default, and their maximum age in days. */
const DEFAULT_RUNS = 20;
const DEFAULT_DAYS = 90;
const DAY = 24 * 60 * 60 * 1000;

const RUN_ID = /^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{8}$/;

/** Returns an ISO 8601 time without separators. Its milliseconds order two runs in the same second. */
function timeOf(time: string): string {
  return time.replace(/[-:]/g, "");
}

/** The part of a record that is written before the first operation. */
export interface RunStart {
  readonly version: string;
  readonly plan: Plan;
  readonly commit?: string | undefined;
  /** The bytes of pictures in Front that the run replaces, by contact id. */
  readonly pictures?: ReadonlyMap<string, Uint8Array>;
}

export interface RecordedRun {
  readonly id: string;
  /** Adds the results of the operations. Returns a warning if they cannot be written. */
  finish(report: Pick<ApplyReport, "results" | "requests">): Diagnostic | undefined;
}

export interface RunDirectoryOptions {
  /** The directory that the path of the contacts directory starts from. Default: the working directory. */
  readonly cwd?: string;
  readonly disk?: WritableDisk;
}

/** The records of applies in `.front-contacts/runs` of a contacts directory, readable by their owner only. */
export class RunDirectory {
  readonly #contacts: string;
  readonly #named: string;
  readonly #disk: WritableDisk;

  constructor(contactsDirectory: string, { cwd = ".", disk = systemDisk }: RunDirectoryOptions = {}) {
    this.#contacts = resolve(cwd, contactsDirectory);
    this.#named = join(contactsDirectory, ".front-contacts", "runs");
    this.#disk = disk;
  }

  get #path(): string {
    return join(this.#contacts, ".front-contacts", "runs");
  }

  /**
   * Writes the record of a run that is about to start, and removes records that are too many or too old. Throws a
   * `UserError` if it cannot be written.
   */
  start(start: RunStart, now: () => number, settings: Settings["history"] = {}): RecordedRun {
    const { version, plan, commit, pictures = new Map() } = start;
    const startedAt = new Date(now()).toISOString();
    const id = `${timeOf(startedAt)}-${randomBytes(4).toString("hex")}`;
    try {
      makePrivateDirectory(this.#contacts, this.#disk);
      this.#disk.makeDirectory(this.#path);
      this.#prune(now(), settings);
      const kept = this.#keep(id, pictures);
      const record = omitUndefined({ tool_version: version, id, started_at: startedAt, commit, pictures: kept });
      this.#write(id, encodeRunRecord({ ...record, plan }));
      return { id, finish: (report) => this.#finish({ ...record, plan }, report, now()) };
    } catch (error) {
      throw recordNotWritten(this.#named, error instanceof UserError ? error.message : reasonOf(error));
    }
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
      this.#write(record.id, encodeRunRecord({ ...head, ...ended, plan }));
      return undefined;
    } catch (error) {
      return recordNotCompleted(join(this.#named, `${record.id}.json`), reasonOf(error));
    }
  }

  #write(id: string, text: string): void {
    createAtomicFile(join(this.#path, `${id}.json`), this.#disk).finish(text);
  }

  #keep(id: string, pictures: ReadonlyMap<string, Uint8Array>): Record<string, KeptPicture> | undefined {
    const kept: Record<string, KeptPicture> = {};
    for (const [contact, bytes] of pictures) {
      const type = detectPictureType(bytes);
      if (type === undefined) continue;
      const picture = { sha256: sha256Of(bytes), size: bytes.length, type };
      mkdirSync(join(this.#path, id), { recursive: true, mode: 0o700 });
      writeFileSync(join(this.#path, id, fileNameOf(picture)), bytes, { mode: 0o600 });
      kept[contact] = picture;
    }
    return Object.keys(kept).length === 0 ? undefined : kept;
  }

  /** Removes records that are too many or too old, to make room for the one that is about to be written. */
  #prune(now: number, { runs = DEFAULT_RUNS, days = DEFAULT_DAYS }: NonNullable<Settings["history"]>): void {
    const oldest = timeOf(new Date(now - days * DAY).toISOString());
    for (const [index, id] of this.ids().entries()) {
      if (index < runs - 1 && id >= oldest) continue;
      rmSync(join(this.#path, `${id}.json`), { force: true });
      rmSync(join(this.#path, id), { force: true, recursive: true });
    }
  }

  /** Returns the ids of all recorded runs, latest first. */
  ids(): readonly string[] {
    const names = entriesIn(this.#path, createDisk()).flatMap(({ name, kind }) =>
      kind === "file" && name.endsWith(".json") ? [name.slice(0, -".json".length)] : [],
    );
    return names
      .filter((name) => RUN_ID.test(name))
      .sort()
      .reverse();
  }

  /**
   * Returns the record of a run: the latest, or the one with this id or the beginning or end of its id. Throws a
   * `UserError` if there is no such run, or more than one, or if its record cannot be read.
   */
  read(named?: string): RunRecord {
    const all = this.ids();
    const found =
      named === undefined ? all.slice(0, 1) : all.filter((id) => id.startsWith(named) || id.endsWith(named));
    const [id, another] = found;
    if (id === undefined || another !== undefined) throw runNotFound(named, found);
    const record = this.#readFile(id);
    if (record === undefined) throw runUnreadable(join(this.#named, `${id}.json`));
    return record;
  }

  /** Returns all runs, latest first. A record that cannot be read is left out, with its name in `unreadable`. */
  readAll(): { readonly runs: readonly RunRecord[]; readonly unreadable: readonly string[] } {
    const all = this.ids().map((id) => ({ id, record: this.#readFile(id) }));
    return {
      runs: all.flatMap(({ record }) => record ?? []),
      unreadable: all.flatMap(({ id, record }) => (record === undefined ? [join(this.#named, `${id}.json`)] : [])),
    };
  }

  #readFile(id: string): RunRecord | undefined {
    const read = createDisk().read(join(this.#path, `${id}.json`), { limit: MAX_PLAN_BYTES });
    const record = read.kind === "bytes" ? decodeRunRecord(new TextDecoder().decode(read.bytes)) : undefined;
    if (record === undefined || record.id !== id) return undefined;
    return record.results === undefined ? { ...record, results: this.#resultsOfKilled(record) } : record;
  }

  /**
   * Returns the results of a run that was killed. The journal has the start and the end of each operation; without its
   * lines, any operation may have been performed.
   */
  #resultsOfKilled({ id, plan }: RunRecord): RecordedResult[] {
    const outcomes = readOutcomes(this.#contacts, id);
    return plan.operations.map(({ id: operation }) => {
      const missing = outcomes.size === 0 ? "unknown" : "skipped";
      return outcomes.get(operation) ?? { operation, status: missing, message: "the run was killed" };
    });
  }

  /** Returns the pictures that a run replaced, by contact id, with paths relative to `cwd`. */
  pictures({ id, pictures = {} }: RunRecord): ReadonlyMap<string, Picture> {
    const paths = Object.entries(pictures).map(([contact, picture]) => {
      return [contact, { ...picture, path: join(this.#named, id, fileNameOf(picture)) }] as const;
    });
    return new Map(paths);
  }
}

function fileNameOf({ sha256, type }: KeptPicture): string {
  return `${sha256}${EXTENSIONS[type][0]}`;
}
