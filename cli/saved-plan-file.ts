import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createDisk, decodePlan, MAX_PLAN_BYTES, PLAN_KEY_VARIABLE, UserError } from "../src/internal.ts";
import { type Environment, UsageError } from "./environment.ts";

const CREATE_PLAN = { kind: "create-plan" } as const;

const FILES_ADVICE = "A plan includes all files in the contacts directory. Specify a saved plan, or create one.";

export function readSavedPlan(file: string, environment: Environment) {
  const decoded = decodePlan(readText(file, environment), file, { key: planKey(environment) });
  const { saved, diagnostics } = decoded;
  if (saved !== undefined) return { saved, digest: decoded.digest, warnings: diagnostics };
  const [first] = diagnostics;
  if (first?.code === "plan-unreadable" && /\.ya?ml$/i.test(file))
    throw new UsageError(first.summary, FILES_ADVICE, { remedy: CREATE_PLAN });
  throw first === undefined
    ? new UsageError(`"${file}" is not a plan`, "Create a new plan.", { remedy: CREATE_PLAN })
    : UserError.from(first);
}

/** Reads the plan of a run to undo. A run cannot be undone with a new plan, so no error advises creating one. */
export function readAppliedPlan(file: string, environment: Environment) {
  try {
    return readSavedPlan(file, environment);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, summary, remedy } = error;
    const isSignatureError = code === "plan-unsigned" || code === "plan-signature";
    if (!isSignatureError && remedy?.kind !== "create-plan") throw error;
    const key = isSignatureError ? ` and set ${PLAN_KEY_VARIABLE} to the key that it was signed with` : "";
    throw new UserError(code, summary, {
      advice: `Specify an unmodified copy of the plan file that was applied${key}, or specify the ID of a recorded run.`,
      remedy: { kind: "list-runs" },
      cause: error,
    });
  }
}

/** A short key could be guessed and used to forge signatures. */
const MIN_KEY_LENGTH = 16;

export function planKey({ env }: Environment): string | undefined {
  const key = env[PLAN_KEY_VARIABLE] ?? "";
  if (key === "") return undefined;
  if (key.trim().length >= MIN_KEY_LENGTH) return key;
  throw new UsageError(
    `${PLAN_KEY_VARIABLE} is too short for signing plans`,
    `Use at least ${MIN_KEY_LENGTH} random characters, such as the output of: openssl rand -hex 32`,
  );
}

const READ_PROBLEMS = {
  missing: "does not exist",
  "not-a-file": "is not a regular file",
  "too-large": "is too large",
} as const;

function readText(file: string, { cwd }: Environment): string {
  const path = resolve(cwd, file);
  // `read` does not follow symbolic links, so the path is resolved first.
  const result = createDisk(cwd).read(createDisk().realPath(path) ?? path, { limit: MAX_PLAN_BYTES });
  if (result.kind === "bytes") return new TextDecoder().decode(result.bytes);
  if (result.kind === "unreadable")
    throw new UsageError(`"${file}" cannot be read (${result.reason})`, "Check the file permissions.");
  if (result.kind === "changing")
    throw new UsageError(`"${file}" is being modified by another process`, "Wait, then run the command again.");
  // The path of a pipe such as /dev/stdin cannot be resolved.
  const problem = result.kind === "missing" && existsSync(path) ? "not-a-file" : result.kind;
  throw new UsageError(`"${file}" ${READ_PROBLEMS[problem]}`, "Specify a saved plan, or create one.", {
    remedy: CREATE_PLAN,
  });
}
