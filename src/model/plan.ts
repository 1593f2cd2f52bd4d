import type { Action, Change, Difference, Origin } from "./change.ts";
import type { Company } from "./company.ts";
import type { FieldValue, Handle, Picture } from "./contact.ts";
import type { Diagnostic, SourceLocation } from "./diagnostic.ts";

/** A contact that exists, or the one that an earlier operation creates. */
export type ContactRef = { readonly id: string } | { readonly createdAs: string };

/** An account that exists, or the one that an earlier operation creates, by the address of its entry. */
export type AccountRef = { readonly id: string } | { readonly createdAs: string };

/** Returns the id of an account, or the address of the entry that creates it, which never equals an id. */
export function accountKey(account: AccountRef): string {
  return "id" in account ? account.id : account.createdAs;
}

/** A list that exists, or one that an earlier operation creates. */
export type ListRef = { readonly name: string; readonly id?: string };

/** A custom field to update, with its value in Front and the new one. Undefined means that the field has no value. */
export interface FieldChange {
  readonly name: string;
  readonly type: string;
  readonly before?: FieldValue;
  readonly after?: FieldValue;
}

interface OperationBase {
  /** Unique in the plan, and the same whenever the same thing is planned. */
  readonly id: string;
  /** The addresses it acts upon. Operations on the same address run one after the other, in the plan's order. */
  readonly subjects: readonly string[];
  /** Ids of operations that must succeed before this one starts. */
  readonly dependsOn: readonly string[];
}

/** One step of an apply, with everything that its requests need. */
export type Operation = OperationBase &
  /** `team`: the workspace to create it in. */
  (
    | { readonly kind: "create-list"; readonly name: string; readonly team?: string }
    /** Deletes the list only if no other contacts are on it. */
    | {
        readonly kind: "delete-list";
        readonly list: { readonly name: string; readonly id: string };
        /** Ids of contacts. */
        readonly members?: readonly string[];
        /** The workspace that the files declare for it. */
        readonly team?: string;
      }
    | {
        readonly kind: "create-contact";
        readonly handles: readonly Handle[];
        readonly name?: string;
        readonly description?: string;
        readonly links?: readonly string[];
        readonly lists?: readonly string[];
        readonly customFields?: readonly FieldChange[];
      }
    | {
        readonly kind: "update-contact";
        readonly contact: { readonly id: string };
        /** The entry's handles, of which the contact must still have one. Omitted when the entry names the contact by id. */
        readonly handles?: readonly Handle[];
        readonly name?: string;
        readonly description?: string;
        /** The values of `name` and `description` in Front. */
        readonly before: { readonly name?: string; readonly description?: string };
        readonly addLinks?: readonly string[];
        readonly removeLinks?: readonly string[];
        /** The result of a merge cannot be predicted exactly, so no difference from it counts as a change by someone else. */
        readonly afterMerge?: true;
        readonly customFields?: readonly FieldChange[];
      }
    | { readonly kind: "add-handle"; readonly contact: { readonly id: string }; readonly handle: Handle }
    | { readonly kind: "upload-avatar"; readonly contact: ContactRef; readonly picture: Picture }
    | {
        readonly kind: "add-to-list";
        readonly list: ListRef;
        readonly contacts: readonly ContactRef[];
      }
    | {
        readonly kind: "remove-from-list";
        readonly list: { readonly name: string; readonly id: string };
        readonly contacts: readonly ContactRef[];
      }
    /** `handle` in Front's own spelling. */
    | { readonly kind: "remove-handle"; readonly contact: { readonly id: string }; readonly handle: Handle }
    | { readonly kind: "merge-contacts"; readonly target: ApprovedContact; readonly others: readonly ApprovedContact[] }
    /** `lists`: those of the contact. Absent in plans of earlier versions. */
    | { readonly kind: "delete-contact"; readonly contact: ApprovedContact; readonly lists?: readonly ListRef[] }
    | { readonly kind: "link-account"; readonly account: AccountRef; readonly contacts: readonly ContactRef[] }
    | {
        readonly kind: "unlink-account";
        readonly account: { readonly id: string };
        readonly contacts: readonly ContactRef[];
      }
    | {
        readonly kind: "create-account";
        readonly name: string;
        readonly description?: string;
        readonly domains?: readonly string[];
        readonly externalId?: string;
        readonly customFields?: readonly FieldChange[];
      }
    | {
        readonly kind: "update-account";
        readonly account: { readonly id: string };
        readonly name?: string;
        readonly description?: string;
        /** The values of `name` and `description` in Front. */
        readonly before: { readonly name?: string; readonly description?: string };
        readonly addDomains?: readonly string[];
        /** Domains as Front spells them. */
        readonly removeDomains?: readonly string[];
        readonly customFields?: readonly FieldChange[];
      }
    | { readonly kind: "delete-account"; readonly account: ApprovedAccount }
  );

/** The approved state of a contact to delete or merge away. The operation fails if the contact changed since. */
export interface ApprovedContact {
  readonly id: string;
  readonly handles: readonly Handle[];
  /** A hash of everything else that would be lost with it. */
  readonly belongings: string;
}

/**
 * The approved state of an account to delete. The operation fails if the account changed since, or has more contacts.
 */
interface ApprovedAccount {
  readonly id: string;
  readonly contacts: number;
  /** A hash of everything that would be lost with it. */
  readonly belongings: string;
}

export type OperationKind = Operation["kind"];

/** The part of Front that was read for the plan. */
export interface Coverage {
  /**
   * `all`: every contact was read. `declared`: only declared contacts were looked up. `changes`: unchanged contacts
   * come from an earlier reading, so deletions in Front since then and changes of list members alone are not included.
   */
  readonly contacts: "all" | "declared" | "changes";
  /** Number of contacts that Front returned. */
  readonly read: number;
  /** The time of that earlier reading, in epoch seconds on Front's clock. Only with `changes`. */
  readonly since?: number;
  /** Number of requests for making the plan. */
  readonly requests?: number;
}

/** The purpose of a request: an operation, a read before one, or the verification after the apply. */
export type RequestKind = OperationKind | "read" | "verification";

/** The number of requests for applying and verifying a plan, if no request is repeated. */
export interface RequestCount {
  readonly total: number;
  readonly byKind: Readonly<Partial<Record<RequestKind, number>>>;
  /** Requests per minute after the reserve and the use of others; undefined if Front sent no rate limit. */
  readonly perMinute?: number;
  /** Duration of the requests at this rate. */
  readonly seconds?: number;
}

/** The number of contacts in each list and account, by its id, if they were read. */
export type Sizes = Readonly<Record<string, number>>;

/** The state of Front that a plan was computed from, to check later whether it is still the same. */
interface Basis {
  /** Front's time when reading began, in epoch seconds. */
  readonly readAt: number;
  /** A hash of the state of each contact that the plan touches, by contact id. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** The sizes of lists and accounts whose members change. */
  readonly sizes?: Sizes;
}

/** The part of the files to plan, as addresses or patterns for them. At most one of the two is set. */
export interface Targets {
  /** Plan only these and their dependencies. */
  readonly only?: readonly string[];
  /** Plan everything except these and their dependents. */
  readonly except?: readonly string[];
}

/** The values of a declared contact that a plan with a base does not change, because they changed in Front. */
export interface Drift {
  readonly address: string;
  readonly name: string;
  readonly location: SourceLocation;
  /** Undefined for a contact that was deleted in Front. */
  readonly id?: string;
  /** The event in Front: the contact was changed, deleted, or created again although the files delete it. */
  readonly action: Action;
  /** True if the files delete the contact. */
  readonly deletes?: true;
  /** `both` if the files also changed the contact or one of the values. */
  readonly origin: Exclude<Origin, "files">;
  /** `before` is the value in Front, `after` that in the files. Empty for a contact that was deleted or created again. */
  readonly differences: readonly Difference[];
}

/** An entry that was removed from the files. Its contact in Front is not changed. */
export interface Released {
  readonly address: string;
  readonly name: string;
  /** Its location at the base. */
  readonly location: SourceLocation;
}

/** Changes since the base of a plan that the plan does not perform. */
export interface PlanBase {
  /** The revision as the user specified it. */
  readonly revision: string;
  /** The commit and the directory in it, as git names them. */
  readonly tree: string;
  readonly drift: readonly Drift[];
  readonly released: readonly Released[];
}

/** A plan as plain data. The same value is displayed, counted, saved and applied. */
export interface Plan {
  readonly company: Company;
  readonly coverage: Coverage;
  readonly basis: Basis;
  /** Number of contacts that the files declare. */
  readonly declared: number;
  /** Omitted if the plan covers all files. */
  readonly targets?: Targets;
  /** The id of the run, or the file of the plan, that this plan undoes. Omitted if the plan is made from the files. */
  readonly undoes?: string;
  /** Omitted if the files were compared with Front alone. */
  readonly base?: PlanBase;
  /** The changes to review, in the order of the files. Empty if there are errors other than those of guards. */
  readonly changes: readonly Change[];
  /** The operations to apply, in an order that Front accepts. Empty if there are errors. */
  readonly operations: readonly Operation[];
  readonly requests: RequestCount;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ChangeCount {
  readonly add: number;
  readonly change: number;
  readonly destroy: number;
}

/** Returns the numbers of the summary line. */
export function countChanges(changes: readonly Pick<Change, "action">[]): ChangeCount {
  const count = (action: Change["action"]) => changes.filter((change) => change.action === action).length;
  return { add: count("create"), change: count("update"), destroy: count("delete") };
}

/** Returns whether the contact must be read before an update, because the update replaces whole collections. */
export function needsFreshRead(operation: Extract<Operation, { kind: "update-contact" }>): boolean {
  const { customFields, addLinks, removeLinks, afterMerge } = operation;
  return [customFields, addLinks, removeLinks, afterMerge].some((part) => part !== undefined);
}

/** Returns the same id whenever the same operation is planned, so that plans can be compared. */
export function operationId(kind: OperationKind, address: string, detail?: string): string {
  return [kind, address, ...(detail === undefined ? [] : [detail])].join(" ");
}
