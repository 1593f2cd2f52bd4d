import { posix } from "node:path";
import type { Disk } from "../fs/disk.ts";

/** Returns whether a path is absolute on some system, a URL, or not a path at all. */
export function isNotRelative(written: string): boolean {
  return written.includes("\0") || written.includes("\\") || /^(?:\/|~|[a-z]+:)/i.test(written);
}

/**
 * Returns the path with links resolved, if it is inside the contacts directory; why there is none otherwise. The path is
 * relative to the same directory as `root`.
 */
export function containedPath(
  path: string,
  root: string,
  disk: Disk,
): { readonly real: string } | { readonly problem: "outside" | "missing" } {
  const home = disk.realPath(root);
  if (isOutside(posix.relative(posix.normalize(root), path)) || home === undefined) return { problem: "outside" };
  const real = disk.realPath(path);
  if (real === undefined) return { problem: "missing" };
  return isOutside(posix.relative(home, real)) ? { problem: "outside" } : { real };
}

function isOutside(relativePath: string): boolean {
  return relativePath === ".." || relativePath.startsWith("../") || posix.isAbsolute(relativePath);
}
