import type { OperationResult } from "../applying/apply.ts";
import { explainInvalidPlan } from "../config/schema.ts";
import { escapedJsonLines } from "../escape/escape-json.ts";
import type { Picture } from "../model/contact.ts";
import { canonicalJson } from "../model/fingerprint.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Operation, Plan } from "../model/plan.ts";
import { joinWithin, MAX_PLAN_BYTES, savedPlanOf } from "./saved-plan-file.ts";

/** The version of the format. The first number changes when older readers cannot read it. */
const FORMAT_VERSION = "1.0";

/** A picture that a run replaced, kept in the directory of the run. */
export type KeptPicture = Pick<Picture, "sha256" | "size" | "type">;

/** The result of an operation. After a run was killed, that of an operation in flight is `unknown`. */
export interface RecordedResult {
  /** The id of the operation. */
  readonly operation: string;
  readonly status: OperationResult["status"];
  /** The contact that was created or changed, by id. */
  readonly contact?: string;
  /** The list that was created, or whose members changed, by id. */
  readonly list?: string;
  /** The account that was created or changed, by id. */
  readonly account?: string;
  readonly message?: string;
  /** The performed operation, if it differs from the one in the plan. */
  readonly performed?: Operation;
}

/** The record of an apply: its plan, which has the previous values, and how each operation ended. */
export interface RunRecord {
  readonly format_version: string;
  readonly tool_version: string;
  /** When it started and eight hexadecimal digits, such as `20260301T093000.000Z-5f0c11d2`. */
  readonly id: string;
  readonly started_at: string;
  /** Omitted while the run lasts, and if it was killed. */
  readonly ended_at?: string;
  /** The git commit that was checked out. */
  readonly commit?: string;
  /** By contact id. */
  readonly pictures?: Readonly<Record<string, KeptPicture>>;
  /** Requests sent while applying, including retries. */
  readonly requests?: number;
  readonly results?: readonly RecordedResult[];
  readonly plan: Plan;
}

/** Returns the text of a record. Throws a `PlanTooLargeError` when it would be too large to be read again. */
export function encodeRunRecord(record: Omit<RunRecord, "format_version">, limit = MAX_PLAN_BYTES): string {
  return joinWithin(limit, escapedJsonLines({ format_version: FORMAT_VERSION, ...record }, LINE_DEPTH));
}

/** The plan has a line for each change and operation. */
const LINE_DEPTH = 3;

export function recordResult(result: OperationResult, planned: Operation | undefined): RecordedResult {
  const { operation, status } = result;
  const ids =
    status === "applied"
      ? { contact: result.contactId, list: result.listId, account: result.accountId }
      : { message: result.message };
  const differs = planned !== operation && canonicalJson(planned) !== canonicalJson(operation);
  return omitUndefined({ operation: operation.id, status, ...ids, performed: differs ? operation : undefined });
}

/** Returns the content of a record; undefined if the text is not one that this version reads. */
export function decodeRunRecord(text: string): RunRecord | undefined {
  const json = parsed(text) as Partial<RunRecord> | null | undefined;
  if (typeof json !== "object" || json === null || json.plan === undefined) return undefined;
  const { format_version: format, tool_version: version, id, started_at: startedAt, results = [] } = json;
  if (!/^1\./.test(String(format)) || !isText(version) || !isText(id) || !isText(startedAt)) return undefined;
  const { plan, pictures = {} } = json;
  if (explainInvalidPlan(savedPlanOf(plan, { version, createdAt: startedAt })) !== undefined) return undefined;
  const isSound = Array.isArray(results) && results.every(isResult) && Object.values(pictures).every(isPicture);
  return isSound ? (json as RunRecord) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

const STATUSES: ReadonlySet<unknown> = new Set(["applied", "failed", "unknown", "skipped"]);

/** Returns whether a value is a valid result. Ids are validated, because they become part of the path of a request. */
function isResult(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Partial<Record<string, unknown>>;
  const { operation, status, contact = "crd_0", list = "grp_0", account = "acc_0" } = fields;
  const isId = (id: unknown, prefix: string) => isText(id) && new RegExp(`^${prefix}_[0-9a-zA-Z]+$`).test(id);
  return isText(operation) && STATUSES.has(status) && isId(contact, "crd") && isId(list, "grp") && isId(account, "acc");
}

/** Returns whether a value is a valid picture. The hash is validated, because it becomes part of the path of a file. */
function isPicture(value: unknown): boolean {
  const { sha256, size, type } = (value ?? {}) as Partial<Record<string, unknown>>;
  return (
    isText(sha256) && /^[0-9a-f]{64}$/.test(sha256) && typeof size === "number" && /^image\/\w+$/.test(String(type))
  );
}

/** The number of operations of a run with each result. */
export type OutcomeCount = Readonly<Record<OperationResult["status"], number>>;

export function countOutcomes({
  results = [],
}: {
  results?: readonly Pick<OperationResult, "status">[];
}): OutcomeCount {
  const count = (status: OperationResult["status"]) => results.filter((each) => each.status === status).length;
  return { applied: count("applied"), failed: count("failed"), unknown: count("unknown"), skipped: count("skipped") };
}
