import type { FrontError } from "../front/api.ts";
import type { Operation } from "../model/plan.ts";

export interface ResourceIds {
  readonly contactId?: string;
  readonly listId?: string;
  readonly accountId?: string;
}

/** The result of an operation that is in effect now. */
export interface PerformResult extends ResourceIds {
  /** The part of the operation that was still needed. Omitted if it was the whole operation. */
  readonly performed?: Operation;
  /** True if the operation had already taken effect, so it was not performed. */
  readonly alreadyDone?: true;
  /** Errors for contacts that no longer exist, by the address of their entry. */
  readonly missingContacts?: ReadonlyMap<string, FrontError>;
}
