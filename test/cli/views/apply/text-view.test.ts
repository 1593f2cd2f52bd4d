import { expect, test } from "@jest/globals";
import { TextProgress } from "../../../../cli/views/apply/text-view.ts";
import { front as company, desired, planFor } from "../../../support/builders.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** Applies a plan that creates contacts, one every second with two requests each. */
async function applyCreations(total: number, failing: readonly number[] = []) {
  const clock = new VirtualClock();
  const front = { requests: 7 };
  const lines: string[] = [];
  let state = "";
  const progress = {
    say: (text: string) => {
      state = text;
    },
    log: (text: string) => lines.push(text),
    count() {},
    async stop() {},
  };
  const entries = Array.from({ length: total }, (_, index) => desired(`c${index + 1}@x.example`));
  const made = planFor(entries, company());
  const plan = { ...made, requests: { ...made.requests, total: 2 * total + 10 } };
  const listener = new TextProgress(plan, front, { progress, clock });
  for (const [index, operation] of plan.operations.entries()) {
    listener.started(operation);
    await clock.sleep(1000);
    front.requests += 2;
    const failed = failing.includes(index + 1);
    if (failed) listener.ended({ operation, status: "failed", message: "no", advice: "none" });
    else listener.ended({ operation, status: "applied", contactId: `crd_${index + 1}` });
  }
  return { lines, state };
}

test("reports the start and the end of each resource", async () => {
  const { lines } = await applyCreations(2, [2]);
  expect(lines).toEqual([
    "front_contact.c1: Creating…",
    "front_contact.c1: Creation complete after 1s [id=crd_1]",
    "front_contact.c2: Creating…",
    "front_contact.c2: Creation failed after 1s",
  ]);
});

test("reports rate and remaining time of a long apply every ten seconds, and failures immediately", async () => {
  const { lines, state } = await applyCreations(60, [15]);
  expect(lines).toEqual([
    "10 of 60 operations, 120 requests a minute, about 55 s left",
    "front_contact.c15: Creation failed after 1s",
    "20 of 60 operations, 120 requests a minute, about 45 s left",
    "30 of 60 operations, 120 requests a minute, about 35 s left",
    "40 of 60 operations, 120 requests a minute, about 25 s left",
    "50 of 60 operations, 120 requests a minute, about 15 s left",
    "60 of 60 operations, 120 requests a minute, about 5 s left",
  ]);
  expect(state).toBe(lines.at(-1));
});

test("shows no rate during the first seconds", async () => {
  const { state } = await applyCreations(2);
  expect(state).toBe("2 of 2 operations");
});
