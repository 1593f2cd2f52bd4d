import { spawnSync } from "node:child_process";

/** Prevents git from running a file system monitor or hooks that the repository's configuration specifies. */
const SAFE_OPTIONS = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];

/** Maximum size of the output of git, in bytes. */
const MAX_OUTPUT = 512 * 1024 * 1024;

/** Maximum duration of a git process, in milliseconds. */
const TIMEOUT = 120_000;

interface RunGitOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input?: string | undefined;
}

/** Runs git without prompts, and with only the environment variables that it needs. */
export function runGit(args: readonly string[], { cwd, env, input = "" }: RunGitOptions) {
  const inherited = ["PATH", "HOME", "XDG_CONFIG_HOME", "SystemRoot"].map((name) => [name, env[name]] as const);
  return spawnSync("git", [...SAFE_OPTIONS, ...args], {
    cwd,
    input,
    maxBuffer: MAX_OUTPUT,
    timeout: TIMEOUT,
    env: { ...Object.fromEntries(inherited), LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" },
  });
}
