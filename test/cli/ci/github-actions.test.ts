import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { renderAnnotations } from "../../../cli/ci/github-actions.ts";
import { maskFor, NO_MASK } from "../../../cli/views/mask-handles.ts";
import type { Diagnostic } from "../../../src/model/diagnostic.ts";
import { locationAt } from "../../support/builders.ts";
import { runnerCommands } from "../../support/runner-commands.ts";
import { Sandbox } from "../../support/sandbox.ts";

const DALE = `contacts:
  dale-cooper:
    nmae: Dale Cooper
    handles: [{ source: email, handle: dale.cooper@fbi.example }]
`;

const VALID = DALE.replace("nmae", "name");

function inActions(sandbox: Sandbox, env: Record<string, string> = {}) {
  return { env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: join(sandbox.directory, "summary.md"), ...env } };
}

test.each(["validate", "plan", "plan --json", "validate --json"])(
  "%s annotates the lines of errors",
  async (command) => {
    await using sandbox = (await Sandbox.withFront()).write("contacts/dale.yaml", DALE);
    const err = await sandbox.fail(command, inActions(sandbox));
    expect(err).toMatch(/^::error file=contacts\/dale\.yaml,line=3,col=5,title=[^:,]+::\S/m);
    expect(runnerCommands(err)).toEqual(["error"]);
  },
);

test("plan writes neither annotations nor a job summary outside GitHub Actions", async () => {
  await using sandbox = (await Sandbox.withFront()).write("contacts/dale.yaml", DALE);
  const err = await sandbox.fail("plan", { env: { GITHUB_STEP_SUMMARY: join(sandbox.directory, "summary.md") } });
  expect(runnerCommands(err)).toEqual([]);
  expect(() => sandbox.read("summary.md")).toThrow();
});

test("annotations contain paths relative to the repository", async () => {
  await using sandbox = (await Sandbox.withFront()).write("contacts/dale.yaml", DALE);
  const err = await sandbox.fail("validate", inActions(sandbox, { GITHUB_WORKSPACE: join(sandbox.directory, "..") }));
  expect(err).toMatch(/^::error file=front-contacts-\w+\/contacts\/dale\.yaml,line=3/m);
});

test("plan appends a masked plan to the job summary", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/dale.yaml", VALID).write("summary.md", "# Before\n");
  expect(await sandbox.run("plan", inActions(sandbox))).toMatchObject({ code: 0, err: "" });
  expect(sandbox.read("summary.md")).toMatch(
    /^# Before\n<!-- front-contacts plan -->\n\*\*Plan: 1 to add, 0 to change/,
  );
  expect(sandbox.read("summary.md")).toContain("d***@fbi.example#");
  expect(sandbox.read("summary.md")).not.toContain("dale.cooper@");
});

test("validate writes its result to the job summary", async () => {
  await using sandbox = Sandbox.withoutFront();
  await sandbox.write("contacts/dale.yaml", VALID).run("validate", inActions(sandbox));
  expect(sandbox.read("summary.md")).toBe("<!-- front-contacts plan -->\n**The configuration is valid.**\n");
});

test("an error that ends the run is annotated, and the job summary states that no plan was created", async () => {
  await using sandbox = Sandbox.withoutFront();
  const err = await sandbox.write("contacts/dale.yaml", VALID).fail("plan", inActions(sandbox));
  expect(runnerCommands(err)).toEqual(["error"]);
  expect(sandbox.read("summary.md")).toContain("**No plan was created.**");
});

test("errors that prevent an apply are in annotations and in the job summary", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/dale.yaml", VALID).succeed("plan --out plan.json");
  sandbox.write("contacts/dale.yaml", DALE);
  for (const command of ["apply plan.json", "apply --auto-approve"]) {
    sandbox.write("summary.md", "");
    const err = await sandbox.fail(command, inActions(sandbox));
    expect(err).toMatch(/^::error file=contacts\/dale\.yaml,line=3,col=5,title=Unknown key "nmae"/m);
    expect(sandbox.read("summary.md")).toMatch(
      /^<!-- front-contacts plan -->\n\*\*Nothing was applied\.\*\*\n[\s\S]*Unknown key "nmae"/,
    );
  }
});

test("plan succeeds even if the job summary is full or cannot be written", async () => {
  await using sandbox = await Sandbox.withFront();
  const full = "x".repeat(1024 * 1024 - 1_000);
  sandbox.write("contacts/dale.yaml", VALID).write("summary.md", full);
  await sandbox.succeed("plan", inActions(sandbox));
  expect(sandbox.read("summary.md")).toBe(full);
  const nowhere = inActions(sandbox, { GITHUB_STEP_SUMMARY: join(sandbox.directory, "no/such/directory/summary.md") });
  expect(await sandbox.run("plan", nowhere)).toMatchObject({ code: 0, err: "" });
});

function createError(summary: string, properties: Partial<Diagnostic> = {}): Diagnostic {
  return { severity: "error", code: "empty", summary, advice: "Fix it.", location: locationAt(3, 5), ...properties };
}

const PLAIN = { mask: NO_MASK, repositoryPathOf: (file: string) => file };

test("annotations escape characters that have a special meaning for the runner", () => {
  const location = { ...locationAt(3, 5), file: "contacts/a,b:c%.yaml" };
  expect(renderAnnotations([createError("50%: a, b", { advice: "100% sure: a, b", location })], PLAIN)).toBe(
    "::error file=contacts/a%2Cb%3Ac%25.yaml,line=3,col=5,title=50%25%3A a%2C b::100%25 sure: a, b\n",
  );
});

test("at most ten annotations of each severity are written", () => {
  const diagnostics = Array.from({ length: 30 }, (_, index) =>
    createError(`Mistake ${index}`, { severity: index % 2 === 0 ? "error" : "warning" }),
  );
  const commands = runnerCommands(renderAnnotations(diagnostics, PLAIN));
  expect(commands).toEqual([...Array(10).fill("error"), ...Array(10).fill("warning")]);
});

test("annotations mask email addresses", () => {
  const annotations = renderAnnotations([createError("dale@fbi.example is taken")], { ...PLAIN, mask: maskFor([]) });
  expect(annotations).toContain("title=d***@fbi.example#");
});
