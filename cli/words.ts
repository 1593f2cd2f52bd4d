import yargs from "yargs";
import { type Given, UsageError } from "./io.ts";
import { type Flag, GLOBAL_FLAGS, VERBS, type Verb } from "./verbs.ts";

/** What the words on the command line come down to. */
export type Command =
  | { readonly kind: "verb"; readonly verb: Verb; readonly given: Given }
  /** Help or version, to be printed as it is. */
  | { readonly kind: "text"; readonly text: string };

/** Understands the command line, or throws a `UsageError`. Prints nothing. */
export async function parseWords(words: readonly string[], version: string): Promise<Command> {
  let verb: Verb | undefined;
  let text = "";
  const parser = describeProgram(version, (called) => {
    verb = called;
  });
  const given = await parser.parseAsync(words.map(twoDashes), {}, (_error, _given, output) => {
    text = output;
  });
  if (text !== "") return { kind: "text", text: `${text}\n` };
  if (verb === undefined) return { kind: "text", text: `${await parser.getHelp()}\n` };
  return { kind: "verb", verb, given: checked(verb, given) };
}

/** Terraform's fingers write `-auto-approve`. A single letter stays what it is, and so does what follows `--`. */
function twoDashes(word: string, position: number, words: readonly string[]): string {
  const rest = words.indexOf("--");
  if (rest !== -1 && position > rest) return word;
  return /^-[a-z][a-z-]+(=.*)?$/.test(word) ? `-${word}` : word;
}

function describeProgram(version: string, onCall: (verb: Verb) => void) {
  const parser = yargs()
    .scriptName("front-contacts")
    .usage("$0 VERB [flags]\n\nTerraform for the contacts of a Front company.")
    .locale("en")
    .exitProcess(false)
    .showHelpOnFail(false)
    .parserConfiguration({ "dot-notation": false, "boolean-negation": false, "camel-case-expansion": false })
    .options(optionsOf(GLOBAL_FLAGS))
    .strict()
    .version(version)
    .help()
    .wrap(100)
    .epilog("Reads FRONT_API_TOKEN, and FRONT_API_URL if set. Every verb explains itself: front-contacts plan --help")
    .fail((message, error) => {
      const help = "Run front-contacts --help to see what there is.";
      throw message ? new UsageError(message.split("\n")[0] ?? message, help) : error;
    });
  for (const verb of VERBS) {
    parser.command({
      command: verb.name,
      describe: verb.describe,
      builder: (sub) => {
        for (const [words, meaning] of verb.examples) sub.example(words, meaning);
        return sub.options(optionsOf(verb.flags));
      },
      handler: () => onCall(verb),
    });
  }
  return parser;
}

/** A flag that may be repeated is none of yargs' arrays: those would take the words that follow as well. */
function optionsOf(flags: Readonly<Record<string, Flag>>) {
  const entries = Object.entries(flags).map(
    ([name, { type, describe }]) => [name, { type: type === "strings" ? "string" : type, describe }] as const,
  );
  return Object.fromEntries(entries);
}

/** yargs turns a repeated flag into a list and a mistyped number into NaN; both would silently mean something else. */
function checked(verb: Verb, given: Readonly<Record<string, unknown>>): Given {
  const flags = { ...GLOBAL_FLAGS, ...verb.flags };
  return Object.fromEntries(
    Object.entries(flags)
      .map(([name, { type }]) => [name, given[name], type] as const)
      .filter(([, value]) => value !== undefined)
      .map(([name, value, type]) => [name, checkedValue(name, value, type)]),
  );
}

function checkedValue(name: string, value: unknown, type: Flag["type"]): Exclude<Given[string], undefined> {
  if (type === "strings") return [value].flat().map((each) => String(checkedValue(name, each, "string")));
  if (Array.isArray(value)) throw new UsageError(`--${name} is given more than once`, "Give it once.");
  if (type === "number" && typeof value === "number" && Number.isFinite(value)) return value;
  if (type === "string" && typeof value === "string" && value !== "") return value;
  if (type === "boolean" && typeof value === "boolean") return value;
  throw new UsageError(`--${name} needs a ${type === "number" ? "number" : "value"}`, `Write --${name}=…`);
}
