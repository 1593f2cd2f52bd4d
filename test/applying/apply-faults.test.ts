import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import type { ApplyReport } from "../../src/applying/apply.ts";
import type { Fault } from "../../src/emulator/index.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { desired, files, handle } from "../support/builders.ts";
import { type World, withWorld } from "../support/world.ts";
import { WRITES } from "../support/writes.ts";

/** Faults of a write. */
const FAULTS: Readonly<Record<string, Fault>> = {
  "the connection is cut before the request is processed": { kind: "reset-before" },
  "the connection is cut after the request was processed": { kind: "reset-after" },
  "Front fails after it processed the request": { kind: "status", status: 503, processed: true },
  "Front fails before it processes the request": { kind: "status", status: 503 },
  "Front responds with 429": { kind: "429", retryAfter: 0.3 },
  "the connection is cut, and the request is processed later": { kind: "apply-delay", ms: 4 },
};

const FAULTED_WRITES = Object.keys(WRITES).flatMap((write) =>
  Object.keys(FAULTS).map((fault) => [write, fault] as const),
);

function endingsOf({ results }: ApplyReport): Set<string> {
  return new Set(results.map(({ status }) => status));
}

/** Checks that nothing exists twice and that Front matches the files. */
async function expectConverged(world: World, wanted: DesiredState): Promise<void> {
  expect((await world.plan(wanted)).operations).toEqual([]);
  expect(await world.contacts()).toHaveLength(1);
  const names = await world.listNames();
  expect(names).toEqual([...new Set(names)]);
}

/** Actions before the next request of each method is processed. */
let upon: { readonly method: string; readonly edit: () => Promise<unknown> } | undefined;

function editAtFirst(method: string, edit: () => Promise<unknown>): void {
  upon = { method, edit };
}

async function onRequest({ method }: { readonly method: string }): Promise<void> {
  if (upon?.method !== method) return;
  const { edit } = upon;
  upon = undefined;
  await edit();
}

test.each(FAULTED_WRITES)("writes %s once when %s", (write, fault) => {
  const { setUp, method, path, behavior = {} } = WRITES[write] ?? fail();
  return withWorld(
    async (world) => {
      const wanted = await setUp(world);
      const plan = await world.plan(wanted);
      world.emulator.faults = [{ ...(FAULTS[fault] ?? fail()), method, path, nth: 1 }];
      const report = await world.apply(plan);
      expect(endingsOf(report)).toEqual(new Set(["applied"]));
      /** The repeated write, and at most three lookups: of an email and of a phone number in two spellings. */
      expect(report.requests).toBeLessThanOrEqual(plan.requests.total + 10);
      await wait(5);
      await expectConverged(world, wanted);
    },
    { behavior },
  );
});

function fail(): never {
  throw new Error("there is no such write");
}

test.each(Object.keys(WRITES))("does not report %s as applied while Front fails, and applies it later", (write) => {
  const { setUp, kind, method, path, behavior = {} } = WRITES[write] ?? fail();
  return withWorld(
    async (world) => {
      const wanted = await setUp(world);
      const plan = await world.plan(wanted);
      world.emulator.faults = [{ kind: "status", status: 503, method, path }];
      const report = await world.apply(plan);
      const result = report.results.find(({ operation }) => operation.kind === kind);
      expect(["failed", "unknown"]).toContain(result?.status);
      expect(result).toMatchObject({ message: expect.stringContaining("503"), advice: expect.stringMatching(/\.$/) });
      world.emulator.faults = [];
      expect(endingsOf(await world.planAndApply(wanted))).toEqual(new Set(["applied"]));
      await expectConverged(world, wanted);
    },
    { behavior },
  );
});

/** An update that reads first is tested with the retrying client. */
const READ_FIRST = ["a custom field", "a link", "a domain of an account"];
const BLIND = Object.keys(WRITES).filter((write) => !READ_FIRST.includes(write));

test.each(BLIND)("reports an unknown outcome of %s that cannot be checked, and finds it later", (write) => {
  const { setUp, kind, method, path, behavior = {} } = WRITES[write] ?? fail();
  return withWorld(
    async (world) => {
      const wanted = await setUp(world);
      const plan = await world.plan(wanted);
      editAtFirst(method, async () => {
        const dead = { kind: "status", status: 500, method: "GET" } as const;
        world.emulator.faults = [{ kind: "reset-after", method, path }, dead];
      });
      const report = await world.apply(plan);
      const result = report.results.find(({ operation }) => operation.kind === kind);
      expect(result?.status).toBe("unknown");
      world.emulator.faults = [];
      await world.planAndApply(wanted);
      await expectConverged(world, wanted);
    },
    { behavior, onRequest },
  );
});

test("does not retry a creation with an unknown outcome when another contact has the handle", () =>
  withWorld(async (world) => {
    const plan = await world.plan(files([desired("ada@x.example", { name: "Ada" })]));
    world.emulator.faults = [{ kind: "reset-before", method: "POST", path: "/contacts" }];
    await world.contact([handle("ada@x.example")], { name: "Another Ada" });
    const report = await world.apply(plan);
    expect(report.results).toMatchObject([{ status: "unknown", message: expect.stringContaining("has a handle") }]);
    expect((await world.contacts()).map(({ name }) => name)).toEqual(["Another Ada"]);
  }));

test("does not take a contact with only one of the handles for the created one", () =>
  withWorld(async (world) => {
    const plan = await world.plan(files([desired(["ada@x.example", "+1"])]));
    await world.contact([handle("+1")]);
    world.emulator.faults = [{ kind: "reset-before", method: "POST", path: "/contacts" }];
    expect((await world.apply(plan)).results).toMatchObject([{ status: "unknown" }]);
    expect(await world.contacts()).toHaveLength(1);
  }));

test.each([
  ["was not performed", "reset-before"],
  ["was performed", "reset-after"],
] as const)("does not take a private contact for the one being created when the creation %s", (_, kind) =>
  withWorld(
    async (world) => {
      const plan = await world.plan(files([desired("ada@x.example", { name: "Ada" })]));
      world.emulator.faults = [{ kind, method: "POST", path: "/contacts", times: 1 }];
      const { results } = await world.apply(plan);
      const contacts = await world.contacts();
      const shared = contacts.filter((contact) => contact["is_private"] !== true);
      expect(contacts).toHaveLength(2);
      expect(shared).toMatchObject([{ name: "Ada" }]);
      expect(results).toMatchObject([{ status: "applied", contactId: shared[0]?.["id"] }]);
    },
    {
      seed: { contacts: [{ id: "crd_private", name: "Ada", handles: ["email:ada@x.example"], is_private: true }] },
      behavior: { privateAliases: "first" },
    },
  ),
);

test("leaves a handle that another contact got during the apply", () =>
  withWorld(
    async (world) => {
      await world.contact([handle("ada@x.example")]);
      const plan = await world.plan(files([desired(["ada@x.example", "+1"])]));
      await world.contact([handle("+1")]);
      expect((await world.apply(plan)).results).toMatchObject([
        { status: "failed", message: expect.stringMatching(/conflict with/) },
      ]);
    },
    { behavior: { errorParts: "all" } },
  ));

test("fails only the contact that was deleted during the apply", () =>
  withWorld(async (world) => {
    const ada = await world.contact([handle("ada@x.example")]);
    await world.contact([handle("bob@x.example")]);
    const plan = await world.plan(files(["ada", "bob"].map((key) => desired(`${key}@x.example`, { name: key }))));
    await world.request("DELETE", `/contacts/${ada}`);
    const report = await world.apply(plan);
    expect(report.results.map(({ status }) => status)).toEqual(["failed", "applied"]);
  }));

const FIELDS = { "Job Title": "Agent", Location: "Here" };

interface Edit {
  readonly by: object;
  /** Returns the contact in Front afterwards. */
  readonly shows: object;
  readonly status: "applied" | "failed";
}

const EDITS: Readonly<Record<string, Edit>> = {
  "a field that files manage": {
    by: { custom_fields: { ...FIELDS, "Job Title": "Ours" } },
    shows: { name: "Eva", custom_fields: { ...FIELDS, "Job Title": "Ours" } },
    status: "failed",
  },
  "a name that files manage": {
    by: { name: "Ours" },
    shows: { name: "Ours", custom_fields: FIELDS },
    status: "failed",
  },
  "a field to the value that the files declare": {
    by: { custom_fields: { ...FIELDS, "Job Title": "Chief" } },
    shows: { name: "Ada", custom_fields: { ...FIELDS, "Job Title": "Chief" } },
    status: "applied",
  },
  "a field that no file mentions": {
    by: { custom_fields: { ...FIELDS, Location: "There", "Badge Number": 7 } },
    shows: { name: "Ada", custom_fields: { "Job Title": "Chief", Location: "There", "Badge Number": 7 } },
    status: "applied",
  },
  "something else that no file mentions": {
    by: { description: "theirs", links: ["https://theirs.example"] },
    shows: { name: "Ada", description: "theirs", links: ["https://theirs.example"] },
    status: "applied",
  },
};

/** The moments at which someone edits the contact in Front. */
const MOMENTS: Readonly<Record<string, (world: World, edit: () => Promise<unknown>) => Promise<void>>> = {
  "between plan and apply": async (_, edit) => {
    await edit();
  },
  "while a refused write waits": async (world, edit) => {
    world.emulator.faults = [{ kind: "429", retryAfter: 0.3, method: "PATCH", nth: 1 }];
    editAtFirst("PATCH", edit);
  },
  "after a write that broke": async (world, edit) => {
    world.emulator.faults = [{ kind: "status", status: 503, method: "PATCH", nth: 1 }];
    editAtFirst("PATCH", edit);
  },
};

const ENCOUNTERS = Object.keys(EDITS).flatMap((edit) => Object.keys(MOMENTS).map((moment) => [edit, moment] as const));

test.each(ENCOUNTERS)("loses no change when someone else changes %s %s", (edit, moment) =>
  withWorld(
    async (world) => {
      const id = await world.contact([handle("ada@x.example")], { name: "Eva", custom_fields: FIELDS });
      const wanted = files([desired("ada@x.example", { name: "Ada", customFields: { "Job Title": "Chief" } })]);
      const plan = await world.plan(wanted);
      const { by, shows, status } = EDITS[edit] ?? fail();
      await MOMENTS[moment]?.(world, () => world.request("PATCH", `/contacts/${id}`, by));
      const report = await world.apply(plan);
      /** After an interrupted write, the change may be later than the write or replace it. */
      const isDoubtful = status === "failed" && moment === "after a write that broke";
      expect(report.results).toMatchObject([{ status: isDoubtful ? "unknown" : status }]);
      expect(await world.contacts()).toMatchObject([shows]);
    },
    { onRequest },
  ),
);
