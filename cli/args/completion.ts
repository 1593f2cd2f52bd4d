import { COMMANDS, type CommandDefinition, GLOBAL_OPTIONS, type OptionDefinition } from "./command-definitions.ts";

const EVERYWHERE: Readonly<Record<string, OptionDefinition>> = {
  ...GLOBAL_OPTIONS,
  help: { type: "boolean", describe: "" },
  version: { type: "boolean", describe: "" },
};

/** What the last word may become, out of the words of a line without the program's name. Nothing: the shell's own. */
export function complete(line: readonly string[]): string[] {
  const current = line.at(-1) ?? "";
  const earlier = line.slice(0, -1);
  const verb = COMMANDS.find(({ name }) => earlier.includes(name));
  const flags = { ...EVERYWHERE, ...verb?.flags };
  if (awaitsValue(earlier.at(-1), flags)) return [];
  const candidates = current.startsWith("-") ? spelt(flags, earlier, current) : wordsFor(verb, flags, earlier, current);
  return candidates.filter((candidate) => candidate.startsWith(current));
}

function awaitsValue(word: string | undefined, flags: Readonly<Record<string, OptionDefinition>>): boolean {
  const name = /^--?([a-z-]+)$/.exec(word ?? "")?.[1];
  const type = name === undefined ? undefined : flags[name]?.type;
  return type !== undefined && type !== "boolean";
}

function wordsFor(
  verb: CommandDefinition | undefined,
  flags: Readonly<Record<string, OptionDefinition>>,
  earlier: readonly string[],
  current: string,
): readonly string[] {
  if (verb === undefined) return COMMANDS.map(({ name }) => name);
  const choices = verb.word?.choices ?? [];
  return earlier.at(-1) === verb.name && choices.length > 0 ? choices : spelt(flags, earlier, current);
}

/** With one dash for those who write one, without those that are there and may not come twice. */
function spelt(
  flags: Readonly<Record<string, OptionDefinition>>,
  earlier: readonly string[],
  current: string,
): string[] {
  const dashes = /^-[a-z]/.test(current) ? "-" : "--";
  const given = new Set(earlier.map((word) => /^--?([a-z-]+)/.exec(word)?.[1]));
  return Object.entries(flags)
    .filter(([name, { type }]) => type === "strings" || !given.has(name))
    .map(([name]) => `${dashes}${name}`);
}
