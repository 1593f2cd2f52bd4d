import { dropAbsent } from "../absent.ts";
import type { Diagnostic, Place } from "../diagnostic.ts";

/** A resource that a plan does not change after all, and the reason. */
export interface Refusal {
  readonly address: string;
  readonly diagnostic: Diagnostic;
}

/** Creates a refusal that says how to go on. */
export function refuse(
  address: string,
  { code, summary, place }: { readonly code: string; readonly summary: string; readonly place: Place | undefined },
): Refusal {
  const advice = "Create and review a new plan for it. The rest of this plan is applied.";
  return { address, diagnostic: dropAbsent({ severity: "error" as const, code, summary, advice, place }) };
}
