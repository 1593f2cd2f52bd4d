import { posix } from "node:path";
import type { Disk, DiskEntry, ReadFile } from "../fs/disk.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { decodeSource, type Source } from "../yaml/source-text.ts";

export interface FoundFiles {
  /** In the order in which they count. */
  readonly paths: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Returns every YAML file below a directory, hidden ones left out. Links are not followed, because their target is read where
 * it is; a link to a target that is not read is an error.
 */
export function findFiles(root: string, disk: Disk): FoundFiles {
  if (disk.list(root).kind === "missing") return { paths: [], diagnostics: [noDirectory(root)] };
  const home = disk.realPath(root) ?? root;
  const paths: string[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { path, entry } of walk(root, disk, (found) => diagnostics.push(found))) {
    if (paths.length === LIMITS.files) return { paths: [], diagnostics: [tooManyFiles(root)] };
    if (entry.kind === "link") diagnostics.push(...checkLink(path, home, disk));
    else if (isYaml(entry)) paths.push(path);
  }
  const isUnreadable = diagnostics.some(
    ({ code, location }) => code === "directory-unreadable" && location?.file === root,
  );
  return {
    paths: paths.toSorted(),
    diagnostics: [...diagnostics, ...emptyDirectory(root, isUnreadable ? undefined : paths)],
  };
}

/** Yields what is not hidden, at any depth, and reports directories that cannot be read. */
function* walk(
  directory: string,
  disk: Disk,
  report: (diagnostic: Diagnostic) => void,
): Iterable<{ readonly path: string; readonly entry: DiskEntry }> {
  const listing = disk.list(directory);
  if (listing.kind === "unreadable") report(unreadableDirectory(directory, listing.reason));
  if (listing.kind === "missing") report(unreadableDirectory(directory, "ENOENT"));
  if (listing.kind !== "entries") return;
  for (const entry of listing.entries) {
    const path = posix.join(directory, entry.name);
    if (entry.name.startsWith(".")) continue;
    if (entry.kind === "directory") yield* walk(path, disk, report);
    else yield { path, entry };
  }
}

/** By name alone: a pipe or a device of that name is reported when it is read. */
function isYaml({ name }: DiskEntry): boolean {
  return name.endsWith(".yaml") || name.endsWith(".yml");
}

function* checkLink(path: string, home: string, disk: Disk): Iterable<Diagnostic> {
  const target = disk.realPath(path);
  if (target === home) return;
  const isInside = target?.startsWith(`${home}/`) ?? false;
  const isHidden = isInside && target?.slice(home.length).includes("/.");
  if (isInside && !isHidden) return;
  const where =
    target === undefined ? "leads nowhere" : isHidden ? "leads to a hidden file" : "leads out of the directory";
  yield {
    severity: "error",
    code: "link-outside",
    summary: `${path} is a link that ${where}`,
    advice: "Put the file itself there, so that a reviewer sees what is in it.",
    location: topOf(path),
  };
}

function unreadableDirectory(directory: string, reason: string): Diagnostic {
  return {
    severity: "error",
    code: "directory-unreadable",
    summary: `The directory cannot be read (${reason})`,
    advice: adviceFor(reason, "directory", directory),
    location: topOf(directory),
  };
}

function adviceFor(reason: string, what: "directory" | "file", path: string): string {
  if (path.includes("\uFFFD")) return `Its name is not UTF-8 text. Rename the ${what}.`;
  if (reason === "EACCES" || reason === "EPERM") return `Allow yourself to read the ${what}, or move it elsewhere.`;
  if (reason === "ENAMETOOLONG") return "Its path is too long for the system. Shorten the names of its directories.";
  return `Check that it is a plain ${what} that you may read.`;
}

function noDirectory(root: string): Diagnostic {
  return {
    severity: "error",
    code: "no-directory",
    summary: `There is no directory ${root}`,
    advice: "`front-contacts init` makes a first one; --contacts DIR names another.",
  };
}

function tooManyFiles(root: string): Diagnostic {
  return {
    severity: "error",
    code: "too-many-files",
    summary: `There are more than ${LIMITS.files} .yaml files in ${root}`,
    advice:
      "Put several contacts into one file, or describe them in several directories, each with its own --contacts.",
  };
}

function* emptyDirectory(root: string, paths: readonly string[] | undefined): Iterable<Diagnostic> {
  if (paths?.length !== 0) return;
  yield {
    severity: "error",
    code: "no-files",
    summary: `There are no .yaml files in ${root}`,
    advice: "`front-contacts init` writes a first one; `front-contacts import` writes what Front has.",
  };
}

/** A file as text. Without a source, the diagnostics say why. */
export interface SourceRead {
  readonly source?: Source;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads files one after the other, and gives up when all together are more than anybody writes. */
export function* readSources(
  paths: readonly string[],
  disk: Disk,
  { most = LIMITS.allBytes }: { readonly most?: number } = {},
): Iterable<SourceRead> {
  let bytes = 0;
  for (const path of paths) {
    const read = readSource(path, disk);
    bytes += read.source?.text.length ?? 0;
    if (bytes > most) {
      yield { diagnostics: [tooMuch(path, most)] };
      return;
    }
    yield read;
  }
}

function tooMuch(path: string, most: number): Diagnostic {
  return {
    severity: "error",
    code: "files-too-large",
    summary: `With this file all files together are larger than ${most / (1024 * 1024)} MB`,
    advice: "Describe the contacts in several directories, each with its own --contacts.",
    location: topOf(path),
  };
}

function readSource(path: string, disk: Disk): SourceRead {
  const read = disk.read(path, { limit: LIMITS.fileBytes });
  if (read.kind === "bytes") return decodeSource(path, read.bytes);
  return { diagnostics: [unreadable(path, read)] };
}

function unreadable(path: string, read: Exclude<ReadFile, { kind: "bytes" }>): Diagnostic {
  const location = topOf(path);
  if (read.kind === "too-large") {
    const summary = `The file is larger than ${LIMITS.fileBytes / (1024 * 1024)} MB`;
    return { severity: "error", code: "file-too-large", summary, advice: "Split it over several files.", location };
  }
  const reason = read.kind === "unreadable" ? read.reason : read.kind;
  const advice = adviceFor(reason, "file", path);
  return {
    severity: "error",
    code: "file-unreadable",
    summary: `The file cannot be read (${reason})`,
    advice,
    location,
  };
}

function topOf(file: string) {
  return { file, line: 1, column: 1, length: 1 };
}
