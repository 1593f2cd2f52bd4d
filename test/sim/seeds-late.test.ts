import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { simulateSeeds } from "./seeds.ts";

const half = SCALE.seeds / 2;

const { broken, uncovered } = await simulateSeeds(half + 1, half);

test("every invariant holds for every seed", () => {
  expect(broken).toEqual([]);
});

test("every fault affects every kind of request", () => {
  expect(uncovered).toEqual([]);
});
