import packageJson from "../../package.json" with { type: "json" };
import {
  type Bound,
  bindToFiles,
  checkBudget,
  checkSavedPlan,
  type DesiredState,
  type Diagnostic,
  digestOf,
  hasErrors,
  type Plan,
  type RequestRate,
  type Revalidated,
  readRemoteState,
  revalidatePlan,
  type SavedPlan,
  warnPartialApply,
  withPace,
} from "../../src/index.ts";
import type { ApplyArgs } from "../args/plan-args.ts";
import { EXIT } from "../process-io.ts";
import { executePlan, refusalsOf, rememberApplied } from "../run-apply.ts";
import { readSavedPlan } from "../saved-plan-file.ts";
import type { Session } from "../session.ts";
import { verify } from "../verify-apply.ts";
import { isComplete } from "../views/apply/apply-summary.ts";
import { type ApplyView, applyViewFor } from "../views/apply/apply-view.ts";

/**
 * Applies what people reviewed, as far as the configuration and Front still agree with it. A plan file is input like any
 * other: everything that is sent is computed from the configuration and from Front, and the file can only narrow it down.
 */
export async function applySaved(file: string, args: ApplyArgs, session: Session): Promise<number> {
  const { saved, warnings } = readSavedPlan(file, session.environment);
  const voice = applyViewFor(args.format, session);
  voice.diagnostics(warnings);
  const bound = await bindPlan(saved, voice, args, session);
  if (bound === undefined) return EXIT.failed;
  const readAt = session.clock.monotonic();
  const revalidated = await readAndRevalidate(saved, bound.desired, { voice, session });
  if (revalidated === undefined) return EXIT.failed;
  const refusals = [...bound.refusals, ...revalidated.refusals];
  voice.diagnostics([...new Set(refusals.map(({ diagnostic }) => diagnostic))]);
  const { plan, pace } = revalidated;
  voice.diagnostics(plan.diagnostics);
  const left = { ...plan, requests: withPace(plan.requests, pace) };
  const overBudget = checkBudget(left.requests, args.policy.limits);
  voice.diagnostics(overBudget);
  if (hasErrors(overBudget)) return EXIT.failed;
  const desired = onlyTouched(bound.desired, left);
  const { settings } = desired;
  const report = await executePlan(
    left,
    { ...settings, approved: left, desired, readAt },
    args,
    session,
    voice.begin(left),
  );
  await rememberApplied(left, report, session);
  const proof = await verify(left, report, settings, session, { live: args.format !== "json" });
  const leftOut = saved.plan.diagnostics.filter(({ leavesOut }) => leavesOut !== undefined);
  voice.diagnostics([...warnPartialApply(left), ...leftOut, ...refusalsOf(report)]);
  voice.end(left, { report, proof, detached: args.detached, refused: refusals.length });
  const complete = refusals.length + leftOut.length === 0 && isComplete(report, proof);
  return complete ? EXIT.ok : EXIT.failed;
}

/** What was refused or is done already is not looked at again. */
function onlyTouched(desired: DesiredState, { changes }: Plan): DesiredState {
  const touched = new Set(changes.map(({ name }) => name));
  return { ...desired, contacts: desired.contacts.filter(({ key }) => touched.has(key)) };
}

/**
 * Compares the plan's entries with the configuration, so that a plan can only do what is committed. With `--detached`
 * nothing is compared. Returns undefined when the configuration cannot be compared with.
 */
async function bindPlan(
  saved: SavedPlan,
  voice: ApplyView,
  args: ApplyArgs,
  session: Session,
): Promise<Bound | undefined> {
  const { desired, plan } = saved;
  if (args.detached) {
    voice.diagnostics([DETACHED]);
    return { desired, refusals: [] };
  }
  const loaded = await session.loadConfiguration();
  if (loaded.desired === undefined) {
    voice.diagnostics([...loaded.diagnostics, notComparable(args.contacts)]);
    return undefined;
  }
  const { company = plan.company.id } = loaded.desired.settings;
  if (company !== plan.company.id) {
    voice.diagnostics([otherCompany(plan, company)]);
    return undefined;
  }
  const bound = bindToFiles(desired, loaded.desired);
  const isSame = bound.refusals.length > 0 || digestOf(loaded.desired) === saved.files_digest;
  if (!isSame) voice.diagnostics([FILES_CHANGED]);
  return bound;
}

const DETACHED: Diagnostic = {
  severity: "warning",
  code: "plan-detached",
  summary: "This plan is applied without comparing it with the configuration (--detached)",
  advice: "Leave --detached out wherever the configuration is checked out.",
};

const FILES_CHANGED: Diagnostic = {
  severity: "warning",
  code: "files-changed",
  summary: "The configuration has changed since this plan was made",
  advice: "The entries in the plan are the same, and it is applied. Create a new plan to review the rest.",
};

function notComparable(directory: string): Diagnostic {
  return {
    severity: "error",
    code: "files-unreadable",
    summary: `This plan cannot be compared with the configuration in ${directory}`,
    advice: "Run apply where the configuration is checked out. To apply the plan without it, add --detached.",
  };
}

function otherCompany({ company }: Plan, named: string): Diagnostic {
  return {
    severity: "error",
    code: "plan-company",
    summary: `This plan is for the company ${company.id}, but the configuration is for ${named}`,
    advice: "Apply it with the configuration that it was created from.",
  };
}

interface Surroundings {
  readonly voice: ApplyView;
  readonly session: Session;
}

/** With how fast the result may be applied. Returns undefined when the plan may not be applied at all. */
async function readAndRevalidate(
  saved: SavedPlan,
  desired: DesiredState,
  { voice, session }: Surroundings,
): Promise<(Revalidated & { readonly pace: RequestRate | undefined }) | undefined> {
  const progress = session.startProgress("Reading contacts");
  try {
    const front = session.frontReader(desired.settings);
    const cache = await session.cache();
    /** With the plan's company in the settings, nothing more is read of another one. */
    const wanted = { ...desired, settings: { ...desired.settings, company: saved.plan.company.id } };
    const state = await readRemoteState(wanted, front, {
      ...{ pictures: cache, memory: cache, allowHandleMoves: true, countConversations: false, cwd: session.cwd },
      onProgress: progress.count,
    });
    const now = session.clock.now();
    const problems = checkSavedPlan({ saved, version: packageJson.version, companyId: state.company.id, now });
    voice.diagnostics(problems);
    if (hasErrors(problems)) return undefined;
    await cache.save();
    return { ...revalidatePlan({ plan: saved.plan, desired: wanted }, state), pace: front.requestRate };
  } finally {
    await progress.stop();
  }
}
