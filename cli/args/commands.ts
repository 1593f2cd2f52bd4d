import { defineCommand } from "./command.ts";
import { SHELLS } from "./completion-scripts.ts";
import { EMULATOR } from "./emulator-args.ts";
import { HISTORY, UNDO } from "./history-args.ts";
import { IMPORT } from "./import-args.ts";
import { choice, flag, rejectCombination, text } from "./option.ts";
import { APPLY, PLAN, SHOW } from "./plan-args.ts";
import { FRONT_OPTIONS, MASK_OPTIONS, maskFrom, TOKEN_OPTIONS } from "./shared-options.ts";

const INIT = defineCommand({
  description: "Create a configuration for your company; existing files are not overwritten",
  options: {
    ci: choice(["github", "gitlab"] as const, "Also create a CI workflow"),
    ...TOKEN_OPTIONS,
  },
  examples: {
    "front-contacts init": "Create contacts/ with settings and a schema, and extend .gitignore",
    "front-contacts init --ci github": "Also create .github/workflows/contacts.yml",
  },
  toArgs: (values) => values,
});

const VALIDATE = defineCommand({
  description: "Check the configuration offline; plan also checks it against Front",
  options: {
    json: flag("Print JSON, formatted like terraform validate -json"),
    ...MASK_OPTIONS,
  },
  examples: {
    "front-contacts validate": "List every error with its location and advice",
  },
  toArgs: (values) => ({ ...values, ...maskFrom(values, values.json ? "json" : "text") }),
});

const FMT = defineCommand({
  description: "Format configuration files, preserving comments",
  options: {
    check: flag("Write nothing; exit with 3 if a file is not formatted"),
    diff: flag("Show the changes as a unified diff"),
  },
  examples: {
    "front-contacts fmt": "Format files and list those that changed",
    "front-contacts fmt --check --diff": "Show what fmt would change",
  },
  toArgs: (values) => values,
});

const FORGET = defineCommand({
  description: "Print a tombstone: an entry that deletes a contact by the hash of its handle",
  options: {
    source: {
      ...choice(
        ["email", "phone", "twitter", "facebook", "intercom", "front_chat", "custom"] as const,
        "Source of the handle: email, phone, twitter, facebook, intercom, front_chat or custom (default: detected)",
      ),
      placeholder: "SOURCE",
    },
  },
  argument: { name: "handle", required: true, description: "Email address, phone number with +, or another handle" },
  examples: {
    "front-contacts forget laura@palmer.example > contacts/erased.yaml": "Write the tombstone to a new file",
    "front-contacts forget --source custom crm-4711": "Specify the source",
  },
  toArgs: (values, { args: [handle = ""] }) => ({ ...values, handle }),
});

const SNAPSHOT = defineCommand({
  description: "Save a copy of the company's data to a file, for rehearsals with emulator --seed",
  options: {
    avatars: flag("Also copy avatars, with one request per avatar"),
    json: flag("Print the summary as JSON"),
    ...TOKEN_OPTIONS,
    reserve: FRONT_OPTIONS.reserve,
  },
  argument: {
    name: "file",
    required: true,
    description: "File to write, outside a git repository or ignored by git",
  },
  examples: {
    "front-contacts snapshot ../company.json": "Take a snapshot; if interrupted, run this again to resume",
    "front-contacts emulator --seed ../company.json -- front-contacts apply": "Rehearse an apply on the copy",
  },
  toArgs: (values, { args: [file = ""] }) => ({ ...values, file }),
});

const SCHEMA = defineCommand({
  description: "Print the JSON Schema of the configuration, or write a schema for your company",
  options: {
    fromFront: flag("Write a schema with the custom fields, lists, teammates and inboxes in Front"),
    check: flag("Write nothing; exit with 1 if the company's schema is out of date"),
    to: text(
      "File to write, or to check with --check (default with --from-front or --check: front.schema.json in the contacts directory)",
      "FILE",
    ),
    ...FRONT_OPTIONS,
  },
  examples: {
    "front-contacts schema --from-front": "Write contacts/front.schema.json",
    "front-contacts schema --check": "List what changed in Front",
    "front-contacts schema --to contacts.schema.json": "Write the JSON Schema of the configuration to a file",
  },
  toArgs: (values) => values,
});

const WHOAMI = defineCommand({
  description: "Show the company, the source of the credentials, the rate limit and what the token can read",
  options: {
    check: flag(
      "Read a sample of contacts and show how Front's API behaves for this company (sends only GET requests)",
    ),
    json: flag("Print the result as JSON"),
    ...TOKEN_OPTIONS,
  },
  examples: {
    "front-contacts whoami": "Show the company that plan and apply would use",
    "front-contacts whoami --check": "Check how Front's API behaves for this company before the first plan",
  },
  toArgs: (values) => values,
});

const LOGIN = defineCommand({
  description: "Sign in to a company with OAuth, as an admin, and save the login",
  options: {
    redirectUri: text(
      "Loopback URL that receives the redirect from Front (default: http://127.0.0.1:8765/callback)",
      "URL",
    ),
  },
  examples: {
    "front-contacts login": "Sign in; set FRONT_OAUTH_CLIENT_ID and FRONT_OAUTH_CLIENT_SECRET first",
    "front-contacts emulator --oauth login -- front-contacts login": "Sign in to a local Front emulator",
  },
  toArgs: (values) => values,
});

const LOGOUT = defineCommand({
  description: "Delete a saved login",
  options: { all: flag("Delete all saved logins") },
  argument: {
    name: "company",
    required: false,
    description: "ID of the company, such as cmp_k30 (default: the only saved login)",
  },
  examples: {
    "front-contacts logout": "Delete the only saved login",
  },
  toArgs(values, { args: [company] }) {
    rejectCombination("--all", "COMPANY", values.all && company !== undefined);
    return { ...values, company };
  },
});

const COMPLETION = defineCommand({
  description: "Print a shell completion script",
  options: {},
  argument: {
    name: "shell",
    required: false,
    description: "bash, zsh or fish (default: the shell in $SHELL)",
    choices: SHELLS,
  },
  examples: {
    "source <(front-contacts completion bash)": "Add to ~/.bashrc",
    "source <(front-contacts completion zsh)": "Add to ~/.zshrc, after compinit",
    "front-contacts completion fish | source": "Add to ~/.config/fish/config.fish",
  },
  toArgs: (values, { args: [shell] }) => ({ ...values, shell }),
});

/** All commands, in the order in which help lists them within each group. */
export const COMMANDS = {
  init: INIT,
  validate: VALIDATE,
  plan: PLAN,
  apply: APPLY,
  show: SHOW,
  history: HISTORY,
  undo: UNDO,
  import: IMPORT,
  snapshot: SNAPSHOT,
  fmt: FMT,
  forget: FORGET,
  schema: SCHEMA,
  whoami: WHOAMI,
  login: LOGIN,
  logout: LOGOUT,
  emulator: EMULATOR,
  completion: COMPLETION,
} as const;

export type CommandName = keyof typeof COMMANDS;

export type ArgsByCommand = { readonly [N in CommandName]: ReturnType<(typeof COMMANDS)[N]["parse"]> };

export function commandNameIn(argv: readonly string[]): CommandName | undefined {
  return argv.find((argument): argument is CommandName => Object.hasOwn(COMMANDS, argument));
}
