import yargs from "yargs";
import { UsageError } from "../process-io.ts";
import { type Argument, allOptions, type Command } from "./command.ts";
import { type ArgsByCommand, COMMANDS, type CommandName, commandNameIn } from "./commands.ts";
import { complete } from "./completion.ts";
import { COMPLETION_REQUEST } from "./completion-scripts.ts";
import { type GivenValues, type Options, optionName } from "./option.ts";
import { GLOBAL_OPTIONS } from "./shared-options.ts";

/** The meaning of a command line. */
export type CommandLine =
  | { readonly kind: "command"; readonly name: CommandName; readonly args: ArgsByCommand[CommandName] }
  /** Help, version or completions, to be printed as it is. */
  | { readonly kind: "text"; readonly text: string };

export interface ParseOptions {
  readonly version: string;
  /** Columns of the terminal. */
  readonly width: number;
}

/** Parses and validates the command line. Throws a `UsageError`. Prints nothing. */
export async function parseArgs(argv: readonly string[], options: ParseOptions): Promise<CommandLine> {
  if (argv[0] === COMPLETION_REQUEST) {
    const offered = complete(argv.slice(1));
    return { kind: "text", text: offered.map((word) => `${word}\n`).join("") };
  }
  const { own, command } = splitCommand(helpAsOption(argv));
  const words = withoutSeparator(own.map(twoDashes).flatMap(joinDash));
  let called: CommandName | undefined;
  let text = "";
  const parser = describeProgram(options, (found) => {
    called = found;
  });
  let parsed: Readonly<Record<string, unknown>>;
  try {
    parsed = await parser.parseAsync(words, {}, (_error, _parsed, output) => {
      text = output;
    });
  } catch (error) {
    throw error instanceof UnknownWord ? await explainUnknown(error.message, words) : error;
  }
  if (text !== "") return { kind: "text", text: `${text}\n` };
  if (called === undefined) return { kind: "text", text: `${await parser.getHelp()}\n` };
  const definition: Command<ArgsByCommand[CommandName]> = COMMANDS[called];
  const { argument } = definition;
  const args = argument === undefined ? [] : listOf(parsed[argument.name]);
  if (args.includes("")) throw new UsageError(`${argumentName(argument)} is empty`, "Leave it out, or give a value.");
  const given = valuesIn(parsed, words, allOptions(definition));
  return { kind: "command", name: called, args: definition.parse(given, { args, command }) };
}

/** `help`, `help COMMAND` and `version` mean `--help`, `COMMAND --help` and `--version`. */
function helpAsOption(words: readonly string[]): readonly string[] {
  const [first, second] = words;
  if (first === "version" && second === undefined) return ["--version"];
  if (first !== "help") return words;
  const isKnown = second === undefined || commandNameIn([second]) !== undefined;
  return isKnown ? [...words.slice(1), "--help"] : words.slice(1);
}

/** Splits off the words after `--`, which are another command's line, for a command that runs one. */
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

/** Terraform's spelling: `-auto-approve`. A single letter stays, and so does what follows `--`. */
function twoDashes(word: string, position: number, words: readonly string[]): string {
  const separator = words.indexOf("--");
  if (separator !== -1 && position > separator) return word;
  return /^-[a-z][a-z-]+(=.*)?$/.test(word) ? `-${word}` : word;
}

/** Makes the words after `--` arguments, whatever they look like; yargs would drop them. */
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

/** `--token-file -` means standard input, and -5 may be a value; yargs would take either for an argument. */
function joinDash(word: string, position: number, words: readonly string[]): string[] {
  const takesNext = (at: number) => /^-(\d.*)?$/.test(words[at + 1] ?? "") && /^--[a-z-]+$/.test(words[at] ?? "");
  if (takesNext(position)) return [`${word}=${words[position + 1]}`];
  return takesNext(position - 1) ? [] : [word];
}

/** An option or argument that yargs does not know. The message is its name. */
class UnknownWord extends Error {}

function describeProgram({ version, width }: ParseOptions, onCall: (name: CommandName) => void) {
  // Without a directory, yargs asks for the working directory, which may have been deleted.
  const parser = yargs([], "/")
    .scriptName("front-contacts")
    .usage("Usage: $0 COMMAND [options]\n\nTerraform for the contacts of a Front company.")
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
    .group([...Object.keys(yargsOptions(GLOBAL_OPTIONS)), "help", "version"], "Global options:")
    .strict()
    .version("version", "Show the version", version)
    .alias("version", "v")
    .help("help", "Show help")
    .alias("help", "h")
    .wrap(Math.min(width, 120))
    .updateStrings({ "Commands:": "Commands:", "Positionals:": "Arguments:" })
    .epilog("Run 'front-contacts COMMAND --help' for the options of a command.")
    .fail((message, error) => {
      const [, unknown] = /^Unknown arguments?: ([^,]+)/.exec(message ?? "") ?? [];
      if (unknown !== undefined) throw new UnknownWord(unknown);
      if (message?.startsWith("Not enough non-option")) throw new UnknownWord("");
      throw message ? new UsageError(message.split("\n")[0] ?? message, usage(undefined)) : error;
    });
  for (const [name, command] of Object.entries(COMMANDS) as [CommandName, Command][]) {
    const { argument } = command;
    parser.command({
      command: `${name}${placeholder(argument)}`,
      describe: command.describe,
      builder: (sub) => {
        for (const [line, meaning] of command.examples) sub.example(line, meaning);
        const rest = command.takesCommand ? " [-- COMMAND ARGUMENT..]" : "";
        sub.usage(`Usage: $0 ${name} [options]${placeholder(argument).toUpperCase()}${rest}\n\n${command.describe}`);
        if (argument !== undefined) {
          sub.positional(argument.name, { type: "string", describe: argument.describe, array: argument.many ?? false });
        }
        const options = yargsOptions(command.options);
        return sub.options(options).group(Object.keys(options), "Options:").epilog("");
      },
      handler: () => onCall(name),
    });
  }
  return parser;
}

/** The argument as yargs and usage lines write it: ` <file>`, ` [contact..]`. */
function placeholder(argument: Argument | undefined): string {
  if (argument === undefined) return "";
  const name = `${argument.name}${argument.many ? ".." : ""}`;
  return argument.required ? ` <${name}>` : ` [${name}]`;
}

function argumentName(argument: Argument | undefined): string {
  return argument?.name.toUpperCase() ?? "";
}

/** Values are read as text and repeated options are checked later: yargs' own arrays would take the following words as well. */
function yargsOptions(options: Options) {
  return Object.fromEntries(
    Object.entries(options).map(([key, { kind, describe }]) => [
      optionName(key),
      { type: kind === "switch" ? ("boolean" as const) : ("string" as const), describe },
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

/** Returns what a switch was set to, as written: yargs takes everything but `true` for false. */
function switchValues(name: string, words: readonly string[]): string[] {
  return words.flatMap((word) => {
    if (word === `--${name}`) return ["true"];
    return word.startsWith(`--${name}=`) ? [word.slice(name.length + 3)] : [];
  });
}

function listOf(value: unknown): string[] {
  return [value].flat().flatMap((each) => (each === undefined ? [] : String(each)));
}

/** Explains a word that is neither a command, an option nor an argument. Near misses are looked up in the engine, loaded only now. */
async function explainUnknown(unknown: string, words: readonly string[]): Promise<UsageError> {
  const name = commandNameIn(words);
  const command: Command | undefined = name && COMMANDS[name];
  if (unknown === "")
    return new UsageError(`Missing required argument ${argumentName(command?.argument)}`, usage(name));
  const { suggest } = await import("../../src/internal.ts");
  const isOption = words.some((word) => word === `--${unknown}` || word.startsWith(`--${unknown}=`));
  if (isOption) {
    const near = suggest(unknown, Object.keys(allOptions(command)).map(optionName));
    return new UsageError(`Unknown option --${unknown}`, didYouMean(near && `--${near}`, name));
  }
  if (name !== undefined) return new UsageError(`Unexpected argument "${unknown}"`, usage(name));
  const near = suggest(unknown, Object.keys(COMMANDS));
  return new UsageError(`Unknown command "${unknown}"`, didYouMean(near && `"${near}"`, name));
}

function didYouMean(near: string | undefined, name: CommandName | undefined): string {
  return `${near === undefined ? "" : `Did you mean ${near}? `}${usage(name)}`;
}

function usage(name: CommandName | undefined): string {
  return `Run 'front-contacts ${name === undefined ? "" : `${name} `}--help' for usage.`;
}
