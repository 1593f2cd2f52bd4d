import type { OperationResult } from "../applying/apply.ts";
import { isOutcome, outcomeDetails, type RecordedOutcome } from "../applying/journal.ts";
import { explainInvalidPlan } from "../config/schema.ts";
import type { Picture } from "../model/contact.ts";
import { canonicalJson } from "../model/fingerprint.ts";
import { isJsonObject, isText, parseJson } from "../model/json-object.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Operation, Plan } from "../model/plan.ts";
import { encodeLines } from "./saved-plan-file.ts";

/** The first number changes if older versions cannot read the format. */
const FORMAT_VERSION = "1.0";

/** A picture that a run replaced. Its file is in the directory of the run. */
export type ReplacedPicture = Pick<Picture, "sha256" | "size" | "type">;

export interface RecordedResult extends RecordedOutcome {
  /** The performed operation, if it differs from the planned operation. */
  readonly performed?: Operation;
}

/** The record of an apply: its plan, which contains the previous values, and the results of its operations. */
export interface RunRecord {
  readonly format_version: string;
  readonly tool_version: string;
  /** The start time, a sequence number and eight hexadecimal digits, such as `20260301T093000.000Z-7-5f0c11d2`. */
  readonly id: string;
  readonly started_at: string;
  /** Omitted until the results are written. */
  readonly ended_at?: string;
  /** The digest of the saved plan that was applied. */
  readonly plan_digest?: string;
  /** The commit that was checked out. */
  readonly commit?: string;
  /** True if files in the contacts directory, also ignored ones, differed from the commit. Omitted without a commit. */
  readonly uncommitted_edits?: boolean;
  /** By contact ID. */
  readonly pictures?: Readonly<Record<string, ReplacedPicture>>;
  /** Includes retries. */
  readonly requests?: number;
  readonly results?: readonly RecordedResult[];
  readonly plan: Plan;
}

/** Returns the text of a record. Throws a `PlanTooLargeError` if the text has more bytes than `limit`. */
export function encodeRunRecord(record: Omit<RunRecord, "format_version">, limit: number): string {
  return encodeLines({ format_version: FORMAT_VERSION, ...record }, limit);
}

export function recordResult(result: OperationResult, planned: Operation | undefined): RecordedResult {
  const { operation, status } = result;
  const differs = planned !== operation && canonicalJson(planned) !== canonicalJson(operation);
  const performed = differs ? operation : undefined;
  return omitUndefined({ operation: operation.id, status, ...outcomeDetails(result), performed });
}

/** Returns the record in a text; undefined if this version cannot read the text. */
export function decodeRunRecord(text: string): RunRecord | undefined {
  const json = parseJson(text);
  if (!isJsonObject(json)) return undefined;
  const { format_version: format, tool_version: version, id, started_at: createdAt, plan } = json;
  if (!/^1\./.test(String(format)) || !isText(version) || !isText(id) || !isText(createdAt)) return undefined;
  const planFile = { ...EMPTY_PLAN_FILE, tool_version: version, created_at: createdAt, plan };
  if (plan === undefined || explainInvalidPlan(planFile) !== undefined) return undefined;
  const { results = [], pictures = {} } = json;
  const isValid = Array.isArray(results) && results.every(isOutcome) && Object.values(pictures ?? {}).every(isPicture);
  return isValid ? (json as unknown as RunRecord) : undefined;
}

/** The other properties of a plan file, to validate the plan of a record against the schema of plan files. */
const EMPTY_PLAN_FILE = {
  format_version: "1.0",
  errored: false,
  files_digest: "0".repeat(64),
  desired: { contacts: [], lists: [], customFields: [], settings: {} },
};

/** Validates the hash, because it becomes part of a file path. */
function isPicture(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { sha256, size, type } = value;
  const isHash = isText(sha256) && /^[0-9a-f]{64}$/.test(sha256);
  return isHash && typeof size === "number" && /^image\/\w+$/.test(String(type));
}

export type OutcomeCount = Readonly<Record<OperationResult["status"], number>>;

export function countOutcomes({
  results = [],
}: {
  results?: readonly Pick<OperationResult, "status">[];
}): OutcomeCount {
  const count = (status: OperationResult["status"]) => results.filter((result) => result.status === status).length;
  return { applied: count("applied"), failed: count("failed"), unknown: count("unknown"), skipped: count("skipped") };
}
