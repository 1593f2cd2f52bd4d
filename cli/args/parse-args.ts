import { UsageError } from "../environment.ts";
import { allOptions, argumentName, type Command } from "./command.ts";
import { type ArgsByCommand, COMMANDS, type CommandName, commandNameIn } from "./commands.ts";
import { type CompletionSource, complete } from "./completion.ts";
import { COMPLETION_REQUEST } from "./completion-scripts.ts";
import { commandHelp, programHelp } from "./help.ts";
import { type Option, type Options, optionName, type RawValues } from "./option.ts";
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
  readonly loadCompletionSource: () => Promise<CompletionSource>;
  /**
   * Throws a `UserError` if the working directory was deleted. Not called for `--help`, `--version` and completions.
   */
  readonly assertWorkingDirectory: () => void;
}

/** Parses a command line without printing anything. Throws a `UsageError` if the command line is not valid. */
export async function parseArgs(argv: readonly string[], options: ParseOptions): Promise<CommandLine> {
  if (argv[0] === COMPLETION_REQUEST) {
    const completions = complete(argv.slice(1), await options.loadCompletionSource());
    return { kind: "text", text: completions.map((completion) => `${completion}\n`).join("") };
  }
  const { ownArgs, command } = splitAtSeparator(replaceHelpCommand(argv));
  const text = requestedText(ownArgs, options);
  if (text !== undefined) return { kind: "text", text };
  // yargs reads the working directory when it is loaded.
  options.assertWorkingDirectory();
  const { name, args, parsed } = await parseWithYargs(ownArgs);
  if (name === undefined) return { kind: "text", text: programHelp(options.width) };
  const definition: Command<ArgsByCommand[CommandName]> = COMMANDS[name];
  if (args.includes("")) {
    const summary = `${argumentName(definition.argument)} is empty`;
    throw new UsageError(summary, "Remove the empty argument, or specify a value.");
  }
  const values = rawValuesFrom(parsed, ownArgs, allOptions(definition));
  return { kind: "command", name, args: definition.parse(values, { args, command }) };
}

function replaceHelpCommand(argv: readonly string[]): readonly string[] {
  const [first, second] = argv;
  if (first === "version") return ["--version", ...argv.slice(1)];
  if (first !== "help") return argv;
  const isKnown = second === undefined || commandNameIn([second]) !== undefined;
  return isKnown ? [...argv.slice(1), "--help"] : argv.slice(1);
}

/** Returns the requested version or help text, even if other options are not valid. */
function requestedText(argv: readonly string[], { version, width }: ParseOptions): string | undefined {
  if (argv.includes("--version") || argv.includes("-v")) return `${version}\n`;
  if (!argv.includes("--help") && !argv.includes("-h")) return undefined;
  const name = commandNameIn(argv);
  return name === undefined ? programHelp(width) : commandHelp(name, width);
}

/**
 * Separates the command line of another program, which follows `--`, if the command runs one. For any other command,
 * removes `--`, and throws a `UsageError` if an option follows `--`.
 */
function splitAtSeparator(argv: readonly string[]): {
  readonly ownArgs: readonly string[];
  readonly command: readonly string[] | undefined;
} {
  const separator = argv.indexOf("--");
  if (separator === -1) return { ownArgs: normalizeOptions(argv), command: undefined };
  const [before, after] = [normalizeOptions(argv.slice(0, separator)), argv.slice(separator + 1)];
  const name = commandNameIn(before);
  const definition: Command | undefined = name && COMMANDS[name];
  if (definition?.takesCommand === true) return { ownArgs: before, command: after };
  const option = after.find((argument) => argument.startsWith("-"));
  if (option === undefined) return { ownArgs: [...before, ...after], command: undefined };
  throw new UsageError(
    `Unexpected option "${option}" after --`,
    "Put options before --. Write the name of a file as ./NAME if it begins with a dash.",
  );
}

/**
 * Adds a second dash to options with a single dash, as in Terraform: `-auto-approve`. Single-letter options stay
 * unchanged. Joins an option with a value that is a dash, or that begins with a dash and a digit, such as
 * `--token-file -`, because yargs would not treat every such value as the value of the option. A dash after a flag is an
 * argument.
 */
function normalizeOptions(argv: readonly string[]): string[] {
  const dashed = argv.map((argument) => (/^-[a-z][a-z-]+(=.*)?$/.test(argument) ? `-${argument}` : argument));
  const flags = flagsOf(dashed);
  const takesNext = (at: number) => {
    const [option = "", next = ""] = [dashed[at], dashed[at + 1]];
    return /^--[a-z-]+$/.test(option) && (next === "-" ? !flags.has(option) : /^-\d/.test(next));
  };
  return dashed.flatMap((argument, at) => {
    if (takesNext(at)) return [`${argument}=${dashed[at + 1]}`];
    return takesNext(at - 1) ? [] : [argument];
  });
}

function flagsOf(argv: readonly string[]): ReadonlySet<string> {
  const name = commandNameIn(argv);
  const options = Object.entries(allOptions(name && COMMANDS[name]));
  return new Set(options.filter(([, { kind }]) => kind === "flag").map(([key]) => `--${optionName(key)}`));
}

async function parseWithYargs(argv: readonly string[]) {
  // Loaded on demand, because help and version do not need yargs.
  const { Parser } = await import("yargs/helpers");
  const parse = (options: Options) => Parser([...argv], { ...optionNamesByType(options), configuration: PARSER });
  const globalArgs = parse(GLOBAL_OPTIONS);
  const [first] = globalArgs._;
  const name = first === undefined ? undefined : commandNameIn([String(first)]);
  const command: Command | undefined = name && COMMANDS[name];
  const options = allOptions(command);
  const { _: positionals, ...parsed } = name === undefined ? globalArgs : parse(options);
  const args = positionals.map(String).slice(name === undefined ? 0 : 1);
  const { required = false, repeatable = false } = command?.argument ?? {};
  const maximum = repeatable ? args.length : Number(command?.argument !== undefined);
  const names = new Set(Object.keys(options).map(optionName));
  const unknown = [...Object.keys(parsed).filter((key) => !names.has(key)), ...args.slice(maximum)];
  const isMissing = required && args.length === 0;
  if (unknown.length > 0 || isMissing) throw await explainUnknown(unknown, argv);
  return { name, args, parsed };
}

const PARSER = {
  "dot-notation": false,
  "boolean-negation": false,
  "camel-case-expansion": false,
  "parse-numbers": false,
  "parse-positional-numbers": false,
} as const;

/**
 * Returns the names of options by type, as yargs expects them. Repeatable options are not arrays, because an array
 * option of yargs also takes the arguments that follow its value.
 */
function optionNamesByType(options: Options) {
  const namesOf = (kind: Option<unknown>["kind"]) =>
    Object.entries(options).flatMap(([key, option]) => (option.kind === kind ? [optionName(key)] : []));
  return { boolean: namesOf("flag"), string: namesOf("value") };
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

/** Returns the values of a flag. Reads `argv`, because yargs parses every value of a flag except `true` as false. */
function flagValues(name: string, argv: readonly string[]): string[] {
  return argv.flatMap((argument) => {
    if (argument === `--${name}`) return ["true"];
    return argument.startsWith(`--${name}=`) ? [argument.slice(name.length + 3)] : [];
  });
}

function toStrings(value: unknown): string[] {
  return [value].flat().flatMap((item) => (item === undefined ? [] : String(item)));
}

/** Returns an error for one of the `unknown` options and arguments or, if there are none, for a missing argument. */
async function explainUnknown(unknown: readonly string[], argv: readonly string[]): Promise<UsageError> {
  const name = commandNameIn(argv);
  const command: Command | undefined = name && COMMANDS[name];
  const first = firstUnknown(unknown, argv, command);
  if (first === undefined) {
    const argument = argumentName(command?.argument);
    return new UsageError(
      `Missing required argument ${argument}`,
      `${argument}: ${command?.argument?.description}. ${usage(name)}`,
    );
  }
  const { suggest } = await import("../../src/model/suggest.ts");
  const option = optionIn(argv, first);
  if (option !== undefined) {
    const isShort = !option.startsWith("--");
    const suggestion = isShort ? undefined : suggest(first, Object.keys(allOptions(command)).map(optionName));
    const advice = ADVICE_BY_OPTION.get(first) ?? optionAdvice(first, name, suggestion);
    return new UsageError(`Unknown option "${option}"`, advice);
  }
  if (name !== undefined) return new UsageError(`Unexpected argument "${first}"`, argumentAdvice(first, name));
  const suggestion = suggest(first, Object.keys(COMMANDS));
  const advice = ADVICE_BY_COMMAND.get(first) ?? didYouMean(suggestion && `"${suggestion}"`, name);
  return new UsageError(`Unknown command "${first}"`, advice);
}

/**
 * Returns the unknown option or argument to report. Options of an unknown command, except global ones, are unknown too,
 * so the unknown command is reported instead. The same applies to a command for the emulator without `--`.
 */
function firstUnknown(unknown: readonly string[], argv: readonly string[], command: Command | undefined) {
  const mayBeCommand = command === undefined || command.takesCommand === true;
  const argument = mayBeCommand ? unknown.find((text) => optionIn(argv, text) === undefined) : undefined;
  return argument ?? unknown[0];
}

/** Returns an option with its dashes and without its value. A short option may be part of a group, such as `-xy`. */
function optionIn(argv: readonly string[], name: string): string | undefined {
  const isWritten = argv.some((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`));
  if (isWritten) return `--${name}`;
  return name.length === 1 && argv.some((argument) => /^-[^-]/.test(argument) && argument.includes(name))
    ? `-${name}`
    : undefined;
}

/** Returns advice for an argument such as a path, as in `terraform fmt FILE`, or the address of a resource. */
function argumentAdvice(argument: string, name: CommandName): string {
  const { options, takesCommand }: Command = COMMANDS[name];
  if (takesCommand === true) return `Put -- before the command to run. ${usage(name)}`;
  if (/^front_(contact|account|contact_list)\./.test(argument) && "target" in options)
    return `To plan only this resource, use --target ADDRESS. ${usage(name)}`;
  const isPath = argument === "contacts" || /[./\\]/.test(argument);
  if (!isPath || !READS_CONFIGURATION.includes(name)) return usage(name);
  return `The command reads all files in the contacts directory. To select another directory, use --contacts DIRECTORY. ${usage(name)}`;
}

/** Commands that read the configuration and have no argument. */
const READS_CONFIGURATION: readonly CommandName[] = ["fmt", "plan", "validate"];

function optionAdvice(unknown: string, name: CommandName | undefined, suggestion: string | undefined): string {
  const commands = Object.entries<Command>(COMMANDS).filter(([, { options }]) =>
    Object.keys(options).some((key) => optionName(key) === unknown),
  );
  if (suggestion !== undefined || commands.length === 0) return didYouMean(suggestion && `--${suggestion}`, name);
  // Unlike "en", "en-GB" has no comma before "and", as in other messages.
  const names = new Intl.ListFormat("en-GB").format(commands.map(([command]) => command));
  return `Only ${names} ${commands.length === 1 ? "accepts" : "accept"} this option. ${usage(name)}`;
}

function didYouMean(suggestion: string | undefined, name: CommandName | undefined): string {
  return `${suggestion === undefined ? "" : `Did you mean ${suggestion}? `}${usage(name)}`;
}

function usage(name: CommandName | undefined): string {
  return `Run 'front-contacts ${name === undefined ? "" : `${name} `}--help' for usage.`;
}
