// Runs the tests against an emulator with each of its switches flipped, one after another. Arguments such as
// `phoneForm=digits` select the switches. A first run with the default switches records which switches affect each test file,
// so that a run with a flipped switch needs only the files that it affects.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BEHAVIOR_OPTIONS } from "../src/emulator/index.ts";

const JEST = ["--max-semi-space-size=32", "--import=./test/support/run-typescript.js", "node_modules/jest/bin/jest.js"];

/** Tests that send requests to the emulator. Tests of the emulator itself set the switches that they need. */
const TESTS = [
  ..."laws danger-worlds odd-laws handle-spellings snapshot/snapshot-laws sim/seeds sim/interleavings sim/model".split(
    " ",
  ),
  ..."applying/ cli/ front/ history/ importing/ planning/plan-merge reading/ verifying/".split(" "),
].map((name) => `test/${name}`);

/** Switches that are not flipped. If authorization is denied, every login fails. */
const NOT_FLIPPED = ["authorize"];

const all = Object.entries(BEHAVIOR_OPTIONS)
  .filter(([name]) => !NOT_FLIPPED.includes(name))
  .flatMap(([name, [, ...others]]) => others.map((value) => `${name}=${value}`));
const chosen = process.argv.length > 2 ? process.argv.slice(2) : all;
const unknown = chosen.filter((flipped) => !all.includes(flipped));
if (unknown.length > 0) {
  console.error(`Not a switch: ${unknown.join(", ")}. Use one of:\n${all.join("\n")}`);
  process.exit(1);
}

let passed = 0;
let failed = 0;
const affected = chosen.length > 1 ? recordAffected() : undefined;
for (const flipped of chosen) {
  const [name] = flipped.split("=");
  const tests = affected?.get(name) ?? (affected === undefined ? TESTS : []);
  if (tests.length === 0) console.log(`${flipped}: has no effect in these tests`);
  else run(flipped, tests);
}
process.stderr.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function run(flipped, tests, environment = {}) {
  const { stderr, status } = spawnSync(process.execPath, [...JEST, ...tests], {
    env: { ...process.env, FRONT_TESTS: "", FRONT_BEHAVE: flipped, ...environment },
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [, succeeded = "0", lost = "1"] = /^(\d+) passed, (\d+) failed$/m.exec(stderr) ?? [];
  passed += Number(succeeded);
  failed += Number(lost);
  console.log(`${flipped}: ${succeeded} passed, ${lost} failed`);
  if (status !== 0) console.log(stderr.replace(/^(PASS|\d+ passed).*\n/gm, ""));
}

/** Returns the test files that each switch affects, by its name. */
function recordAffected() {
  const directory = mkdtempSync(join(tmpdir(), "switches-"));
  try {
    const log = join(directory, "log");
    const [[name, [value]]] = Object.entries(BEHAVIOR_OPTIONS);
    run(`${name}=${value}`, TESTS, { FRONT_BEHAVE_LOG: log });
    const files = new Map(Object.keys(BEHAVIOR_OPTIONS).map((each) => [each, new Set()]));
    for (const line of readFileSync(log, "utf8").trim().split("\n")) {
      const [file, name] = line.split("\t");
      files.get(name).add(file);
    }
    return new Map([...files].map(([each, found]) => [each, [...found]]));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
