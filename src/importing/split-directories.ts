import { posix } from "node:path";

/** Maximum number of files in a directory that file browsers and Git hosts handle well. */
const MAX_FILES = 1000;

/**
 * Distributes files over directories. A full directory is continued in its subdirectories `part-2`, `part-3` and so on.
 */
export class SplitDirectories {
  /** Number of files by directory. */
  readonly #counts = new Map<string, number>();
  readonly #root: string;
  /** The number of the last directory with room. Earlier directories are full. */
  #last = 1;

  /** Counts the existing files. */
  constructor(root: string, paths: readonly string[]) {
    this.#root = root;
    for (const path of paths) this.count(posix.dirname(path));
  }

  /** Records a file in a directory. */
  count(directory: string): void {
    this.#counts.set(directory, (this.#counts.get(directory) ?? 0) + 1);
  }

  /** Returns the first directory with room. */
  next(): string {
    for (; ; this.#last += 1) {
      const directory = this.#last === 1 ? this.#root : posix.join(this.#root, `part-${this.#last}`);
      if ((this.#counts.get(directory) ?? 0) < MAX_FILES) return directory;
    }
  }
}
