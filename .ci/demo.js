// Plans and applies contacts/ against an empty local Front emulator, and plans again. The second plan has no changes.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

function stepsWith(planFile) {
  return [
    {
      args: ["plan", "--detailed-exitcode", "--out", planFile],
      expected: 2,
      title: "Plan: show what would change. Only GET requests are sent.",
    },
    { args: ["apply", planFile], expected: 0, title: "Apply: make these changes." },
    { args: ["plan", "--detailed-exitcode"], expected: 0, title: "Plan again: Front matches the configuration." },
  ];
}

function runProgram(args) {
  return spawnSync(process.execPath, [cli, ...args], { cwd: root, stdio: "inherit" }).status ?? 1;
}

function runSteps(planFile) {
  for (const { args, expected, title } of stepsWith(planFile)) {
    console.log(`\n━━ ${title}\n   $ front-contacts ${args.join(" ")}`);
    const code = runProgram(args);
    if (code !== expected) {
      console.error(`\nThe exit code is ${code}; expected ${expected}.`);
      return 1;
    }
  }
  console.log(
    "\nThe demo uses a local Front emulator, which stops now. Change a file in contacts/, and run 'npm start' again.",
  );
  console.log("To plan against your company, set FRONT_API_TOKEN and run 'npx --no -- front-contacts plan'.");
  return 0;
}

if (process.argv[2] === "steps") {
  const directory = mkdtempSync(join(tmpdir(), "front-contacts-"));
  process.exitCode = runSteps(join(directory, "plan.json"));
  rmSync(directory, { recursive: true });
} else if (existsSync(cli)) {
  process.exitCode = runProgram(["emulator", "--", process.execPath, fileURLToPath(import.meta.url), "steps"]);
} else {
  console.error("Run 'npm run build' first.");
  process.exitCode = 1;
}
