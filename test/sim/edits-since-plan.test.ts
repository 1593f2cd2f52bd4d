import { expect, test } from "@jest/globals";
import type { FrontApi } from "../../src/internal.ts";
import { usePlainRequests } from "../support/plain-request.ts";
import { overrideMethods } from "./flaws.ts";
import { violationsIn } from "./invariants.ts";
import { Simulation } from "./simulation.ts";
import type { Flaws } from "./tool.ts";

const KEYS = Array.from({ length: 12 }, (_, index) => `c${index}`);
const handles = (key: string) => [{ source: "email", handle: `${key}@x.example` }];

const SCENARIO = {
  company: { lists: ["Alpha"], contacts: KEYS.map((key) => ({ handles: handles(key), name: "Eva" })) },
  options: { rate: Number.POSITIVE_INFINITY },
  entries: Object.fromEntries(KEYS.map((key) => [key, { handles: handles(key), name: "Ada Lovelace" }])),
  allowHandleMoves: false,
};

/** A flawed tool that lists the recently changed contacts but ignores them. */
const IGNORES_EDITS: Flaws = {
  front: (front) => overrideMethods(front, { contacts: (query) => withoutChanged(front, query) }),
};

async function* withoutChanged(front: FrontApi, query: Parameters<FrontApi["contacts"]>[0]) {
  for await (const page of front.contacts(query)) {
    yield query?.updatedAfter === undefined ? page : { ...page, contacts: [] };
  }
}

/** Applies while Front rejects the first update, and someone renames a contact before the updates continue. */
async function applyDuringEdit(flaws: Flaws): Promise<Simulation> {
  using _plain = usePlainRequests(true);
  const simulation = new Simulation(1, SCENARIO, flaws);
  let isRejected = false;
  const pick = (method: string) => {
    if (method !== "PATCH" || isRejected) return undefined;
    isRejected = true;
    return "429-without-headers" as const;
  };
  simulation.disturb({ schedule: { pick } });
  const edit = simulation.time.sleep(30_000, "someone").then(() => simulation.makeEdit("edits a name"));
  await Promise.all([simulation.run("apply"), edit]);
  return simulation;
}

test("apply skips a contact whose name someone changed after the plan, and does not overwrite the name", async () => {
  const simulation = await applyDuringEdit({});
  expect(violationsIn(simulation)).toEqual([]);
  const { report } = simulation.runs.at(-1)?.outcome ?? {};
  expect(report?.refusals).toHaveLength(1);
  expect(report?.results.filter(({ status }) => status === "applied")).toHaveLength(11);
});

test("the simulation detects a tool that overwrites a name that someone changed after the plan", async () => {
  expect(violationsIn(await applyDuringEdit(IGNORES_EDITS))).toEqual([
    expect.stringMatching(/^editsSincePlanStay: PATCH .* overwrote the name that someone wrote after the plan$/),
  ]);
});
