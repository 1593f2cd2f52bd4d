import type { Random } from "../clock/clock.ts";
import { FrontError, type RequestRate, withUnknownOutcome } from "./api.ts";
import { ANNOUNCED_PAUSE, MAX_ATTEMPTS, MAX_BACK_OFF, RETRY_QUOTA } from "./constants.ts";
import { type Fetch, type HttpRequest, type HttpResponse, NetworkError, sendAuthorized } from "./http.ts";
import { isTierLimit, rateLimitStatus, responseTime, retryDelay } from "./rate-limit-headers.ts";
import { type Pause, RateLimiter, type RateLimiterOptions } from "./rate-limiter.ts";
import { outcomeIfUnanswered, readJson, responseError } from "./response-errors.ts";

/**
 * Options of the client. When `signal` aborts, no new requests are sent, pauses end, and requests in flight get a few
 * seconds.
 */
export interface RetryingClientOptions extends RateLimiterOptions {
  readonly random: Random;
  /** By default the global one. */
  readonly fetch?: Fetch | undefined;
  /** Milliseconds before the second attempt. */
  readonly backOff: number;
}

interface RetryOptions<T> {
  /** Requests that one attempt sends without a pause between them. */
  readonly permits: number;
  /** Sends the requests once. Returns `retry` after a 429, because then nothing was done. */
  readonly attempt: () => Promise<T | "retry">;
  readonly isRetryable: (error: FrontError) => boolean;
}

function interrupted(): FrontError {
  const advice = "No further request was sent. Run the same command again to continue.";
  return new FrontError("interrupted", "Interrupted before the request was sent", { advice });
}

/**
 * Sends requests through the rate limiter and retries failures that are temporary. Other failures are thrown as a
 * `FrontError` that says whether Front may have made the change.
 */
export class RetryingClient {
  readonly #options: RetryingClientOptions;
  readonly #limiter: RateLimiter;
  #quota = RETRY_QUOTA.size;
  /** Set when no further request may be sent in this run. */
  #stopped: FrontError | undefined;
  #requests = 0;
  #started = 0;
  /** Number of requests started before the last 429 that counted against the retry quota. */
  #startedAtRefusal = 0;
  #time: number | undefined;
  /** When each resource with a tier limit may be requested again, by its path, on the monotonic clock. */
  readonly #pausedResources = new Map<string, number>();

  constructor(options: RetryingClientOptions) {
    this.#options = options;
    this.#limiter = new RateLimiter(options);
  }

  /** Number of requests sent so far, retries included. */
  get requests(): number {
    return this.#requests;
  }

  /** The measured request rate; undefined before Front's first response. */
  get requestRate(): RequestRate | undefined {
    return this.#limiter.requestRate;
  }

  /** Front's clock at its last response, in epoch milliseconds, to the second. */
  get time(): number | undefined {
    return this.#time;
  }

  send(request: HttpRequest): Promise<HttpResponse> {
    return this.#retry(request, {
      permits: 1,
      attempt: () => this.#sendOnce(request),
      isRetryable: ({ outcome }) => outcome === "not-done",
    });
  }

  /** Sends a request and decodes its response. A response that was cut off is retried as well. */
  read<T>(request: HttpRequest, decode: (json: unknown) => T): Promise<T> {
    return this.#retry(request, {
      permits: 1,
      attempt: async () => {
        const response = await this.#sendOnce(request);
        return response === "retry" ? response : { value: readJson(request, response, decode) };
      },
      isRetryable: ({ outcome }) => outcome === "not-done",
    }).then(({ value }) => value);
  }

  /**
   * Sends a read, and then without a pause the write that `writeFor` makes from its response; `undefined` means that
   * there is nothing to write. After any failure both are repeated, so a write that Front did make is noticed.
   */
  async readThenWrite(read: HttpRequest, writeFor: (response: HttpResponse) => HttpRequest | undefined): Promise<void> {
    let outcomeUnknown = false;
    const isRetryable = ({ outcome }: FrontError) => {
      outcomeUnknown ||= outcome === "unknown";
      return true;
    };
    try {
      await this.#retry(read, { permits: 2, attempt: () => this.#sendPairOnce(read, writeFor), isRetryable });
    } catch (error) {
      // A later read that does not show the write does not determine the outcome: the write may still be processed.
      throw outcomeUnknown ? withUnknownOutcome(error) : error;
    }
  }

  async #retry<T>(request: HttpRequest, { permits, attempt, isRetryable }: RetryOptions<T>): Promise<T> {
    for (let attempts = 1; ; ) {
      await this.#waitForResource(request);
      await this.#acquire(permits);
      try {
        const result = await attempt();
        if (result !== "retry") return result;
      } catch (error) {
        if (!(error instanceof FrontError && isRetryable(error))) throw error;
        await this.#backOffOrThrow(error, attempts);
        attempts += 1;
      }
    }
  }

  /** Waits until the resource may be requested again. A tier's limit pauses requests for one contact or list only. */
  async #waitForResource(request: HttpRequest): Promise<void> {
    const milliseconds = this.#resourceDelay(request);
    if (milliseconds > 0) await this.#pause({ reason: "retry-after", milliseconds });
  }

  #resourceDelay(request: HttpRequest): number {
    return (this.#pausedResources.get(resourceOf(request)) ?? 0) - this.#options.clock.monotonic();
  }

  async #pause(pause: Pause): Promise<void> {
    const { clock, signal, onPause } = this.#options;
    if (pause.milliseconds >= ANNOUNCED_PAUSE) onPause?.(pause);
    await clock.sleep(pause.milliseconds, signal);
    if (signal?.aborted) throw interrupted();
  }

  async #acquire(permits: number): Promise<void> {
    if (this.#stopped !== undefined) throw this.#stopped;
    if (!(await this.#limiter.acquire(permits))) throw interrupted();
    if (this.#stopped === undefined) return;
    this.#limiter.release(permits);
    throw this.#stopped;
  }

  async #sendPairOnce(
    read: HttpRequest,
    writeFor: (response: HttpResponse) => HttpRequest | undefined,
  ): Promise<HttpResponse | "retry"> {
    let unused = 1;
    try {
      const response = await this.#sendOnce(read);
      if (response === "retry") return response;
      const write = writeFor(response);
      if (write === undefined) return response;
      if (this.#options.signal?.aborted) throw interrupted();
      if (this.#stopped !== undefined) throw this.#stopped;
      if (this.#limiter.paused || this.#resourceDelay(read) > 0) return "retry";
      unused = 0;
      return await this.#sendOnce({ ...write, skipRenewal: true });
    } finally {
      this.#limiter.release(unused);
    }
  }

  async #sendOnce(request: HttpRequest): Promise<HttpResponse | "retry"> {
    this.#started += 1;
    const sequence = this.#started;
    const result = await this.#exchange(request);
    if (result === "token-renewed") {
      const advice = "Sign in again, or use another token.";
      this.#useQuota(
        RETRY_QUOTA.perRetry,
        new FrontError("unauthorized", "Front keeps refusing the token", { advice }),
      );
      return "retry";
    }
    if (result instanceof NetworkError) throw unreachable(request, result);
    if (result.status === 429) {
      this.#pauseAfterRefusal(request, result, sequence);
      return "retry";
    }
    if (result.status < 200 || result.status > 299) throw responseError(request, result);
    // Front responds to a write with JSON or an empty body; with a proxy's page the outcome is unknown.
    if (request.method !== "GET" && result.body.byteLength > 0) readJson(request, result, (json) => json);
    this.#quota = Math.min(this.#quota + 1, RETRY_QUOTA.size);
    return result;
  }

  async #exchange(request: HttpRequest): Promise<HttpResponse | NetworkError | "token-renewed"> {
    let response: HttpResponse | undefined;
    const onRequest = () => {
      this.#requests += 1;
    };
    try {
      const sent = await sendAuthorized(request, { ...this.#options, onRequest });
      if (sent === "token-renewed") return sent;
      response = sent;
      this.#time = responseTime(response.headers) ?? this.#time;
      return response;
    } catch (error) {
      if (error instanceof NetworkError) return error;
      throw error;
    } finally {
      // A host that does not receive the token is not Front's API, so its headers concern another rate limit.
      const ofFront = request.bearer === undefined ? undefined : response;
      this.#limiter.settle(ofFront && rateLimitStatus(ofFront));
    }
  }

  /**
   * Pauses for as long as a 429 asks, even if the request is not repeated. Requests that were in flight together are
   * refused together, which counts as one refusal. `sequence` is the number of the request.
   */
  #pauseAfterRefusal(request: HttpRequest, response: HttpResponse, sequence: number): void {
    const delay = retryDelay(response);
    const advice =
      "Wait until Front's rate limit recovers, or reduce the requests of other integrations, then run the command again.";
    if (delay === undefined) {
      const message = "Front asks for a pause of more than two minutes";
      this.#stopped = new FrontError("too-busy", message, { advice, status: 429 });
      throw this.#stopped;
    }
    const jittered = delay * (1 + this.#options.random() / 10);
    if (isTierLimit(response)) {
      this.#pausedResources.set(resourceOf(request), this.#options.clock.monotonic() + jittered);
    } else this.#limiter.pause(jittered);
    if (sequence > this.#startedAtRefusal) {
      this.#startedAtRefusal = this.#started;
      const refused = new FrontError("too-busy", "Front's rate limit was exceeded too many times", {
        advice,
        status: 429,
      });
      this.#useQuota(RETRY_QUOTA.perRetry, refused);
    }
  }

  /** Pauses before the next attempt. Throws the error if it is not temporary or has no attempt left. */
  async #backOffOrThrow(error: FrontError, attempts: number): Promise<void> {
    if (!error.transient || attempts >= MAX_ATTEMPTS || this.#options.signal?.aborted) throw error;
    this.#useQuota(error.code === "unreachable" ? RETRY_QUOTA.perUnreachable : RETRY_QUOTA.perRetry, error);
    const maximum = Math.min(this.#options.backOff * 2 ** (attempts - 1), MAX_BACK_OFF);
    await this.#pause({ reason: "back-off", milliseconds: maximum * (0.5 + this.#options.random() / 2) });
  }

  #useQuota(cost: number, error: FrontError): void {
    this.#quota -= cost;
    if (this.#quota >= 0) return;
    const advice = `${error.advice} The run stops after too many failures; completed changes are kept.`;
    throw new FrontError("too-busy", error.message, { outcome: error.outcome, advice });
  }
}

function unreachable(request: HttpRequest, error: NetworkError): FrontError {
  const { message, outcome, retriable, nobodyListens } = error;
  const advice = nobodyListens
    ? "Start the server that should listen there, such as the local Front emulator, or change FRONT_API_URL."
    : "Check the network, FRONT_API_URL and proxies, then run the same command again.";
  return new FrontError("unreachable", message, {
    outcome: outcome === "not-done" ? "not-done" : outcomeIfUnanswered(request),
    advice,
    remedy: nobodyListens ? { kind: "start-emulator", port: request.url.port } : undefined,
    transient: retriable,
  });
}

/** Returns the resource that a request concerns, such as `/contacts/crd_1`. */
function resourceOf({ url }: HttpRequest): string {
  return url.pathname.split("/").slice(0, 3).join("/");
}
