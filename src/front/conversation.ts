import type { Clock, Random } from "../ports.ts";
import { answeredAt, askedWait, beginning, budgetOf, failureOf, parsed, worstOutcome } from "./answers.ts";
import { FrontError } from "./api.ts";
import { type Answer, exchange, type Fetch, NoAnswer, type Question } from "./exchange.ts";
import { Limiter, type Wait } from "./limiter.ts";

export interface ConversationOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** In place of the global one; for tests and simulations. */
  readonly fetch?: Fetch | undefined;
  /** Interrupts: nothing new is sent, waits end at once, what is in flight may finish. */
  readonly signal?: AbortSignal | undefined;
  readonly reserve: number;
  readonly parallelism: number;
  /** Milliseconds; the base of every back-off. */
  readonly backOff: number;
  readonly onWait?: ((wait: Wait) => void) | undefined;
}

const ATTEMPTS = 5;
/** Repetitions that a run may make in a row of trouble; successes earn them back, so a dead Front is not hammered. */
const PATIENCE = { full: 50, perRetry: 5, perTimeout: 10 };

const INTERRUPTED = "Nothing more was sent. Run the same command again to go on from here.";

function interrupted(): FrontError {
  return new FrontError("interrupted", "Interrupted before the request was sent", { advice: INTERRUPTED });
}

/** Everything between a request and its meaning: pacing, deadlines, repetition, and one wording of failures. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #limiter: Limiter;
  #patience = PATIENCE.full;
  /** Why Front is to be left alone from now on. */
  #over: FrontError | undefined;
  #requests = 0;
  #time: number | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#limiter = new Limiter(options);
  }

  /** How many requests were sent so far, repeated ones included. */
  get requests(): number {
    return this.#requests;
  }

  /** Front's own time at its last answer, in epoch milliseconds, to the second. */
  get time(): number | undefined {
    return this.#time;
  }

  /**
   * Asks until there is an answer that counts: a 429 is waited out and asked again, and so is a GET that failed in
   * passing. Any other failure is thrown as a `FrontError` that says whether Front may have acted.
   */
  ask(question: Question): Promise<Answer> {
    return this.#insist(
      1,
      () => this.#askOnce(question),
      ({ outcome }) => outcome === "not-done",
    );
  }

  /**
   * Reads, and sends the write that follows from the reading with no wait in between. Whatever goes wrong with
   * either, it starts again from a fresh reading, so a write that did happen is noticed: `writeFor` then finds nothing
   * to write, which ends it.
   */
  async askInPairs(read: Question, writeFor: (answer: Answer) => Question | undefined): Promise<void> {
    let inDoubt = false;
    /** Also when a reading does not show the write yet: what is in doubt may happen later. */
    const remember = ({ outcome }: FrontError) => {
      inDoubt ||= outcome === "unknown";
      return true;
    };
    try {
      await this.#insist(2, () => this.#pairOnce(read, writeFor), remember);
    } catch (error) {
      if (!inDoubt || !(error instanceof FrontError)) throw error;
      throw new FrontError(error.failure, error.message, { ...error, outcome: "unknown" });
    }
  }

  async #insist(
    permits: number,
    once: () => Promise<Answer | "refused">,
    repeatable: (error: FrontError) => boolean,
  ): Promise<Answer> {
    for (let attempt = 1; ; ) {
      await this.#acquire(permits);
      try {
        const answer = await once();
        if (answer !== "refused") return answer;
      } catch (error) {
        if (!(error instanceof FrontError && repeatable(error))) throw error;
        await this.#recover(error, attempt);
        attempt += 1;
      }
    }
  }

  async #acquire(permits: number): Promise<void> {
    if (this.#over !== undefined) throw this.#over;
    if (!(await this.#limiter.acquire(permits))) throw interrupted();
    if (this.#over === undefined) return;
    this.#limiter.release(permits);
    throw this.#over;
  }

  async #pairOnce(read: Question, writeFor: (answer: Answer) => Question | undefined): Promise<Answer | "refused"> {
    let unused = 1;
    try {
      const fresh = await this.#askOnce(read);
      if (fresh === "refused") return fresh;
      const write = writeFor(fresh);
      if (write === undefined) return fresh;
      if (this.#options.signal?.aborted) throw interrupted();
      if (this.#over !== undefined) throw this.#over;
      if (this.#limiter.paused) return "refused";
      unused = 0;
      return await this.#askOnce(write);
    } finally {
      this.#limiter.release(unused);
    }
  }

  /** Waits before the nth repetition (from 1); throws when the run is interrupted. */
  async #backOff(attempt: number): Promise<void> {
    const { backOff, random, clock, signal, onWait } = this.#options;
    const longest = Math.min(backOff * 2 ** (attempt - 1), 30_000);
    const milliseconds = longest * (0.5 + random() / 2);
    if (milliseconds >= 1000) onWait?.({ reason: "back-off", milliseconds });
    await clock.sleep(milliseconds, signal);
    if (signal?.aborted) throw interrupted();
  }

  async #send(question: Question): Promise<Answer | NoAnswer> {
    this.#requests += 1;
    let answer: Answer | undefined;
    try {
      answer = await exchange(question, this.#options);
      this.#time = answeredAt(answer.headers) ?? this.#time;
      return answer;
    } catch (error) {
      if (error instanceof NoAnswer) return error;
      throw error;
    } finally {
      /** A host that does not see the token counts somebody else's budget. */
      const fronts = question.bearer === undefined ? undefined : answer;
      this.#limiter.settle(fronts && budgetOf(fronts, this.#options.clock.monotonic()));
    }
  }

  async #askOnce(question: Question): Promise<Answer | "refused"> {
    const result = await this.#send(question);
    if (result instanceof NoAnswer) {
      const advice = "Check the network, FRONT_API_URL and proxies, then run the same command again.";
      const { retriable: passing } = result;
      const outcome = result.outcome === "not-done" ? "not-done" : worstOutcome(question);
      throw new FrontError("unreachable", result.message, { outcome, advice, passing });
    }
    if (result.status === 429) {
      this.#heedRefusal(result);
      return "refused";
    }
    if (result.status < 200 || result.status > 299) throw failureOf(question, result);
    /** Front answers writes with its own JSON or with nothing; a proxy's page says nothing of their fate. */
    if (question.method !== "GET" && result.body.byteLength > 0) readAnswer(question, result, (json) => json);
    this.#patience = Math.min(this.#patience + 1, PATIENCE.full);
    return result;
  }

  /** A refusal for want of budget proves that nothing was done, so it may always be sent again. */
  #heedRefusal(answer: Answer): void {
    const asked = askedWait(answer);
    const advice = "Let Front's rate limit recover, or ask what else spends it, and run the same command again.";
    if (asked === undefined) {
      this.#over = new FrontError("too-busy", "Front asks to wait for longer than two minutes", {
        advice,
        status: 429,
      });
      throw this.#over;
    }
    const storm = new FrontError("too-busy", "Front keeps refusing for want of budget", { advice, status: 429 });
    this.#spendPatience(PATIENCE.perRetry, storm);
    this.#limiter.pause(asked * (1 + this.#options.random() / 10));
  }

  /** Waits before what failed in passing is tried again, or throws it. */
  async #recover(error: FrontError, attempt: number): Promise<void> {
    if (!error.passing || attempt >= ATTEMPTS || this.#options.signal?.aborted) throw error;
    this.#spendPatience(error.failure === "unreachable" ? PATIENCE.perTimeout : PATIENCE.perRetry, error);
    await this.#backOff(attempt);
  }

  #spendPatience(cost: number, error: FrontError): void {
    this.#patience -= cost;
    if (this.#patience >= 0) return;
    const advice = `${error.advice} Too much went wrong in this run to go on; what was done stays done.`;
    throw new FrontError("too-busy", error.message, { outcome: error.outcome, advice });
  }
}

/** The answer as JSON of the shape that `decode` wants. A write that was answered by anything else may have happened. */
export function readAnswer<T>(question: Question, answer: Answer, decode: (json: unknown) => T): T {
  const outcome = worstOutcome(question);
  const advice = "Check FRONT_API_URL and proxies: something between here and Front may have answered in its place.";
  const json = parsed(answer.body);
  if (json === undefined) {
    const message = `${question.url.host} answered ${answer.status}, but not in JSON: ${beginning(question, answer.body)}`;
    throw new FrontError("unreadable", message, { outcome, advice, status: answer.status });
  }
  try {
    return decode(json);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ShapeError") throw error;
    const message = `${question.url.host} answered in a shape that is not Front's: ${error.message}`;
    throw new FrontError("unreadable", message, { outcome, advice, status: answer.status });
  }
}
