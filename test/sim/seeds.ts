import { applies, FAULTS, type FaultKind, GROUPS, type Group } from "./faults.ts";
import { liveThrough } from "./history.ts";
import type { Simulation } from "./simulation.ts";

/** How often each fault struck each kind of request: one that never did was not tested. */
export class Coverage {
  readonly #struck = new Map<string, number>();

  add({ network }: Simulation): void {
    for (const { fault, group } of network.log) if (fault !== undefined) this.#count(fault, group);
  }

  #count(fault: FaultKind, group: Group): void {
    const key = `${fault} on: ${group}`;
    this.#struck.set(key, (this.#struck.get(key) ?? 0) + 1);
  }

  /** Which did not strike so many times. */
  lacking(least: number): string[] {
    const all = GROUPS.flatMap((group) =>
      FAULTS.filter((fault) => applies(fault, group.startsWith("read") ? "GET" : "POST")).map(
        (fault) => `${fault} on: ${group}`,
      ),
    );
    return all
      .filter((key) => (this.#struck.get(key) ?? 0) < least)
      .map((key) => `${key}: ${this.#struck.get(key) ?? 0}`);
  }
}

/** Lives through so many seeds; or through the one that `SIM_SEED` names. Answers with what did not hold, and where. */
export async function liveThroughSeeds(
  from: number,
  count: number,
  replayed: string | undefined,
): Promise<{ readonly broken: readonly string[]; readonly coverage: Coverage }> {
  const coverage = new Coverage();
  const broken: string[] = [];
  const [first, most] = replayed === undefined ? [from, count] : [Number(replayed), 1];
  for (let seed = first; seed < first + most && broken.length < 10; seed += 1) {
    const history = await liveThrough(seed);
    coverage.add(history.simulation);
    broken.push(...history.broken.map((what) => `npm run sim -- --seed ${seed}: ${what}`));
  }
  return { broken, coverage };
}
