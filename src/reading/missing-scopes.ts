import { FrontError } from "../front/api.ts";

/** Optional scopes that the token lacks, as detected while reading. */
export class MissingScopes {
  readonly scopes = new Set<string>();

  /** Returns undefined if the token lacks the scope, for which no further requests are sent. */
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
