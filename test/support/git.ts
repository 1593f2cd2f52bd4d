import { execFileSync } from "node:child_process";

interface Home {
  readonly directory: string;
}

/** Runs git for a person without settings, and returns its output without the last line break. */
export function git({ directory }: Home, ...args: string[]): string {
  const identity = ["-c", "user.name=Lucy", "-c", "user.email=lucy@sheriff.example", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...identity, ...args], { cwd: directory, encoding: "utf8", stdio: "pipe" }).trim();
}

/** Commits these files. */
export function commitFiles(home: Home, ...paths: string[]): void {
  git(home, "add", ...paths);
  git(home, "commit", "--quiet", "--message", "x");
}

/** Creates a repository with a commit of these files. */
export function createRepository(home: Home, ...paths: string[]): void {
  git(home, "init", "--quiet", "--template=");
  commitFiles(home, ...paths);
}
