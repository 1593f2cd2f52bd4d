import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { OperationResult } from "../../src/applying/apply.ts";
import { openJournal } from "../../src/applying/journal.ts";
import { type RecordedRun, RunDirectory } from "../../src/history/run-directory.ts";
import { UserError } from "../../src/model/user-error.ts";
import { desiredContact, desiredState, planFor, remoteState } from "../support/builders.ts";
import { portrait } from "../support/portrait.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const DAY = 24 * 60 * 60 * 1000;
const START = Date.parse("2026-03-01T09:30:00.000Z");
const PLAN = planFor(
  desiredState([desiredContact("dale@fbi.example"), desiredContact("harry@sheriff.example")]),
  remoteState(),
);
const [DALE, HARRY] = PLAN.operations;
const RESULTS = PLAN.operations.map((operation): OperationResult => {
  return { operation, status: "applied", contactId: "crd_1" };
});

let home: TemporaryDirectory;
beforeEach(() => {
  home = new TemporaryDirectory();
});
afterEach(() => home[Symbol.dispose]());

const runPath = (name = "") => home.pathOf(`contacts/.front-contacts/runs/${name}`);
const directory = () => new RunDirectory("contacts", { cwd: home.path });

function start(now = START, options: Partial<Parameters<RunDirectory["start"]>[0]> = {}, settings = {}): RecordedRun {
  return directory().start({ version: "1.0.0", plan: PLAN, ...options }, () => now, settings);
}

test("a record contains the plan when a run starts, and also the results when the run ends", () => {
  const run = start(START, { checkout: { commit: "abc" } });
  expect(run.id).toMatch(/^20260301T093000\.000Z-1-[0-9a-f]{8}$/);
  const before = directory().read();
  expect(before).toMatchObject({ id: run.id, started_at: "2026-03-01T09:30:00.000Z", commit: "abc", plan: PLAN });
  expect(before.ended_at).toBeUndefined();
  expect(run.finish({ results: RESULTS, requests: 7 })).toBeUndefined();
  const results = PLAN.operations.map(({ id }) => ({ operation: id, status: "applied", contact: "crd_1" }));
  expect(directory().read(run.id)).toMatchObject({ ended_at: expect.any(String), requests: 7, results, plan: PLAN });
});

test("a record is readable only by its owner, is ignored by Git, and is the only file in the directory", () => {
  const run = start();
  run.finish({ results: RESULTS, requests: 7 });
  expect(statSync(runPath(`${run.id}.json`)).mode & 0o777).toBe(0o600);
  expect(readFileSync(runPath("../.gitignore"), "utf8")).toBe("*\n");
  expect(readdirSync(runPath())).toEqual([`${run.id}.json`]);
});

test("a result contains the performed operation if it differs from the planned operation", () => {
  const run = start();
  const performed = { ...DALE, name: "Dale" } as OperationResult["operation"];
  run.finish({ results: [{ operation: performed, status: "applied" }], requests: 1 });
  expect(directory().read().results).toEqual([{ operation: DALE?.id, status: "applied", performed }]);
});

test("the results of a killed run come from the journal, which may be truncated", () => {
  const run = start();
  const journal = openJournal("contacts", { company: "cmp_1", run: run.id, clock: new VirtualClock(), cwd: home.path });
  if (DALE === undefined || HARRY === undefined) throw new Error("the plan must have two operations");
  journal.recordStart(DALE);
  journal.recordEnd({ operation: DALE, status: "applied", contactId: "crd_9" });
  journal.recordStart(HARRY);
  journal.close();
  const path = runPath("../journal.jsonl");
  const text = readFileSync(path, "utf8");
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index + 1);
  for (let length = 0; length <= text.length; length += 1) {
    writeFileSync(path, text.slice(0, length));
    const lines = ends.filter((end) => end <= length + 1).length;
    const statuses = directory()
      .read()
      .results?.map(({ status }) => status);
    const expected = lines === 0 ? ["unknown", "unknown"] : [lines === 1 ? "unknown" : "applied", "skipped"];
    expect([length, statuses]).toEqual([length, lines === 3 ? ["applied", "unknown"] : expected]);
  }
  expect(directory().read().results?.[0]).toMatchObject({ contact: "crd_9" });
});

test.each([
  ["the last 20 runs of the last 90 days", {}, { frequent: 20, rare: 3 }],
  ["as many runs as the settings allow", { runs: 3 }, { frequent: 3, rare: 3 }],
  ["runs for as long as the settings allow", { days: 60 }, { frequent: 20, rare: 2 }],
] as const)("the run directory keeps %s", (_, settings, expected) => {
  for (let index = 0; index < 22; index += 1) start(START + index * 1000, {}, settings);
  expect(directory().ids()).toHaveLength(expected.frequent);
  rmSync(runPath(), { recursive: true });
  for (let index = 0; index < 4; index += 1) start(START + index * 40 * DAY, {}, settings);
  expect(directory().ids()).toHaveLength(expected.rare);
});

test("a local clock that is ahead of Front's clock does not remove recent runs", () => {
  const recent = start();
  start(START + 400 * DAY, { frontTime: START + DAY });
  expect(directory().ids()).toContain(recent.id);
  start(START + 400 * DAY, { frontTime: START + 100 * DAY });
  expect(directory().ids()).not.toContain(recent.id);
});

test("the latest run is the one that started last, even if the clock was ahead or behind", () => {
  const earlierVersion = start(START + 2 * DAY).id.replace("-1-", "-");
  renameSync(runPath(readdirSync(runPath())[0]), runPath(`${earlierVersion}.json`));
  const runs = [START + 3 * DAY, START, START + DAY].map((now) => start(now).id);
  expect(directory().ids()).toEqual([...runs.reverse(), earlierVersion]);
  expect(directory().read().id).toBe(runs[0]);
});

test("replaced pictures are stored next to the record and removed with the record", async () => {
  const bytes = new Uint8Array(await portrait(1).png().toBuffer());
  const pictures = new Map([
    ["crd_1", bytes],
    ["crd_2", new TextEncoder().encode("<html>")],
  ]);
  const run = start(START, { pictures });
  const storedPictures = directory().pictures(directory().read());
  const { path = "" } = storedPictures.get("crd_1") ?? {};
  expect([...storedPictures.keys()]).toEqual(["crd_1"]);
  expect(new Uint8Array(readFileSync(home.pathOf(path)))).toEqual(bytes);
  expect(statSync(home.pathOf(path)).mode & 0o777).toBe(0o600);
  start(START + 100 * DAY);
  expect(existsSync(runPath(run.id))).toBe(false);
});

test("a run is found by its ID, or by the beginning or the end of its ID", () => {
  const [first, second] = [start(), start(START + DAY)];
  expect(directory().read().id).toBe(second.id);
  for (const idPart of [first.id, first.id.slice(0, 10), first.id.slice(-8)]) {
    expect(directory().read(idPart).id).toBe(first.id);
  }
  expect(() => directory().read("2026")).toThrow('"2026" matches 2 runs');
  expect(() => directory().read("abc")).toThrow('Unknown run "abc"');
});

const DAMAGED: [string, (text: string) => string][] = [
  ["is truncated", (text) => text.slice(0, -10)],
  ["has a later format", (text) => text.replace('"1.0"', '"2.0"')],
  ["has an ID with a path", (text) => text.replaceAll('"crd_1"', '"../me"')],
  ["has no plan", (text) => text.replace('"plan"', '"plans"')],
  ["has a status that does not exist", (text) => text.replace('"applied"', '"perhaps"')],
];

test.each(DAMAGED)("a record that %s is not read", (_, damage) => {
  const run = start();
  run.finish({ results: RESULTS, requests: 7 });
  const path = runPath(`${run.id}.json`);
  writeFileSync(path, damage(readFileSync(path, "utf8")));
  expect(() => directory().read()).toThrow(UserError);
  expect(directory().readAll()).toEqual({ runs: [], unreadable: [`contacts/.front-contacts/runs/${run.id}.json`] });
});

test("a record that is too large is not written", () => {
  const directoryWithLimit = (limit: number) => new RunDirectory("contacts", { cwd: home.path, limit });
  const startWith = (limit: number) => directoryWithLimit(limit).start({ version: "1.0.0", plan: PLAN }, () => START);
  expect(() => startWith(0)).toThrow(
    expect.objectContaining({
      code: "run-not-recorded",
      message: "Nothing was applied, because the record of the run is larger than 0 MB",
      advice: expect.not.stringContaining("writable"),
    }),
  );
  const { size } = statSync(runPath(`${start().id}.json`));
  const run = startWith(size);
  expect(run.finish({ results: RESULTS, requests: 7 })).toMatchObject({
    code: "run-not-recorded",
    summary: expect.stringMatching(/\.json" \(the record is larger than [\d.]+ MB\)$/),
    advice: expect.stringMatching(/^Create smaller plans\. The history and undo commands read/),
  });
  expect(directory().read(run.id).ended_at).toBeUndefined();
});

test("start throws if the run cannot be recorded", () => {
  home.write("contacts/.front-contacts/runs", "");
  expect(() => start()).toThrow('contacts/.front-contacts/runs" cannot be written');
});
