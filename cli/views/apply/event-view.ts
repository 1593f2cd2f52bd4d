import {
  type Action,
  type ApplyReport,
  type Change,
  type Clock,
  countChanges,
  type Operation,
  type OperationResult,
  type Plan,
  type Verification,
} from "../../../src/index.ts";
import type { Sources } from "../diagnostics.ts";
import { completeLine, isComplete } from "./apply-summary.ts";
import { type EventStream, resourceJson } from "./event-stream.ts";

/** Milliseconds. As often as Terraform says that something still goes on. */
const PROGRESS_EVERY = 10_000;

const WORDS: Readonly<Record<Action, { readonly doing: string; readonly done: string }>> = {
  create: { doing: "creating", done: "created" },
  update: { doing: "modifying", done: "modified" },
  delete: { doing: "destroying", done: "destroyed" },
};

/** One change on its way: it starts with its first operation and is complete with its last. */
interface Resource {
  readonly change: Change;
  /** Operations of it that have not ended. */
  left: number;
  /** Whether every operation so far was applied. */
  sound: boolean;
  /** Monotonic; undefined before the first operation starts. */
  startedAt: number | undefined;
  id: string | undefined;
}

/** Tells an apply as events of its resources, out of the events of its operations. */
export class ApplyEvents {
  readonly #stream: EventStream;
  readonly #clock: Clock;
  readonly #plan: Plan;
  readonly #resources: ReadonlyMap<string, Resource>;
  readonly #underWay = new Set<Operation>();

  constructor(plan: Plan, stream: EventStream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#plan = plan;
    this.#resources = new Map(
      plan.changes.map((change) => [
        change.address,
        { change, left: 0, sound: true, startedAt: undefined, id: change.id },
      ]),
    );
    for (const operation of plan.operations) for (const resource of this.#of(operation)) resource.left += 1;
  }

  started(operation: Operation): void {
    this.#underWay.add(operation);
    for (const resource of this.#of(operation)) {
      if (resource.startedAt !== undefined) continue;
      resource.startedAt = this.#clock.monotonic();
      this.#hook("apply_start", resource, WORDS[resource.change.action].doing, named(resource));
    }
  }

  ended(result: OperationResult): void {
    const { operation, status } = result;
    const contactId = status === "applied" ? result.contactId : undefined;
    this.#underWay.delete(operation);
    for (const resource of this.#of(operation)) {
      resource.left -= 1;
      resource.sound &&= status === "applied";
      if (operation.subjects.length === 1) resource.id ??= contactId;
      if (resource.left === 0) this.#end(resource);
    }
  }

  /** Says every ten seconds what is still under way, until the signal aborts. */
  async tellProgress(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(PROGRESS_EVERY, signal);
      if (signal.aborted) return;
      for (const resource of new Set([...this.#underWay].flatMap((operation) => this.#of(operation)))) {
        const elapsed_seconds = this.#elapsed(resource);
        const message = `still ${WORDS[resource.change.action].doing}, ${elapsed_seconds}s elapsed`;
        this.#hook("apply_progress", resource, message, { elapsed_seconds });
      }
    }
  }

  /** What went wrong, operation by operation, what Front shows otherwise, and then the sum of what was done. */
  report(report: ApplyReport, proof: Verification, sources: Sources): void {
    for (const result of report.results) {
      if (result.status !== "applied") this.#stream.diagnostic(diagnosticOf(result));
    }
    if (report.interrupted) this.#stream.diagnostic(INTERRUPTED);
    this.#stream.diagnostics(proof.diagnostics, sources);
    const done = [...this.#resources.values()].filter((resource) => resource.sound && resource.left === 0);
    const count = countChanges(done.map(({ change }) => change));
    const sum = `${count.add} added, ${count.change} changed, ${count.destroy} destroyed`;
    const applied = report.refusals === undefined && report.results.every(({ status }) => status === "applied");
    const verdict = applied ? "not proved" : "incomplete";
    const message = isComplete(report, proof) ? completeLine(count) : `Apply ${verdict}. Resources: ${sum}.`;
    this.#stream.summary("apply", count, message, this.#account(report, proof));
  }

  #account({ results, interrupted, requests }: ApplyReport, proof: Verification): object {
    const count = (status: OperationResult["status"]) => results.filter((result) => result.status === status).length;
    const { total, byKind } = this.#plan.requests;
    return {
      operations: {
        applied: count("applied"),
        failed: count("failed"),
        unknown: count("unknown"),
        skipped: count("skipped"),
      },
      interrupted,
      requests: { predicted: { total, by_kind: byKind }, made: requests + proof.requests },
      proof: { complete: proof.complete, contacts: proof.contacts },
    };
  }

  /** What never started because of something else has no end either. */
  #end(resource: Resource): void {
    if (resource.startedAt === undefined) return;
    const elapsed_seconds = this.#elapsed(resource);
    const { doing, done } = WORDS[resource.change.action];
    if (resource.sound) {
      this.#hook("apply_complete", resource, `${done} after ${elapsed_seconds}s`, {
        ...named(resource),
        elapsed_seconds,
      });
    } else {
      this.#hook("apply_errored", resource, `${doing} failed after ${elapsed_seconds}s`, { elapsed_seconds }, "error");
    }
  }

  #elapsed({ startedAt = 0 }: Resource): number {
    return Math.round((this.#clock.monotonic() - startedAt) / 1000);
  }

  #hook(type: string, { change }: Resource, message: string, more: object, level: "info" | "error" = "info"): void {
    const hook = { resource: resourceJson(change), action: change.action, ...more };
    this.#stream.write(type, `${change.address}: ${message}`, { hook }, level);
  }

  #of({ subjects }: Operation): Resource[] {
    return subjects.map((address) => this.#resources.get(address)).filter((resource) => resource !== undefined);
  }
}

/** Lists have no id that Front would tell when it makes them. */
function named({ id }: Resource): object {
  return id === undefined ? {} : { id_key: "id", id_value: id };
}

const INTERRUPTED = {
  severity: "error",
  summary: "The apply was interrupted",
  detail: "What was under way was finished, and nothing new was started. Apply again to go on from there.",
} as const;

function diagnosticOf(result: Exclude<OperationResult, { status: "applied" }>) {
  const { operation, status, message } = result;
  const [address, ...others] = operation.subjects;
  return {
    severity: status === "skipped" ? ("warning" as const) : ("error" as const),
    summary: `${operation.id} ${SUMMARIES[status]}`,
    detail: status === "skipped" ? message : `${message}. ${result.advice}`,
    ...(others.length === 0 ? { address } : {}),
  };
}

const SUMMARIES: Readonly<Record<Exclude<OperationResult["status"], "applied">, string>> = {
  failed: "failed, and was not done",
  unknown: "was sent, but nobody knows whether it took effect",
  skipped: "was not started",
};
