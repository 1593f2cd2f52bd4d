import { expect, test } from "@jest/globals";
import { FLAWS } from "./flaws.ts";
import { liveThrough } from "./history.ts";

/** A rig that cannot fail proves nothing. */
const MOST = 1000;

/** The first seed that the right tool lives through and the wrong one does not. */
async function firstCaught(name: string): Promise<number> {
  for (let seed = 1; seed <= MOST; seed += 1) {
    const { broken } = await liveThrough(seed, FLAWS[name]);
    if (broken.length > 0 && (await liveThrough(seed)).broken.length === 0) return seed;
  }
  return Number.POSITIVE_INFINITY;
}

test.each(Object.keys(FLAWS))("a tool that %s is caught", async (name) => {
  expect(await firstCaught(name)).toBeLessThanOrEqual(MOST);
});
