import { posix } from "node:path";
import { type Disk, entriesIn } from "../fs/disk.ts";
import { suggest } from "../model/suggest.ts";

/**
 * Returns whether a path looks like a URL, is absolute on any system, begins with `~`, or contains a backslash or NUL.
 */
export function isNotRelative(written: string): boolean {
  return written.includes("\0") || written.includes("\\") || /^(?:\/|~|[a-z]+:)/i.test(written);
}

/**
 * Returns the real path without symbolic links, or a problem if the path does not exist or is outside the contacts
 * directory `root`. `path` and `root` are relative to the same directory.
 */
export function containedPath(
  path: string,
  root: string,
  disk: Disk,
): { readonly real: string } | { readonly problem: "outside" | "missing" } {
  const realRoot = disk.realPath(root);
  if (isOutside(posix.relative(posix.normalize(root), path)) || realRoot === undefined) return { problem: "outside" };
  const real = disk.realPath(path);
  const isFileWithSlash = real !== undefined && path.endsWith("/") && disk.list(real).kind === "missing";
  if (real === undefined || isFileWithSlash) return { problem: "missing" };
  return isOutside(posix.relative(realRoot, real)) ? { problem: "outside" } : { real };
}

/** Returns the name of an entry in the directory of `path` that is similar to the name in `path`, if any. */
export function similarName(path: string, disk: Disk): string | undefined {
  const name = posix.basename(path);
  const names = entriesIn(posix.dirname(path), disk).map((entry) => entry.name);
  return path.endsWith("/") && names.includes(name) ? name : suggest(name, names);
}

function isOutside(relativePath: string): boolean {
  return relativePath === ".." || relativePath.startsWith("../") || posix.isAbsolute(relativePath);
}
