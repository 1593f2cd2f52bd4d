import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { detectFlaws, FLAWS } from "./flaws.ts";

const detectedSeeds = await detectFlaws(SCALE.flawedSeeds);

test.each(Object.keys(FLAWS))("the simulation detects a tool that %s", (name) => {
  expect(detectedSeeds[name]).toBeLessThanOrEqual(SCALE.flawedSeeds);
});
