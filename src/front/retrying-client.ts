import type { Random } from "../clock/clock.ts";
import type { Remedy } from "../model/remedy.ts";
import { FrontError, type RequestRate, withUnknownOutcome } from "./api.ts";
import { MAX_ATTEMPTS, MAX_BACKOFF, MIN_REPORTED_PAUSE, RETRY_QUOTA } from "./constants.ts";
import { type Fetch, type HttpRequest, type HttpResponse, NetworkError, sendAuthorized } from "./http.ts";
import { isTierLimit, rateLimitStatus, responseTime, retryDelay } from "./rate-limit-headers.ts";
import { type Pause, RateLimiter, type RateLimiterOptions } from "./rate-limiter.ts";
import { withoutRepeatedPauses } from "./report-pauses.ts";
import { outcomeWithoutResponse, readJson, responseError } from "./response-errors.ts";

export interface RetryingClientOptions extends RateLimiterOptions {
  readonly random: Random;
  readonly fetch?: Fetch | undefined;
  readonly backoff: number;
}

interface RetryOptions<T> {
  /** Number of requests that one attempt sends without a pause. */
  readonly permits: number;
  /** Sends the requests once. Returns `retry` if they should be sent again, for example after a 429. */
  readonly attempt: () => Promise<T | "retry">;
  /** Returns whether the requests may be sent again after an error (default: if they were not processed). */
  readonly isRetryable?: (error: FrontError) => boolean;
}

function interruptedError(): FrontError {
  const advice = "No further request was sent. Run the same command again to continue.";
  return new FrontError("interrupted", "Interrupted before the request was sent", { advice });
}

/**
 * Sends requests through the rate limiter, and retries temporary failures. Throws a `FrontError` if a request fails
 * permanently or too often. The `outcome` of the error indicates whether Front may have made the change.
 */
export class RetryingClient {
  readonly #options: RetryingClientOptions;
  readonly #limiter: RateLimiter;
  #quota = RETRY_QUOTA.size;
  /**
   * The error of the last request that exhausted the retry quota. Requests that started before then are not sent again.
   * Later requests, such as the check of a write with an unknown outcome, are sent once.
   */
  #exhaustedBy: FrontError | undefined;
  /** The error that stopped the run. If it is set, no further request is sent. */
  #stopped: FrontError | undefined;
  #sentCount = 0;
  #startedCount = 0;
  /** `#startedCount` at the last 429 that was charged to the retry quota. */
  #startedCountAt429 = 0;
  /** Number of 429s that were not yet charged to the retry quota. Reset when a pause ends. */
  #uncharged429s = 0;
  #serverTime: number | undefined;
  /** The end of the pause of each resource with a tier limit, by path, on the monotonic clock. */
  readonly #pausedResources = new Map<string, number>();

  constructor(options: RetryingClientOptions) {
    const { onPause, clock } = options;
    this.#options = { ...options, onPause: onPause && withoutRepeatedPauses(onPause, clock) };
    this.#limiter = new RateLimiter(this.#options);
  }

  get requests(): number {
    return this.#sentCount;
  }

  get requestRate(): RequestRate | undefined {
    return this.#limiter.requestRate;
  }

  get serverTime(): number | undefined {
    return this.#serverTime;
  }

  /**
   * Sends a request. Retries it only if it was certainly not processed. An error with an unknown outcome is charged to
   * the retry quota like a retry, because the caller may send the request again.
   */
  send(request: HttpRequest): Promise<HttpResponse> {
    return this.#retry(request, { permits: 1, attempt: () => this.#sendOnce(request) });
  }

  /** Sends a GET request and decodes the response. Unlike `send`, also retries if the body is truncated JSON. */
  read<T>(request: HttpRequest, decode: (json: unknown) => T): Promise<T> {
    return this.#retry(request, {
      permits: 1,
      attempt: async () => {
        const response = await this.#sendOnce(request);
        return response === "retry" ? response : { value: readJson(request, response, decode) };
      },
    }).then(({ value }) => value);
  }

  /**
   * Sends a read and, immediately after it, a write. After a temporary failure, also repeats the read, so that a write
   * that was processed is not repeated.
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
      // The write may still be processed, even if a later read does not show it.
      throw outcomeUnknown ? withUnknownOutcome(error) : error;
    }
  }

  async #retry<T>(request: HttpRequest, options: RetryOptions<T>): Promise<T> {
    const { permits, attempt, isRetryable = ({ outcome }) => outcome === "not-done" } = options;
    const earlierExhaustion = this.#exhaustedBy;
    for (let attempts = 1; ; ) {
      await this.#waitForResource(request);
      await this.#acquire(permits, earlierExhaustion);
      try {
        const result = await attempt();
        if (result !== "retry") return result;
      } catch (error) {
        if (!(error instanceof FrontError && isRetryable(error))) throw this.#charged(error);
        await this.#backOffOrThrow(error, attempts);
        attempts += 1;
      }
    }
  }

  async #waitForResource(request: HttpRequest): Promise<void> {
    const milliseconds = this.#resourceDelay(request);
    if (milliseconds > 0) await this.#pause({ reason: "retry-after", milliseconds });
  }

  #resourceDelay(request: HttpRequest): number {
    return (this.#pausedResources.get(resourceOf(request)) ?? 0) - this.#options.clock.monotonic();
  }

  async #pause(pause: Pause): Promise<void> {
    const { clock, signal, onPause } = this.#options;
    if (pause.milliseconds >= MIN_REPORTED_PAUSE) onPause?.(pause);
    await clock.sleep(pause.milliseconds, signal);
    if (signal?.aborted) throw interruptedError();
  }

  async #acquire(permits: number, earlierExhaustion: FrontError | undefined): Promise<void> {
    this.#assertMaySend(earlierExhaustion);
    if (!(await this.#limiter.acquire(permits))) throw interruptedError();
    try {
      this.#assertMaySend(earlierExhaustion);
    } catch (error) {
      this.#limiter.release(permits);
      throw error;
    }
  }

  /** Throws the error that prevents a request. `earlierExhaustion` is `#exhaustedBy` at the start of the request. */
  #assertMaySend(earlierExhaustion: FrontError | undefined): void {
    if (this.#stopped !== undefined) throw this.#stopped;
    if (this.#exhaustedBy !== undefined && this.#exhaustedBy !== earlierExhaustion) throw this.#exhaustedBy;
  }

  async #sendPairOnce(
    read: HttpRequest,
    writeFor: (response: HttpResponse) => HttpRequest | undefined,
  ): Promise<HttpResponse | "retry"> {
    let unused = 1;
    try {
      const sequence = this.#nextSequence();
      const response = await this.#sendOnce(read, { sequence, precedesWrite: true });
      if (response === "retry") return response;
      const write = writeFor(response);
      if (write === undefined) {
        this.#recordAccepted(sequence);
        return response;
      }
      if (this.#options.signal?.aborted) throw interruptedError();
      if (this.#stopped !== undefined) throw this.#stopped;
      if (this.#limiter.isPaused || this.#resourceDelay(read) > 0) return "retry";
      unused = 0;
      return await this.#sendOnce({ ...write, followsRead: true });
    } finally {
      this.#limiter.release(unused);
    }
  }

  #nextSequence(): number {
    this.#startedCount += 1;
    return this.#startedCount;
  }

  /**
   * Sends a request once. Returns `retry` after a 429, or if the token was renewed before a write. An accepted read
   * that precedes a write does not end a pause, because it does not show that Front accepts writes again.
   */
  async #sendOnce(
    request: HttpRequest,
    { sequence = this.#nextSequence(), precedesWrite = false } = {},
  ): Promise<HttpResponse | "retry"> {
    const result = await this.#exchange(request);
    if (result === "token-renewed") {
      const advice = "Sign in again, or use another token.";
      this.#useQuota(
        RETRY_QUOTA.perRetry,
        new FrontError("unauthorized", "Front keeps rejecting the token", { advice }),
      );
      return "retry";
    }
    if (result instanceof NetworkError) throw unreachableError(request, result);
    if (result.status === 429) {
      this.#pauseAfter429(request, result, sequence);
      return "retry";
    }
    const isAccepted = result.status >= 200 && result.status <= 299;
    if (!isAccepted) {
      this.#endPause(sequence);
      throw responseError(request, result);
    }
    // Front responds to a write with JSON or an empty body. Any other body leaves the outcome unknown.
    if (request.method !== "GET" && result.body.byteLength > 0) readJson(request, result, (json) => json);
    if (!precedesWrite) this.#recordAccepted(sequence);
    return result;
  }

  #recordAccepted(sequence: number): void {
    this.#endPause(sequence);
    this.#quota = Math.min(this.#quota + 1, RETRY_QUOTA.size);
  }

  /** Allows parallel requests again if the request with this number was sent after the last 429. */
  #endPause(sequence: number): void {
    if (sequence <= this.#startedCountAt429) return;
    this.#uncharged429s = 0;
    this.#limiter.resume();
  }

  async #exchange(request: HttpRequest): Promise<HttpResponse | NetworkError | "token-renewed"> {
    let response: HttpResponse | undefined;
    const onRequest = () => {
      this.#sentCount += 1;
    };
    try {
      const result = await sendAuthorized(request, { ...this.#options, onRequest });
      if (result === "token-renewed") return result;
      response = result;
      this.#serverTime = responseTime(response.headers) ?? this.#serverTime;
      return response;
    } catch (error) {
      if (error instanceof NetworkError) return error;
      throw error;
    } finally {
      // A host that does not receive the token is not Front's API, so its rate limit headers are ignored.
      const apiResponse = request.bearer === undefined ? undefined : response;
      this.#limiter.finishRequest(apiResponse && rateLimitStatus(apiResponse));
    }
  }

  /**
   * Pauses for the delay in a 429, even if the request is not retried. `sequence` is the number of the request. Several
   * 429s for requests that were in flight at the same time are charged to the retry quota once, unless Front also
   * rejects the next request. In that case, the others are charged as well, but at most half of the quota.
   */
  #pauseAfter429(request: HttpRequest, response: HttpResponse, sequence: number): void {
    const delay = retryDelay(response);
    const advice =
      "Wait until Front's rate limit recovers, or reduce the requests of other integrations, then run the command again.";
    if (delay === undefined) {
      const message = "Front requires a wait of more than two minutes";
      this.#stopped = new FrontError("too-busy", message, { advice, status: 429 });
      throw this.#stopped;
    }
    const jittered = delay * (1 + this.#options.random() / 10);
    if (isTierLimit(response)) {
      this.#pausedResources.set(resourceOf(request), this.#options.clock.monotonic() + jittered);
    } else this.#limiter.pause(jittered);
    if (sequence <= this.#startedCountAt429) this.#uncharged429s += 1;
    else {
      this.#startedCountAt429 = this.#startedCount;
      const others = Math.min(this.#uncharged429s * RETRY_QUOTA.perRetry, RETRY_QUOTA.size / 2);
      this.#uncharged429s = 0;
      const error = new FrontError("too-busy", "Front's rate limit was exceeded too many times", {
        advice,
        status: 429,
      });
      this.#useQuota(RETRY_QUOTA.perRetry + others, error);
    }
  }

  /**
   * Pauses before the next attempt. Throws the error if it is not temporary, no attempts are left, or the run was
   * interrupted. Throws a `too-busy` error if the retry quota is exhausted.
   */
  async #backOffOrThrow(error: FrontError, attempts: number): Promise<void> {
    if (!error.transient || attempts >= MAX_ATTEMPTS || this.#options.signal?.aborted) throw error;
    this.#chargeRetry(error);
    const maximum = Math.min(this.#options.backoff * 2 ** (attempts - 1), MAX_BACKOFF);
    await this.#pause({ reason: "backoff", milliseconds: maximum * (0.5 + this.#options.random() / 2) });
  }

  /**
   * Returns an error that this client does not retry, after charging an unknown outcome to the retry quota. Throws a
   * `too-busy` error if the quota is exhausted.
   */
  #charged(error: unknown): unknown {
    if (error instanceof FrontError && error.outcome === "unknown") this.#chargeRetry(error);
    return error;
  }

  /** Throws a `too-busy` error if the retry quota is exhausted. */
  #chargeRetry(error: FrontError): void {
    this.#useQuota(error.code === "unreachable" ? RETRY_QUOTA.perConnectionFailure : RETRY_QUOTA.perRetry, error);
  }

  #useQuota(cost: number, error: FrontError): void {
    this.#quota -= cost;
    if (this.#quota >= 0) return;
    const advice = `${error.advice} The run stops after too many failures; completed changes remain in Front.`;
    this.#exhaustedBy = new FrontError("too-busy", error.message, { advice });
    throw new FrontError("too-busy", error.message, { outcome: error.outcome, advice });
  }
}

function unreachableError(request: HttpRequest, error: NetworkError): FrontError {
  const { message, outcome, transient, isPortClosed } = error;
  const advice = isPortClosed
    ? "Start the server that should listen there, such as the local Front emulator, or change the base URL (FRONT_API_URL)."
    : "Check the network, the base URL (FRONT_API_URL) and proxies, then run the same command again.";
  return new FrontError("unreachable", message, {
    outcome: outcome === "not-done" ? "not-done" : outcomeWithoutResponse(request),
    advice,
    remedy: isPortClosed ? emulatorRemedy(request.url) : undefined,
    transient,
  });
}

/** Returns a remedy that starts the emulator; undefined for an HTTPS URL, because the emulator uses HTTP. */
function emulatorRemedy({ port, protocol }: URL): Remedy | undefined {
  // A URL does not contain the default port of its protocol.
  return protocol === "http:" ? { kind: "start-emulator", port: port === "" ? "80" : port } : undefined;
}

/** Returns the resource that a request concerns, such as `/contacts/crd_1`. */
function resourceOf({ url }: HttpRequest): string {
  return url.pathname.split("/").slice(0, 3).join("/");
}
