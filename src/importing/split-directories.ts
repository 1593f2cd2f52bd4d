import { posix } from "node:path";

/** File browsers, git hosts and reviewers handle no more files in a directory well. */
const MAX_FILES = 1000;

/** Spreads files over directories: a directory that is full is continued in `part-2`, `part-3` and so on below it. */
export class Directories {
  /** Number of files by directory. */
  readonly #counts = new Map<string, number>();
  /** The number of the last directory found, by root: earlier ones are full. */
  readonly #last = new Map<string, number>();

  /** `paths`: the existing files. */
  constructor(paths: readonly string[]) {
    for (const path of paths) this.count(posix.dirname(path));
  }

  /** Notes a file in a directory. */
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
