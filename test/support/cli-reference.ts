import type { Command } from "../../cli/args/command.ts";
import { COMMANDS, type CommandName } from "../../cli/args/commands.ts";
import { ENVIRONMENT, EXIT_CODES, optionSections, usageLine } from "../../cli/args/help.ts";
import { GLOBAL_OPTIONS_TITLE } from "../../cli/args/shared-options.ts";

const HEAD = `<!-- Generated from the command definitions in cli/args/ by \`npm run docs\`; edit those files. -->

# Command line

\`front-contacts COMMAND [options]\`. \`front-contacts --help\`, \`-h\` and \`front-contacts help COMMAND\` show help that fits
the terminal; \`--version\`, \`-v\` and \`version\` print the version. Terraform's one-dash spelling (\`-auto-approve\`,
\`-auto-approve=false\`) is accepted.

Results go to standard output, everything else to standard error. With \`--json\`, errors are JSON on standard output.
`;

/** Returns the reference of the command line in Markdown. */
export function renderCliReference(): string {
  const commands = Object.entries<Command>(COMMANDS) as [CommandName, Command][];
  return [
    HEAD,
    "| Command | Description |",
    "|---|---|",
    ...commands.map(([name, { describe }]) => `| [\`${name}\`](#${name}) | ${escapeCell(describe)} |`),
    "",
    ...commands.flatMap(([name, command]) => renderCommand(name, command)),
    "## Global options",
    "",
    "Every command has these.",
    "",
    ...renderTable("Option", rowsOf(undefined)),
    "",
    "## Exit codes",
    "",
    ...renderTable("Code", EXIT_CODES),
    "",
    "## Environment variables",
    "",
    ...renderTable("Variable", ENVIRONMENT),
    "",
    "`TF_IN_AUTOMATION` omits the next steps after a plan. In GitHub Actions, `GITHUB_ACTIONS` and `GITHUB_STEP_SUMMARY`",
    "turn on [annotations and the summary](ci.md#github-actions-output).",
    "",
  ].join("\n");
}

function renderCommand(name: CommandName, command: Command): string[] {
  const { argument, describe, examples } = command;
  const rows = argument === undefined ? [] : [[argument.name.toUpperCase(), argument.describe] as const];
  return [
    `## ${name}`,
    "",
    `${describe}.`,
    "",
    "```text",
    usageLine(name),
    "```",
    "",
    ...renderTable("Argument or option", [...rows, ...rowsOf(command)]),
    "",
    "```sh",
    ...examples.map(([line, meaning]) => `# ${meaning}\n${line}`),
    "```",
    "",
  ];
}

/** Returns the options of a command, or the global options if there is no command. */
function rowsOf(command: Command | undefined) {
  const isGlobal = command === undefined;
  return optionSections(command)
    .filter(({ title }) => (title === GLOBAL_OPTIONS_TITLE) === isGlobal)
    .flatMap(({ rows }) => rows);
}

function renderTable(heading: string, rows: readonly (readonly [term: string, description: string])[]): string[] {
  if (rows.length === 0) return ["This command has only [global options](#global-options)."];
  return [
    `| ${heading} | Description |`,
    "|---|---|",
    ...rows.map(([term, description]) => `| \`${escapeCell(term)}\` | ${escapeCell(description)} |`),
  ];
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("*", "\\*");
}
