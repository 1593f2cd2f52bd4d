import { expect, test } from "@jest/globals";
import { natively } from "../support/natively.ts";
import type { liveThroughSeeds } from "./seeds.ts";

const SEEDS = new URL("./seeds.ts", import.meta.url);

const { broken, uncovered } = await natively<typeof liveThroughSeeds>(SEEDS, "liveThroughSeeds", 5001, 5000);

test("whatever goes wrong, everything holds that is promised", () => {
  expect(broken).toEqual([]);
});

test("every fault struck every kind of request", () => {
  expect(uncovered).toEqual([]);
});
