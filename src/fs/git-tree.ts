import { createHash, hash } from "node:crypto";
import { join, posix, resolve } from "node:path";
import type { Remedy } from "../model/remedy.ts";
import { UserError } from "../model/user-error.ts";
import { createDisk, type Disk, type DiskEntry, type ReadFile } from "./disk.ts";
import { type LfsPointer, lfsPointerOf } from "./lfs-pointer.ts";
import { runGit } from "./run-git.ts";

export interface GitTree {
  /** The full commit ID and the directory, in git's notation: `1a2b3c…:contacts`. */
  readonly name: string;
  /** The path of the directory on `disk`. Contains a short commit ID, as in `1a2b3c4d5e6f:contacts`. */
  readonly root: string;
  readonly disk: Disk;
  /** False if the commit does not contain the directory. */
  readonly exists: boolean;
}

export interface GitOptions {
  /** The directory that paths are relative to. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The current files of the directory, used to find the directory under an earlier name. */
  readonly files: readonly string[];
}

/**
 * Opens a directory at a revision. `revision` is `REV`, or `REV:DIRECTORY` if the directory had another name at `REV`.
 * Throws a `UserError` if the revision or the specified directory cannot be read, or if the directory seems to have
 * been renamed.
 */
export function openGitTree(revision: string, directory: string, options: GitOptions): GitTree {
  const git = new Git(resolve(options.cwd, directory), options.env);
  const { rev, path: namedPath } = splitRevision(revision);
  const { prefix, isShallow, commit } = git.findCommit(rev, directory);
  const path = namedPath ?? prefix;
  if (commit === undefined) {
    throw git.findCommit("HEAD", directory).commit === undefined
      ? noCommitError()
      : missingRevisionError(rev, isShallow);
  }
  const name = `${commit}:${path}`;
  const root = `${commit.slice(0, SHORT_COMMIT)}:${path === "" ? "." : path}`;
  const listing = git.list(name);
  if (listing === undefined) {
    const earlierPath = git.findRenamed(commit, options.files);
    if (earlierPath !== undefined || path !== prefix) throw missingDirectoryError(rev, path, earlierPath);
  }
  return { name, root, exists: listing !== undefined, disk: treeDisk(root, listing ?? new Map(), git) };
}

const SHORT_COMMIT = 12;

/** Splits `REV:DIRECTORY`. Does not split a search such as `HEAD^{/fix: it}`, which may contain colons. */
function splitRevision(revision: string): { readonly rev: string; readonly path?: string } {
  const colon = revision.indexOf(":");
  if (colon < 1 || revision.includes("{/")) return { rev: revision };
  const path = posix.normalize(revision.slice(colon + 1)).replace(/^\/+|\/+$/g, "");
  return { rev: revision.slice(0, colon), path: path === "." ? "" : path };
}

interface GitBlob {
  readonly mode: string;
  readonly id: string;
  /** The size in bytes. */
  readonly size: number;
}

/** Files by path, relative to the directory. */
type Listing = ReadonlyMap<string, GitBlob>;

/** Runs git in the contacts directory. */
class Git {
  readonly directory: string;
  #gitDirectory = ".git";
  readonly #env: GitOptions["env"];

  constructor(directory: string, env: GitOptions["env"]) {
    this.directory = directory;
    this.#env = env;
  }

  /**
   * Returns the commit of a revision, if it exists. `prefix` is the path of the directory in the repository. Throws a
   * `UserError` if git cannot read the repository.
   */
  findCommit(
    rev: string,
    directory: string,
  ): { readonly prefix: string; readonly isShallow: boolean; readonly commit: string | undefined } {
    const ofRepository = ["--is-shallow-repository", "--show-prefix", "--git-common-dir"];
    // git would treat a revision that starts with a dash as an option.
    const ofCommit = rev.startsWith("-") ? [] : ["--verify", "--quiet", `${rev}^{commit}`];
    const { stdout, error } = this.#run(["rev-parse", ...ofRepository, ...ofCommit]);
    // If the commit does not exist, git prints the other values before it fails.
    const [shallow, prefix, gitDirectory, commit] = stdout.toString().split("\n");
    if (prefix === undefined || gitDirectory === undefined) throw noRepositoryError(directory, error);
    this.#gitDirectory = resolve(this.directory, gitDirectory);
    return { prefix: prefix.replace(/\/$/, ""), isShallow: shallow === "true", commit: commit || undefined };
  }

  list(tree: string): Listing | undefined {
    const { output } = this.#run(["ls-tree", "-r", "-z", "--long", "--full-tree", tree]);
    if (output === undefined) return undefined;
    return new Map(
      output
        .toString()
        .split("\0")
        .flatMap((line) => {
          const [, mode = "", id = "", size = "", path] = /^(\d+) \w+ (\w+) +(\d+|-)\t(.*)$/s.exec(line) ?? [];
          return path === undefined ? [] : [[path, { mode, id, size: Number(size) }] as const];
        }),
    );
  }

  /** Returns the directory that contains the largest number of `files` at a commit, if any directory contains some. */
  findRenamed(commit: string, files: readonly string[]): string | undefined {
    const { output } = this.#run(["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit]);
    const basenames = new Set(files.map((file) => posix.basename(file)));
    const counts = new Map<string, number>();
    for (const path of output?.toString().split("\0") ?? []) {
      if (!basenames.has(posix.basename(path))) continue;
      const file = files.find((candidate) => path.endsWith(`/${candidate}`));
      if (file === undefined) continue;
      const directory = path.slice(0, -file.length - 1);
      counts.set(directory, (counts.get(directory) ?? 0) + 1);
    }
    return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
  }

  /** Returns the contents of objects, by ID. Objects that are not in the clone are omitted. */
  read(ids: readonly string[]): ReadonlyMap<string, Buffer> {
    const { output = Buffer.alloc(0) } = this.#run(["cat-file", "--batch"], `${ids.join("\n")}\n`);
    const contents = new Map<string, Buffer>();
    for (let offset = 0; offset < output.length; ) {
      const end = output.indexOf("\n", offset);
      if (end < 0) break;
      const [id = "", type, size] = output.subarray(offset, end).toString().split(" ");
      offset = end + 1;
      if (type !== "blob") continue;
      contents.set(id, output.subarray(offset, offset + Number(size)));
      offset += Number(size) + 1;
    }
    return contents;
  }

  /** Returns the path of a Git LFS object in the clone. The file may be missing. */
  pathOfLfsObject({ sha256 }: LfsPointer): string {
    return join(this.#gitDirectory, "lfs", "objects", sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  }

  /** Runs git. If git fails, `output` is undefined and `stdout` contains the partial output. */
  #run(
    args: readonly string[],
    input?: string,
  ): { readonly output?: Buffer; readonly stdout: Buffer; readonly error: string } {
    const { status, stdout, stderr, error } = runGit(args, { cwd: this.directory, env: this.#env, input });
    if (error !== undefined) {
      return { stdout: Buffer.alloc(0), error: (error as NodeJS.ErrnoException).code ?? error.message };
    }
    return status === 0 ? { output: stdout, stdout, error: "" } : { stdout, error: stderr.toString() };
  }
}

/** Maximum total size, in bytes, of several files to read with one git process. */
const BATCH = 32 * 1024 * 1024;

function treeDisk(root: string, listing: Listing, git: Git): Disk {
  const directories = new Map<string, Map<string, DiskEntry["kind"]>>([["", new Map()]]);
  for (const [path, { mode }] of listing) addEntry(path, kindOf(mode), directories);
  const blobs = new Blobs(listing, git);
  const relative = (path: string) => posix.relative(root, path);
  const fileAt = (path: string) => {
    const blob = listing.get(path);
    return blob !== undefined && kindOf(blob.mode) === "file" ? blob : undefined;
  };
  return {
    list(directory) {
      const entries = directories.get(relative(directory));
      if (entries === undefined) return { kind: "missing" };
      return { kind: "entries", entries: [...entries].map(([name, kind]) => ({ name, kind })) };
    },
    read(path, { limit }): ReadFile {
      const file = relative(path);
      const blob = fileAt(file);
      if (blob === undefined) return { kind: directories.has(file) || listing.has(file) ? "not-a-file" : "missing" };
      if (blob.size > limit) return { kind: "too-large", size: blob.size };
      return blobs.read(file, blob, limit);
    },
    realPath(path) {
      const file = relative(path);
      const real = resolveLinks(file, (target) => blobs.linkAt(target));
      if (real === undefined || !(directories.has(real) || fileAt(real) !== undefined)) return undefined;
      return real === file ? path : posix.join(root, real);
    },
  };
}

/** Maximum number of symbolic links in a path, as in Linux. */
const MAX_LINKS = 40;

/**
 * Returns a path with its links resolved; undefined if a link points outside the tree, or if there are too many links.
 */
function resolveLinks(path: string, linkAt: (path: string) => string | undefined): string | undefined {
  let resolved = "";
  let segments = path.split("/");
  for (let links = 0; segments.length > 0; ) {
    const [name = "", ...remaining] = segments;
    const next = posix.join(resolved, name).replace(/^\.$/, "");
    if (next === ".." || next.startsWith("../")) return undefined;
    const target = linkAt(next);
    if (target === undefined) resolved = next;
    else links += 1;
    if (links > MAX_LINKS || target?.startsWith("/")) return undefined;
    segments = target === undefined ? remaining : [...target.split("/"), ...remaining];
  }
  return resolved;
}

class Blobs {
  readonly #listing: Listing;
  readonly #paths: readonly string[];
  readonly #git: Git;
  readonly #workTree: Disk;
  readonly #loaded = new Map<string, Buffer>();
  /** Targets of links, cached because a link is resolved again for every path below it. */
  readonly #links = new Map<string, string | undefined>();

  constructor(listing: Listing, git: Git) {
    this.#listing = listing;
    this.#paths = [...listing.keys()];
    this.#git = git;
    this.#workTree = createDisk(git.directory);
  }

  /** Reads a file. Takes the content of a Git LFS file from the work tree or, if it differs there, from the clone. */
  read(path: string, blob: GitBlob, limit: number): ReadFile {
    const bytes = this.#read(path, blob);
    if (bytes === undefined) return { kind: "unreadable", reason: "not in this clone" };
    const pointer = lfsPointerOf(bytes);
    if (pointer === undefined) return { kind: "bytes", bytes };
    if (pointer.size > limit) return { kind: "too-large", size: pointer.size };
    const object = [path, this.#git.pathOfLfsObject(pointer)]
      .map((candidate) => this.#workTree.read(candidate, { limit: pointer.size }))
      .find((read) => read.kind === "bytes" && hash("sha256", read.bytes) === pointer.sha256);
    return object ?? { kind: "unreadable", reason: "stored in Git LFS, and not in this clone" };
  }

  linkAt(path: string): string | undefined {
    const blob = this.#listing.get(path);
    if (blob?.mode !== LINK_MODE) return undefined;
    if (!this.#links.has(path)) this.#links.set(path, this.#read(path, blob)?.toString());
    return this.#links.get(path);
  }

  #read(path: string, blob: GitBlob): Buffer | undefined {
    if (!this.#loaded.has(path)) {
      const unchanged = readUnchanged(path, blob, this.#workTree);
      if (unchanged !== undefined) return unchanged;
      this.#load(path);
    }
    const content = this.#loaded.get(path);
    this.#loaded.delete(path);
    return content;
  }

  /** Loads a file and the files after it with the same extension in one batch, because starting git is slow. */
  #load(path: string): void {
    const extension = posix.extname(path);
    const batch: string[] = [];
    let bytes = 0;
    for (const filePath of this.#paths.slice(this.#paths.indexOf(path))) {
      if (posix.extname(filePath) !== extension) continue;
      bytes += this.#listing.get(filePath)?.size ?? 0;
      if (batch.length > 0 && bytes > BATCH) break;
      batch.push(filePath);
    }
    const idOf = (filePath: string) => this.#listing.get(filePath)?.id ?? "";
    const contents = this.#git.read([...new Set(batch.map(idOf))]);
    for (const filePath of batch) {
      const content = contents.get(idOf(filePath));
      if (content !== undefined) this.#loaded.set(filePath, content);
    }
  }
}

function addEntry(path: string, kind: DiskEntry["kind"], directories: Map<string, Map<string, DiskEntry["kind"]>>) {
  const directory = posix.dirname(path) === "." ? "" : posix.dirname(path);
  let siblings = directories.get(directory);
  if (siblings === undefined) {
    siblings = new Map();
    directories.set(directory, siblings);
    addEntry(directory, "directory", directories);
  }
  // Symbolic links are omitted, because their targets are read at their own paths.
  if (kind !== "link") siblings.set(posix.basename(path), kind);
}

const LINK_MODE = "120000";

function kindOf(mode: string): DiskEntry["kind"] {
  if (mode.startsWith("100")) return "file";
  return mode === LINK_MODE ? "link" : "other";
}

/** Returns the content in the work tree if it is the same as in the commit. Reading from git takes longer. */
function readUnchanged(path: string, { id, size }: Pick<GitBlob, "id" | "size">, workTree: Disk): Buffer | undefined {
  const read = workTree.read(path, { limit: size });
  if (read.kind !== "bytes") return undefined;
  const objectHash = createHash(id.length === 40 ? "sha1" : "sha256").update(`blob ${read.bytes.length}\0`);
  return objectHash.update(read.bytes).digest("hex") === id ? Buffer.from(read.bytes) : undefined;
}

function noRepositoryError(directory: string, error: string): UserError {
  if (error === "ENOENT") {
    // The cause may also be a missing working directory.
    return baseMissingError(
      "Cannot run git to read the base",
      `Check that git is installed and that "${directory}" exists.`,
    );
  }
  if (error.includes("dubious ownership")) {
    return baseMissingError(
      `git refuses to read the repository of "${directory}": another user owns it`,
      "Run 'git config --global --add safe.directory PATH' with the path of the repository.",
    );
  }
  if (error.includes("not a git repository")) {
    return baseMissingError(
      `"${directory}" is not in a git repository, so the base cannot be read`,
      "Run the command in a clone of the repository, or without a base.",
    );
  }
  const [, reason = error.trim()] = /^fatal: (.*)$/m.exec(error) ?? [];
  return baseMissingError(
    `git cannot read the repository of "${directory}": ${reason}`,
    "Fix the problem that git reports, or run the command without a base.",
  );
}

function noCommitError(): UserError {
  return baseMissingError(
    "The git repository has no commit yet, so there is no revision to compare with",
    "Commit the applied configuration with 'git add . && git commit', or plan without a base.",
  );
}

function missingRevisionError(rev: string, isShallow: boolean): UserError {
  return baseMissingError(
    `Revision "${rev}" does not exist in this clone`,
    isShallow
      ? "The clone is shallow. Fetch all commits with 'git fetch --unshallow', or set fetch-depth: 0 in actions/checkout."
      : "Correct the name, or fetch the revision with 'git fetch origin'.",
  );
}

function missingDirectoryError(rev: string, path: string, earlierPath: string | undefined): UserError {
  const summary = `The directory "${path}" does not exist at revision "${rev}"`;
  if (earlierPath === undefined) {
    const command = `git ls-tree -dr --full-tree --name-only ${rev}`;
    return baseMissingError(summary, `List the directories with '${command}', or specify only the revision.`);
  }
  const advice = "If the directory has been renamed, specify its earlier path.";
  return baseMissingError(summary, advice, { kind: "set-base-directory", revision: rev, directory: earlierPath });
}

function baseMissingError(summary: string, advice: string, remedy?: Remedy): UserError {
  return new UserError("base-missing", summary, { advice, remedy });
}
