import { expect, test } from "@jest/globals";
import { FLAWS } from "./flaws.ts";
import { liveThrough } from "./history.ts";

/** A rig that cannot fail proves nothing. */
const MOST = 1000;

async function firstCaught(name: string): Promise<{ readonly seed: number; readonly broken: readonly string[] }> {
  for (let seed = 1; seed <= MOST; seed += 1) {
    const { broken } = await liveThrough(seed, FLAWS[name]);
    if (broken.length > 0) return { seed, broken };
  }
  return { seed: Number.POSITIVE_INFINITY, broken: [] };
}

test.each(Object.keys(FLAWS))("a tool that %s is caught", async (name) => {
  const { seed, broken } = await firstCaught(name);
  if (process.env["SIM_SHOW"] !== undefined) process.stderr.write(`${name}: seed ${seed}: ${broken[0]}\n`);
  expect(seed).toBeLessThanOrEqual(MOST);
});
