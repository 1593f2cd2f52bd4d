import { posix } from "node:path";
import { byLocation, type Diagnostic, type Plan, type Remedy } from "../../src/internal.ts";
import type { CommandName } from "../args/commands.ts";
import { shellQuote } from "./text.ts";

/** The options or the command for each remedy. `contacts` is the contacts directory. */
const REMEDY_COMMANDS: {
  readonly [K in Remedy["kind"]]: (remedy: Extract<Remedy, { readonly kind: K }>, contacts: string) => string;
} = {
  "accept-fewer-contacts": () => "--accept-shrink",
  "allow-changes": ({ count }) => `--allow-changes ${count}`,
  "allow-duration": () => "--max-duration DURATION, or create a smaller plan with --target ADDRESS",
  "allow-removals": ({ count }) => `--allow-removals ${count}`,
  "allow-requests": ({ count }) => `--max-requests ${count}, or create a smaller plan with --target ADDRESS`,
  "choose-directory": () => "--contacts DIRECTORY",
  "compare-with-base": () => "--base REV",
  "create-configuration": (_, contacts) =>
    `${quotedCommand("init", contacts)} or ${quotedCommand("import", contacts, "--all")}`,
  "create-plan": (_, contacts) => quotedCommand("plan", contacts, "--out FILE"),
  "exclude-resource": ({ address }) => `--exclude ${shellQuote(address)}`,
  "import-contacts": (_, contacts) =>
    `${quotedCommand("import", contacts, "--list NAME")} or ${quotedCommand("import", contacts, "--all")}`,
  "import-elsewhere": (_, contacts) => {
    const directory = posix.join(contacts, "imported");
    return `--to ${shellQuote(`${directory}/people.yaml`)} or, with --split, --to ${shellQuote(directory)}`;
  },
  initialize: (_, contacts) => `${quotedCommand("init", contacts)}, or use --contacts DIRECTORY`,
  "inspect-contacts": (_, contacts) => quotedCommand("whoami", contacts, "--check"),
  "limit-requests": () => "--max-requests N",
  "list-runs": (_, contacts) => quotedCommand("history", contacts),
  "map-columns": ({ mapping = "name=Name,email=Email", separator }) => mapOptions(mapping, separator),
  "move-handles": () => "--allow-handle-moves",
  "overwrite-changes": () => "plan or apply again with --overwrite",
  "pipe-token": () => "--token-file -",
  "read-all-contacts": () => "--refresh scan",
  "repeat-undo": ({ run, changes, removals, overwrite, detached }, contacts) => {
    const allowed = [
      ...(changes === undefined ? [] : [`--allow-changes ${changes}`]),
      ...(removals === undefined ? [] : [`--allow-removals ${removals}`]),
    ];
    const options = [
      ...allowed,
      ...overwrite.map((address) => `--overwrite ${shellQuote(address)}`),
      ...(detached ? ["--detached"] : []),
    ];
    return quotedCommand("undo", contacts, [shellQuote(run), ...options].join(" "));
  },
  "resolve-conflicts": ({ accounts }, contacts) =>
    `${updateCommand({ accounts }, contacts)}, or run plan or apply again with --overwrite`,
  "set-base-directory": ({ revision, directory = "DIRECTORY" }) => `--base ${shellQuote(`${revision}:${directory}`)}`,
  "skip-journal": () => "--no-journal",
  "start-emulator": ({ port }) => `'front-contacts emulator --port ${port}'`,
  "undo-saved-plan": (_, contacts) => quotedCommand("undo", contacts, "plan.json"),
  "update-schema": (_, contacts) => quotedCommand("schema", contacts, "--from-front"),
};

/** Returns the options of an import from a CSV file. */
export function mapOptions(mapping: string, separator: string | undefined): string {
  const options = `--map ${shellQuote(mapping)}`;
  if (separator === undefined) return options;
  // The separator is always in quotes, because a period may follow the options.
  const quoted = shellQuote(separator);
  return `${options} --separator ${quoted === separator ? `'${separator}'` : quoted}`;
}

/** Returns a command line for this contacts directory. `args` is already quoted for the shell. */
export function commandLine(name: CommandName, contacts: string, args = ""): string {
  const option = contacts === "contacts" ? "" : `--contacts ${shellQuote(contacts)}`;
  return ["front-contacts", name, args, option].filter((part) => part !== "").join(" ");
}

/** Returns a command line for a sentence, in quotes unless it contains quotes itself. */
export function quotedCommand(name: CommandName, contacts: string, args?: string): string {
  const line = commandLine(name, contacts, args);
  return line.includes("'") ? line : `'${line}'`;
}

/** Returns the options that limit a new plan to the targets of `plan`. */
export function targetOptions({ targets: { only = [], except = [] } = {} }: Plan): string[] {
  return [
    ...only.map((pattern) => `--target ${shellQuote(pattern)}`),
    ...except.map((pattern) => `--exclude ${shellQuote(pattern)}`),
  ];
}

/**
 * Returns a command that writes the current values of a resource in Front to its entry. With `accounts`, also writes
 * the accounts of contacts.
 */
export function updateCommand(
  { accounts, address = "ADDRESS" }: { readonly accounts: boolean; readonly address?: string },
  contacts: string,
): string {
  return quotedCommand("import", contacts, `--update${accounts ? " --accounts" : ""} ${shellQuote(address)}`);
}

/** Returns the advice of a diagnostic, followed by the recommended option or command. */
export function adviceOf({ advice, remedy }: Pick<Diagnostic, "advice" | "remedy">, contacts = "contacts"): string {
  if (remedy === undefined) return advice;
  const solution = (REMEDY_COMMANDS[remedy.kind] as (remedy: Remedy, contacts: string) => string)(remedy, contacts);
  return `${advice} ${solution.startsWith("--") ? "Use" : "Run"} ${solution}.`;
}

/** Includes the remedy in the advice of a diagnostic, with commands for this contacts directory. */
export function completeAdvice({ remedy, ...diagnostic }: Diagnostic, contacts: string): Diagnostic {
  return { ...diagnostic, advice: adviceOf({ advice: diagnostic.advice, remedy }, contacts) };
}

/** Applies `completeAdvice` to each diagnostic. */
export function completeEachAdvice(diagnostics: readonly Diagnostic[], contacts: string): Diagnostic[] {
  return diagnostics.map((diagnostic) => completeAdvice(diagnostic, contacts));
}

/** Compares diagnostics for sorting: errors come before warnings, and each kind is sorted by location. */
export function bySeverity(a: Diagnostic, b: Diagnostic): number {
  return Number(a.severity === "warning") - Number(b.severity === "warning") || byLocation(a, b);
}
