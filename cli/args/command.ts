import { type GivenValues, type Option, type Options, readOptions, type ValuesOf } from "./option.ts";
import { GLOBAL_OPTIONS, type SessionArgs } from "./shared-options.ts";

/** An argument after the command's name, such as FILE. */
export interface Argument {
  readonly name: string;
  readonly required: boolean;
  readonly describe: string;
  readonly choices?: readonly string[];
  /** Kinds of saved files whose names shells also complete. */
  readonly saved?: readonly ("runs" | "plans")[];
  /** True if it may be repeated. */
  readonly many?: boolean;
}

/** A command: its help and completion, and the conversion of a command line to its arguments. */
export interface Command<A extends SessionArgs = SessionArgs> {
  readonly describe: string;
  readonly options: Options;
  readonly argument?: Argument;
  /** True if another command may follow `--`. */
  readonly takesCommand?: boolean;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Validates the command line completely. Throws a `UsageError`. */
  readonly parse: (given: GivenValues, rest: RestOfLine) => A;
}

/** The arguments of a command line, without its options. */
export interface RestOfLine {
  readonly args: readonly string[];
  /** The arguments after `--`, for a command that runs another one. */
  readonly command: readonly string[] | undefined;
}

interface CommandDefinition<O extends Options, A extends SessionArgs> extends Omit<Command, "options" | "parse"> {
  readonly options: O;
  /** Converts the options to the command's arguments, and rejects options that contradict each other. */
  readonly toArgs: (values: ValuesOf<O> & ValuesOf<typeof GLOBAL_OPTIONS>, rest: RestOfLine) => A;
}

export function defineCommand<O extends Options, A extends SessionArgs>({
  toArgs,
  ...command
}: CommandDefinition<O, A>): Command<A> {
  const options = { ...command.options, ...GLOBAL_OPTIONS };
  return { ...command, parse: (given, rest) => toArgs(readOptions(options, given), rest) };
}

/** Returns all options of a command, including the global ones. */
export function allOptions(command: Command | undefined): Readonly<Record<string, Option<unknown>>> {
  return { ...command?.options, ...GLOBAL_OPTIONS };
}

/** Returns the argument as help and messages write it, such as FILE. */
export function argumentName(argument: Argument | undefined): string {
  return argument?.name.toUpperCase() ?? "";
}
