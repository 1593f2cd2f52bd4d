import type { Clock } from "../clock/clock.ts";
import { systemClock } from "../clock/clock.ts";
import { type FrontApi, FrontError, stopsRun } from "../front/api.ts";
import { DEFAULT_BACK_OFF, DEFAULT_PARALLELISM } from "../front/constants.ts";
import { PictureChangedError, readPicture } from "../images/picture.ts";
import type { Picture } from "../model/contact.ts";
import type { Refusal } from "../model/diagnostic.ts";
import type { Operation, Plan } from "../model/plan.ts";
import { Executor, type PerformedOn } from "./executor.ts";
import { contactLeftOut, internalError, NOT_STARTED } from "./messages.ts";
import { PeriodicRevalidation, type Revalidate, withoutSubjects } from "./periodic-revalidation.ts";
import { Scheduler } from "./scheduler.ts";

/**
 * The result of an operation. `applied` has the id of the created or changed contact or account, or of the list whose
 * members changed. `unknown`: the request may or may not have taken effect.
 */
export type OperationResult = {
  readonly operation: Operation;
} & (
  | ({ readonly status: "applied" } & PerformedOn)
  | { readonly status: "failed" | "unknown"; readonly message: string; readonly advice: string }
  | { readonly status: "skipped"; readonly message: string }
);

/** The results of all operations of a plan. */
export interface ApplyReport {
  /** Results in the order of the plan. */
  readonly results: readonly OperationResult[];
  /** Contacts left unchanged because they changed in Front during the apply. Omitted when there are none. */
  readonly refusals?: readonly Refusal[];
  readonly interrupted: boolean;
  /** Requests sent while applying, including retries. */
  readonly requests: number;
  /** Front's time at the first request or slightly earlier, in epoch seconds. Undefined without a response. */
  readonly startedAt: number | undefined;
}

export interface ApplyOptions {
  /** Default: the system clock. */
  readonly clock?: Clock;
  /** Milliseconds. Waits before checking a write with an unknown outcome are multiples of it. Default: 500. */
  readonly backOff?: number;
  /** Ids of contacts and accounts that the plan creates and that already exist, by address. */
  readonly known?: ReadonlyMap<string, string>;
  /** The directory that paths of pictures are relative to. Default: the working directory. */
  readonly cwd?: string | undefined;
  /** Returns the bytes of a picture; throws if it changed after the plan. Default: reads from disk. */
  readonly readPicture?: (picture: Picture) => Promise<Uint8Array>;
  /** Once aborted, no operation is started; requests in flight may finish. */
  readonly signal?: AbortSignal | undefined;
  /** Number of concurrent operations; the rate limit applies to all together. Default: 4. */
  readonly parallelism?: number | undefined;
  /** Re-validates operations that were not started. Default: no re-validation. */
  readonly revalidate?: Revalidate;
  /** When the plan was last validated, in the clock's monotonic milliseconds. Default: the start of the apply. */
  readonly validatedAt?: number;
  /** Called before an operation starts. A returned reason stops the run; it follows the word "because". */
  readonly mayStart?: (operation: Operation) => string | undefined;
  readonly onStart?: (operation: Operation) => void;
  readonly onEnd?: (result: OperationResult) => void;
}

/**
 * Performs the operations of a plan in order, independent contacts concurrently. Front has no transactions: applied
 * operations stay applied, a failed operation fails its dependents only, and a new plan continues from there. Never
 * throws a `FrontError`, or an error of an operation: the report has them.
 */
export async function applyPlan(
  plan: Pick<Plan, "operations">,
  front: FrontApi,
  options: ApplyOptions = {},
): Promise<ApplyReport> {
  const sentBefore = front.requests;
  const run = new Run(plan.operations, front, options);
  await Promise.all(Array.from({ length: options.parallelism ?? DEFAULT_PARALLELISM }, () => run.work()));
  return {
    results: run.results(),
    ...(run.refusals.length === 0 ? {} : { refusals: run.refusals }),
    interrupted: options.signal?.aborted ?? false,
    requests: front.requests - sentBefore,
    startedAt: run.startedAt,
  };
}

class Run {
  readonly #scheduler: Scheduler;
  readonly #operations: readonly Operation[];
  readonly #options: ApplyOptions;
  readonly #executor: Executor;
  readonly #revalidation: PeriodicRevalidation;
  readonly #results = new Map<string, OperationResult>();
  /** Ids of operations that may have sent a request. */
  readonly #started = new Set<string>();
  /** Entries whose contact lost its handles: the id of the operation that detected it, by the address of the entry. */
  readonly #mismatched = new Map<string, string>();
  /** The reason why no more operations are started. */
  #stopped: string | undefined;
  readonly #front: FrontApi;
  readonly #clock: Clock;
  readonly #began: number;
  #startedAt: number | undefined;

  constructor(operations: readonly Operation[], front: FrontApi, options: ApplyOptions) {
    this.#operations = operations;
    this.#scheduler = new Scheduler(operations);
    this.#options = options;
    const { clock = systemClock, backOff = DEFAULT_BACK_OFF, cwd, signal } = options;
    this.#front = front;
    this.#clock = clock;
    this.#began = clock.monotonic();
    this.#noteStart();
    this.#revalidation = new PeriodicRevalidation(options, { clock, began: this.#began });
    this.#executor = new Executor(front, operations, {
      ...{ clock, backOff, signal, known: this.#revalidation.known },
      readPicture: options.readPicture ?? ((picture) => readPicture(picture, { cwd })),
    });
  }

  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  get refusals(): readonly Refusal[] {
    return this.#revalidation.refusals;
  }

  /**
   * Notes Front's time at the first response. It is known to the second only, and a change in that second must count as
   * later.
   */
  #noteStart(): void {
    const { time } = this.#front;
    if (time === undefined || this.#startedAt !== undefined) return;
    const elapsed = this.#clock.monotonic() - this.#began;
    this.#startedAt = Math.floor((time - elapsed) / 1000) - 0.001;
  }

  results(): readonly OperationResult[] {
    return this.#operations.map(({ id }) => this.#results.get(id)).filter((result) => result !== undefined);
  }

  async work(): Promise<void> {
    for (
      let operation = await this.#scheduler.next();
      operation !== undefined;
      operation = await this.#scheduler.next()
    ) {
      const result = await this.#run(operation);
      this.#noteStart();
      this.#results.set(operation.id, result);
      this.#options.onEnd?.(result);
      this.#scheduler.end(operation);
    }
  }

  async #run(planned: Operation): Promise<OperationResult> {
    await this.#revalidate(planned);
    const checked = this.#revalidation.current(planned);
    if ("refusal" in checked) {
      const { summary, advice = "" } = checked.refusal;
      return { operation: planned, status: "failed", message: summary, advice };
    }
    const operation = this.#withoutMismatched("operation" in checked ? checked.operation : planned);
    const obstacle = this.#obstacle(operation) ?? this.#objection(operation);
    if (obstacle !== undefined) return { operation, status: "skipped", message: obstacle };
    this.#started.add(planned.id);
    this.#options.onStart?.(operation);
    if ("alreadyDone" in checked) {
      const { contactId } = checked;
      return { operation, status: "applied", ...(contactId === undefined ? {} : { contactId }) };
    }
    return await this.#perform(operation);
  }

  /**
   * Re-validates the operations. Stops the run if the changes in Front cannot be read, because it could overwrite them.
   */
  async #revalidate(planned: Operation): Promise<void> {
    if (this.#obstacle(planned) !== undefined) return;
    try {
      await this.#revalidation.refresh(() => this.#operations.filter(({ id }) => !this.#started.has(id)));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#stopped ??= NOT_STARTED.uncheckable(message);
    }
  }

  async #perform(operation: Operation): Promise<OperationResult> {
    try {
      const { missing = new Map<string, FrontError>(), ...performedOn } = await this.#executor.perform(operation);
      for (const [address, error] of missing) this.#revalidation.refuse(contactLeftOut(address, error));
      const [rest] = withoutSubjects(operation, missing);
      const [error] = missing.values();
      if (rest === undefined && error !== undefined) return this.#failed(operation, error);
      return { operation: rest ?? operation, status: "applied", ...performedOn };
    } catch (error) {
      if (error instanceof PictureChangedError)
        return { operation, status: "failed", message: error.message, advice: error.advice };
      return error instanceof FrontError ? this.#failed(operation, error) : this.#failedInternally(operation, error);
    }
  }

  #failed(operation: Operation, error: FrontError): OperationResult {
    const { message, advice } = error;
    if (error.code === "interrupted" && error.outcome === "not-done") return { operation, status: "skipped", message };
    if (stopsRun(error)) this.#stopped ??= message;
    if (error.code === "no-longer-matches")
      for (const address of operation.subjects) this.#mismatched.set(address, operation.id);
    return { operation, status: error.outcome === "unknown" ? "unknown" : "failed", message, advice };
  }

  /**
   * Returns the result of an operation that failed because of a bug, and stops the run. The results of the others are
   * kept.
   */
  #failedInternally(operation: Operation, error: unknown): OperationResult {
    const { message, advice } = internalError(error);
    this.#stopped ??= message;
    return { operation, status: "unknown", message, advice };
  }

  #objection(operation: Operation): string | undefined {
    const reason = this.#options.mayStart?.(operation);
    this.#stopped ??= reason;
    return reason === undefined ? undefined : NOT_STARTED.stopped(reason);
  }

  /**
   * Removes contacts that lost the handles of their entry from an operation on several contacts, unless none would
   * remain.
   */
  #withoutMismatched(operation: Operation): Operation {
    return withoutSubjects(operation, this.#mismatched)[0] ?? operation;
  }

  #obstacle({ dependsOn, subjects }: Operation): string | undefined {
    if (this.#options.signal?.aborted) return NOT_STARTED.interrupted;
    if (this.#stopped !== undefined) return NOT_STARTED.stopped(this.#stopped);
    const failed = dependsOn.find((id) => this.#results.get(id)?.status !== "applied");
    const mismatches = subjects.map((address) => this.#mismatched.get(address));
    const blocking = failed ?? (mismatches.includes(undefined) ? undefined : mismatches[0]);
    return blocking === undefined ? undefined : NOT_STARTED.dependency(blocking);
  }
}
