import { FrontError } from "../front/api.ts";

/** Scopes that the token turned out to lack, and that a plan can do without. */
export class MissingScopes {
  readonly #scopes = new Set<string>();

  get scopes(): ReadonlySet<string> {
    return this.#scopes;
  }

  /** Undefined when the token lacks the scope. Once that is known, nothing more is requested. */
  async orUndefined<T>(scope: string, read: () => Promise<T>): Promise<T | undefined> {
    if (this.#scopes.has(scope)) return undefined;
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FrontError) || error.code !== "forbidden") throw error;
      this.#scopes.add(scope);
      return undefined;
    }
  }
}
