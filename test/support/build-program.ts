import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUILDS = join(ROOT, "node_modules/.cache/front-contacts-tests");
/** The files and directories that the program reads from its package. */
const PACKAGE_FILES = ["docs/ci", "cli/views/html/plan.css", "cli/views/html/plan.js"];
/** Files on which the build depends, in addition to the sources. */
const BUILD_INPUTS = [".ci/build.js", "package.json", "schemas/contacts.schema.json", "schemas/plan.schema.json"];
const HOUR = 60 * 60 * 1000;

/**
 * Builds the program inside node_modules, so that its dependencies resolve. Returns the path of main.js. Reuses an
 * existing build if the sources are unchanged.
 */
export function buildProgram(): string {
  const sources = ["cli", "src", "docs/ci"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => join(ROOT, folder, name)),
  );
  const states = [...sources, ...BUILD_INPUTS.map((path) => join(ROOT, path))].map((path) => [
    path,
    statSync(path).mtimeMs,
  ]);
  const built = join(BUILDS, createHash("sha256").update(JSON.stringify(states)).digest("hex"));
  if (!existsSync(built)) build(built);
  return join(built, "cli/main.js");
}

function build(directory: string): void {
  const temporary = `${directory}.${process.pid}`;
  execFileSync(process.execPath, [join(ROOT, ".ci/build.js"), temporary], { cwd: ROOT });
  // Node.js looks for package.json, which sets the module type, in the parent directories up to node_modules. The
  // program looks for its own files there too.
  for (const path of ["package.json", ...PACKAGE_FILES])
    cpSync(join(ROOT, path), join(temporary, path), { recursive: true });
  const builds = readdirSync(BUILDS).map((name) => join(BUILDS, name));
  for (const path of builds) {
    // Another test process may have renamed or removed the directory.
    const modificationTime = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (modificationTime !== undefined && modificationTime < Date.now() - HOUR)
      rmSync(path, { recursive: true, force: true });
  }
  // Another test process may have finished the same build in the meantime.
  if (existsSync(directory)) rmSync(temporary, { recursive: true });
  else renameSync(temporary, directory);
}
