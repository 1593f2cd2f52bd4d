import {
  attributeDifferences,
  compareAndPlan,
  type DesiredState,
  type Diagnostic,
  hasErrors,
  type Loaded,
  marksInSync,
  type Plan,
  readRemoteState,
  warnStaleSchema,
} from "../src/internal.ts";
import type { PlanningArgs } from "./args/plan-args.ts";
import type { Session } from "./session.ts";
import { renderPlan } from "./views/plan/text.ts";

/** The loaded configuration, and the plan made from it. */
export interface Planning {
  readonly loaded: Loaded;
  /** Undefined when the configuration has errors. */
  readonly plan: Plan | undefined;
  /** When reading Front began, in the clock's monotonic milliseconds. */
  readonly readAt: number;
}

/** A plan without errors, and what it was made from. */
export interface SoundPlan {
  readonly desired: DesiredState;
  readonly plan: Plan;
  readonly readAt: number;
}

/** Loads the configuration, reads Front and plans. Throws a `FrontError` when Front cannot be read. */
export async function makePlan(args: PlanningArgs, session: Session): Promise<Planning> {
  const loaded = await session.loadConfiguration();
  const readAt = session.clock.monotonic();
  if (loaded.desired === undefined) return { loaded, plan: undefined, readAt };
  const { plan, warnings } = await readAndPlan(loaded.desired, args, session);
  return { loaded: { ...loaded, diagnostics: [...loaded.diagnostics, ...warnings] }, plan, readAt };
}

/** Prints the plan and its diagnostics. A plan that a guard refused is printed too. Returns it if it has no errors. */
export function showPlan({ loaded, plan, readAt }: Planning, session: Session): SoundPlan | undefined {
  session.showDiagnostics(loaded.diagnostics, loaded);
  if (plan === undefined || loaded.desired === undefined) return undefined;
  const sound = !hasErrors(plan.diagnostics);
  const context = { ...loaded, plan };
  if (sound || plan.changes.length > 0) session.out(renderPlan(plan, session.colors("stdout"), session.mask(context)));
  session.showDiagnostics(plan.diagnostics, context);
  return sound ? { desired: loaded.desired, plan, readAt } : undefined;
}

async function readAndPlan(
  desired: DesiredState,
  { policy, refresh, allowHandleMoves }: PlanningArgs,
  session: Session,
): Promise<{ readonly plan: Plan; readonly warnings: readonly Diagnostic[] }> {
  const progress = session.startProgress("Reading contacts");
  try {
    const cache = await session.cache();
    const state = await readRemoteState(desired, session.frontReader(desired.settings), {
      pictures: cache,
      memory: cache,
      refresh,
      allowHandleMoves,
      acceptShrink: policy.acceptShrink ?? false,
      cwd: session.cwd,
      onProgress: progress.count,
    });
    const { plan, unchanged } = compareAndPlan(desired, state, policy);
    const known = cache.inSync(plan.company.id);
    cache.rememberInSync(plan.company.id, marksInSync([...plan.changes, ...unchanged], plan.operations, known));
    await cache.save();
    return {
      plan: { ...plan, changes: attributeDifferences(plan.changes, known) },
      warnings: warnStaleSchema(session.args.contacts, state, { cwd: session.cwd }),
    };
  } finally {
    await progress.stop();
  }
}
