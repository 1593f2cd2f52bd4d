import { posix } from "node:path";
import { BOUNDS } from "./bounds.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Disk, DiskEntry, ReadFile } from "./disk.ts";
import { decodeSource, type Source } from "./source.ts";

export interface FoundFiles {
  /** In the order in which they count. */
  readonly paths: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Every YAML file below a directory, hidden ones left out. Links are not followed: what they lead to counts where it is. */
export function findFiles(root: string, disk: Disk): FoundFiles {
  const entries = disk.list(root);
  if (entries === undefined) return { paths: [], diagnostics: [noDirectory(root)] };
  const paths: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const waiting = entries.map((entry) => ({ path: posix.join(root, entry.name), entry }));
  const home = disk.realPath(root) ?? root;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, entry } = next;
    if (entry.name.startsWith(".")) continue;
    if (entry.kind === "link") diagnostics.push(...checkLink(path, home, disk));
    if (entry.kind === "file" && isYaml(entry)) paths.push(path);
    if (entry.kind !== "directory") continue;
    for (const inner of disk.list(path) ?? []) waiting.push({ path: posix.join(path, inner.name), entry: inner });
  }
  if (paths.length === 0) diagnostics.push(noFiles(root));
  return { paths: paths.toSorted(), diagnostics };
}

function isYaml({ name }: DiskEntry): boolean {
  return name.endsWith(".yaml") || name.endsWith(".yml");
}

function* checkLink(path: string, home: string, disk: Disk): Iterable<Diagnostic> {
  const target = disk.realPath(path);
  if (target === home || target?.startsWith(`${home}/`)) return;
  yield {
    severity: "error",
    code: "link-outside",
    summary:
      target === undefined
        ? `${path} is a link that leads nowhere`
        : `${path} is a link that leads out of the directory`,
    advice: "Put the file itself there, so that a reviewer sees what is in it.",
    place: topOf(path),
  };
}

function noDirectory(root: string): Diagnostic {
  return {
    severity: "error",
    code: "no-directory",
    summary: `There is no directory ${root}`,
    advice: "`front-contacts init` makes a first one; --contacts DIR names another.",
  };
}

function noFiles(root: string): Diagnostic {
  return {
    severity: "error",
    code: "no-files",
    summary: `There are no .yaml files in ${root}`,
    advice: "`front-contacts init` writes a first one; `front-contacts import` writes what Front has.",
  };
}

/** Reads one file as text. Without a source, the diagnostics say why. */
export function readSource(path: string, disk: Disk): { source?: Source; diagnostics: readonly Diagnostic[] } {
  const read = disk.read(path, { limit: BOUNDS.fileBytes });
  if (read.kind === "bytes") return decodeSource(path, read.bytes);
  return { diagnostics: [unreadable(path, read)] };
}

function unreadable(path: string, read: Exclude<ReadFile, { kind: "bytes" }>): Diagnostic {
  const place = topOf(path);
  if (read.kind === "too-large") {
    const summary = `The file is larger than ${BOUNDS.fileBytes / (1024 * 1024)} MB`;
    return { severity: "error", code: "file-too-large", summary, advice: "Split it over several files.", place };
  }
  const reason = read.kind === "unreadable" ? read.reason : read.kind;
  const advice = "Check that it is a plain file that you may read.";
  return { severity: "error", code: "file-unreadable", summary: `The file cannot be read (${reason})`, advice, place };
}

function topOf(file: string) {
  return { file, line: 1, column: 1, length: 1 };
}
