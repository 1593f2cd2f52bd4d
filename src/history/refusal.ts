import type { Diagnostic, SourceLocation } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";

/** A resource that a plan does not change after all, and the reason. */
export interface Refusal {
  readonly address: string;
  readonly diagnostic: Diagnostic;
}

/** Creates a refusal that says how to go on. */
export function refuse(
  address: string,
  {
    code,
    summary,
    location,
  }: { readonly code: string; readonly summary: string; readonly location: SourceLocation | undefined },
): Refusal {
  const advice = "Create and review a new plan for it. The rest of this plan is applied.";
  return { address, diagnostic: omitUndefined({ severity: "error" as const, code, summary, advice, location }) };
}
