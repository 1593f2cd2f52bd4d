// Compiles the project, including the simulation, to a directory below node_modules, where Node.js can resolve imported
// packages. Runs the simulation with the command-line arguments.
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = join(root, "node_modules/.cache/front-contacts-sim");
const tsc = join(root, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "--noEmit", "false", "--outDir", built, "--rootDir", root], {
  cwd: root,
  stdio: "inherit",
});
// For a module below node_modules, Node.js searches for package.json only below node_modules.
cpSync(join(root, "package.json"), join(built, "package.json"));
await import(pathToFileURL(join(built, "test/sim/main.js")).href);
