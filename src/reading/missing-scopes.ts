import { FrontError } from "../front/api.ts";

/** Records the optional scopes that the token lacks. Failed requests show that a scope is missing. */
export class MissingScopes {
  readonly scopes = new Set<string>();

  /**
   * Sends a request that requires a scope, unless an earlier request showed that the token lacks it. Returns undefined
   * if the token lacks the scope.
   */
  async read<T>(scope: string, request: () => Promise<T>): Promise<T | undefined> {
    if (this.scopes.has(scope)) return undefined;
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof FrontError) || error.code !== "forbidden") throw error;
      this.scopes.add(scope);
      return undefined;
    }
  }
}
