import { FrontError, withReason } from "../front/api.ts";

/** Records the optional scopes that the token lacks, which are known from failed requests. */
export class MissingScopes {
  /** The reason and the advice of the failed requests, by scope. */
  readonly adviceByScope = new Map<string, string>();

  /**
   * Sends a request that requires a scope. Returns undefined if the token lacks the scope, without a request if this is
   * already known.
   */
  async read<T>(scope: string, request: () => Promise<T>): Promise<T | undefined> {
    if (this.adviceByScope.has(scope)) return undefined;
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof FrontError) || error.code !== "forbidden") throw error;
      this.adviceByScope.set(scope, withReason(error, error.advice));
      return undefined;
    }
  }
}
