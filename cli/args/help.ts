import { wrapText, wrapWidth } from "../views/wrap.ts";
import { type Argument, allOptions, argumentName, type Command } from "./command.ts";
import { COMMANDS, type CommandName } from "./commands.ts";
import { type Option, optionName } from "./option.ts";
import { HELP_OPTIONS } from "./shared-options.ts";

/** Commands of the typical workflow, which help lists first. */
const MAIN_COMMANDS: ReadonlySet<string> = new Set<CommandName>(["init", "import", "validate", "plan", "apply"]);

type Row = readonly [term: string, description: string];
interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

export function programHelp(width: number): string {
  const commands = Object.entries<Command>(COMMANDS);
  const rows = (isMain: boolean) =>
    commands
      .filter(([name]) => MAIN_COMMANDS.has(name) === isMain)
      .map(([name, { description }]): Row => [name, description]);
  const sections = [
    { title: "Main commands", rows: rows(true) },
    { title: "Other commands", rows: rows(false) },
    ...optionSections(undefined),
    { title: "Environment variables", rows: ENVIRONMENT },
    { title: "Exit codes", rows: EXIT_CODES },
  ];
  const examples = {
    "front-contacts emulator -- front-contacts plan": "Try front-contacts without a token or a Front company",
    "front-contacts help apply": "Show the options of a command",
  };
  const description = "Terraform for Front contacts.";
  return render({ description, usage: "front-contacts COMMAND [options]", sections, examples }, wrapWidth(width));
}

export function commandHelp(name: CommandName, width: number): string {
  const command: Command = COMMANDS[name];
  const { argument, description, examples } = command;
  const sections = [
    ...(argument === undefined
      ? []
      : [{ title: "Arguments", rows: [[argumentName(argument), argument.description] as const] }]),
    ...optionSections(command),
  ];
  return render({ description: `${description}.`, usage: usageLine(name), sections, examples }, wrapWidth(width));
}

export function usageLine(name: CommandName): string {
  const { argument, takesCommand }: Command = COMMANDS[name];
  const nested = takesCommand === true ? " [-- COMMAND ARGUMENT...]" : "";
  return `front-contacts ${name} [options]${argumentUsage(argument)}${nested}`;
}

function argumentUsage(argument: Argument | undefined): string {
  if (argument === undefined) return "";
  const name = `${argumentName(argument)}${argument.repeatable ? "..." : ""}`;
  return argument.required ? ` ${name}` : ` [${name}]`;
}

/** Returns the options of a command by group, in definition order. Without a command, returns the global options. */
export function optionSections(command: Command | undefined): Section[] {
  const options = Object.entries<Option<unknown>>({ ...allOptions(command), ...HELP_OPTIONS });
  const titles = new Set(options.map(([, { group = "Options" }]) => group));
  return [...titles].map((title) => ({
    title,
    rows: options.filter(([, { group = "Options" }]) => group === title).map(([key, option]) => optionRow(key, option)),
  }));
}

const SHORT_FORMS: Readonly<Record<string, string>> = { help: "-h, ", version: "-v, " };

function optionRow(key: string, { placeholder, description }: Option<unknown>): Row {
  const value = placeholder === undefined ? "" : ` ${placeholder}`.replace(" =", "=");
  return [`${SHORT_FORMS[key] ?? ""}--${optionName(key)}${value}`, description];
}

interface HelpPage {
  readonly description: string;
  readonly usage: string;
  readonly sections: readonly Section[];
  readonly examples: Command["examples"];
}

function render({ description, usage, sections, examples }: HelpPage, width: number): string {
  return [
    wrapText(`${description}\n\nUsage: ${usage}`, width),
    ...renderSections(sections, width),
    ...renderExamples(examples, width),
    "",
  ].join("\n");
}

/** Maximum width, in columns, of a term whose description starts on the same line. */
const MAX_TERM_WIDTH = 24;
/** Minimum terminal width, in columns, for the two-column layout. */
const MIN_TABLE_WIDTH = 64;

function renderSections(sections: readonly Section[], width: number): string[] {
  const terms = sections.flatMap(({ rows }) => rows.map(([term]) => term.length));
  const descriptionColumn = Math.max(...terms.filter((length) => length <= MAX_TERM_WIDTH)) + 4;
  const column = width < MIN_TABLE_WIDTH ? 6 : descriptionColumn;
  return sections.flatMap(({ title, rows }) => [
    "",
    `${title}:`,
    ...rows.flatMap(([term, description]) => {
      const lines = wrapText(description, width - column).split("\n");
      const indentedLines = lines.map((line) => `${" ".repeat(column)}${line}`);
      const fits = term.length + 4 <= column;
      return fits
        ? [`  ${term}`.padEnd(column) + lines[0], ...indentedLines.slice(1)]
        : [`  ${term}`, ...indentedLines];
    }),
  ]);
}

function renderExamples(examples: Command["examples"], width: number): string[] {
  const blocks = Object.entries(examples).map(([command, description]) =>
    [wrapText(`  # ${description}`, width), ...breakCommand(command, width - 2).map((line) => `  ${line}`)].join("\n"),
  );
  return ["", "Examples:", blocks.join("\n\n")];
}

/** An argument, or an option with its value. Quoted text may contain spaces. */
const ARGUMENT = /(?:--[a-z-]* (?!-))?(?:'[^']*'|"[^"]*"|[^ ])+/g;

function breakCommand(command: string, width: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const [argument] of command.matchAll(ARGUMENT)) {
    const extended = current === "" ? argument : `${current} ${argument}`;
    const isLast = command.endsWith(argument);
    if (extended.length + (isLast ? 0 : 2) <= width || current.trim() === "") current = extended;
    else {
      lines.push(`${current} \\`);
      current = `  ${argument}`;
    }
  }
  return [...lines, current];
}

/** The environment variables that are listed in the help and in docs/cli.md. */
export const ENVIRONMENT: readonly (readonly [name: string, description: string])[] = [
  ["FRONT_API_TOKEN", "API token (not an option, because process lists show options)"],
  ["FRONT_API_URL", "Base URL of the API (default: https://api2.frontapp.com)"],
  ["FRONT_OAUTH_CLIENT_ID", "Client ID of the OAuth application, for login and for CI"],
  ["FRONT_OAUTH_CLIENT_SECRET", "Client secret of the OAuth application"],
  ["FRONT_OAUTH_REFRESH_TOKEN", "Refresh token, for OAuth in CI"],
  ["FRONT_OAUTH_URL", "Base URL of the OAuth endpoints (default: https://app.frontapp.com/oauth)"],
  ["FRONT_CONTACTS_PLAN_KEY", "Key for signing saved plans; if set, only plans with a valid signature are accepted"],
  [
    "FRONT_CONTACTS_BACKOFF_MS",
    "Maximum milliseconds before the first retry (default: 500); the maximum doubles with each retry, up to 30 s",
  ],
  ["NO_COLOR, FORCE_COLOR", "Disable or enable colors"],
];

export const EXIT_CODES: readonly (readonly [code: string, description: string])[] = [
  ["0", "Success"],
  [
    "1",
    "Error; an apply that was interrupted, incomplete, not approved or not verified; a skipped entry; import: an invalid row or card, or a contact that was not found; schema --check: the file is out of date",
  ],
  ["2", "plan --detailed-exitcode: Front and the configuration differ"],
  ["3", "fmt --check: a file is not formatted"],
];
