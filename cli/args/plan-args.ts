import type { PlanPolicy, Refresh } from "../../src/internal.ts";
import { UsageError } from "../environment.ts";
import { defineCommand, type Positionals } from "./command.ts";
import {
  choice,
  duration,
  flag,
  inGroup,
  optionalFlag,
  rejectCombination,
  rejectOptions,
  repeatableText,
  text,
  type ValuesOf,
  wholeNumber,
} from "./option.ts";
import {
  BURST_OPTIONS,
  FORMAT_OPTIONS,
  FRONT_OPTIONS,
  type GlobalArgs,
  MASK_OPTIONS,
  maskFrom,
  outputFrom,
  rejectOverwriting,
  rejectSameFile,
  VIEW_OPTIONS,
} from "./shared-options.ts";
import { REFRESH_ADVICE } from "./terraform-advice.ts";

const REFRESH = choice<Refresh>(
  ["auto", "scan", "lookup", "changes"],
  "How to read Front: auto (few requests; default), scan (all pages), lookup (declared contacts), changes (contacts that changed since the last plan with --refresh changes)",
);

const SCOPE_OPTIONS = inGroup("Scope of the plan", {
  target: repeatableText(
    "Limit the plan to this resource and its dependencies (repeatable; supports * and ?)",
    "ADDRESS",
  ),
  exclude: repeatableText(
    "Exclude this resource and the resources that depend on it (repeatable; supports * and ?)",
    "ADDRESS",
  ),
  refresh: {
    ...REFRESH,
    read(values: readonly string[], name: string) {
      if (values.includes("false")) throw new UsageError("--refresh=false is not supported", REFRESH_ADVICE);
      return REFRESH.read(values, name);
    },
  },
});

const LIMIT_OPTIONS = inGroup("Limits", {
  allowHandleMoves: flag("Allow moving handles from undeclared contacts"),
  allowChanges: wholeNumber(
    "Raise the change limit to N contacts or accounts (default: settings.guards, or 30% but at least 10)",
  ),
  allowRemovals: wholeNumber(
    "Raise the removal limit to N contacts or accounts (default: settings.guards, or 25% but at least 3)",
  ),
  acceptShrink: flag("Plan even if Front has far fewer contacts than in the last full read"),
  maxRequests: wholeNumber("Fail if apply would take more than N requests"),
  maxDuration: duration("Fail if apply would take longer than this, such as 90s or 1h30m"),
});

export const PLANNING_OPTIONS = {
  input: {
    ...optionalFlag("Disable prompts; without FILE, requires --auto-approve or --dry-run"),
    placeholder: "=false",
  },
  ...VIEW_OPTIONS,
  ...SCOPE_OPTIONS,
  ...LIMIT_OPTIONS,
  ...MASK_OPTIONS,
  ...FRONT_OPTIONS,
  ...BURST_OPTIONS,
} as const;

export const HTML_RESULT_OPTION = {
  ...VIEW_OPTIONS.html,
  description: "Also write an HTML page with the plan and, if it is applied, the result of each operation",
};

const BASE_OPTIONS = inGroup("Scope of the plan", {
  base: text(
    "Compare with the configuration at this git revision: keep changes made in Front, and remove values that were removed from the configuration",
    "REV",
  ),
  overwrite: flag("Overwrite changes made in Front since --base"),
});

function baseFrom({ base, overwrite }: ValuesOf<typeof BASE_OPTIONS>) {
  if (base !== undefined) return { revision: base, overwrite };
  if (!overwrite) return undefined;
  throw new UsageError(
    "--overwrite requires --base",
    "Add --base REV, or remove --overwrite: without --base, every plan overwrites changes made in Front.",
  );
}

type PlanningValues = ValuesOf<typeof PLANNING_OPTIONS> & GlobalArgs;

export type PlanningArgs = ReturnType<typeof planningFrom> & { readonly base: ReturnType<typeof baseFrom> };

/**
 * Returns the arguments for creating a plan. `input` is true if prompts are allowed. Throws a `UsageError` if `--target`
 * and `--exclude` are combined.
 */
export function planningFrom(values: PlanningValues) {
  const { target, exclude, acceptShrink, allowChanges, allowRemovals } = values;
  rejectCombination("--target", "--exclude", target.length > 0 && exclude.length > 0);
  const targets = target.length > 0 ? { only: target } : exclude.length > 0 ? { except: exclude } : undefined;
  const { maxRequests: requests, maxDuration: seconds } = values;
  const policy: PlanPolicy & Required<Pick<PlanPolicy, "limits">> = {
    acceptShrink,
    allowed: { changes: allowChanges ?? 0, removals: allowRemovals ?? 0 },
    limits: { ...(requests === undefined ? {} : { requests }), ...(seconds === undefined ? {} : { seconds }) },
    ...(targets === undefined ? {} : { targets }),
  };
  return { ...values, input: values.input !== false, refresh: values.refresh ?? "auto", policy };
}

const PLAN_OPTIONS = {
  out: text("Save the plan to this file, for apply FILE", "FILE"),
  detailedExitcode: flag("Exit with 2 if Front and the configuration differ"),
  ...FORMAT_OPTIONS,
  ...BASE_OPTIONS,
  ...PLANNING_OPTIONS,
  input: { ...PLANNING_OPTIONS.input, description: "No effect, because plan has no prompts" },
} as const;

export const PLAN = defineCommand({
  description: "Show changes required by the current configuration",
  options: PLAN_OPTIONS,
  examples: {
    "front-contacts plan": "Show the changes that apply would make",
    "front-contacts plan --out plan.json": "Save the plan, to apply it later",
    "front-contacts plan --detailed-exitcode": "Check for drift",
    "front-contacts plan --target 'front_contact.dale-*'": "Plan only some contacts",
    "front-contacts plan --base origin/main": "Plan the changes since this revision and keep changes made in Front",
    "front-contacts plan --format markdown": "Print Markdown for a pull request comment",
    "front-contacts emulator -- front-contacts plan": "Plan against a local Front emulator, without a token",
  },
  toArgs(values) {
    const { out, html } = values;
    const output = outputFrom(values);
    rejectSameFile(out, html);
    return { ...values, ...planningFrom(values), ...output, base: baseFrom(values) };
  },
});

export const APPROVAL_ADVICE =
  "Add --dry-run to review the plan, then run the command with --auto-approve instead of --dry-run.";

const APPLY_OPTIONS = {
  autoApprove: flag("Apply without asking for approval"),
  json: flag(
    "Print events as JSON lines, like terraform apply -json (with --dry-run: the plan); without FILE, requires --auto-approve or --dry-run",
  ),
  dryRun: flag("Show the plan and change nothing"),
  detached: flag("Apply a saved plan without comparing it with the configuration (default: skip entries that differ)"),
  noJournal: flag("Do not record this run; undo then requires a saved plan"),
  ...BASE_OPTIONS,
  ...PLANNING_OPTIONS,
  html: HTML_RESULT_OPTION,
} as const;

export const APPLY = defineCommand({
  description: "Make the planned changes in Front, after approval",
  options: APPLY_OPTIONS,
  argument: {
    name: "file",
    required: false,
    description: "Saved plan to apply, without a prompt (default: a new plan)",
    completionKinds: ["plans"],
  },
  examples: {
    "front-contacts apply": "Plan, ask for approval, apply",
    "front-contacts apply --base HEAD~1": "Apply the last commit and keep changes made in Front",
    "front-contacts apply plan.json": "Apply a saved plan",
  },
  toArgs: applyFrom,
});

export type ApplyArgs = ReturnType<typeof applyFrom>;

function applyFrom(values: ValuesOf<typeof APPLY_OPTIONS> & GlobalArgs, { args: [file] }: Positionals) {
  const { autoApprove, dryRun, detached, json, noJournal } = values;
  const format = json ? ("json" as const) : ("text" as const);
  const planning = { ...planningFrom(values), ...maskFrom(values, format) };
  rejectOverwriting(file, { "--html": values.html });
  if (file !== undefined) rejectPlanningOptions(values);
  else if (detached) {
    throw new UsageError("--detached requires a saved plan", "Use 'front-contacts apply FILE --detached'.");
  }
  const needsApproval = file === undefined && !dryRun && !autoApprove;
  if (json && needsApproval) {
    throw new UsageError("--json requires --auto-approve or --dry-run", APPROVAL_ADVICE);
  }
  return { ...values, ...planning, base: baseFrom(values), format, journal: !noJournal, file };
}

/** Options for creating a plan. They are rejected with a saved plan, because they have no effect on it. */
const PLANNING_KEYS = [
  ...(["allowHandleMoves", "allowChanges", "allowRemovals", "dryRun", "base", "overwrite"] as const),
  ...(["target", "exclude", "refresh", "acceptShrink"] as const),
];

function rejectPlanningOptions(values: ValuesOf<typeof APPLY_OPTIONS>): void {
  rejectOptions(values, PLANNING_KEYS, (option) => [
    `${option} has no effect on a saved plan`,
    option === "--dry-run"
      ? "Remove --dry-run. To review the saved plan, run 'front-contacts show FILE'."
      : `Remove ${option}, or create a new plan with it.`,
  ]);
}

export const SHOW = defineCommand({
  description: "Show a saved plan",
  options: { ...FORMAT_OPTIONS, ...VIEW_OPTIONS, ...MASK_OPTIONS },
  argument: { name: "file", required: true, description: "Plan saved with --out", completionKinds: ["plans"] },
  examples: {
    "front-contacts show plan.json": "Show the plan in the terminal",
    "front-contacts show plan.json --format markdown": "Print the plan as Markdown for a pull request comment",
  },
  toArgs(values, { args: [file = ""] }) {
    rejectOverwriting(file, { "--html": values.html });
    return { ...values, ...outputFrom(values), file };
  },
});
