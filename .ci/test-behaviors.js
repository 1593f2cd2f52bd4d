// Usage: test-behaviors.js [NAME=VALUE]…. Runs the tests once for each non-default value of each emulator behavior
// (see `emulator --behave list`) except `authorize`, or for the given values. If there are several values, a first run
// with the defaults records which behaviors affect each test file, so that the other runs can skip the test files that
// are not affected.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BEHAVIOR_OPTIONS } from "../src/emulator/index.ts";

/**
 * Tests that send requests to the emulator. Excludes tests of the emulator itself, which set the behavior that they
 * need.
 */
const TESTS = [
  ...["contacts.property", "handle-conflicts.property", "undecodable-contacts.property", "equivalent-handles"],
  ...["snapshot/snapshot.property", "sim/seeds", "sim/interleavings", "sim/model"],
  ...["applying/", "cli/", "front/", "history/", "importing/", "planning/plan-merge", "reading/", "verifying/"],
].map((name) => `test/${name}`);

/** Behaviors that are not varied. With any other value of `authorize`, every login would fail. */
const FIXED_BEHAVIORS = ["authorize"];

const nonDefaultValues = Object.entries(BEHAVIOR_OPTIONS)
  .filter(([name]) => !FIXED_BEHAVIORS.includes(name))
  .flatMap(([name, [, ...values]]) => values.map((value) => `${name}=${value}`));
const selected = process.argv.length > 2 ? process.argv.slice(2) : nonDefaultValues;
const untestable = selected.filter((behavior) => !nonDefaultValues.includes(behavior));
if (untestable.length > 0) {
  console.error(
    `These behaviors cannot be tested: ${untestable.join(", ")}. Use one of:\n${nonDefaultValues.join("\n")}`,
  );
  process.exit(1);
}

let passed = 0;
let failed = 0;
const affectedTests = selected.length > 1 ? recordAffectedTests() : undefined;
for (const behavior of selected) {
  const [name] = behavior.split("=");
  const tests = affectedTests?.get(name) ?? TESTS;
  if (tests.length === 0) console.log(`${behavior}: affects no test`);
  else run(behavior, tests);
}
process.stderr.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function run(behavior, tests, environment = {}) {
  const { stderr, status } = spawnSync("npm", ["run", "--silent", "jest", "--", ...tests], {
    env: { ...process.env, FRONT_TESTS: "", FRONT_BEHAVE: behavior, ...environment },
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [, passedCount = "0", failedCount = "1"] = /^(\d+) passed, (\d+) failed$/m.exec(stderr) ?? [];
  passed += Number(passedCount);
  failed += Number(failedCount);
  console.log(`${behavior}: ${passedCount} passed, ${failedCount} failed`);
  if (status !== 0) console.log(stderr.replace(/^(PASS|\d+ passed).*\n/gm, ""));
}

function recordAffectedTests() {
  const directory = mkdtempSync(join(tmpdir(), "front-contacts-behaviors-"));
  try {
    const log = join(directory, "log");
    const [[name, [value]]] = Object.entries(BEHAVIOR_OPTIONS);
    run(`${name}=${value}`, TESTS, { FRONT_BEHAVE_LOG: log });
    const files = new Map(Object.keys(BEHAVIOR_OPTIONS).map((key) => [key, new Set()]));
    for (const line of readFileSync(log, "utf8").trim().split("\n")) {
      const [file, name] = line.split("\t");
      files.get(name).add(file);
    }
    return new Map([...files].map(([key, paths]) => [key, [...paths]]));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
