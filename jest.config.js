import { readFileSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";

const MEMORY = "/dev/shm";
const ENOUGH = 1024 ** 3;

/** Returns the directory for the files of tests: in memory if that is possible, because most are synced to the disk. */
function directoryForFiles() {
  try {
    const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
    const [, , , options = "noexec"] = mounts.find((line) => line.split(" ")[1] === MEMORY)?.split(" ") ?? [];
    const { bavail, bsize } = statfsSync(MEMORY);
    return options.includes("noexec") || bavail * bsize < ENOUGH ? tmpdir() : MEMORY;
  } catch {
    return tmpdir();
  }
}

process.env.TMPDIR = directoryForFiles();

export default {
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  runtime: "<rootDir>/test/support/native-runtime.cjs",
  transform: {},
  // Usually jest leaves one processor out, which on two is half of them.
  maxWorkers: "100%",
  testSequencer: "<rootDir>/.ci/test-sequencer.js",
  // A machine may be slow and shared; a test that hangs is what this is for.
  testTimeout: 120_000,
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  reporters: ["default", "<rootDir>/.ci/count-reporter.js"],
};
