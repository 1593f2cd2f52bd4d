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
  loadDesired,
  type Pause,
  type Plan,
  type RequestRate,
  type Revalidated,
  readRemoteState,
  revalidatePlan,
  type SavedPlan,
  systemClock,
  warnPartialApply,
  withPace,
} from "../../src/index.ts";
import { applyLimitsOf } from "../args/apply-limits.ts";
import { contactsDirectory, openCacheOf } from "../configuration.ts";
import { connect } from "../front-client.ts";
import { showWait } from "../make-plan.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";
import { executePlan, refusalsOf, rememberApplied } from "../run-apply.ts";
import { readSavedPlan } from "../saved-plan-file.ts";
import { verify } from "../verify-apply.ts";
import { isComplete } from "../views/apply/apply-summary.ts";
import { type ApplyView, applyViewFor } from "../views/apply/apply-view.ts";
import { startProgress } from "../views/progress.ts";

/**
 * Applies what people reviewed, as far as the configuration and Front still agree with it. A plan file is input like any
 * other: everything that is sent is computed from the configuration and from Front, and the file can only narrow it down.
 */
export async function applySaved(file: string, given: Given, io: Environment): Promise<number> {
  refuseShaping(given);
  const { saved, warnings } = readSavedPlan(io, file);
  const voice = applyViewFor(given, io);
  voice.diagnostics(warnings);
  const bound = await bindPlan(saved, voice, given, io);
  if (bound === undefined) return EXIT.failed;
  const readAt = (io.clock ?? systemClock).monotonic();
  const revalidated = await readAndRevalidate(saved, bound.desired, { voice, given, io });
  if (revalidated === undefined) return EXIT.failed;
  const refusals = [...bound.refusals, ...revalidated.refusals];
  voice.diagnostics([...new Set(refusals.map(({ diagnostic }) => diagnostic))]);
  const { plan, pace } = revalidated;
  voice.diagnostics(plan.diagnostics);
  const left = { ...plan, requests: withPace(plan.requests, pace) };
  const overBudget = checkBudget(left.requests, applyLimitsOf(given));
  voice.diagnostics(overBudget);
  if (hasErrors(overBudget)) return EXIT.failed;
  const desired = onlyTouched(bound.desired, left);
  const { settings } = desired;
  const report = await executePlan(
    left,
    { ...settings, approved: left, desired, readAt },
    given,
    io,
    voice.begin(left),
  );
  await rememberApplied(left, report, given, io);
  const proof = await verify(left, report, settings, given, io);
  const leftOut = saved.plan.diagnostics.filter(({ leavesOut }) => leavesOut !== undefined);
  voice.diagnostics([...warnPartialApply(left), ...leftOut, ...refusalsOf(report)]);
  voice.end(left, { report, proof, detached: given["detached"] === true, refused: refusals.length });
  const complete = refusals.length + leftOut.length === 0 && isComplete(report, proof);
  return complete ? EXIT.ok : EXIT.failed;
}

/** What was refused or is done already is not looked at again. */
function onlyTouched(desired: DesiredState, { changes }: Plan): DesiredState {
  const touched = new Set(changes.map(({ name }) => name));
  return { ...desired, contacts: desired.contacts.filter(({ key }) => touched.has(key)) };
}

/** Options that shape a plan have no effect on one that was reviewed. */
function refuseShaping(given: Given): void {
  const shaping = [
    "allow-handle-moves",
    "allow-changes",
    "allow-removals",
    "dry-run",
    "target",
    "exclude",
    "refresh",
    "accept-shrink",
  ];
  const flag = shaping.find((name) => given[name] !== undefined);
  if (flag === undefined) return;
  throw new UsageError(`--${flag} has no effect on a saved plan`, "Leave it out, or create a new plan with it.");
}

/**
 * Compares the plan's entries with the configuration, so that a plan can only do what is committed. With `--detached`
 * nothing is compared. Returns undefined when the configuration cannot be compared with.
 */
async function bindPlan(saved: SavedPlan, voice: ApplyView, given: Given, io: Environment): Promise<Bound | undefined> {
  const { desired, plan } = saved;
  if (given["detached"] === true) {
    voice.diagnostics([DETACHED]);
    return { desired, refusals: [] };
  }
  const loaded = await loadDesired(contactsDirectory(given), { cwd: io.cwd });
  if (loaded.desired === undefined) {
    voice.diagnostics([...loaded.diagnostics, notComparable(contactsDirectory(given))]);
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
  readonly given: Given;
  readonly io: Environment;
}

/** With how fast the result may be applied. Returns undefined when the plan may not be applied at all. */
async function readAndRevalidate(
  saved: SavedPlan,
  desired: DesiredState,
  { voice, given, io }: Surroundings,
): Promise<(Revalidated & { readonly pace: RequestRate | undefined }) | undefined> {
  const progress = startProgress(io, "Reading Front");
  const over = new AbortController();
  try {
    const { reserve, company } = desired.settings;
    const onPause = (wait: Pause) => showWait(progress, wait);
    const front = connect(io, given, { readOnly: true, signal: over.signal, reserve, company, onPause });
    const cache = await openCacheOf(io, given);
    /** With the plan's company in the settings, nothing more is read of another one. */
    const wanted = { ...desired, settings: { ...desired.settings, company: saved.plan.company.id } };
    const state = await readRemoteState(wanted, front, {
      ...{ pictures: cache, memory: cache, allowHandleMoves: true, countConversations: false, cwd: io.cwd },
      onProgress: (read, expected) =>
        progress.say(`${read}${expected === undefined ? "" : ` of about ${expected}`} contacts`),
    });
    const now = (io.clock ?? systemClock).now();
    const problems = checkSavedPlan({ saved, version: packageJson.version, companyId: state.company.id, now });
    voice.diagnostics(problems);
    if (hasErrors(problems)) return undefined;
    await cache.save();
    return { ...revalidatePlan({ plan: saved.plan, desired: wanted }, state), pace: front.requestRate };
  } finally {
    /** Where one reading fails, the others are not to go on for minutes behind the error. */
    over.abort();
    await progress.stop();
  }
}
