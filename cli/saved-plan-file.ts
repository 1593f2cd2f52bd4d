import { resolve } from "node:path";
import { createDisk, decodePlan, MAX_PLAN_BYTES, PLAN_KEY_VARIABLE, UserError } from "../src/internal.ts";
import { type Environment, UsageError } from "./environment.ts";

/** Reads a saved plan, and returns it with warnings. Throws a `UserError` if the file is not a valid plan. */
export function readSavedPlan(file: string, environment: Environment) {
  const { saved, diagnostics } = decodePlan(readText(file, environment), file, { key: planKey(environment) });
  if (saved !== undefined) return { saved, warnings: diagnostics };
  const [first] = diagnostics;
  throw first === undefined
    ? new UsageError(`"${file}" is not a plan`, "Create a new plan with 'front-contacts plan --out FILE'.")
    : UserError.from(first);
}

/** Minimum length of a key in characters. A short key could be guessed and used to forge signatures. */
const MIN_KEY_LENGTH = 16;

/** Returns the key for signing plans; undefined if it is not set. Throws a `UsageError` if it is too short. */
export function planKey({ env }: Environment): string | undefined {
  const key = env[PLAN_KEY_VARIABLE] ?? "";
  if (key === "") return undefined;
  if (key.length >= MIN_KEY_LENGTH) return key;
  throw new UsageError(
    `${PLAN_KEY_VARIABLE} is too short for signing plans`,
    `Use at least ${MIN_KEY_LENGTH} random characters, such as the output of: openssl rand -hex 32`,
  );
}

const READ_PROBLEMS = {
  missing: "does not exist",
  "not-a-file": "is not a regular file",
  changing: "is being modified by another process",
  "too-large": "is too large",
} as const;

function readText(file: string, { cwd }: Environment): string {
  const path = resolve(cwd, file);
  // `read` does not follow symbolic links, so the path is resolved first.
  const result = createDisk(cwd).read(createDisk().realPath(path) ?? path, { limit: MAX_PLAN_BYTES });
  if (result.kind === "bytes") return new TextDecoder().decode(result.bytes);
  const problem = result.kind === "unreadable" ? `cannot be read (${result.reason})` : READ_PROBLEMS[result.kind];
  throw new UsageError(
    `"${file}" ${problem}`,
    "Specify a plan file that was created with 'front-contacts plan --out FILE'.",
  );
}
