import { expect, test } from "@jest/globals";
import { ApplyProgress } from "../../../../cli/views/apply/apply-progress.ts";
import type { Operation, OperationResult } from "../../../../src/index.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

function operation(index: number): Operation {
  return { kind: "create-list", id: `create-list ${index}`, name: "VIP", subjects: [`list.${index}`], dependsOn: [] };
}

/** Ends so many operations, one every second, with two requests each. Answers what was said at last, and every line. */
async function narrate(total: number, failing: readonly number[] = []) {
  const clock = new VirtualClock();
  const front = { requests: 7 };
  const lines: string[] = [];
  let state = "";
  const progress = {
    say: (text: string) => {
      state = text;
    },
    log: (text: string) => lines.push(text),
    count() {},
    async stop() {},
  };
  const narrator = new ApplyProgress(progress, front, { total, requests: 2 * total + 10, clock });
  for (let index = 1; index <= total; index += 1) {
    await clock.sleep(1000);
    front.requests += 2;
    const failed = { status: "failed", message: "no", advice: "none" } as const;
    const result: OperationResult = failing.includes(index)
      ? { operation: operation(index), ...failed }
      : { operation: operation(index), status: "applied" };
    narrator.ended(result);
  }
  return { lines, state };
}

test("a short run is told operation by operation", async () => {
  const { lines } = await narrate(3, [2]);
  expect(lines).toEqual([
    "[1/3] create-list list.1: applied",
    "[2/3] create-list list.2: failed",
    "[3/3] create-list list.3: applied",
  ]);
});

test("a long run is told now and then, with its rate and the time that is left; what fails is told at once", async () => {
  const { lines, state } = await narrate(60, [15]);
  expect(lines).toEqual([
    "10 of 60 operations, 120 requests a minute, about 55 s left",
    "[15/60] create-list list.15: failed",
    "20 of 60 operations, 120 requests a minute, about 45 s left",
    "30 of 60 operations, 120 requests a minute, about 35 s left",
    "40 of 60 operations, 120 requests a minute, about 25 s left",
    "50 of 60 operations, 120 requests a minute, about 15 s left",
    "60 of 60 operations, 120 requests a minute, about 5 s left",
  ]);
  expect(state).toBe(lines.at(-1));
});

test("a rate of a moment is not told", async () => {
  const { state } = await narrate(2);
  expect(state).toBe("2 of 2 operations");
});
