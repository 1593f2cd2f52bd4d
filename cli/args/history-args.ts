import { UsageError } from "../environment.ts";
import { defineCommand } from "./command.ts";
import { choice, flag, repeatableText, text } from "./option.ts";
import { APPROVAL_ADVICE, HTML_RESULT_OPTION, PLANNING_OPTIONS, planningFrom } from "./plan-args.ts";
import {
  FORMAT_OPTIONS,
  MASK_OPTIONS,
  outputFrom,
  rejectOverwriting,
  rejectSameFile,
  VIEW_OPTIONS,
} from "./shared-options.ts";

export const HISTORY = defineCommand({
  description: "List recorded runs of apply and undo, or show one of them",
  options: {
    ...FORMAT_OPTIONS,
    format: { ...FORMAT_OPTIONS.format, description: "Output format (default: text); html requires RUN" },
    ...VIEW_OPTIONS,
    html: { ...VIEW_OPTIONS.html, description: "Also write the plan of RUN as an HTML page to this file" },
    ...MASK_OPTIONS,
  },
  argument: {
    name: "run",
    required: false,
    description: "ID of the run, or a unique prefix or suffix of it",
    completionKinds: ["runs"],
  },
  examples: {
    "front-contacts history": "List the runs",
    "front-contacts history 5f0c11d2": "Show the plan of a run and the operations that were not applied",
  },
  toArgs(values, { args: [run] }) {
    const args = { ...values, ...outputFrom(values), run };
    if (run === undefined && (args.format === "html" || args.html !== undefined)) {
      const option = args.html === undefined ? "--format html" : "--html";
      const usage = args.html === undefined ? option : `${option} FILE`;
      throw new UsageError(`${option} requires a run ID`, `Specify the run: 'front-contacts history RUN ${usage}'.`);
    }
    return args;
  },
});

/** `undo` always moves handles back, so it does not have the option `--allow-handle-moves`. */
const { allowHandleMoves: _, ...UNDO_PLANNING } = PLANNING_OPTIONS;

const UNDO_OPTIONS = {
  overwrite: repeatableText(
    "Also restore this resource if it changed after the run (repeatable; supports * and ?)",
    "ADDRESS",
  ),
  out: text("Save the plan to this file, for apply FILE --detached", "FILE"),
  autoApprove: flag("Apply without asking for approval"),
  dryRun: flag("Show the plan and change nothing"),
  detached: flag("Undo without the configuration: ignore its settings and protect: true"),
  noJournal: flag("Do not record this run; it then cannot be undone"),
  format: {
    ...FORMAT_OPTIONS.format,
    description: "Output format: text (default) or json; with --dry-run or --out, also markdown or html",
  },
  json: {
    ...FORMAT_OPTIONS.json,
    description:
      "Print events as JSON lines, like apply --json (requires --auto-approve); with --dry-run or --out, print the plan",
  },
  ...UNDO_PLANNING,
  allowRemovals: {
    ...PLANNING_OPTIONS.allowRemovals,
    description: "Also delete contacts and accounts that the run created, and raise the removal limit to N",
  },
  html: HTML_RESULT_OPTION,
  input: {
    ...PLANNING_OPTIONS.input,
    description: "Disable prompts; requires --auto-approve, --dry-run or --out",
  },
  refresh: {
    ...PLANNING_OPTIONS.refresh,
    ...choice(
      ["auto", "scan", "lookup"] as const,
      "How to read Front: auto (few requests; default), scan (all pages), lookup (contacts of the run)",
    ),
  },
} as const;

export const UNDO = defineCommand({
  description: "Undo an apply: after approval, restore the values that it changed",
  options: UNDO_OPTIONS,
  argument: {
    name: "run",
    required: false,
    description:
      "Run to undo: its ID, a unique prefix or suffix of it, or a saved plan that was applied (default: the latest run)",
    completionKinds: ["runs", "plans"],
  },
  examples: {
    "front-contacts undo": "Undo the latest apply",
    "front-contacts undo 5f0c11d2": "Undo this run; history lists the IDs",
    "front-contacts undo plan.json": "Undo a saved plan that was applied in CI",
    "front-contacts undo --dry-run": "Show what would be restored",
    "front-contacts undo --allow-removals 5": "Also delete contacts that the run created",
    "front-contacts undo --overwrite front_contact.dale": "Also restore a contact that changed after the run",
    "front-contacts undo --out undo.json": "Save the plan; apply it with: front-contacts apply undo.json --detached",
  },
  toArgs(values, { args: [run] }) {
    const output = outputFrom(values);
    const { format } = output;
    const { out, html, autoApprove, dryRun, noJournal } = values;
    rejectSameFile(out, html);
    rejectOverwriting(run, { "--out": out, "--html": html });
    const applies = !dryRun && out === undefined;
    if (applies && (format === "markdown" || format === "html")) {
      throw new UsageError(`--format ${format} requires --dry-run or --out`, "Add --dry-run to show the plan only.");
    }
    if (applies && format === "json" && !autoApprove) {
      throw new UsageError(
        `${values.json ? "--json" : "--format json"} requires --auto-approve, --dry-run or --out`,
        APPROVAL_ADVICE,
      );
    }
    const planning = planningFrom({ ...values, allowHandleMoves: true });
    return { ...values, ...planning, ...output, base: undefined, journal: !noJournal, run };
  },
});
