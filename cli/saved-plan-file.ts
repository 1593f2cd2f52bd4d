import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import {
  createAtomicFile,
  createDisk,
  type Diagnostic,
  decodePlan,
  MAX_PLAN_BYTES,
  PLAN_KEY_VARIABLE,
  reasonOf,
  type SavedPlan,
  UserError,
} from "../src/index.ts";
import { type Environment, type Given, mustNotBeContacts, UsageError } from "./process-io.ts";

/** A file for a plan, found to be writable before any work was done. */
export interface PlanDestination {
  /** Writes all or nothing, readable for its owner only. Throws a `UsageError` when the disk refuses. */
  write(text: string): void;
  /** Leaves whatever was there. */
  abandon(): void;
}

/** Returns undefined without `--out`. Throws a `UsageError` when the file cannot be written. */
export function openPlanDestination(io: Environment, given: Given): PlanDestination | undefined {
  const named = given["out"];
  if (typeof named !== "string") return undefined;
  mustNotBeContacts(named);
  planKeyOf(io);
  const path = placeOf(resolve(io.cwd, named), named);
  const draft = attempt(named, () => createAtomicFile(path, io.disk));
  return {
    write: (text) => attempt(named, () => draft.finish(text)),
    abandon: () => draft.abandon(),
  };
}

function attempt<T>(named: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new UsageError(
      `${named} cannot be written (${reasonOf(error)})`,
      "Name a file in a directory that is there and may be written.",
    );
  }
}

/** Replaces a regular file that may be written; a device, a directory and a write-protected file stay as they are. */
function placeOf(path: string, named: string): string {
  if (!existsSync(path)) return path;
  const status = statSync(path);
  if (!status.isFile()) {
    throw new UsageError(`${named} is not a plain file`, "Name a regular file, or one that does not exist yet.");
  }
  if (isWriteProtected(path, status.mode)) {
    const advice = `Name another file, or allow this one to be replaced: chmod u+w ${named}`;
    throw new UsageError(`${named} is write-protected`, advice);
  }
  return realpathSync(path);
}

/** Replacing a file takes no right to write to it, and an administrator may write to any, so the mode is checked as well. */
function isWriteProtected(path: string, mode: number): boolean {
  if ((mode & 0o222) === 0) return true;
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

/** A saved plan, and warnings about it. */
export interface ReadPlan {
  readonly saved: SavedPlan;
  readonly warnings: readonly Diagnostic[];
}

/** Throws a `UsageError` that says why the file is no valid plan. */
export function readSavedPlan(io: Environment, named: string): ReadPlan {
  const { saved, diagnostics } = decodePlan(readText(io, named), named, { key: planKeyOf(io) });
  if (saved !== undefined) return { saved, warnings: diagnostics };
  const [first] = diagnostics;
  throw first === undefined ? new UsageError(`${named} is not a plan`, "Create a new plan.") : UserError.from(first);
}

/** An HMAC is as hard to forge as its key is to guess. */
const MIN_KEY_LENGTH = 16;

/** Returns the key that signs plans, if there is one. Throws a `UsageError` when it is too short. */
export function planKeyOf({ env }: Environment): string | undefined {
  const key = env[PLAN_KEY_VARIABLE] ?? "";
  if (key === "") return undefined;
  if (key.length >= MIN_KEY_LENGTH) return key;
  throw new UsageError(
    `${PLAN_KEY_VARIABLE} is too short to sign plans with`,
    `Use at least ${MIN_KEY_LENGTH} random characters, such as the output of: openssl rand -hex 32`,
  );
}

function readText(io: Environment, named: string): string {
  const read = createDisk(io.cwd).read(realPathOf(resolve(io.cwd, named)), { limit: MAX_PLAN_BYTES });
  if (read.kind === "bytes") return new TextDecoder().decode(read.bytes);
  const why = { missing: "there is none", "not-a-file": "no plain file", changing: "it is being written" };
  const reason = read.kind === "unreadable" ? read.reason : read.kind === "too-large" ? "too large" : why[read.kind];
  throw new UsageError(
    `${named} cannot be read (${reason})`,
    "Name a file that front-contacts plan --out has written.",
  );
}

/** A symbolic link to a plan is followed. */
function realPathOf(path: string): string {
  return createDisk().realPath(path) ?? path;
}
