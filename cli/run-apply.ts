import {
  type ApplyReport,
  applyPlan,
  type DesiredState,
  type Diagnostic,
  escapeText,
  imagesMatch,
  type Operation,
  type OperationResult,
  type Picture,
  type Plan,
  readPicture,
  revalidationOf,
  type Settings,
  syncMarksOf,
} from "../src/index.ts";
import type { ApplyArgs } from "./args/plan-args.ts";
import type { Session } from "./session.ts";
import { ApplyProgress } from "./views/apply/apply-progress.ts";

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
  session: Session,
): Promise<void> {
  const refused = new Set(refusals.map(({ address }) => address));
  const changes = plan.changes.filter(({ address }) => !refused.has(address));
  const cache = await session.cache();
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
  args: ApplyArgs,
  session: Session,
  watcher?: ApplyObserver,
): Promise<ApplyReport> {
  const { clock, cwd, environment } = session;
  const journal = args.journal && !session.isRehearsal ? session.openJournal(plan.company.id) : undefined;
  const mask = session.mask({ plan, sources: new Map() });
  const inWords = ({ id }: Operation) => mask.text(escapeText(id));
  const progress = session.startProgress("Applying", { live: watcher === undefined });
  const { parallelism } = args;
  const front = session.frontWriter({
    ...(reserve === undefined ? {} : { reserve }),
    ...(company === undefined ? {} : { company }),
  });
  const total = plan.operations.length;
  const narrator = new ApplyProgress(progress, front, { total, requests: plan.requests.total, clock });
  const samePicture = async (picture: Picture, shown: Uint8Array) =>
    imagesMatch(await readPicture(picture, { cwd }), shown);
  const pictures = await session.cache();
  const over = new AbortController();
  const telling = watcher?.tellProgress?.(over.signal);
  try {
    return await applyPlan(plan, front, {
      ...(known === undefined ? {} : { known }),
      clock,
      backOff: session.backOff,
      cwd,
      signal: session.signal,
      ...(parallelism === undefined ? {} : { parallelism }),
      revalidate: revalidationOf(approved, desired, front, { pictures, samePicture, cwd }),
      validatedAt: readAt,
      mayStart: (operation) => journal?.mayStart(operation),
      onStart: (operation) => {
        environment.inFlight.add(inWords(operation));
        watcher?.started(operation);
      },
      onEnd: (result) => {
        journal?.ended(result);
        environment.inFlight.delete(inWords(result.operation));
        (watcher ?? narrator).ended(result);
      },
    });
  } finally {
    over.abort();
    await Promise.all([telling, progress.stop()]);
    const trouble = journal?.close();
    if (trouble !== undefined) session.showDiagnostics([trouble]);
  }
}
