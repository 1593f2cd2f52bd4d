import { existsSync, readFileSync } from "node:fs";

/** Returns the location of a file of this package. Built code is further from the root of the package than its source. */
export function packageFile(path: string): URL {
  let root = new URL("../", import.meta.url);
  while (!existsSync(new URL("package.json", root))) root = new URL("../", root);
  return new URL(path, root);
}

/** The version of this package. */
export const VERSION: string = JSON.parse(readFileSync(packageFile("package.json"), "utf8")).version;
