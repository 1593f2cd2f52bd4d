import {
  type ApplyReport,
  applyPlan,
  type Clock,
  type Desired,
  type Diagnostic,
  type Journal,
  looksAlike,
  marksOfApplied,
  type Operation,
  type OperationResult,
  openJournal,
  type Picture,
  type Plan,
  readPicture,
  revalidationOf,
  type Settings,
  showForeign,
  systemClock,
} from "../src/index.ts";
import { contactsDirectory, isRehearsal, openCacheOf, tellDiagnostics } from "./files.ts";
import { isMasked, maskOf } from "./format.ts";
import { backOffOf, connect } from "./front.ts";
import type { Given, Io } from "./io.ts";
import { Narrator } from "./narrator.ts";
import { tellWait } from "./planning.ts";
import { startProgress } from "./views/progress.ts";

/** Who wants to know how operations go. */
export interface Watcher {
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
  io: Io,
): Promise<void> {
  const refused = new Set(refusals.map(({ address }) => address));
  const changes = plan.changes.filter(({ address }) => !refused.has(address));
  const cache = await openCacheOf(io, given);
  cache.rememberInSync(plan.company.id, marksOfApplied(changes, results));
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
  readonly desired: Desired;
  /** When Front was last read, in the clock's monotonic milliseconds. What changed since is looked up a minute later. */
  readonly readAt: number;
}

/** Applies a plan, and says on standard error how it goes, unless somebody else says it. */
export async function carryOut(
  plan: Plan,
  { reserve, company, known, approved, desired, readAt }: ApplyBasis,
  given: Given,
  io: Io,
  watcher?: Watcher,
): Promise<ApplyReport> {
  const clock = io.clock ?? systemClock;
  const hasJournal = given["no-journal"] !== true && !isRehearsal(io);
  const journal = hasJournal ? openJournalOf(plan, given, io, clock) : undefined;
  const mask = maskOf(isMasked(given), { plan, sources: NO_SOURCES });
  const inWords = ({ id }: Operation) => mask.text(showForeign(id));
  const progress = startProgress(io, "Applying", { live: watcher === undefined });
  const { parallelism } = given;
  const front = connect(io, given, {
    readOnly: false,
    reserve,
    company,
    onWait: (wait) => tellWait(progress, wait),
  });
  const total = plan.operations.length;
  const narrator = new Narrator(progress, front, { total, requests: plan.requests.total, clock });
  const samePicture = async (picture: Picture, shown: Uint8Array) =>
    looksAlike(await readPicture(picture, { cwd: io.cwd }), shown);
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
    if (trouble !== undefined) tellDiagnostics([trouble], { sources: NO_SOURCES }, io, given);
  }
}

const NO_SOURCES = new Map<string, string>();

function openJournalOf({ company }: Plan, given: Given, io: Io, clock: Clock): Journal {
  return openJournal(contactsDirectory(given), { company: company.id, clock, cwd: io.cwd });
}
