import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, posix, resolve } from "node:path";
import {
  COMPANY_SCHEMA,
  escapeText,
  type InitialFile,
  type InitialSettings,
  readInitialSettings,
  UserError,
  writeInitialFiles,
} from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { hasCredentials } from "../auth/credentials.ts";
import { EXIT } from "../environment.ts";
import { pathFromRoot } from "../git-repository.ts";
import { packageFile } from "../package-files.ts";
import type { Session } from "../session.ts";
import { commandLine, quotedCommand } from "../views/advice.ts";
import { plural, shellQuote } from "../views/text.ts";

/** The workflow for each CI service: its path in this package, and the path at which the service expects it. */
const WORKFLOWS = {
  github: { source: "docs/ci/github.yml", target: ".github/workflows/contacts.yml" },
  gitlab: { source: "docs/ci/gitlab.yml", target: ".gitlab-ci.yml" },
} as const;

export async function run({ contacts: directory, ci }: ArgsByCommand["init"], session: Session): Promise<number> {
  const workflow = ci && { path: WORKFLOWS[ci].target, text: readFileSync(packageFile(WORKFLOWS[ci].source), "utf8") };
  const canReadFront = hasCredentials(session);
  let settings: InitialSettings | undefined;
  const readSettings = async () => {
    settings = canReadFront ? await readCompanySettings(session) : undefined;
    return settings ?? {};
  };
  const { files, problem } = await writeInitialFiles(directory, { cwd: session.cwd, readSettings, workflow });
  for (const file of files) session.print(`${describeFile(file)}\n`);
  if (problem !== undefined) {
    session.showDiagnostics([problem]);
    return EXIT.failed;
  }
  if (settings !== undefined) session.print(`\n${describeSettings(settings)}`);
  else if (canReadFront) session.print(await adviseCompany(session));
  if (files.every(({ outcome }) => outcome === "unchanged")) session.out("\nAlready initialized.\n");
  else
    session.print(
      `\n${nextSteps(directory, {
        canReadFront,
        workflow: files.find(({ path }) => path === workflow?.path),
        subdirectory: pathFromRoot(session.environment),
        hasContacts: await declaresContacts(session),
        hasSchema: existsSync(resolve(session.cwd, directory, COMPANY_SCHEMA)),
      })}`,
    );
  return EXIT.ok;
}

/** Returns undefined and warns if Front cannot be read, because the settings are optional. */
async function readCompanySettings(session: Session): Promise<InitialSettings | undefined> {
  try {
    return await readInitialSettings(session.frontReader({}));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    session.showDiagnostics([{ ...error.toDiagnostic(), severity: "warning" }]);
    session.err(
      "settings.company was not set, because Front could not be read. Run init again when Front can be read, to see the company to set.\n\n",
    );
    return undefined;
  }
}

/** Returns advice to set `settings.company`; empty if it is set, the files are invalid, or Front cannot be read. */
async function adviseCompany(session: Session): Promise<string> {
  const { desired } = await session.loadConfiguration();
  if (desired === undefined || desired.settings.company !== undefined) return "";
  try {
    const { id } = await session.frontReader(desired.settings).me();
    return `\nsettings.company is not set. To reject the tokens of other companies, set it to ${escapeText(id)}.\n`;
  } catch (error) {
    if (error instanceof UserError) return "";
    throw error;
  }
}

/** Returns whether the configuration is valid and declares contacts. */
async function declaresContacts(session: Session): Promise<boolean> {
  const { desired } = await session.loadConfiguration();
  return desired !== undefined && desired.contacts.length > 0;
}

function describeSettings({ company, phoneCountry }: InitialSettings): string {
  const companySentence = company === undefined ? "" : `This configuration can change only the company ${company}.\n`;
  if (phoneCountry !== undefined)
    return `${companySentence}Phone numbers without a country code are read as ${phoneCountry} numbers.\n`;
  return `${companySentence}phone_country is not set, because the country cannot be detected from the phone numbers in Front. If your configuration has phone numbers without a country code, set settings.phone_country.\n`;
}

function describeFile({ path, outcome, count }: InitialFile): string {
  const escapedPath = escapeText(path);
  if (count !== undefined) return `Unchanged: ${plural(count, "configuration file")} in ${escapedPath}`;
  if (outcome === "created") return `Created ${escapedPath}`;
  return outcome === "extended" ? `Added lines to ${escapedPath}` : `Unchanged: ${escapedPath}`;
}

interface NextStepsOptions {
  readonly canReadFront: boolean;
  readonly workflow: InitialFile | undefined;
  /** The path from the root of the repository to the working directory; empty at the root. */
  readonly subdirectory: string;
  readonly hasContacts: boolean;
  /** True if the contacts directory has a schema for the company. */
  readonly hasSchema: boolean;
}

function nextSteps(directory: string, options: NextStepsOptions): string {
  const { canReadFront, workflow, subdirectory, hasContacts, hasSchema } = options;
  const steps = [
    ...(canReadFront
      ? []
      : [["export FRONT_API_TOKEN=…", "create it in Front: Settings, Developers, API tokens"] as const]),
    ...(hasSchema
      ? []
      : [
          [
            commandLine("schema", directory, "--from-front"),
            "let your editor complete your company's custom fields",
          ] as const,
        ]),
    ...(hasContacts
      ? []
      : [
          [
            commandLine("import", directory, "--list NAME"),
            "write the members of a list to files (or use --all)",
          ] as const,
        ]),
    ...(canReadFront || hasContacts
      ? [[commandLine("plan", directory), "check that Front matches the configuration"] as const]
      : []),
  ] as const;
  const width = Math.max(...steps.map(([command]) => command.length));
  const setup =
    workflow === undefined ? "" : `${setupOf(workflow, directory)}${adviseRoot(workflow, directory, subdirectory)}\n\n`;
  return `${setup}Next:\n${steps.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}\n`).join("")}`;
}

function setupOf({ path, outcome }: InitialFile, directory: string): string {
  const isGitLab = path === WORKFLOWS.gitlab.target;
  const copy = outcome === "unchanged" && !isGitLab ? ", or in a copy of it for another company" : "";
  const quotedDirectory = shellQuote(directory);
  const setting = isGitLab
    ? `set the variable CONTACTS to ${quotedDirectory}, and change the directory in each "changes:"`
    : `add the input contacts: ${quotedDirectory} to each step that uses the action, and change the directory in each "paths:"`;
  const paths = directory === "contacts" ? "" : ` In the workflow${copy}, ${setting}.`;
  return `Add front-contacts to devDependencies in package.json, and create the ${isGitLab ? "variables" : "secrets"} that ${escapeText(path)} needs: see "Set up" in docs/ci.md of front-contacts.${paths}`;
}

/** Returns advice if CI services would not find the workflow, because they read it only in the root of a repository. */
function adviseRoot({ path, outcome }: InitialFile, directory: string, subdirectory: string): string {
  if (subdirectory === "") return "";
  const fromRoot = isAbsolute(directory) ? directory : posix.join(subdirectory, directory);
  const command = quotedCommand("init", fromRoot, `--ci ${path === WORKFLOWS.gitlab.target ? "gitlab" : "github"}`);
  const deletion = outcome === "created" ? `, and delete ${escapeText(path)} here` : "";
  return `\nThe workflow must be in the root of the git repository. Run ${command} there${deletion}.`;
}
