import { FrontError, type Outcome } from "../front/api.ts";
import { isDiskFull } from "../fs/disk.ts";
import type { RemoteContact } from "../model/contact.ts";
import type { Diagnostic, Refusal } from "../model/diagnostic.ts";

export function changedAfterPlanError(attributes: readonly string[]): FrontError {
  return new FrontError("changed", `${attributes.join(" and ")} changed in Front after this plan`, {
    advice: "Create a new plan to review the current values.",
  });
}

export function changedBeforeRemovalError(id: string, changed: "account" | "handles" | "values"): FrontError {
  return new FrontError("changed", `The ${changed} of ${id} changed in Front after this plan`, {
    advice: "Create a new plan to review what would be lost now.",
  });
}

export function noLongerMatchesError(id: string): FrontError {
  return new FrontError("no-longer-matches", `${id} no longer has a handle of this entry`, {
    advice:
      "The handles were removed or moved in Front after this plan. Create a new plan to see which contact has them.",
  });
}

export function contactMissingError(id: string): FrontError {
  return new FrontError("missing", `${id} no longer exists in Front`, {
    advice: "The contact was deleted or merged. Create a new plan.",
  });
}

export function accountChangedError(id: string): FrontError {
  return new FrontError("changed", `The account ${id} changed in Front after this plan`, {
    advice: "Create a new plan to review what would be lost now.",
  });
}

export function accountMissingError(id: string): FrontError {
  return new FrontError("changed", `The account ${id} no longer exists in Front`, {
    advice: "The account was deleted after this plan. Create a new plan.",
  });
}

export function accountHasContactsError(id: string): FrontError {
  return new FrontError("changed", `The account ${id} has unexpected contacts`, {
    advice:
      "A contact was added to the account after this plan. Create a new plan to review which contacts would lose their account. An undo deletes the account only after the unexpected contacts are removed from it.",
  });
}

export function contactRefused(address: string, { message, advice }: FrontError): Refusal {
  const summary = `${address} is refused, because ${message}`;
  return { address, diagnostic: { severity: "error", code: "changed-since-plan", summary, advice } };
}

export function accountTakenError(id: string, outcome: Outcome): FrontError {
  return new FrontError(
    "conflict",
    `The account ${id} already has a domain or the external ID of the account to create`,
    {
      outcome,
      advice: "That account was created or changed in Front after this plan. Create a new plan to match it.",
    },
  );
}

export function listMissingError(name: string): FrontError {
  return new FrontError("changed", `The list "${name}" no longer exists in Front`, {
    advice: "The list was deleted or renamed after this plan. Create the list in Front, or create a new plan.",
  });
}

/** Returns the error for a list with unexpected members. `expectsMembers` is true if the plan contains its members. */
export function listNotEmptyError(name: string, expectsMembers: boolean): FrontError {
  return new FrontError("changed", `The list "${name}" has ${expectsMembers ? "unexpected " : ""}members`, {
    advice: expectsMembers
      ? "A contact was added to the list after this plan. Create and review a new plan."
      : "A contact was added to the list after this plan. Remove the members in Front and create a new plan, or keep the list.",
  });
}

export function listElsewhereError(name: string, team: string): FrontError {
  return new FrontError("conflict", `A list named "${name}" now exists in a workspace other than "${team}"`, {
    advice: 'Remove the key "team" from the declaration to use the existing list, or declare a list with another name.',
  });
}

export function listNotShownError(name: string): FrontError {
  return new FrontError("missing", `Front does not show the list "${name}"`, {
    advice: "Wait a minute, then create a new plan.",
  });
}

export function handleTakenError(id: string): FrontError {
  return new FrontError("conflict", `${id} already has a handle of the contact to create, but other values`, {
    outcome: "unknown",
    advice: "Create a new plan to see which contact has the handles now.",
  });
}

/** Returns advice for a handle that Front rejects because this contact has it. */
export function handleOwnerAdvice({ id, isPrivate }: Pick<RemoteContact, "id" | "isPrivate">): string {
  if (isPrivate) {
    return `${id} has a handle of this contact. It is a teammate's private contact, which is never changed. Ask the teammate to remove the handle from it, or remove the handle from the entry.`;
  }
  return `${id} has a handle of this contact. Create a new plan to match ${id}. If the plan does not match it, remove the handle from the entry or, in a YAML entry, set "id: ${id}".`;
}

export function otherSurvivorError(survivor: string, target: string): FrontError {
  return new FrontError("changed", `Front merged the contacts into ${survivor} instead of ${target}`, {
    advice: "Create a new plan to match the contact by its handles.",
  });
}

export function internalError(error: unknown): { readonly message: string; readonly advice: string } {
  const message = `Internal error in front-contacts: ${error instanceof Error ? error.message : String(error)}`;
  const [, location] = (error instanceof Error ? error.stack : undefined)?.match(/\n\s+(at .*)/) ?? [];
  const report = `Please report this as a bug in front-contacts${location === undefined ? "" : ` (${location})`}.`;
  return { message, advice: `Create a new plan to see the current state. ${report}` };
}

export const NOT_STARTED = {
  interrupted: "not started, because the run was interrupted",
  stopped: (reason: string) => `not started, because ${reason}`,
  dependency: (operationId: string) => `not started, because another operation must succeed first: ${operationId}`,
} as const;

/** Returns a reason for `NOT_STARTED.stopped`. */
export function changesUnreadable(reason: string): string {
  return `the changes in Front since this plan could not be read (${reason})`;
}

/**
 * Returns an error if the run stopped because of the journal (`stopped`), and a warning otherwise. `missing` contains
 * the results that are not in the journal.
 */
export function journalNotWritten(
  file: string,
  reason: string,
  { stopped, missing }: { readonly stopped: boolean; readonly missing: readonly string[] },
): Diagnostic {
  const missingEntries = missing.length === 0 ? "" : `Missing entries: ${missing.join("; ")}. `;
  return {
    severity: stopped ? "error" : "warning",
    code: "journal-not-written",
    summary: `${journalProblem(file, reason)}${stopped ? ", so no more operations were started" : ""}`,
    advice: `${missingEntries}${isDiskFull(reason) ? "Free some disk space" : "Make the file writable"} before the next run, or run without a journal.`,
    remedy: { kind: "skip-journal" },
  };
}

/** Describes the problem in a phrase that can follow "because". */
export function journalProblem(file: string, reason: string): string {
  return `"${file}" can no longer be written (${reason})`;
}
