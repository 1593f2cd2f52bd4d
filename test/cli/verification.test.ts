import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { LoggedRequest } from "../../src/emulator/index.ts";
import { parseJsonLines, Sandbox } from "../support/sandbox.ts";

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles: [{ source: email, handle: dale@fbi.example }]
`;

const ALIAS = "/contacts/alt:email:dale%40fbi.example";

/** Starts an emulator in which a teammate renames Dale immediately before the verification. */
async function withRenameBeforeVerification(): Promise<Sandbox> {
  let rename = async () => {};
  const onRequest = async ({ path, query }: LoggedRequest) => {
    if (path === "/contacts" && query.includes("updated_after")) await rename();
  };
  const sandbox = await Sandbox.withFront({ onRequest });
  rename = async () => {
    const { status, body } = await sandbox.front.asTeammate("GET", ALIAS);
    if (status === 200) await sandbox.front.asTeammate("PATCH", `/contacts/${body.id}`, { name: "Windom Earle" });
  };
  return sandbox.write("contacts/dale.yaml", DALE);
}

const SUMMARY = 'front_contact.dale-cooper is not as planned: name is "Windom Earle" in Front instead of "Dale Cooper"';

test("verification reports a difference from the plan with its location, and the apply is not reported as complete", async () => {
  await using sandbox = await withRenameBeforeVerification();
  const { code, out, err } = await sandbox.run("apply --auto-approve");
  expect(code).toBe(1);
  expect(out).not.toContain("Apply complete!");
  expect(err).toContain(`Error: ${SUMMARY}\n\n  on contacts/dale.yaml:2:3\n`);
  expect(err).toContain("   2 |   dale-cooper:\n");
  expect(err).toContain("Apply finished, but verification failed. Resources: 1 added, 0 changed, 0 destroyed.\n");
  expect((await sandbox.run("plan --detailed-exitcode")).code).toBe(2);
});

test("the apply of a saved plan is verified", async () => {
  await using sandbox = await withRenameBeforeVerification();
  await sandbox.run("plan --out plan.json");
  const { code, out, err } = await sandbox.run("apply plan.json");
  expect(code).toBe(1);
  expect(out).not.toContain("Apply complete!");
  expect(err).toContain(`Error: ${SUMMARY}\n`);
});

test("the job summary contains the difference and the next step", async () => {
  await using sandbox = await withRenameBeforeVerification();
  const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: join(sandbox.directory, "summary.md") };
  await sandbox.fail("apply --auto-approve", { env });
  const summary = sandbox.read("summary.md");
  expect(summary).toContain("**Apply finished, but verification failed. Resources: 1 added, 0 changed, 0 destroyed.**");
  expect(summary).toContain(`- **Error** at \`contacts/dale.yaml:2:3\`: \`${SUMMARY}\``);
  expect(summary).toContain("`All operations were applied. Run the same command again to check the result.`");
});

test("apply --json prints the difference as a diagnostic before the summary", async () => {
  await using sandbox = await withRenameBeforeVerification();
  const { code, out } = await sandbox.run("apply --json --auto-approve");
  expect(code).toBe(1);
  const [diagnostic, summary] = parseJsonLines(out).slice(-2);
  expect(diagnostic).toMatchObject({
    type: "diagnostic",
    "@level": "error",
    diagnostic: { severity: "error", summary: SUMMARY, range: { filename: "contacts/dale.yaml", start: { line: 2 } } },
  });
  expect(summary).toMatchObject({
    type: "change_summary",
    "@message": "Apply finished, but verification failed. Resources: 1 added, 0 changed, 0 destroyed.",
    front_contacts: { operations: { applied: 1 }, verification: { complete: false, contacts: 0 } },
  });
});

test("apply reports an error if its result cannot be verified", async () => {
  await using sandbox = (await Sandbox.withFront()).write("contacts/dale.yaml", DALE);
  sandbox.front.faults = [{ kind: "status", status: 403, method: "GET", path: "/contacts", nth: 2 }];
  expect(await sandbox.fail("apply --auto-approve")).toContain("Error: The apply could not be verified: ");
  expect(await sandbox.get(ALIAS)).toMatchObject({ name: "Dale Cooper" });
});

test("verification changes nothing", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/dale.yaml", DALE).run("apply --auto-approve");
  expect(sandbox.writes).toEqual(["POST /contacts"]);
  expect(sandbox.front.requests.at(-1)).toMatchObject({ method: "GET", path: "/contacts" });
});
