import { posix } from "node:path";
import type { Disk, DiskEntry, ReadFile } from "../fs/disk.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { decodeSource, type Source } from "../yaml/source-text.ts";
import { configProblem, topOf } from "./messages.ts";

export interface FoundFiles {
  /** Sorted, which is the order of the plan. */
  readonly paths: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Returns the YAML files below a directory, except hidden ones. Symbolic links are not followed: a target inside the
 * directory is read at its own path, and a link to any other file is an error.
 */
export function findFiles(root: string, disk: Disk): FoundFiles {
  if (disk.list(root).kind === "missing") return { paths: [], diagnostics: [configProblem("no-directory", { root })] };
  const home = disk.realPath(root) ?? root;
  const paths: string[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { path, entry } of walk(root, disk, (found) => diagnostics.push(found))) {
    if (paths.length === LIMITS.files) return { paths: [], diagnostics: [configProblem("too-many-files", { root })] };
    if (entry.kind === "link") diagnostics.push(...checkLink(path, home, disk));
    else if (isYaml(entry)) paths.push(path);
  }
  if (paths.length === 0) diagnostics.push(...reportNoFiles(root, diagnostics));
  return { paths: paths.toSorted(), diagnostics };
}

/** Reports that there are no files, unless the directory was reported as unreadable. */
function reportNoFiles(root: string, diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const isUnreadable = diagnostics.some(
    ({ code, location }) => code === "directory-unreadable" && location?.file === root,
  );
  return isUnreadable ? [] : [configProblem("no-files", { root })];
}

/** Yields the files and links at any depth that are not hidden, and reports unreadable directories. */
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

/** Matches the names of YAML files in any letter case: a file skipped because of capitals is easily overlooked. */
export const YAML_NAME = /\.ya?ml$/i;

/**
 * Returns whether an entry has the name of a YAML file. A pipe or device with such a name is reported when it is read.
 */
function isYaml({ name }: DiskEntry): boolean {
  return YAML_NAME.test(name);
}

function* checkLink(path: string, home: string, disk: Disk): Iterable<Diagnostic> {
  const target = disk.realPath(path);
  if (target === home) return;
  const isInside = target?.startsWith(`${home}/`) ?? false;
  const isHidden = isInside && target?.slice(home.length).includes("/.");
  if (isInside && !isHidden) return;
  const kind = target === undefined ? "missing" : isHidden ? "hidden" : "outside";
  yield configProblem("link-outside", { path, target: kind }, { location: topOf(path) });
}

/** The text of a file; without a source, the diagnostics give the reason. */
export interface SourceRead {
  readonly source?: Source;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads files one after the other, and stops with an error when their total length exceeds `limit`. */
export function* readSources(
  paths: readonly string[],
  disk: Disk,
  { limit = LIMITS.allBytes }: { readonly limit?: number } = {},
): Iterable<SourceRead> {
  let bytes = 0;
  for (const path of paths) {
    const read = readSource(path, disk);
    bytes += read.source?.text.length ?? 0;
    if (bytes > limit) {
      yield { diagnostics: [configProblem("files-too-large", { limit }, { location: topOf(path) })] };
      return;
    }
    yield read;
  }
}

function readSource(path: string, disk: Disk): SourceRead {
  const read = disk.read(path, { limit: LIMITS.fileBytes });
  if (read.kind === "bytes") return decodeSource(path, read.bytes);
  return { diagnostics: [reportUnreadable(path, read)] };
}

function reportUnreadable(path: string, read: Exclude<ReadFile, { kind: "bytes" }>): Diagnostic {
  const where = { location: topOf(path) };
  if (read.kind === "too-large") return configProblem("file-too-large", undefined, where);
  const reason = read.kind === "unreadable" ? read.reason : read.kind;
  return configProblem("file-unreadable", { path, reason }, where);
}
