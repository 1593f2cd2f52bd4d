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
} from "../src/internal.ts";
import { type Environment, mustNotBeContacts, UsageError } from "./process-io.ts";

/** A file for a plan, checked to be writable before any other work. */
export interface PlanDestination {
  /** Writes all or nothing, readable for its owner only. Throws a `UsageError` if the disk refuses. */
  write(text: string): void;
  /** Leaves the file as it was. */
  abandon(): void;
}

/** Throws a `UsageError` if the file cannot be written. */
export function openPlanDestination(named: string, environment: Environment): PlanDestination {
  mustNotBeContacts(named);
  planKey(environment);
  const path = replaceablePath(resolve(environment.cwd, named), named);
  const draft = attempt(named, () => createAtomicFile(path, environment.disk));
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
      "Name a file in a directory that exists and is writable.",
    );
  }
}

/** Returns the path to write, links resolved. Throws a `UsageError` for a device, a directory or a write-protected file. */
function replaceablePath(path: string, named: string): string {
  if (!existsSync(path)) return path;
  const status = statSync(path);
  if (!status.isFile()) {
    throw new UsageError(`${named} is not a regular file`, "Name a regular file, or one that does not exist yet.");
  }
  if (isWriteProtected(path, status.mode)) {
    const advice = `Name another file, or make this one writable: chmod u+w ${named}`;
    throw new UsageError(`${named} is write-protected`, advice);
  }
  return realpathSync(path);
}

/** Replacing a file does not require write permission, and an administrator has it for every file, so the mode is checked as well. */
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

/** Throws a `UserError` that says why the file is not a valid plan. */
export function readSavedPlan(named: string, environment: Environment): ReadPlan {
  const { saved, diagnostics } = decodePlan(readText(named, environment), named, { key: planKey(environment) });
  if (saved !== undefined) return { saved, warnings: diagnostics };
  const [first] = diagnostics;
  throw first === undefined ? new UsageError(`${named} is not a plan`, "Create a new plan.") : UserError.from(first);
}

/** Characters. An HMAC is as hard to forge as its key is to guess. */
const MIN_KEY_LENGTH = 16;

/** Returns the key that signs plans, if one is set. Throws a `UsageError` if it is too short. */
export function planKey({ env }: Environment): string | undefined {
  const key = env[PLAN_KEY_VARIABLE] ?? "";
  if (key === "") return undefined;
  if (key.length >= MIN_KEY_LENGTH) return key;
  throw new UsageError(
    `${PLAN_KEY_VARIABLE} is too short to sign plans with`,
    `Use at least ${MIN_KEY_LENGTH} random characters, such as the output of: openssl rand -hex 32`,
  );
}

function readText(named: string, { cwd }: Environment): string {
  const read = createDisk(cwd).read(realPathOf(resolve(cwd, named)), { limit: MAX_PLAN_BYTES });
  if (read.kind === "bytes") return new TextDecoder().decode(read.bytes);
  const why = { missing: "it does not exist", "not-a-file": "not a regular file", changing: "it is being written" };
  const reason = read.kind === "unreadable" ? read.reason : read.kind === "too-large" ? "too large" : why[read.kind];
  throw new UsageError(`${named} cannot be read (${reason})`, "Name a file that front-contacts plan --out wrote.");
}

/** A symbolic link to a plan is followed. */
function realPathOf(path: string): string {
  return createDisk().realPath(path) ?? path;
}
