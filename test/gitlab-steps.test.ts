import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, test } from "@jest/globals";
import { readYaml } from "./support/workflow.ts";

const { apply } = readYaml<{ apply: { script: readonly string[] } }>("docs/ci/gitlab.yml");

/** The merge request of the merge that the apply runs for, as GitLab shows it. */
const MERGED = {
  ...{ iid: 7, state: "merged", target_branch: "main", source_project_id: 5, target_project_id: 5 },
  ...{ sha: "headsha", merge_commit_sha: "mergesha", squash_commit_sha: null },
};
const PIPELINE = {
  ...{ id: 42, project_id: 5, source: "merge_request_event", status: "success" },
  ...{ sha: "headsha", ref: "refs/merge-requests/7/head" },
};
const JOB = { id: 420, name: "plan", status: "success" };

interface Answers {
  readonly requests?: readonly object[];
  readonly pipelines?: readonly object[];
  readonly jobs?: readonly object[];
}

/** Runs the job's script as GitLab does, with replacements for `curl`, `apk` and `npx`. */
function runApply({ requests = [MERGED], pipelines = [PIPELINE], jobs = [JOB] }: Answers) {
  const directory = mkdtempSync(join(tmpdir(), "front-contacts-gitlab-"));
  const tool = (name: string, script: string) => {
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, name), 0o755);
  };
  try {
    writeFileSync(join(directory, "requests.json"), JSON.stringify(requests));
    writeFileSync(join(directory, "pipelines.json"), JSON.stringify(pipelines));
    writeFileSync(join(directory, "jobs.json"), JSON.stringify(jobs));
    tool("apk", "exit 0");
    tool("npx", 'test "$FRONT_API_TOKEN" = write && echo "$*" > applied');
    tool(
      "curl",
      `case "$*" in
  *"/projects/5/repository/commits/mergesha/merge_requests") cat requests.json ;;
  *"/projects/5/merge_requests/7/pipelines") cat pipelines.json ;;
  *"/projects/5/pipelines/42/jobs?per_page=100") cat jobs.json ;;
  *"--output plan.json"*"/projects/5/jobs/420/artifacts/plan.json") echo '{}' > plan.json ;;
  *) exit 22 ;;
esac`,
    );
    const env = {
      PATH: `${directory}${delimiter}${process.env["PATH"]}`,
      ...{ CI_API_V4_URL: "https://gitlab.example/api/v4", CI_PROJECT_ID: "5", CI_COMMIT_SHA: "mergesha" },
      ...{ CI_COMMIT_BRANCH: "main", GITLAB_BOT_TOKEN: "bot", FRONT_WRITE_TOKEN: "write" },
    };
    const { status, stdout } = spawnSync("sh", ["-e", "-c", apply.script.join("\n")], { cwd: directory, env });
    return { code: status, output: String(stdout), applied: existsSync(join(directory, "applied")) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test("GitLab's apply uses the plan of the merged merge request", () => {
  expect(runApply({})).toMatchObject({ code: 0, applied: true });
});

test.each([
  ["a squashed merge", { merge_commit_sha: null, squash_commit_sha: "mergesha" }],
  ["a fast-forward", { merge_commit_sha: null, sha: "mergesha" }],
])("accepts %s", (_, other) => {
  const pipelines = [{ ...PIPELINE, sha: { ...MERGED, ...other }.sha }];
  expect(runApply({ requests: [{ ...MERGED, ...other }], pipelines })).toMatchObject({ code: 0, applied: true });
});

const REFUSED: readonly (readonly [string, Answers])[] = [
  ["without a merge request", { requests: [] }],
  ["of a merge request that is open", { requests: [{ ...MERGED, state: "opened" }] }],
  ["of a merge request into another branch", { requests: [{ ...MERGED, target_branch: "next" }] }],
  ["of a merge request from a fork", { requests: [{ ...MERGED, source_project_id: 6 }] }],
  ["of a merge request of another commit", { requests: [{ ...MERGED, merge_commit_sha: "othersha" }] }],
  ["of a branch's pipeline", { pipelines: [{ ...PIPELINE, source: "push" }] }],
  ["of a failed pipeline", { pipelines: [{ ...PIPELINE, status: "failed" }] }],
  ["of an earlier commit", { pipelines: [{ ...PIPELINE, sha: "oldsha" }] }],
  ["of another merge request's pipeline", { pipelines: [{ ...PIPELINE, ref: "refs/merge-requests/8/head" }] }],
  ["of a fork's pipeline", { pipelines: [{ ...PIPELINE, project_id: 6 }] }],
  ["of another job", { jobs: [{ ...JOB, name: "other" }] }],
];

test.each(REFUSED)("GitLab's apply refuses a plan %s", (_, answers) => {
  const { code, output, applied } = runApply(answers);
  expect({ code, applied }).toEqual({ code: 1, applied: false });
  expect(output).toContain("Run front-contacts apply by hand.");
});
