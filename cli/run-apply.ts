import {
  type ApplyReport,
  applyPlan,
  type Clock,
  type DesiredState,
  type Diagnostic,
  escapeText,
  imagesMatch,
  type Journal,
  type Operation,
  type OperationResult,
  openJournal,
  type Picture,
  type Plan,
  readPicture,
  revalidationOf,
  type Settings,
  syncMarksOf,
  systemClock,
} from "../src/index.ts";
import { isMasked, maskOf } from "./args/output-format.ts";
import { contactsDirectory, isRehearsal, openCacheOf, showDiagnostics } from "./configuration.ts";
import { backOffOf, connect } from "./front-client.ts";
import { showWait } from "./make-plan.ts";
import type { Environment, Given } from "./process-io.ts";
import { ApplyProgress } from "./views/apply/apply-progress.ts";
import { startProgress } from "./views/progress.ts";

/** Who wants to know how operations go. */
export interface ApplyObserver {
  started(operation: Operation): void;
  ended(result: OperationResult): void;
  /** Runs beside the apply, until the signal aborts. */
  tellProgress?(signal: AbortSignal): Promise<void>;
}

/** Remembers what was applied, so that a later plan can tell who changed what. */
export async function rememberApplied(
  plan: Plan,
  { results, refusals = [] }: ApplyReport,
  given: Given,
  io: Environment,
): Promise<void> {
  const refused = new Set(refusals.map(({ address }) => address));
  const changes = plan.changes.filter(({ address }) => !refused.has(address));
  const cache = await openCacheOf(io, given);
  cache.rememberInSync(plan.company.id, syncMarksOf(changes, results));
  await cache.save();
}

/** An error for each contact that was left alone because somebody changed it in Front during the apply. */
export function refusalsOf({ refusals = [] }: ApplyReport): Diagnostic[] {
  return refusals.map(({ diagnostic }) => diagnostic);
}

/** What an apply starts from, besides the operations. */
export interface ApplyBasis extends Pick<Settings, "reserve" | "company"> {
  readonly known?: ReadonlyMap<string, string>;
  /** The plan that was approved, with everything that it was computed from. */
  readonly approved: Plan;
  readonly desired: DesiredState;
  /** When Front was last read, in the clock's monotonic milliseconds. What changed since is looked up a minute later. */
  readonly readAt: number;
}

/** Applies a plan, and says on standard error how it goes, unless somebody else says it. */
export async function executePlan(
  plan: Plan,
  { reserve, company, known, approved, desired, readAt }: ApplyBasis,
  given: Given,
  io: Environment,
  watcher?: ApplyObserver,
): Promise<ApplyReport> {
  const clock = io.clock ?? systemClock;
  const hasJournal = given["no-journal"] !== true && !isRehearsal(io);
  const journal = hasJournal ? openJournalOf(plan, given, io, clock) : undefined;
  const mask = maskOf(isMasked(given), { plan, sources: NO_SOURCES });
  const inWords = ({ id }: Operation) => mask.text(escapeText(id));
  const progress = startProgress(io, "Applying", { live: watcher === undefined });
  const { parallelism } = given;
  const front = connect(io, given, {
    readOnly: false,
    reserve,
    company,
    onPause: (wait) => showWait(progress, wait),
  });
  const total = plan.operations.length;
  const narrator = new ApplyProgress(progress, front, { total, requests: plan.requests.total, clock });
  const samePicture = async (picture: Picture, shown: Uint8Array) =>
    imagesMatch(await readPicture(picture, { cwd: io.cwd }), shown);
  const pictures = await openCacheOf(io, given);
  const over = new AbortController();
  const telling = watcher?.tellProgress?.(over.signal);
  try {
    return await applyPlan(plan, front, {
      ...(known === undefined ? {} : { known }),
      clock,
      backOff: backOffOf(io),
      cwd: io.cwd,
      signal: io.signal,
      ...(typeof parallelism === "number" ? { parallelism } : {}),
      revalidate: revalidationOf(approved, desired, front, { pictures, samePicture, cwd: io.cwd }),
      validatedAt: readAt,
      mayStart: (operation) => journal?.mayStart(operation),
      onStart: (operation) => {
        io.inFlight.add(inWords(operation));
        watcher?.started(operation);
      },
      onEnd: (result) => {
        journal?.ended(result);
        io.inFlight.delete(inWords(result.operation));
        (watcher ?? narrator).ended(result);
      },
    });
  } finally {
    over.abort();
    await Promise.all([telling, progress.stop()]);
    const trouble = journal?.close();
    if (trouble !== undefined) showDiagnostics([trouble], { sources: NO_SOURCES }, io, given);
  }
}

const NO_SOURCES = new Map<string, string>();

function openJournalOf({ company }: Plan, given: Given, io: Environment, clock: Clock): Journal {
  return openJournal(contactsDirectory(given), { company: company.id, clock, cwd: io.cwd });
}
