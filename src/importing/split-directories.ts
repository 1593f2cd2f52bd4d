import { posix } from "node:path";

/** Maximum number of files in a directory. File browsers and Git hosts handle directories of this size well. */
const MAX_FILES = 1000;

/**
 * Distributes files over directories. When the root directory is full, its subdirectories `part-2`, `part-3` and so on
 * are used.
 */
export class SplitDirectories {
  readonly #counts = new Map<string, number>();
  readonly #root: string;
  /** The number of the current directory. Directories with lower numbers are full. */
  #current = 1;

  constructor(root: string, paths: readonly string[]) {
    this.#root = root;
    for (const path of paths) this.addFile(posix.dirname(path));
  }

  addFile(directory: string): void {
    this.#counts.set(directory, (this.#counts.get(directory) ?? 0) + 1);
  }

  /** Returns the same directory until `addFile` fills it. */
  directoryForNextFile(): string {
    for (; ; this.#current += 1) {
      const directory = this.#current === 1 ? this.#root : posix.join(this.#root, `part-${this.#current}`);
      if ((this.#counts.get(directory) ?? 0) < MAX_FILES) return directory;
    }
  }
}
