import {
  type Action,
  type Clock,
  escapeText,
  type FrontApi,
  formatDuration,
  type Operation,
  type OperationResult,
  type Plan,
} from "../../../src/internal.ts";
import { Pace } from "../pace.ts";
import type { Progress } from "../progress.ts";
import { groupDigits } from "../text.ts";
import type { OperationListener } from "./apply-view.ts";
import { ACTION_LABELS, type ResourceState, ResourceTracker } from "./resource-tracker.ts";

/** Maximum number of operations or resources to report individually. A larger number is only counted. */
const MAX_INDIVIDUAL = 50;
/** Milliseconds between two lines in a log, for a plan with many operations. */
const LINE_INTERVAL = 10_000;

const NOUNS: Readonly<Record<Action, string>> = {
  create: "Creation",
  update: "Modifications",
  delete: "Destruction",
};

interface TextProgressOptions {
  readonly progress: Progress;
  readonly clock: Clock;
  /** Prints the applied resources at the end if there was a progress line, because the progress line disappears. */
  readonly err: (text: string) => void;
}

/** Reports each resource on a line like Terraform does, or counts the operations on a progress line. */
export class TextProgress implements OperationListener {
  readonly #plan: Plan;
  readonly #front: Pick<FrontApi, "requests">;
  readonly #progress: Progress;
  readonly #clock: Clock;
  readonly #resources: ResourceTracker;
  readonly #err: (text: string) => void;
  readonly #pace: Pace;
  /** Number of requests before the apply. */
  readonly #requestsBefore: number;
  readonly #endedResources: EndedResource[] = [];
  #endedOperations = 0;
  #lastLine: number;

  constructor(plan: Plan, front: Pick<FrontApi, "requests">, { progress, clock, err }: TextProgressOptions) {
    this.#plan = plan;
    this.#front = front;
    this.#progress = progress;
    this.#clock = clock;
    this.#err = err;
    this.#pace = new Pace(clock, plan.requests.perMinute);
    this.#lastLine = clock.monotonic();
    this.#requestsBefore = front.requests;
    this.#resources = new ResourceTracker(plan, clock, {
      started: (resource) => {
        if (this.#hasMany) return;
        const { address, action } = resource.change;
        this.#progress.log(`${escapeText(address)}: ${capitalized(ACTION_LABELS[action].doing)}…`);
      },
      ended: (resource, { hasFailed }) => {
        this.#endedResources.push({ resource, hasFailed });
        if (hasFailed || !this.#hasMany) this.#progress.log(endLine(resource, hasFailed));
      },
    });
  }

  get #hasMany(): boolean {
    return this.#plan.operations.length > MAX_INDIVIDUAL;
  }

  started(operation: Operation): void {
    this.#resources.started(operation);
  }

  ended(result: OperationResult): void {
    this.#endedOperations += 1;
    this.#resources.ended(result);
    this.#progress.update(this.#state());
    if (!this.#hasMany) return;
    const now = this.#clock.monotonic();
    if (now - this.#lastLine < LINE_INTERVAL && this.#endedOperations < this.#plan.operations.length) return;
    this.#lastLine = now;
    this.#progress.log(this.#state());
  }

  tick(): void {}

  async stop(): Promise<void> {
    await this.#progress.stop();
    if (this.#progress.isLive) this.#err(renderRecord(this.#endedResources));
  }

  #state(): string {
    return [`${this.#endedOperations} of ${this.#plan.operations.length} operations`, ...this.#rate()].join(", ");
  }

  #rate(): string[] {
    const sent = this.#front.requests - this.#requestsBefore;
    this.#pace.update(sent);
    const { perMinute } = this.#pace;
    if (perMinute === undefined || sent === 0) return [];
    const remaining = Math.max(0, this.#plan.requests.total - sent);
    const seconds = this.#pace.secondsFor(remaining);
    const time = remaining === 0 || seconds === undefined ? [] : [`about ${formatDuration(seconds)} left`];
    return [`${Math.round(perMinute)} requests a minute`, ...time];
  }
}

/** Returns the applied resources: a line for each, or a table if there are many. */
function renderRecord(ended: readonly EndedResource[]): string {
  if (ended.length === 0) return "";
  if (ended.length <= MAX_INDIVIDUAL) {
    return ended.map(({ resource, hasFailed }) => `${endLine(resource, hasFailed)}\n`).join("");
  }
  const counts = new Map<string, number>();
  for (const { resource, hasFailed } of ended) {
    const row = `${resource.change.type} ${hasFailed ? "failed" : ACTION_LABELS[resource.change.action].done}`;
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  const rows = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `Applied:\n${rows.map(([row, count]) => `${groupDigits(count).padStart(9)}  ${row}\n`).join("")}`;
}

interface EndedResource {
  readonly resource: ResourceState;
  readonly hasFailed: boolean;
}

function endLine(resource: ResourceState, hasFailed: boolean): string {
  return `${escapeText(resource.change.address)}: ${describeEnd(resource, hasFailed)}`;
}

function describeEnd({ change, id, elapsedSeconds }: ResourceState, hasFailed: boolean): string {
  const noun = NOUNS[change.action];
  if (hasFailed) return `${noun} failed after ${elapsedSeconds}s`;
  return `${noun} complete after ${elapsedSeconds}s${id === undefined ? "" : ` [id=${escapeText(id)}]`}`;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
