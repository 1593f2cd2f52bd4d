import { UsageError } from "../process-io.ts";
import { type Argument, allOptions, argumentName, type Command } from "./command.ts";
import { type ArgsByCommand, COMMANDS, type CommandName, commandNameIn } from "./commands.ts";
import { complete, type SavedValues } from "./completion.ts";
import { COMPLETION_REQUEST } from "./completion-scripts.ts";
import { commandHelp, programHelp } from "./help.ts";
import { type GivenValues, type Options, optionName } from "./option.ts";
import { GLOBAL_OPTIONS } from "./shared-options.ts";
import { TERRAFORM_COMMANDS, TERRAFORM_OPTIONS } from "./terraform-names.ts";

export type CommandLine =
  | { readonly kind: "command"; readonly name: CommandName; readonly args: ArgsByCommand[CommandName] }
  /** Help, version or completions, to be printed unchanged. */
  | { readonly kind: "text"; readonly text: string };

export interface ParseOptions {
  readonly version: string;
  /** Columns of the terminal. */
  readonly width: number;
  /** Called to complete a line. */
  readonly saved: () => Promise<SavedValues>;
}

/** Parses and validates the command line. Throws a `UsageError`. Prints nothing. */
export async function parseArgs(argv: readonly string[], options: ParseOptions): Promise<CommandLine> {
  if (argv[0] === COMPLETION_REQUEST) {
    const offered = complete(argv.slice(1), await options.saved());
    return { kind: "text", text: offered.map((word) => `${word}\n`).join("") };
  }
  const { own, command } = splitCommand(helpAsOption(argv));
  const words = withoutSeparator(own.map(twoDashes).flatMap(joinDash));
  const text = requestedText(words, options);
  if (text !== undefined) return { kind: "text", text };
  let called: CommandName | undefined;
  let parsed: Readonly<Record<string, unknown>>;
  try {
    const parser = await describeProgram((found) => {
      called = found;
    });
    parsed = await parser.parseAsync(words, {});
  } catch (error) {
    throw error instanceof UnknownArguments ? await explainUnknown(error.words, words) : error;
  }
  if (called === undefined) return { kind: "text", text: programHelp(options.width) };
  const definition: Command<ArgsByCommand[CommandName]> = COMMANDS[called];
  const { argument } = definition;
  const args = argument === undefined ? [] : listOf(parsed[argument.name]);
  if (args.includes("")) throw new UsageError(`${argumentName(argument)} is empty`, "Remove it, or specify a value.");
  const given = valuesIn(parsed, words, allOptions(definition));
  return { kind: "command", name: called, args: definition.parse(given, { args, command }) };
}

/** Returns the arguments with `help`, `help COMMAND` and `version` as `--help`, `COMMAND --help` and `--version`. */
function helpAsOption(words: readonly string[]): readonly string[] {
  const [first, second] = words;
  if (first === "version" && second === undefined) return ["--version"];
  if (first !== "help") return words;
  const isKnown = second === undefined || commandNameIn([second]) !== undefined;
  return isKnown ? [...words.slice(1), "--help"] : words.slice(1);
}

/** Returns the version or the help if the command line requests it, regardless of other options. */
function requestedText(words: readonly string[], { version, width }: ParseOptions): string | undefined {
  const asksFor = (...spellings: readonly string[]) => words.some((word) => spellings.includes(word));
  if (asksFor("--version", "-v")) return `${version}\n`;
  if (!asksFor("--help", "-h")) return undefined;
  const name = commandNameIn(words);
  return name === undefined ? programHelp(width) : commandHelp(name, width);
}

/** Splits off the arguments after `--`, which are the command line of another program, for a command that runs one. */
function splitCommand(words: readonly string[]): {
  readonly own: readonly string[];
  readonly command: readonly string[] | undefined;
} {
  const at = words.indexOf("--");
  const own = at === -1 ? words : words.slice(0, at);
  const takesCommand = at !== -1 && takesOther(commandNameIn(own));
  return takesCommand ? { own, command: words.slice(at + 1) } : { own: words, command: undefined };
}

function takesOther(name: CommandName | undefined): boolean {
  const command: Command | undefined = name && COMMANDS[name];
  return command?.takesCommand === true;
}

/**
 * Adds a second dash to options in Terraform's spelling, such as `-auto-approve`. Single letters and arguments after
 * `--` stay unchanged.
 */
function twoDashes(word: string, position: number, words: readonly string[]): string {
  const separator = words.indexOf("--");
  if (separator !== -1 && position > separator) return word;
  return /^-[a-z][a-z-]+(=.*)?$/.test(word) ? `-${word}` : word;
}

/**
 * Returns the arguments without `--`, because yargs would drop the arguments after it. Throws a `UsageError` for an
 * option after it.
 */
function withoutSeparator(words: readonly string[]): string[] {
  const at = words.indexOf("--");
  if (at === -1) return [...words];
  const rest = words.slice(at + 1);
  const option = rest.find((word) => word.startsWith("-"));
  if (option === undefined) return [...words.slice(0, at), ...rest];
  throw new UsageError(
    `Unexpected option ${option} after --`,
    "Put options before --, and write a file name as ./NAME.",
  );
}

/**
 * Joins an option with a value that starts with a dash, such as `--token-file -`, because yargs would treat the value
 * as an argument.
 */
function joinDash(word: string, position: number, words: readonly string[]): string[] {
  const takesNext = (at: number) => /^-(\d.*)?$/.test(words[at + 1] ?? "") && /^--[a-z-]+$/.test(words[at] ?? "");
  if (takesNext(position)) return [`${word}=${words[position + 1]}`];
  return takesNext(position - 1) ? [] : [word];
}

/** Options and arguments that yargs does not know; none if a required argument is missing. */
class UnknownArguments extends Error {
  readonly words: readonly string[];

  constructor(words: readonly string[]) {
    super(words.join(", "));
    this.words = words;
  }
}

async function describeProgram(onCall: (name: CommandName) => void) {
  // Loaded here, because help and version do not need it.
  const { default: yargs } = await import("yargs");
  // Without a directory, yargs reads the working directory, which may have been deleted.
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
    .options(yargsOptions(GLOBAL_OPTIONS))
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
          sub.positional(argument.name, { type: "string", array: argument.many ?? false });
        }
        return sub.options(yargsOptions(command.options));
      },
      handler: () => onCall(name),
    });
  }
  return parser;
}

/** Returns the argument as yargs writes it: ` <file>`, ` [contact..]`. */
function placeholder(argument: Argument | undefined): string {
  if (argument === undefined) return "";
  const name = `${argument.name}${argument.many ? ".." : ""}`;
  return argument.required ? ` <${name}>` : ` [${name}]`;
}

/**
 * Returns options for yargs. Values are read as text and repeated options are checked later: yargs' own arrays would
 * also take the following arguments.
 */
function yargsOptions(options: Options) {
  return Object.fromEntries(
    Object.entries(options).map(([key, { kind }]) => [
      optionName(key),
      // Hidden from yargs' own help, which would be rendered although it is never shown.
      { type: kind === "switch" ? ("boolean" as const) : ("string" as const), hidden: true },
    ]),
  );
}

function valuesIn(parsed: Readonly<Record<string, unknown>>, words: readonly string[], options: Options): GivenValues {
  const values = Object.entries(options).map(([key, { kind }]) => {
    const name = optionName(key);
    return [key, kind === "switch" ? switchValues(name, words) : listOf(parsed[name])] as const;
  });
  return new Map(values);
}

/** Returns the text that a switch was set to, because yargs reads everything except `true` as false. */
function switchValues(name: string, words: readonly string[]): string[] {
  return words.flatMap((word) => {
    if (word === `--${name}`) return ["true"];
    return word.startsWith(`--${name}=`) ? [word.slice(name.length + 3)] : [];
  });
}

function listOf(value: unknown): string[] {
  return [value].flat().flatMap((each) => (each === undefined ? [] : String(each)));
}

/** Returns an error for arguments that are neither a command, an option nor an expected argument. */
async function explainUnknown(unknown: readonly string[], words: readonly string[]): Promise<UsageError> {
  const name = commandNameIn(words);
  const command: Command | undefined = name && COMMANDS[name];
  const isOption = (word: string) => words.some((each) => each === `--${word}` || each.startsWith(`--${word}=`));
  // Options of an unknown command are unknown as well.
  const first = unknown.find((word) => name === undefined && !isOption(word)) ?? unknown[0];
  if (first === undefined) {
    return new UsageError(`Missing required argument ${argumentName(command?.argument)}`, usage(name));
  }
  const { suggest } = await import("../../src/model/suggest.ts");
  if (isOption(first)) {
    return new UsageError(`"--${first}" is not an option`, optionAdvice(first, name, suggest));
  }
  if (name !== undefined) return new UsageError(`Unexpected argument "${first}"`, usage(name));
  const advice = TERRAFORM_COMMANDS.get(first) ?? didYouMean(quoted(suggest(first, Object.keys(COMMANDS))), name);
  return new UsageError(`Unknown command "${first}"`, advice);
}

/** Names an option that is spelled like the unknown one, or the commands that have it. */
function optionAdvice(
  unknown: string,
  name: CommandName | undefined,
  suggest: (word: string, known: Iterable<string>) => string | undefined,
): string {
  const pointer = TERRAFORM_OPTIONS.get(unknown);
  if (pointer !== undefined) return pointer;
  const near = suggest(unknown, Object.keys(allOptions(name && COMMANDS[name])).map(optionName));
  const owners = Object.entries<Command>(COMMANDS).filter(([, { options }]) =>
    Object.keys(options).some((key) => optionName(key) === unknown),
  );
  if (near !== undefined || owners.length === 0) return didYouMean(near && `--${near}`, name);
  return `It is an option of ${owners.map(([owner]) => owner).join(", ")}. ${usage(name)}`;
}

function quoted(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `"${word}"`;
}

function didYouMean(near: string | undefined, name: CommandName | undefined): string {
  return `${near === undefined ? "" : `Did you mean ${near}? `}${usage(name)}`;
}

function usage(name: CommandName | undefined): string {
  return `Run 'front-contacts ${name === undefined ? "" : `${name} `}--help' for usage.`;
}
