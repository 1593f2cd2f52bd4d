// Runs the tests against an emulator with each of its switches flipped, one after another. With arguments such as
// `phoneForm=digits`, only these.
import { spawnSync } from "node:child_process";
import { BEHAVIOR_OPTIONS } from "../src/emulator/index.ts";

const JEST = ["--import=./test/support/run-typescript.js", "node_modules/jest/bin/jest.js"];

/** Laws, simulation, and everything between the client and the emulator. Tests of the emulator itself set what they need. */
const TESTS = [
  ..."laws danger-worlds odd-laws handle-spellings snapshot/snapshot-laws sim/seeds sim/interleavings sim/model".split(
    " ",
  ),
  ..."applying/ cli/ front/ history/ importing/ planning/plan-merge reading/ verifying/".split(" "),
].map((name) => `test/${name}`);

const all = Object.entries(BEHAVIOR_OPTIONS).flatMap(([name, [, ...others]]) =>
  others.map((value) => `${name}=${value}`),
);
const chosen = process.argv.length > 2 ? process.argv.slice(2) : all;
const unknown = chosen.filter((flipped) => !all.includes(flipped));
if (unknown.length > 0) {
  console.error(`Not a switch: ${unknown.join(", ")}. Use one of:\n${all.join("\n")}`);
  process.exit(1);
}

let passed = 0;
let failed = 0;
for (const flipped of chosen) {
  const { stderr, status } = spawnSync(process.execPath, [...JEST, ...TESTS], {
    env: { ...process.env, FRONT_BEHAVE: flipped, FRONT_TESTS: "" },
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
process.stderr.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
