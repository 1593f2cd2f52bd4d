import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustNotTell } from "./watch-secrets.ts";
import type { Job } from "./workflow.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GITHUB_WORKFLOW_REF = "acme/contacts/.github/workflows/contacts.yml@refs/heads/main";
const BUILDS = join(ROOT, "node_modules/.cache/front-contacts-tests");
const HOUR = 60 * 60 * 1000;

/** Builds the program where its packages are found, once for each state of its sources, and returns its path. */
export function buildProgram(): string {
  const sources = ["cli", "src"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => join(ROOT, folder, name)),
  );
  const states = [...sources, join(ROOT, "package.json")].map((path) => [path, statSync(path).mtimeMs]);
  const built = join(BUILDS, createHash("sha256").update(JSON.stringify(states)).digest("hex"));
  if (!existsSync(built)) build(built);
  return join(built, "cli/main.js");
}

function build(directory: string): void {
  const unfinished = `${directory}.${process.pid}`;
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", unfinished], { cwd: ROOT });
  // Node.js looks for the type of a module no further than node_modules, and the program for its own files.
  for (const path of ["package.json", "docs/ci"]) cpSync(join(ROOT, path), join(unfinished, path), { recursive: true });
  const old = readdirSync(BUILDS).map((name) => join(BUILDS, name));
  for (const path of old) if (statSync(path).mtimeMs < Date.now() - HOUR) rmSync(path, { recursive: true });
  // Another test process may have finished the same build in the meantime.
  if (existsSync(directory)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, directory);
}

/** The result of a step. */
export interface StepRan {
  readonly code: number;
  readonly output: string;
}

const OURS = { full_name: "acme/contacts" };

/** A pull request as GitHub shows it, of the merge that the apply runs for. */
export const MERGED = {
  ...{ number: 7, merged_at: "1990-04-08T00:00:00Z", merge_commit_sha: "mergesha" },
  ...{ base: { ref: "main", repo: OURS }, head: { ref: "dale", sha: "headsha", repo: OURS } },
};

/** The workflow's run for that pull request. */
export const REVIEWED = {
  ...{ id: 42, run_number: 12, event: "pull_request", conclusion: "success", head_sha: "headsha", head_branch: "dale" },
  ...{ repository: OURS, head_repository: OURS },
};

/** A machine that runs a workflow's shell steps in a git repository of its own, with `gh` and `npm` made up. */
export class Runner implements Disposable {
  readonly repository = mkdtempSync(join(tmpdir(), "front-contacts-repository-"));
  readonly #tools = mkdtempSync(join(tmpdir(), "front-contacts-tools-"));

  constructor() {
    this.#tool("npx", `shift 2; exec "${process.execPath}" "${buildProgram()}" "$@"`);
    this.#tool("npm", "exit 0");
    this.#tool(
      "gh",
      `echo "$*" >> gh.log
case "$*" in
  *"--method POST"*|*"--method PATCH"*) cp plan.md posted.md ;;
  *"/comments"*) cat comments.txt 2>/dev/null || true ;;
  *"/commits/mergesha/pulls"*) cat pulls.json ;;
  *"/actions/workflows/contacts.yml/runs?event=pull_request&head_sha=headsha"*) cat runs.json ;;
  "run download 42 --repo acme/contacts --name plan-7-headsha") cp artifact/plan.json . ;;
  *) exit 9 ;;
esac`,
    );
    this.git("init", "-q", "-b", "main");
    this.answer();
  }

  /** Sets what GitHub says of the merged commit's pull requests and of the workflow's runs. */
  answer({ pulls = [MERGED], runs = [REVIEWED] }: { pulls?: readonly object[]; runs?: readonly object[] } = {}): void {
    this.write("pulls.json", JSON.stringify(pulls));
    this.write("runs.json", JSON.stringify({ total_count: runs.length, workflow_runs: runs }));
  }

  git(...words: string[]): string {
    const identity = ["-c", "user.name=Lucy", "-c", "user.email=lucy@sheriff.example"];
    return execFileSync("git", [...identity, ...words], { cwd: this.repository, encoding: "utf8" });
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.repository, path, ".."), { recursive: true });
    writeFileSync(join(this.repository, path), text);
  }

  /** Runs the shell steps of a job in order, up to the first that fails. */
  async run(job: Job, secrets: Readonly<Record<string, string>>): Promise<StepRan> {
    let output = "";
    for (const { run, env = {} } of job.steps) {
      if (run === undefined) continue;
      const given = Object.entries(env).map(([name, text]) => [name, filledIn(text, secrets)]);
      const ran = await this.#shell(run, Object.fromEntries(given));
      output += ran.output;
      if (ran.code !== 0) return { code: ran.code, output };
    }
    return { code: 0, output };
  }

  #shell(script: string, env: Readonly<Record<string, string>>): Promise<StepRan> {
    const given = { ...process.env, PATH: `${this.#tools}${delimiter}${process.env["PATH"]}`, ...env };
    const child = spawn("bash", ["-eo", "pipefail", "-c", script], {
      cwd: this.repository,
      env: {
        ...given,
        GITHUB_REPOSITORY: "acme/contacts",
        GITHUB_SHA: "mergesha",
        GITHUB_REF_NAME: "main",
        GITHUB_WORKFLOW_REF,
        CI: "true",
      },
    });
    return new Promise((resolve) => {
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
      child.on("close", (code) => {
        mustNotTell([env["FRONT_API_TOKEN"] ?? ""], output, script);
        resolve({ code: code ?? 1, output });
      });
    });
  }

  #tool(name: string, script: string): void {
    const path = join(this.#tools, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }

  [Symbol.dispose](): void {
    for (const directory of [this.repository, this.#tools]) rmSync(directory, { recursive: true, force: true });
  }
}

/** Puts in what GitHub would. A secret that the test does not know is empty, as it is there. */
function filledIn(text: string, secrets: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => secrets[expression] ?? "");
}
