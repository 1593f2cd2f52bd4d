import { type Clock, systemClock } from "../clock/clock.ts";
import { type FrontApi, FrontError, stopsRun } from "../front/api.ts";
import { DEFAULT_BACKOFF, DEFAULT_PARALLELISM } from "../front/constants.ts";
import { readPicture } from "../images/picture.ts";
import type { Picture } from "../model/contact.ts";
import type { Refusal } from "../model/diagnostic.ts";
import { type Operation, type Plan, withoutSubjects } from "../model/plan.ts";
import { requireNumber } from "../model/require-number.ts";
import { UserError } from "../model/user-error.ts";
import { Executor } from "./executor.ts";
import { changesUnreadable, contactRefused, internalError, NOT_STARTED } from "./messages.ts";
import type { ResourceIds } from "./perform-result.ts";
import { PeriodicRevalidation, type Revalidate } from "./periodic-revalidation.ts";
import { Scheduler } from "./scheduler.ts";

/** If the status is `unknown`, the operation may or may not have taken effect. */
export type OperationResult = { readonly operation: Operation } & (
  | ({
      readonly status: "applied";
      /** True if a check during the apply showed that the operation had already taken effect, so it was not performed. */
      readonly alreadyDone?: true;
    } & ResourceIds)
  | { readonly status: "failed" | "unknown"; readonly message: string; readonly advice: string }
  | { readonly status: "skipped"; readonly message: string }
);

export interface ApplyReport {
  /** In the order of the plan. */
  readonly results: readonly OperationResult[];
  /** Resources that were refused because they changed in Front after the plan was created. */
  readonly refusals?: readonly Refusal[];
  /** True if the signal was aborted. */
  readonly interrupted: boolean;
  /** The error that ended the apply, such as a rejected token. Later requests would fail with the same error. */
  readonly stoppedBy?: FrontError;
  /** Includes retries. */
  readonly requests: number;
  /**
   * Front's time at the start of the apply or slightly earlier, in epoch seconds. Undefined if Front has not responded.
   */
  readonly startedAt: number | undefined;
}

export interface ApplyOptions {
  /** Default: the system clock. */
  readonly clock?: Clock;
  /**
   * Base delay in milliseconds. If the outcome of a write is unknown or a listing is incomplete, the apply waits for a
   * multiple of this delay before it checks again. Default: 500.
   */
  readonly backoff?: number;
  /** The directory that paths of pictures are relative to. Default: the working directory. */
  readonly cwd?: string | undefined;
  /**
   * Returns the bytes of a picture. Must throw a `UserError` with the code `picture-changed` if they changed after the
   * plan. Default: reads the file.
   */
  readonly readPicture?: (picture: Picture) => Promise<Uint8Array>;
  /** Once it is aborted, no more operations are started. */
  readonly signal?: AbortSignal | undefined;
  /** Maximum number of concurrent operations. Default: 4. */
  readonly parallelism?: number | undefined;
  /** Re-validates operations that were not started. Default: no re-validation. */
  readonly revalidate?: Revalidate;
  /** When the plan was last validated, in the clock's monotonic milliseconds. Default: the start of the apply. */
  readonly validatedAt?: number;
  /** Called before an operation starts. Returns the reason to stop the apply, if there is one. */
  readonly mayStart?: (operation: Operation) => string | undefined;
  readonly onStart?: (operation: Operation) => void;
  readonly onEnd?: (result: OperationResult) => void;
}

/**
 * Performs the operations of a plan. If an operation fails, those that depend on it are skipped. An error that affects
 * all requests, such as a rejected token, ends the apply. Errors of operations are reported, not thrown. Throws a
 * `RangeError` if `parallelism` is not a number of at least 1, and a `TypeError` if `front` is read-only.
 */
export async function applyPlan(
  plan: Pick<Plan, "operations">,
  front: FrontApi,
  options: ApplyOptions = {},
): Promise<ApplyReport> {
  if (front.readOnly) throw new TypeError("applyPlan requires a client that is not read-only");
  return await new Run(plan.operations, front, options).apply();
}

class Run {
  readonly #scheduler: Scheduler;
  readonly #operations: readonly Operation[];
  readonly #options: ApplyOptions;
  readonly #executor: Executor;
  readonly #revalidation: PeriodicRevalidation;
  readonly #results = new Map<string, OperationResult>();
  /** IDs of operations that may have sent a request. */
  readonly #startedIds = new Set<string>();
  /**
   * IDs of operations that failed because the contact no longer has a handle of its entry, by the address of the entry.
   */
  readonly #mismatchedEntries = new Map<string, string>();
  #stopReason: string | undefined;
  #stoppedBy: FrontError | undefined;
  readonly #front: FrontApi;
  readonly #clock: Clock;
  /** Monotonic milliseconds. */
  readonly #beganAt: number;
  /** Front's time, in epoch seconds. */
  #startedAt: number | undefined;

  constructor(operations: readonly Operation[], front: FrontApi, options: ApplyOptions) {
    this.#operations = operations;
    this.#scheduler = new Scheduler(operations);
    this.#options = options;
    const { clock = systemClock, backoff = DEFAULT_BACKOFF, cwd, signal } = options;
    this.#front = front;
    this.#clock = clock;
    this.#beganAt = clock.monotonic();
    this.#recordStart();
    this.#revalidation = new PeriodicRevalidation(clock, options);
    this.#executor = new Executor(front, operations, {
      clock,
      backoff,
      signal,
      existingIds: this.#revalidation.existingIds,
      readPicture: options.readPicture ?? ((picture) => readPicture(picture, { cwd })),
    });
  }

  async apply(): Promise<ApplyReport> {
    const { parallelism = DEFAULT_PARALLELISM, signal } = this.#options;
    requireNumber("parallelism", parallelism, 1);
    const sentBefore = this.#front.requests;
    const length = Math.min(parallelism, this.#operations.length);
    await Promise.all(Array.from({ length }, () => this.#performRemaining()));
    const { refusals } = this.#revalidation;
    return {
      results: this.#operations.map(({ id }) => this.#results.get(id)).filter((result) => result !== undefined),
      ...(refusals.length > 0 && { refusals }),
      interrupted: signal?.aborted ?? false,
      ...(this.#stoppedBy && { stoppedBy: this.#stoppedBy }),
      requests: this.#front.requests - sentBefore,
      startedAt: this.#startedAt,
    };
  }

  /**
   * Computes Front's time at the start of the run as soon as Front has responded. The time in a response has a
   * precision of one second, so the result is slightly earlier: a change in the same second must be treated as later.
   */
  #recordStart(): void {
    const { time } = this.#front;
    if (time === undefined || this.#startedAt !== undefined) return;
    const elapsed = this.#clock.monotonic() - this.#beganAt;
    this.#startedAt = Math.floor((time - elapsed) / 1000) - 0.001;
  }

  async #performRemaining(): Promise<void> {
    const next = () => this.#scheduler.next();
    for (let operation = await next(); operation !== undefined; operation = await next()) {
      const result = await this.#runOperation(operation);
      this.#recordStart();
      this.#results.set(operation.id, result);
      this.#options.onEnd?.(result);
      this.#scheduler.end(operation);
    }
  }

  async #runOperation(planned: Operation): Promise<OperationResult> {
    await this.#revalidate(planned);
    const checked = this.#revalidation.lastCheckOf(planned);
    if ("refusal" in checked) {
      const { summary, advice = "" } = checked.refusal;
      return { operation: planned, status: "failed", message: summary, advice };
    }
    const current = "operation" in checked ? checked.operation : planned;
    // Contacts that lost the handles of their entry are omitted, unless no contact would remain.
    const [operation = current] = withoutSubjects(this.#withoutFailed(current), this.#mismatchedEntries);
    const message = this.#skipMessage(operation) ?? this.#checkMayStart(operation);
    if (message !== undefined) return { operation, status: "skipped", message };
    this.#startedIds.add(planned.id);
    this.#options.onStart?.(operation);
    if ("alreadyDone" in checked) return { operation, status: "applied", ...checked };
    return await this.#perform(operation);
  }

  /**
   * Returns an operation on several contacts without the contacts whose creation or merge was not applied. Returns the
   * operation unchanged if no contact would remain. A failed dependency that has other subjects remains a dependency.
   */
  #withoutFailed(operation: Operation): Operation {
    if (!("contacts" in operation)) return operation;
    const { dependsOn, subjects } = operation;
    const failed = dependsOn
      .map((id) => this.#results.get(id))
      .filter((result) => result !== undefined && result.status !== "applied")
      .flatMap((result) => result?.operation ?? [])
      .filter((dependency) => dependency.subjects.every((subject) => subjects.includes(subject)));
    if (failed.length === 0) return operation;
    const failedIds = new Set(failed.map(({ id }) => id));
    const [remaining] = withoutSubjects(operation, new Set(failed.flatMap((dependency) => dependency.subjects)));
    return remaining === undefined
      ? operation
      : { ...remaining, dependsOn: dependsOn.filter((id) => !failedIds.has(id)) };
  }

  /**
   * Re-validates the remaining operations. Stops the run if the changes in Front cannot be read, because the run could
   * overwrite them.
   */
  async #revalidate(planned: Operation): Promise<void> {
    if (this.#skipMessage(planned) !== undefined) return;
    try {
      await this.#revalidation.refresh(() => this.#operations.filter(({ id }) => !this.#startedIds.has(id)));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#stopReason ??= changesUnreadable(message);
    }
  }

  async #perform(operation: Operation): Promise<OperationResult> {
    try {
      const {
        missingContacts = new Map<string, FrontError>(),
        performed: needed = operation,
        ...result
      } = await this.#executor.perform(operation);
      for (const [address, error] of missingContacts) this.#revalidation.addRefusal(contactRefused(address, error));
      const [performed] = withoutSubjects(needed, missingContacts);
      const [error] = missingContacts.values();
      if (performed === undefined && error !== undefined) return this.#failed(operation, error);
      return { operation: performed ?? operation, status: "applied", ...result };
    } catch (error) {
      if (error instanceof FrontError) return this.#failed(operation, error);
      if (error instanceof UserError && error.code === "picture-changed") {
        return { operation, status: "failed", message: error.message, advice: error.advice };
      }
      const bug = internalError(error);
      this.#stopReason ??= bug.message;
      return { operation, status: "unknown", ...bug };
    }
  }

  #failed(operation: Operation, error: FrontError): OperationResult {
    const { message, advice } = error;
    if (error.code === "interrupted" && error.outcome === "not-done") return { operation, status: "skipped", message };
    if (stopsRun(error)) {
      this.#stopReason ??= message;
      this.#stoppedBy ??= error;
    }
    if (error.code === "no-longer-matches")
      for (const address of operation.subjects) this.#mismatchedEntries.set(address, operation.id);
    return { operation, status: error.outcome === "unknown" ? "unknown" : "failed", message, advice };
  }

  #checkMayStart(operation: Operation): string | undefined {
    const reason = this.#options.mayStart?.(operation);
    this.#stopReason ??= reason;
    return reason === undefined ? undefined : NOT_STARTED.stopped(reason);
  }

  #skipMessage({ dependsOn, subjects }: Operation): string | undefined {
    if (this.#options.signal?.aborted) return NOT_STARTED.interrupted;
    if (this.#stopReason !== undefined) return NOT_STARTED.stopped(this.#stopReason);
    const failed = dependsOn.find((id) => this.#results.get(id)?.status !== "applied");
    const detectedBy = subjects.map((address) => this.#mismatchedEntries.get(address));
    const blocking = failed ?? (detectedBy.includes(undefined) ? undefined : detectedBy[0]);
    return blocking === undefined ? undefined : NOT_STARTED.dependency(blocking);
  }
}
