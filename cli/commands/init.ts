import { existsSync, readFileSync } from "node:fs";
import { escapeText, type FirstFile, writeInitialFiles } from "../../src/index.ts";
import { contactsDirectory, showDiagnostics } from "../configuration.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";

/** Where a workflow is kept here, and where its service looks for it. */
const WORKFLOWS: Readonly<Record<string, { readonly from: string; readonly to: string }>> = {
  github: { from: "docs/ci/github.yml", to: ".github/workflows/contacts.yml" },
  gitlab: { from: "docs/ci/gitlab.yml", to: ".gitlab-ci.yml" },
};

/** Makes the first files, and says what to do next. Overwrites nothing. */
export async function run(given: Given, io: Environment): Promise<number> {
  const directory = contactsDirectory(given);
  const workflow = workflowOf(given);
  const { files, problem } = writeInitialFiles(directory, { cwd: io.cwd, ...(workflow && { workflow }) });
  for (const file of files) io.out(`${describe(file)}\n`);
  if (problem !== undefined) {
    showDiagnostics([problem], { sources: new Map() }, io, given);
    return EXIT.failed;
  }
  const tried = files.some(({ outcome }) => outcome !== "kept");
  io.out(tried ? `\n${nextSteps(directory, workflow !== undefined)}` : "\nNothing was left to do.\n");
  return EXIT.ok;
}

function describe({ path, outcome }: FirstFile): string {
  const shown = escapeText(path);
  if (outcome === "created") return `Made ${shown}`;
  return outcome === "extended" ? `Added lines to ${shown}` : `Kept ${shown}, which was there`;
}

function workflowOf({ ci }: Given): { readonly path: string; readonly text: string } | undefined {
  if (ci === undefined) return undefined;
  const workflow = typeof ci === "string" && Object.hasOwn(WORKFLOWS, ci) ? WORKFLOWS[ci] : undefined;
  if (workflow === undefined) {
    throw new UsageError(
      `There is no workflow for ${String(ci)}`,
      `Choose one of ${Object.keys(WORKFLOWS).join(", ")}.`,
    );
  }
  return { path: workflow.to, text: readFileSync(shipped(workflow.from), "utf8") };
}

/** Beside the sources, or one step further up from what was built of them. */
function shipped(path: string): URL {
  const beside = new URL(`../../${path}`, import.meta.url);
  return existsSync(beside) ? beside : new URL(`../../../${path}`, import.meta.url);
}

function nextSteps(directory: string, withWorkflow: boolean): string {
  const named = directory === "contacts" ? "" : ` --contacts ${quoted(directory)}`;
  const steps: (readonly [string, string])[] = [
    [`front-contacts validate${named}`, "finds mistakes, offline"],
    [`front-contacts emulator -- front-contacts plan${named}`, "plans against a local Front emulator, without a token"],
    ["export FRONT_API_TOKEN=…", "Front: Settings, Developers, API tokens"],
    [`front-contacts schema --from-front${named}`, "lets your editor complete your company's fields"],
    [`front-contacts plan${named}`, "shows what would change"],
    ...(withWorkflow ? [] : [["front-contacts init --ci github", "a plan in every pull request; or gitlab"] as const]),
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  const secrets = `  Make the secrets that the workflow names: docs/ci.md of front-contacts says which.${named === "" ? "" : ` Add${named} to its commands.`}\n`;
  const lines = steps.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}\n`);
  return `Next:\n${lines.join("")}${withWorkflow ? secrets : ""}`;
}

/** As a shell takes it for one word and nothing more, whatever it is. */
function quoted(directory: string): string {
  const shown = escapeText(directory, { limit: Number.POSITIVE_INFINITY });
  return /^[\w./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}
