import type { Clock } from "../../clock/clock.ts";
import { FrontError } from "../api.ts";
import type { TokenSource } from "../token.ts";

/** What a sign-in gave. Times are epoch milliseconds on our own clock. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Where tokens outlive a renewal; other processes may share it. */
export interface TokenStore {
  /** What is kept by now; undefined when it is gone. */
  read(): Tokens | undefined;
  /** Whole or not at all. */
  write(tokens: Tokens): void;
  /** Runs while no other process that shares it is in here, as far as that can be known. */
  withLock<T>(work: () => Promise<T>): Promise<T>;
}

export interface RenewalOptions {
  readonly store: TokenStore;
  /** Undefined when Front does not take the refresh token any more. */
  readonly refresh: (refreshToken: string) => Promise<Tokens | undefined>;
  readonly clock: Clock;
  /** How to sign in anew. */
  readonly advice: string;
}

/** Renewed so long before its end, for clocks differ and requests take time. */
const MARGIN = 5 * 60_000;

export interface RenewableToken extends TokenSource {
  /** When the access token in use ends; undefined as long as there is none. */
  readonly expiresAt: number | undefined;
}

/**
 * An access token that is renewed before its end, or when it is refused. Front may answer with another refresh token,
 * which takes the place of the one before, so whatever comes back is kept before it is used.
 */
export function createRenewableToken(options: RenewalOptions): RenewableToken {
  return new Renewal(options);
}

class Renewal implements RenewableToken {
  readonly advice: string;
  readonly #options: RenewalOptions;
  readonly #secrets = new Set<string>();
  #tokens: Tokens | undefined;
  /** One renewal for all requests that wait for it. */
  #renewing: Promise<Tokens> | undefined;

  constructor(options: RenewalOptions) {
    this.#options = options;
    this.advice = options.advice;
  }

  get expiresAt(): number | undefined {
    return this.#tokens?.expiresAt;
  }

  secrets(): readonly string[] {
    return [...this.#secrets];
  }

  async current({ skipRenewal = false }: { readonly skipRenewal?: boolean | undefined } = {}): Promise<string> {
    const tokens = this.#tokens ?? this.#kept();
    if (this.#isFresh(tokens) || (skipRenewal && tokens.accessToken !== "")) return tokens.accessToken;
    return (await this.#renewOnce(tokens.accessToken)).accessToken;
  }

  async renewAfterRefusal(refused: string): Promise<string> {
    const { accessToken = "" } = this.#tokens ?? {};
    if (accessToken !== refused && accessToken !== "") return accessToken;
    return (await this.#renewOnce(refused)).accessToken;
  }

  async #renewOnce(stale: string): Promise<Tokens> {
    this.#renewing ??= this.#options.store
      .withLock(() => this.#renewNow(stale))
      .finally(() => {
        this.#renewing = undefined;
      });
    return await this.#renewing;
  }

  /** Another process may have renewed it while we waited for our turn. */
  async #renewNow(stale: string): Promise<Tokens> {
    const kept = this.#kept();
    if (kept.accessToken !== stale && this.#isFresh(kept)) return this.#remember(kept);
    return (await this.#refresh(kept)) ?? (await this.#refreshAgain(kept));
  }

  async #refresh({ refreshToken }: Tokens): Promise<Tokens | undefined> {
    const tokens = await this.#options.refresh(refreshToken);
    if (tokens === undefined) return undefined;
    this.#remember(tokens);
    this.#options.store.write(tokens);
    return tokens;
  }

  /** Nobody is kept from renewing for ever, so another process may have taken its turn for over and been first. */
  async #refreshAgain(before: Tokens): Promise<Tokens> {
    const kept = this.#kept();
    if (kept.refreshToken !== before.refreshToken) {
      const again = this.#isFresh(kept) ? kept : await this.#refresh(kept);
      if (again !== undefined) return again;
    }
    const message = "Front does not take the sign-in any more: it has expired or was revoked (invalid_grant)";
    throw new FrontError("unauthorized", message, { advice: this.advice });
  }

  #kept(): Tokens {
    const kept = this.#options.store.read();
    if (kept !== undefined) return this.#remember(kept);
    throw new FrontError("unauthorized", "The sign-in is gone", { advice: this.advice });
  }

  #remember(tokens: Tokens): Tokens {
    for (const secret of [tokens.accessToken, tokens.refreshToken]) if (secret !== "") this.#secrets.add(secret);
    this.#tokens = tokens;
    return tokens;
  }

  /** Also of a token with a short life the first half is used. A clock that jumped back is left to Front's refusals. */
  #isFresh({ accessToken, issuedAt, expiresAt }: Tokens): boolean {
    const life = expiresAt - issuedAt;
    return accessToken !== "" && this.#options.clock.now() < issuedAt + Math.max(life - MARGIN, life / 2);
  }
}

/** Keeps tokens for the time of one run, beginning with nothing but a refresh token. */
export function inMemoryTokenStore(refreshToken: string, onRotation: () => void = () => {}): TokenStore {
  let kept: Tokens = { accessToken: "", refreshToken, issuedAt: 0, expiresAt: 0 };
  return {
    read: () => kept,
    write(tokens) {
      if (tokens.refreshToken !== kept.refreshToken) onRotation();
      kept = tokens;
    },
    withLock: (work) => work(),
  };
}
