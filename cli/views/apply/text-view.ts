import {
  type Action,
  type Change,
  type Clock,
  type Diagnostic,
  durationWords,
  escapeText,
  type FrontApi,
  type Operation,
  type OperationResult,
  type Plan,
} from "../../../src/internal.ts";
import type { MaskContext, Session } from "../../session.ts";
import { renderPlan } from "../plan/text.ts";
import type { Progress } from "../progress.ts";
import { type ApplyOutcome, isComplete, renderFailedOperations, renderSummary } from "./apply-summary.ts";
import type { ApplyView, OperationListener } from "./apply-view.ts";
import { ACTION_WORDS, ResourceProgress, type ResourceState } from "./resource-progress.ts";

/** Reports an apply to people: the result on standard output, progress and problems on standard error. */
export class TextApplyView implements ApplyView {
  readonly #session: Session;
  readonly #full: boolean;

  constructor(session: Session, { full }: { readonly full: boolean }) {
    this.#session = session;
    this.#full = full;
  }

  diagnostics(found: readonly Diagnostic[], context: MaskContext): void {
    this.#session.showDiagnostics(found, context);
  }

  plan(plan: Plan, context: MaskContext, { reviewed }: { readonly reviewed: boolean }): void {
    const session = this.#session;
    if (reviewed) return;
    session.print(renderPlan(plan, session.colors("stdout"), { mask: session.mask(context), full: this.#full }));
  }

  start(plan: Plan, front: Pick<FrontApi, "requests">): OperationListener {
    return new TextProgress(plan, front, {
      progress: this.#session.startProgress("Applying"),
      clock: this.#session.clock,
    });
  }

  summary(outcome: ApplyOutcome, context: MaskContext): void {
    const session = this.#session;
    session.showDiagnostics(outcome.verification.diagnostics, context);
    if (isComplete(outcome)) {
      session.print(renderSummary(outcome, session.colors("stdout")));
    } else {
      const colors = session.colors("stderr");
      session.err(`${renderFailedOperations(outcome.report, colors)}${renderSummary(outcome, colors)}`);
    }
  }
}

/** Without a live line, resources of plans with more operations are reported together. */
const MANY = 50;
/** Milliseconds between two lines about a plan with many operations. */
const LINE_INTERVAL = 10_000;
/** Milliseconds until a rate is meaningful. */
const RATE_DELAY = 5_000;

const NOUNS: Readonly<Record<Action, string>> = {
  create: "Creation",
  update: "Modifications",
  delete: "Destruction",
};

interface TextProgressOptions {
  readonly progress: Progress;
  readonly clock: Clock;
}

/** Reports each resource like Terraform does, or counts operations on a live line. */
export class TextProgress implements OperationListener {
  readonly #plan: Plan;
  readonly #front: Pick<FrontApi, "requests">;
  readonly #progress: Progress;
  readonly #clock: Clock;
  readonly #resources: ResourceProgress;
  readonly #startedAt: number;
  readonly #sentBefore: number;
  #ended = 0;
  #lastLine: number;

  constructor(plan: Plan, front: Pick<FrontApi, "requests">, { progress, clock }: TextProgressOptions) {
    this.#plan = plan;
    this.#front = front;
    this.#progress = progress;
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.#lastLine = this.#startedAt;
    this.#sentBefore = front.requests;
    this.#resources = new ResourceProgress(plan, clock, {
      started: (resource) => {
        if (!this.#hasMany) this.#log(resource, `${capitalized(ACTION_WORDS[resource.change.action].doing)}…`);
      },
      ended: (resource, { failed }) => {
        if (failed || !this.#hasMany) this.#log(resource, describeEnd(resource, failed));
      },
    });
  }

  get #hasMany(): boolean {
    return this.#plan.operations.length > MANY;
  }

  started(operation: Operation): void {
    this.#resources.started(operation);
  }

  ended(result: OperationResult): void {
    this.#ended += 1;
    this.#resources.ended(result);
    this.#progress.say(this.#state());
    if (!this.#hasMany) return;
    const now = this.#clock.monotonic();
    if (now - this.#lastLine < LINE_INTERVAL && this.#ended < this.#plan.operations.length) return;
    this.#lastLine = now;
    this.#progress.log(this.#state());
  }

  tick(): void {}

  async stop(): Promise<void> {
    await this.#progress.stop();
  }

  #log({ change }: { readonly change: Change }, text: string): void {
    this.#progress.log(`${escapeText(change.address)}: ${text}`);
  }

  #state(): string {
    return [`${this.#ended} of ${this.#plan.operations.length} operations`, ...this.#rate()].join(", ");
  }

  #rate(): string[] {
    const elapsed = this.#clock.monotonic() - this.#startedAt;
    const sent = this.#front.requests - this.#sentBefore;
    if (elapsed < RATE_DELAY || sent === 0) return [];
    const perMinute = (sent * 60_000) / elapsed;
    const left = Math.max(0, this.#plan.requests.total - sent);
    const time = left === 0 ? [] : [`about ${durationWords(Math.ceil((left * 60) / perMinute))} left`];
    return [`${Math.round(perMinute)} requests a minute`, ...time];
  }
}

function describeEnd({ change, id, elapsedSeconds }: ResourceState, failed: boolean): string {
  const noun = NOUNS[change.action];
  if (failed) return `${noun} failed after ${elapsedSeconds}s`;
  return `${noun} complete after ${elapsedSeconds}s${id === undefined ? "" : ` [id=${escapeText(id)}]`}`;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
