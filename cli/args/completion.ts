import { allOptions, type Command } from "./command.ts";
import { COMMANDS, type CommandName, commandNameIn } from "./commands.ts";
import { type Options, optionName } from "./option.ts";
import { HELP_OPTIONS } from "./shared-options.ts";

/** Completions of arguments that depend on saved files. */
export interface SavedValues {
  /** Returns the ids of runs, latest first. */
  runs(contacts: string): readonly string[];
  /** Returns the paths of saved plans that begin with `start`. */
  plans(start: string): readonly string[];
}

/**
 * Returns completions of the last word of a command line, which does not include the program's name. Returns none where
 * the shell should complete file names.
 */
export function complete(line: readonly string[], saved: SavedValues): string[] {
  const current = line.at(-1) ?? "";
  const earlier = line.slice(0, -1);
  const name = commandNameIn(earlier);
  const options = { ...allOptions(name && COMMANDS[name]), ...HELP_OPTIONS };
  if (awaitsValue(earlier.at(-1), options)) return [];
  const values = name === undefined ? Object.keys(COMMANDS) : argumentsFor(name, { options, earlier, current, saved });
  const matching = current.startsWith("-") ? [] : values.filter((value) => value.startsWith(current));
  if (matching.length > 0 || name === undefined) return matching;
  return optionsFor(options, earlier, current).filter((option) => option.startsWith(current));
}

interface CompletionContext {
  readonly options: Options;
  /** The words before the current one. */
  readonly earlier: readonly string[];
  readonly current: string;
  readonly saved: SavedValues;
}

/** Returns the possible values of a command's argument; none if the command line already has the argument. */
function argumentsFor(name: CommandName, { options, earlier, current, saved }: CompletionContext): readonly string[] {
  const { argument }: Command = COMMANDS[name];
  const words = earlier.slice(earlier.indexOf(name) + 1);
  const hasArgument = words.some((word, index) => !word.startsWith("-") && !awaitsValue(words[index - 1], options));
  if (argument === undefined || hasArgument) return [];
  const kinds = argument.saved ?? [];
  return [
    ...(argument.choices ?? []),
    ...(kinds.includes("runs") ? runsFrom(saved.runs(directoryIn(earlier)), current) : []),
    ...(kinds.includes("plans") ? saved.plans(current) : []),
  ];
}

/** Returns the run ids. If the word can only begin the last part of an id, returns last parts, which also identify runs. */
function runsFrom(ids: readonly string[], current: string): readonly string[] {
  const isLastPart = /^[0-9a-f]{1,8}$/.test(current) && !ids.some((id) => id.startsWith(current));
  return isLastPart ? ids.map((id) => id.slice(id.lastIndexOf("-") + 1)) : ids;
}

function directoryIn(words: readonly string[]): string {
  const [, directory = "contacts"] = /(?:^|\n)--?contacts[=\n]([^\n]+)/.exec(words.join("\n")) ?? [];
  return directory;
}

function awaitsValue(word: string | undefined, options: Options): boolean {
  const name = /^--?([a-z-]+)$/.exec(word ?? "")?.[1];
  return Object.entries(options).some(([key, { kind }]) => optionName(key) === name && kind === "value");
}

/**
 * Returns the options that may follow, with one dash if `current` has one dash. Omits options that were used and may not
 * be repeated.
 */
function optionsFor(options: Options, earlier: readonly string[], current: string): string[] {
  const dashes = /^-[a-z]/.test(current) ? "-" : "--";
  const used = new Set(earlier.map((word) => /^--?([a-z-]+)/.exec(word)?.[1]));
  return Object.entries(options)
    .filter(([key, { repeatable }]) => repeatable || !used.has(optionName(key)))
    .map(([key]) => `${dashes}${optionName(key)}`);
}
