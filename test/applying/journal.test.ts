import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
} from "node:fs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { OperationResult } from "../../src/applying/apply.ts";
import { JournalError, type JournalOptions, openJournal } from "../../src/applying/journal.ts";
import type { Operation } from "../../src/model/plan.ts";
import { desiredContact, desiredState } from "../support/builders.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { withTestEnvironment } from "../support/test-environment.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = new TemporaryDirectory();
});
afterEach(() => directory[Symbol.dispose]());

const DIRECTORY = "contacts/.front-contacts";
const JOURNAL = `${DIRECTORY}/journal.jsonl`;
const text = (path = JOURNAL) => readFileSync(directory.pathOf(path), "utf8");

function open(options: Partial<JournalOptions> = {}) {
  return openJournal("contacts", { company: "cmp_1", clock: new VirtualClock(), cwd: directory.path, ...options });
}

function creation(key: string): Operation {
  const address = `front_contact.${key}`;
  const id = `create-contact ${address}`;
  return { id, kind: "create-contact", subjects: [address], dependsOn: [], handles: [] };
}

const DALE = creation("dale");
const APPLIED: OperationResult = { operation: DALE, status: "applied", contactId: "crd_1" };

function record(): void {
  const journal = open();
  journal.recordStart(DALE);
  journal.recordEnd(APPLIED);
  journal.close();
}

test("the journal has one line for the start and one for the end of an operation, with escaped messages", () => {
  const journal = open();
  expect(journal.recordStart(DALE)).toBeUndefined();
  journal.recordEnd(APPLIED);
  const message = "not started, because\n\u001b[2J\u202e\u009b ##[error]";
  journal.recordEnd({ operation: creation("laura"), status: "skipped", message });
  expect(journal.close()).toBeUndefined();
  const [started, ended, skipped, rest] = text().split("\n");
  const entry = {
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    run: expect.stringMatching(/^[0-9a-f-]{36}$/),
    company: "cmp_1",
    operation: "create-contact front_contact.dale",
    kind: "create-contact",
    subjects: ["front_contact.dale"],
  };
  expect(JSON.parse(started ?? "")).toEqual({ ...entry, event: "started" });
  expect(JSON.parse(ended ?? "")).toEqual({ ...entry, event: "applied", contact: "crd_1" });
  expect(JSON.parse(skipped ?? "")).toMatchObject({ event: "skipped", message });
  expect(text()).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}|##\[/u);
  expect(rest).toBe("");
});

test("the start of an operation is written before its end is recorded", () => {
  const journal = open();
  journal.recordStart(DALE);
  expect(text()).toContain('"event":"started"');
  journal.close();
});

test("a closed journal can be closed again, but records nothing", () => {
  const journal = open();
  expect([journal.close(), journal.close()]).toEqual([undefined, undefined]);
  // This file gets the file descriptor of the closed journal.
  const other = openSync(directory.pathOf("other.txt"), "w");
  expect(journal.recordStart(DALE)).toContain("can no longer be written");
  closeSync(other);
  expect(readFileSync(directory.pathOf("other.txt"), "utf8")).toBe("");
});

test("the journal is readable only by its owner and ignored by git", () => {
  record();
  expect(statSync(directory.pathOf(JOURNAL)).mode & 0o777).toBe(0o600);
  expect(text(`${DIRECTORY}/.gitignore`)).toBe("*\n");
});

test("a later run appends to the journal with a different run ID", () => {
  record();
  record();
  const runs = text()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).run);
  expect(runs).toHaveLength(4);
  expect(new Set(runs).size).toBe(2);
});

test("the journal starts a new line after an incomplete line", () => {
  record();
  appendFileSync(directory.pathOf(JOURNAL), '{"time":"20');
  record();
  const lines = text().trimEnd().split("\n");
  expect(lines[2]).toBe('{"time":"20');
  expect(lines.slice(3).map((line) => JSON.parse(line).event)).toEqual(["started", "applied"]);
});

test("a journal larger than 10 MB is renamed and replaces the previous renamed journal", () => {
  for (const generation of ["first", "second"]) {
    directory.write(JOURNAL, `${generation}\n`);
    truncateSync(directory.pathOf(JOURNAL), 10 * 1024 * 1024 + 1);
    record();
    expect(text(`${DIRECTORY}/journal.1.jsonl`).startsWith(generation)).toBe(true);
    expect(text().split("\n")).toHaveLength(3);
  }
  expect(readdirSync(directory.pathOf(DIRECTORY)).sort()).toEqual([".gitignore", "journal.1.jsonl", "journal.jsonl"]);
});

const OBSTACLES: [string, () => unknown, reason: string][] = [
  ["its path is a directory", () => mkdirSync(directory.pathOf(JOURNAL), { recursive: true }), "not a regular file"],
  ["the contacts directory is a file", () => directory.write("contacts", ""), "ENOTDIR"],
  [
    "its path is a link to another file",
    () => {
      mkdirSync(directory.pathOf(DIRECTORY), { recursive: true });
      directory.write("precious", "");
      symlinkSync(directory.pathOf("precious"), directory.pathOf(JOURNAL));
    },
    "not a regular file",
  ],
  [
    "its directory is a link",
    () => {
      for (const name of ["contacts", "elsewhere"]) mkdirSync(directory.pathOf(name));
      symlinkSync(directory.pathOf("elsewhere"), directory.pathOf(DIRECTORY));
    },
    "not a directory",
  ],
];

test.each(OBSTACLES)("the journal cannot be opened if %s", (_, prepare, reason) => {
  prepare();
  expect(() => open()).toThrow(new JournalError(`"${JOURNAL}" cannot be written (${reason})`));
});

/** Returns a function that accepts `lines` lines, and then fails as on a full disk. */
function limitLines(lines: number) {
  let written = 0;
  return () => {
    if (written === lines) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    written += 1;
  };
}

const THREE_CONTACTS = desiredState(["dale", "harry", "laura"].map((key) => desiredContact(`${key}@peaks.example`)));

test.each([0, 1, 2, 3, 4, 5])(
  "an operation is not started if its start cannot be recorded (space for %i lines)",
  (space) =>
    withTestEnvironment({}, async (environment) => {
      const plan = await environment.plan(THREE_CONTACTS);
      const journal = open({ append: limitLines(space) });
      const { recordStart: mayStart, recordEnd: onEnd } = journal;
      const { results } = await environment.apply(plan, { parallelism: 1, mayStart, onEnd });
      const appliedCount = Math.ceil(space / 2);
      expect(await environment.contacts()).toHaveLength(appliedCount);
      expect(results.map(({ status }) => status)).toEqual(
        plan.operations.map((_, index) => (index < appliedCount ? "applied" : "skipped")),
      );
      const diagnostic = journal.close();
      const unwritten = results[appliedCount - 1]?.operation.id;
      expect(diagnostic).toMatchObject({
        severity: appliedCount === 3 ? "warning" : "error",
        code: "journal-not-written",
      });
      expect(diagnostic?.summary).toContain('journal.jsonl" can no longer be written (ENOSPC)');
      if (space % 2 === 1) expect(diagnostic?.advice).toContain(`Missing entries: ${unwritten}: applied.`);
      else expect(diagnostic?.advice).not.toContain("Missing entries");
    }),
);
