import {
  type ApplyReport,
  applyPlan,
  marksOfApplied,
  type Operation,
  type OperationResult,
  openCache,
  type Plan,
  showForeign,
  systemClock,
} from "../src/index.ts";
import { contactsPath } from "./files.ts";
import { backOffOf, connect } from "./front.ts";
import type { Given, Io } from "./io.ts";
import { tellWait } from "./planning.ts";
import { type Progress, startProgress } from "./views/progress.ts";

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
  plan: Pick<Plan, "operations">,
  { reserve, known }: { readonly reserve?: number; readonly known?: ReadonlyMap<string, string> },
  given: Given,
  io: Io,
  watcher?: Watcher,
): Promise<ApplyReport> {
  const progress = startProgress(io, "Applying", { live: watcher === undefined });
  const watching = watcher ?? narrator(progress, plan.operations.length);
  const over = new AbortController();
  const telling = watching.tellProgress?.(over.signal);
  const { parallelism } = given;
  const front = connect(io, given, {
    readOnly: false,
    reserve,
    onWait: (wait) => tellWait(progress, wait),
  });
  try {
    return await applyPlan(plan, front, {
      ...(known === undefined ? {} : { known }),
      clock: io.clock ?? systemClock,
      backOff: backOffOf(io),
      cwd: io.cwd,
      signal: io.signal,
      ...(typeof parallelism === "number" ? { parallelism } : {}),
      onStart: (operation) => {
        io.inFlight.add(operation.id);
        watching.started(operation);
      },
      onEnd: (result) => {
        io.inFlight.delete(result.operation.id);
        watching.ended(result);
      },
    });
  } finally {
    over.abort();
    await Promise.all([telling, progress.stop()]);
  }
}

function narrator(progress: Progress, total: number): Watcher {
  let ended = 0;
  return {
    started() {},
    ended({ operation, ending }) {
      ended += 1;
      progress.say(`${ended} of ${total} operations`);
      progress.log(`[${ended}/${total}] ${describe(operation)}: ${ending}`);
    },
  };
}

function describe({ kind, subjects }: Operation): string {
  return showForeign(`${kind} ${subjects.length === 1 ? subjects[0] : `${subjects.length} contacts`}`);
}
