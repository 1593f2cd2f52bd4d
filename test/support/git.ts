import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCommit } from "./git-commit.ts";

interface Repository {
  readonly directory: string;
}

const OPTIONS = [
  ...["-c", "user.name=Lucy", "-c", "user.email=lucy@sheriff.example", "-c", "commit.gpgsign=false"],
  // Prevents each commit from starting another process that checks whether the repository needs maintenance.
  ...["-c", "maintenance.auto=false"],
  // Prevents sample hooks in clones.
  ...["-c", "init.templateDir="],
];

/** Runs git in a repository. Returns the output without surrounding white space. */
export function git({ directory }: Repository, ...args: string[]): string {
  return execFileSync("git", [...OPTIONS, ...args], { cwd: directory, encoding: "utf8", stdio: "pipe" }).trim();
}

export function commitFiles(repository: Repository, ...paths: string[]): void {
  git(repository, "add", ...paths);
  git(repository, "commit", "--quiet", "--message", "x");
}

/** Creates an empty repository. Writes the files that git requires, because starting git takes longer. */
export function initRepository({ directory }: Repository): void {
  for (const name of ["objects", "refs"]) mkdirSync(join(directory, ".git", name), { recursive: true });
  writeFileSync(join(directory, ".git/HEAD"), "ref: refs/heads/main\n");
}

/** Creates a repository with a commit of these files, but without an index. */
export function createRepository(repository: Repository, ...paths: string[]): void {
  initRepository(repository);
  writeCommit(repository, ...paths);
}
