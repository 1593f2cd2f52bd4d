import { UsageError } from "../environment.ts";
import { type Argument, allOptions, argumentName, type Command } from "./command.ts";
import { type ArgsByCommand, COMMANDS, type CommandName, commandNameIn } from "./commands.ts";
import { type CompletionSource, complete } from "./completion.ts";
import { COMPLETION_REQUEST } from "./completion-scripts.ts";
import { commandHelp, programHelp } from "./help.ts";
import { type Options, optionName, type RawValues } from "./option.ts";
import { GLOBAL_OPTIONS } from "./shared-options.ts";
import { ADVICE_BY_COMMAND, ADVICE_BY_OPTION } from "./terraform-advice.ts";

export type CommandLine =
  | { readonly kind: "command"; readonly name: CommandName; readonly args: ArgsByCommand[CommandName] }
  /** Text to print: help, the version or completions. */
  | { readonly kind: "text"; readonly text: string };

export interface ParseOptions {
  readonly version: string;
  /** The width of the terminal in columns. */
  readonly width: number;
  /** Returns the ids of saved runs and the paths of saved plans, for shell completion. */
  readonly loadCompletionSource: () => Promise<CompletionSource>;
}

/** Parses and validates the command line. Throws a `UsageError` if it is not valid. Does not print. */
export async function parseArgs(argv: readonly string[], options: ParseOptions): Promise<CommandLine> {
  if (argv[0] === COMPLETION_REQUEST) {
    const completions = complete(argv.slice(1), await options.loadCompletionSource());
    return { kind: "text", text: completions.map((completion) => `${completion}\n`).join("") };
  }
  const { ownArgs, command } = splitCommand(replaceHelpCommand(argv));
  const normalized = removeSeparator(ownArgs.map(addSecondDash).flatMap(joinDashValue));
  const text = requestedText(normalized, options);
  if (text !== undefined) return { kind: "text", text };
  let name: CommandName | undefined;
  let parsedArgs: Readonly<Record<string, unknown>>;
  try {
    const parser = await createParser((calledName) => {
      name = calledName;
    });
    parsedArgs = await parser.parseAsync(normalized, {});
  } catch (error) {
    throw error instanceof UnknownArguments ? await explainUnknown(error.unknown, normalized) : error;
  }
  if (name === undefined) return { kind: "text", text: programHelp(options.width) };
  const definition: Command<ArgsByCommand[CommandName]> = COMMANDS[name];
  const { argument } = definition;
  const args = argument === undefined ? [] : toStrings(parsedArgs[argument.name]);
  if (args.includes(""))
    throw new UsageError(`${argumentName(argument)} is empty`, "Remove the empty argument, or specify a value.");
  const values = rawValuesFrom(parsedArgs, normalized, allOptions(definition));
  return { kind: "command", name, args: definition.parse(values, { args, command }) };
}

/** Replaces `help`, `help COMMAND` and `version` with `--help`, `COMMAND --help` and `--version`. */
function replaceHelpCommand(argv: readonly string[]): readonly string[] {
  const [first, second] = argv;
  if (first === "version" && second === undefined) return ["--version"];
  if (first !== "help") return argv;
  const isKnown = second === undefined || commandNameIn([second]) !== undefined;
  return isKnown ? [...argv.slice(1), "--help"] : argv.slice(1);
}

/** Returns the version or the help if the command line requests it, regardless of other options. */
function requestedText(argv: readonly string[], { version, width }: ParseOptions): string | undefined {
  if (argv.includes("--version") || argv.includes("-v")) return `${version}\n`;
  if (!argv.includes("--help") && !argv.includes("-h")) return undefined;
  const name = commandNameIn(argv);
  return name === undefined ? programHelp(width) : commandHelp(name, width);
}

/** Separates the arguments of this program from the command line after `--`, if the command runs another program. */
function splitCommand(argv: readonly string[]): {
  readonly ownArgs: readonly string[];
  readonly command: readonly string[] | undefined;
} {
  const separator = argv.indexOf("--");
  const before = separator === -1 ? argv : argv.slice(0, separator);
  const name = commandNameIn(before);
  const definition: Command | undefined = name && COMMANDS[name];
  if (separator === -1 || definition?.takesCommand !== true) return { ownArgs: argv, command: undefined };
  return { ownArgs: before, command: argv.slice(separator + 1) };
}

/**
 * Adds a second dash to options with a single dash, as in Terraform: `-auto-approve`. Single-letter options and
 * arguments after `--` stay unchanged.
 */
function addSecondDash(argument: string, position: number, argv: readonly string[]): string {
  const separator = argv.indexOf("--");
  if (separator !== -1 && position > separator) return argument;
  return /^-[a-z][a-z-]+(=.*)?$/.test(argument) ? `-${argument}` : argument;
}

/**
 * Returns the arguments without `--`, because yargs would drop the arguments after it. Throws a `UsageError` if an
 * option follows `--`.
 */
function removeSeparator(argv: readonly string[]): string[] {
  const separator = argv.indexOf("--");
  if (separator === -1) return [...argv];
  const after = argv.slice(separator + 1);
  const option = after.find((argument) => argument.startsWith("-"));
  if (option === undefined) return [...argv.slice(0, separator), ...after];
  throw new UsageError(
    `Unexpected option "${option}" after --`,
    "Put options before --. If it is a file name, write it as ./NAME.",
  );
}

/**
 * Joins an option with a value that starts with a dash, such as `--token-file -`, because yargs would treat the value
 * as an argument.
 */
function joinDashValue(argument: string, position: number, argv: readonly string[]): string[] {
  const takesNext = (at: number) => /^-(\d.*)?$/.test(argv[at + 1] ?? "") && /^--[a-z-]+$/.test(argv[at] ?? "");
  if (takesNext(position)) return [`${argument}=${argv[position + 1]}`];
  return takesNext(position - 1) ? [] : [argument];
}

/** Thrown for unknown options and arguments. If a required argument is missing instead, `unknown` is empty. */
class UnknownArguments extends Error {
  readonly unknown: readonly string[];

  constructor(unknown: readonly string[]) {
    super(unknown.join(", "));
    this.unknown = unknown;
  }
}

/** Returns the yargs parser. It calls `onCall` with the name of the command. */
async function createParser(onCall: (name: CommandName) => void) {
  // Loaded on demand, because help and version do not need yargs.
  const { default: yargs } = await import("yargs");
  // By default, yargs reads the working directory, which may have been deleted.
  const parser = yargs([], "/")
    .scriptName("front-contacts")
    .locale("en")
    .exitProcess(false)
    .showHelpOnFail(false)
    .parserConfiguration({
      "dot-notation": false,
      "boolean-negation": false,
      "camel-case-expansion": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
    })
    .options(toYargsOptions(GLOBAL_OPTIONS))
    .strict()
    .version(false)
    .help(false)
    .fail((message, error) => {
      const [, unknown] = /^Unknown (?:argument|command)s?: (.+)/.exec(message ?? "") ?? [];
      if (unknown !== undefined) throw new UnknownArguments(unknown.split(", "));
      if (message?.startsWith("Not enough non-option")) throw new UnknownArguments([]);
      throw message ? new UsageError(message.split("\n")[0] ?? message, usage(undefined)) : error;
    });
  for (const [name, command] of Object.entries(COMMANDS) as [CommandName, Command][]) {
    const { argument } = command;
    parser.command({
      command: `${name}${placeholder(argument)}`,
      describe: false,
      builder: (sub) => {
        if (argument !== undefined) {
          sub.positional(argument.name, { type: "string", array: argument.repeatable ?? false });
        }
        return sub.options(toYargsOptions(command.options));
      },
      handler: () => onCall(name),
    });
  }
  return parser;
}

/** Returns the argument in the syntax of yargs, such as ` <file>` or ` [contact..]`. */
function placeholder(argument: Argument | undefined): string {
  if (argument === undefined) return "";
  const name = `${argument.name}${argument.repeatable ? ".." : ""}`;
  return argument.required ? ` <${name}>` : ` [${name}]`;
}

/**
 * Returns the options in the format of yargs. Repeatable options are not arrays, because an array option of yargs also
 * takes the arguments that follow its value.
 */
function toYargsOptions(options: Options) {
  return Object.fromEntries(
    Object.entries(options).map(([key, { kind }]) => [
      optionName(key),
      // Hidden so that yargs does not render its own help, which is never shown.
      { type: kind === "flag" ? ("boolean" as const) : ("string" as const), hidden: true },
    ]),
  );
}

function rawValuesFrom(
  parsedArgs: Readonly<Record<string, unknown>>,
  argv: readonly string[],
  options: Options,
): RawValues {
  const values = Object.entries(options).map(([key, { kind }]) => {
    const name = optionName(key);
    return [key, kind === "flag" ? flagValues(name, argv) : toStrings(parsedArgs[name])] as const;
  });
  return new Map(values);
}

/** Returns the values of a flag. Reads them from `argv`, because yargs parses every value except `true` as false. */
function flagValues(name: string, argv: readonly string[]): string[] {
  return argv.flatMap((argument) => {
    if (argument === `--${name}`) return ["true"];
    return argument.startsWith(`--${name}=`) ? [argument.slice(name.length + 3)] : [];
  });
}

function toStrings(value: unknown): string[] {
  return [value].flat().flatMap((item) => (item === undefined ? [] : String(item)));
}

/** Returns an error for the first argument that is neither a command, an option nor an expected argument. */
async function explainUnknown(unknown: readonly string[], argv: readonly string[]): Promise<UsageError> {
  const name = commandNameIn(argv);
  const command: Command | undefined = name && COMMANDS[name];
  const isOption = (text: string) =>
    argv.some((argument) => argument === `--${text}` || argument.startsWith(`--${text}=`));
  // All options of an unknown command are unknown too, so the command is reported first.
  const first = unknown.find((text) => name === undefined && !isOption(text)) ?? unknown[0];
  if (first === undefined) {
    return new UsageError(`Missing required argument ${argumentName(command?.argument)}`, usage(name));
  }
  const { suggest } = await import("../../src/model/suggest.ts");
  if (isOption(first)) {
    return new UsageError(`Unknown option "--${first}"`, optionAdvice(first, name, suggest));
  }
  if (name !== undefined) return new UsageError(`Unexpected argument "${first}"`, usage(name));
  const suggestion = suggest(first, Object.keys(COMMANDS));
  const advice = ADVICE_BY_COMMAND.get(first) ?? didYouMean(suggestion && `"${suggestion}"`, name);
  return new UsageError(`Unknown command "${first}"`, advice);
}

/** Returns advice that suggests an option with a similar name, or lists the commands that accept the unknown option. */
function optionAdvice(
  unknown: string,
  name: CommandName | undefined,
  suggest: (text: string, candidates: Iterable<string>) => string | undefined,
): string {
  const terraformAdvice = ADVICE_BY_OPTION.get(unknown);
  if (terraformAdvice !== undefined) return terraformAdvice;
  const suggestion = suggest(unknown, Object.keys(allOptions(name && COMMANDS[name])).map(optionName));
  const commands = Object.entries<Command>(COMMANDS).filter(([, { options }]) =>
    Object.keys(options).some((key) => optionName(key) === unknown),
  );
  if (suggestion !== undefined || commands.length === 0) return didYouMean(suggestion && `--${suggestion}`, name);
  const names = new Intl.ListFormat("en").format(commands.map(([command]) => command));
  return `Only ${names} ${commands.length === 1 ? "accepts" : "accept"} this option. ${usage(name)}`;
}

function didYouMean(suggestion: string | undefined, name: CommandName | undefined): string {
  return `${suggestion === undefined ? "" : `Did you mean ${suggestion}? `}${usage(name)}`;
}

function usage(name: CommandName | undefined): string {
  return `Run 'front-contacts ${name === undefined ? "" : `${name} `}--help' for usage.`;
}
