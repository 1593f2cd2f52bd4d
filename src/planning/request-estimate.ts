import type { RequestRate } from "../front/api.ts";
import { type Diagnostic, generalError, generalWarning } from "../model/diagnostic.ts";
import {
  needsFreshRead,
  type Operation,
  type Plan,
  type RequestCount,
  type RequestKind,
  type Sizes,
} from "../model/plan.ts";
import { groupDigits, plural } from "../model/plural.ts";
import { pagesOf } from "../reading/read-strategy.ts";
import { replacedAvatars } from "./replaced-avatars.ts";
import { planVerification } from "./verification-reads.ts";

/**
 * Counts the requests for applying and verifying operations. An apply with merges may take fewer requests, because it
 * skips values that are already correct. `sizes` are the sizes in the plan's basis.
 */
export function countRequests(operations: readonly Operation[], sizes?: Sizes): RequestCount {
  const byKind: Partial<Record<RequestKind, number>> = {};
  const add = (kind: RequestKind, count: number) => {
    if (count > 0) byKind[kind] = (byKind[kind] ?? 0) + count;
  };
  for (const operation of operations) {
    add(operation.kind, operation.kind === "remove-handle" ? 1 + (operation.otherSpellings?.length ?? 0) : 1);
    add("read", readsBefore(operation, sizes));
  }
  add("read", listReads(operations));
  add("read", accountListings(operations));
  add("verification", planVerification(operations, sizes).requests);
  return { total: Object.values(byKind).reduce((sum, count) => sum + count, 0), byKind };
}

/** Counts the requests that read the current state of resources immediately before an operation. */
function readsBefore(operation: Operation, sizes: Sizes = {}): number {
  switch (operation.kind) {
    case "update-contact":
      return needsFreshRead(operation) ? 1 : 0;
    case "merge-contacts":
      return 1 + operation.others.length;
    case "delete-contact":
    case "update-account":
      return 1;
    case "delete-account":
      return 1 + pagesOf(operation.account.contacts);
    case "delete-list":
      return operation.members === undefined ? 1 : pagesOf(sizes[operation.list.id] ?? 0);
    default:
      return 0;
  }
}

/** Accounts are listed before the first creation, and after each creation. */
function accountListings(operations: readonly Operation[]): number {
  const creations = operations.filter(({ kind }) => kind === "create-account").length;
  return creations === 0 ? 0 : creations + 1;
}

/** Number of contact creations that share one check of whether their lists still exist. */
export const LIST_CHECK_SHARED_BY = 10;

function listReads(operations: readonly Operation[]): number {
  const createdNames = new Set(
    operations.flatMap((operation) => (operation.kind === "create-list" ? [operation.name] : [])),
  );
  // Lists are read before the first creation, and after each creation.
  const readsForCreations = createdNames.size === 0 ? 0 : createdNames.size + 1;
  const newContactsOnLists = operations.filter(
    (operation) => operation.kind === "create-contact" && operation.lists,
  ).length;
  // A list without an ID that this apply does not create was created by someone else, so its ID must be read.
  const needsId = operations.some(
    (operation) =>
      operation.kind === "add-to-list" && operation.list.id === undefined && !createdNames.has(operation.list.name),
  );
  return readsForCreations + Math.ceil(newContactsOnLists / LIST_CHECK_SHARED_BY) + (needsId ? 1 : 0);
}

/** Counts the avatars to download before they are replaced. */
export function countDownloads(
  plan: Pick<Plan, "changes" | "operations">,
  downloadsAvatar: (url: string) => boolean = () => false,
): number {
  return replacedAvatars(plan).filter(({ url }) => downloadsAvatar(url)).length;
}

export function withDuration(requests: RequestCount, rate: RequestRate | undefined): RequestCount {
  if (rate === undefined) return requests;
  const { perMinute } = rate;
  return { ...requests, perMinute, seconds: Math.ceil((requests.total * 60) / perMinute) };
}

export function withReads({ total, byKind, perMinute }: RequestCount, count: number): RequestCount {
  const requests = {
    total: total + count,
    byKind: count === 0 ? byKind : { ...byKind, read: (byKind.read ?? 0) + count },
  };
  return withDuration(requests, perMinute === undefined ? undefined : { perMinute });
}

/** The maximum number of requests and the maximum duration of an apply. */
export interface ApplyLimits {
  readonly requests?: number;
  readonly seconds?: number;
}

export function checkApplyLimits({ total, seconds, perMinute }: RequestCount, limits: ApplyLimits): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  if (limits.requests !== undefined && total > limits.requests) {
    const summary = `Applying this plan takes ${groupDigits(total)} requests; the limit is ${groupDigits(limits.requests)}`;
    const advice = "Raise the limit, or apply fewer changes.";
    diagnostics.push(generalError("too-many-requests", summary, advice, { kind: "allow-requests", count: total }));
  }
  if (limits.seconds === undefined || total === 0) return diagnostics;
  if (seconds === undefined || perMinute === undefined) {
    const summary = "Front did not report its rate limit, so the duration limit cannot be checked";
    const advice = "Limit the number of requests instead.";
    diagnostics.push(generalWarning("duration-unknown", summary, advice, { kind: "limit-requests" }));
  } else if (seconds > limits.seconds) {
    const summary = `Applying this plan takes about ${formatDuration(seconds)} at ${plural(perMinute, "request")} a minute; the limit is ${formatDuration(limits.seconds)}`;
    const advice = "Raise the limit, or apply fewer changes.";
    diagnostics.push(generalError("takes-too-long", summary, advice, { kind: "allow-duration" }));
  }
  return diagnostics;
}

/** Returns text such as `45 s`, `6 min` or `1 h 40 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = `${Math.floor(minutes / 60)} h`;
  return minutes % 60 === 0 ? hours : `${hours} ${minutes % 60} min`;
}
