import { setImmediate as settled } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { Scheduler } from "../../src/applying/scheduler.ts";
import type { Operation } from "../../src/model/plan.ts";

interface OperationSpec {
  readonly on?: string;
  readonly after?: string;
  readonly destroys?: "contact" | "account" | "list";
}

/** Returns operations by ID. `on` contains the subjects and `after` the dependencies, separated by spaces. */
function operations(specs: Readonly<Record<string, OperationSpec>>): Operation[] {
  return Object.entries(specs).map(([id, { on = id, after, destroys }]) => ({
    ...(destroys === undefined ? ({ kind: "create-list", id, name: id } as const) : deletion(destroys, id)),
    subjects: on.split(" "),
    dependsOn: after?.split(" ") ?? [],
  }));
}

function deletion(type: "contact" | "account" | "list", id: string) {
  if (type === "list") return { kind: "delete-list" as const, id, list: { id, name: id } };
  if (type === "account") return { kind: "delete-account" as const, id, account: { id, contacts: 0, belongings: "" } };
  return { kind: "delete-contact" as const, id, contact: { id, handles: [], belongings: "" } };
}

/** Repeatedly starts all operations that can start, and ends them. Returns the IDs of each round as a line. */
async function runInRounds(queued: readonly Operation[]): Promise<string[]> {
  const queue = new Scheduler(queued);
  const started: Operation[] = [];
  for (const _ of queued) void queue.next().then((next) => next && started.push(next));
  const lines: string[] = [];
  for (await settled(); started.length > 0; await settled()) {
    const round = started.splice(0);
    lines.push(round.map(({ id }) => id).join(" "));
    for (const operation of round) queue.end(operation);
  }
  expect(await queue.next()).toBeUndefined();
  return lines;
}

type Case = [string, Readonly<Record<string, OperationSpec>>, string[]];

const cases: Case[] = [
  ["returns independent operations immediately, in order", { a: {}, b: {}, c: {} }, ["a b c"]],
  ["starts an operation after its dependency", { a: {}, b: { after: "a" }, c: {} }, ["a c", "b"]],
  ["waits for all dependencies", { a: {}, b: { after: "a" }, c: { after: "a b" } }, ["a", "b", "c"]],
  ["runs one operation at a time on a contact", { a: { on: "ada" }, b: { on: "ada" }, c: { on: "bob" } }, ["a c", "b"]],
  [
    "preserves the order of operations that share contacts",
    { a: { on: "ada" }, b: { on: "bob" }, both: { on: "ada bob" }, late: { on: "bob" } },
    ["a b", "both", "late"],
  ],
  ["does not wait for operations that are not in the plan", { a: { after: "elsewhere" } }, ["a"]],
  ["accepts duplicate subjects and dependencies", { a: {}, b: { on: "b b", after: "a a" } }, ["a", "b"]],
  [
    "starts deletions after all other operations, regardless of the order in the plan",
    {
      contact: { destroys: "contact" },
      a: {},
      b: { after: "a" },
      list: { destroys: "list" },
      account: { destroys: "account" },
    },
    ["a", "b", "contact list account"],
  ],
  [
    "starts the deletion of an account after the deletions that it depends on",
    { a: {}, contact: { destroys: "contact" }, account: { destroys: "account", after: "contact" } },
    ["a", "contact", "account"],
  ],
  ["starts deletions immediately if there are no other operations", { a: { destroys: "contact" } }, ["a"]],
  ["returns nothing for an empty plan", {}, []],
];

test.each(cases)("the scheduler %s", async (_, specs, lines) => {
  expect(await runInRounds(operations(specs))).toEqual(lines);
});

test("operations are returned in the order of the plan after a dependency ended", async () => {
  const queue = new Scheduler(operations({ a: {}, b: { after: "a" }, c: {}, d: {} }));
  const first = await queue.next();
  if (first !== undefined) queue.end(first);
  expect((await queue.next())?.id).toBe("b");
  expect((await queue.next())?.id).toBe("c");
});

test("all pending calls return undefined after the last operation ended", async () => {
  const queue = new Scheduler(operations({ a: {} }));
  const first = await queue.next();
  const pendingCalls = [queue.next(), queue.next()];
  if (first !== undefined) queue.end(first);
  expect(await Promise.all(pendingCalls)).toEqual([undefined, undefined]);
});

test("concurrent workers receive each operation of a long plan once, in order", async () => {
  const specs = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, index) => [`o${index}`, { on: `c${index % 50}` }]),
  );
  const queue = new Scheduler(operations(specs));
  const endedIds: string[] = [];
  const work = async () => {
    for (let next = await queue.next(); next !== undefined; next = await queue.next()) {
      endedIds.push(next.id);
      queue.end(next);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  expect(endedIds).toEqual(Object.keys(specs));
});

function handleOperation(kind: "add-handle" | "remove-handle", id: string, email: string): Operation {
  const handle = { source: "email", handle: email } as const;
  return { kind, id, subjects: [], dependsOn: [], contact: { id: "crd_1" }, handle };
}

const account = {
  kind: "update-account",
  id: "account",
  subjects: [],
  dependsOn: [],
  account: { id: "acc_1" },
  before: {},
} as const;

test("an update of an account waits for earlier removals of email addresses in its new domains", async () => {
  const removal = (id: string, email: string) => handleOperation("remove-handle", id, email);
  const queued: Operation[] = [
    removal("earlier", "ada@ACME.example"),
    removal("other", "ada@acme.other.example"),
    { ...account, addDomains: ["Acme.example"] },
    removal("later", "eve@acme.example"),
  ];
  expect(await runInRounds(queued)).toEqual(["earlier other later", "account"]);
});

test("an addition of an email address waits for earlier removals of its domain from an account", async () => {
  const addition = (id: string, email: string) => handleOperation("add-handle", id, email);
  const queued: Operation[] = [
    addition("earlier", "ada@acme.example"),
    { ...account, removeDomains: ["Acme.example"] },
    addition("other", "ada@x.example"),
    addition("later", "eve@ACME.example"),
  ];
  expect(await runInRounds(queued)).toEqual(["earlier account other", "later"]);
});
