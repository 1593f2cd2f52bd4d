// Checks format, lint, types and unused code, and builds the program for the tests that start it. These tasks run in parallel,
// because each uses only one processor.
import { spawn } from "node:child_process";

function run(command) {
  return new Promise((resolve) => spawn(command, { shell: true, stdio: "inherit" }).on("close", resolve));
}

const build = "import('./test/support/build-program.ts').then(({ buildProgram }) => buildProgram())";
const codes = await Promise.all([
  run("biome check ."),
  run("tsc"),
  run("knip"),
  run(`node --import=./test/support/register-typescript.js --eval "${build}"`),
]);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
