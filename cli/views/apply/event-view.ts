import {
  type Change,
  type ChangeCount,
  countChanges,
  countOutcomes,
  type Diagnostic,
  type DiagnosticCode,
  escapeText,
  type OperationResult,
  type Plan,
  splitAddress,
} from "../../../src/internal.ts";
import { VERSION } from "../../package-files.ts";
import type { MaskContext, Session } from "../../session.ts";
import { completeEachAdvice } from "../advice.ts";
import { diagnosticsJson } from "../diagnostics.ts";
import { summaryLine } from "../plan/summary-lines.ts";
import { PROVIDER, renderJsonLine } from "../text.ts";
import { type ApplyOutcome, continuationAdvice, countApplied, summaryMessage } from "./apply-summary.ts";
import type { ApplyView, OperationListener } from "./apply-view.ts";
import { ACTION_LABELS, type ResourceState, trackResources } from "./resource-tracker.ts";

/** The version of Terraform's event stream. Consumers check the major number. */
const UI_VERSION = "1.2";

/** The predicates after a word such as "creating", for resources that were not applied completely. */
const OUTCOME_LABELS: Readonly<Record<Exclude<ResourceState["outcome"], "complete">, string>> = {
  incomplete: "is incomplete",
  skipped: "was not performed",
  unknown: "was not confirmed",
  failed: "failed",
};

/** Interval between progress reports in milliseconds; the same as in Terraform. */
const PROGRESS_INTERVAL = 10_000;

type Level = "info" | "warn" | "error";

/** Returns the properties that all events have, except `type`. Consumers that do not know the type show the message. */
export function eventHead(level: Level, message: string, now: number) {
  return {
    "@level": level,
    "@message": escapeText(message, { limit: 600 }),
    "@module": "front_contacts.ui",
    "@timestamp": new Date(now).toISOString(),
  };
}

/** Reports an apply to programs as it happens, as one JSON object per line in the format of `terraform apply -json`. */
export class EventApplyView implements ApplyView {
  readonly #session: Pick<Session, "out" | "clock">;
  readonly #contacts: string;

  constructor(session: Pick<Session, "out" | "clock">, contacts = "contacts") {
    this.#session = session;
    this.#contacts = contacts;
    this.#write("version", `front-contacts ${VERSION}`, { front_contacts: VERSION, ui: UI_VERSION });
  }

  diagnostics(diagnostics: readonly Diagnostic[], { sources }: MaskContext = {}): void {
    const completed = completeEachAdvice(diagnostics, this.#contacts);
    for (const diagnostic of diagnosticsJson(completed, sources).diagnostics) this.#writeDiagnostic(diagnostic);
  }

  /** Omits the values of attributes, which `plan --json` prints. */
  plan({ changes }: Plan): void {
    for (const change of changes) {
      const { address, action } = change;
      const resource = resourceJson(change);
      this.#write("planned_change", `${address}: plan to ${action}`, { change: { resource, action } });
    }
    const count = countChanges(changes);
    this.#writeTotals("plan", count, summaryLine(count));
  }

  start(plan: Plan): OperationListener {
    const applyEnd = new AbortController();
    const { inProgress, ...resources } = trackResources(plan, this.#session.clock, {
      started: (resource) => this.#writeHook("apply_start", resource, ACTION_LABELS[resource.change.action].doing),
      ended: (resource) => this.#reportEnd(resource),
    });
    const reports = this.#reportProgress(inProgress, applyEnd.signal);
    return {
      ...resources,
      stop: async () => {
        applyEnd.abort();
        await reports;
      },
    };
  }

  async #reportProgress(inProgress: () => readonly ResourceState[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#session.clock.sleep(PROGRESS_INTERVAL, signal);
      for (const resource of signal.aborted ? [] : inProgress()) {
        const { change, elapsedSeconds } = resource;
        const message = `still ${ACTION_LABELS[change.action].doing}, ${elapsedSeconds}s elapsed`;
        this.#writeHook("apply_progress", resource, message);
      }
    }
  }

  summary(outcome: ApplyOutcome, context: MaskContext): void {
    const { plan, report, verification } = outcome;
    for (const result of report.results) {
      if (result.status !== "applied") this.#writeDiagnostic(diagnosticOf(result));
    }
    if (report.interrupted) this.#writeDiagnostic(interruptedDiagnostic(plan, this.#contacts));
    this.diagnostics(verification.diagnostics, context);
    const { total, byKind } = plan.requests;
    this.#writeTotals("apply", countApplied(outcome), summaryMessage(outcome), {
      front_contacts: {
        operations: countOutcomes(report),
        interrupted: report.interrupted,
        requests: { predicted: { total, by_kind: byKind }, made: report.requests + verification.requests },
        verification: { complete: verification.complete, contacts: verification.resources },
      },
    });
  }

  #reportEnd(resource: ResourceState): void {
    const { doing, done } = ACTION_LABELS[resource.change.action];
    const time = `after ${resource.elapsedSeconds}s`;
    if (resource.outcome === "complete") {
      this.#writeHook("apply_complete", resource, `${done} ${time}`);
    } else {
      const level = resource.outcome === "skipped" ? "warn" : "error";
      this.#writeHook("apply_errored", resource, `${doing} ${OUTCOME_LABELS[resource.outcome]} ${time}`, level);
    }
  }

  #writeHook(
    type: string,
    { change, id, elapsedSeconds }: ResourceState,
    message: string,
    level: Level = "info",
  ): void {
    const hasId = id !== undefined && (type === "apply_start" || type === "apply_complete");
    const hook = {
      resource: resourceJson(change),
      action: change.action,
      ...(hasId ? { id_key: "id", id_value: id } : {}),
      ...(type === "apply_start" ? {} : { elapsed_seconds: elapsedSeconds }),
    };
    this.#write(type, `${change.address}: ${message}`, { hook }, level);
  }

  #writeDiagnostic(diagnostic: { readonly severity: "error" | "warning"; readonly summary: string }): void {
    const { severity, summary } = diagnostic;
    const [label, level] = severity === "error" ? (["Error", "error"] as const) : (["Warning", "warn"] as const);
    this.#write("diagnostic", `${label}: ${summary}`, { diagnostic }, level);
  }

  /** `details` has the properties that Terraform's events do not have. */
  #writeTotals(
    operation: "plan" | "apply",
    { add, change, destroy }: ChangeCount,
    message: string,
    details: object = {},
  ): void {
    const changes = { add, change, import: 0, remove: destroy, operation };
    this.#write("change_summary", message, { changes, ...details });
  }

  #write(type: string, message: string, content: object, level: Level = "info"): void {
    const head = eventHead(level, message, this.#session.clock.now());
    this.#session.out(renderJsonLine({ ...head, type, ...content }));
  }
}

function resourceJson({ address }: Change): object {
  const { type, name, index = null } = splitAddress(address);
  return {
    addr: address,
    module: "",
    resource: address,
    implied_provider: PROVIDER,
    resource_type: type,
    resource_name: name,
    resource_key: index,
  };
}

function interruptedDiagnostic(plan: Plan, contacts: string) {
  return {
    severity: "error" as const,
    code: "apply-interrupted" satisfies DiagnosticCode,
    summary: "The apply was interrupted",
    detail: `No operations were started after the interrupt. ${continuationAdvice(plan, contacts)} to continue.`,
  };
}

function diagnosticOf(result: Exclude<OperationResult, { status: "applied" }>) {
  const { operation, status, message } = result;
  const [address, ...others] = new Set(operation.subjects);
  return {
    severity: status === "skipped" ? ("warning" as const) : ("error" as const),
    summary: `${operation.id} ${SUMMARIES[status]}`,
    detail: status === "skipped" ? message : `${message}. ${result.advice}`,
    code: `operation-${status}` satisfies DiagnosticCode,
    ...(others.length === 0 ? { address } : {}),
  };
}

const SUMMARIES: Readonly<Record<Exclude<OperationResult["status"], "applied">, string>> = {
  failed: "failed and was not performed",
  unknown: "was sent, but its outcome is unknown",
  skipped: "was not started",
};
