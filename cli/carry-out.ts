import {
  type ApplyReport,
  applyPlan,
  type Clock,
  type Journal,
  marksOfApplied,
  type Operation,
  type OperationResult,
  openCache,
  openJournal,
  type Plan,
  type Settings,
  showForeign,
  systemClock,
} from "../src/index.ts";
import { contactsDirectory, contactsPath, tellDiagnostics } from "./files.ts";
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
export async function rememberApplied(plan: Plan, { results }: ApplyReport, given: Given, io: Io): Promise<void> {
  const cache = await openCache(contactsPath(io, given), io.disk);
  cache.rememberApplied(plan.company.id, marksOfApplied(plan.changes, results));
  await cache.save();
}

/** Applies a plan, and says on standard error how it goes, unless somebody else says it. */
export async function carryOut(
  plan: Plan,
  { reserve, company, known }: Pick<Settings, "reserve" | "company"> & { readonly known?: ReadonlyMap<string, string> },
  given: Given,
  io: Io,
  watcher?: Watcher,
): Promise<ApplyReport> {
  const clock = io.clock ?? systemClock;
  const journal = given["no-journal"] === true ? undefined : openJournalOf(plan, given, io, clock);
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
