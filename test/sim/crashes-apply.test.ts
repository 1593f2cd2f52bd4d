import { expect, test } from "@jest/globals";
import { natively } from "../support/natively.ts";
import type { crash } from "./crashes.ts";

const CRASHES = new URL("./crashes.ts", import.meta.url);

const { once, twice, forGood } = await natively<typeof crash>(CRASHES, "crash", ["apply"], 36);

test("a run that is killed at any step of the way is made good by the next", () => {
  expect(once.broken.slice(0, 10)).toEqual([]);
  expect(once.points).toBeGreaterThanOrEqual(1500);
});

test("a run that is killed while it makes good is made good as well", () => {
  expect(twice.broken.slice(0, 10)).toEqual([]);
  expect(twice.points).toBeGreaterThanOrEqual(100);
});

test("a line or a disk that fails for good ends a run with the truth, and the next makes it good", () => {
  expect(forGood.broken.slice(0, 10)).toEqual([]);
  expect(forGood.points).toBeGreaterThanOrEqual(50);
});
