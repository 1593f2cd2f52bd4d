import { readFileSync } from "node:fs";
import { escapeText, type FirstFile, writeInitialFiles } from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { packageFile } from "../package-files.ts";
import { EXIT } from "../process-io.ts";
import type { Session } from "../session.ts";

/** Where a CI workflow is in this package, and where its service expects it. */
const WORKFLOWS = {
  github: { from: "docs/ci/github.yml", to: ".github/workflows/contacts.yml" },
  gitlab: { from: "docs/ci/gitlab.yml", to: ".gitlab-ci.yml" },
} as const;

/** Creates an example configuration, and prints the next steps. Overwrites nothing. */
export async function run({ contacts: directory, ci }: ArgsByCommand["init"], session: Session): Promise<number> {
  const workflow = ci && { path: WORKFLOWS[ci].to, text: readFileSync(packageFile(WORKFLOWS[ci].from), "utf8") };
  const { files, problem } = writeInitialFiles(directory, { cwd: session.cwd, ...(workflow && { workflow }) });
  for (const file of files) session.out(`${describe(file)}\n`);
  if (problem !== undefined) {
    session.showDiagnostics([problem]);
    return EXIT.failed;
  }
  const isNew = files.some(({ outcome }) => outcome !== "kept");
  session.out(isNew ? `\n${nextSteps(directory, workflow !== undefined)}` : "\nAlready initialized.\n");
  return EXIT.ok;
}

function describe({ path, outcome }: FirstFile): string {
  const shown = escapeText(path);
  if (outcome === "created") return `Created ${shown}`;
  return outcome === "extended" ? `Added lines to ${shown}` : `Unchanged: ${shown}`;
}

function nextSteps(directory: string, withWorkflow: boolean): string {
  const named = directory === "contacts" ? "" : ` --contacts ${quoted(directory)}`;
  const steps: (readonly [string, string])[] = [
    [`front-contacts validate${named}`, "check the configuration, offline"],
    [`front-contacts emulator -- front-contacts plan${named}`, "plan against a local Front emulator, without a token"],
    ["export FRONT_API_TOKEN=…", "Front: Settings, Developers, API tokens"],
    [`front-contacts schema --from-front${named}`, "let your editor complete your company's custom fields"],
    [`front-contacts plan${named}`, "show what would change"],
    ...(withWorkflow ? [] : [["front-contacts init --ci github", "plan in every pull request; or gitlab"] as const]),
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  const secrets = `  Create the secrets that the workflow needs; see docs/ci.md of front-contacts.${named === "" ? "" : ` Add${named} to its commands.`}\n`;
  const lines = steps.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}\n`);
  return `Next:\n${lines.join("")}${withWorkflow ? secrets : ""}`;
}

/** Quotes a text for a shell. */
function quoted(directory: string): string {
  const shown = escapeText(directory, { limit: Number.POSITIVE_INFINITY });
  return /^[\w./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}
