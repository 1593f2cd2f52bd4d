import {
  type Action,
  type Change,
  type Diagnostic,
  hasErrors,
  leavesOutEntries,
  type Plan,
} from "../../../src/internal.ts";
import { diagnosticsJson, type Sources } from "../diagnostics.ts";

/** The format version of Terraform's plans. Consumers check the major number. */
const FORMAT_VERSION = "1.2";

const ACTIONS: Readonly<Record<Action, string>> = { create: "create", update: "update", delete: "delete" };

export interface PlanJsonOptions {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Diagnostics of the configuration and of the plan. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
}

/** Returns a plan in the shape of `terraform show -json`, for tools that read Terraform plans. Other data is in `front_contacts`. */
export function planJson(plan: Plan | undefined, options: PlanJsonOptions): object {
  const { version, now, diagnostics, sources } = options;
  const errored = plan === undefined || hasErrors(diagnostics);
  return {
    format_version: FORMAT_VERSION,
    resource_changes: (plan?.changes ?? []).map(resourceChange),
    timestamp: new Date(now).toISOString(),
    applyable: !errored && plan.operations.length > 0,
    complete: !errored && isComplete(plan),
    errored,
    diagnostics: diagnosticsJson(diagnostics, sources).diagnostics,
    front_contacts: { version, ...(plan === undefined ? {} : frontContactsJson(plan)) },
  };
}

function isComplete({ targets, coverage, diagnostics }: Plan): boolean {
  return targets === undefined && coverage.contacts !== "changes" && !leavesOutEntries(diagnostics);
}

function resourceChange({
  address,
  type,
  name,
  action,
  before,
  after,
  id,
  location,
  kept,
  notes,
  differences,
}: Change): object {
  return {
    address,
    mode: "managed",
    type,
    name,
    provider_name: "front-contacts",
    change: {
      actions: [ACTIONS[action]],
      before,
      after,
      after_unknown: {},
      before_sensitive: false,
      after_sensitive: false,
    },
    front_contacts: { id: id ?? null, location: location ?? null, kept, notes, origins: originsOf(differences) },
  };
}

/** Returns the differences with a known origin: the configuration, Front, or both. */
function originsOf(differences: Change["differences"]): object[] {
  return differences.flatMap(({ attribute, key, origin }) => (origin ? [{ attribute, key: key ?? null, origin }] : []));
}

/** `plannedReads`: requests that planning took. */
function requestsJson({ total, byKind, seconds, perMinute }: Plan["requests"], plannedReads = 0): object {
  return {
    planned_reads: plannedReads,
    predicted: { total, by_kind: byKind },
    seconds: seconds ?? null,
    per_minute: perMinute ?? null,
  };
}

function frontContactsJson({ company, coverage, declared, targets, operations, requests }: Plan): object {
  const { requests: plannedReads, ...seen } = coverage;
  return {
    company,
    coverage: seen,
    declared,
    ...(targets === undefined ? {} : { targets }),
    requests: requestsJson(requests, plannedReads),
    operations,
  };
}
