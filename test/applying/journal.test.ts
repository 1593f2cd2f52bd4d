import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { OperationResult } from "../../src/applying/apply.ts";
import { JournalError, type JournalOptions, openJournal } from "../../src/applying/journal.ts";
import type { Operation } from "../../src/model/plan.ts";
import { desired, files } from "../support/builders.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { withWorld } from "../support/world.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const own = (...names: string[]) => join(directory, "contacts/.front-contacts", ...names);
const text = (name = "journal.jsonl") => readFileSync(own(name), "utf8");
const mode = (name: string) => statSync(own(name)).mode & 0o777;

function open(more: Partial<JournalOptions> = {}) {
  return openJournal("contacts", { company: "cmp_1", clock: new VirtualClock(), cwd: directory, ...more });
}

function creation(key: string): Operation {
  const address = `front_contact.${key}`;
  const id = `create-contact ${address}`;
  return { id, kind: "create-contact", subjects: [address], dependsOn: [], handles: [] };
}

const DALE = creation("dale");
const applied: OperationResult = { operation: DALE, status: "applied", contactId: "crd_1" };

function record(): void {
  const journal = open();
  journal.mayStart(DALE);
  journal.ended(applied);
  journal.close();
}

test("writes a line for the start and one for the end of an operation", () => {
  const journal = open();
  expect(journal.mayStart(DALE)).toBeUndefined();
  journal.ended(applied);
  const message = "not started, because\n\u001b[2J\u202e\u009b ##[error]";
  journal.ended({ operation: creation("laura"), status: "skipped", message });
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

test("writes the start of an operation before its end", () => {
  const journal = open();
  journal.mayStart(DALE);
  expect(text()).toContain('"event":"started"');
  journal.close();
});

test("is readable by its owner only and ignored by git", () => {
  record();
  expect(mode("journal.jsonl")).toBe(0o600);
  expect(text(".gitignore")).toBe("*\n");
});

test("appends to the file, with an id for each run", () => {
  record();
  record();
  const runs = text()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).run);
  expect(runs).toHaveLength(4);
  expect(new Set(runs).size).toBe(2);
});

test("starts a new line after an incomplete one", () => {
  record();
  appendFileSync(own("journal.jsonl"), '{"time":"20');
  record();
  const lines = text().trimEnd().split("\n");
  expect(lines[2]).toBe('{"time":"20');
  expect(lines.slice(3).map((line) => JSON.parse(line).event)).toEqual(["started", "applied"]);
});

test("renames a journal of more than 10 MB, and keeps one old journal", () => {
  for (const generation of ["first", "second"]) {
    mkdirSync(own(), { recursive: true });
    writeFileSync(own("journal.jsonl"), `${generation}\n`);
    truncateSync(own("journal.jsonl"), 10 * 1024 * 1024 + 1);
    record();
    expect(text("journal.1.jsonl").startsWith(generation)).toBe(true);
    expect(text().split("\n")).toHaveLength(3);
  }
  expect(readdirSync(own()).sort()).toEqual([".gitignore", "journal.1.jsonl", "journal.jsonl"]);
});

const OBSTACLES: [string, () => void, reason: string][] = [
  ["a directory", () => mkdirSync(own("journal.jsonl"), { recursive: true }), "not a regular file"],
  ["a file instead of its directory", () => writeFileSync(join(directory, "contacts"), ""), "ENOTDIR"],
  [
    "a link to another file",
    () => {
      mkdirSync(own(), { recursive: true });
      writeFileSync(join(directory, "precious"), "");
      symlinkSync(join(directory, "precious"), own("journal.jsonl"));
    },
    "not a regular file",
  ],
  [
    "a link instead of its directory",
    () => {
      mkdirSync(join(directory, "contacts"));
      mkdirSync(join(directory, "elsewhere"));
      symlinkSync(join(directory, "elsewhere"), join(directory, "contacts/.front-contacts"));
    },
    "not a directory",
  ],
];

test.each(OBSTACLES)("rejects %s with advice, before any operation", (_, put, reason) => {
  put();
  expect(() => open()).toThrow(
    new JournalError(`contacts/.front-contacts/journal.jsonl cannot be written (${reason})`),
  );
});

/** Returns a journal with space for this many lines. */
function limitLines(lines: number) {
  let written = 0;
  return () => {
    if (written === lines) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    written += 1;
  };
}

const THREE = files(["dale", "harry", "laura"].map((key) => desired(`${key}@peaks.example`)));

test.each([0, 1, 2, 3, 4, 5])("sends nothing that is not recorded, with space for %i lines", (room) =>
  withWorld(async (world) => {
    const plan = await world.plan(THREE);
    const journal = open({ append: limitLines(room) });
    const { mayStart, ended: onEnd } = journal;
    const { results } = await world.apply(plan, { parallelism: 1, mayStart, onEnd });
    const done = Math.ceil(room / 2);
    expect(await world.contacts()).toHaveLength(done);
    expect(results.map(({ status }) => status)).toEqual(
      plan.operations.map((_, at) => (at < done ? "applied" : "skipped")),
    );
    const trouble = journal.close();
    const unwritten = results[done - 1]?.operation.id;
    expect(trouble).toMatchObject({ severity: done === 3 ? "warning" : "error", code: "journal-not-written" });
    expect(trouble?.summary).toContain("journal.jsonl can no longer be written (ENOSPC)");
    if (room % 2 === 1) expect(trouble?.advice).toContain(`Missing entries: ${unwritten}: applied.`);
    else expect(trouble?.advice).not.toContain("Missing entries");
  }),
);
