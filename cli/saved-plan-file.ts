import { resolve } from "node:path";
import { createDisk, decodePlan, MAX_PLAN_BYTES, PLAN_KEY_VARIABLE, UserError } from "../src/internal.ts";
import { type OutputFile, openOutputFile } from "./output-file.ts";
import { type Environment, UsageError } from "./process-io.ts";

/** Opens the file to save a plan to. Throws a `UsageError` if it cannot be written, or the plan cannot be signed. */
export function openPlanDestination(named: string, environment: Environment): OutputFile {
  planKey(environment);
  return openOutputFile(named, environment);
}

/** Reads a saved plan, with warnings about it. Throws a `UserError` that says why the file is not a valid plan. */
export function readSavedPlan(named: string, environment: Environment) {
  const { saved, diagnostics } = decodePlan(readText(named, environment), named, { key: planKey(environment) });
  if (saved !== undefined) return { saved, warnings: diagnostics };
  const [first] = diagnostics;
  throw first === undefined ? new UsageError(`${named} is not a plan`, "Create a new plan.") : UserError.from(first);
}

/** Minimum length of a key in characters. A short key could be guessed, and then signatures could be forged. */
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
  const path = resolve(cwd, named);
  // A plan may be named by a symbolic link, which the disk would not follow.
  const read = createDisk(cwd).read(createDisk().realPath(path) ?? path, { limit: MAX_PLAN_BYTES });
  if (read.kind === "bytes") return new TextDecoder().decode(read.bytes);
  const why = { missing: "it does not exist", "not-a-file": "not a regular file", changing: "it is being written" };
  const reason = read.kind === "unreadable" ? read.reason : read.kind === "too-large" ? "too large" : why[read.kind];
  throw new UsageError(`${named} cannot be read (${reason})`, "Name a file that front-contacts plan --out wrote.");
}
