// Builds the program for the tests that start it, then runs the tests. Arguments select tests, as for jest.
import { spawnSync } from "node:child_process";
import { execPath } from "node:process";

const BUILD = "import('./test/support/build-program.ts').then(({ buildProgram }) => buildProgram())";

// By default, glibc returns freed memory to the system at once, and gives each thread its own memory. Without both, the
// tests cause a quarter fewer page faults, which are slow on virtual machines.
const LARGE = 1_000_000_000;
const MALLOC = { arena_max: 1, hugetlb: 1, mmap_threshold: LARGE, trim_threshold: LARGE };
const GLIBC_TUNABLES = Object.entries(MALLOC).map(([name, value]) => `glibc.malloc.${name}=${value}`);

function run(command, args) {
  const env = { ...process.env, GLIBC_TUNABLES: GLIBC_TUNABLES.join(":") };
  return spawnSync(command, args, { stdio: "inherit", env }).status ?? 1;
}

console.error("Browser tests are a separate suite: run 'npm run test:browser' (requires Chromium).");
process.exitCode =
  run(execPath, ["--import=./test/support/register-typescript.js", "--eval", BUILD]) ||
  run("npm", ["run", "--silent", "jest", "--", ...process.argv.slice(2)]);
