import { resolve } from "node:path";
import { createDisk, decodePlan, MAX_PLAN_BYTES, PLAN_KEY_VARIABLE, UserError } from "../src/internal.ts";
import { type OutputFile, openOutputFile } from "./output-file.ts";
import { type Environment, UsageError } from "./process-io.ts";

/** Opens the file to save a plan to. Throws a `UsageError` if it cannot be written or the signing key is not valid. */
export function openPlanDestination(file: string, environment: Environment): OutputFile {
  planKey(environment);
  return openOutputFile(file, environment);
}

/** Reads a saved plan, and returns it with warnings. Throws a `UserError` if the file is not a valid plan. */
export function readSavedPlan(file: string, environment: Environment) {
  const { saved, diagnostics } = decodePlan(readText(file, environment), file, { key: planKey(environment) });
  if (saved !== undefined) return { saved, warnings: diagnostics };
  const [first] = diagnostics;
  throw first === undefined ? new UsageError(`"${file}" is not a plan`, "Create a new plan.") : UserError.from(first);
}

/** Minimum length of a key in characters. Whoever guesses a short key can forge signatures. */
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

const READ_PROBLEMS = {
  missing: "it does not exist",
  "not-a-file": "not a regular file",
  changing: "it is being written",
  "too-large": "too large",
} as const;

function readText(file: string, { cwd }: Environment): string {
  const path = resolve(cwd, file);
  // The disk does not follow symbolic links.
  const result = createDisk(cwd).read(createDisk().realPath(path) ?? path, { limit: MAX_PLAN_BYTES });
  if (result.kind === "bytes") return new TextDecoder().decode(result.bytes);
  const reason = result.kind === "unreadable" ? result.reason : READ_PROBLEMS[result.kind];
  throw new UsageError(`"${file}" cannot be read (${reason})`, "Name a file that front-contacts plan --out wrote.");
}
