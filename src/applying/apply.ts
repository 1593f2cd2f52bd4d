import type { Clock } from "../clock/clock.ts";
import { systemClock } from "../clock/clock.ts";
import { type FrontApi, FrontError, stopsRun } from "../front/api.ts";
import { DEFAULT_BACK_OFF, DEFAULT_PARALLELISM } from "../front/constants.ts";
import { PictureChangedError, readPicture } from "../images/picture.ts";
import type { Picture } from "../model/contact.ts";
import type { Refusal } from "../model/diagnostic.ts";
import type { Operation, Plan } from "../model/plan.ts";
import { Executor } from "./executor.ts";
import { PeriodicRevalidation, type Revalidate } from "./periodic-revalidation.ts";
import { Scheduler } from "./scheduler.ts";

/** How an operation ended. `unknown`: it may have happened, and nobody could find out. */
export type OperationResult = {
  readonly operation: Operation;
} /** With the id of the contact that it made or changed, or of the list that it changed the members of. */ & (
  | { readonly status: "applied"; readonly contactId?: string; readonly listId?: string }
  | { readonly status: "failed" | "unknown"; readonly message: string; readonly advice: string }
  | { readonly status: "skipped"; readonly message: string }
);

/** What became of a plan. Every operation of it is in here once. */
export interface ApplyReport {
  /** In the plan's order. */
  readonly results: readonly OperationResult[];
  /** Contacts that somebody changed meanwhile, and that were left as they are. Absent when there is none. */
  readonly refusals?: readonly Refusal[];
  readonly interrupted: boolean;
  /** Requests sent while applying, repeated ones included. */
  readonly requests: number;
  /** Front's time when the first one was sent, or a little earlier, in epoch seconds. Undefined when nothing came back. */
  readonly startedAt: number | undefined;
}

export interface ApplyOptions {
  /** In place of the machine's own. */
  readonly clock?: Clock;
  /** Milliseconds; look-ups of a write of unknown fate wait multiples of it. Usually 500. */
  readonly backOff?: number;
  /** Ids of contacts that the plan creates and that are there already, by their addresses; as `approve` finds them. */
  readonly known?: ReadonlyMap<string, string>;
  /** Where the paths of pictures start, as given to `loadDesired`. Usually where the process runs. */
  readonly cwd?: string;
  /** In place of the disk. Answers with the bytes that the plan saw, and throws when the picture is another one by now. */
  readonly readPicture?: (picture: Picture) => Promise<Uint8Array>;
  /** Once aborted nothing new is started; what is in flight may finish. */
  readonly signal?: AbortSignal;
  /** How many operations run side by side; the pace is Front's all the same. Usually 4. */
  readonly parallelism?: number;
  /** How to check what was not started yet against what changed in Front. Without it nothing is checked. */
  readonly revalidate?: Revalidate;
  /** When the plan was last known to hold, in the clock's monotonic milliseconds. Defaults to the start of the apply. */
  readonly validatedAt?: number;
  /** Asked before anything of an operation is sent. A reason why not ends the run there, as a sentence's second half. */
  readonly mayStart?: (operation: Operation) => string | undefined;
  readonly onStart?: (operation: Operation) => void;
  readonly onEnd?: (result: OperationResult) => void;
}

/** Enough to hide the latency of a paced API; the budget allows no more. */

/**
 * Carries out a plan's operations in its order, independent contacts side by side. Front has no transactions: what
 * was applied stays applied, a failure takes along only what depends on it, and planning again goes on from there.
 * Never throws for what Front says or does, nor for a mistake in an operation: that is in the report.
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
  readonly #queue: Scheduler;
  readonly #operations: readonly Operation[];
  readonly #options: ApplyOptions;
  readonly #performer: Executor;
  readonly #revalidation: PeriodicRevalidation;
  readonly #results = new Map<string, OperationResult>();
  /** Ids of operations of which something may have been sent. */
  readonly #started = new Set<string>();
  /** Why nothing more can succeed. */
  #ended: string | undefined;
  readonly #front: FrontApi;
  readonly #clock: Clock;
  readonly #began: number;
  #startedAt: number | undefined;

  constructor(operations: readonly Operation[], front: FrontApi, options: ApplyOptions) {
    this.#operations = operations;
    this.#queue = new Scheduler(operations);
    this.#options = options;
    const { clock = systemClock, backOff = DEFAULT_BACK_OFF, cwd, signal } = options;
    this.#front = front;
    this.#clock = clock;
    this.#began = clock.monotonic();
    this.#noteStart();
    this.#revalidation = new PeriodicRevalidation(options, { clock, began: this.#began });
    this.#performer = new Executor(front, operations, {
      clock,
      backOff,
      readPicture: options.readPicture ?? ((picture) => readPicture(picture, cwd === undefined ? {} : { cwd })),
      known: this.#revalidation.known,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  get refusals(): readonly Refusal[] {
    return this.#revalidation.refusals;
  }

  /** Front tells its time with an answer only, to the second; and what changed at that very moment may not count as later. */
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
    for (let operation = await this.#queue.next(); operation !== undefined; operation = await this.#queue.next()) {
      const result = await this.#carryOut(operation);
      this.#noteStart();
      this.#results.set(operation.id, result);
      this.#options.onEnd?.(result);
      this.#queue.end(operation);
    }
  }

  async #carryOut(planned: Operation): Promise<OperationResult> {
    await this.#revalidate(planned);
    const checked = this.#revalidation.current(planned);
    if ("refusal" in checked) {
      const { summary, advice = "" } = checked.refusal;
      return { operation: planned, status: "failed", message: summary, advice };
    }
    const operation = "operation" in checked ? checked.operation : planned;
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

  /** Ends the run if Front does not say what changed: to go on would be to write over what nobody has seen. */
  async #revalidate(planned: Operation): Promise<void> {
    if (this.#obstacle(planned) !== undefined) return;
    try {
      await this.#revalidation.refresh(() => this.#operations.filter(({ id }) => !this.#started.has(id)));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#ended ??= `what changed in Front since the plan could not be checked (${message})`;
    }
  }

  async #perform(operation: Operation): Promise<OperationResult> {
    try {
      return { operation, status: "applied", ...(await this.#performer.perform(operation)) };
    } catch (error) {
      if (error instanceof PictureChangedError)
        return { operation, status: "failed", message: error.message, advice: error.advice };
      return error instanceof FrontError ? this.#giveUp(operation, error) : this.#stumble(operation, error);
    }
  }

  #giveUp(operation: Operation, error: FrontError): OperationResult {
    const { message, advice } = error;
    if (error.code === "interrupted" && error.outcome === "not-done") return { operation, status: "skipped", message };
    if (stopsRun(error)) this.#ended ??= message;
    return { operation, status: error.outcome === "unknown" ? "unknown" : "failed", message, advice };
  }

  /** A mistake of ours. Nobody knows how far it came; the account of all the rest is not to be lost over it. */
  #stumble(operation: Operation, error: unknown): OperationResult {
    const message = `front-contacts itself failed: ${error instanceof Error ? error.message : String(error)}`;
    const [, where] = (error instanceof Error ? error.stack : undefined)?.match(/\n\s+(at .*)/) ?? [];
    const report = `Please report this as a mistake in front-contacts${where === undefined ? "" : ` (${where})`}.`;
    this.#ended ??= message;
    return { operation, status: "unknown", message, advice: `Plan again to see what Front has now. ${report}` };
  }

  #objection(operation: Operation): string | undefined {
    const reason = this.#options.mayStart?.(operation);
    this.#ended ??= reason;
    return reason === undefined ? undefined : `not started, because ${reason}`;
  }

  #obstacle({ dependsOn }: Operation): string | undefined {
    if (this.#options.signal?.aborted) return "not started, because the run was interrupted";
    if (this.#ended !== undefined) return `not started, because ${this.#ended}`;
    const failed = dependsOn.find((id) => this.#results.get(id)?.status !== "applied");
    return failed === undefined ? undefined : `not started, because it needs: ${failed}`;
  }
}
