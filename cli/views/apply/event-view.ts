import type { Clock, Diagnostic, DiagnosticCode, OperationResult, Plan } from "../../../src/internal.ts";
import { VERSION } from "../../package-files.ts";
import type { MaskContext, Session } from "../../session.ts";
import { countApplied, countStatuses, summaryMessage } from "./apply-summary.ts";
import type { ApplyView, OperationListener } from "./apply-view.ts";
import { EventStream, resourceJson } from "./event-stream.ts";
import type { ApplyOutcome } from "./outcomes.ts";
import { ACTION_WORDS, ResourceProgress, type ResourceState } from "./resource-progress.ts";

/** Reports an apply to programs, as one JSON object a line. */
export class EventApplyView implements ApplyView {
  readonly #stream: EventStream;
  readonly #clock: Clock;

  constructor(session: Pick<Session, "out" | "clock">) {
    this.#clock = session.clock;
    this.#stream = new EventStream({ out: (text) => session.out(text), clock: session.clock });
    this.#stream.version(VERSION);
  }

  diagnostics(found: readonly Diagnostic[], { sources }: MaskContext): void {
    this.#stream.diagnostics(found, sources);
  }

  plan(plan: Plan): void {
    this.#stream.plan(plan);
  }

  start(plan: Plan): OperationListener {
    const resources = new ResourceProgress(plan, this.#clock, {
      started: (resource) => this.#started(resource),
      ended: (resource, { failed }) => this.#ended(resource, failed),
    });
    return {
      started: (operation) => resources.started(operation),
      ended: (result) => resources.ended(result),
      tick: () => {
        for (const resource of resources.inProgress()) this.#progress(resource);
      },
      stop: async () => {},
    };
  }

  /** Reports failed operations, then differences that the verification found, then the totals. */
  summary(outcome: ApplyOutcome, { sources }: MaskContext): void {
    const { plan, report, verification } = outcome;
    for (const result of report.results) {
      if (result.status !== "applied") this.#stream.diagnostic(diagnosticOf(result));
    }
    if (report.interrupted) this.#stream.diagnostic(INTERRUPTED);
    this.#stream.diagnostics(verification.diagnostics, sources);
    const { total, byKind } = plan.requests;
    this.#stream.summary("apply", countApplied(outcome), summaryMessage(outcome), {
      operations: countStatuses(report),
      interrupted: report.interrupted,
      requests: { predicted: { total, by_kind: byKind }, made: report.requests + verification.requests },
      verification: { complete: verification.complete, contacts: verification.contacts },
    });
  }

  #started(resource: ResourceState): void {
    this.#hook("apply_start", resource, ACTION_WORDS[resource.change.action].doing, idJson(resource));
  }

  #progress(resource: ResourceState): void {
    const { elapsedSeconds } = resource;
    const message = `still ${ACTION_WORDS[resource.change.action].doing}, ${elapsedSeconds}s elapsed`;
    this.#hook("apply_progress", resource, message, { elapsed_seconds: elapsedSeconds });
  }

  #ended(resource: ResourceState, failed: boolean): void {
    const { elapsedSeconds } = resource;
    const { doing, done } = ACTION_WORDS[resource.change.action];
    const elapsed = { elapsed_seconds: elapsedSeconds };
    if (failed) this.#hook("apply_errored", resource, `${doing} failed after ${elapsedSeconds}s`, elapsed, "error");
    else {
      const more = { ...idJson(resource), ...elapsed };
      this.#hook("apply_complete", resource, `${done} after ${elapsedSeconds}s`, more);
    }
  }

  #hook(
    type: string,
    { change }: ResourceState,
    message: string,
    more: object,
    level: "info" | "error" = "info",
  ): void {
    const hook = { resource: resourceJson(change), action: change.action, ...more };
    this.#stream.write(type, `${change.address}: ${message}`, { hook }, level);
  }
}

function idJson({ id }: ResourceState): object {
  return id === undefined ? {} : { id_key: "id", id_value: id };
}

const INTERRUPTED = {
  severity: "error",
  code: "apply-interrupted" satisfies DiagnosticCode,
  summary: "The apply was interrupted",
  detail: "Requests in flight were completed, and no other operations were started. Run apply again to continue.",
} as const;

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
