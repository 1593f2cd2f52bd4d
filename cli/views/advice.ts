import { posix } from "node:path";
import { byLocation, type Diagnostic, type Remedy } from "../../src/internal.ts";
import { shellQuote } from "./text.ts";

/** The option or the command for each remedy. `contacts` is the contacts directory. */
const REMEDY_COMMANDS: {
  readonly [K in Remedy["kind"]]: (remedy: Extract<Remedy, { readonly kind: K }>, contacts: string) => string;
} = {
  "accept-fewer-contacts": () => "--accept-shrink",
  "allow-changes": ({ count }) => `--allow-changes ${count}`,
  "allow-duration": () => "--max-duration DURATION, or --target ADDRESS to include fewer resources",
  "allow-removals": ({ count }) => `--allow-removals ${count}`,
  "allow-requests": ({ count }) => `--max-requests ${count}, or --target ADDRESS to include fewer resources`,
  "choose-directory": () => "--contacts DIRECTORY",
  "compare-with-base": () => "--base REV",
  "create-plan": () => "'front-contacts plan --out FILE'",
  "import-elsewhere": (_, contacts) => `--to ${shellQuote(posix.join(contacts, "imported/people.yaml"))}`,
  "inspect-contacts": () => "'front-contacts whoami --check'",
  "limit-requests": () => "--max-requests N",
  "map-columns": () => "--map 'name=Name,email=Email'",
  "move-handles": () => "--allow-handle-moves",
  "overwrite-on-undo": ({ run, address }) => `front-contacts undo ${shellQuote(run)} --overwrite '${address}'`,
  "pipe-token": () => "--token-file -",
  "read-all-contacts": () => "--refresh scan",
  "remove-on-undo": ({ run, count }) => `front-contacts undo ${shellQuote(run)} --allow-removals ${count}`,
  "resolve-conflicts": () => "'front-contacts import --update KEY', or run plan or apply again with --overwrite",
  "set-base-directory": ({ revision, directory = "DIRECTORY" }) => `--base ${revision}:${directory}`,
  "skip-journal": () => "--no-journal",
  "start-emulator": ({ port }) => `'front-contacts emulator --port ${port}'`,
  "update-schema": () => "'front-contacts schema --from-front'",
};

/** Returns the advice of a diagnostic, followed by the recommended option or command. */
export function adviceOf({ advice, remedy }: Pick<Diagnostic, "advice" | "remedy">, contacts = "contacts"): string {
  if (remedy === undefined) return addContactsOption(advice, contacts);
  const command = (REMEDY_COMMANDS[remedy.kind] as (remedy: Remedy, contacts: string) => string)(remedy, contacts);
  return addContactsOption(`${advice} ${command.startsWith("--") ? "Use" : "Run"} ${command}.`, contacts);
}

/** Includes the remedy in the advice of a diagnostic, with commands for this contacts directory. */
export function completeAdvice({ remedy, ...diagnostic }: Diagnostic, contacts: string): Diagnostic {
  return { ...diagnostic, advice: adviceOf({ advice: diagnostic.advice, remedy }, contacts) };
}

const COMMANDS_WITH_CONTACTS =
  /front-contacts (?:apply|fmt|history|import|init|plan|schema|snapshot|undo|validate|whoami)\b(?! --contacts)/g;

/** Adds `--contacts` to the commands in a text, unless the directory is the default. */
export function addContactsOption(text: string, contacts: string): string {
  return text.replace(COMMANDS_WITH_CONTACTS, (command) => `${command}${contactsOption(contacts)}`);
}

/** Returns ` --contacts DIRECTORY`, or an empty string for the default directory. */
export function contactsOption(contacts: string): string {
  return contacts === "contacts" ? "" : ` --contacts ${shellQuote(contacts)}`;
}

/** Applies `completeAdvice` to each diagnostic. */
export function completeEachAdvice(diagnostics: readonly Diagnostic[], contacts: string): Diagnostic[] {
  return diagnostics.map((diagnostic) => completeAdvice(diagnostic, contacts));
}

/** Compares diagnostics for sorting: errors come before warnings, and each kind is sorted by location. */
export function bySeverity(a: Diagnostic, b: Diagnostic): number {
  return Number(a.severity === "warning") - Number(b.severity === "warning") || byLocation(a, b);
}
