import { FrontError, stopsRun, withUnknownOutcome } from "../front/api.ts";
import { LISTING_WAITS, type WaitOptions } from "./creation-listings.ts";

/** Returns the result of a write, or true, if Front shows the effect of the write; undefined otherwise. */
type FindEffect<T> = () => Promise<T | true | undefined>;

const MAX_ATTEMPTS = 3;
/** Waits before each check of a write with an unknown outcome, as multiples of the backoff. */
const CHECK_WAITS = [1];
/** For creations and deletions: listings may be outdated, and a repeated creation could cause a duplicate. */
const REPEATED_CHECK_WAITS = [0, ...LISTING_WAITS];

/** Sends writes. If the outcome of a write is unknown, checks Front before it retries the write. */
export class SafeWrites {
  readonly options: WaitOptions;

  constructor(options: WaitOptions) {
    this.options = options;
  }

  /** Sends a write. If its outcome is unknown, checks Front, and sends the write again if it had no effect. */
  async send<T>(write: () => Promise<T>, findEffect: FindEffect<T>, waits = CHECK_WAITS): Promise<T> {
    let unknown: FrontError | undefined;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write();
      } catch (error) {
        unknown = unknownOutcomeError(error, unknown);
        const effect = await this.#waitForEffect(findEffect, waits, unknown);
        if (effect !== undefined) return effect as T;
        if (attempt >= MAX_ATTEMPTS || stopsRun(unknown)) throw unknown;
      }
    }
  }

  /** Like `send`, but checks Front several times before it sends the write again. */
  async sendWithRepeatedChecks<T>(write: () => Promise<T>, findEffect: FindEffect<T>): Promise<T> {
    return await this.send(write, findEffect, REPEATED_CHECK_WAITS);
  }

  /** Sends an idempotent write, which can be sent again without a check. */
  async sendIdempotent(write: () => Promise<void>): Promise<void> {
    await this.send(write, async () => undefined);
  }

  /**
   * Sends a write. If Front rejects the write, checks whether Front already shows its effect, because another run may
   * have sent the same write. Front does not document its response to a write that changes nothing.
   */
  async sendOrFindEffect<T>(write: () => Promise<T>, findEffect: FindEffect<T>): Promise<T> {
    try {
      return await this.send(write, findEffect);
    } catch (error) {
      if (!isRejection(error)) throw error;
      const effect = await findEffect();
      if (effect === undefined) throw error;
      return effect as T;
    }
  }

  /**
   * Returns the effect of a write as soon as Front shows it; undefined if Front does not show it after all waits.
   * If a check fails, throws `unknown`, unless the check found a conflict.
   */
  async #waitForEffect<T>(
    findEffect: FindEffect<T>,
    waits: readonly number[],
    unknown: FrontError,
  ): Promise<T | true | undefined> {
    const { clock, backoff, signal } = this.options;
    try {
      for (const wait of waits) {
        await clock.sleep(wait * backoff, signal);
        const effect = await findEffect();
        if (effect !== undefined) return effect;
      }
      return undefined;
    } catch (error) {
      if (error instanceof FrontError && error.code !== "conflict") throw unknown;
      throw error;
    }
  }
}

/** Returns whether Front rejected a write, perhaps because another run already sent the same write. */
export function isRejection(error: unknown): error is FrontError {
  if (!(error instanceof FrontError) || error.outcome === "unknown") return false;
  return ["missing", "refused", "conflict"].includes(error.code);
}

/**
 * Returns the error of a write whose outcome is unknown, and throws any other error. If an earlier attempt had an
 * unknown outcome (`earlier`), the rejection of a later attempt does not show whether the earlier one took effect.
 */
function unknownOutcomeError(error: unknown, earlier: FrontError | undefined): FrontError {
  if (!(error instanceof FrontError)) throw error;
  if (error.outcome === "unknown") return error;
  if (earlier === undefined) throw error;
  if (error.code === "interrupted" || !stopsRun(error)) return earlier;
  throw withUnknownOutcome(error);
}
