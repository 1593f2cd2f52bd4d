import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { ACTION, type Action, evaluate, type Job, readYaml, USES_ACTION, type Workflow } from "./support/workflow.ts";

const workflow = readYaml<Workflow>("docs/ci/github.yml");
const { steps: actionSteps } = readYaml<Action>(`${ACTION}/action.yml`).runs;
const jobs = Object.entries(workflow.jobs);
const { validate, plan, apply, drift } = workflow.jobs;

const toJson = (part: unknown) => JSON.stringify(part);
const stepsWith = (job: Job, text: string) => job.steps.filter((step) => toJson(step).includes(text));
const commands = ({ steps }: Pick<Job, "steps">) => steps.flatMap(({ run }) => (run === undefined ? [] : [run]));

/** Returns whether the condition of a job is true for an event in the repository acme/contacts. */
function runsFor(job: Job, event: { name: string; from?: string; actor?: string }): boolean {
  const values: Readonly<Record<string, string>> = {
    "github.event_name": event.name,
    "github.event.pull_request.head.repo.full_name": event.from ?? "",
    "github.repository": "acme/contacts",
    "github.actor": event.actor ?? "dale",
  };
  return evaluate(job.if, values) !== "";
}

const EVENTS: readonly (readonly [string, Parameters<typeof runsFor>[1], readonly string[]])[] = [
  ["a pull request from the same repository", { name: "pull_request", from: "acme/contacts" }, ["validate", "plan"]],
  ["a pull request from a fork", { name: "pull_request", from: "mallory/contacts" }, ["validate"]],
  [
    "a pull request from Dependabot, which receives no secrets",
    { name: "pull_request", from: "acme/contacts", actor: "dependabot[bot]" },
    ["validate"],
  ],
  ["a merge", { name: "push" }, ["apply"]],
  ["a schedule", { name: "schedule" }, ["drift"]],
  ["a manual run", { name: "workflow_dispatch" }, ["drift"]],
];

test.each(EVENTS)("the workflow runs only the jobs intended for %s", (_, event, expected) => {
  expect(jobs.filter(([, job]) => runsFor(job, event)).map(([name]) => name)).toEqual(expected);
});

test("the workflow runs only for pull requests, pushes to main, schedules and manual runs", () => {
  // pull_request_target would expose secrets to code from forks.
  expect(Object.keys(workflow.on).sort()).toEqual(["pull_request", "push", "schedule", "workflow_dispatch"]);
  expect(workflow.on["push"]?.branches).toEqual(["main"]);
});

test("each job has only the permissions that it requires", () => {
  expect(workflow.permissions).toEqual({});
  expect(Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))).toEqual({
    validate: { contents: "read" },
    plan: { contents: "read", checks: "write", "pull-requests": "write" },
    apply: { contents: "read", actions: "read", "pull-requests": "write" },
    drift: { contents: "read", issues: "write" },
  });
});

test("only one apply runs at a time, and a new plan cancels an earlier plan of the same pull request", () => {
  expect(apply.concurrency).toEqual({ group: `\${{ github.workflow }}-apply`, "cancel-in-progress": false });
  expect(plan.concurrency?.["cancel-in-progress"]).toBe(true);
  expect(plan.concurrency?.group).toContain("pull_request.number");
});

test("only one step, in a job that an environment protects, receives the token with write access", () => {
  expect(jobs.filter(([, job]) => toJson(job).includes("FRONT_WRITE_TOKEN")).map(([name]) => name)).toEqual(["apply"]);
  expect(stepsWith(apply, "secrets.").map(({ name }) => name)).toEqual(["Apply"]);
  expect(apply.environment).toBe("front");
  expect(stepsWith(plan, "secrets.").map(({ name }) => name)).toEqual(["Plan"]);
  expect(stepsWith(drift, "secrets.").map(({ name }) => name)).toEqual(["Compare"]);
  expect(toJson(validate)).not.toMatch(/secrets\.|github\.token/);
  expect(toJson({ on: workflow.on, defaults: workflow.defaults })).not.toContain("secrets.");
});

test("no shell step receives both the GitHub token and a Front token", () => {
  const stepsWithToken = (token: string) =>
    actionSteps
      .filter(({ run, env }) => run !== undefined && toJson(env ?? {}).includes(token))
      .map(({ name }) => name);
  expect(stepsWithToken("github.token")).toEqual(["Find the reviewed plan", "Report"]);
  expect(stepsWithToken("inputs.token")).toEqual(["Run front-contacts"]);
  expect(toJson(jobs.map(([, { steps }]) => steps))).not.toContain("github.token");
});

test("no shell step contains an expression", () => {
  const scripts = [...jobs.flatMap(([, job]) => commands(job)), ...commands({ steps: actionSteps })];
  expect(scripts.filter((run) => run.includes("${{"))).toEqual([]);
});

test("third-party actions are pinned, checkouts keep no credentials, and npm runs no install scripts", () => {
  const uses = [...jobs.flatMap(([, { steps }]) => steps), ...actionSteps].filter((step) => step.uses !== undefined);
  const others = uses.filter((step) => step.uses !== USES_ACTION);
  for (const step of others) expect(step.uses).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/);
  const checkouts = uses.filter(({ uses: action }) => action?.startsWith("actions/checkout@"));
  expect(checkouts.map((step) => step.with?.["persist-credentials"])).toEqual([false, false, false, false]);
  for (const [, job] of jobs) expect(commands(job)).toEqual(["npm ci --ignore-scripts --no-audit --no-fund"]);
});

test("a plan fetches two commits, an apply fetches all commits, and the other jobs fetch one", () => {
  const depths = jobs.map(([name, job]) => [name, stepsWith(job, "checkout@")[0]?.with?.["fetch-depth"]]);
  expect(Object.fromEntries(depths)).toEqual({ validate: undefined, plan: 2, apply: 0, drift: undefined });
});

test("the last step of each job is the action with the command of the job", () => {
  const lastSteps = jobs.map(([name, { steps }]) => [name, steps.at(-1)?.uses, steps.at(-1)?.with?.["command"]]);
  expect(lastSteps).toEqual([
    ["validate", USES_ACTION, "check"],
    ...["plan", "apply", "drift"].map((name) => [name, USES_ACTION, name]),
  ]);
});

test("the name of an uploaded plan contains the number and the last commit of the pull request", () => {
  const [upload] = actionSteps.filter(({ name }) => name === "Upload the plan");
  expect(upload?.with?.["name"]).toBe(
    `plan-\${{ github.event.pull_request.number }}-\${{ github.event.pull_request.head.sha }}`,
  );
});

test("plans and HTML pages are retained for one week by default", () => {
  const uploads = actionSteps.filter(({ uses = "" }) => uses.startsWith("actions/upload-artifact@"));
  expect(uploads.map((step) => step.with?.["retention-days"])).toEqual(Array(2).fill(`\${{ inputs.retention-days }}`));
  expect(readYaml<Action>(`${ACTION}/action.yml`).inputs["retention-days"]?.default).toBe("7");
});

test("shell steps run in Bash, and each job has a timeout", () => {
  expect(workflow.defaults.run.shell).toBe("bash");
  for (const { run, shell } of actionSteps) expect(run === undefined || shell === "bash").toBe(true);
  for (const [, job] of jobs) expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
});

interface GitlabJob {
  readonly script: readonly string[];
  readonly rules: readonly { readonly if: string }[];
  readonly artifacts?: { readonly access?: string; readonly reports?: object };
  readonly resource_group?: string;
  readonly interruptible?: boolean;
}

const GITLAB = "docs/ci/gitlab.yml";
const COMPONENT = "docs/ci/gitlab/templates/front-contacts";

test("the GitLab example plans only merge requests of the same project, applies only on the default branch, and uses one Front token per script", () => {
  const gitlab = readYaml<Record<"validate" | "plan" | "apply" | "drift" | "accept", GitlabJob>>(GITLAB);
  expect(gitlab.plan.rules[0]?.if).toContain("$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID");
  expect(gitlab.plan.artifacts).toMatchObject({ access: "developer", reports: { terraform: "tfplan.json" } });
  expect(gitlab.apply.rules[0]?.if).toContain("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH");
  expect(gitlab.apply).toMatchObject({ resource_group: "front", interruptible: false });
  for (const name of ["plan", "apply", "drift", "accept"] as const) {
    expect(gitlab[name].script).toEqual([`sh "$SCRIPTS/${name}.sh"`]);
    const script = readFileSync(`${COMPONENT}/${name}.sh`, "utf8");
    expect(script.match(/FRONT_(READ|WRITE)_TOKEN/g)).toEqual([
      name === "apply" ? "FRONT_WRITE_TOKEN" : "FRONT_READ_TOKEN",
    ]);
  }
});

test("the GitLab component with default inputs equals the example", () => {
  const [header = "", jobsOfComponent = ""] = readFileSync(`${COMPONENT}/template.yml`, "utf8").split(/^---$/m);
  const { inputs } = parse(header).spec as { inputs: Record<string, { default: string }> };
  const jobsWithDefaults = jobsOfComponent.replaceAll(
    /\$\[\[ inputs\.(\w+) \]\]/g,
    (_, name) => inputs[name]?.default ?? "",
  );
  const { stages, ...example } = readYaml<Record<string, unknown>>(GITLAB);
  expect(parse(jobsWithDefaults)).toEqual(example);
  expect(stages).toEqual([inputs["check_stage"]?.default, inputs["apply_stage"]?.default]);
});

const SCRIPTS = [ACTION, COMPONENT].flatMap((directory) =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".sh"))
    .map((name) => `${directory}/${name}`),
);

test.each(SCRIPTS)("%s has valid shell syntax", (path) => {
  execFileSync(path.startsWith(ACTION) ? "bash" : "sh", ["-n", path]);
});
