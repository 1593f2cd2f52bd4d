import type { Clock } from "../../clock/clock.ts";
import { FrontError } from "../api.ts";
import { RENEWAL_MARGIN } from "../constants.ts";
import type { TokenSource } from "../token.ts";

/** The tokens of one login. Times are epoch milliseconds on the local clock. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** A token store, which several processes may share. */
export interface TokenStore {
  /** Returns the current tokens; undefined if they were removed. */
  read(): Tokens | undefined;
  write(tokens: Tokens): void;
  /** Runs `work` while holding a lock that all processes share. The lock of a process that hangs expires. */
  withLock<T>(work: () => Promise<T>): Promise<T>;
}

export interface RenewalOptions {
  readonly store: TokenStore;
  /** Requests new tokens. Returns undefined if Front no longer accepts the refresh token. */
  readonly refresh: (refreshToken: string) => Promise<Tokens | undefined>;
  readonly clock: Clock;
  /** Advice on how to sign in again. */
  readonly advice: string;
  /**
   * Called if new tokens cannot be stored. The run continues with them, but Front may have replaced the stored refresh
   * token. Default: the request that needs the tokens fails.
   */
  readonly onNotStored?: (error: FrontError) => void;
}

/**
 * An access token that is renewed before it expires, or if Front rejects it. Front may replace the refresh token as
 * well, so new tokens are stored immediately.
 */
export class RenewableToken implements TokenSource {
  readonly advice: string;
  readonly #options: RenewalOptions;
  readonly #secrets = new Set<string>();
  #tokens: Tokens | undefined;
  /** The current tokens, if they could not be stored. */
  #unstored: Tokens | undefined;
  /** The renewal in progress, shared by all requests that wait for it. */
  #renewing: Promise<Tokens> | undefined;

  constructor(options: RenewalOptions) {
    this.#options = options;
    this.advice = options.advice;
  }

  /** Expiry in epoch milliseconds; undefined before the first use. */
  get expiresAt(): number | undefined {
    return this.#tokens?.expiresAt;
  }

  secrets(): readonly string[] {
    return [...this.#secrets];
  }

  async current({ skipRenewal = false }: { readonly skipRenewal?: boolean | undefined } = {}): Promise<string> {
    const tokens = this.#tokens ?? this.#readStored();
    if (this.#isFresh(tokens) || (skipRenewal && tokens.accessToken !== "")) return tokens.accessToken;
    return (await this.#renewShared(tokens.accessToken)).accessToken;
  }

  async renewAfterRejection(rejectedToken: string): Promise<string> {
    const { accessToken = "" } = this.#tokens ?? {};
    if (accessToken !== rejectedToken && accessToken !== "") return accessToken;
    return (await this.#renewShared(rejectedToken)).accessToken;
  }

  async #renewShared(stale: string): Promise<Tokens> {
    const renew = () => this.#renewLocked(stale);
    // No other process has tokens that could not be stored, and the lock probably cannot be written either.
    this.#renewing ??= (this.#unstored === undefined ? this.#options.store.withLock(renew) : renew()).finally(() => {
      this.#renewing = undefined;
    });
    return await this.#renewing;
  }

  /** Renews the tokens, unless another process renewed them while this one waited for the lock. */
  async #renewLocked(stale: string): Promise<Tokens> {
    const stored = this.#readStored();
    if (stored.accessToken !== stale && this.#isFresh(stored)) return this.#setTokens(stored);
    return (await this.#refresh(stored)) ?? (await this.#refreshAgain(stored));
  }

  async #refresh({ refreshToken }: Tokens): Promise<Tokens | undefined> {
    const tokens = await this.#options.refresh(refreshToken);
    if (tokens === undefined) return undefined;
    this.#setTokens(tokens);
    this.#store(tokens);
    return tokens;
  }

  #store(tokens: Tokens): void {
    const { store, onNotStored } = this.#options;
    try {
      store.write(tokens);
      this.#unstored = undefined;
    } catch (error) {
      if (onNotStored === undefined || !(error instanceof FrontError)) throw error;
      if (this.#unstored === undefined) onNotStored(error);
      this.#unstored = tokens;
    }
  }

  /**
   * Tries the stored refresh token, because another process may have replaced the previous refresh token after the lock
   * expired. Throws an `unauthorized` `FrontError` if that fails.
   */
  async #refreshAgain(previous: Tokens): Promise<Tokens> {
    const stored = this.#readStored();
    if (stored.refreshToken !== previous.refreshToken) {
      const tokens = this.#isFresh(stored) ? stored : await this.#refresh(stored);
      if (tokens !== undefined) return tokens;
    }
    const message = "Front no longer accepts the login: it has expired or was revoked (invalid_grant)";
    throw new FrontError("unauthorized", message, { advice: this.advice });
  }

  #readStored(): Tokens {
    const stored = this.#options.store.read();
    const unstored = this.#unstored;
    if (stored && unstored && stored.issuedAt < unstored.issuedAt) return unstored;
    if (stored !== undefined) return this.#setTokens(stored);
    throw new FrontError("unauthorized", "The saved login was removed", { advice: this.advice });
  }

  #setTokens(tokens: Tokens): Tokens {
    for (const secret of [tokens.accessToken, tokens.refreshToken]) if (secret !== "") this.#secrets.add(secret);
    this.#tokens = tokens;
    return tokens;
  }

  /**
   * Returns whether the access token can still be used: until `RENEWAL_MARGIN` before it expires or, if its lifetime is
   * short, for half of the lifetime. If the local clock was set back, the token is renewed after Front rejects it.
   */
  #isFresh({ accessToken, issuedAt, expiresAt }: Tokens): boolean {
    const lifetime = expiresAt - issuedAt;
    return (
      accessToken !== "" && this.#options.clock.now() < issuedAt + Math.max(lifetime - RENEWAL_MARGIN, lifetime / 2)
    );
  }
}

/**
 * Returns a token store that initially contains only a refresh token. Calls `onRotation` whenever the refresh token
 * changes.
 */
export function inMemoryTokenStore(refreshToken: string, onRotation: () => void = () => {}): TokenStore {
  let current: Tokens = { accessToken: "", refreshToken, issuedAt: 0, expiresAt: 0 };
  return {
    read: () => current,
    write(tokens) {
      if (tokens.refreshToken !== current.refreshToken) onRotation();
      current = tokens;
    },
    withLock: (work) => work(),
  };
}
