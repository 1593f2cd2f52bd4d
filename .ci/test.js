// Builds the program for the tests that start it, then runs the tests. Arguments select tests, as for jest.
import { spawnSync } from "node:child_process";
import { execPath } from "node:process";

const BUILD = "import('./test/support/build-program.ts').then(({ buildProgram }) => buildProgram())";

function run(command, args) {
  return spawnSync(command, args, { stdio: "inherit" }).status ?? 1;
}

console.error("Browser tests are a separate suite: run 'npm run test:browser' (requires Chromium).");
process.exitCode =
  run(execPath, ["--import=./test/support/register-typescript.js", "--eval", BUILD]) ||
  run("npm", ["run", "--silent", "jest", "--", ...process.argv.slice(2)]);
