import type { FieldValue, Handle, OpaqueValue } from "./contact.ts";
import type { SourceLocation } from "./diagnostic.ts";

/** The effect of a plan on a resource. A plan does not contain unchanged resources. */
export type Action = "create" | "update" | "delete";

/**
 * A custom field value in the form that configuration files use. A datetime is an ISO 8601 string, and an opaque value
 * is a JSON string.
 */
export type WrittenField = Exclude<FieldValue, OpaqueValue>;

export interface Member {
  readonly id: string;
  readonly name: string | null;
  readonly handles: readonly Handle[];
}

/** The value of a single-valued attribute, or one value in a collection. */
export type AttributeValue = WrittenField | Handle | Member;

/** The managed attributes of a resource, named as in the configuration. */
export interface Attributes {
  readonly name?: string | null;
  readonly description?: string;
  readonly handles?: readonly Handle[];
  readonly links?: readonly string[];
  readonly lists?: readonly string[];
  readonly custom_fields?: Readonly<Record<string, WrittenField>>;
  /** `sha256:` and the hash of the declared picture file, or the URL of any other picture in Front. */
  readonly avatar?: string | null;
  /**
   * The ID of the account, or its address if the plan creates it; null for no account. Several accounts are separated
   * by commas.
   */
  readonly account?: string | null;
  /** The contacts to remove from a list. Contacts that stay on the list are omitted. */
  readonly members?: readonly Member[];
  /** Only for accounts. */
  readonly domains?: readonly string[];
  /** Only for accounts. */
  readonly external_id?: string | null;
}

/**
 * The number of unmanaged values in each collection: values that are not declared and that the plan does not remove.
 */
export interface UnmanagedCounts {
  readonly handles: number;
  readonly links: number;
  readonly lists: number;
  readonly customFields: number;
  /** Only for accounts. */
  readonly domains?: number;
  /** Only for a contact whose description is not declared and not empty. */
  readonly description?: 1;
}

/** The side that changed a value since the base of the plan or, without a base, since the last sync. */
export type Origin = "front" | "files" | "both";

interface DifferenceOf<Attribute extends keyof Attributes, Value> {
  readonly attribute: Attribute;
  /** The value in Front. Omitted if there is none. */
  readonly before?: Value;
  /** The value after the plan is applied. Omitted if the plan removes the value. */
  readonly after?: Value;
  /** Omitted if unknown. */
  readonly origin?: Origin;
  /** The value at the base. Set only in a plan with a base, for a value that changed in Front. */
  readonly base?: Value;
  /** The location of the value in a defaults file. Omitted if the entry itself contains the value. */
  readonly defaultLocation?: SourceLocation;
}

type TextDifference = DifferenceOf<"name" | "description" | "avatar" | "account" | "external_id", string> & {
  readonly key?: undefined;
};

/** `key` identifies the value in the collection. */
type CollectionDifference<Attribute extends keyof Attributes, Value> = DifferenceOf<Attribute, Value> & {
  readonly key: string;
};

type FieldDifference = CollectionDifference<"custom_fields", WrittenField> & {
  /** Set only for a deleted contact, whose datetimes are numbers, as in Front. */
  readonly type?: "datetime";
};

/** A value that differs between Front and the configuration. */
export type Difference =
  | TextDifference
  | CollectionDifference<"handles", Handle>
  | CollectionDifference<"links", string>
  | CollectionDifference<"lists", string>
  | CollectionDifference<"domains", string>
  | FieldDifference
  /** `key` is the ID of the contact. */
  | CollectionDifference<"members", Member>;

interface ChangeBase {
  /**
   * `front_contact.KEY`, `front_account.KEY` or `front_contact_list.this["NAME"]`. A contact without an entry has the
   * address `front_contact.undeclared["ID"]`.
   */
  readonly address: string;
  readonly name: string;
  /** The location of the entry that causes the change. */
  readonly location?: SourceLocation;
  /** The name of the contact in Front. Set only if the entry does not manage the name. */
  readonly unmanagedName?: string;
  /** The number of contacts in an account to delete. Omitted if there are none. */
  readonly accountContacts?: number;
  readonly differences: readonly Difference[];
  readonly kept: UnmanagedCounts;
  /**
   * The values that are probably lost in a merge and that `differences` does not contain. For the target, these are its
   * values that Front replaces, and values of the other contacts that the entry removes after the merge. For another
   * contact, these are its values that the target does not get. Each has `before` and no `after`. Omitted if there are
   * none.
   */
  readonly lostInMerge?: readonly Difference[];
  /** Notes for the reviewer, without trailing periods. May contain untrusted text. */
  readonly notes: readonly string[];
}

type ListChange = ChangeBase & { readonly type: "front_contact_list" } & (
    | { readonly action: "create"; readonly id?: undefined; readonly before: null; readonly after: Attributes }
    | { readonly action: "delete"; readonly id?: string; readonly before: Attributes; readonly after: null }
    | { readonly action: "update"; readonly id: string; readonly before: Attributes; readonly after: Attributes }
  );

type ContactChange = ChangeBase & { readonly type: "front_contact" | "front_account" } & (
    | { readonly action: "create"; readonly id?: undefined; readonly before: null; readonly after: Attributes }
    | { readonly action: "update"; readonly id: string; readonly before: Attributes; readonly after: Attributes }
    | { readonly action: "delete"; readonly id: string; readonly before: Attributes; readonly after: null }
  );

/** A change to one resource, for review. */
export type Change = ListChange | ContactChange;

/**
 * The hash of a value of a contact or an account when it was last in sync. The path of an attribute is its name, such
 * as `name`. The path of a value in a collection has the form `links/URL`.
 */
export type SyncedHash = readonly [path: string, hash: string];

export type SyncedHashes = ReadonlyMap<string, string>;

/** The hashes of contacts and accounts that were in sync in an earlier run, by ID. */
export interface SyncedContacts {
  get(id: string): SyncedHashes | undefined;
  /** Returns whether there is a hash for the path. Faster than `get`. */
  hasHash(id: string, path: string): boolean;
  /** Returns the value of a path for each resource that has a hash for the path, by the ID of the resource. */
  findPaths<T>(values: ReadonlyMap<string, T>): ReadonlyMap<string, T>;
  /** Returns whether hashes of a resource can be stored without dropping those of another resource. */
  hasRoomFor(id: string): boolean;
}
