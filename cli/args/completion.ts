import { allOptions, type Command } from "./command.ts";
import { COMMANDS, type CommandName, commandNameIn } from "./commands.ts";
import { flag, type Options, optionName } from "./option.ts";

const EVERYWHERE: Options = { help: flag("Show help"), version: flag("Show the version") };

/** Completions of arguments that depend on saved files. */
export interface SavedValues {
  /** Returns the ids of runs, latest first. */
  runs(contacts: string): readonly string[];
  /** Returns the paths of saved plans that begin with `start`. */
  plans(start: string): readonly string[];
}

/**
 * Returns the completions of the last word of a command line, which is given without the program's name; empty to let
 * the shell decide.
 */
export function complete(line: readonly string[], saved: SavedValues): string[] {
  const current = line.at(-1) ?? "";
  const earlier = line.slice(0, -1);
  const name = commandNameIn(earlier);
  const options = { ...allOptions(name && COMMANDS[name]), ...EVERYWHERE };
  if (awaitsValue(earlier.at(-1), options)) return [];
  const values = name === undefined ? Object.keys(COMMANDS) : argumentsFor(name, { options, earlier, current, saved });
  const found = current.startsWith("-") ? [] : values.filter((value) => value.startsWith(current));
  if (found.length > 0 || name === undefined) return [...found];
  return optionsFor(options, earlier, current).filter((option) => option.startsWith(current));
}

interface Line {
  readonly options: Options;
  readonly earlier: readonly string[];
  readonly current: string;
  readonly saved: SavedValues;
}

/** Returns the values that a command's argument may have; none if the line already contains the argument. */
function argumentsFor(name: CommandName, { options, earlier, current, saved }: Line): readonly string[] {
  const { argument }: Command = COMMANDS[name];
  const rest = earlier.slice(earlier.indexOf(name) + 1);
  const isGiven = rest.some((word, index) => !word.startsWith("-") && !awaitsValue(rest[index - 1], options));
  if (argument === undefined || isGiven) return [];
  const kinds = argument.saved ?? [];
  return [
    ...(argument.choices ?? []),
    ...(kinds.includes("runs") ? runsFrom(saved.runs(directoryIn(earlier)), current) : []),
    ...(kinds.includes("plans") ? saved.plans(current) : []),
  ];
}

/**
 * Returns the run ids, or only the last part of each if the word is the beginning of one: that part also identifies the
 * run, and is shorter to type.
 */
function runsFrom(ids: readonly string[], current: string): readonly string[] {
  const isEnd = /^[0-9a-f]{1,8}$/.test(current) && !ids.some((id) => id.startsWith(current));
  return isEnd ? ids.map((id) => id.slice(id.lastIndexOf("-") + 1)) : ids;
}

function directoryIn(words: readonly string[]): string {
  const found = /(?:^|\n)--?contacts[=\n]([^\n]+)/.exec(words.join("\n"));
  return found?.[1] ?? "contacts";
}

function awaitsValue(word: string | undefined, options: Options): boolean {
  const name = /^--?([a-z-]+)$/.exec(word ?? "")?.[1];
  return Object.entries(options).some(([key, { kind }]) => optionName(key) === name && kind === "value");
}

/**
 * Returns the options that may follow, with one dash if `current` has one. Options that are given and not repeatable
 * are omitted.
 */
function optionsFor(options: Options, earlier: readonly string[], current: string): string[] {
  const dashes = /^-[a-z]/.test(current) ? "-" : "--";
  const given = new Set(earlier.map((word) => /^--?([a-z-]+)/.exec(word)?.[1]));
  return Object.entries(options)
    .filter(([key, { repeatable }]) => repeatable || !given.has(optionName(key)))
    .map(([key]) => `${dashes}${optionName(key)}`);
}
