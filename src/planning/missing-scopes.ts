import type { DesiredState } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";

export interface MissingScopesState {
  /** Scopes that the token lacks, and that the plan did without. */
  readonly missingScopes?: ReadonlySet<string>;
}

/** A warning for each missing scope, that says what the plan does not know. */
export function warnMissingScopes({ contacts }: DesiredState, { missingScopes }: MissingScopesState): Diagnostic[] {
  const linked = contacts.filter(({ account }) => account !== undefined).length;
  const summaries: Readonly<Record<string, string>> = {
    "conversations:read": "It is unknown how many conversations the contacts to be deleted have",
    "accounts:read": `The account of ${linked === 1 ? "1 contact is" : `${linked} contacts is`} neither compared nor changed`,
  };
  return [...(missingScopes ?? [])].flatMap((scope) => {
    const summary = summaries[scope];
    if (summary === undefined) return [];
    const advice = `The token needs the scope ${scope}. Add it in Front under Settings, Developers, API tokens.`;
    return [{ severity: "warning" as const, code: "scope-missing", summary, advice }];
  });
}
