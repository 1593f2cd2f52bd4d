import { existsSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { types } from "node:util";
import { createDisk, decodePlan, draftFile, type SavedPlan } from "../src/index.ts";
import { type Given, type Io, mustNotBeContacts, UsageError } from "./io.ts";

/** A place for a plan, found to be writable before any work was done. */
export interface PlanPlace {
  /** Whole or not at all, and for nobody else to read. */
  write(text: string): void;
  /** When there will be no plan; whatever was at the place stays there. */
  abandon(): void;
}

/** Undefined when nobody asked for a file. Throws a `UsageError` when it cannot be written. */
export function openPlanPlace(io: Io, given: Given): PlanPlace | undefined {
  const named = given["out"];
  if (typeof named !== "string") return undefined;
  mustNotBeContacts(named);
  const path = placeOf(resolve(io.cwd, named), named);
  const draft = attempt(named, () => draftFile(path, io.disk));
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

/** A plan takes the place of a plain file; a device or a directory of that name is not ours to replace. */
function placeOf(path: string, named: string): string {
  if (!existsSync(path)) return path;
  if (statSync(path).isFile()) return realpathSync(path);
  throw new UsageError(
    `${named} is not a plain file`,
    "Name a file that may be replaced, or one that is not there yet.",
  );
}

function reasonOf(error: unknown): string {
  return types.isNativeError(error) && "code" in error ? String(error.code) : "for an unknown reason";
}

/** A plan with 5,000 contacts is far below; more than this is no plan. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Reads a saved plan, or throws a `UsageError` that says why it is none. */
export function readSavedPlan(io: Io, named: string): SavedPlan {
  const { saved, diagnostics } = decodePlan(readText(io, named), named);
  if (saved !== undefined) return saved;
  const [first] = diagnostics;
  throw new UsageError(first?.summary ?? `${named} is not a plan`, first?.advice ?? "Plan again.");
}

function readText(io: Io, named: string): string {
  const read = createDisk(io.cwd).read(realPathOf(resolve(io.cwd, named)), { limit: MAX_BYTES });
  if (read.kind === "bytes") return new TextDecoder().decode(read.bytes);
  const why = { missing: "there is none", "not-a-file": "no plain file", changing: "it is being written" };
  const reason = read.kind === "unreadable" ? read.reason : read.kind === "too-large" ? "too large" : why[read.kind];
  throw new UsageError(
    `${named} cannot be read (${reason})`,
    "Name a file that front-contacts plan --out has written.",
  );
}

/** Whoever names a link to a plan means the plan. */
function realPathOf(path: string): string {
  return createDisk().realPath(path) ?? path;
}
