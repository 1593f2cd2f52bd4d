import { type ApplyReport, type Plan, systemClock, type Verification, verifyApply } from "../src/index.ts";
import { openCacheOf } from "./configuration.ts";
import { backOffOf, connect } from "./front-client.ts";
import { showWait } from "./make-plan.ts";
import type { Environment, Given } from "./process-io.ts";
import { startProgress } from "./views/progress.ts";

/** Asks Front whether it shows what was applied, and remembers at which addresses it shows pictures. */
export async function verify(
  plan: Plan,
  report: ApplyReport,
  {
    reserve,
    company,
    known,
  }: { readonly reserve?: number; readonly company?: string; readonly known?: ReadonlyMap<string, string> },
  given: Given,
  io: Environment,
): Promise<Verification> {
  const progress = startProgress(io, "Checking what Front has now", { live: given["json"] !== true });
  try {
    const front = connect(io, given, { readOnly: true, reserve, company, onPause: (wait) => showWait(progress, wait) });
    const cache = await openCacheOf(io, given);
    const proof = await verifyApply(plan, report, front, {
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
