import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { renderAnnotations } from "../../../cli/ci/github-actions.ts";
import { NO_COLORS } from "../../../cli/views/colors.ts";
import { renderDiagnostics } from "../../../cli/views/diagnostics.ts";
import { maskFor, NO_MASK } from "../../../cli/views/mask.ts";
import { renderPlan } from "../../../cli/views/plan/text.ts";
import type { Diagnostic } from "../../../src/model/diagnostic.ts";
import { at, desired, front, planFor, remote } from "../../support/builders.ts";
import { runnerCommands } from "../../support/markdown.ts";
import { Sandbox } from "../../support/sandbox.ts";

const DALE = `contacts:
  dale-cooper:
    nmae: Dale Cooper
    handles: [{ source: email, handle: dale.cooper@fbi.example }]
`;

const GOOD = DALE.replace("nmae", "name");

/** The environment of a GitHub runner. */
function actions(sandbox: Sandbox, more: Record<string, string> = {}) {
  return { env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: join(sandbox.directory, "summary.md"), ...more } };
}

const summaryOf = ({ directory }: Sandbox) => readFileSync(join(directory, "summary.md"), "utf8");

test.each(["validate", "plan", "plan --json", "validate --json"])(
  "%s marks mistakes beside the lines",
  async (words) => {
    await using sandbox = await Sandbox.withFront();
    sandbox.write("contacts/dale.yaml", DALE);
    const { code, err } = await sandbox.run(words, actions(sandbox));
    expect(code).toBe(1);
    expect(err).toMatch(/^::error file=contacts\/dale\.yaml,line=3,col=5,title=[^:,]+::\S/m);
    expect(runnerCommands(err)).toEqual(["error"]);
  },
);

test("writes no annotations outside GitHub Actions", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/dale.yaml", DALE);
  const { err } = await sandbox.run("plan", { env: { GITHUB_STEP_SUMMARY: join(sandbox.directory, "summary.md") } });
  expect(runnerCommands(err)).toEqual([]);
  expect(() => summaryOf(sandbox)).toThrow();
});

test("names files relative to the repository", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/dale.yaml", DALE);
  const { err } = await sandbox.run("validate", actions(sandbox, { GITHUB_WORKSPACE: join(sandbox.directory, "..") }));
  expect(err).toMatch(/^::error file=front-contacts-\w+\/contacts\/dale\.yaml,line=3/m);
});

test("appends the masked plan to the step summary", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/dale.yaml", GOOD).write("summary.md", "# Before\n");
  expect(await sandbox.run("plan", actions(sandbox))).toMatchObject({ code: 0, err: "" });
  expect(summaryOf(sandbox)).toMatch(/^# Before\n<!-- front-contacts plan -->\n\*\*Plan: 1 to add, 0 to change/);
  expect(summaryOf(sandbox)).toContain("d***@fbi.example#");
  expect(summaryOf(sandbox)).not.toContain("dale.cooper@");
});

test("validate writes its result to the step summary", async () => {
  await using sandbox = Sandbox.withoutFront();
  await sandbox.write("contacts/dale.yaml", GOOD).run("validate", actions(sandbox));
  expect(summaryOf(sandbox)).toBe("<!-- front-contacts plan -->\n**The configuration is valid.**\n");
});

test("an error that ends the run is annotated and in the step summary", async () => {
  await using sandbox = Sandbox.withoutFront();
  const { code, err } = await sandbox.write("contacts/dale.yaml", GOOD).run("plan", actions(sandbox));
  expect(code).toBe(1);
  expect(runnerCommands(err)).toEqual(["error"]);
  expect(summaryOf(sandbox)).toContain("**No plan was created.**");
});

test("does not fail if the step summary is full or cannot be written", async () => {
  await using sandbox = await Sandbox.withFront();
  const full = "x".repeat(1024 * 1024 - 1_000);
  sandbox.write("contacts/dale.yaml", GOOD).write("summary.md", full);
  expect(await sandbox.run("plan", actions(sandbox))).toMatchObject({ code: 0 });
  expect(summaryOf(sandbox)).toBe(full);
  const nowhere = actions(sandbox, { GITHUB_STEP_SUMMARY: join(sandbox.directory, "no/such/place") });
  expect(await sandbox.run("plan", nowhere)).toMatchObject({ code: 0, err: "" });
});

function mistake(summary: string, more: Partial<Diagnostic> = {}): Diagnostic {
  return { severity: "error", code: "empty", summary, advice: "Fix it.", location: at(3, 5), ...more };
}

const PLAIN = { mask: NO_MASK, fileOf: (file: string) => file };

test("escapes characters with a meaning for the runner", () => {
  const location = { ...at(3, 5), file: "contacts/a,b:c%.yaml" };
  expect(renderAnnotations([mistake("50%: a, b", { advice: "100% sure: a, b", location })], PLAIN)).toBe(
    "::error file=contacts/a%2Cb%3Ac%25.yaml,line=3,col=5,title=50%25%3A a%2C b::100%25 sure: a, b\n",
  );
});

test("writes at most ten annotations of each severity", () => {
  const many = Array.from({ length: 30 }, (_, index) =>
    mistake(`Mistake ${index}`, { severity: index % 2 === 0 ? "error" : "warning" }),
  );
  const commands = runnerCommands(renderAnnotations(many, PLAIN));
  expect(commands).toEqual([...Array(10).fill("error"), ...Array(10).fill("warning")]);
});

test("masks annotations", () => {
  const shown = renderAnnotations([mistake("dale@fbi.example is taken")], { ...PLAIN, mask: maskFor([]) });
  expect(shown).toContain("title=d***@fbi.example#");
});

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "::",
      "##[",
      "]",
      "::error::",
      "::stop-commands::",
      "##[error]",
      "##vso[",
      "\n",
      "\r",
      " ",
      "\u00a0",
      "%",
      ":",
      "#",
    ),
    fc.string(),
  ),
  maxLength: 8,
});

test("a log with hostile names contains no other runner commands", () => {
  fc.assert(
    fc.property(hostile, hostile, (name, other) => {
      const plan = planFor(
        [desired("ada@x.example", { name, description: `${other}\n${name}`, customFields: { [name]: other } })],
        front([remote("ada@x.example", { name: other, description: `${other}\n${other}` })], {
          fields: { [name]: "string" },
        }),
      );
      const mistakes = [mistake(name, { advice: other, location: { ...at(1), file: `contacts/${other}.yaml` } })];
      const sources = new Map([[`contacts/${other}.yaml`, `${name}${other}`]]);
      for (const mask of [NO_MASK, maskFor([])]) {
        const log = renderPlan(plan, NO_COLORS, { mask }) + renderDiagnostics(mistakes, sources, NO_COLORS, { mask });
        expect(runnerCommands(log)).toEqual([]);
        expect(runnerCommands(renderAnnotations(mistakes, { ...PLAIN, mask }))).toEqual(["error"]);
      }
    }),
    { numRuns: 1_000 },
  );
});
