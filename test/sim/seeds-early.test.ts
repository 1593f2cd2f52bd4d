import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { natively } from "../support/natively.ts";
import type { liveThroughSeeds } from "./seeds.ts";

const SEEDS = new URL("./seeds.ts", import.meta.url);

const half = SCALE.seeds / 2;

const { broken, uncovered } = await natively<typeof liveThroughSeeds>(SEEDS, "liveThroughSeeds", 1, half);

test("every promise holds for every seed", () => {
  expect(broken).toEqual([]);
});

test("every fault hits every kind of request", () => {
  expect(uncovered).toEqual([]);
});
