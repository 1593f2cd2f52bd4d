import { hash } from "node:crypto";
import { type Dirent, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { deflateSync } from "node:zlib";

/** The mode of each kind of tree entry. */
const DIRECTORY = "40000";
const FILE = "100644";
const LINK = "120000";
/** The ID of a tree without entries. Git does not commit empty directories. */
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** A new commit of the files of a directory that contains `.git`. */
class NewCommit {
  readonly #root: string;
  readonly #paths: readonly string[];
  readonly #ignored: ReadonlySet<string>;

  constructor(root: string, paths: readonly string[]) {
    this.#root = root;
    this.#paths = paths;
    const rules = readIfExists(join(root, ".gitignore")).split("\n");
    this.#ignored = new Set([".git", ...rules.map((rule) => rule.replace(/\/$/, ""))]);
  }

  write(): void {
    const branch = join(this.#root, ".git/refs/heads/main");
    const parent = readIfExists(branch);
    const person = "Lucy <lucy@sheriff.example> 1700000000 +0000";
    const parentLine = parent === "" ? "" : `parent ${parent}`;
    const header = `tree ${this.#writeTree("")}\n${parentLine}author ${person}\ncommitter ${person}\n`;
    mkdirSync(dirname(branch), { recursive: true });
    writeFileSync(branch, `${this.#writeObject("commit", Buffer.from(`${header}\nx\n`))}\n`);
  }

  #writeTree(directory: string): string {
    const children = readdirSync(join(this.#root, directory), { withFileTypes: true })
      .filter(({ name }) => !this.#ignored.has(name) && this.#isSelected(posix.join(directory, name)))
      .map((child) => ({ child, key: Buffer.from(child.isDirectory() ? `${child.name}/` : child.name) }))
      .sort((a, b) => Buffer.compare(a.key, b.key));
    const entries = children.flatMap(({ child }) => {
      const [mode, id] = this.#writeChild(posix.join(directory, child.name), child);
      return id === EMPTY_TREE ? [] : [Buffer.from(`${mode} ${child.name}\0`), Buffer.from(id, "hex")];
    });
    return this.#writeObject("tree", Buffer.concat(entries));
  }

  #writeChild(path: string, child: Dirent): readonly [mode: string, id: string] {
    const file = join(this.#root, path);
    if (child.isDirectory()) return [DIRECTORY, this.#writeTree(path)];
    if (child.isSymbolicLink()) return [LINK, this.#writeObject("blob", Buffer.from(readlinkSync(file)))];
    return [FILE, this.#writeObject("blob", readFileSync(file))];
  }

  #isSelected(path: string): boolean {
    return this.#paths.some(
      (selected) => selected === "." || `${path}/`.startsWith(`${selected}/`) || selected.startsWith(`${path}/`),
    );
  }

  #writeObject(type: string, content: Buffer): string {
    const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
    const id = hash("sha1", bytes);
    const file = join(this.#root, ".git/objects", id.slice(0, 2), id.slice(2));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, deflateSync(bytes));
    return id;
  }
}

function readIfExists(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/**
 * Commits only these files and directories to the branch `main`, except names in `.gitignore`. The path `.` selects all
 * files. Writes the objects without git, because starting git takes longer than a plan. Writes no index, so
 * `git status` would be wrong.
 */
export function writeCommit({ directory }: { readonly directory: string }, ...paths: string[]): void {
  new NewCommit(directory, paths).write();
}
