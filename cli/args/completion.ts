import { allOptions, type Command } from "./command.ts";
import { COMMANDS, type CommandName, commandNameIn } from "./commands.ts";
import { type Option, type Options, optionName } from "./option.ts";
import { HELP_OPTIONS } from "./shared-options.ts";

export interface CompletionSource {
  /** Returns the IDs of runs, latest first. */
  runs(contacts: string): readonly string[];
  /** Returns the paths of saved plans that begin with `start`. */
  plans(start: string): readonly string[];
}

/**
 * Returns the completions of the last word of `line`, which is a command line without the program's name. Returns none
 * if the shell should complete file names.
 */
export function complete(line: readonly string[], source: CompletionSource): string[] {
  const words = joinAtEqualsSigns(line);
  const completions = completeJoined(words, source);
  // bash splits the word, and replaces only the part after the equals sign.
  return line.at(-1) === words.at(-1) ? completions : completions.map(withoutOption);
}

function completeJoined(words: readonly string[], source: CompletionSource): string[] {
  const currentWord = words.at(-1) ?? "";
  const previousWords = words.slice(0, -1);
  const name = commandNameIn(previousWords);
  const options = { ...allOptions(name && COMMANDS[name]), ...HELP_OPTIONS };
  const joinedValues = joinedValuesFor(currentWord, options);
  if (joinedValues !== undefined) return joinedValues;
  const valueOption = optionBeforeValue(previousWords.at(-1), options);
  if (valueOption !== undefined) return (valueOption.choices ?? []).filter((choice) => choice.startsWith(currentWord));
  const values =
    name === undefined ? Object.keys(COMMANDS) : argumentsFor(name, { options, previousWords, currentWord, source });
  const matches = currentWord.startsWith("-") ? [] : values.filter((value) => value.startsWith(currentWord));
  if (matches.length > 0 || name === undefined) return matches;
  return optionsFor(options, previousWords, currentWord).filter((option) => option.startsWith(currentWord));
}

/** Joins an option with its value if bash split them at the equals sign: `--format=text` arrives as three words. */
function joinAtEqualsSigns(line: readonly string[]): readonly string[] {
  const isSign = (at: number) => line[at] === "=" && /^--?[a-z-]+$/.test(line[at - 1] ?? "");
  return line.flatMap((word, at) => {
    if (isSign(at) || isSign(at - 1)) return [];
    return [isSign(at + 1) ? `${word}=${line[at + 2] ?? ""}` : word];
  });
}

/** Returns completions such as `--refresh=lookup` for `--refresh=l`; undefined if the word is not of this form. */
function joinedValuesFor(word: string, options: Options): string[] | undefined {
  const [start, name] = /^(--?[a-z-]+)=/.exec(word) ?? [];
  if (start === undefined) return undefined;
  const choices = optionBeforeValue(name, options)?.choices ?? [];
  return choices.map((choice) => `${start}${choice}`).filter((joined) => joined.startsWith(word));
}

function withoutOption(joined: string): string {
  return joined.slice(joined.indexOf("=") + 1);
}

interface CompletionContext {
  readonly options: Options;
  readonly previousWords: readonly string[];
  readonly currentWord: string;
  readonly source: CompletionSource;
}

/** Returns the possible values of a command's argument; none if the command line already contains the argument. */
function argumentsFor(
  name: CommandName,
  { options, previousWords, currentWord, source }: CompletionContext,
): readonly string[] {
  const { argument }: Command = COMMANDS[name];
  const words = previousWords.slice(previousWords.indexOf(name) + 1);
  const hasArgument = words.some(
    (word, index) => !word.startsWith("-") && optionBeforeValue(words[index - 1], options) === undefined,
  );
  if (argument === undefined || hasArgument) return [];
  const kinds = argument.completionKinds ?? [];
  return [
    ...(argument.choices ?? []),
    ...(kinds.includes("runs") ? runCompletions(source.runs(directoryIn(previousWords)), currentWord) : []),
    ...(kinds.includes("plans") ? source.plans(currentWord) : []),
  ];
}

/**
 * Returns the completions for a run: full IDs, or only their last parts if `currentWord` consists of up to 8
 * hexadecimal digits and no ID begins with it. Both forms identify a run.
 */
function runCompletions(ids: readonly string[], currentWord: string): readonly string[] {
  const isLastPart = /^[0-9a-f]{1,8}$/.test(currentWord) && !ids.some((id) => id.startsWith(currentWord));
  return isLastPart ? ids.map((id) => id.slice(id.lastIndexOf("-") + 1)) : ids;
}

function directoryIn(words: readonly string[]): string {
  const [, directory = "contacts"] = /(?:^|\n)--?contacts[=\n]([^\n]+)/.exec(words.join("\n")) ?? [];
  return directory;
}

/** Returns the option that a word names, if the next word is its value. */
function optionBeforeValue(word: string | undefined, options: Options): Option<unknown> | undefined {
  const name = /^--?([a-z-]+)$/.exec(word ?? "")?.[1];
  const [, option] = Object.entries(options).find(([key]) => optionName(key) === name) ?? [];
  return option?.kind === "value" ? option : undefined;
}

/**
 * Returns the options that may follow, with one dash if `currentWord` begins with one dash and a letter. Omits options
 * that are already set and not repeatable.
 */
function optionsFor(options: Options, previousWords: readonly string[], currentWord: string): string[] {
  const dashes = /^-[a-z]/.test(currentWord) ? "-" : "--";
  const usedNames = new Set(previousWords.map((word) => /^--?([a-z-]+)/.exec(word)?.[1]));
  return Object.entries(options)
    .filter(([key, { repeatable }]) => repeatable || !usedNames.has(optionName(key)))
    .map(([key]) => `${dashes}${optionName(key)}`);
}
