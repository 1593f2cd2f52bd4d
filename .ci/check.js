// Checks format, lint, types and unused code side by side, because one check alone leaves a processor idle.
import { spawn } from "node:child_process";

function run(command) {
  return new Promise((resolve) => spawn(command, { shell: true, stdio: "inherit" }).on("close", resolve));
}

const codes = await Promise.all([run("biome check ."), run("tsc"), run("knip")]);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
