import { expect, test } from "@jest/globals";
import { startTextProgress } from "../../../../cli/views/apply/text-progress.ts";
import { indexAccounts } from "../../../../src/model/account-index.ts";
import { desiredContact, locationAt, planFor, remoteContact, remoteState } from "../../../support/builders.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** Simulates an apply that creates one contact per second, with two requests for each. */
async function applyCreations(total: number, failing: readonly number[] = [], { isLive = false, rateLimit = 0 } = {}) {
  const clock = new VirtualClock();
  const front = { requests: 7 };
  const lines: string[] = [];
  let state = "";
  let errorOutput = "";
  const states: string[] = [];
  const progress = {
    isLive,
    update: (text: string) => {
      state = text;
      states.push(text);
    },
    log: (text: string) => lines.push(text),
    count() {},
    async stop() {},
  };
  const entries = Array.from({ length: total }, (_, index) => desiredContact(`c${index + 1}@x.example`));
  const pace = rateLimit === 0 ? {} : { perMinute: rateLimit };
  const basePlan = planFor(entries, remoteState());
  const plan = { ...basePlan, requests: { ...basePlan.requests, ...pace, total: 2 * total + 10 } };
  const listener = startTextProgress(plan, front, {
    progress,
    clock,
    err: (text) => {
      errorOutput += text;
    },
  });
  for (const [index, operation] of plan.operations.entries()) {
    listener.started(operation);
    await clock.sleep(1000);
    front.requests += 2;
    const failed = failing.includes(index + 1);
    if (failed) listener.ended({ operation, status: "failed", message: "no", advice: "none" });
    else listener.ended({ operation, status: "applied", contactId: `crd_${index + 1}` });
  }
  await listener.stop();
  return { lines, state, states, errorOutput };
}

test("the text progress reports the start and the end of each resource", async () => {
  const { lines } = await applyCreations(2, [2]);
  expect(lines).toEqual([
    "front_contact.c1: Creating…",
    "front_contact.c1: Creation complete after 1s [id=crd_1]",
    "front_contact.c2: Creating…",
    "front_contact.c2: Creation failed after 1s",
  ]);
});

test("the text progress reports the rate and the remaining time of a long apply every ten seconds, and failures immediately", async () => {
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

test("the text progress shows no rate during the first seconds", async () => {
  const { state } = await applyCreations(2);
  expect(state).toBe("2 of 2 operations");
});

test("the progress line is replaced by one line per resource when the apply ends", async () => {
  const { errorOutput } = await applyCreations(50, [2], { isLive: true });
  const lines = errorOutput.trimEnd().split("\n");
  expect(lines).toHaveLength(50);
  expect(lines.slice(0, 3)).toEqual([
    "front_contact.c1: Creation complete after 1s [id=crd_1]",
    "front_contact.c2: Creation failed after 1s",
    "front_contact.c3: Creation complete after 1s [id=crd_3]",
  ]);
});

test("the progress line is replaced by a table when an apply of more than 50 resources ends", async () => {
  const { errorOutput } = await applyCreations(60, [2, 3], { isLive: true });
  expect(errorOutput).toBe("Result:\n       58  front_contact created\n        2  front_contact failed\n");
});

test("without a progress line, the resources are not repeated when the apply ends", async () => {
  expect((await applyCreations(2)).errorOutput).toBe("");
});

test("the rate starts at the rate in the request estimate, and changes gradually", async () => {
  const { states } = await applyCreations(60, [], { rateLimit: 60 });
  const rates = states.map((text) => Number(/(\d+) requests a minute/.exec(text)?.[1]));
  expect(rates[0]).toBeLessThan(64);
  for (const [index, rate] of rates.entries()) {
    expect(rate).toBeGreaterThanOrEqual(rates[index - 1] ?? 60);
    expect(rate - (rates[index - 1] ?? 60)).toBeLessThanOrEqual(3);
  }
  expect(rates.at(-1)).toBeGreaterThan(105);
});

test("a contact that was not created is reported as failed even if its account is linked to the other contacts", async () => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const progress = { isLive: false, update() {}, log: (text: string) => lines.push(text), count() {}, async stop() {} };
  const accounts = indexAccounts([{ identifier: "acc_1", id: "acc_1", domains: [], members: new Set() }]);
  const account = { id: "acc_1", location: locationAt(9) };
  const entries = ["c1@x.example", "c2@x.example"].map((email) => desiredContact(email, { account }));
  const plan = planFor(entries, { ...remoteState(), referencedAccounts: accounts });
  const [c1, c2, link] = plan.operations;
  if (c1 === undefined || c2 === undefined || link?.kind !== "link-account") throw new Error("unexpected plan");
  const listener = startTextProgress(plan, { requests: 0 }, { progress, clock, err() {} });
  const performed = { ...link, subjects: link.subjects.slice(0, 1), contacts: link.contacts.slice(0, 1) };
  for (const operation of [c1, c2, performed]) listener.started(operation);
  listener.ended({ operation: c1, status: "applied", contactId: "crd_1" });
  listener.ended({ operation: c2, status: "failed", message: "no", advice: "none" });
  listener.ended({ operation: performed, status: "applied" });
  expect(lines.slice(2)).toEqual([
    "front_contact.c1: Creation complete after 0s [id=crd_1]",
    "front_contact.c2: Creation failed after 0s",
  ]);
});

const APPLIED = { status: "applied", contactId: "crd_1" } as const;
const FAILED = { status: "failed", message: "no", advice: "none" } as const;
const UNKNOWN = { status: "unknown", message: "no response", advice: "none" } as const;
const SKIPPED = { status: "skipped", message: "interrupted" } as const;

test.each([
  ["created, not linked", undefined, APPLIED, FAILED, "Creation incomplete after 0s [id=crd_1]"],
  ["created, link not started", undefined, APPLIED, SKIPPED, "Creation incomplete after 0s [id=crd_1]"],
  ["creation without response", undefined, UNKNOWN, SKIPPED, "Creation not confirmed after 0s"],
  ["creation not started", undefined, SKIPPED, SKIPPED, "Creation not performed after 0s"],
  ["updated, not linked", "Old", APPLIED, FAILED, "Modifications failed after 0s"],
  ["updated, link without response", "Old", APPLIED, UNKNOWN, "Modifications not confirmed after 0s"],
  ["updated, link not started", "Old", APPLIED, SKIPPED, "Modifications incomplete after 0s [id=crd_c1]"],
  ["update not started", "Old", SKIPPED, SKIPPED, "Modifications not performed after 0s"],
  ["updated and linked", "Old", APPLIED, APPLIED, "Modifications complete after 0s [id=crd_c1]"],
])(
  "the text progress reports the result of a contact that is linked to an account: %s",
  (_, previousName, first, second, expected) => {
    const lines: string[] = [];
    const progress = {
      isLive: false,
      update() {},
      log: (text: string) => lines.push(text),
      count() {},
      async stop() {},
    };
    const accounts = indexAccounts([{ identifier: "acc_1", id: "acc_1", domains: [], members: new Set() }]);
    const desired = desiredContact("c1@x.example", { name: "New", account: { id: "acc_1", location: locationAt(9) } });
    const existing = previousName === undefined ? [] : [remoteContact("c1@x.example", { name: previousName })];
    const plan = planFor([desired], { ...remoteState(existing), referencedAccounts: accounts });
    const [change, link] = plan.operations;
    if (change === undefined || link === undefined) throw new Error("unexpected plan");
    const listener = startTextProgress(plan, { requests: 0 }, { progress, clock: new VirtualClock(), err() {} });
    for (const operation of [change, link]) listener.started(operation);
    listener.ended({ operation: change, ...first });
    listener.ended({ operation: link, ...second });
    expect(lines.at(-1)).toBe(`front_contact.c1: ${expected}`);
  },
);
