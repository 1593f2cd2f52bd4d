import { cpSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Emulator } from "../src/emulator/index.ts";
import { onlyInFull, SCALE } from "./scale.ts";
import { startEmulator } from "./support/emulator.ts";
import { commitFiles, git, initRepository } from "./support/git.ts";
import { GitHubApi } from "./support/github-api.ts";
import { HAS_POSTGRES, Postgres } from "./support/postgres.ts";
import { Runner } from "./support/runner.ts";
import { TemporaryDirectory } from "./support/temporary-directory.ts";
import { type Job, readYaml, type Workflow } from "./support/workflow.ts";

const { validate, plan, apply, drift } = readYaml<Workflow>("docs/ci/github.yml").jobs;
const { accept } = readYaml<{ readonly jobs: Readonly<Record<"accept", Job>> }>("docs/ci/github-accept.yml").jobs;
const { table } = readYaml<{ readonly jobs: Readonly<Record<"table", Job>> }>("docs/ci/github-table.yml").jobs;

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale@fbi.example }
    custom_fields:
      Job Title: FBI Special Agent
`;

const CONTACT = "/contacts/alt:email:dale%40fbi.example";

/**
 * Returns the values of expressions in the workflow. `withRunner` sets FRONT_API_URL, because the workflow does not.
 */
function secretsFor({ token }: Emulator): Record<string, string> {
  return {
    "secrets.FRONT_READ_TOKEN": token,
    "secrets.FRONT_WRITE_TOKEN": token,
    "github.event.pull_request.number": "7",
    "github.event.pull_request.head.sha": "headsha",
  };
}

/** A repository that each test copies. The base branch of its pull request contains only an empty commit. */
const repository = new TemporaryDirectory();

beforeAll(() => {
  const directory = repository.write("contacts/dale.yaml", DALE).path;
  initRepository({ directory });
  git({ directory }, "commit", "--quiet", "--allow-empty", "--message", "Nothing yet");
  commitFiles({ directory }, "contacts");
});

afterAll(() => repository[Symbol.dispose]());

type RunnerTest = (runner: Runner, front: Emulator, github: GitHubApi) => Promise<void>;

async function withRunner(run: RunnerTest): Promise<void> {
  await using front = await startEmulator({ rate: Number.POSITIVE_INFINITY });
  await using github = await new GitHubApi().listen();
  using runner = new Runner(github);
  process.env["FRONT_API_URL"] = front.url;
  try {
    cpSync(repository.path, runner.repository, { recursive: true });
    await run(runner, front, github);
  } finally {
    delete process.env["FRONT_API_URL"];
  }
}

const bodiesOf = (texts: readonly { readonly body: string | null }[]) => texts.map(({ body }) => body);

test("a pull request shows a plan, a merge applies that plan, and the nightly run reports only later edits in Front", () =>
  withRunner(async (runner, front, github) => {
    runner.startPrograms();
    const secrets = secretsFor(front);
    expect(await runner.run(validate, {})).toMatchObject({ code: 0 });
    const planResult = await runner.run(plan, secrets);
    expect(planResult).toEqual({ code: 0, output: expect.stringContaining("Saved the plan") });
    const [planComment = ""] = bodiesOf(github.comments);
    expect(planComment).toContain("Plan: 1 to add, 0 to change, 0 to destroy.");
    expect(planComment).toContain(
      "(https://github.example/artifacts/plan.html) · [Run](https://github.example/acme/contacts/actions/runs/43)",
    );
    expect(planComment).not.toContain("dale@fbi.example");
    expect(github.checks).toMatchObject([
      { head_sha: "headsha", conclusion: "success", output: { title: "Plan: 1 to add, 0 to change, 0 to destroy." } },
    ]);
    expect(runner.artifacts).toEqual(["plan-7-headsha", "plan.html"]);
    expect(front.requests.filter(({ method }) => method !== "GET")).toEqual([]);

    const applyResult = await runner.run(apply, secrets);
    expect(applyResult.output).toContain("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.");
    expect(applyResult.code).toBe(0);
    expect(bodiesOf(github.comments)).toEqual([
      planComment,
      expect.stringMatching(/^<!-- front-contacts apply -->\n\*\*Apply complete! Resources: 1 added, /),
    ]);

    expect(await runner.run(drift, secrets)).toMatchObject({ code: 0 });
    expect(github.issues).toEqual([]);
    await front.asTeammate("PATCH", CONTACT, { name: "Coop" });
    const { code, output } = await runner.run(drift, secrets);
    expect(code).toBe(2);
    expect(output).toContain('name: "Coop" in Front, "Dale Cooper" in the configuration');
    expect(github.issues).toMatchObject([{ title: "Front differs from the configuration", state: "open" }]);
    expect(bodiesOf(github.issues)[0]).toMatch(
      /^<!-- front-contacts drift -->\n\*\*No changes\. 1 contact changed in Front/,
    );
  }));

onlyInFull(test)("an apply fails for a contact that changed after the review", () =>
  withRunner(async (runner, front) => {
    const secrets = secretsFor(front);
    const handles = [{ source: "email", handle: "dale@fbi.example" }];
    await front.asTeammate("POST", "/contacts", { name: "Dale Cooper", handles });
    await runner.run(plan, secrets);
    await front.asTeammate("PATCH", CONTACT, { custom_fields: { "Job Title": "Log Lady" } });
    const { code, output } = await runner.run(apply, secrets);
    expect(code).toBe(1);
    expect(output).toContain("changed in Front after this plan: Job Title");
  }),
);

test("a check needs no token to report an invalid file", () =>
  withRunner(async (runner, _, github) => {
    runner.write("contacts/laura.yaml", DALE.replace("dale-cooper", "laura-palmer"));
    const { code, output } = await runner.run(validate, {});
    expect(code).toBe(1);
    expect(output).toContain('"dale@fbi.example" is already a handle of dale-cooper');
    expect(output).not.toContain("Files are not formatted");
    expect(github.written).toEqual([]);
  }));

test("a check reports a file that is not formatted", () =>
  withRunner(async (runner) => {
    runner.write("contacts/dale.yaml", DALE.replace("    name", "    # Agent\n\n\n\n    name"));
    const { code, output } = await runner.run(validate, {});
    expect(code).toBe(1);
    expect(output).toContain("contacts/dale.yaml\n::error title=Files are not formatted::Run 'front-contacts fmt'.");
  }));

test("a failed plan fails the job, adds its errors to a comment, and uploads no saved plan", () =>
  withRunner(async (runner, front, github) => {
    // The job must not use a file from the pull request as the plan.
    runner.write("plan.json", "{}");
    runner.write("contacts/dale.yaml", DALE.replace("name:", "nmae:"));
    const { code } = await runner.run(plan, secretsFor(front));
    expect(code).toBe(1);
    expect(runner.artifacts).toEqual(["plan.html"]);
    expect(bodiesOf(github.comments)).toEqual([expect.stringContaining("nmae")]);
    expect(github.checks).toMatchObject([{ conclusion: "failure" }]);
  }));

test("a plan does not overwrite edits made in Front, and the accept job opens a pull request with these edits", () =>
  withRunner(async (runner, front, github) => {
    const secrets = secretsFor(front);
    const handles = [{ source: "email", handle: "dale@fbi.example" }];
    const fields = { "Job Title": "FBI Special Agent" };
    await front.asTeammate("POST", "/contacts", { name: "Coop", handles, custom_fields: fields });
    runner.write("contacts/dale.yaml", DALE.replace("FBI Special Agent", "Sheriff"));
    runner.git("commit", "-q", "--all", "-m", "Sheriff");
    await runner.run(plan, secrets);
    expect(bodiesOf(github.comments)[0]).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
    // The comment names the commit, because the reviewer's HEAD is another commit.
    const base = runner.git("rev-parse", "--short=12", "HEAD^1").trim();
    expect(bodiesOf(github.comments)[0]).toContain(`Changed in Front since ${base} and not overwritten`);
    expect(bodiesOf(github.comments)[0]).toContain(`--changed-in-front --base ${base}'`);
    expect(await runner.run(apply, secrets)).toMatchObject({ code: 0 });
    const { body } = await front.asTeammate("GET", CONTACT);
    expect(body).toMatchObject({ name: "Coop", custom_fields: { "Job Title": "Sheriff" } });

    const descriptions: (string | null | undefined)[] = [];
    for (const sha of ["commit-1", "commit-2"]) {
      expect(await runner.run(accept, secrets)).toMatchObject({ code: 0 });
      expect(github.branches).toEqual({ "refs/heads/front-contacts/accept": sha });
      descriptions.push(bodiesOf(github.openedPullRequests)[0]);
    }
    const file = DALE.replace("FBI Special Agent", "Sheriff").replace("Dale Cooper", "Coop");
    expect(github.commits.at(-1)).toEqual({ "contacts/dale.yaml": file });
    expect(github.openedPullRequests).toMatchObject([
      { number: 8, state: "open", title: "Accept changes made in Front", head: "front-contacts/accept", base: "main" },
    ]);
    expect(descriptions[0]).toMatch(/\n\nUpdated 1 declared contact\.\n\n$/);
    await front.asTeammate("PATCH", CONTACT, { name: "Coop\nCooper" });
    expect(await runner.run(accept, secrets)).toMatchObject({
      code: 0,
      output: expect.stringContaining("1 value cannot be written"),
    });
    expect(bodiesOf(github.openedPullRequests)[0]).toContain("The log of the run contains warnings");

    runner.git("commit", "-q", "--all", "-m", "Coop");
    expect(await runner.run(accept, secrets)).toMatchObject({ code: 0 });
    expect(github.openedPullRequests).toMatchObject([{ number: 8, state: "closed" }]);
  }));

test("a proposed pull request deletes the files that an earlier step deleted", () =>
  withRunner(async (runner, front, github) => {
    runner.startPrograms();
    runner.write("contacts/laura.yaml", DALE.replace("dale-cooper", "laura").replace("dale@", "laura@"));
    runner.git("add", "contacts");
    runner.git("commit", "-q", "-m", "Laura");
    const steps = [{ run: "rm contacts/dale.yaml; echo >> contacts/laura.yaml" }, ...table.steps.slice(-1)];
    expect(await runner.run({ steps }, secretsFor(front))).toMatchObject({ code: 0 });
    expect(github.commits.at(-1)).toEqual({ "contacts/dale.yaml": null, "contacts/laura.yaml": expect.any(String) });
    expect(github.openedPullRequests).toMatchObject([{ state: "open" }]);
  }));

test("an apply rejects an unsigned plan, and a plan that differs from the merged configuration", () =>
  withRunner(async (runner, front) => {
    const secrets = secretsFor(front);
    await runner.run(plan, secrets);
    const unsignedApply = await runner.run(apply, { ...secrets, "secrets.FRONT_PLAN_KEY": "a key for these plans" });
    expect(unsignedApply).toEqual({ code: 1, output: expect.stringContaining('plan.json" is not signed') });
    runner.write("contacts/dale.yaml", DALE.replace("Dale Cooper", "BOB"));
    const { code, output } = await runner.run(apply, secrets);
    expect(code).toBe(1);
    expect(output).toContain("dale-cooper in this plan differs from the configuration: name");
    expect(front.requests.filter(({ method }) => method !== "GET")).toEqual([]);
  }));

const CUSTOMERS = `CREATE TABLE customers (id text, name text, email text, phone text, segments text[], status text);
INSERT INTO customers VALUES
  ('C-1', 'Norma "Jennings"', 'norma@doubler.example', '+13605550177', '{VIP,Diner}', 'active'),
  ('C-2', 'Žižek, 李', 'zizek@x.example', NULL, NULL, 'active'),
  ('C-3', 'Gone', 'gone@x.example', NULL, NULL, 'left')`;

const TABLES = `lists: [VIP, Diner]
tables:
  customers:
    file: crm/customers.csv
    key: Customer ID
    where: { Status: active }
    missing: absent
    columns:
      name: Name
      email: Email
      phone: Mobile
      lists: { column: Groups, separator: ";" }
`;

const HEADER = "Customer ID,Name,Email,Mobile,Groups,Status\n";
const CSV = `${HEADER}C-1,"Norma ""Jennings""",norma@doubler.example,+13605550177,VIP;Diner,active
C-2,"Žižek, 李",zizek@x.example,,,active
C-3,Gone,gone@x.example,,,left
`;

/** A quick run uses prepared output of psql instead of PostgreSQL. */
const startsPostgres = SCALE.startsPrograms;

(startsPostgres && !HAS_POSTGRES ? test.skip : test)(
  "a new export from a database becomes one pull request with a plan, and the job fails if the export is invalid or empty",
  () =>
    withRunner(async (runner, front, github) => {
      using postgres = startsPostgres ? new Postgres() : undefined;
      const change = (sql: string, csv: string) => {
        postgres?.query(sql);
        if (postgres === undefined) runner.databaseExport = csv;
      };
      const secrets = { ...secretsFor(front), "secrets.CRM_DATABASE_URL": postgres?.url ?? "postgresql://crm.example" };
      runner.write("contacts/tables.yaml", TABLES);
      runner.write("contacts/crm/customers.csv", HEADER);
      runner.git("add", "contacts");
      runner.git("commit", "-q", "-m", "Declare the table");

      change(CUSTOMERS, CSV);
      expect(await runner.run(table, secrets)).toEqual({ code: 0, output: expect.stringContaining("to destroy") });
      expect(github.commits.at(-1)).toEqual({ "contacts/crm/customers.csv": CSV });
      expect(github.openedPullRequests).toMatchObject([
        { title: "Update contacts from their source", state: "open", base: "main" },
      ]);
      expect(bodiesOf(github.openedPullRequests)[0]).toContain("to add, 0 to change, 0 to destroy.");

      change(
        "DELETE FROM customers WHERE id <> 'C-2'; UPDATE customers SET email = 'none' WHERE id = 'C-2'",
        `${HEADER}C-2,"Žižek, 李",none,,,active\n`,
      );
      expect(await runner.run(table, secrets)).toMatchObject({ code: 1 });
      expect(bodiesOf(github.openedPullRequests)).toEqual([expect.stringContaining("is not an email address")]);

      change("DELETE FROM customers", HEADER);
      expect(await runner.run(table, secrets)).toEqual({
        code: 1,
        output: expect.stringContaining("::error title=The export has no rows::Check the query and the database."),
      });
      expect(front.requests.filter(({ method }) => method !== "GET")).toEqual([]);
    }),
);
