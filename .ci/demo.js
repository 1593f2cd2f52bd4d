// Shows the whole job on an empty Front of its own: plan, apply, and a second plan that finds nothing to do.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const emulator = fileURLToPath(new URL("../dist/cli/emulator.js", import.meta.url));

const STEPS = [
  {
    words: ["plan", "--detailed-exitcode"],
    expected: 2,
    says: "Plan: what would be done? (Nothing is sent but reads.)",
  },
  { words: ["apply", "--auto-approve"], expected: 0, says: "Apply: do it." },
  { words: ["plan", "--detailed-exitcode"], expected: 0, says: "Plan again: nothing is left to do." },
];

function start(script, words) {
  return spawnSync(process.execPath, [script, ...words], { cwd: root, stdio: "inherit" }).status ?? 1;
}

function steps() {
  for (const { words, expected, says } of STEPS) {
    console.log(`\n━━ ${says}\n   $ front-contacts ${words.join(" ")}`);
    const code = start(cli, words);
    if (code !== expected) {
      console.error(`\nThis ended with ${code}, where ${expected} was expected.`);
      return 1;
    }
  }
  console.log(
    "\nThat was a local Front emulator, and it has stopped. The files are in contacts/: change one and start again.",
  );
  console.log("With a real Front: set FRONT_API_TOKEN, and run npx front-contacts plan.");
  return 0;
}

if (process.argv[2] === "steps") {
  process.exitCode = steps();
} else {
  const built = existsSync(cli) && existsSync(emulator);
  if (!built) console.error("Run npm run build first.");
  process.exitCode = built ? start(emulator, ["--", process.execPath, fileURLToPath(import.meta.url), "steps"]) : 1;
}
