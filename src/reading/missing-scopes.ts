import { FrontError } from "../front/api.ts";

/** Optional scopes that the token lacks. Requests detect them. */
export class MissingScopes {
  readonly scopes = new Set<string>();

  /** Returns the response; undefined if the token lacks the scope. Then sends no more requests that require it. */
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
