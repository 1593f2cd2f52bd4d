import { posix } from "node:path";
import type { Disk, DiskEntry } from "../fs/disk.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { decodeSource, type Source } from "../yaml/source-text.ts";
import { configProblem, topOf } from "./messages.ts";

export interface FoundFiles {
  /** Sorted. Plans list contacts in this order. */
  readonly paths: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Returns the YAML files in a directory and its subdirectories, except hidden ones. Symbolic links are not followed.
 * A link to a missing file, a hidden file or a file outside the directory is an error. Other links are ignored, because
 * their targets are read at their own paths.
 */
export function findFiles(root: string, disk: Disk): FoundFiles {
  const { kind } = disk.list(root);
  if (kind === "missing") return { paths: [], diagnostics: [noDirectoryError(root, disk)] };
  const paths: string[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { path, entry } of walk(root, disk, (diagnostic) => diagnostics.push(diagnostic))) {
    if (entry.kind === "link") diagnostics.push(...checkLink(path, root, disk));
    // A pipe or device with the name of a YAML file is reported when it is read.
    else if (YAML_NAME.test(entry.name)) paths.push(path);
    if (paths.length > LIMITS.files) return { paths: [], diagnostics: [configProblem("too-many-files", { root })] };
  }
  // `walk` reports an unreadable directory.
  if (paths.length === 0 && kind === "entries") diagnostics.push(configProblem("no-files", { root }));
  return { paths: paths.toSorted(), diagnostics };
}

/** Returns the error for a directory that is missing or is a file. */
function noDirectoryError(root: string, disk: Disk): Diagnostic {
  if (disk.realPath(root) !== undefined) return configProblem("not-a-directory", { root });
  const hasSchema = (directory: string) =>
    SCHEMA_FILES.some((name) => disk.realPath(posix.join(directory, name)) !== undefined);
  const isInside = hasSchema(".");
  const parents = isInside || posix.isAbsolute(root) ? [] : PARENTS;
  const found = parents.map((parent) => posix.join(parent, root)).find(hasSchema);
  return configProblem("no-directory", { root, isInside, found });
}

/** The parent directories to search, because the working directory may be a subdirectory of the repository. */
const PARENTS = ["..", "../..", "../../.."];

/** Files that a contacts directory contains and its parent directory does not. */
const SCHEMA_FILES = ["contacts.schema.json", "front.schema.json"];

/** Yields files and links. Skips names that begin with a dot, and reports unreadable directories. */
function* walk(
  directory: string,
  disk: Disk,
  report: (diagnostic: Diagnostic) => void,
): Iterable<{ readonly path: string; readonly entry: DiskEntry }> {
  const listing = disk.list(directory);
  if (listing.kind !== "entries") {
    const reason = listing.kind === "missing" ? "ENOENT" : listing.reason;
    return report(configProblem("directory-unreadable", { path: directory, reason }, { location: topOf(directory) }));
  }
  for (const entry of listing.entries) {
    const path = posix.join(directory, entry.name);
    if (entry.name.startsWith(".")) continue;
    if (entry.kind === "directory") yield* walk(path, disk, report);
    else yield { path, entry };
  }
}

/** Case-insensitive, because users might not notice that A.YAML is not loaded. */
export const YAML_NAME = /\.ya?ml$/i;

function* checkLink(path: string, root: string, disk: Disk): Iterable<Diagnostic> {
  const realRoot = disk.realPath(root) ?? root;
  const target = disk.realPath(path);
  if (target === realRoot) return;
  const isInside = target?.startsWith(`${realRoot}/`) ?? false;
  const isHidden = isInside && target?.slice(realRoot.length).includes("/.");
  if (isInside && !isHidden) return;
  const kind = target === undefined ? "missing" : isHidden ? "hidden" : "outside";
  yield configProblem("link-outside", { path, target: kind }, { location: topOf(path) });
}

/** If the file could not be read, `source` is undefined, and a diagnostic contains the reason. */
export interface SourceRead {
  readonly source?: Source;
  readonly diagnostics: readonly Diagnostic[];
}

/** Yields the texts of files in order. Stops with an error if their total length, in characters, exceeds `limit`. */
export function* readSources(
  paths: readonly string[],
  disk: Disk,
  { limit = LIMITS.totalCharacters }: { readonly limit?: number } = {},
): Iterable<SourceRead> {
  let length = 0;
  for (const path of paths) {
    const read = readSource(path, disk);
    length += read.source?.text.length ?? 0;
    if (length > limit) {
      yield { diagnostics: [configProblem("files-too-large", { limit }, { location: topOf(path) })] };
      return;
    }
    yield read;
  }
}

export const READ_PROBLEMS = {
  missing: "not found",
  "not-a-file": "not a regular file",
  changing: "its size changes while it is read",
} as const;

function readSource(path: string, disk: Disk): SourceRead {
  const read = disk.read(path, { limit: LIMITS.fileBytes });
  if (read.kind === "bytes") return decodeSource(path, read.bytes);
  const location = topOf(path);
  if (read.kind === "too-large") return { diagnostics: [configProblem("file-too-large", undefined, { location })] };
  const reason = read.kind === "unreadable" ? read.reason : READ_PROBLEMS[read.kind];
  return { diagnostics: [configProblem("file-unreadable", { path, reason }, { location })] };
}
