import {
  type ApplyReport,
  appliedChanges,
  applyPlan,
  createdIds,
  type DesiredState,
  type Diagnostic,
  escapeText,
  hasExcludedEntries,
  hashesAfterApply,
  type Operation,
  type Plan,
  type RecordedRun,
  type Refusal,
  type RunStart,
  revalidationOf,
  type Settings,
  type Verification,
  verifyApply,
} from "../src/internal.ts";
import type { ApplyArgs } from "./args/plan-args.ts";
import { replacedPictures } from "./avatar-history.ts";
import { reportApplyToGitHub } from "./ci/github-actions.ts";
import { EXIT } from "./environment.ts";
import { checkedOutCommit } from "./git-repository.ts";
import type { OutputFile } from "./output-file.ts";
import { VERSION } from "./package-files.ts";
import type { MaskContext, Session } from "./session.ts";
import { thumbnailsOf } from "./thumbnails.ts";
import { completeEachAdvice } from "./views/advice.ts";
import { continuationAdvice, isComplete } from "./views/apply/apply-summary.ts";
import type { ApplyView } from "./views/apply/apply-view.ts";
import { renderPage } from "./views/html/page.ts";
import type { Progress } from "./views/progress-line.ts";

/** A new plan that was approved, or the part of a saved plan that is still valid. */
export interface PreparedPlan {
  readonly plan: Plan;
  /** The digest of the saved plan. Omitted for a new plan. */
  readonly planDigest?: string;
  readonly desired: DesiredState;
  /**
   * When the plan was last validated, in monotonic milliseconds. Negative infinity if the apply must re-validate the plan
   * before the first operation.
   */
  readonly validatedAt: number;
  /** Includes the plan. */
  readonly context: MaskContext;
  /** A warning if targets excluded changes, and the errors that excluded entries from a saved plan. */
  readonly exclusions: readonly Diagnostic[];
  /** The resources of a saved plan that are refused, with the reasons. */
  readonly refusals: readonly Refusal[];
  /** True if a saved plan was not compared with the configuration. */
  readonly detached: boolean;
}

export interface RunArgs
  extends Pick<ApplyArgs, "format" | "journal" | "parallelism" | "maskedOnGitHub" | "maskedPage"> {
  readonly htmlFile?: OutputFile | undefined;
}

export async function runApply(
  preparedPlan: PreparedPlan,
  args: RunArgs,
  session: Session,
  view: ApplyView,
): Promise<number> {
  const { plan, context, exclusions, refusals, detached } = preparedPlan;
  const reader = session.frontReader(preparedPlan.desired.settings);
  const sentBefore = reader.requests;
  const thumbnails = await renderThumbnails(preparedPlan, args, session);
  const thumbnailRequests = reader.requests - sentBefore;
  const appliedReport = await performOperations(preparedPlan, args, session, view);
  const report = { ...appliedReport, requests: appliedReport.requests + thumbnailRequests };
  const verification = await verify(preparedPlan, report, args, session);
  await saveAppliedHashes(plan, report, verification, session);
  const refusedDuringApply = (report.refusals ?? []).map(({ diagnostic }) => diagnostic);
  const diagnostics = [...exclusions, ...refusedDuringApply];
  const skippedCount = countExcludedEntries([...plan.diagnostics, ...exclusions]);
  const outcome = { plan, report, verification, refusals, detached, skippedCount };
  view.diagnostics(diagnostics, context);
  view.summary(outcome, context);
  const { contacts } = session.args;
  const pageOptions = {
    diagnostics: completeEachAdvice([...diagnostics, ...verification.diagnostics], contacts),
    mask: session.mask(context, args.maskedPage),
    version: VERSION,
    thumbnails,
    outcome,
    contacts,
  };
  // The page is written last, because writing it fails if the disk is full.
  await reportApplyToGitHub(session, outcome, context, { masked: args.maskedOnGitHub });
  args.htmlFile?.write(renderPage(plan, pageOptions));
  return isComplete(outcome) ? EXIT.ok : EXIT.failed;
}

function countExcludedEntries(diagnostics: readonly Diagnostic[]): number {
  const errors = diagnostics.filter((diagnostic) => hasExcludedEntries([diagnostic]));
  return new Set(errors.map(({ excludedAddress }) => excludedAddress)).size;
}

/** Call this before the apply, which replaces the pictures. */
async function renderThumbnails({ plan, desired }: PreparedPlan, { htmlFile, maskedPage }: RunArgs, session: Session) {
  if (htmlFile === undefined || maskedPage) return new Map<string, string>();
  return await thumbnailsOf(plan, { cwd: session.cwd, front: session.frontReader(desired.settings) });
}

async function performOperations(
  { plan, planDigest, desired, validatedAt, context }: PreparedPlan,
  args: RunArgs,
  session: Session,
  view: ApplyView,
): Promise<ApplyReport> {
  const { clock, cwd, environment } = session;
  const isRecorded = args.journal && !session.isRehearsal && plan.operations.length > 0;
  const sentBefore = session.frontReader(desired.settings).requests;
  const run = isRecorded ? await recordRun({ plan, planDigest }, desired.settings, session) : undefined;
  const downloads = session.frontReader(desired.settings).requests - sentBefore;
  const journal = run && session.openJournal(plan.company.id, run.id);
  const mask = session.mask(context);
  const maskedId = ({ id }: Operation) => mask.text(escapeText(id));
  const continuation = continuationAdvice(plan, session.args.contacts);
  const front = session.frontWriter(desired.settings);
  const pictures = await session.cache();
  const listener = view.start(plan, front);
  let report: ApplyReport | undefined;
  try {
    report = await applyPlan(plan, front, {
      clock,
      cwd,
      backoff: session.backoff,
      signal: session.signal,
      parallelism: args.parallelism,
      validatedAt,
      revalidate: revalidationOf(plan, desired, front, { pictures, cwd }),
      mayStart: (operation) => journal?.recordStart(operation),
      onStart: (operation) => {
        environment.inFlight.set(maskedId(operation), continuation);
        listener.started(operation);
      },
      onEnd: (result) => {
        journal?.recordEnd(result);
        environment.inFlight.delete(maskedId(result.operation));
        listener.ended(result);
      },
    });
    return { ...report, requests: report.requests + downloads };
  } finally {
    await listener.stop();
    const problems = [journal?.close(), report && run?.finish(report)].filter((problem) => problem !== undefined);
    session.showDiagnostics(problems);
  }
}

async function recordRun(
  { plan, planDigest }: Pick<RunStart, "plan" | "planDigest">,
  settings: Settings,
  session: Session,
): Promise<RecordedRun> {
  const checkout = checkedOutCommit(session.args.contacts, session.environment);
  const pictures = await replacedPictures(plan, settings, session);
  const frontTime = session.frontReader(settings).time;
  const start = { version: VERSION, plan, planDigest, checkout, pictures, frontTime };
  return session.runs().start(start, () => session.clock.now(), settings.history);
}

/**
 * Saves the hashes of applied values, with which later plans determine the origin of differences. Omits resources that
 * are not as planned: otherwise, a value that Front did not store would be shown as changed in Front.
 */
async function saveAppliedHashes(
  plan: Plan,
  report: ApplyReport,
  { mismatched }: Verification,
  session: Session,
): Promise<void> {
  const changes = appliedChanges(plan.changes, report).filter(({ address }) => !mismatched?.has(address));
  const applied = { ...plan, changes };
  const cache = await session.cache();
  const { id } = plan.company;
  cache.storeSyncedHashes(id, hashesAfterApply(applied, createdIds(report), cache.getSyncedHashes(id)));
  await cache.save();
}

async function verify(
  { plan, desired }: PreparedPlan,
  report: ApplyReport,
  { format }: RunArgs,
  session: Session,
): Promise<Verification> {
  const work = async (progress: Progress) => {
    const cache = await session.cache();
    const verification = await verifyApply(plan, report, session.frontReader(desired.settings), {
      clock: session.clock,
      backoff: session.backoff,
      signal: session.signal,
      pictures: cache,
      onProgress: (done, total) => progress.update(`${done} of ${total} resources`),
    });
    await cache.save();
    return verification;
  };
  return await session.withProgress("Verifying", work, { live: format === "text" });
}
