import { type ApplyReport, type Plan, type Verification, verifyApply } from "../src/index.ts";
import type { Session } from "./session.ts";

/** Asks Front whether it shows what was applied, and remembers at which addresses it shows pictures. */
export async function verify(
  plan: Plan,
  report: ApplyReport,
  {
    reserve,
    company,
    known,
  }: { readonly reserve?: number; readonly company?: string; readonly known?: ReadonlyMap<string, string> },
  session: Session,
  { live }: { readonly live: boolean },
): Promise<Verification> {
  const progress = session.startProgress("Verifying", { live });
  try {
    const front = session.frontReader({
      ...(reserve === undefined ? {} : { reserve }),
      ...(company === undefined ? {} : { company }),
    });
    const cache = await session.cache();
    const proof = await verifyApply(plan, report, front, {
      clock: session.clock,
      backOff: session.backOff,
      pictures: cache,
      signal: session.signal,
      ...(known === undefined ? {} : { known }),
      onProgress: (done, total) => progress.say(`${done} of ${total} contacts`),
    });
    await cache.save();
    return proof;
  } finally {
    await progress.stop();
  }
}
