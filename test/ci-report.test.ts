import { expect, test } from "@jest/globals";
import { GitHubApi, type GitHubItem, MERGED_PULL_REQUEST, REVIEWED_RUN } from "./support/github-api.ts";
import { Runner, type StubBehavior } from "./support/runner.ts";
import { type Job, readYaml, type Workflow } from "./support/workflow.ts";

const { plan, apply, drift } = readYaml<Workflow>("docs/ci/github.yml").jobs;

const PLAN =
  "<!-- front-contacts plan -->\n**Plan: 1 to add, 2 to change, 0 to destroy.**\n\nFront company: `Twin Peaks`.\n";
const NO_CHANGES = "<!-- front-contacts plan -->\n**No changes. Front matches the configuration.**\n";
const DRIFT = "<!-- front-contacts drift -->\n";
const ACME_DRIFT = "<!-- front-contacts drift-acme -->\n";

const SECRETS = {
  "secrets.FRONT_READ_TOKEN": "token-to-read",
  "secrets.FRONT_WRITE_TOKEN": "token-to-write",
  "github.event.pull_request.number": "7",
  "github.event.pull_request.head.sha": "headsha",
};

/** Starts a local GitHub API and a runner in which `front-contacts` is a stub, and calls `run`. */
async function withGitHub(
  response: StubBehavior,
  run: (github: GitHubApi, runner: Runner) => Promise<void>,
): Promise<void> {
  await using github = await new GitHubApi().listen();
  using runner = new Runner(github);
  runner.stub(response);
  await run(github, runner);
}

const createItem = (id: number, login: string, body: string, properties: Partial<GitHubItem> = {}): GitHubItem => ({
  id,
  user: { login },
  body,
  ...properties,
});
const BOT = "github-actions[bot]";
const OTHER_COMMENTS = Array.from({ length: 120 }, (_, index) => createItem(index, "lucy", "Which contact?"));

const ELSEWHERE = { full_name: "mallory/contacts" };

/** Differences from the merged pull request, each of which prevents an apply. */
const OTHER_PULLS: readonly object[] = [
  { merged_at: null },
  { merge_commit_sha: "othersha" },
  { base: { ref: "next", repo: MERGED_PULL_REQUEST.base.repo } },
  { base: { ref: "main", repo: ELSEWHERE } },
  { head: { ...MERGED_PULL_REQUEST.head, repo: ELSEWHERE } },
];

/** Runs whose plan must not be applied. */
const OTHER_RUNS = [
  { event: "push" },
  { conclusion: "failure", run_number: 3 },
  { conclusion: "cancelled" },
  { head_sha: "oldsha" },
  { head_branch: "mallory" },
  { head_repository: ELSEWHERE },
  { repository: ELSEWHERE },
].map((other, index) => ({ ...REVIEWED_RUN, id: 60 + index, run_number: 90 + index, ...other }));

test("if the program is not found, an error states that front-contacts is not installed or not built", () =>
  withGitHub({ code: 127 }, async (_, runner) => {
    const { code, output } = await runner.run(plan, SECRETS);
    expect(code).toBe(127);
    expect(output).toContain("::error title=front-contacts is not installed or not built::Install it from a tarball;");
  }));

test("a plan updates its own comment among many, and no other comment", () =>
  withGitHub({ stdout: PLAN }, async (github, runner) => {
    const others = [
      createItem(300, "mallory", PLAN),
      createItem(301, "renovate[bot]", PLAN),
      createItem(302, BOT, "Tests passed"),
      createItem(304, BOT, PLAN.replace("plan", "plan-acme")),
    ];
    github.comments = [...OTHER_COMMENTS, ...others, createItem(303, BOT, `${PLAN}from yesterday`)];
    expect(await runner.run(plan, SECRETS)).toMatchObject({ code: 0 });
    expect(github.written).toEqual([
      "PATCH /repos/acme/contacts/issues/comments/303",
      "POST /repos/acme/contacts/check-runs",
    ]);
    expect(github.comments.at(-1)?.body).toMatch(
      /^<!-- front-contacts plan -->[\s\S]*\/artifacts\/plan\.html[\s\S]*Twin Peaks/,
    );
  }));

test("a plan adds a comment if only other users wrote one, and no shell executes the text of the plan", () => {
  const hostile = `\`$(touch pwned)\` "; touch pwned; ' \\n \\u0000 %0A::error::x é🪵 \${{ github.token }} <!-- x -->`;
  return withGitHub({ stdout: `${PLAN}\n${hostile}\n` }, async (github, runner) => {
    github.comments = [...OTHER_COMMENTS, createItem(300, "mallory", PLAN)];
    expect(await runner.run(plan, SECRETS)).toMatchObject({ code: 0 });
    expect(github.written[0]).toBe("POST /repos/acme/contacts/issues/7/comments");
    expect(github.comments.at(-1)?.body).toContain(`\n${hostile}\n`);
    expect(github.checks).toMatchObject([{ name: "front-contacts" }]);
    expect(runner.git("status", "--porcelain")).toBe("");
  });
});

const LIMIT = 65_536;

test("a comment contains a complete plan of about 59,000 characters, and only the parts of a larger plan that fit", () =>
  withGitHub({}, async (_, runner) => {
    for (const size of [59_000, 90_000]) {
      const plan = `${PLAN}\n| Resource |\n|---|\n\n${"a paragraph\n\n".repeat(size / 13)}\n<details>\n\nthe end\n\n</details>\n`;
      runner.write(`${size}.md`, plan);
    }
    const script =
      "write_body 59000.md complete.json; write_body 90000.md shortened.json; cat complete.json shortened.json";
    const output = await runner.runFunctions(script, { CONTACTS: "contacts" });
    const [complete = "", shortened = ""] = output.split(/(?<=^})\n/m).map((text) => JSON.parse(text || "{}").body);
    for (const body of [complete, shortened]) {
      expect(body.length).toBeLessThanOrEqual(LIMIT);
      expect(body).toContain("Front company: `Twin Peaks`.");
    }
    const parts = ["the end", "This report was shortened."];
    expect(parts.map((part) => complete.includes(part))).toEqual([true, false]);
    expect(parts.map((part) => shortened.includes(part))).toEqual([false, true]);
  }));

const REJECTED_REQUESTS: readonly (readonly [string, RegExp, number, readonly string[]])[] = [
  ["the request for the comments", /^GET .*comments$/, 403, []],
  // GitHub may have created the comment despite the response.
  ["a new comment, which is not retried", /^POST .*comments$/, 502, []],
];

test.each(REJECTED_REQUESTS)("the job fails with the reason if GitHub rejects %s", (_, pattern, status, written) =>
  withGitHub({ stdout: PLAN }, async (github, runner) => {
    github.reject(pattern, status, 1);
    const { code, output } = await runner.run(plan, SECRETS);
    expect(code).toBe(1);
    expect(output).toMatch(
      new RegExp(
        `^::error title=GitHub rejected a request::\\w+ repos/acme/.*: ${status} No,%0A::warning::thank you 100%25\\. Check the permissions of the job, or run it again\\.$`,
        "m",
      ),
    );
    expect(github.written).toEqual(written);
  }),
);

test("a GET request is retried after a server error, and a job without the permission 'checks: write' prints a warning", () =>
  withGitHub({ stdout: PLAN }, async (github, runner) => {
    runner.startPrograms();
    github.reject(/^GET .*comments$/, 502, 1);
    github.reject(/check-runs/, 403);
    const { code, output } = await runner.run(plan, SECRETS);
    expect(code).toBe(0);
    expect(output).toContain("::warning title=Check not created::");
    expect(github.comments).toHaveLength(1);
  }));

test("an apply uses the latest matching plan, and adds each result or failure as a comment on the merged pull request", () =>
  withGitHub({ stdout: PLAN }, async (github, runner) => {
    const runOfOtherPullRequest = { ...REVIEWED_RUN, id: 50, run_number: 20 };
    github.runs = [runOfOtherPullRequest, { ...REVIEWED_RUN, id: 41, run_number: 2 }, ...OTHER_RUNS, REVIEWED_RUN];
    await runner.run(plan, SECRETS);
    expect(github.checks).toMatchObject([{ output: { title: "Plan: 1 to add, 2 to change, 0 to destroy." } }]);
    const failed = "<!-- front-contacts plan -->\n**No plan was created.**\n\nplan.json is not signed\n";
    runner.stub({ code: 1, summary: failed });
    expect(await runner.run(apply, SECRETS)).toMatchObject({ code: 1 });
    expect(github.comments[1]?.body).toMatch(
      /^<!-- front-contacts apply -->\n\*\*Nothing was applied\.\*\*\n\n.*\/runs\/43\)\n\nplan.json is not signed\n$/,
    );
    const result = "Apply complete! Resources: 1 added, 1 changed, 0 destroyed.";
    const applySummary = `<!-- front-contacts apply -->\n**${result}**\n\nFront company: \`Twin Peaks\`.\n`;
    runner.stub({ stdout: `${result}\n`, summary: applySummary });
    expect(await runner.run(apply, SECRETS)).toMatchObject({ code: 0 });
    expect(github.written.map((line) => line.replace("/repos/acme/contacts", ""))).toEqual([
      ...["POST /issues/7/comments", "POST /check-runs"],
      ...["POST /issues/7/comments", "POST /issues/7/comments"],
    ]);
    expect(github.comments[2]?.body).toMatch(
      /^<!-- front-contacts apply -->\n\*\*Apply complete! .*\*\*\n\n.*\/artifacts\/apply\.html.*\n\nFront company/,
    );
    expect(runner.summary).toBe(`${failed}${applySummary}`);
    expect(runner.commands).toMatch(/^token-to-read: plan .*\ntoken-to-write: apply .*\ntoken-to-write: apply .*\n$/);
  }));

test.each([
  [
    "pull request that was merged into this branch as this commit",
    { pulls: OTHER_PULLS.map((other) => ({ ...MERGED_PULL_REQUEST, ...other })) },
    "This commit is not the result of merging",
  ],
  [
    "successful run for the last commit of the pull request",
    { runs: OTHER_RUNS.filter(({ conclusion }) => conclusion !== "failure") },
    "No successful workflow run created a plan",
  ],
  [
    "successful latest run for the last commit of the pull request",
    { runs: [REVIEWED_RUN, { ...REVIEWED_RUN, id: 50, run_number: 20, conclusion: "failure" }] },
    "The latest workflow run for",
  ],
])("an apply requires a %s", (_, responses, message) =>
  withGitHub({}, async (github, runner) => {
    runner.addPlan();
    Object.assign(github, responses);
    const { code, output } = await runner.run(apply, SECRETS);
    expect({ code, output }).toMatchObject({
      code: 1,
      output: expect.stringContaining(`No reviewed plan::${message}`),
    });
    expect(runner.commands).toBe("");
  }),
);

test("after a command is killed, the comment contains the exit code, and states that a killed apply may have applied changes", () =>
  withGitHub({ code: 137 }, async (github, runner) => {
    runner.addPlan();
    expect(await runner.run(plan, SECRETS)).toMatchObject({ code: 137 });
    expect(await runner.run(apply, SECRETS)).toMatchObject({ code: 137 });
    expect(github.comments.map(({ body }) => body)).toEqual([
      expect.stringMatching(
        /^<!-- front-contacts plan -->\n\*\*No plan was created\.\*\* .* exit code 137\. See the log of the run, then run the job again\.\n/,
      ),
      expect.stringMatching(
        /^<!-- front-contacts apply -->\n\*\*The result is unknown\.\*\* .* exit code 137\. Some .* Run the job again to apply the rest\.\n/,
      ),
    ]);
  }));

test("an apply without a reviewed plan prints the reason even if GitHub rejects the comment", () =>
  withGitHub({}, async (github, runner) => {
    github.reject(/^POST .*comments$/, 403);
    const { code, output } = await runner.run(apply, SECRETS);
    expect({ code, commands: runner.commands }).toEqual({ code: 1, commands: "" });
    expect(output).toContain("::error title=No reviewed plan::The plan of the pull request has expired");
    expect(output).toContain("::error title=GitHub rejected a request::");
  }));

test("an apply fails if the plan has expired", () =>
  withGitHub({ stdout: PLAN }, async (github, runner) => {
    github.artifacts = [{ name: "plan-7-headsha", expired: true }];
    const { code, output } = await runner.run(apply, SECRETS);
    expect({ code, commands: runner.commands }).toEqual({ code: 1, commands: "" });
    expect(output).toContain(
      "The plan of the pull request has expired or was never uploaded. Run 'front-contacts apply' manually.",
    );
    expect(github.comments[0]?.body).toMatch(
      /^<!-- front-contacts apply -->\n\*\*Nothing was applied\.\*\* The plan .* expired or was never uploaded\. Run `front-contacts apply` manually\.\n/,
    );
  }));

test("a plan prints a warning if the schema of the company is out of date", () =>
  withGitHub({ code: 1, stdout: PLAN }, async (_, runner) => {
    runner.write("contacts/front.schema.json", "{}");
    const { output } = await runner.run(plan, SECRETS);
    expect(runner.commands).toContain("token-to-read: schema --check --contacts contacts\n");
    expect(output).toContain("::warning title=The schema of the company is out of date");
  }));

test("commands in messages include the directory of the workflow", () =>
  withGitHub({ code: 1, stdout: PLAN }, async (github, runner) => {
    runner.write("companies/acme/front.schema.json", "{}");
    github.artifacts = [];
    const outputOf = async (job: Job) => (await runner.run(forDirectory(job, "companies/acme"), SECRETS)).output;
    expect(await outputOf(plan)).toContain("'front-contacts schema --from-front --contacts companies/acme'");
    expect(await outputOf(apply)).toContain("'front-contacts apply --contacts companies/acme'");
    expect(github.comments.at(-1)?.body).toContain("`front-contacts apply --contacts companies/acme`");
  }));

/** Returns the job of a workflow for another directory. */
function forDirectory(job: Job, contacts: string): Job {
  const steps = job.steps.map((step) =>
    step.with?.["command"] ? { ...step, with: { ...step.with, contacts } } : step,
  );
  return { ...job, steps };
}

test("drift opens or updates the issue of its directory, and a run without drift closes the issue", () =>
  withGitHub({ code: 2, stdout: PLAN }, async (github, runner) => {
    const others = [
      createItem(1, "mallory", ACME_DRIFT, { number: 21, state: "open" }),
      createItem(2, BOT, ACME_DRIFT, { number: 22, state: "closed" }),
      createItem(3, BOT, ACME_DRIFT, { number: 23, state: "open", pull_request: {} }),
      createItem(4, BOT, "Dependencies", { number: 24, state: "open" }),
      createItem(5, BOT, DRIFT, { number: 25, state: "open" }),
    ];
    github.issues = others;
    const runDrift = async (response: StubBehavior) => {
      runner.stub(response);
      const before = github.written.length;
      const { code } = await runner.run(forDirectory(drift, "acme"), SECRETS);
      return [code, ...github.written.slice(before).map((line) => line.replace("/repos/acme/contacts", ""))];
    };
    expect(await runDrift({ code: 2, stdout: PLAN })).toEqual([2, "POST /issues"]);
    expect(await runDrift({ code: 2, stdout: PLAN.replace("1 to add", "3 to add") })).toEqual([2, "PATCH /issues/31"]);
    expect(github.issues.at(-1)).toMatchObject({
      title: "Front differs from the configuration (acme)",
      state: "open",
      body: expect.stringContaining("Plan: 3 to add"),
    });
    expect(await runDrift({ code: 1, stdout: "" })).toEqual([1]);
    expect(await runDrift({ stdout: NO_CHANGES })).toEqual([0, "POST /issues/31/comments", "PATCH /issues/31"]);
    expect(await runDrift({ stdout: NO_CHANGES })).toEqual([0]);
    expect(github.issues).toMatchObject([...others, { state: "closed", state_reason: "completed" }]);
  }));

test("workflows for several directories do not edit each other's comments, and have different checks", () =>
  withGitHub({ stdout: PLAN }, async (github, runner) => {
    for (const contacts of ["companies/acme", "it's $(touch pwned)", "companies/acme"])
      expect(await runner.run(forDirectory(plan, contacts), SECRETS)).toMatchObject({ code: 0 });
    expect(github.comments.map(({ body }) => body?.split("\n").slice(0, 2))).toEqual([
      ["<!-- front-contacts plan-companies-acme -->", "**Plan: 1 to add, 2 to change, 0 to destroy.**"],
      [
        expect.stringMatching(/^<!-- front-contacts plan-it-s-touch-pwned-\d+ -->$/),
        "**Plan: 1 to add, 2 to change, 0 to destroy.**",
      ],
    ]);
    expect(github.checks).toMatchObject([
      { name: "front-contacts (companies/acme)" },
      { name: "front-contacts (it's $(touch pwned))" },
      { name: "front-contacts (companies/acme)" },
    ]);
    expect(runner.git("status", "--porcelain")).toBe("");
  }));

test("the suffix of comments, issues and branches differs between directories", () =>
  withGitHub({}, async (_, runner) => {
    const directories = ["contacts", "名簿", "顧客", "it's $(touch pwned)", "a/b", "a-b", "a_b"];
    const script =
      'while read -r CONTACTS; do . "$GITHUB_ACTION_PATH/github.sh"; echo "$suffix"; done <<< "$DIRECTORIES"';
    const DIRECTORIES = [...directories, "名簿"].join("\n");
    const output = await runner.runFunctions(script, { CONTACTS: "contacts", DIRECTORIES });
    const suffixes = output.split("\n").slice(0, directories.length);
    expect(new Set(suffixes).size).toBe(directories.length);
    // The same directory always has the same suffix.
    expect(output).toBe([...suffixes, suffixes[1], ""].join("\n"));
  }));
