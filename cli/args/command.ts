import { type Option, type Options, type RawValues, readOptions, type ValuesOf } from "./option.ts";
import { GLOBAL_OPTIONS, type SessionArgs } from "./shared-options.ts";

/** An argument after the command's name, such as FILE. */
export interface Argument {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly choices?: readonly string[];
  /** The kinds of values that shell completion suggests: IDs of recorded runs, paths of saved plans. */
  readonly completionKinds?: readonly ("runs" | "plans")[];
  readonly repeatable?: boolean;
}

export interface Command<A extends SessionArgs = SessionArgs> {
  readonly description: string;
  readonly options: Options;
  readonly argument?: Argument;
  /** True if the command line of another program may follow `--`. */
  readonly takesCommand?: boolean;
  /** The descriptions of examples, by command line. */
  readonly examples: Readonly<Record<string, string>>;
  /** Throws a `UsageError` if the command line is not valid. */
  readonly parse: (values: RawValues, positionals: Positionals) => A;
}

/** The arguments of a command line that are not options. */
export interface Positionals {
  readonly args: readonly string[];
  /** The command line of another program, which follows `--`. */
  readonly command: readonly string[] | undefined;
}

interface CommandDefinition<O extends Options, A extends SessionArgs> extends Omit<Command, "options" | "parse"> {
  readonly options: O;
  /** Throws a `UsageError` if options or arguments are missing or cannot be combined. */
  readonly toArgs: (values: ValuesOf<O> & ValuesOf<typeof GLOBAL_OPTIONS>, positionals: Positionals) => A;
}

/** Returns a command that also accepts the global options. */
export function defineCommand<O extends Options, A extends SessionArgs>({
  toArgs,
  ...command
}: CommandDefinition<O, A>): Command<A> {
  const options = { ...command.options, ...GLOBAL_OPTIONS };
  return { ...command, parse: (values, positionals) => toArgs(readOptions(options, values), positionals) };
}

export function allOptions(command: Command | undefined): Readonly<Record<string, Option<unknown>>> {
  return { ...command?.options, ...GLOBAL_OPTIONS };
}

export function argumentName(argument: Argument | undefined): string {
  return argument?.name.toUpperCase() ?? "";
}
