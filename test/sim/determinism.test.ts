import { expect, test } from "@jest/globals";
import { runs } from "../scale.ts";
import { drawBase } from "./base.ts";
import { simulateHistory } from "./history.ts";
import { eventLog } from "./invariants.ts";
import { desiredStateOf, drawScenario, loadDesiredFromFiles } from "./scenario.ts";

const SEEDS = Array.from({ length: runs(100) }, (_, index) => 7 * index + 1);

test("a seed always produces the same log", async () => {
  for (const seed of SEEDS) {
    const [one, other] = [await simulateHistory(seed), await simulateHistory(seed)];
    expect(eventLog(one.simulation)).toBe(eventLog(other.simulation));
  }
});

test("the desired state of entries is the same whether it is built directly or loaded from files", async () => {
  for (const seed of SEEDS) {
    const scenario = drawScenario(seed);
    const { entries, lists, accounts } = scenario;
    for (const variant of [entries, drawBase(seed, { entries }, 1)?.entries ?? {}]) {
      const direct = desiredStateOf(variant, lists, accounts);
      const loaded = await loadDesiredFromFiles({ ...scenario, entries: variant });
      expect(withoutLocations(loaded)).toEqual(withoutLocations(direct));
    }
  }
});

/** Returns a copy without locations, because only one of the compared values was read from a file. */
function withoutLocations(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, nested) => (/location$/i.test(key) ? undefined : nested)));
}
