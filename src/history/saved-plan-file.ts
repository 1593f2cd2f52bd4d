import { checkPlanForm } from "../config/schema.ts";
import { harmlessJsonLines } from "../escape/escape-json.ts";
import type { DesiredState } from "../model/contact.ts";
import { type Diagnostic, hasErrors } from "../model/diagnostic.ts";
import { digestOf, sealOf } from "../model/fingerprint.ts";
import { contactAddress, type Plan } from "../model/plan.ts";
import { UserError } from "../model/user-error.ts";
import { findContradiction } from "./plan-contradictions.ts";
import { checkSignature } from "./plan-signature.ts";

/** The first number says which readers understand it. */
const FORMAT_VERSION = "1.0";

/** The content of a plan file. */
export interface SavedPlan {
  readonly format_version: string;
  /** The version of the tool that made it. */
  readonly tool_version: string;
  readonly created_at: string;
  /** The plan has errors: it may be shown, and not applied. */
  readonly errored: boolean;
  /** A hash of the whole desired state, including entries that the plan does not touch. */
  readonly files_digest: string;
  /** The desired state, with only the contacts that the plan touches. */
  readonly desired: DesiredState;
  readonly plan: Plan;
}

export interface SaveOptions {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** A secret with which the file is signed. */
  readonly key?: string | undefined;
  /** Bytes that the file may have. Defaults to `MAX_PLAN_BYTES`. */
  readonly limit?: number;
}

/** 100,000 changes take less than half of it. No string holds more than 512 MB, so more could not be read again. */
export const MAX_PLAN_BYTES = 500 * 1024 * 1024;

/** A plan is larger than the limit for plan files. */
export class PlanTooLargeError extends UserError {
  constructor(limit: number) {
    super("plan-too-large", `The plan was not saved: it is larger than ${limit / 1024 / 1024} MB`, {
      advice: "Plan some of the contacts at a time, or apply without saving the plan.",
    });
  }
}

/** Sections of a plan file have a line for each contact, change and operation. */
const LINE_DEPTH = 3;

/**
 * Returns the text of a plan file. Of the files it holds the entries that the plan touches, and no others. Throws a
 * `PlanTooLargeError` when it would be too large to be read again.
 */
export function encodePlan(plan: Plan, desired: DesiredState, options: SaveOptions): string {
  const { version, now, key, limit = MAX_PLAN_BYTES } = options;
  const touched = new Set(plan.changes.map(({ address }) => address));
  const saved: SavedPlan = {
    format_version: FORMAT_VERSION,
    tool_version: version,
    created_at: new Date(now).toISOString(),
    errored: hasErrors(plan.diagnostics),
    files_digest: digestOf(desired),
    desired: { ...desired, contacts: desired.contacts.filter((entry) => touched.has(contactAddress(entry.key))) },
    plan,
  };
  const { digest, hmac } = sealOf(saved, key);
  const file = { ...saved, content_digest: digest, content_hmac: hmac };
  return joinWithin(limit, harmlessJsonLines(file, LINE_DEPTH));
}

function joinWithin(limit: number, lines: Iterable<string>): string {
  const taken: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > limit) throw new PlanTooLargeError(limit);
    taken.push(line);
  }
  return `${taken.join("\n")}\n`;
}

export type DecodedPlan =
  | { readonly saved: SavedPlan; readonly diagnostics: readonly Diagnostic[] }
  | { readonly saved?: undefined; readonly diagnostics: readonly Diagnostic[] };

const PLAN_AGAIN = "Create the plan again: front-contacts plan --out FILE.";

/**
 * Decodes the text of a plan file. A file that is no plan of this format, was edited, contradicts itself, or is not
 * signed with `key` is refused with one error. Without `key` a signature is not verified, with a warning.
 */
export function decodePlan(
  text: string,
  path: string,
  { key }: { readonly key?: string | undefined } = {},
): DecodedPlan {
  const refuse = (code: string, summary: string, advice: string = PLAN_AGAIN): DecodedPlan => ({
    diagnostics: [{ severity: "error", code, summary: `${path} ${summary}`, advice }],
  });
  const json = parsed(text);
  if (!isObject(json) || isDeeperThan(MAX_DEPTH, json)) return refuse("plan-unreadable", "is not a plan");
  const { content_digest: digest, content_hmac: signature, ...content } = json;
  const format = String(content["format_version"]);
  if (format.split(".")[0] !== FORMAT_VERSION.split(".")[0]) {
    return refuse("plan-format", `is a plan of format ${format}, and this version reads ${FORMAT_VERSION}`);
  }
  const seal = sealOf(content, key);
  if (digest !== seal.digest) return refuse("plan-edited", "was changed after it was written");
  const unsigned = checkSignature(signature, seal.hmac);
  if (unsigned?.severity === "error") return refuse(unsigned.code, unsigned.summary, unsigned.advice);
  const problem = checkPlanForm(content);
  if (problem !== undefined) return refuse("plan-form", `is not a valid plan: ${problem}`);
  const saved = content as unknown as SavedPlan;
  const contradiction = findContradiction(saved);
  if (contradiction !== undefined) return refuse("plan-contradictory", `contradicts itself: ${contradiction}`);
  if (unsigned === undefined) return { saved, diagnostics: [] };
  return { saved, diagnostics: [{ ...unsigned, summary: `${path} ${unsigned.summary}` }] };
}

/** Why a saved plan is not applied, whatever Front has by now. */
export function checkSavedPlan({ saved, version, companyId, now }: CheckedPlan): Diagnostic[] {
  const error = (code: string, summary: string, advice: string): Diagnostic[] => [
    { severity: "error", code, summary, advice },
  ];
  if (saved.errored) {
    return error("plan-errored", "This plan has errors and cannot be applied", "Fix them, and create the plan again.");
  }
  const major = (of: string) => of.split(".")[0];
  if (major(saved.tool_version) !== major(version)) {
    const summary = `This plan was created by version ${saved.tool_version}, and this is version ${version}`;
    return error("plan-version", summary, "Create the plan again with this version, or apply it with that one.");
  }
  const { company } = saved.plan;
  if (company.id === companyId) return warnOld(saved, now);
  const summary = `This plan is for the company ${company.id}, but the token belongs to ${companyId}`;
  return error("plan-company", summary, "Apply it with a token of that company.");
}

interface CheckedPlan {
  readonly saved: SavedPlan;
  readonly version: string;
  readonly companyId: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

const DAY = 24 * 60 * 60 * 1000;

/** Everything that the plan depends on is read again, so age alone is no reason to refuse it. */
function warnOld({ created_at: createdAt }: SavedPlan, now: number): Diagnostic[] {
  const days = Math.floor((now - Date.parse(createdAt)) / DAY);
  if (!(days >= 1)) return [];
  const summary = `This plan is ${days} ${days === 1 ? "day" : "days"} old`;
  const advice = "Contacts that changed in Front since are refused by name. Create a new plan to review them.";
  return [{ severity: "warning", code: "plan-old", summary, advice }];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A plan has about twelve levels; deeper values would overflow the stack of the functions that walk it. */
const MAX_DEPTH = 100;

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(levels - 1, part));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
