import { isDiskFull } from "../fs/disk.ts";
import type { AttributeValue } from "../model/change.ts";
import {
  type Diagnostic,
  errorAt,
  generalError,
  generalWarning,
  type Refusal,
  type SourceLocation,
} from "../model/diagnostic.ts";
import type { DiagnosticCode } from "../model/diagnostic-codes.ts";
import { plural } from "../model/plural.ts";
import type { Remedy } from "../model/remedy.ts";
import { truncateTo } from "../model/truncate.ts";
import { UserError } from "../model/user-error.ts";
import type { Unreviewed } from "./reviewed-changes.ts";

interface Subject {
  readonly address: string;
  readonly name: string;
  readonly location?: SourceLocation | undefined;
}

const REST_IS_APPLIED = "The rest of this plan is applied.";
const NEW_PLAN = `Create and review a new plan for this resource. ${REST_IS_APPLIED}`;

function refusal({ address, location }: Subject, code: DiagnosticCode, summary: string, advice = NEW_PLAN): Refusal {
  return { address, diagnostic: errorAt(location, code, summary, advice) };
}

export function changedSincePlan(subject: Subject, unreviewed: readonly Unreviewed[]): Refusal {
  const summary = `${subject.name} changed in Front after this plan: ${unreviewed.map(describeUnreviewed).join(", ")}`;
  return refusal(subject, "changed-since-plan", summary);
}

function describeUnreviewed(unreviewed: Unreviewed): string {
  if ("label" in unreviewed) {
    const { label, values } = unreviewed;
    return values === undefined ? label : `${label} ${values.map(showValue).join(" -> ")}`;
  }
  switch (unreviewed.action) {
    case "create":
      return "a new plan would create it";
    case "delete":
      return "a new plan would delete it";
    case "kept":
      return "a new plan would not delete it";
    case "missing":
      return "it no longer exists";
    case "rematched":
      return `it matches another contact, ${unreviewed.id}`;
  }
}

function showValue(value: AttributeValue | undefined): string {
  return truncateTo(JSON.stringify(value ?? null), 60);
}

export function dependsOnRefused(subject: Subject, operationId: string): Refusal {
  const summary = `${subject.name} is refused, because it depends on a refused operation: ${operationId}`;
  return refusal(subject, "depends-on-refused", summary);
}

/** `reason` contains Front's reason and advice. */
export function accountsUnreadable(subject: Subject, reason: string): Refusal {
  const summary = `${subject.name} is refused, because accounts cannot be read`;
  const advice = `${reason} ${REST_IS_APPLIED}`;
  return refusal(subject, "scope-missing", summary, advice);
}

/**
 * `ensure` is the value in the plan. If it is `absent`, the plan may have created the entry for a removed table row, so
 * the user cannot add the entry to the configuration again.
 */
export function missingInConfiguration(subject: Subject, ensure: "present" | "absent" | undefined): Refusal {
  if (ensure === "absent") {
    const summary = `This plan deletes ${subject.name}, but the configuration does not`;
    return refusal(subject, "differs-from-files", summary);
  }
  const summary = `${subject.name} is in this plan, but not in the configuration`;
  const advice = `Add it to the configuration again, or create and review a new plan without it. ${REST_IS_APPLIED}`;
  return refusal(subject, "differs-from-files", summary, advice);
}

export function differsFromConfiguration(subject: Subject, properties: readonly string[]): Refusal {
  const summary = `${subject.name} in this plan differs from the configuration: ${properties.join(", ")}`;
  return refusal(subject, "differs-from-files", summary);
}

/** The environment variable for the key that signs plans. */
export const PLAN_KEY_VARIABLE = "FRONT_CONTACTS_PLAN_KEY";

/** The reason why a file is not a plan that can be shown or applied. */
export type PlanFileProblem =
  | { readonly code: "plan-unreadable" | "plan-unsigned" | "plan-signature" }
  /** False for a file that was never a saved plan, such as the output of `plan --json`. */
  | { readonly code: "plan-edited"; readonly hasDigest: boolean }
  /** `format` is empty if the file does not specify it. */
  | { readonly code: "plan-format"; readonly format: string; readonly supported: string }
  | { readonly code: "plan-form" | "plan-contradictory"; readonly problem: string };

const CREATE_PLAN: Remedy = { kind: "create-plan" };
const CREATE_AGAIN = "Create the plan again.";
const SIGN_AGAIN = `Create the plan again with ${PLAN_KEY_VARIABLE} set to the same key as in this environment.`;

export function planFileError(path: string, problem: PlanFileProblem): Diagnostic {
  const { code } = problem;
  const [summary, advice] = describePlanFileProblem(problem);
  const help = advice === undefined ? { advice: CREATE_AGAIN, remedy: CREATE_PLAN } : { advice };
  return { severity: "error", code, summary: `"${path}" ${summary}`, ...help };
}

function describePlanFileProblem(problem: PlanFileProblem): readonly [summary: string, advice?: string] {
  switch (problem.code) {
    case "plan-unreadable":
      return ["is not a plan"];
    case "plan-format":
      return [
        problem.format === ""
          ? "is not a saved plan"
          : `has the plan format ${problem.format}; this version supports ${problem.supported}`,
      ];
    case "plan-edited":
      return [problem.hasDigest ? "was changed after it was written" : "is not a saved plan"];
    case "plan-unsigned":
      return ["is not signed", SIGN_AGAIN];
    case "plan-signature":
      return ["has an invalid signature", `The plan was changed, or signed with a different key. ${SIGN_AGAIN}`];
    case "plan-form":
      return [`is not a valid plan: ${problem.problem}`];
    case "plan-contradictory":
      return [`is inconsistent: ${problem.problem}`];
  }
}

export function signatureNotVerifiedWarning(path: string): Diagnostic {
  const summary = `"${path}" is signed, but the signature was not verified`;
  const advice = `Set ${PLAN_KEY_VARIABLE} to the key that the plan was signed with.`;
  return generalWarning("plan-unverified", summary, advice);
}

export const PLAN_HAS_ERRORS: Diagnostic = {
  severity: "error",
  code: "plan-errored",
  summary: "This plan has errors and cannot be applied",
  advice: "Fix the errors in the plan, then create it again.",
  remedy: CREATE_PLAN,
};

export function otherToolVersionError(created: string, running: string): Diagnostic {
  const summary = `This plan was created by version ${created}, but this is version ${running}`;
  const advice = `Create the plan again with version ${running}, or apply it with version ${created}.`;
  return generalError("plan-version", summary, advice);
}

export function otherCompanyError(planned: string, actual: string): Diagnostic {
  const summary = `This plan is for company "${planned}", but the token belongs to "${actual}"`;
  const advice = `Apply the plan with a token for ${planned}.`;
  return generalError("plan-company", summary, advice);
}

export function oldPlanWarning(days: number): Diagnostic {
  const summary = `This plan is ${plural(days, "day")} old`;
  const advice =
    "Resources that now need other changes are listed and refused. Create a new plan to review these changes.";
  return generalWarning("plan-old", summary, advice);
}

export function recordNotWrittenError(directory: string, reason: string): UserError {
  return new UserError("run-not-recorded", `"${directory}" cannot be written (${reason})`, {
    advice: "Make the directory writable, free some disk space, or apply without recording the run.",
    remedy: { kind: "skip-journal" },
  });
}

/** `limit` is in bytes. */
export function recordTooLargeError(limit: number): UserError {
  return new UserError(
    "run-not-recorded",
    `Nothing was applied, because the record of the run is larger than ${megabytes(limit)}`,
    {
      advice: "Create and apply smaller plans, or apply without recording the run.",
      remedy: { kind: "skip-journal" },
    },
  );
}

export function recordNotCompletedWarning(file: string, reason: string): Diagnostic {
  const solution = isDiskFull(reason) ? "Free some disk space" : "Make the directory writable";
  return resultsNotWrittenWarning(file, reason, `${solution} before the next run.`);
}

/** `limit` is in bytes. */
export function resultsTooLargeWarning(file: string, limit: number): Diagnostic {
  return resultsNotWrittenWarning(file, `the record is larger than ${megabytes(limit)}`, "Create smaller plans.");
}

function resultsNotWrittenWarning(file: string, reason: string, solution: string): Diagnostic {
  const summary = `The results of this run were not written to "${file}" (${reason})`;
  const advice = `${solution} The history and undo commands read the results of this run from the journal instead.`;
  return generalWarning("run-not-recorded", summary, advice);
}

function megabytes(bytes: number): string {
  return `${bytes / 1024 / 1024} MB`;
}

/**
 * Returns the error for a run that cannot be selected. `idPart` is the part of a run ID that the user entered;
 * undefined selects the latest run. `matches` contains the IDs of the matching runs.
 */
export function runNotFoundError(idPart: string | undefined, matches: readonly string[]): UserError {
  if (idPart === undefined) {
    return new UserError("no-runs", "No recorded runs found", {
      advice: "A run is recorded on the machine that applies the plan. To undo a run of a CI job, use its saved plan.",
      remedy: { kind: "undo-saved-plan" },
    });
  }
  if (matches.length === 0) {
    return new UserError("run-unknown", `Unknown run "${idPart}"`, {
      advice: "Specify the ID of a recorded run.",
      remedy: { kind: "list-runs" },
    });
  }
  return new UserError("run-unknown", `"${idPart}" matches ${matches.length} runs`, {
    advice: `Use a longer part of the ID. Matching runs: ${matches.slice(0, 5).join(", ")}.`,
  });
}

export function runsUnreadableError(directory: string, reason: string): UserError {
  return new UserError("run-unreadable", `"${directory}" cannot be read (${reason})`, {
    advice: "Check the permissions of the directory and its parent directories.",
  });
}

export function runUnreadableError(file: string): UserError {
  return new UserError("run-unreadable", `"${file}" is not a record that this version can read`, {
    advice: "The file was changed, damaged or written by another version. To undo this run, use its saved plan.",
  });
}
