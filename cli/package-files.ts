import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The root of the package. Compiled code is one directory deeper than its source. */
const ROOT = findRoot("../", "../../");

function findRoot(...folders: readonly string[]): URL {
  const candidates = folders.map((folder) => new URL(folder, import.meta.url));
  const root = candidates.find((candidate) => existsSync(new URL("package.json", candidate)));
  if (root !== undefined) return root;
  const searched = candidates.map((candidate) => fileURLToPath(candidate)).join(" or ");
  throw new Error(
    `The front-contacts installation is incomplete: package.json was not found in ${searched}. Install front-contacts again.`,
  );
}

/** `path` is relative to the root of the package. */
export function packageFile(path: string): URL {
  return new URL(path, ROOT);
}

export const VERSION: string = JSON.parse(readFileSync(packageFile("package.json"), "utf8")).version;
