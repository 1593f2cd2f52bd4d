import { type ApplyReport, type Plan, type Proof, proveApply, systemClock } from "../src/index.ts";
import { openCacheOf } from "./files.ts";
import { backOffOf, connect } from "./front.ts";
import type { Given, Io } from "./io.ts";
import { tellWait } from "./planning.ts";
import { startProgress } from "./views/progress.ts";

/** Asks Front whether it shows what was applied, and remembers at which addresses it shows pictures. */
export async function prove(
  plan: Plan,
  report: ApplyReport,
  {
    reserve,
    company,
    known,
  }: { readonly reserve?: number; readonly company?: string; readonly known?: ReadonlyMap<string, string> },
  given: Given,
  io: Io,
): Promise<Proof> {
  const progress = startProgress(io, "Checking what Front has now", { live: given["json"] !== true });
  try {
    const front = connect(io, given, { readOnly: true, reserve, company, onWait: (wait) => tellWait(progress, wait) });
    const cache = await openCacheOf(io, given);
    const proof = await proveApply(plan, report, front, {
      clock: io.clock ?? systemClock,
      backOff: backOffOf(io),
      pictures: cache,
      signal: io.signal,
      ...(known === undefined ? {} : { known }),
      onProgress: (done, total) => progress.say(`${done} of ${total} contacts`),
    });
    await cache.save();
    return proof;
  } finally {
    await progress.stop();
  }
}
