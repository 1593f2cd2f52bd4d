import { resolve } from "node:path";
import { UsageError } from "../environment.ts";
import {
  choice,
  flag,
  inGroup,
  type Option,
  optionalFlag,
  percentage,
  rejectCombination,
  text,
  type ValuesOf,
  wholeNumber,
} from "./option.ts";

export const GLOBAL_OPTIONS_TITLE = "Global options";

const CONTACTS_OPTION = text("Directory that contains the configuration (default: contacts)", "DIRECTORY");

export const GLOBAL_OPTIONS = inGroup(GLOBAL_OPTIONS_TITLE, {
  contacts: {
    ...CONTACTS_OPTION,
    read: (values, name) => CONTACTS_OPTION.read(values, name) ?? "contacts",
  } satisfies Option<string>,
  trace: text("Append a line of JSON to this file for each request to Front", "FILE"),
  noColor: flag("Disable colors (default if the output is not a terminal or NO_COLOR is set)"),
});

/** Options that work even if the rest of the command line is not valid. */
export const HELP_OPTIONS = inGroup(GLOBAL_OPTIONS_TITLE, {
  help: flag("Show help"),
  version: flag("Show the version"),
});

export type GlobalArgs = ValuesOf<typeof GLOBAL_OPTIONS>;

const CONNECTION = "Connection to Front";

export const TOKEN_OPTIONS = inGroup(CONNECTION, {
  tokenFile: text("File with the API token, readable only by you, or - for standard input", "FILE"),
});

export const FRONT_OPTIONS = inGroup(CONNECTION, {
  ...TOKEN_OPTIONS,
  reserve: percentage(
    "Share of the rate limit to leave for other integrations, such as 30% (default: settings.reserve, or 20%)",
    { maximum: 99 },
  ),
  parallelism: wholeNumber("Maximum number of concurrent requests (default: 4)", { minimum: 1 }),
});

export const BURST_OPTIONS = inGroup(CONNECTION, {
  burst: flag("Also use Front's burst pool (default: leave it for other integrations)"),
});

export const MASK_OPTIONS = inGroup("Output", {
  mask: optionalFlag(
    "Mask email addresses and phone numbers, as in d***@acme.example#a1b2 (default in Markdown, GitHub annotations and job summaries; JSON is not masked)",
  ),
  noMask: optionalFlag("Do not mask email addresses and phone numbers"),
});

const FORMATS = ["text", "json", "markdown", "html"] as const;
export type Format = (typeof FORMATS)[number];

export const FORMAT_OPTIONS = inGroup("Output", {
  format: choice(FORMATS, "Output format (default: text)"),
  json: flag("Same as --format json; a plan is formatted like terraform show -json"),
});

export const VIEW_OPTIONS = inGroup("Output", {
  full: flag("Show all changes in text output (default: at most 200)"),
  html: text("Also write an HTML page to this file", "FILE"),
});

export function outputFrom(values: ValuesOf<typeof FORMAT_OPTIONS & typeof MASK_OPTIONS>) {
  const { json } = values;
  rejectCombination(
    "--json",
    `--format ${values.format}`,
    json && values.format !== undefined && values.format !== "json",
  );
  const format = json ? "json" : (values.format ?? "text");
  return { format, ...maskFrom(values, format) };
}

/**
 * Returns whether to mask the printed output (`masked`, including standard error), reports on GitHub, and the HTML page.
 * Markdown and reports on GitHub are masked by default, because others often read them. JSON is never masked. Throws a
 * `UsageError` if `--mask` and `--no-mask` are combined.
 */
export function maskFrom({ mask, noMask }: ValuesOf<typeof MASK_OPTIONS>, format: Format) {
  rejectCombination("--mask", "--no-mask", mask === true && noMask === true);
  const masked = format !== "json" && noMask !== true && (mask === true || format === "markdown");
  return { masked, maskedOnGitHub: noMask !== true, maskedPage: masked || mask === true };
}

export type SessionArgs = GlobalArgs &
  Partial<ValuesOf<typeof FRONT_OPTIONS> & { readonly masked: boolean; readonly burst: boolean }>;

/** Throws a `UsageError` if an output file is the saved plan that the command reads. */
export function rejectOverwriting(
  plan: string | undefined,
  outputs: Readonly<Record<string, string | undefined>>,
): void {
  for (const [option, file] of Object.entries(outputs)) {
    if (plan === undefined || file === undefined || resolve(file) !== resolve(plan)) continue;
    throw new UsageError(`${option} would overwrite the plan "${plan}"`, `Specify another file with ${option}.`);
  }
}

/** Throws a `UsageError` if the plan and the HTML page would be written to the same file. */
export function rejectSameFile(out: string | undefined, html: string | undefined): void {
  if (out === undefined || html === undefined || resolve(out) !== resolve(html)) return;
  throw new UsageError(`--out and --html specify the same file, "${html}"`, "Specify different files.");
}
