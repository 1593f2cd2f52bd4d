import type { Change } from "../model/change.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Mismatch, Respelling } from "./compare-with-plan.ts";

const PLAN_AGAIN = "Run plan again to see the remaining changes.";

export function notAsPlanned({ address, location }: Change, mismatch: Mismatch): Diagnostic {
  return {
    severity: "error",
    code: "not-as-planned",
    summary: `${address} is not as planned: ${mismatch.attribute} ${describeProblem(mismatch)}`,
    advice: `Front accepted the change, but someone has changed it since, or Front did not keep it. ${PLAN_AGAIN}`,
    ...(location === undefined ? {} : { location }),
  };
}

function describeProblem(mismatch: Mismatch): string {
  switch (mismatch.problem) {
    case "missing":
      return "is missing in Front";
    case "not-removed":
      return "was not removed in Front";
    case "different":
      return `is ${mismatch.found} in Front instead of ${mismatch.expected}`;
    case "undecodable":
      return `cannot be decoded: ${mismatch.detail}`;
  }
}

export const INTERRUPTED: Diagnostic = {
  severity: "error",
  code: "not-verified",
  summary: "The apply was not verified, because the run was interrupted",
  advice: PLAN_AGAIN,
};

/** Returns the error for a verification that stopped. `message` and `advice` are those of its cause. */
export function notVerified({ message, advice }: { readonly message: string; readonly advice: string }): Diagnostic {
  return {
    severity: "error",
    code: "not-verified",
    summary: `The apply could not be verified: ${message}`,
    advice: `${advice} ${PLAN_AGAIN}`,
  };
}

/** Maximum number of values that a message names; the others are counted. */
const MAX_EXAMPLES = 5;

/**
 * Returns a warning about values that Front spells differently, because people may not find them in Front by the
 * spelling in the files.
 */
export function spelledDifferently(respelled: readonly (Respelling & { readonly change: Change })[]): Diagnostic {
  const count = respelled.length;
  const examples = respelled.slice(0, MAX_EXAMPLES).map(({ change, attribute, sent, shown }) => {
    return `${change.address}: ${attribute} ${JSON.stringify(sent)} is ${JSON.stringify(shown)}`;
  });
  const more = count > MAX_EXAMPLES ? [`and ${count - MAX_EXAMPLES} more`] : [];
  return {
    severity: "warning",
    code: "spelled-differently",
    summary: `Front spells ${count === 1 ? "1 value" : `${count} values`} differently`,
    advice: `${[...examples, ...more].join("; ")}. Both spellings count as equal; no action is needed.`,
  };
}
