import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import type { Emulator } from "../src/emulator/index.ts";
import { startEmulator } from "./support/emulator.ts";
import { buildProgram, MERGED, REVIEWED, Runner } from "./support/runner.ts";
import { readYaml, type Workflow } from "./support/workflow.ts";

const { validate, plan, apply, drift } = readYaml<Workflow>("docs/ci/github.yml").jobs;

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles: [{ source: email, handle: dale@fbi.example }]
    custom_fields: { Job Title: FBI Special Agent }
`;

const CONTACT = "/contacts/alt:email:dale%40fbi.example";

beforeAll(() => void buildProgram());

/** The variables of a GitHub run. The URL of Front is not in the workflow, so the machine sets it. */
function secretsFor({ token }: Emulator): Record<string, string> {
  return {
    "secrets.FRONT_READ_TOKEN": token,
    "secrets.FRONT_WRITE_TOKEN": token,
    "github.event.pull_request.number": "7",
  };
}

async function withRunner(act: (runner: Runner, front: Emulator) => Promise<void>): Promise<void> {
  await using front = await startEmulator({ rate: Number.POSITIVE_INFINITY });
  using runner = new Runner();
  process.env["FRONT_API_URL"] = front.url;
  try {
    runner.write("contacts/dale.yaml", DALE);
    runner.git("add", "contacts");
    runner.git("commit", "-q", "-m", "Dale");
    await act(runner, front);
  } finally {
    delete process.env["FRONT_API_URL"];
  }
}

/** Moves artifacts between jobs, as the artifact store does. */
function keepPlan({ repository }: Runner): void {
  mkdirSync(join(repository, "artifact"), { recursive: true });
  copyFileSync(join(repository, "plan.json"), join(repository, "artifact/plan.json"));
}

const read = ({ repository }: Runner, path: string) => readFileSync(join(repository, path), "utf8");

test("applies the reviewed plan of a pull request, and the nightly check finds no difference", () =>
  withRunner(async (runner, front) => {
    const secrets = secretsFor(front);
    expect(await runner.run(validate, {})).toMatchObject({ code: 0 });
    expect(await runner.run(plan, secrets)).toMatchObject({ code: 0 });
    expect(read(runner, "posted.md")).toContain("Plan: 1 to add, 0 to change, 0 to destroy.");
    expect(read(runner, "posted.md")).not.toContain("dale@fbi.example");
    expect(front.requests.filter(({ method }) => method !== "GET")).toEqual([]);
    keepPlan(runner);
    const applied = await runner.run(apply, secrets);
    expect(applied.output).toContain("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.");
    expect(applied.code).toBe(0);
    expect(await runner.run(drift, secrets)).toMatchObject({ code: 0 });
  }));

test("the nightly check finds a change made in Front", () =>
  withRunner(async (runner, front) => {
    const secrets = secretsFor(front);
    await runner.run(plan, secrets);
    keepPlan(runner);
    await runner.run(apply, secrets);
    await front.asTeammate("PATCH", CONTACT, { name: "Coop" });
    const { code, output } = await runner.run(drift, secrets);
    expect(code).toBe(2);
    expect(output).toContain('"Coop" -> "Dale Cooper"');
  }));

test("a contact that changed after the review stays unchanged, and the apply fails", () =>
  withRunner(async (runner, front) => {
    const secrets = secretsFor(front);
    await runner.run(plan, secrets);
    keepPlan(runner);
    await runner.run(apply, secrets);
    runner.write("contacts/dale.yaml", DALE.replace("FBI Special Agent", "Sheriff"));
    await runner.run(plan, secrets);
    keepPlan(runner);
    await front.asTeammate("PATCH", CONTACT, { custom_fields: { "Job Title": "Log Lady" } });
    const { code, output } = await runner.run(apply, secrets);
    expect(code).toBe(1);
    expect(output).toContain("changed in Front after this plan: Job Title");
  }));

test("reports an invalid file in a pull request from a fork without a token", () =>
  withRunner(async (runner) => {
    runner.write("contacts/laura.yaml", DALE.replace("dale-cooper", "laura-palmer"));
    const { code, output } = await runner.run(validate, {});
    expect(code).toBe(1);
    expect(output).toContain('"dale@fbi.example" is already a handle of dale-cooper');
  }));

test("a failed plan fails the job and leaves no plan to apply", () =>
  withRunner(async (runner, front) => {
    runner.write("contacts/dale.yaml", DALE.replace("name:", "nmae:"));
    const { code } = await runner.run(plan, secretsFor(front));
    expect(code).toBe(1);
    expect(existsSync(join(runner.repository, "plan.json"))).toBe(false);
  }));

const ELSEWHERE = { full_name: "mallory/contacts" };

const NO_PULL: readonly (readonly [string, object])[] = [
  ["was not merged", { merged_at: null }],
  ["was merged as another commit", { merge_commit_sha: "othersha" }],
  ["was merged into another branch", { base: { ref: "next", repo: MERGED.base.repo } }],
  ["was merged in another repository", { base: { ref: "main", repo: ELSEWHERE } }],
  ["came from a fork", { head: { ...MERGED.head, repo: ELSEWHERE } }],
];

test.each(NO_PULL)("no plan is applied for a pull request that %s", (_, other) =>
  withRunner(async (runner, front) => {
    runner.answer({ pulls: [{ ...MERGED, ...other }] });
    const { code, output } = await runner.run(apply, secretsFor(front));
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining("No reviewed plan") });
    expect(front.requests).toEqual([]);
  }),
);

const NO_RUN: readonly (readonly [string, object])[] = [
  ["for a push", { event: "push" }],
  ["that failed", { conclusion: "failure" }],
  ["for an earlier commit", { head_sha: "oldsha" }],
  ["for another branch of the same commit", { head_branch: "mallory" }],
  ["of a fork", { head_repository: ELSEWHERE }],
  ["of another repository", { repository: ELSEWHERE }],
];

test.each(NO_RUN)("no plan is taken from a run %s", (_, other) =>
  withRunner(async (runner, front) => {
    runner.answer({ runs: [{ ...REVIEWED, ...other }] });
    const { code, output } = await runner.run(apply, secretsFor(front));
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining("No reviewed plan") });
    expect(front.requests).toEqual([]);
  }),
);

test("uses the latest matching run and ignores newer ones that do not match", () =>
  withRunner(async (runner, front) => {
    const secrets = secretsFor(front);
    const odd = { ...REVIEWED, id: 66, run_number: 99, head_repository: ELSEWHERE };
    runner.answer({ runs: [{ ...REVIEWED, id: 41, run_number: 2 }, odd, REVIEWED] });
    await runner.run(plan, secrets);
    keepPlan(runner);
    const { code, output } = await runner.run(apply, secrets);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining("1 added") });
  }));

test("refuses a plan that differs from the merged files", () =>
  withRunner(async (runner, front) => {
    const secrets = secretsFor(front);
    await runner.run(plan, secrets);
    keepPlan(runner);
    runner.write("contacts/dale.yaml", DALE.replace("Dale Cooper", "BOB"));
    const { code, output } = await runner.run(apply, secrets);
    expect(code).toBe(1);
    expect(output).toContain("dale-cooper in this plan differs from the configuration: name");
    expect(front.requests.filter(({ method }) => method !== "GET")).toEqual([]);
  }));

test("does not apply an unsigned plan if a key is set", () =>
  withRunner(async (runner, front) => {
    const secrets = secretsFor(front);
    await runner.run(plan, secrets);
    keepPlan(runner);
    const { code, output } = await runner.run(apply, { ...secrets, "secrets.FRONT_PLAN_KEY": "a key for these plans" });
    expect(code).toBe(1);
    expect(output).toContain("plan.json is not signed");
  }));
