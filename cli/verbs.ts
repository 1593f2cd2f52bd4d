import type { Given, Io } from "./io.ts";

/** A flag, as the command line and its help know it. */
export interface Flag {
  /** `strings` may be repeated. */
  readonly type: "boolean" | "string" | "number" | "strings";
  readonly describe: string;
}

/** A word after the verb, given to it by this name. */
export interface Word {
  readonly name: string;
  readonly required: boolean;
  readonly describe: string;
  /** What a shell offers in its place. */
  readonly choices?: readonly string[];
}

/** A verb's words. Its work is in `commands/`, and is only loaded when it is called. */
export interface Verb {
  readonly name: string;
  readonly describe: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly word?: Word;
  readonly examples: readonly (readonly [words: string, meaning: string])[];
  readonly load: () => Promise<{ readonly run: (given: Given, io: Io) => Promise<number> }>;
}

export const GLOBAL_FLAGS: Readonly<Record<string, Flag>> = {
  contacts: { type: "string", describe: "The directory with the YAML files (default: contacts)" },
  trace: { type: "string", describe: "Add a line to this file for every request to Front: when, what, which answer" },
  "no-color": { type: "boolean", describe: "Plain text, as with NO_COLOR set, and wherever the output is no terminal" },
};

const FRONT_FLAGS: Readonly<Record<string, Flag>> = {
  reserve: {
    type: "string",
    describe: "Share of Front's rate limit left to the company's other integrations (default: 20%)",
  },
  parallelism: { type: "number", describe: "How many requests may be under way at once (default: 4)" },
};

const REFRESH_FLAGS: Readonly<Record<string, Flag>> = {
  refresh: {
    type: "string",
    describe: "How to read Front: scan (all pages), lookup (each handle), changes (since the last such plan), or auto",
  },
  "accept-shrink": { type: "boolean", describe: "Plan although Front shows far fewer contacts than the last time" },
};

const POLICY_FLAGS: Readonly<Record<string, Flag>> = {
  "allow-handle-moves": { type: "boolean", describe: "Let handles be taken from contacts that no file declares" },
  "allow-changes": { type: "number", describe: "Let so many contacts be changed, more than 10 or 30% of them" },
  "allow-removals": { type: "number", describe: "Let so many contacts lose something, more than 3 or 25% of them" },
};

const TARGET_FLAGS: Readonly<Record<string, Flag>> = {
  target: {
    type: "strings",
    describe: "Only this address, such as front_contact.KEY, and what it needs; may have * and ?, may be repeated",
  },
  exclude: { type: "strings", describe: "All but this address, and what needs it; the same form" },
};

const INPUT_FLAG: Readonly<Record<string, Flag>> = {
  input: { type: "boolean", describe: "--input=false never asks; then apply needs --auto-approve" },
};

const MASK_FLAGS: Readonly<Record<string, Flag>> = {
  mask: { type: "boolean", describe: "Show emails and phone numbers as d***@acme.example#a1b2" },
  "no-mask": { type: "boolean", describe: "Show them whole, also in Markdown" },
};

export const VERBS: readonly Verb[] = [
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
    load: () => import("./commands/validate.ts"),
  },
  {
    name: "plan",
    describe: "Show what apply would change, and change nothing",
    flags: {
      ...FRONT_FLAGS,
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
      ["front-emulator -- front-contacts plan", "the same against a Front of your own, without a token"],
    ],
    load: () => import("./commands/plan.ts"),
  },
  {
    name: "apply",
    describe: "Show the plan, ask, and carry it out; or carry out a saved plan",
    word: { name: "file", required: false, describe: "A plan that plan --out saved; nobody is asked then" },
    flags: {
      ...FRONT_FLAGS,
      ...REFRESH_FLAGS,
      ...POLICY_FLAGS,
      ...TARGET_FLAGS,
      ...INPUT_FLAG,
      ...MASK_FLAGS,
      "auto-approve": { type: "boolean", describe: "Do not ask: for CI, where the plan was reviewed before" },
      json: {
        type: "boolean",
        describe: "What happens as one JSON object a line, as terraform apply -json; needs --auto-approve",
      },
      "dry-run": { type: "boolean", describe: "The same as plan" },
    },
    examples: [
      ["front-contacts apply", "plan, ask for yes, apply"],
      ["front-contacts apply --auto-approve", "plan and apply without asking"],
      ["front-contacts apply plan.json", "carry out what was reviewed, and nothing else"],
      ["front-contacts apply --auto-approve --json", "the same for programs, line by line as it happens"],
    ],
    load: () => import("./commands/apply.ts"),
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
    load: () => import("./commands/show.ts"),
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
    load: () => import("./commands/completion.ts"),
  },
];
