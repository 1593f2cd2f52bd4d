import yargs from "yargs";
import { type Given, UsageError } from "../process-io.ts";
import {
  COMMANDS,
  type CommandDefinition,
  GLOBAL_OPTIONS,
  type OptionDefinition,
  type Positional,
} from "./command-definitions.ts";
import { complete } from "./completion.ts";
import { COMPLETION_REQUEST } from "./completion-scripts.ts";

/** What the words on the command line come down to. */
export type Command =
  | { readonly kind: "verb"; readonly verb: CommandDefinition; readonly given: Given }
  /** Help, version or completions, to be printed as it is. */
  | { readonly kind: "text"; readonly text: string };

/** Understands the command line, or throws a `UsageError`. Prints nothing. */
export async function parseArgs(words: readonly string[], version: string): Promise<Command> {
  if (words[0] === COMPLETION_REQUEST) {
    return {
      kind: "text",
      text: complete(words.slice(1))
        .map((word) => `${word}\n`)
        .join(""),
    };
  }
  const { own, command } = splitCommand(words);
  let verb: CommandDefinition | undefined;
  let text = "";
  const parser = describeProgram(version, (called) => {
    verb = called;
  });
  const spelt = withoutSeparator(own.map(twoDashes).flatMap(joinDash));
  const given = await understand(spelt, () =>
    parser.parseAsync(spelt, {}, (_error, _given, output) => {
      text = output;
    }),
  );
  if (text !== "") return { kind: "text", text: `${text}\n` };
  if (verb === undefined) return { kind: "text", text: `${await parser.getHelp()}\n` };
  const flags = { ...GLOBAL_OPTIONS, ...verb.flags };
  mustBeTrueOrFalse(spelt, flags);
  mustBeNumbers(spelt, flags);
  return { kind: "verb", verb, given: { ...checked(verb, given), ...(command === undefined ? {} : { command }) } };
}

/** What follows `--` belongs to another program where the command takes one. */
function splitCommand(words: readonly string[]): {
  readonly own: readonly string[];
  readonly command: readonly string[] | undefined;
} {
  const at = words.indexOf("--");
  const own = at === -1 ? words : words.slice(0, at);
  const verb = own.map((word) => COMMANDS.find(({ name }) => name === word)).find((found) => found !== undefined);
  return at !== -1 && verb?.takesCommand === true
    ? { own, command: words.slice(at + 1) }
    : { own: words, command: undefined };
}

/** The engine, which knows near misses, is loaded only when there is one to find. */
async function understand<T>(words: readonly string[], parse: () => Promise<T>): Promise<T> {
  try {
    return await parse();
  } catch (error) {
    const [, unknown] = (error instanceof UsageError && /^Unknown arguments?: ([^,]+)/.exec(error.message)) || [];
    if (unknown === undefined) throw error;
    const { explainUnknown } = await import("./unknown-argument.ts");
    throw explainUnknown(unknown, words);
  }
}

/** yargs takes everything but `true` for false, so `--dry-run=yes` would apply. */
function mustBeTrueOrFalse(words: readonly string[], flags: Readonly<Record<string, OptionDefinition>>): void {
  for (const word of words) {
    const [, name = "", value = ""] = /^--([a-z-]+)=(.*)$/.exec(word) ?? [];
    if (flags[name]?.type !== "boolean" || value === "true" || value === "false") continue;
    throw new UsageError(`${word} is neither true nor false`, `Write --${name}, --${name}=true or --${name}=false.`);
  }
}

/** yargs takes nothing for the number 0, and a script's variable may be empty. */
function mustBeNumbers(words: readonly string[], flags: Readonly<Record<string, OptionDefinition>>): void {
  for (const [position, word] of words.entries()) {
    const [, name = "", value = words[position + 1]] = /^--([a-z-]+)(?:=(.*))?$/.exec(word) ?? [];
    if (flags[name]?.type !== "number" || value?.trim() !== "") continue;
    throw new UsageError(`--${name} needs a number`, `Write --${name}=…`);
  }
}

/** Terraform's fingers write `-auto-approve`. A single letter stays what it is, and so does what follows `--`. */
function twoDashes(word: string, position: number, words: readonly string[]): string {
  const rest = words.indexOf("--");
  if (rest !== -1 && position > rest) return word;
  return /^-[a-z][a-z-]+(=.*)?$/.test(word) ? `-${word}` : word;
}

/** What follows `--` is no flag, whatever it looks like; yargs would forget it. */
function withoutSeparator(words: readonly string[]): string[] {
  const at = words.indexOf("--");
  if (at === -1) return [...words];
  const rest = words.slice(at + 1);
  const flag = rest.find((word) => word.startsWith("-"));
  if (flag === undefined) return [...words.slice(0, at), ...rest];
  throw new UsageError(
    `${flag} stands behind --, and is no flag there`,
    "Write flags before --, and a file as ./NAME.",
  );
}

/** `--token-file -` names standard input, and -5 may be a value; yargs would take either for a word of its own. */
function joinDash(word: string, position: number, words: readonly string[]): string[] {
  const takesNext = (at: number) => /^-(\d.*)?$/.test(words[at + 1] ?? "") && /^--[a-z-]+$/.test(words[at] ?? "");
  if (takesNext(position)) return [`${word}=${words[position + 1]}`];
  return takesNext(position - 1) ? [] : [word];
}

function describeProgram(version: string, onCall: (verb: CommandDefinition) => void) {
  // Without a directory, yargs asks for the working directory, which may have been deleted.
  const parser = yargs([], "/")
    .scriptName("front-contacts")
    .usage("$0 VERB [flags]\n\nTerraform for the contacts of a Front company.")
    .locale("en")
    .exitProcess(false)
    .showHelpOnFail(false)
    .parserConfiguration({ "dot-notation": false, "boolean-negation": false, "camel-case-expansion": false })
    .options(optionsOf(GLOBAL_OPTIONS))
    .strict()
    .version(version)
    .help()
    .wrap(100)
    .epilog(
      "Asks Front with --token-file, FRONT_API_TOKEN or front-contacts login. Every verb explains itself: front-contacts plan --help",
    )
    .fail((message, error) => {
      const help = "Run front-contacts --help to see what there is.";
      if (message?.startsWith("Not enough non-option")) throw new UsageError("A word is missing behind the verb", help);
      throw message ? new UsageError(message.split("\n")[0] ?? message, help) : error;
    });
  for (const verb of COMMANDS) {
    parser.command({
      command: `${verb.name}${placeOf(verb.word)}`,
      describe: verb.describe,
      builder: (sub) => {
        for (const [words, meaning] of verb.examples) sub.example(words, meaning);
        if (verb.takesCommand) sub.usage(`$0 ${verb.name} [options] [-- COMMAND ARGUMENT..]\n\n${verb.describe}`);
        if (verb.word !== undefined) {
          const { name, describe, many = false } = verb.word;
          sub.positional(name, { type: "string", describe, array: many });
        }
        return sub.options(optionsOf(verb.flags));
      },
      handler: () => onCall(verb),
    });
  }
  return parser;
}

function placeOf(word: Positional | undefined): string {
  if (word === undefined) return "";
  const name = `${word.name}${word.many ? ".." : ""}`;
  return word.required ? ` <${name}>` : ` [${name}]`;
}

/** A flag that may be repeated is none of yargs' arrays: those would take the words that follow as well. */
function optionsOf(flags: Readonly<Record<string, OptionDefinition>>) {
  const entries = Object.entries(flags).map(
    ([name, { type, describe }]) => [name, { type: type === "strings" ? "string" : type, describe }] as const,
  );
  return Object.fromEntries(entries);
}

/** yargs turns a repeated flag into a list and a mistyped number into NaN; both would silently mean something else. */
function checked(verb: CommandDefinition, given: Readonly<Record<string, unknown>>): Given {
  const word: Readonly<Record<string, OptionDefinition>> = verb.word
    ? { [verb.word.name]: { type: verb.word.many ? "strings" : "string", describe: "" } }
    : {};
  const flags = { ...GLOBAL_OPTIONS, ...verb.flags, ...word };
  return Object.fromEntries(
    Object.entries(flags)
      .map(([name, { type }]) => [name, given[name], type] as const)
      .filter(([, value]) => value !== undefined)
      .map(([name, value, type]) => [name, checkedValue(name in word ? name.toUpperCase() : `--${name}`, value, type)]),
  );
}

function checkedValue(name: string, value: unknown, type: OptionDefinition["type"]): Exclude<Given[string], undefined> {
  if (type === "strings") return [value].flat().map((each) => String(checkedValue(name, each, "string")));
  if (Array.isArray(value)) throw new UsageError(`${name} is given more than once`, "Give it once.");
  if (type === "number" && typeof value === "number" && Number.isFinite(value)) return value;
  if (type === "string" && typeof value === "string" && value !== "") return value;
  if (type === "boolean" && typeof value === "boolean") return value;
  const advice = name.startsWith("--") ? `Write ${name}=…` : "Name one, or leave it out.";
  throw new UsageError(`${name} needs a ${type === "number" ? "number" : "value"}`, advice);
}
