import type { RequestRate } from "../front/api.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { needsFreshRead, type Operation, type RequestCount, type RequestKind, type Sizes } from "../model/plan.ts";
import { pagesOf } from "../reading/read-strategy.ts";
import { planVerification } from "./verification-reads.ts";

/**
 * Returns how many requests applying and verifying operations takes. After a merge it may be fewer, because values that
 * are already correct are not sent. `sizes` are those of the plan's basis.
 */
export function countRequests(operations: readonly Operation[], sizes?: Sizes): RequestCount {
  const byKind: Partial<Record<RequestKind, number>> = {};
  const add = (kind: RequestKind, count: number) => {
    if (count > 0) byKind[kind] = (byKind[kind] ?? 0) + count;
  };
  for (const operation of operations) {
    add(operation.kind, 1);
    add("read", readsBefore(operation, sizes));
  }
  add("read", listReads(operations));
  add("read", accountListings(operations));
  add("verification", planVerification(operations, sizes).requests);
  return { total: Object.values(byKind).reduce((sum, count) => sum + count, 0), byKind };
}

/**
 * Returns the number of reads before an operation: contacts and accounts are read again before they are merged or
 * deleted, or a collection is replaced.
 */
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

/** Returns how often an apply lists the accounts that changed last: before the first creation, and after each. */
function accountListings(operations: readonly Operation[]): number {
  const created = operations.filter(({ kind }) => kind === "create-account").length;
  return created === 0 ? 0 : created + 1;
}

/** Number of contact creations that share one check of whether their lists still exist. */
export const LIST_CHECK_SHARED_BY = 10;

/** Returns how often an apply reads the company's lists. */
function listReads(operations: readonly Operation[]): number {
  const created = new Set(operations.flatMap((each) => (each.kind === "create-list" ? [each.name] : [])));
  const naming = operations.filter((operation) => operation.kind === "create-contact" && operation.lists).length;
  // Lists are read before the first creation of a list, and after each.
  const around = created.size === 0 ? 0 : created.size + 1;
  // Reading the lists after creating one shows its id, unless someone else created it.
  const byName = operations.some(
    (each) => each.kind === "add-to-list" && each.list.id === undefined && !created.has(each.list.name),
  );
  return around + Math.ceil(naming / LIST_CHECK_SHARED_BY) + (byName ? 1 : 0);
}

/** Adds the duration of the requests at the measured rate limit, if any. */
export function withPace(requests: RequestCount, rate: RequestRate | undefined): RequestCount {
  if (rate === undefined) return requests;
  const { perMinute } = rate;
  return { ...requests, perMinute, seconds: Math.ceil((requests.total * 60) / perMinute) };
}

/** The maximum number of requests and seconds that an apply may take. */
export interface ApplyLimits {
  readonly requests?: number;
  readonly seconds?: number;
}

/** Returns a diagnostic for each limit that the requests of a plan exceed or cannot be checked against. */
export function checkBudget({ total, seconds, perMinute }: RequestCount, limits: ApplyLimits): Diagnostic[] {
  const found: Diagnostic[] = [];
  if (limits.requests !== undefined && total > limits.requests) {
    found.push({
      severity: "error",
      code: "too-many-requests",
      summary: `Applying this plan takes ${total} requests; the limit is ${limits.requests}`,
      advice: "Apply part of the plan, or raise the limit.",
      remedy: { kind: "allow-requests", count: total },
    });
  }
  if (limits.seconds === undefined || total === 0) return found;
  if (seconds === undefined) {
    found.push({
      severity: "warning",
      code: "duration-unknown",
      summary: "Front did not report its rate limit, so the duration limit cannot be checked",
      advice: "Limit the number of requests instead.",
      remedy: { kind: "limit-requests" },
    });
  } else if (seconds > limits.seconds) {
    found.push({
      severity: "error",
      code: "takes-too-long",
      summary: `Applying this plan takes about ${formatDuration(seconds)} at ${perMinute} requests a minute; the limit is ${formatDuration(limits.seconds)}`,
      advice: "Apply part of the plan, or raise the limit.",
      remedy: { kind: "allow-duration" },
    });
  }
  return found;
}

/** Returns a duration such as `45 s`, `6 min` or `1 h 20 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  const rest = minutes % 60;
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h${rest === 0 ? "" : ` ${rest} min`}`;
}
