import { accessSync, constants, lstatSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DiagnosticCode } from "../model/diagnostic-codes.ts";
import { UserError } from "../model/user-error.ts";
import { createAtomicFile, createFiles, syncDirectory, systemDisk } from "./atomic-file.ts";
import { adviseUnwritable, createDisk, type Disk, FileError, reasonOf } from "./disk.ts";

/** Writes files atomically. Injectable for tests and dry runs. */
export interface DiskWriter {
  /** Returns whether the path exists, even as a broken symbolic link. */
  exists(path: string): boolean;
  /** Creates a file and its missing directories. Throws a `FileChangedError` if the path exists. */
  create(path: string, content: string | Uint8Array): void;
  /** Creates many small files together. Does not change files that already exist, and returns their paths. */
  createAll(files: ReadonlyMap<string, string>): Promise<readonly string[]>;
  /** Syncs the directories of the created files. Must be called after the last file is created. */
  finish(): void;
  /** Replaces the text of a file. Throws a `FileChangedError` if the current text is not `before`. */
  replace(path: string, before: string, after: string): void;
  /** Replaces the bytes of a file. Throws a `FileChangedError` if the current bytes are not `before`. */
  replaceBytes(path: string, before: Uint8Array, after: Uint8Array): void;
}

export class WriteError extends UserError {
  constructor(summary: string, advice: string, code: DiagnosticCode = "file-not-written") {
    super(code, summary, { advice });
  }
}

class FileChangedError extends WriteError {
  constructor(path: string, before: ReplaceOptions["before"]) {
    const [summary, advice] =
      before === null
        ? [`"${path}" already exists`, "Rename or delete it, then run the command again. It was not modified."]
        : [`"${path}" changed while front-contacts was running`, "Run the command again. The file was not modified."];
    super(summary, advice, "file-changed");
  }
}

/** Calls `write`. Returns false if it throws a `FileChangedError`, and true otherwise. */
export function writeIfUnchanged(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (!(error instanceof FileChangedError)) throw error;
    return false;
  }
}

const BOM = "\uFEFF";

/** Returns a writer for the disk of this machine. Paths are relative to `cwd`. */
export function createDiskWriter(cwd: string): DiskWriter {
  const directories = new Set<string>();
  return {
    exists: (path) => exists(resolve(cwd, path)),
    create(path, content) {
      write(path, content, { cwd, before: null });
      directories.add(dirname(resolve(cwd, path)));
    },
    async createAll(files) {
      const relativePaths = new Map([...files.keys()].map((path) => [resolve(cwd, path), path]));
      for (const path of relativePaths.keys()) directories.add(dirname(path));
      try {
        const newFiles = [...files].map(([path, content]) => ({ path: resolve(cwd, path), content }));
        return (await createFiles(newFiles)).map((path) => relativePaths.get(path) ?? path);
      } catch (error) {
        const [path = ""] = files.keys();
        throw notWrittenError(path, error);
      }
    },
    finish() {
      for (const directory of directories) syncDirectory(directory);
      directories.clear();
    },
    replace(path, before, after) {
      // `before` and `after` have no byte order mark. If the file has one, it is preserved.
      const limit = Buffer.byteLength(before) + Buffer.byteLength(BOM);
      const mark = readText(resolve(cwd, path), { limit })?.startsWith(BOM) ? BOM : "";
      write(path, mark + after, { cwd, before: mark + before });
    },
    replaceBytes: (path, before, after) => write(path, after, { cwd, before }),
  };
}

/** Creates or replaces a file atomically, and creates missing directories. Throws a `WriteError` on failure. */
export function writeFile(path: string, content: string, cwd: string): void {
  write(path, content, { cwd });
}

function write(path: string, content: string | Uint8Array, options: ReplaceOptions): void {
  attempt(path, () => mkdirSync(dirname(resolve(options.cwd, path)), { recursive: true }));
  replaceFile(path, content, options);
}

/**
 * Throws a `WriteError` if a file cannot be written at a path. An existing file must be a regular file, and the nearest
 * existing directory must be writable.
 */
export function assertWritable(path: string, cwd: string): void {
  attempt(path, () => {
    const absolutePath = resolve(cwd, path);
    if (statSync(absolutePath, { throwIfNoEntry: false })?.isFile() === false) throw new FileError("not-a-file");
    let directory = dirname(absolutePath);
    while (!exists(directory)) directory = dirname(directory);
    if (!statSync(directory).isDirectory()) throw new FileError("not-a-directory");
    accessSync(directory, constants.W_OK | constants.X_OK);
  });
}

function attempt(path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw new WriteError(`"${path}" cannot be written (${reasonOf(error)})`, adviseUnwritable(error));
  }
}

export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

interface ReplaceOptions {
  /** The directory that the path is relative to. */
  readonly cwd: string;
  /**
   * The content that the file must still have: bytes, or text including any byte order mark. Null if the file must not
   * exist. Undefined if the file may have any content.
   */
  readonly before?: string | Uint8Array | null;
}

/**
 * Creates or replaces a file atomically, and preserves its mode. A symbolic link is replaced, not followed. Throws a
 * `FileChangedError` if the content of the file is not `before`, and a `WriteError` if the file cannot be replaced.
 */
export function replaceFile(path: string, content: string | Uint8Array, { cwd, before }: ReplaceOptions): void {
  const absolutePath = resolve(cwd, path);
  const assertUnchanged = () => {
    if (before !== undefined && !hasContent(absolutePath, before)) throw new FileChangedError(path, before);
  };
  try {
    assertUnchanged();
    createAtomicFile(absolutePath, systemDisk, { mode: modeOf(absolutePath) }).finish(content, assertUnchanged);
  } catch (error) {
    if (error instanceof FileChangedError) throw error;
    throw notWrittenError(path, error);
  }
}

function notWrittenError(path: string, error: unknown): WriteError {
  const isWriteProtected = error instanceof FileError && error.code === "write-protected";
  return new WriteError(
    `"${path}" cannot be written (${reasonOf(error)})`,
    isWriteProtected
      ? "Make the file writable, for example with chmod u+w. It was not modified."
      : "Check that the directory exists and is writable, and that the disk is not full. An existing file was not modified.",
  );
}

function hasContent(path: string, before: string | Uint8Array | null): boolean {
  if (before === null) return !exists(path);
  if (typeof before !== "string") {
    const read = createDisk().read(path, { limit: before.length });
    return read.kind === "bytes" && Buffer.compare(read.bytes, before) === 0;
  }
  return readText(path, { limit: Buffer.byteLength(before) }) === before;
}

/**
 * Returns the text of a file, including any byte order mark; undefined if the file cannot be read or is larger than
 * `limit` bytes.
 */
export function readText(
  path: string,
  { limit, disk = createDisk() }: { readonly limit: number; readonly disk?: Disk },
): string | undefined {
  const read = disk.read(path, { limit });
  if (read.kind !== "bytes") return undefined;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(read.bytes);
}

/**
 * Returns the permissions of a file, if it exists. Throws if the file is write-protected, because a rename would
 * replace it regardless.
 */
function modeOf(path: string): number | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) return undefined;
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw reasonOf(error) === "EACCES" ? new FileError("write-protected") : error;
  }
  return mode & 0o7777;
}
