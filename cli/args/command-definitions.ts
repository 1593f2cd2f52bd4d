import type { Environment, Given } from "../process-io.ts";
import { EMULATOR_EXAMPLES, EMULATOR_FLAGS } from "./emulator-options.ts";

/** A flag, as the command line and its help know it. */
export interface OptionDefinition {
  /** `strings` may be repeated. */
  readonly type: "boolean" | "string" | "number" | "strings";
  readonly describe: string;
}

/** A word after the verb, given to it by this name. */
export interface Positional {
  readonly name: string;
  readonly required: boolean;
  readonly describe: string;
  /** What a shell offers in its place. */
  readonly choices?: readonly string[];
  /** Whether there may be any number of them. */
  readonly many?: boolean;
}

/** A verb's words. Its work is in `commands/`, and is only loaded when it is called. */
export interface CommandDefinition {
  readonly name: string;
  readonly describe: string;
  readonly flags: Readonly<Record<string, OptionDefinition>>;
  readonly word?: Positional;
  /** Whether a command line may follow `--`, which is `given.command` then. */
  readonly takesCommand?: boolean;
  readonly examples: readonly (readonly [words: string, meaning: string])[];
  readonly load: () => Promise<{ readonly run: (given: Given, io: Environment) => Promise<number> }>;
}

export const GLOBAL_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  contacts: { type: "string", describe: "The directory with the YAML files (default: contacts)" },
  trace: { type: "string", describe: "Add a line to this file for every request to Front: when, what, which answer" },
  "no-color": { type: "boolean", describe: "Plain text, as with NO_COLOR set, and wherever the output is no terminal" },
};

const TOKEN_FLAGS: Readonly<Record<string, OptionDefinition>> = {
  "token-file": {
    type: "string",
    describe: "Read the API token from this file, which nobody else may read; - for standard input",
  },
};

const FRONT_FLAGS: Readonly<Record<string, OptionDefinition>> = {
  ...TOKEN_FLAGS,
  reserve: {
    type: "string",
    describe: "Share of Front's rate limit left to the company's other integrations (default: 20%)",
  },
  parallelism: { type: "number", describe: "How many requests may be under way at once (default: 4)" },
};

const LIMIT_FLAGS: Readonly<Record<string, OptionDefinition>> = {
  burst: { type: "boolean", describe: "Spend Front's pool for bursts as well (default: it is left to others)" },
  "max-requests": { type: "number", describe: "Refuse a plan that takes more requests to apply" },
  "max-duration": { type: "string", describe: "Refuse a plan that takes longer to apply, such as 90s, 10m, 1h30m" },
};

const REFRESH_FLAGS: Readonly<Record<string, OptionDefinition>> = {
  refresh: {
    type: "string",
    describe: "How to read Front: scan (all pages), lookup (each handle), changes (since the last such plan), or auto",
  },
  "accept-shrink": { type: "boolean", describe: "Plan although Front shows far fewer contacts than the last time" },
};

const POLICY_FLAGS: Readonly<Record<string, OptionDefinition>> = {
  "allow-handle-moves": { type: "boolean", describe: "Let handles be taken from contacts that no file declares" },
  "allow-changes": { type: "number", describe: "Let so many contacts be changed, more than 10 or 30% of them" },
  "allow-removals": { type: "number", describe: "Let so many contacts lose something, more than 3 or 25% of them" },
};

const TARGET_FLAGS: Readonly<Record<string, OptionDefinition>> = {
  target: {
    type: "strings",
    describe: "Only this address, such as front_contact.KEY, and what it needs; may have * and ?, may be repeated",
  },
  exclude: { type: "strings", describe: "All but this address, and what needs it; the same form" },
};

const INPUT_FLAG: Readonly<Record<string, OptionDefinition>> = {
  input: { type: "boolean", describe: "--input=false never asks; then apply needs --auto-approve" },
};

const MASK_FLAGS: Readonly<Record<string, OptionDefinition>> = {
  mask: { type: "boolean", describe: "Show emails and phone numbers as d***@acme.example#a1b2" },
  "no-mask": { type: "boolean", describe: "Show them whole, also in Markdown" },
};

export const COMMANDS: readonly CommandDefinition[] = [
  {
    name: "init",
    describe: "Make the first files, with an example; nothing is overwritten",
    flags: { ci: { type: "string", describe: "Also the workflow for github or gitlab" } },
    examples: [
      ["front-contacts init", "contacts/ with an example and a schema for editors, and lines for .gitignore"],
      [
        "front-contacts init --ci github",
        "the same with .github/workflows/contacts.yml: plan in the pull request, apply on merge",
      ],
    ],
    load: () => import("../commands/init.ts"),
  },
  {
    name: "validate",
    describe: "Check the files, without asking Front",
    flags: {
      ...MASK_FLAGS,
      json: { type: "boolean", describe: "The findings as JSON, in the form of terraform validate -json" },
    },
    examples: [
      ["front-contacts validate", "every problem of every file, each with its place and what to do"],
      ["front-contacts validate --json", "the same for programs"],
    ],
    load: () => import("../commands/validate.ts"),
  },
  {
    name: "plan",
    describe: "Show what apply would change, and change nothing",
    flags: {
      ...FRONT_FLAGS,
      ...LIMIT_FLAGS,
      ...REFRESH_FLAGS,
      ...POLICY_FLAGS,
      ...TARGET_FLAGS,
      ...INPUT_FLAG,
      ...MASK_FLAGS,
      format: { type: "string", describe: "text (default), json, or markdown for a comment on a pull request" },
      json: { type: "boolean", describe: "The same as --format json: the form of terraform show -json" },
      out: { type: "string", describe: "Save the plan to this file, for apply FILE" },
      "detailed-exitcode": { type: "boolean", describe: "Exit 2 when there is something to change" },
    },
    examples: [
      ["front-contacts plan", "what apply would do"],
      [
        "front-contacts plan --detailed-exitcode",
        "the same, with exit code 2 when there are changes: for drift checks",
      ],
      ["front-contacts plan --out plan.json", "saves it as well, to be reviewed and applied later"],
      ["front-contacts plan --target 'front_contact.dale-*'", "what it would do to some contacts only"],
      ["front-contacts plan --refresh changes", "reads only what moved since the last such plan; for a quick look"],
      ["front-contacts plan --json", "the same for programs, among them those made for Terraform's plans"],
      ["front-contacts plan --format markdown", "the same for a comment, emails and phone numbers masked"],
      ["front-contacts emulator -- front-contacts plan", "Plan against a local Front emulator, without a token"],
    ],
    load: () => import("../commands/plan.ts"),
  },
  {
    name: "apply",
    describe: "Show the plan, ask, and carry it out; or carry out a saved plan",
    word: { name: "file", required: false, describe: "A plan saved with plan --out; applied without asking" },
    flags: {
      ...FRONT_FLAGS,
      ...LIMIT_FLAGS,
      ...REFRESH_FLAGS,
      ...POLICY_FLAGS,
      ...TARGET_FLAGS,
      ...INPUT_FLAG,
      ...MASK_FLAGS,
      "no-journal": { type: "boolean", describe: "Leave no line per operation in .front-contacts/journal.jsonl" },
      "auto-approve": { type: "boolean", describe: "Do not ask: for CI, where the plan was reviewed before" },
      json: {
        type: "boolean",
        describe: "What happens as one JSON object a line, as terraform apply -json; needs --auto-approve",
      },
      detached: {
        type: "boolean",
        describe:
          "Apply a saved plan without comparing it with the configuration (default: entries that differ are refused)",
      },
      "dry-run": { type: "boolean", describe: "The same as plan" },
    },
    examples: [
      ["front-contacts apply", "plan, ask for yes, apply"],
      ["front-contacts apply --auto-approve", "plan and apply without asking"],
      ["front-contacts apply plan.json", "perform the actions that were reviewed, and nothing else"],
      ["front-contacts apply --auto-approve --json", "the same for programs, line by line as it happens"],
    ],
    load: () => import("../commands/apply.ts"),
  },
  {
    name: "show",
    describe: "Show a saved plan again",
    word: { name: "file", required: true, describe: "A plan that plan --out saved" },
    flags: {
      ...MASK_FLAGS,
      format: { type: "string", describe: "text (default), json, or markdown for a comment on a pull request" },
      json: { type: "boolean", describe: "The same as --format json: the form of terraform show -json" },
    },
    examples: [
      ["front-contacts show plan.json", "what plan showed when it saved it"],
      ["front-contacts show plan.json --format markdown", "the same for a comment, emails and phone numbers masked"],
    ],
    load: () => import("../commands/show.ts"),
  },
  {
    name: "import",
    describe: "Write contacts that Front, a CSV file or a vCard file has into YAML files",
    word: {
      name: "whom",
      required: false,
      many: true,
      describe: "Whom: an email, a phone number, source:handle, or crd_…",
    },
    flags: {
      ...FRONT_FLAGS,
      list: { type: "strings", describe: "Everybody on this contact list; may be repeated" },
      all: { type: "boolean", describe: "Every contact of the company" },
      to: {
        type: "string",
        describe: "The file to write (default: contacts/imported.yaml); with --split, the directory",
      },
      split: { type: "boolean", describe: "One file a contact: contacts/KEY.yaml" },
      update: { type: "boolean", describe: "Bring entries that exist up to date, comments and all else kept" },
      "no-avatars": { type: "boolean", describe: "Leave the pictures where they are" },
      "from-csv": { type: "string", describe: "Read this CSV file, and do not ask Front" },
      "from-vcard": { type: "string", describe: "Read this vCard file, and do not ask Front" },
      map: { type: "strings", describe: 'What columns mean: name=Name,email=Email,"Job Title"=Title' },
      lists: { type: "boolean", describe: "Take the categories of vCards for contact lists" },
      "skip-invalid": { type: "boolean", describe: "Leave out rows and cards that do not fit, and write the others" },
      "dry-run": { type: "boolean", describe: "Show what would be written, and write nothing" },
    },
    examples: [
      ["front-contacts import dale@fbi.example +13605550123", "two contacts, into contacts/imported.yaml"],
      ["front-contacts import --list 'Twin Peaks Characters' --split", "all on a list, into a file each"],
      ["front-contacts import --all --dry-run", "shows what the whole company would look like"],
      ["front-contacts import --all --update", "writes those that are new, and brings the others up to date"],
      [
        "front-contacts import --from-csv crm.csv --map 'name=Name,email=Email,\"Job Title\"=Title'",
        "contacts from a database",
      ],
      ["front-contacts import --from-vcard contacts.vcf --lists", "contacts from an address book"],
    ],
    load: () => import("../commands/import.ts"),
  },
  {
    name: "snapshot",
    describe: "Copy the whole company into a file, to rehearse on with front-contacts emulator --seed",
    word: { name: "file", required: true, describe: "The file to write, outside git or ignored by it" },
    flags: {
      ...TOKEN_FLAGS,
      reserve: FRONT_FLAGS["reserve"] as OptionDefinition,
      avatars: { type: "boolean", describe: "Copy avatars as well, with one request each" },
      json: { type: "boolean", describe: "Print the summary as JSON" },
    },
    examples: [
      ["front-contacts snapshot ../company.json", "Copy the company; an interrupted run continues where it stopped"],
      [
        "front-contacts emulator --seed ../company.json -- front-contacts apply",
        "Rehearse an apply on the copy, without touching Front",
      ],
    ],
    load: () => import("../commands/snapshot.ts"),
  },
  {
    name: "whoami",
    describe: "Show the company, how you are signed in, the rate limit, and what may be read",
    flags: {
      ...TOKEN_FLAGS,
      check: { type: "boolean", describe: "Read a sample of contacts and show how this company behaves (GET only)" },
      json: { type: "boolean", describe: "The same for programs" },
    },
    examples: [
      ["front-contacts whoami --check", "the read-only part of a first live run"],
      ["front-contacts whoami", "which company a plan would be for, and whether the token will do"],
      ["front-contacts whoami --token-file token.txt", "the same of a token that is kept in a file"],
    ],
    load: () => import("../commands/whoami.ts"),
  },
  {
    name: "login",
    describe: "Sign in to a company by OAuth, as an admin, and keep that for the other verbs",
    flags: {
      "redirect-uri": {
        type: "string",
        describe: "Where Front leads the browser back to, on this machine (default: http://127.0.0.1:8765/callback)",
      },
    },
    examples: [
      ["front-contacts login", "with FRONT_OAUTH_CLIENT_ID and FRONT_OAUTH_CLIENT_SECRET set"],
      ["front-contacts emulator --oauth login -- front-contacts login", "Sign in to a local Front emulator"],
    ],
    load: () => import("../commands/login.ts"),
  },
  {
    name: "logout",
    describe: "Forget a sign-in",
    word: { name: "company", required: false, describe: "Which one, as cmp_…, when there are several" },
    flags: { all: { type: "boolean", describe: "Forget all of them" } },
    examples: [
      ["front-contacts logout", "forgets the only one"],
      ["front-contacts logout cmp_k30", "forgets the one to this company"],
    ],
    load: () => import("../commands/logout.ts"),
  },
  {
    name: "fmt",
    describe: "Bring the files into their one form, with every comment kept",
    flags: {
      check: { type: "boolean", describe: "Write nothing, and exit 3 when a file is not in that form" },
      diff: { type: "boolean", describe: "Show what is changed, as a unified diff" },
    },
    examples: [
      ["front-contacts fmt", "formats every file, and names those that were not formatted"],
      ["front-contacts fmt --check", "only names them, and exits 3 when there are any: for CI"],
      ["front-contacts fmt --check --diff", "shows what fmt would change, and changes nothing"],
    ],
    load: () => import("../commands/fmt.ts"),
  },
  {
    name: "schema",
    describe: "Print the JSON Schema of the files, or write one of your company for editors and validate",
    flags: {
      ...FRONT_FLAGS,
      "from-front": { type: "boolean", describe: "Ask Front for its fields, lists, teammates and inboxes" },
      check: { type: "boolean", describe: "Write nothing, and exit 1 when the company's schema is stale" },
      to: { type: "string", describe: "Where to write (with --from-front: front.schema.json beside the files)" },
    },
    examples: [
      [
        "front-contacts schema --from-front",
        "writes contacts/front.schema.json, by which editors complete field names",
      ],
      ["front-contacts schema --check", "says what has changed in Front since"],
      ["front-contacts schema --to contacts.schema.json", "writes the schema that fits every company"],
    ],
    load: () => import("../commands/schema.ts"),
  },
  {
    name: "emulator",
    describe: "Run a local Front emulator, to try, rehearse and test without a Front company",
    takesCommand: true,
    flags: EMULATOR_FLAGS,
    examples: EMULATOR_EXAMPLES,
    load: () => import("../commands/emulator.ts"),
  },
  {
    name: "completion",
    describe: "Print what lets a shell complete verbs and flags",
    word: {
      name: "shell",
      required: false,
      describe: "bash, zsh or fish (default: what SHELL says)",
      choices: ["bash", "zsh", "fish"],
    },
    flags: {},
    examples: [
      ["source <(front-contacts completion bash)", "in ~/.bashrc"],
      ["source <(front-contacts completion zsh)", "in ~/.zshrc, after compinit"],
      ["front-contacts completion fish | source", "in ~/.config/fish/config.fish"],
    ],
    load: () => import("../commands/completion.ts"),
  },
];
