import { expect, test } from "@jest/globals";
import { applyPlan } from "../../src/applying/apply.ts";
import type { Fault } from "../../src/emulator/index.ts";
import type { OperationOf } from "../../src/model/plan.ts";
import { withFront } from "../front/support.ts";

type Update = Pick<OperationOf<"update-contact">, "name" | "customFields">;

/** An update that requires only a PATCH. */
const NAME: Update = { name: "New" };
/** An update that requires a GET before the PATCH. */
const FIELD: Update = { customFields: [{ name: "Place", type: "string", after: "New" }] };

function update(id: string, values: Update): OperationOf<"update-contact"> {
  const operation = { kind: "update-contact", subjects: [id], dependsOn: [], contact: { id }, before: {} } as const;
  return { ...operation, id: `update-contact ${id}`, ...values };
}

/** Applies updates of eight contacts, and returns the statuses of the updates and the number of requests. */
async function applyWithFault(fault: Fault, values: Update, parallelism: number) {
  const applied = { statuses: [] as string[], requests: 0 };
  await withFront({ client: { parallelism, reserve: 0 } }, async ({ front, emulator, contact, clock }) => {
    const ids = await Promise.all(Array.from({ length: 8 }, (_, index) => contact(`c${index}@x.example`)));
    // The first response shows the rate limit, so that later requests are sent in parallel.
    await front.me();
    emulator.faults = [fault];
    const before = emulator.requests.length;
    const operations = ids.map((id) => update(id, values));
    const { results } = await applyPlan({ operations }, front, { clock, backoff: 1, parallelism });
    applied.statuses = results.map(({ status }) => status);
    applied.requests = emulator.requests.length - before;
  });
  return applied;
}

const ALL = { kind: "429", retryAfter: 1 } as const;
const WRITES = { ...ALL, method: "PATCH" };

test.each<[string, Fault, Update, number]>([
  ["every request", ALL, NAME, 12],
  ["every request, and a read precedes each write", ALL, FIELD, 12],
  ["every write", WRITES, NAME, 12],
  ["every write, and a read precedes each write", WRITES, FIELD, 24],
])(
  "the retry quota limits the requests of parallel operations if Front rejects %s",
  async (_, fault, values, limit) => {
    for (const parallelism of [1, 3, 4]) {
      const { statuses, requests } = await applyWithFault(fault, values, parallelism);
      expect(requests).toBeLessThanOrEqual(limit);
      expect(statuses).toEqual(statuses.map((_status, index) => (index < parallelism ? "failed" : "skipped")));
    }
  },
);
