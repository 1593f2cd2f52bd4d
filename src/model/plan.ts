import { append } from "./append.ts";
import type { Action, Change, Difference, Origin } from "./change.ts";
import type { Company } from "./company.ts";
import type { FieldValue, Handle, Picture } from "./contact.ts";
import type { Diagnostic, SourceLocation } from "./diagnostic.ts";

/** A reference to a contact: its ID, or the address of its entry if an earlier operation creates the contact. */
export type ContactRef = { readonly id: string } | { readonly createdAs: string };

/** A reference to an account, like `ContactRef`. */
export type AccountRef = { readonly id: string } | { readonly createdAs: string };

/** Returns the IDs of contacts. Omits contacts that the plan creates, because they have no ID yet. */
export function existingIds(contacts: readonly ContactRef[]): string[] {
  return contacts.flatMap((contact) => ("id" in contact ? [contact.id] : []));
}

export function accountKey(account: AccountRef): string {
  return "id" in account ? account.id : account.createdAs;
}

/** A reference to a list. `id` is omitted if an earlier operation creates the list. */
export type ListRef = { readonly name: string; readonly id?: string };

/**
 * A change to a custom field. `before` is the value in Front, omitted if it is empty or unknown. `after` is the new
 * value, omitted if the field is cleared.
 */
export interface FieldChange {
  readonly name: string;
  readonly type: string;
  readonly before?: FieldValue;
  readonly after?: FieldValue;
}

interface OperationBase {
  /** Unique in the plan. The same operation has the same ID in every plan. */
  readonly id: string;
  /** The addresses of the resources to change. Operations on the same address run in sequence, in the plan's order. */
  readonly subjects: readonly string[];
  /** IDs of operations that must succeed before this one starts. */
  readonly dependsOn: readonly string[];
}

export type Operation = OperationBase &
  (
    | {
        readonly kind: "create-list";
        readonly name: string;
        /** The workspace of the list. */
        readonly team?: string;
      }
    /** Deletes the list only if no contacts other than `members` are on it. */
    | {
        readonly kind: "delete-list";
        readonly list: { readonly name: string; readonly id: string };
        readonly members?: readonly string[];
        /** The declared workspace. */
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
        /**
         * If the contact is read before the update, it must still have one of these handles. Omitted if the entry has
         * an ID.
         */
        readonly handles?: readonly Handle[];
        readonly name?: string;
        readonly description?: string;
        /** The values of `name` and `description` in Front. */
        readonly before: { readonly name?: string; readonly description?: string };
        readonly addLinks?: readonly string[];
        readonly removeLinks?: readonly string[];
        /** True if the contact is the target of a merge. A difference from the plan is then not a conflict. */
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
    /** `handle` is spelled as in Front. */
    | {
        readonly kind: "remove-handle";
        readonly contact: { readonly id: string };
        readonly handle: Handle;
        /** Other spellings of the handle that the contact has, and that are removed too. */
        readonly otherSpellings?: readonly string[];
      }
    | { readonly kind: "merge-contacts"; readonly target: ApprovedContact; readonly others: readonly ApprovedContact[] }
    | {
        readonly kind: "delete-contact";
        readonly contact: ApprovedContact;
        readonly lists?: readonly ListRef[];
        /**
         * IDs of the contact's accounts. Omitted if Front does not return them. The operation fails if someone linked
         * the contact to another account after the approval.
         */
        readonly accounts?: readonly string[];
      }
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
        /** Domains, spelled as in Front. */
        readonly removeDomains?: readonly string[];
        readonly customFields?: readonly FieldChange[];
      }
    | { readonly kind: "delete-account"; readonly account: ApprovedAccount }
  );

/**
 * The approved state of a contact to delete or merge. The operation fails if the contact changed after the approval.
 */
export interface ApprovedContact {
  readonly id: string;
  readonly handles: readonly Handle[];
  /** A hash of the name, description, links, lists and custom fields. */
  readonly belongings: string;
}

/**
 * The approved state of an account to delete. The operation fails if the account changed or gained contacts after the
 * approval.
 */
export interface ApprovedAccount {
  readonly id: string;
  /** The number of contacts that the account may have when it is deleted. */
  readonly contacts: number;
  /** The IDs of these contacts. */
  readonly members?: readonly string[];
  /** The IDs of the contacts without an email address in one of the account's domains. */
  readonly manualMembers?: readonly string[];
  /** A hash of the account's values. */
  readonly belongings: string;
}

export type OperationKind = Operation["kind"];

/** An operation whose kind is `Kind`, which may be a union. */
export type OperationOf<Kind extends OperationKind> = Extract<Operation, { kind: Kind }>;

/** An operation on the members of a list or an account. Each subject has the same index as its contact. */
export type BulkOperation = Extract<Operation, { contacts: unknown }>;

export type LinkOperation = OperationOf<"link-account" | "unlink-account">;

export function isLinkOperation(operation: Operation): operation is LinkOperation {
  return operation.kind === "link-account" || operation.kind === "unlink-account";
}

/** The part of Front that was read for the plan. */
export interface Coverage {
  /**
   * `all` if every contact was read. `declared` if reading stopped after all declared contacts were found or looked up.
   * `changes` if the contacts that changed were read, and other contacts were taken from the cache; deletions in Front
   * and changes to list members may then be missing.
   */
  readonly contacts: "all" | "declared" | "changes";
  /** Number of contacts that Front returned. */
  readonly read: number;
  /** Front's time when the run that filled the cache began, in epoch seconds. Only with `changes`. */
  readonly since?: number;
  /**
   * Number of declared phone numbers that no contact has, as far as Front was read. A lookup finds only a few formats of
   * a number. Omitted if there are none, or if every contact was read.
   */
  readonly missingPhones?: number;
  /** Number of requests that planning took. */
  readonly requests?: number;
}

/** The purpose of a request: an operation, a read before an operation, or the verification after the apply. */
export type RequestKind = OperationKind | "read" | "verification";

/** The number of requests for applying and verifying a plan, without retries. */
export interface RequestCount {
  readonly total: number;
  readonly byKind: Readonly<Partial<Record<RequestKind, number>>>;
  /** Requests per minute that are available to this program; undefined if Front does not return its rate limit. */
  readonly perMinute?: number;
  /** Estimated duration in seconds at the rate `perMinute`. */
  readonly seconds?: number;
}

/**
 * The number of contacts in lists and accounts, by ID. An account that the plan creates is identified by its address.
 */
export type Sizes = Readonly<Record<string, number>>;

/** The state of Front that a plan is based on, to detect later changes. */
interface Basis {
  /** Front's time when reading began, in epoch seconds. */
  readonly readAt: number;
  /** A hash of the state of each contact that the plan changes, by contact ID. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** The sizes of lists and accounts whose members change. */
  readonly sizes?: Sizes;
}

/** The resources to plan, as addresses or patterns. At most one property is set. */
export interface Targets {
  /** Plan only these and their dependencies. */
  readonly only?: readonly string[];
  /** Plan everything except these and their dependents. */
  readonly except?: readonly string[];
}

/** The values of a declared resource that a plan with a base does not change, because they changed in Front. */
export interface Drift {
  readonly address: string;
  readonly name: string;
  readonly location: SourceLocation;
  /** Omitted for a list, and for a resource that no longer has a match in Front. */
  readonly id?: string;
  /**
   * The change in Front if the configuration at the base was applied. `create` means that a resource exists that the
   * configuration already deleted at the base. `delete` means that a resource has no match that the configuration already
   * declared at the base.
   */
  readonly action: Action;
  /** True if the configuration deletes the resource. */
  readonly deletes?: true;
  /** `both` if the resource or one of the values also changed in the configuration. */
  readonly origin: Exclude<Origin, "files">;
  /**
   * `before` is the value in Front and `after` is the value in the configuration. Empty if the resource was deleted or
   * created.
   */
  readonly differences: readonly Difference[];
}

/** An entry that was removed from the configuration. Its resource in Front is not changed. */
export interface RemovedEntry {
  readonly address: string;
  readonly name: string;
  /** The location of the entry at the base. */
  readonly location: SourceLocation;
}

/** The base of a plan, and the changes since then that the plan does not perform. */
export interface PlanBase {
  /** The revision as the user specified it. */
  readonly revision: string;
  /** The contacts directory at the revision, in git's notation: `1a2b3c…:contacts`. */
  readonly tree: string;
  readonly drift: readonly Drift[];
  /** The entries that were removed since the base. Their resources are no longer managed. */
  readonly removedEntries: readonly RemovedEntry[];
}

/** Plain data that can be displayed, saved and applied. */
export interface Plan {
  readonly company: Company;
  /** Which contacts were read. */
  readonly coverage: Coverage;
  /** The state of Front that the plan is based on, to detect later changes. */
  readonly basis: Basis;
  /** Number of declared contacts. */
  readonly declared: number;
  /** Omitted if the plan includes all resources. */
  readonly targets?: Targets;
  /** The ID of the run to undo, or the path of its saved plan. */
  readonly undoes?: string;
  /** The run whose changes this plan makes again, because the run to undo was an undo of it. */
  readonly redoes?: string;
  readonly base?: PlanBase;
  /**
   * Accounts and contacts are in file order. Empty if an error blocks the plan, unless the error is an exceeded limit.
   */
  readonly changes: readonly Change[];
  /**
   * The names of accounts that contacts join or leave, by the ID of the account or, if the plan creates it, by address.
   * Omitted if there are none.
   */
  readonly accountNames?: Readonly<Record<string, string>>;
  /** In an order that Front accepts. Empty if an error blocks the plan. */
  readonly operations: readonly Operation[];
  readonly requests: RequestCount;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ChangeCount {
  readonly add: number;
  readonly change: number;
  readonly destroy: number;
}

/** Counts changes by action. */
export function countChanges(changes: readonly Pick<Change, "action">[]): ChangeCount {
  const count = (action: Change["action"]) => changes.filter((change) => change.action === action).length;
  return { add: count("create"), change: count("update"), destroy: count("delete") };
}

/**
 * Returns whether a contact must be read before an update: the request replaces a whole collection, or the contact is
 * the target of a merge.
 */
export function needsFreshRead(operation: OperationOf<"update-contact">): boolean {
  const { customFields, addLinks, removeLinks, afterMerge } = operation;
  return [customFields, addLinks, removeLinks, afterMerge].some((value) => value !== undefined);
}

export function operationsByAddress(operations: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const byAddress = new Map<string, Operation[]>();
  for (const operation of operations) {
    for (const address of new Set(operation.subjects)) append(byAddress, address, operation);
  }
  return byAddress;
}

/**
 * Removes subjects from an operation on several contacts. Returns no operation if no contact remains. Returns other
 * operations unchanged.
 */
export function withoutSubjects(operation: Operation, removed: Pick<ReadonlyMap<string, unknown>, "has">): Operation[] {
  if (!("contacts" in operation)) return [operation];
  if (!operation.subjects.some((subject) => removed.has(subject))) return [operation];
  const contacts = operation.contacts.filter((_, index) => !removed.has(operation.subjects[index] ?? ""));
  const subjects = operation.subjects.filter((subject) => !removed.has(subject));
  return contacts.length === 0 ? [] : [{ ...operation, contacts, subjects }];
}

/** Returns the ID of an operation. Equal arguments result in equal IDs, so that plans can be compared. */
export function operationId(kind: OperationKind, address: string, detail?: string): string {
  return [kind, address, ...(detail === undefined ? [] : [detail])].join(" ");
}
