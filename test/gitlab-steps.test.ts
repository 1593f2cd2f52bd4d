import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { SCALE } from "./scale.ts";
import { curlTo } from "./support/curl.ts";
import { startEmulator } from "./support/emulator.ts";
import { commitFiles, git, initRepository } from "./support/git.ts";
import { BOT, GitLabApi, type GitLabItem, JOB, MERGED_REQUEST, PIPELINE } from "./support/gitlab-api.ts";
import { runProgram } from "./support/run-program.ts";
import { expectNoSecretInText } from "./support/secrets.ts";
import { type Command, runFile, Shell, type ShellResult } from "./support/shell.ts";
import { TemporaryDirectory } from "./support/temporary-directory.ts";
import { readYaml } from "./support/workflow.ts";

interface Job {
  readonly script: readonly string[];
}
const jobs = readYaml<Record<"validate" | "plan" | "apply" | "drift" | "accept", Job>>("docs/ci/gitlab.yml");
const SCRIPTS = fileURLToPath(new URL("../docs/ci/gitlab/templates/front-contacts", import.meta.url));

const PLAN =
  "<!-- front-contacts plan -->\n**Plan: 1 to add, 2 to change, 0 to destroy.**\n\nFront company: `Twin Peaks`.\n";
const NO_CHANGES = "<!-- front-contacts plan -->\n**No changes. Front matches the configuration.**\n";
const DRIFT = "<!-- front-contacts drift -->\n";
const APPLIED = "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.\n";

/** Runs the scripts of jobs as GitLab does. */
class GitLabRunner extends TemporaryDirectory {
  readonly directory = this.path;
  readonly #gitlab: GitLabApi;
  #startsPrograms = SCALE.startsPrograms;
  #shell: Shell | undefined;
  #frontContacts: Command = runProgram;
  /** The token and the arguments of each call of a stub, one call per line. */
  commands = "";

  constructor(gitlab: GitLabApi) {
    super();
    this.#gitlab = gitlab;
  }

  /**
   * Makes the next jobs run `front-contacts`, and start curl and a process for each script. By default, quick runs start
   * neither.
   */
  startPrograms(): void {
    this.#startsPrograms = true;
    this.#frontContacts = runProgram;
  }

  /** Replaces `front-contacts` in the next jobs with a stub that writes the files of `--out` and `--html`. */
  stub({ code = 0, stdout = "" }: { readonly code?: number; readonly stdout?: string }): void {
    this.#frontContacts = ({ args, env }) => {
      this.commands += `${env["FRONT_API_TOKEN"]}: ${args.join(" ")}\n`;
      for (const [index, option] of args.entries()) {
        if (option === "--out" || option === "--html") this.write(args[index + 1] ?? "", "{}\n");
      }
      return { code, out: stdout };
    };
  }

  /** Commits the configuration on top of an empty commit, and returns the hash of the empty commit. */
  commit(): string {
    initRepository(this);
    git(this, "commit", "--quiet", "--allow-empty", "--message", "Nothing yet");
    commitFiles(this, "contacts");
    return git(this, "rev-parse", "HEAD^");
  }

  read(path: string): string | undefined {
    const file = this.pathOf(path);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }

  async run({ script }: Job, variables: Readonly<Record<string, string>> = {}): Promise<ShellResult> {
    const [, file = ""] = /^sh "\$SCRIPTS(.*)"$/.exec(script.join("\n")) ?? [];
    const result = await this.#runFile(SCRIPTS + file, {
      HOME: this.path,
      CONTACTS: "contacts",
      CI_API_V4_URL: `${this.#gitlab.url}/api/v4`,
      CI_PROJECT_ID: "5",
      CI_COMMIT_SHA: "mergesha",
      CI_COMMIT_BRANCH: "main",
      CI_MERGE_REQUEST_IID: "7",
      CI_JOB_URL: "https://gitlab.example/acme/contacts/-/jobs/77",
      GITLAB_BOT_TOKEN: GitLabApi.TOKEN,
      CI_MERGE_REQUEST_DIFF_BASE_SHA: "basesha",
      FRONT_READ_TOKEN: "token-to-read",
      FRONT_WRITE_TOKEN: "token-to-write",
      ...variables,
    });
    expectNoSecretInText([GitLabApi.TOKEN], result.output, file);
    return result;
  }

  async #runFile(path: string, variables: Readonly<Record<string, string>>): Promise<ShellResult> {
    const cwd = this.path;
    const npx: Command = ({ args: [, , ...args], ...call }) => this.#frontContacts({ ...call, args });
    const env = { PATH: process.env["PATH"] };
    if (this.#startsPrograms) return await runFile(path, { cwd, env: { ...env, ...variables }, commands: { npx } });
    this.#shell ??= new Shell("sh", path, { cwd, env, commands: { npx, curl: curlTo(this.#gitlab) } });
    return await this.#shell.run(`. ${path}`, { cwd, env: variables });
  }

  override [Symbol.dispose](): void {
    this.#shell?.[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

async function withGitLab(run: (gitlab: GitLabApi, runner: GitLabRunner) => Promise<void>): Promise<void> {
  await using gitlab = await new GitLabApi().listen();
  using runner = new GitLabRunner(gitlab);
  runner.stub({ stdout: PLAN });
  await run(gitlab, runner);
}

test("on GitLab, a merge request shows a plan, a merge applies that plan, and the nightly run then finds no drift", () =>
  withGitLab(async (gitlab, runner) => {
    await using front = await startEmulator({ rate: Number.POSITIVE_INFINITY });
    const variables = { FRONT_API_URL: front.url, FRONT_READ_TOKEN: front.token, FRONT_WRITE_TOKEN: front.token };
    runner.startPrograms();
    const dale =
      "contacts:\n  dale-cooper:\n    name: Dale Cooper\n    handles:\n      - { source: email, handle: dale@fbi.example }\n";
    runner.write("contacts/dale.yaml", dale);
    const base = runner.commit();
    expect(await runner.run(jobs.plan, { ...variables, CI_MERGE_REQUEST_DIFF_BASE_SHA: base })).toMatchObject({
      code: 0,
    });
    expect(runner.read("tfplan.json")).toBe('{\n  "create": 1,\n  "update": 0,\n  "delete": 0\n}\n');
    gitlab.plan = JSON.parse(runner.read("plan.json") ?? "");
    expect(await runner.run(jobs.apply, variables)).toMatchObject({ code: 0 });
    expect(gitlab.notes.map(({ body }) => body)).toEqual([
      expect.stringMatching(/^<!-- front-contacts plan -->\n\*\*Plan: 1 to add, 0 to change, 0 to destroy\./),
      expect.stringMatching(/^<!-- front-contacts apply -->\n\*\*Apply complete! Resources: 1 added, /),
    ]);
    expect(await runner.run(jobs.drift, variables)).toMatchObject({ code: 0 });
    expect(gitlab.issues).toEqual([]);
  }));

test("on GitLab, the validate job fails and prints the command to run if files are not formatted", () =>
  withGitLab(async (_, runner) => {
    runner.startPrograms();
    runner.write("people/ann.yaml", "contacts: {ann: {handles: [{source: email, handle: ann@x.example}]}}\n");
    expect(await runner.run(jobs.validate, { CONTACTS: "people" })).toMatchObject({
      code: 3,
      output: expect.stringContaining("Files are not formatted. Run 'front-contacts fmt --contacts \"people\"'."),
    });
  }));

const note = (id: number, author: number, body: string): GitLabItem => ({ id, author: { id: author }, body });

test("on GitLab, a plan updates its own note among many, and no other note", () =>
  withGitLab(async (gitlab, runner) => {
    const otherNotes = Array.from({ length: 120 }, (_, index) => note(index, 1, 'Which "contact"?\nThis \\n one.'));
    gitlab.notes = [
      ...otherNotes,
      note(300, 1, PLAN),
      note(301, BOT.id, "Hello"),
      note(302, BOT.id, `${PLAN}yesterday`),
    ];
    expect(await runner.run(jobs.plan)).toMatchObject({ code: 0 });
    expect(gitlab.written).toEqual(["PUT /api/v4/projects/5/merge_requests/7/notes/302"]);
    expect(gitlab.notes.at(-1)?.body).toBe(
      `${PLAN}\n[All changes, with filters and pictures](https://gitlab.example/acme/contacts/-/jobs/77/artifacts/file/plan.html)\n`,
    );
    expect(runner.commands).toMatch(/^token-to-read: plan .*\n$/);
  }));

test("on GitLab, a failed plan fails the job and shows its errors", () =>
  withGitLab(async (gitlab, runner) => {
    const stdout = "<!-- front-contacts plan -->\n**No plan was created.**\n\n`$(touch pwned)` &body=x\n";
    runner.stub({ code: 1, stdout });
    expect(await runner.run(jobs.plan)).toMatchObject({ code: 1 });
    expect(gitlab.notes.map(({ body }) => body)).toEqual([stdout]);
    expect(runner.read("pwned")).toBeUndefined();
  }));

test("on GitLab, the notes of killed jobs state that no plan was created, and that the result of the apply is unknown", () =>
  withGitLab(async (gitlab, runner) => {
    runner.stub({ code: 137 });
    expect(await runner.run(jobs.plan)).toMatchObject({ code: 137 });
    expect(await runner.run(jobs.apply)).toMatchObject({ code: 137 });
    expect(gitlab.notes.map(({ body }) => body)).toEqual([
      expect.stringMatching(
        /^<!-- front-contacts plan -->\n\*\*No plan was created\.\*\* .* exit code 137\. See the log, then run the job again\. \[Job\]/,
      ),
      expect.stringMatching(
        /^<!-- front-contacts apply -->\n\*\*The result is unknown\. .* Run the job again to apply the rest\.\*\* \[Job\]/,
      ),
    ]);
  }));

test("on GitLab, jobs report that front-contacts is not installed or not built", () =>
  withGitLab(async (_, runner) => {
    runner.stub({ code: 127 });
    for (const job of [jobs.plan, jobs.validate]) {
      const { code, output } = await runner.run(job);
      expect(code).toBe(127);
      expect(output).toContain("Error: front-contacts is not installed or not built. Install it from a tarball;");
    }
  }));

test("on GitLab, the plan job fails and prints advice if GitLab rejects its note", () =>
  withGitLab(async (gitlab, runner) => {
    gitlab.reject(/^POST .*notes$/, 403);
    const { code, output } = await runner.run(jobs.plan);
    expect(code).not.toBe(0);
    expect(output).toContain("403");
    expect(output).toContain("Check the role and the scope of GITLAB_BOT_TOKEN, or run the job again.");
  }));

test("on GitLab, an apply uses the plan of a squashed or fast-forward merge, and adds a note with each result", () =>
  withGitLab(async (gitlab, runner) => {
    const merge = (properties: object) => {
      const request = { ...MERGED_REQUEST, ...properties };
      gitlab.commitMergeRequests = [request];
      gitlab.pipelines = [{ ...PIPELINE, sha: request.sha }];
    };
    merge({ merge_commit_sha: null, squash_commit_sha: "mergesha" });
    runner.stub({ stdout: APPLIED });
    expect(await runner.run(jobs.apply)).toMatchObject({ code: 0 });
    merge({ merge_commit_sha: null, sha: "mergesha" });
    runner.stub({ code: 1, stdout: "Apply incomplete. Resources: 0 added.\n" });
    expect(await runner.run(jobs.apply)).toMatchObject({ code: 1 });
    expect(gitlab.notes.map(({ body }) => body)).toEqual([
      expect.stringMatching(/^<!-- front-contacts apply -->\n\*\*Apply complete!/),
      expect.stringMatching(/^<!-- front-contacts apply -->\n\*\*Apply incomplete\./),
    ]);
    expect(runner.commands).toMatch(/^(token-to-write: apply plan\.json .*\n){2}$/);
  }));

const createVariants = <T extends object>(original: T, differences: readonly object[]) =>
  differences.map((difference) => ({ ...original, ...difference }));

/** Responses from GitLab for which the apply job must reject the plan. */
const UNACCEPTABLE_RESPONSES: readonly (readonly [
  string,
  Partial<Pick<GitLabApi, "commitMergeRequests" | "pipelines" | "jobs" | "plan">>,
])[] = [
  [
    "unless a merge request of this project was merged as this commit into this branch",
    {
      commitMergeRequests: createVariants(MERGED_REQUEST, [
        ...[{ state: "opened" }, { target_branch: "next" }, { source_project_id: 6 }],
        { merge_commit_sha: "othersha" },
      ]),
    },
  ],
  [
    "unless its pipeline succeeded for the last commit of the merge request",
    {
      pipelines: createVariants(PIPELINE, [
        ...[{ source: "push" }, { status: "failed" }, { sha: "oldsha" }],
        ...[{ ref: "refs/merge-requests/8/head" }, { project_id: 6 }],
      ]),
    },
  ],
  [
    "if a later pipeline for the same commit failed",
    { pipelines: [{ ...PIPELINE, id: 100, status: "failed" }, PIPELINE, { ...PIPELINE, id: 101, status: "canceled" }] },
  ],
  ["of another job", { jobs: [{ ...JOB, name: "other" }] }],
  ["that has expired", { plan: undefined }],
];

test.each(UNACCEPTABLE_RESPONSES)("on GitLab, the apply job rejects a plan %s", (_, responses) =>
  withGitLab(async (gitlab, runner) => {
    Object.assign(gitlab, responses);
    // The job must not use a file from the repository as the plan.
    runner.write("plan.json", "{}");
    const { code, output } = await runner.run(jobs.apply);
    expect({ code, commands: runner.commands }).toEqual({ code: 1, commands: "" });
    // Without a merge request in this project, the job cannot add a note.
    const body = /\*\*Nothing was applied\.\*\* .* Run `front-contacts apply` manually\. \[Job\]/;
    const notes = "commitMergeRequests" in responses ? [] : [expect.stringMatching(body)];
    expect(gitlab.notes.map(({ body }) => body)).toEqual(notes);
    expect(output).toContain("Run 'front-contacts apply' manually.");
  }),
);

test("on GitLab, drift opens or updates one issue, and a run without drift closes the issue", () =>
  withGitLab(async (gitlab, runner) => {
    const issue = (iid: number, author: number, description: string, state = "opened"): GitLabItem => ({
      id: iid + 1000,
      iid,
      author: { id: author },
      description,
      state,
    });
    const others = [issue(21, 1, DRIFT), issue(22, BOT.id, DRIFT, "closed"), issue(23, BOT.id, "Dependencies")];
    gitlab.issues = others;
    const runDrift = async (code: number, stdout: string) => {
      runner.stub({ code, stdout });
      const before = gitlab.written.length;
      const { code: exitCode } = await runner.run(jobs.drift);
      return [exitCode, ...gitlab.written.slice(before).map((line) => line.replace("/api/v4/projects/5", ""))];
    };
    expect(await runDrift(2, PLAN)).toEqual([2, "POST /issues"]);
    expect(await runDrift(2, PLAN.replace("1 to add", "3 to add"))).toEqual([2, "PUT /issues/31"]);
    expect(gitlab.issues.at(-1)).toMatchObject({
      title: "Front differs from the configuration",
      state: "opened",
      description: expect.stringContaining("Plan: 3 to add"),
    });
    expect(await runDrift(1, "")).toEqual([1]);
    expect(await runDrift(0, NO_CHANGES)).toEqual([0, "POST /issues/31/notes", "PUT /issues/31"]);
    expect(await runDrift(0, NO_CHANGES)).toEqual([0]);
    expect(gitlab.issues).toMatchObject([...others, { state: "closed" }]);
  }));

test("on GitLab, the accept job opens or updates one merge request with edits made in Front, or closes it if there are no edits", () =>
  withGitLab(async (gitlab, runner) => {
    const runAccept = async (
      file: string | undefined,
      stub: { readonly code?: number; readonly stdout?: string } = {},
    ) => {
      const stdout =
        "Wrote 1 contact to contacts/dale.yaml.\nUpdated 1 declared contact.\nUpdated 0 declared accounts.\nRun plan.\n";
      runner.stub({ stdout, ...stub });
      if (file !== undefined) runner.write(`contacts/${file}`, `# ${file}\n`);
      const before = gitlab.written.length;
      const { code } = await runner.run(jobs.accept);
      return [code, ...gitlab.written.slice(before).map((line) => line.replace("/api/v4/projects/5", ""))];
    };
    runner.write("contacts/dale.yaml", "contacts: {}\n");
    runner.commit();
    expect(await runAccept(undefined)).toEqual([0]);
    expect(await runAccept("dale.yaml", { code: 1 })).toEqual([1]);
    expect(await runAccept("dale.yaml")).toEqual([0, "POST /repository/commits", "POST /merge_requests"]);
    const unusualName = `it's "$(touch pwned)"\n.yaml`;
    expect(await runAccept(unusualName)).toEqual([0, "POST /repository/commits", "PUT /merge_requests/40"]);
    expect(runner.read("pwned")).toBeUndefined();
    const content = (text: string) => ({ content: Buffer.from(text).toString("base64"), encoding: "base64" });
    expect(gitlab.commit).toMatchObject({
      branch: "front-contacts/accept",
      start_sha: expect.stringMatching(/^[0-9a-f]{40}$/),
      force: true,
      actions: expect.arrayContaining([
        { action: "update", file_path: "contacts/dale.yaml", ...content("# dale.yaml\n") },
        { action: "create", file_path: `contacts/${unusualName}`, ...content(`# ${unusualName}\n`) },
      ]),
    });
    expect(gitlab.openedMergeRequests).toMatchObject([
      { title: "Accept changes made in Front", state: "opened", source_branch: "front-contacts/accept" },
    ]);
    expect(gitlab.openedMergeRequests[0]?.description).toContain(
      "Wrote 1 contact to contacts/dale.yaml. Updated 1 declared contact. Updated 0 declared accounts. [Job](",
    );
    expect(gitlab.openedMergeRequests[0]?.description).not.toContain("warnings");
    runner.commit();
    expect(await runAccept(undefined)).toEqual([0, "PUT /merge_requests/40"]);
    expect(gitlab.openedMergeRequests).toMatchObject([{ state: "closed" }]);
    expect(runner.commands).toMatch(/^token-to-read: import --update --changed-in-front --base HEAD/);
  }));

test("on GitLab, the accept job does not commit its own files if the repository is the contacts directory", () =>
  withGitLab(async (gitlab, runner) => {
    runner.write("contacts/dale.yaml", "contacts: {}\n");
    runner.commit();
    runner.stub({ stdout: "Updated 1 of 1 declared contact.\n" });
    runner.write("contacts/dale.yaml", "contacts: # changed\n");
    expect(await runner.run(jobs.accept, { CONTACTS: "." })).toMatchObject({ code: 0 });
    expect(gitlab.commit).toMatchObject({ actions: [{ file_path: "contacts/dale.yaml" }] });
  }));
