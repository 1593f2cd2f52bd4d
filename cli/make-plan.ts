import {
  attributeDifferences,
  compareAndPlan,
  type DesiredState,
  type Diagnostic,
  hasErrors,
  type Loaded,
  marksInSync,
  type Pause,
  type Plan,
  type PlanPolicy,
  REFRESHES,
  type Refresh,
  readRemoteState,
  systemClock,
  type Targets,
  warnStaleSchema,
} from "../src/index.ts";
import { applyLimitsOf } from "./args/apply-limits.ts";
import { isMasked, maskOf } from "./args/output-format.ts";
import { contactsDirectory, loadFiles, openCacheOf, showDiagnostics } from "./configuration.ts";
import { connect } from "./front-client.ts";
import { type Environment, type Given, UsageError } from "./process-io.ts";
import { colorsFor } from "./views/colors.ts";
import { renderPlan } from "./views/plan/text.ts";
import { type Progress, startProgress } from "./views/progress.ts";

/** What came of loading the files, reading Front and planning. */
export interface Planning {
  readonly loaded: Loaded;
  /** Undefined when the files are too wrong to plan with. */
  readonly plan: Plan | undefined;
  /** When reading Front began, in the clock's monotonic milliseconds. */
  readonly readAt: number;
}

/** A plan that nothing is wrong with, and what it was made from. */
export interface SoundPlan {
  readonly desired: DesiredState;
  readonly plan: Plan;
  readonly readAt: number;
}

/** Loads the files, reads Front and plans. Throws a `FrontError` when Front cannot be read. */
export async function makePlan(io: Environment, given: Given): Promise<Planning> {
  const loaded = await loadFiles(io, given);
  const readAt = (io.clock ?? systemClock).monotonic();
  if (loaded.desired === undefined) return { loaded, plan: undefined, readAt };
  const { plan, warnings } = await readAndPlan(loaded.desired, io, given);
  return { loaded: { ...loaded, diagnostics: [...loaded.diagnostics, ...warnings] }, plan, readAt };
}

/** Shows the plan and what is wrong with it. What a guard refused is shown too, so that people see what it was. */
export function showPlan({ loaded, plan, readAt }: Planning, given: Given, io: Environment): SoundPlan | undefined {
  showDiagnostics(loaded.diagnostics, loaded, io, given);
  if (plan === undefined || loaded.desired === undefined) return undefined;
  const sound = !hasErrors(plan.diagnostics);
  const mask = maskOf(isMasked(given), { ...loaded, plan });
  if (sound || plan.changes.length > 0) io.out(renderPlan(plan, colorsFor(io, given, "stdout"), mask));
  showDiagnostics(plan.diagnostics, { ...loaded, plan }, io, given);
  return sound ? { desired: loaded.desired, plan, readAt } : undefined;
}

async function readAndPlan(
  desired: DesiredState,
  io: Environment,
  given: Given,
): Promise<{ readonly plan: Plan; readonly warnings: readonly Diagnostic[] }> {
  const policy = policyOf(given);
  const refresh = refreshOf(given);
  const progress = startProgress(io, "Reading Front");
  const over = new AbortController();
  try {
    const front = connect(io, given, {
      readOnly: true,
      signal: over.signal,
      ...{ reserve: desired.settings.reserve, company: desired.settings.company },
      onPause: (wait) => showWait(progress, wait),
    });
    const cache = await openCacheOf(io, given);
    const state = await readRemoteState(desired, front, {
      pictures: cache,
      memory: cache,
      refresh,
      allowHandleMoves: given["allow-handle-moves"] === true,
      acceptShrink: policy.acceptShrink ?? false,
      cwd: io.cwd,
      onProgress: (read, expected) =>
        progress.say(`${read}${expected === undefined ? "" : ` of about ${expected}`} contacts`),
    });
    const { plan, unchanged } = compareAndPlan(desired, state, policy);
    const known = cache.inSync(plan.company.id);
    cache.rememberInSync(plan.company.id, marksInSync([...plan.changes, ...unchanged], plan.operations, known));
    await cache.save();
    return {
      plan: { ...plan, changes: attributeDifferences(plan.changes, known) },
      warnings: warnStaleSchema(contactsDirectory(given), state, { cwd: io.cwd }),
    };
  } finally {
    /** Where one reading fails, the others are not to go on for minutes behind the error. */
    over.abort();
    await progress.stop();
  }
}

function policyOf(given: Given): PlanPolicy {
  return {
    allowed: { changes: countOf(given, "allow-changes"), removals: countOf(given, "allow-removals") },
    acceptShrink: given["accept-shrink"] === true,
    limits: applyLimitsOf(given),
    ...targetsOf(given),
  };
}

function refreshOf({ refresh = "auto" }: Given): Refresh {
  const known = REFRESHES.find((name) => name === refresh);
  if (known !== undefined) return known;
  throw new UsageError(`--refresh ${refresh} is not a way to read Front`, `Write one of ${REFRESHES.join(", ")}.`);
}

function targetsOf({ target, exclude }: Given): { readonly targets?: Targets } {
  if (Array.isArray(target) && Array.isArray(exclude)) {
    throw new UsageError("--target and --exclude do not go together", "Name what is to be planned, or what is not.");
  }
  if (Array.isArray(target)) return { targets: { only: target } };
  return Array.isArray(exclude) ? { targets: { except: exclude } } : {};
}

function countOf(given: Given, flag: string): number {
  const count = given[flag] ?? 0;
  if (typeof count === "number" && Number.isInteger(count) && count >= 0) return count;
  throw new UsageError(
    `--${flag} needs a whole number of contacts`,
    `Write --${flag} and the number that the plan names.`,
  );
}

const REASONS: Readonly<Record<Pause["reason"], string>> = {
  "rate-limit": "for Front's rate limit, to leave the reserve to others",
  "retry-after": "because Front asked to",
  "back-off": "before trying again",
};

/** Milliseconds. A wait for the budget belongs to the pace of a long run; only a long one needs a line that stays. */
const LONG_WAIT = 10_000;

/** A long silence needs a reason. */
export function showWait(progress: Progress, { reason, milliseconds }: Pause): void {
  const text = `waiting ${Math.ceil(milliseconds / 1000)} s ${REASONS[reason]}`;
  progress.say(text);
  if (reason !== "rate-limit" || milliseconds >= LONG_WAIT) progress.log(text);
}
