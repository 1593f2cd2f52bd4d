import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { simulateSeeds } from "./seeds.ts";

const halfCount = SCALE.seeds / 2;

const { violations, uncovered } = await simulateSeeds(halfCount + 1, halfCount);

test("every invariant holds for every seed", () => {
  expect(violations).toEqual([]);
});

test("every fault affects every kind of request to which it applies", () => {
  expect(uncovered).toEqual([]);
});
