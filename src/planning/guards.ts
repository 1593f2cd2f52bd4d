import type { Change } from "../model/change.ts";
import type { DiagnosticCode } from "../model/codes.ts";
import type { Limit, Settings } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { losesSomething } from "./totals.ts";

/** How many contacts the user allows this run to change. */
export interface Allowance {
  readonly changes?: number;
  readonly removals?: number;
}

interface Guard {
  readonly code: DiagnosticCode;
  readonly what: string;
  readonly flag: string;
  /** Below this many contacts a share means nothing. */
  readonly least: number;
  readonly usual: Limit;
  readonly concerns: (change: Change) => boolean;
}

const CHANGES: Guard = {
  code: "too-many-changes",
  what: "would change",
  flag: "--allow-changes",
  least: 10,
  usual: { share: 0.3 },
  concerns: ({ action }) => action !== "create",
};

const REMOVALS: Guard = {
  code: "too-many-removals",
  what: "would lose something (themselves, a handle, a link, a list or a field)",
  flag: "--allow-removals",
  least: 3,
  usual: { share: 0.25 },
  concerns: losesSomething,
};

const ROUNDING = 1e-9;

/** Refuses plans that do more than anyone is likely to have meant, over the declared contacts that exist in Front. */
export function checkGuards(
  changes: readonly Change[],
  existing: number,
  { guards = {} }: Settings,
  allowed: Allowance,
): Diagnostic[] {
  const contacts = changes.filter(({ type }) => type === "front_contact");
  return [
    ...check(CHANGES, contacts, existing, { written: guards.changes, allowed: allowed.changes }),
    ...check(REMOVALS, contacts, existing, { written: guards.removals, allowed: allowed.removals }),
  ];
}

function check(
  guard: Guard,
  changes: readonly Change[],
  existing: number,
  { written, allowed = 0 }: { written: Limit | undefined; allowed: number | undefined },
): Diagnostic[] {
  const count = changes.filter(guard.concerns).length;
  const bound = boundOf(written ?? guard.usual, guard.least, existing);
  if (count <= Math.max(bound, allowed)) return [];
  const summary = `${count} of ${existing} contacts ${guard.what}; the limit is ${bound}`;
  const advice = `Look whether the plan is what you mean. If it is, run with ${guard.flag} ${count}, or set settings.guards in the files.`;
  return [{ severity: "error", code: guard.code, summary, advice }];
}

/** A share of none is none; any other counts as shares do in arithmetic, and not as they do in floating point. */
function boundOf(limit: Limit, least: number, existing: number): number {
  if ("count" in limit) return limit.count;
  return limit.share === 0 ? 0 : Math.max(least, Math.floor(limit.share * existing + ROUNDING));
}
