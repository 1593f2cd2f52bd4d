import { posix } from "node:path";

/** Maximum number of files in a directory that file browsers and Git hosts handle well. */
const MAX_FILES = 1000;

/**
 * Distributes files over directories. A full directory is continued in its subdirectories `part-2`, `part-3` and so on.
 */
export class SplitDirectories {
  /** Number of files by directory. */
  readonly #counts = new Map<string, number>();
  /** The number of the last directory with room, by root. Earlier directories are full. */
  readonly #last = new Map<string, number>();

  /** Counts the existing files. */
  constructor(paths: readonly string[]) {
    for (const path of paths) this.count(posix.dirname(path));
  }

  /** Records a file in a directory. */
  count(directory: string): void {
    this.#counts.set(directory, (this.#counts.get(directory) ?? 0) + 1);
  }

  /** Returns the first directory with room. */
  next(root: string): string {
    for (let number = this.#last.get(root) ?? 1; ; number += 1) {
      const directory = number === 1 ? root : posix.join(root, `part-${number}`);
      if ((this.#counts.get(directory) ?? 0) >= MAX_FILES) continue;
      this.#last.set(root, number);
      return directory;
    }
  }
}
