import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { type Job, readYaml, type Step, type Workflow } from "./support/workflow.ts";

const workflow = readYaml<Workflow>("docs/ci/github.yml");
const jobs = Object.entries(workflow.jobs);
const { validate, plan, apply, drift } = workflow.jobs;

const text = (part: unknown) => JSON.stringify(part);
const stepsWith = (job: Job, word: string) => job.steps.filter((step) => text(step).includes(word));
const commands = ({ steps }: Job) => steps.flatMap(({ run }) => (run === undefined ? [] : [run]));

/** Evaluates the condition of a job for an event, with the operators that the example uses. */
function runsFor(job: Job, event: { name: string; from?: string; actor?: string }): boolean {
  const values: Readonly<Record<string, string>> = {
    "github.event_name": event.name,
    "github.event.pull_request.head.repo.full_name": event.from ?? "",
    "github.repository": "acme/contacts",
    "github.actor": event.actor ?? "dale",
  };
  const value = (word: string) => (word.startsWith("'") ? word.slice(1, -1) : values[word]);
  const holds = (comparison: string) => {
    const [, left = "", operator, right = ""] = /^(\S+) (==|!=) (\S+)$/.exec(comparison.trim()) ?? [];
    return (value(left) === value(right)) === (operator === "==");
  };
  return job.if.split("||").some((part) => part.split("&&").every(holds));
}

const EVENTS: readonly (readonly [string, Parameters<typeof runsFor>[1], readonly string[]])[] = [
  ["a pull request of our own", { name: "pull_request", from: "acme/contacts" }, ["validate", "plan"]],
  ["a pull request from a fork", { name: "pull_request", from: "mallory/contacts" }, ["validate"]],
  [
    "a pull request of Dependabot, which gets no secrets",
    { name: "pull_request", from: "acme/contacts", actor: "dependabot[bot]" },
    ["validate"],
  ],
  ["a merge", { name: "push" }, ["apply"]],
  ["the night", { name: "schedule" }, ["drift"]],
  ["somebody's click", { name: "workflow_dispatch" }, ["drift"]],
];

test.each(EVENTS)("runs exactly the expected jobs for %s", (_, event, expected) => {
  expect(jobs.filter(([, job]) => runsFor(job, event)).map(([name]) => name)).toEqual(expected);
});

test("runs no code of forks with secrets, and applies only commits on main", () => {
  expect(Object.keys(workflow.on).sort()).toEqual(["pull_request", "push", "schedule", "workflow_dispatch"]);
  expect(workflow.on["push"]?.branches).toEqual(["main"]);
});

test("each job has only the permissions it needs", () => {
  expect(workflow.permissions).toEqual({});
  expect(Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))).toEqual({
    validate: { contents: "read" },
    plan: { contents: "read", "pull-requests": "write" },
    apply: { contents: "read", actions: "read", "pull-requests": "read" },
    drift: { contents: "read" },
  });
});

test("runs one apply at a time without cancelling it; a newer plan cancels an older one", () => {
  expect(apply.concurrency).toEqual({ group: "contacts-apply", "cancel-in-progress": false });
  expect(plan.concurrency?.["cancel-in-progress"]).toBe(true);
  expect(plan.concurrency?.group).toContain("pull_request.number");
});

test("only one step of one job, protected by an environment, has the token that can write", () => {
  expect(jobs.filter(([, job]) => text(job).includes("FRONT_WRITE_TOKEN")).map(([name]) => name)).toEqual(["apply"]);
  expect(stepsWith(apply, "secrets.").map(({ name }) => name)).toEqual(["Apply"]);
  expect(apply.environment).toBe("front");
  expect(stepsWith(plan, "secrets.").map(({ name }) => name)).toEqual(["Plan"]);
  expect(stepsWith(drift, "secrets.").map(({ name }) => name)).toEqual(["Compare"]);
  expect(text(validate)).not.toMatch(/secrets\.|github\.token/);
  expect(text({ on: workflow.on, defaults: workflow.defaults })).not.toContain("secrets.");
});

test("no step has both GitHub's token and Front's", () => {
  const both = ({ env = {} }: Step) => "GH_TOKEN" in env && "FRONT_API_TOKEN" in env;
  expect(jobs.flatMap(([, { steps }]) => steps.filter(both))).toEqual([]);
});

test("no shell step contains an expression", () => {
  expect(jobs.flatMap(([, job]) => commands(job)).filter((run) => run.includes("${{"))).toEqual([]);
});

test("actions of others are pinned, run no install scripts and receive no credentials", () => {
  const uses = jobs.flatMap(([, { steps }]) => steps.filter((step) => step.uses !== undefined));
  for (const step of uses) expect(step.uses).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/);
  const checkouts = uses.filter(({ uses: action }) => action?.startsWith("actions/checkout@"));
  expect(checkouts.map((step) => step.with?.["persist-credentials"])).toEqual([false, false, false, false]);
  for (const [, job] of jobs) expect(commands(job)[0]).toBe("npm ci --ignore-scripts --no-audit --no-fund");
});

test("applies the plan that the pull request showed", () => {
  expect(commands(plan)).toContain("npx --no front-contacts plan --out plan.json --format markdown > plan.md");
  const [upload] = stepsWith(plan, "upload-artifact");
  expect(upload?.with).toMatchObject({ path: "plan.json" });
  const { number, sha } = { number: "github.event.pull_request.number", sha: "github.event.pull_request.head.sha" };
  expect(upload?.with?.["name"]).toBe(`plan-\${{ ${number} }}-\${{ ${sha} }}`);
  expect(Number(upload?.with?.["retention-days"])).toBeLessThanOrEqual(7);
  expect(commands(apply).at(-1)).toBe("npx --no front-contacts apply plan.json");
});

test("finds the comment by its marker and its author", () => {
  const [comment] = stepsWith(plan, "issues/comments");
  expect(comment?.run).toContain('startswith("<!-- front-contacts plan -->")');
  expect(comment?.run).toContain('.user.login == "github-actions[bot]"');
  expect(comment?.if).toBe("success() || failure()");
});

test("the nightly check fails if there is a difference, and masks its log", () => {
  expect(commands(drift).at(-1)).toBe("npx --no front-contacts plan --detailed-exitcode --mask");
});

test("each shell step names its shell, and each job has a timeout", () => {
  expect(workflow.defaults.run.shell).toBe("bash");
  for (const run of jobs.flatMap(([, job]) => commands(job))) execFileSync("bash", ["-n"], { input: run });
  for (const [, job] of jobs) expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
});

interface GitlabJob {
  readonly script: readonly string[];
  readonly rules: readonly { readonly if: string }[];
  readonly resource_group?: string;
  readonly interruptible?: boolean;
}

test("the GitLab example follows the same rules", () => {
  const gitlab = readYaml<Record<"validate" | "plan" | "apply" | "drift", GitlabJob>>("docs/ci/gitlab.yml");
  expect(gitlab.plan.rules[0]?.if).toContain("$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID");
  expect(gitlab.apply.rules[0]?.if).toContain("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH");
  expect(gitlab.apply).toMatchObject({ resource_group: "front", interruptible: false });
  const having = (word: string) => Object.entries(gitlab).filter(([, job]) => text(job).includes(word));
  expect(having("FRONT_WRITE_TOKEN").map(([name]) => name)).toEqual(["apply"]);
  expect(having("FRONT_READ_TOKEN").map(([name]) => name)).toEqual(["plan", "drift"]);
  for (const job of ["plan", "apply"] as const) {
    execFileSync("sh", ["-n"], { input: gitlab[job].script.join("\n") });
  }
});
