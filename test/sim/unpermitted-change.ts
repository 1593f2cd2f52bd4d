export type UnpermittedChange = ValueChange | ResourceChange;

interface ValueChange {
  readonly action: "change";
  /** A path as in values.ts, `account ID`, `external id` or `last handle`. */
  readonly path: string;
  /** The name of the list, if the path is that of a list. */
  readonly list?: string | undefined;
  readonly id: string;
}

interface ResourceChange {
  /** `duplicate` creates a resource that already exists. */
  readonly action: "create" | "duplicate" | "delete" | "merge";
  readonly resource: "contact" | "list" | "account";
  /**
   * The handles of a created contact, the ID of a deleted or merged contact, the name of a list or account, or the key
   * of a duplicate account.
   */
  readonly name: string;
}

const PAST_TENSE = { create: "created", duplicate: "duplicated", delete: "deleted", merge: "merged" } as const;

/** Returns the predicate of a sentence about a change, such as `deleted the list Alpha`. */
export function describeChange(change: UnpermittedChange): string {
  if (change.action !== "change") return `${PAST_TENSE[change.action]} the ${change.resource} ${change.name}`;
  return `changed the ${change.path} of ${change.id}`;
}
