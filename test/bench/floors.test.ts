import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { onlyInFull } from "../scale.ts";
import { Outside } from "../support/test-environment.ts";
import { CASES, type Work } from "./cases.ts";
import { applyFloor, idealTime, phases, planFloor, totalOf, verificationFloor } from "./floors.ts";
import { applyPlainly } from "./plain.ts";

const reading: readonly (readonly [string, Parameters<typeof planFloor>[0], number])[] = [
  ["an empty company", { present: 0, lookUps: 20 }, 2],
  ["one page", { present: 100, lookUps: 100 }, 2],
  ["a contact more", { present: 101, lookUps: 101 }, 3],
  ["few among many", { present: 100_000, lookUps: 50 }, 51],
  ["the members of a list, who are all that is declared", { lists: true, members: [101], present: 500, lookUps: 0 }, 4],
  ["fields and lists besides", { fields: true, lists: true, present: 10_000, lookUps: 10_000 }, 103],
];

test.each(reading)("reading %s", (_, asked, requests) => {
  expect(planFloor(asked)).toBe(requests);
});

const writing: readonly (readonly [string, Parameters<typeof applyFloor>[0], number])[] = [
  ["the tutorial's contact", { listsCreated: 1, created: 1, pictures: 1 }, 5],
  ["eleven contacts that name lists", { created: 11, namingLists: 11 }, 13],
  ["a custom field", { customFieldsChanged: 1 }, 2],
  ["fifty that join a list", { joining: 50 }, 1],
  ["fifty-one that join a list", { joining: 51 }, 2],
  ["a hundred and one that leave a list", { leaving: 101 }, 3],
];

test.each(writing)("writing %s", (_, asked, requests) => {
  expect(applyFloor(asked)).toBe(requests);
});

const verifying: readonly (readonly [string, Parameters<typeof verificationFloor>[0], number])[] = [
  ["one change", { listed: 1 }, 1],
  ["a hundred and one", { listed: 101 }, 2],
  ["few new members of a large list", { unlisted: 3, members: 10_000 }, 4],
  ["many new members of a list", { unlisted: 1000, members: 1000 }, 11],
];

test.each(verifying)("verifying %s", (_, asked, requests) => {
  expect(verificationFloor(asked)).toBe(requests);
});

test("a budget grants what neither others use nor the reserve keeps", () => {
  const budget = { limit: 200, others: 0.25, reserve: 0.25, window: 60_000 };
  expect(idealTime(101, budget)).toBe(60_000);
});

/** Small enough for a test, and past the edge of a page or of a bulk change where there is one. */
const SIZES: Readonly<Record<string, number>> = {
  ...{ tutorial: 1, new: 101, unchanged: 201, drift: 201, few: 9_000, twenty: 4_000, list: 101, avatars: 3 },
};

describe.each(Object.entries(CASES))("%s", (name, { make }) => {
  test("takes the minimum number of requests, and the number that the tool predicts", async () => {
    const work = await make(SIZES[name] ?? 1);
    await using outside = await outsideWith(work);
    const { requests } = outside.front;
    await outside.run("plan");
    const planned = await settled(outside, work, requests.length);
    const before = requests.length;
    const { out, code } = await outside.run(["apply --auto-approve", ...(work.flags ?? [])].join(" "));
    expect(code).toBe(0);
    const made = phases(requests.slice(before), planned);
    expect(made).toEqual(work.floor);
    const [, predicted, said] = /Requests: (\d+) predicted, (\d+) made\./.exec(out) ?? [];
    const bill = String(totalOf(work.floor) - work.floor.plan);
    if (bill !== "0") expect([predicted, said]).toEqual([bill, bill]);
  });

  (name === "new" ? test : onlyInFull(test))("has the same result as the plain script", async () => {
    const work = await make(SIZES[name] ?? 1);
    await using outside = await outsideWith(work);
    await applyPlainly(work.wanted, join(outside.directory, "contacts"), outside.front);
    const { code } = await outside.run("plan --detailed-exitcode");
    expect(code).toBe(0);
  });
});

/**
 * Returns the requests of a plan once it is known that there are many contacts. Where lookups are cheaper than pages, finding it
 * out may take as many requests again, once.
 */
async function settled(outside: Outside, { floor }: Work, first: number): Promise<number> {
  if (first === floor.plan) return first;
  expect(first).toBeLessThanOrEqual(2 * floor.plan);
  const before = outside.front.requests.length;
  await outside.run("plan");
  return outside.front.requests.length - before;
}

async function outsideWith({ seed, files }: Work): Promise<Outside> {
  const outside = await Outside.withFront({ seed });
  for (const [path, content] of files) outside.write(join("contacts", path), content);
  return outside;
}

test("taking contacts off a list takes the minimum number of requests", async () => {
  const people = Array.from({ length: 221 }, (_, index) => ({
    ...{ name: `Person ${index}`, handles: [`email:p${index}@x.example`], lists: ["VIP"] },
    // Long ago, so that no listing of recent changes has them.
    ...{ created_at: 1_700_000_000 + index, updated_at: 1_700_000_000 + index },
  }));
  const entries = people.slice(0, 101).map((_, index) => {
    return `  p${index}: { handles: [{ source: email, handle: p${index}@x.example }], lists: [VIP] }\n`;
  });
  const files = `contacts:\n${entries.join("")}lists: { VIP: { members: exact } }\n`;
  await using outside = await Outside.withFront({ seed: { lists: ["VIP"], contacts: people } });
  outside.write("contacts/people.yaml", files);
  const plan = planFloor({ lists: true, members: [221], present: 221, lookUps: 0 });
  const { out, code } = await outside.run("apply --auto-approve --allow-removals 120");
  expect(code).toBe(0);
  expect(phases(outside.front.requests, plan)).toEqual({
    plan,
    apply: applyFloor({ leaving: 120 }),
    verification: verificationFloor({ unlisted: 120, members: 101 }),
  });
  expect(out).toMatch(/Requests: (\d+) predicted, \1 made\./);
});
