import { expect, test } from "@jest/globals";
import type { FrontApi } from "../../src/internal.ts";
import { violationsIn } from "./invariants.ts";
import { usePlainRequests } from "./plain-request.ts";
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

/** A tool that lists changed contacts and ignores the result. */
const INATTENTIVE: Flaws = {
  front: (front) =>
    new Proxy(front, {
      get(target, name: keyof FrontApi) {
        if (name === "contacts") return (query: Parameters<FrontApi["contacts"]>[0]) => hidden(target, query);
        const value = target[name];
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
};

async function* hidden(front: FrontApi, query: Parameters<FrontApi["contacts"]>[0]) {
  for await (const page of front.contacts(query)) {
    yield query?.updatedAfter === undefined ? page : { ...page, contacts: [] };
  }
}

/** Applies while Front refuses the first update, and somebody renames a contact before the updates continue. */
async function editedMeanwhile(flaws: Flaws): Promise<Simulation> {
  using _plain = usePlainRequests(true);
  const simulation = new Simulation(1, SCENARIO, flaws);
  const refused = new Set<string>();
  const pick = (method: string) => {
    if (method !== "PATCH" || refused.has(method)) return undefined;
    refused.add(method);
    return "429-without-headers" as const;
  };
  simulation.disturb({ schedule: { pick } });
  const edit = simulation.time.sleep(30_000, "somebody").then(() => simulation.makeEdit("edits a name"));
  await Promise.all([simulation.run("apply"), edit]);
  return simulation;
}

test("a name that somebody wrote after the plan stays, and the contact is refused", async () => {
  const simulation = await editedMeanwhile({});
  expect(violationsIn(simulation)).toEqual([]);
  const { report } = simulation.runs.at(-1)?.outcome ?? {};
  expect(report?.refusals).toHaveLength(1);
  expect(report?.results.filter(({ status }) => status === "applied")).toHaveLength(11);
});

test("a tool that overwrites such a name is detected", async () => {
  expect(violationsIn(await editedMeanwhile(INATTENTIVE))).toEqual([
    expect.stringMatching(/^editsSincePlanStay: PATCH .* overwrote the name that somebody wrote after the plan$/),
  ]);
});
