import { readFileSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";

const MEMORY = "/dev/shm";
const MIN_BYTES = 1024 ** 3;

/** Returns a directory for temporary files: in memory if possible, because most files of the tests are synced to the disk. */
function findTemporaryDirectory() {
  try {
    const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
    const [, , , options = "noexec"] = mounts.find((line) => line.split(" ")[1] === MEMORY)?.split(" ") ?? [];
    const { bavail, bsize } = statfsSync(MEMORY);
    return options.includes("noexec") || bavail * bsize < MIN_BYTES ? tmpdir() : MEMORY;
  } catch {
    return tmpdir();
  }
}

process.env.TMPDIR = findTemporaryDirectory();

export default {
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  runtime: "<rootDir>/test/support/native-runtime.cjs",
  transform: {},
  // By default, jest leaves one processor free, which halves the speed on a machine with two.
  maxWorkers: "100%",
  testSequencer: "<rootDir>/.ci/test-sequencer.js",
  // Fails only tests that hang, because a shared machine can be slow.
  testTimeout: 120_000,
  // On a busy machine, a worker that has finished can take more than a second to stop its threads and free its memory.
  // By default, jest ends it after half a second and warns that a test left a handle open.
  workerGracefulExitTimeout: 20_000,
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  reporters: ["default", "<rootDir>/.ci/count-reporter.js"],
};
