import { expect, type test } from "@jest/globals";
import { onlyInFull } from "../scale.ts";
import { applies, FAULTS, type FaultKind, GROUPS, type Group } from "./faults.ts";
import { simulateHistory } from "./history.ts";
import type { Simulation } from "./simulation.ts";

/** Counts how often each fault affected each kind of request, to find combinations that were not tested. */
class Coverage {
  readonly #counts = new Map<string, number>();

  add({ network }: Simulation): void {
    for (const { fault, group } of network.log) if (fault !== undefined) this.#count(fault, group);
  }

  #count(fault: FaultKind, group: Group): void {
    const key = `${fault} on: ${group}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Returns the combinations that occurred fewer than `minimum` times. */
  missing(minimum: number): string[] {
    const combinations = GROUPS.flatMap((group) =>
      FAULTS.filter((fault) => applies(fault, group.startsWith("read") ? "GET" : "POST")).map(
        (fault) => `${fault} on: ${group}`,
      ),
    );
    return combinations
      .filter((key) => (this.#counts.get(key) ?? 0) < minimum)
      .map((key) => `${key}: ${this.#counts.get(key) ?? 0}`);
  }
}

/**
 * Simulates a history for each seed, until there are at least ten violations, and registers tests of the results.
 * `register` is the `test` function of the test file, because all test files of a process share this module.
 */
export async function testSeeds(register: typeof test, from: number, count: number): Promise<void> {
  const coverage = new Coverage();
  const violations: string[] = [];
  for (let seed = from; seed < from + count && violations.length < 10; seed += 1) {
    const history = await simulateHistory(seed);
    coverage.add(history.simulation);
    violations.push(...history.violations.map((violation) => `npm run sim -- --seed ${seed}: ${violation}`));
  }
  register("every invariant holds for every seed", () => {
    expect(violations).toEqual([]);
  });
  onlyInFull(register)("every fault affects every kind of request to which it applies", () => {
    expect(coverage.missing(3)).toEqual([]);
  });
}
