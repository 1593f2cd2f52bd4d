import { expect, test } from "@jest/globals";
import { liveThroughSeeds } from "./seeds.ts";

const { broken, coverage } = await liveThroughSeeds(1, 5000, process.env["SIM_SEED"]);

test("whatever goes wrong, everything holds that is promised", () => {
  expect(broken).toEqual([]);
});

test("every fault struck every kind of request", () => {
  if (process.env["SIM_SEED"] === undefined) expect(coverage.lacking(3)).toEqual([]);
});
