import {
  type ApplyReport,
  applyPlan,
  marksOfApplied,
  type Operation,
  openCache,
  type Plan,
  readPicture,
  showForeign,
  systemClock,
} from "../src/index.ts";
import { contactsPath } from "./files.ts";
import { backOffOf, connect } from "./front.ts";
import type { Given, Io } from "./io.ts";
import { tellWait } from "./planning.ts";
import { startProgress } from "./views/progress.ts";

/** Remembers what was applied, so that a later plan can tell who changed what. */
export async function rememberApplied(plan: Plan, { results }: ApplyReport, given: Given, io: Io): Promise<void> {
  const cache = await openCache(contactsPath(io, given));
  cache.rememberApplied(plan.company.id, marksOfApplied(plan.changes, results));
  await cache.save();
}

/** Carries operations out with a live count, and ends with the account of all of them. */
export async function carryOut(
  plan: Pick<Plan, "operations">,
  { reserve, known }: { readonly reserve?: number; readonly known?: ReadonlyMap<string, string> },
  given: Given,
  io: Io,
): Promise<ApplyReport> {
  const progress = startProgress(io, "Applying");
  const total = plan.operations.length;
  let ended = 0;
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
      readPicture: (picture) => readPicture(picture, { cwd: io.cwd }),
      signal: io.signal,
      onStart: ({ id }) => io.inFlight.add(id),
      onEnd: ({ operation, ending }) => {
        ended += 1;
        io.inFlight.delete(operation.id);
        progress.say(`${ended} of ${total} operations`);
        progress.log(`[${ended}/${total}] ${describe(operation)}: ${ending}`);
      },
    });
  } finally {
    await progress.stop();
  }
}

function describe({ kind, subjects }: Operation): string {
  return showForeign(`${kind} ${subjects.length === 1 ? subjects[0] : `${subjects.length} contacts`}`);
}
