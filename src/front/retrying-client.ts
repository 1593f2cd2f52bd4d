import type { Clock, Random } from "../clock/clock.ts";
import { FrontError, type FrontErrorOptions } from "./api.ts";
import { sendAuthorized } from "./authorized-http.ts";
import { ContactShapeError, ShapeError } from "./decode.ts";
import { type Fetch, type HttpRequest, type HttpResponse, NetworkError } from "./http.ts";
import { type Pause, RateLimiter } from "./rate-limiter.ts";
import type { RequestBudget, RequestBudgetOptions, RequestRate } from "./request-budget.ts";
import {
  bodyExcerpt,
  isTierLimit,
  outcomeIfUnanswered,
  parseBody,
  rateLimitStatus,
  responseError,
  responseTime,
  retryDelay,
} from "./response.ts";

export interface RetryingClientOptions extends RequestBudgetOptions {
  /** In place of one that knows nothing yet. */
  readonly requestBudget?: RequestBudget | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** In place of the global one; for tests and simulations. */
  readonly fetch?: Fetch | undefined;
  /** Interrupts: nothing new is sent, waits end at once, what is in flight may finish. */
  readonly signal?: AbortSignal | undefined;
  readonly parallelism: number;
  /** Milliseconds; the base of every back-off. */
  readonly backOff: number;
  readonly onPause?: ((wait: Pause) => void) | undefined;
}

/** How to ask until there is an answer. */
interface Insistence<T> {
  readonly permits: number;
  readonly once: () => Promise<T | "refused">;
  readonly repeatable: (error: FrontError) => boolean;
}

const ATTEMPTS = 5;
/** Repetitions that a run may make in a row of trouble; successes earn them back, so a dead Front is not hammered. */
const PATIENCE = { full: 50, perRetry: 5, perTimeout: 10 };

const INTERRUPTED = "Nothing more was sent. Run the same command again to go on from here.";

function interrupted(): FrontError {
  return new FrontError("interrupted", "Interrupted before the request was sent", { advice: INTERRUPTED });
}

/** Everything between a request and its meaning: pacing, deadlines, repetition, and one wording of failures. */
export class RetryingClient {
  readonly #options: RetryingClientOptions;
  readonly #limiter: RateLimiter;
  #patience = PATIENCE.full;
  /** Why Front is to be left alone from now on. */
  #over: FrontError | undefined;
  #requests = 0;
  /** How many questions were under way or answered when Front last refused one for want of budget. */
  #askedAtRefusal = 0;
  #asked = 0;
  #time: number | undefined;
  /** Until when each rate-limited resource is left alone, by its path, in milliseconds of the monotonic clock. */
  readonly #resting = new Map<string, number>();

  constructor(options: RetryingClientOptions) {
    this.#options = options;
    this.#limiter = new RateLimiter(options);
  }

  /** How many requests were sent so far, repeated ones included. */
  get requests(): number {
    return this.#requests;
  }

  /** What was measured of the company's budget so far. */
  get requestRate(): RequestRate | undefined {
    return this.#limiter.requestRate;
  }

  /** Front's own time at its last answer, in epoch milliseconds, to the second. */
  get time(): number | undefined {
    return this.#time;
  }

  /**
   * Asks until there is an answer that counts: a 429 is waited out and asked again, and so is a GET that failed in
   * passing. Any other failure is thrown as a `FrontError` that says whether Front may have acted.
   */
  send(question: HttpRequest): Promise<HttpResponse> {
    return this.#insist(question, {
      permits: 1,
      once: () => this.#askOnce(question),
      repeatable: ({ outcome }) => outcome === "not-done",
    });
  }

  /** Asks as `ask` does, until the answer can be read, too: one that was cut off is no answer. */
  read<T>(question: HttpRequest, decode: (json: unknown) => T): Promise<T> {
    return this.#insist(question, {
      permits: 1,
      once: async () => {
        const answer = await this.#askOnce(question);
        return answer === "refused" ? answer : { value: readJson(question, answer, decode) };
      },
      repeatable: ({ outcome }) => outcome === "not-done",
    }).then(({ value }) => value);
  }

  /**
   * Reads, and sends the write that follows from the reading with no wait in between. Whatever goes wrong with
   * either, it starts again from a fresh reading, so a write that did happen is noticed: `writeFor` then finds nothing
   * to write, which ends it.
   */
  async readThenWrite(read: HttpRequest, writeFor: (answer: HttpResponse) => HttpRequest | undefined): Promise<void> {
    let inDoubt = false;
    /** Also when a reading does not show the write yet: what is in doubt may happen later. */
    const repeatable = ({ outcome }: FrontError) => {
      inDoubt ||= outcome === "unknown";
      return true;
    };
    try {
      await this.#insist(read, { permits: 2, once: () => this.#pairOnce(read, writeFor), repeatable });
    } catch (error) {
      if (!inDoubt || !(error instanceof FrontError)) throw error;
      throw new FrontError(error.code, error.message, { ...error, outcome: "unknown" });
    }
  }

  async #insist<T>(about: HttpRequest, { permits, once, repeatable }: Insistence<T>): Promise<T> {
    for (let attempt = 1; ; ) {
      await this.#letRest(about);
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

  /** A limit on one contact or list holds up nothing else. */
  async #letRest(about: HttpRequest): Promise<void> {
    const { clock, signal, onPause } = this.#options;
    const milliseconds = this.#restOf(about);
    if (milliseconds <= 0) return;
    if (milliseconds >= 1000) onPause?.({ reason: "retry-after", milliseconds });
    await clock.sleep(milliseconds, signal);
    if (signal?.aborted) throw interrupted();
  }

  #restOf(about: HttpRequest): number {
    return (this.#resting.get(resourceOf(about)) ?? 0) - this.#options.clock.monotonic();
  }

  async #acquire(permits: number): Promise<void> {
    if (this.#over !== undefined) throw this.#over;
    if (!(await this.#limiter.acquire(permits))) throw interrupted();
    if (this.#over === undefined) return;
    this.#limiter.release(permits);
    throw this.#over;
  }

  async #pairOnce(
    read: HttpRequest,
    writeFor: (answer: HttpResponse) => HttpRequest | undefined,
  ): Promise<HttpResponse | "refused"> {
    let unused = 1;
    try {
      const fresh = await this.#askOnce(read);
      if (fresh === "refused") return fresh;
      const write = writeFor(fresh);
      if (write === undefined) return fresh;
      if (this.#options.signal?.aborted) throw interrupted();
      if (this.#over !== undefined) throw this.#over;
      if (this.#limiter.paused || this.#restOf(read) > 0) return "refused";
      unused = 0;
      return await this.#askOnce({ ...write, skipRenewal: true });
    } finally {
      this.#limiter.release(unused);
    }
  }

  /** Waits before the nth repetition (from 1); throws when the run is interrupted. */
  async #backOff(attempt: number): Promise<void> {
    const { backOff, random, clock, signal, onPause } = this.#options;
    const longest = Math.min(backOff * 2 ** (attempt - 1), 30_000);
    const milliseconds = longest * (0.5 + random() / 2);
    if (milliseconds >= 1000) onPause?.({ reason: "back-off", milliseconds });
    await clock.sleep(milliseconds, signal);
    if (signal?.aborted) throw interrupted();
  }

  async #send(question: HttpRequest): Promise<HttpResponse | NetworkError | "outdated"> {
    let answer: HttpResponse | undefined;
    const onRequest = () => {
      this.#requests += 1;
    };
    try {
      const sent = await sendAuthorized(question, { ...this.#options, onRequest });
      if (sent === "outdated") return sent;
      answer = sent;
      this.#time = responseTime(answer.headers) ?? this.#time;
      return answer;
    } catch (error) {
      if (error instanceof NetworkError) return error;
      throw error;
    } finally {
      /** A host that does not see the token counts somebody else's budget. */
      const fronts = question.bearer === undefined ? undefined : answer;
      this.#limiter.settle(fronts && rateLimitStatus(fronts));
    }
  }

  async #askOnce(question: HttpRequest): Promise<HttpResponse | "refused"> {
    this.#asked += 1;
    const order = this.#asked;
    const result = await this.#send(question);
    if (result === "outdated") {
      const advice = "Sign in again, or use another token.";
      this.#spendPatience(
        PATIENCE.perRetry,
        new FrontError("unauthorized", "Front keeps refusing the token", { advice }),
      );
      return "refused";
    }
    if (result instanceof NetworkError) {
      const advice = "Check the network, FRONT_API_URL and proxies, then run the same command again.";
      const { retriable: transient } = result;
      const outcome = result.outcome === "not-done" ? "not-done" : outcomeIfUnanswered(question);
      throw new FrontError("unreachable", result.message, { outcome, advice, transient });
    }
    if (result.status === 429) {
      this.#heedRefusal(question, result, order);
      return "refused";
    }
    if (result.status < 200 || result.status > 299) throw responseError(question, result);
    /** Front answers writes with its own JSON or with nothing; a proxy's page says nothing of their fate. */
    if (question.method !== "GET" && result.body.byteLength > 0) readJson(question, result, (json) => json);
    this.#patience = Math.min(this.#patience + 1, PATIENCE.full);
    return result;
  }

  /**
   * Waits as long as a 429 asks for. A 429 means that nothing was done, so the request may always be sent again.
   * Requests that were in flight together are refused together, and count as one refusal. `order` is the number of the
   * request.
   */
  #heedRefusal(question: HttpRequest, answer: HttpResponse, order: number): void {
    const asked = retryDelay(answer);
    const advice = "Let Front's rate limit recover, or ask what else spends it, and run the same command again.";
    if (asked === undefined) {
      this.#over = new FrontError("too-busy", "Front asks to wait for longer than two minutes", {
        advice,
        status: 429,
      });
      throw this.#over;
    }
    if (order > this.#askedAtRefusal) {
      this.#askedAtRefusal = this.#asked;
      const storm = new FrontError("too-busy", "Front keeps refusing for want of budget", { advice, status: 429 });
      this.#spendPatience(PATIENCE.perRetry, storm);
    }
    const wait = asked * (1 + this.#options.random() / 10);
    if (isTierLimit(answer)) this.#resting.set(resourceOf(question), this.#options.clock.monotonic() + wait);
    else this.#limiter.pause(wait);
  }

  /** Waits before what failed in passing is tried again, or throws it. */
  async #recover(error: FrontError, attempt: number): Promise<void> {
    if (!error.transient || attempt >= ATTEMPTS || this.#options.signal?.aborted) throw error;
    this.#spendPatience(error.code === "unreachable" ? PATIENCE.perTimeout : PATIENCE.perRetry, error);
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
export function readJson<T>(question: HttpRequest, answer: HttpResponse, decode: (json: unknown) => T): T {
  const outcome = outcomeIfUnanswered(question);
  const advice = "Check FRONT_API_URL and proxies: something between here and Front may have answered in its place.";
  const json = parseBody(answer.body);
  if (json === undefined) {
    const message = `${question.url.host} answered ${answer.status}, but not in JSON: ${bodyExcerpt(question, answer.body)}`;
    const transient = question.method === "GET" && beganAsJson(answer.body);
    throw new FrontError("unreadable", message, { outcome, advice, status: answer.status, transient });
  }
  try {
    return decode(json);
  } catch (error) {
    if (error instanceof ContactShapeError) throw undecodableContact(error, { outcome, status: answer.status });
    if (!(error instanceof ShapeError)) throw error;
    const message = `${question.url.host} answered in a shape that is not Front's: ${error.message}`;
    throw new FrontError("unreadable", message, { outcome, advice, status: answer.status });
  }
}

function undecodableContact(
  { contact }: ContactShapeError,
  options: Pick<FrontErrorOptions, "outcome" | "status">,
): FrontError {
  const message = `Cannot decode contact ${contact.id ?? "without an id"}: ${contact.problem}`;
  const advice = "Correct the contact in Front, or ask Front's support what its response means.";
  return new FrontError("undecodable", message, { ...options, advice, contact });
}

/** The contact, the list, or whatever else a question is about: `/contacts/crd_1`. */
function resourceOf({ url }: HttpRequest): string {
  return url.pathname.split("/").slice(0, 3).join("/");
}

/** Without a length, an answer that was cut off looks whole; a page of a proxy's does not begin like this. */
function beganAsJson(body: Uint8Array): boolean {
  return /^\s*[{[]/.test(new TextDecoder().decode(body.subarray(0, 100)));
}
