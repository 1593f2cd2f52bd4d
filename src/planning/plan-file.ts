import type { Desired } from "../contact.ts";
import { checkPlanForm } from "../desired/schema.ts";
import { type Diagnostic, hasErrors } from "../diagnostic.ts";
import { digestOf } from "../fingerprint.ts";
import type { Attributes } from "./compare.ts";
import { type Change, contactAddress, type Plan } from "./plan.ts";

/** The first number says which readers understand it. */
const FORMAT_VERSION = "1.0";

/** A plan on file, with the wishes that were reviewed. */
export interface SavedPlan {
  readonly format_version: string;
  /** The version of the tool that made it. */
  readonly tool_version: string;
  readonly created_at: string;
  /** Something was wrong with it, so it may be looked at and not applied. */
  readonly errored: boolean;
  /** A hash of all that the files said, also of what the plan does not touch. */
  readonly files_digest: string;
  /** What the files said of the contacts that the plan touches. */
  readonly desired: Desired;
  readonly plan: Plan;
}

export interface SaveOptions {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The text of a plan file. It holds what the change needs, and no more of anybody's data. */
export function encodePlan(plan: Plan, desired: Desired, { version, now }: SaveOptions): string {
  const touched = new Set(plan.changes.map(({ address }) => address));
  const saved: SavedPlan = {
    format_version: FORMAT_VERSION,
    tool_version: version,
    created_at: new Date(now).toISOString(),
    errored: hasErrors(plan.diagnostics),
    files_digest: digestOf(desired),
    desired: { ...desired, contacts: desired.contacts.filter(({ key }) => touched.has(contactAddress(key))) },
    plan: { ...plan, changes: plan.changes.map(withoutUnchanged) },
  };
  return `${JSON.stringify({ ...saved, content_digest: digestOf(saved) }, null, 2)}\n`;
}

/** An update is told by what differs; what a contact has besides is nobody's business. */
function withoutUnchanged(change: Change): Change {
  if (change.action !== "update") return change;
  const shown = new Set(["name", ...change.differences.map(({ attribute }) => attribute)]);
  const only = (side: Attributes | null) =>
    side && Object.fromEntries(Object.entries(side).filter(([attribute]) => shown.has(attribute)));
  return { ...change, before: only(change.before), after: only(change.after) };
}

export type DecodedPlan =
  | { readonly saved: SavedPlan; readonly diagnostics: readonly Diagnostic[] }
  | { readonly saved?: undefined; readonly diagnostics: readonly Diagnostic[] };

/** Reads a plan file. What is no plan of this format, or is not as it was written, is refused with the reason. */
export function decodePlan(text: string, path: string): DecodedPlan {
  const refuse = (code: string, summary: string, advice: string): DecodedPlan => ({
    diagnostics: [{ severity: "error", code, summary: `${path} ${summary}`, advice }],
  });
  const again = "Make it again: front-contacts plan --out FILE.";
  const json = parsed(text);
  if (!isObject(json) || isDeeperThan(MAX_DEPTH, json)) return refuse("plan-unreadable", "is not a plan", again);
  const { content_digest: digest, ...content } = json;
  const format = String(content["format_version"]);
  if (format.split(".")[0] !== FORMAT_VERSION.split(".")[0]) {
    return refuse("plan-format", `is a plan of format ${format}, and this version reads ${FORMAT_VERSION}`, again);
  }
  if (digest !== digestOf(content)) {
    return refuse("plan-edited", "was changed after it was written", `A plan is applied as it was reviewed. ${again}`);
  }
  const problem = checkPlanForm(content);
  if (problem !== undefined) return refuse("plan-form", `is not the plan that it says it is: ${problem}`, again);
  return { saved: content as unknown as SavedPlan, diagnostics: [] };
}

/** Why a saved plan is not applied, whatever Front has by now. */
export function checkSavedPlan({ saved, version, companyId, now }: CheckedPlan): Diagnostic[] {
  const error = (code: string, summary: string, advice: string): Diagnostic[] => [
    { severity: "error", code, summary, advice },
  ];
  if (saved.errored) {
    return error("plan-errored", "This plan has errors, so there is nothing to apply", "Mend them, and plan again.");
  }
  const major = (of: string) => of.split(".")[0];
  if (major(saved.tool_version) !== major(version)) {
    const summary = `This plan was made by version ${saved.tool_version}, and this is version ${version}`;
    return error("plan-version", summary, "Plan again with this version, or apply with that one.");
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

/** What the plan depends on is looked at again, so age alone is no reason to refuse it. */
function warnOld({ created_at: createdAt }: SavedPlan, now: number): Diagnostic[] {
  const days = Math.floor((now - Date.parse(createdAt)) / DAY);
  if (!(days >= 1)) return [];
  const summary = `This plan is ${days} ${days === 1 ? "day" : "days"} old`;
  const advice = "What has changed in Front since is left alone and named. Plan again to see it beforehand.";
  return [{ severity: "warning", code: "plan-old", summary, advice }];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A plan has some twelve levels. What walks through it has to come back from every depth. */
const MAX_DEPTH = 100;

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(levels - 1, part));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
