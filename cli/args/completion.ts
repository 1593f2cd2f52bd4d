import { allOptions, type Command } from "./command.ts";
import { COMMANDS, type CommandName, commandNameIn } from "./commands.ts";
import { flag, type Options, optionName } from "./option.ts";

const EVERYWHERE: Options = { help: flag("Show help"), version: flag("Show the version") };

/** Returns what the last word may become, for the words of a line without the program's name; empty to let the shell decide. */
export function complete(line: readonly string[]): string[] {
  const current = line.at(-1) ?? "";
  const earlier = line.slice(0, -1);
  const name = commandNameIn(earlier);
  const options = { ...allOptions(name && COMMANDS[name]), ...EVERYWHERE };
  if (awaitsValue(earlier.at(-1), options)) return [];
  const candidates = current.startsWith("-")
    ? optionsFor(options, earlier, current)
    : wordsFor(name, options, earlier, current);
  return candidates.filter((candidate) => candidate.startsWith(current));
}

function awaitsValue(word: string | undefined, options: Options): boolean {
  const name = /^--?([a-z-]+)$/.exec(word ?? "")?.[1];
  return Object.entries(options).some(([key, { kind }]) => optionName(key) === name && kind === "value");
}

function wordsFor(
  name: CommandName | undefined,
  options: Options,
  earlier: readonly string[],
  current: string,
): readonly string[] {
  if (name === undefined) return Object.keys(COMMANDS);
  const { argument }: Command = COMMANDS[name];
  const choices = argument?.choices ?? [];
  return earlier.at(-1) === name && choices.length > 0 ? choices : optionsFor(options, earlier, current);
}

/** With one dash for those who write one, without those that are there and may not be repeated. */
function optionsFor(options: Options, earlier: readonly string[], current: string): string[] {
  const dashes = /^-[a-z]/.test(current) ? "-" : "--";
  const given = new Set(earlier.map((word) => /^--?([a-z-]+)/.exec(word)?.[1]));
  return Object.entries(options)
    .filter(([key, { repeatable }]) => repeatable || !given.has(optionName(key)))
    .map(([key]) => `${dashes}${optionName(key)}`);
}
