// Builds the program for the tests that start it, then runs the tests, and checks the code at the same time. Arguments
// select tests, as for jest.
import { spawn } from "node:child_process";

const CHECKS = ["biome check .", "tsc", "knip"];
const BUILD = "import('./test/support/build-program.ts').then(({ buildProgram }) => buildProgram())";

function run(command, args) {
  return new Promise((resolve) => spawn(command, args, { stdio: "inherit" }).on("close", resolve));
}

/** Prints the output of a check only if the check fails, because the output of jest would interrupt it. */
function check(command) {
  const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "pipe"] });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output.push(chunk));
  return new Promise((resolve) =>
    child.on("close", (code) => {
      if (code !== 0) process.stderr.write(`\n${command} failed:\n${Buffer.concat(output)}\n`);
      resolve(code);
    }),
  );
}

console.error("Browser tests are a separate suite: run 'npm run test:browser' (requires Chromium).");
const test = () => run("npm", ["run", "--silent", "jest", "--", ...process.argv.slice(2)]);
const build = () => run(process.execPath, ["--import=./test/support/register-typescript.js", "--eval", BUILD]);
const codes = await Promise.all([build().then((code) => (code === 0 ? test() : code)), ...CHECKS.map(check)]);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
