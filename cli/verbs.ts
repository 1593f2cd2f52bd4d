import type { Given, Io } from "./io.ts";

/** A flag, as the command line and its help know it. */
export interface Flag {
  readonly type: "boolean" | "string" | "number";
  readonly describe: string;
}

/** A verb's words. Its work is in `commands/`, and is only loaded when it is called. */
export interface Verb {
  readonly name: string;
  readonly describe: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly (readonly [words: string, meaning: string])[];
  readonly load: () => Promise<{ readonly run: (given: Given, io: Io) => Promise<number> }>;
}

export const GLOBAL_FLAGS: Readonly<Record<string, Flag>> = {
  contacts: { type: "string", describe: "The directory with the YAML files (default: contacts)" },
  "no-color": { type: "boolean", describe: "Plain text, as with NO_COLOR set, and wherever the output is no terminal" },
};

const FRONT_FLAGS: Readonly<Record<string, Flag>> = {
  reserve: {
    type: "string",
    describe: "Share of Front's rate limit left to the company's other integrations (default: 20%)",
  },
  parallelism: { type: "number", describe: "How many requests may be under way at once (default: 4)" },
};

const POLICY_FLAGS: Readonly<Record<string, Flag>> = {
  "allow-handle-moves": { type: "boolean", describe: "Let handles be taken from contacts that no file declares" },
  "allow-changes": { type: "number", describe: "Let so many contacts be changed, more than 10 or 30% of them" },
  "allow-removals": { type: "number", describe: "Let so many contacts lose something, more than 3 or 25% of them" },
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
      ...POLICY_FLAGS,
      ...MASK_FLAGS,
      format: { type: "string", describe: "text (default), json, or markdown for a comment on a pull request" },
      json: { type: "boolean", describe: "The same as --format json: the form of terraform show -json" },
      "detailed-exitcode": { type: "boolean", describe: "Exit 2 when there is something to change" },
    },
    examples: [
      ["front-contacts plan", "what apply would do"],
      [
        "front-contacts plan --detailed-exitcode",
        "the same, with exit code 2 when there are changes: for drift checks",
      ],
      ["front-contacts plan --json", "the same for programs, among them those made for Terraform's plans"],
      ["front-contacts plan --format markdown", "the same for a comment, emails and phone numbers masked"],
      ["front-emulator -- front-contacts plan", "the same against a Front of your own, without a token"],
    ],
    load: () => import("./commands/plan.ts"),
  },
  {
    name: "apply",
    describe: "Show the plan, ask, and carry it out",
    flags: {
      ...FRONT_FLAGS,
      ...POLICY_FLAGS,
      ...MASK_FLAGS,
      "auto-approve": { type: "boolean", describe: "Do not ask: for CI, where the plan was reviewed before" },
      "dry-run": { type: "boolean", describe: "The same as plan" },
    },
    examples: [
      ["front-contacts apply", "plan, ask for yes, apply"],
      ["front-contacts apply --auto-approve", "plan and apply without asking"],
    ],
    load: () => import("./commands/apply.ts"),
  },
];
