import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type RunRecord, runGit } from "../src/internal.ts";
import { type Environment, UsageError } from "./environment.ts";
import { shellQuote } from "./views/text.ts";

/**
 * Throws a `UsageError` if the first file is in a work tree, unless git ignores all the files. Personal data in a
 * committed file would stay in the git history. The error names the first file that is not ignored.
 */
export function assertNotCommittable(paths: readonly string[], environment: Environment): void {
  const absolutePaths = paths.map((path) => inRealDirectory(resolve(environment.cwd, path)));
  const [first = ""] = absolutePaths;
  const root = workTreeOf(dirname(first));
  if (root === undefined) return;
  const committable = paths[absolutePaths.findIndex((path) => !isIgnored(path, root, environment))];
  if (committable === undefined) return;
  const pattern = `/${first.slice(root.length + 1)}*`;
  throw new UsageError(
    `"${committable}" is not ignored by git, but would contain personal data of all contacts`,
    `Specify a file outside the repository, or ignore the file first: echo ${shellQuote(pattern)} >> ${shellQuote(join(root, ".gitignore"))}. If git tracks the file, also run 'git rm --cached' for it.`,
  );
}

function inRealDirectory(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

/** Returns the nearest directory that contains `.git`, which is a file in linked work trees and submodules. */
function workTreeOf(directory: string): string | undefined {
  for (let current = directory; ; current = dirname(current)) {
    if (lstatSync(join(current, ".git"), { throwIfNoEntry: false }) !== undefined) return current;
    if (dirname(current) === current) return undefined;
  }
}

/**
 * Returns the path from the root of the work tree to the working directory; empty at the root or outside a work tree.
 */
export function pathFromRoot({ cwd }: Environment): string {
  const directory = realpathSync(cwd);
  return relative(workTreeOf(directory) ?? directory, directory).replaceAll("\\", "/");
}

/**
 * Returns the commit that is checked out, and whether files in the directory differ from it; empty outside a repository,
 * without commits, or without git.
 */
export function checkedOutCommit(
  directory: string,
  { cwd, env }: Environment,
): Pick<RunRecord, "commit" | "uncommitted_edits"> {
  const path = resolve(cwd, directory);
  const root = workTreeOf(path);
  if (root === undefined) return {};
  const { stdout } = runGit(["rev-parse", "--verify", "--quiet", "HEAD"], { cwd: root, env });
  const commit = /^[0-9a-f]{40,64}$/.exec(String(stdout ?? "").trim())?.[0];
  const hasEdits = commit === undefined ? undefined : hasUncommittedEdits(path, env);
  return { ...(commit && { commit }), ...(hasEdits !== undefined && { uncommitted_edits: hasEdits }) };
}

/**
 * Returns undefined if git cannot compare the files. Includes ignored files, such as a table with personal data, and
 * excludes hidden files, such as the run history, because they are not configuration.
 */
function hasUncommittedEdits(directory: string, env: Environment["env"]): boolean | undefined {
  const paths = [".", ":(exclude).*", ":(exclude)*/.*"];
  const options = ["--porcelain", "--ignored", "--untracked-files=all"];
  // Without optional locks, git does not write its index, so that it cannot disturb another git process.
  const args = ["--no-optional-locks", "status", ...options, "--", ...paths];
  const { status, stdout } = runGit(args, { cwd: directory, env });
  return status === 0 ? stdout.length > 0 : undefined;
}

/** Returns whether git ignores a file; false for a tracked file. */
function isIgnored(path: string, root: string, environment: Environment): boolean {
  const args = ["check-ignore", "--quiet", "--", path];
  const { status, error } = runGit(args, { cwd: root, env: environment.env });
  if (error === undefined && (status === 0 || status === 1)) return status === 0;
  throw new UsageError(
    `Cannot check whether git ignores "${basename(path)}"`,
    "Check that 'git status' works in the repository, or specify a file outside the repository.",
  );
}
