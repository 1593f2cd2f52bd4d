import type { FieldValue, Handle, OpaqueValue } from "./contact.ts";
import type { SourceLocation } from "./diagnostic.ts";

/** The effect of a plan on a resource. A plan has no change for a resource that stays the same. */
export type Action = "create" | "update" | "delete";

/**
 * A custom field value as files represent it. A datetime is ISO 8601 text. A value that files cannot contain is its
 * JSON text.
 */
export type WrittenField = Exclude<FieldValue, OpaqueValue>;

/** A contact on a list. */
export interface Member {
  readonly id: string;
  readonly name: string | null;
  readonly handles: readonly Handle[];
}

/** The value of a single-valued attribute, or one value in a collection. */
export type AttributeValue = WrittenField | Handle | Member;

/** The managed attributes of a resource, named as in the files. */
export interface Attributes {
  readonly name?: string | null;
  readonly description?: string;
  readonly handles?: readonly Handle[];
  readonly links?: readonly string[];
  readonly lists?: readonly string[];
  readonly custom_fields?: Readonly<Record<string, WrittenField>>;
  /** `sha256:` and the hash of the picture file, or the URL of a picture in Front that differs from the file. */
  readonly avatar?: string | null;
  /** The id of an account, the address of an account that the plan creates, or null for no account. */
  readonly account?: string | null;
  /** The contacts to remove from a list. Contacts that stay on it are omitted. */
  readonly members?: readonly Member[];
  /** Only for an account. */
  readonly domains?: readonly string[];
  /** Only for an account. */
  readonly external_id?: string | null;
}

/** The number of values in each collection that the files do not declare and the plan does not remove. */
export interface UnmanagedCounts {
  readonly handles: number;
  readonly links: number;
  readonly lists: number;
  readonly customFields: number;
  /** Only for an account. */
  readonly domains?: number;
}

/** The side that changed a value since the base of the plan or, without a base, since the last sync. */
export type Origin = "front" | "files" | "both";

interface DifferenceOf<Attribute extends keyof Attributes, Key, Value> {
  readonly attribute: Attribute;
  /** Identifies the value within a collection. */
  readonly key?: Key;
  /** The value in Front. Omitted if Front does not have the value. */
  readonly before?: Value;
  /** The value after the plan is applied. Omitted if the plan removes the value. */
  readonly after?: Value;
  /** Omitted if unknown. */
  readonly origin?: Origin;
  /** The value at the base. Only in a plan with a base, for a value that changed in Front. */
  readonly base?: Value;
  /** The location in a defaults file that the value comes from. Omitted for a value in the entry itself. */
  readonly defaultLocation?: SourceLocation;
}

type TextDifference = DifferenceOf<"name" | "description" | "avatar" | "account" | "external_id", undefined, string>;
type HandleDifference = DifferenceOf<"handles", string, Handle> & { readonly key: string };
type LinkDifference = DifferenceOf<"links", string, string> & { readonly key: string };
type ListDifference = DifferenceOf<"lists", string, string> & { readonly key: string };
type DomainDifference = DifferenceOf<"domains", string, string> & { readonly key: string };
type FieldDifference = DifferenceOf<"custom_fields", string, WrittenField> & {
  readonly key: string;
  /** Only for a deleted contact, whose datetimes are numbers as in Front. */
  readonly type?: "datetime";
};

/** `key` is the id of the contact. */
type MemberDifference = DifferenceOf<"members", string, Member> & { readonly key: string };

/** A value that differs between Front and the files. */
export type Difference =
  | TextDifference
  | HandleDifference
  | LinkDifference
  | ListDifference
  | DomainDifference
  | FieldDifference
  | MemberDifference;

interface ChangeBase {
  /** `front_contact.KEY`, `front_account.KEY` or `front_contact_list.this["NAME"]`. */
  readonly address: string;
  readonly name: string;
  /** The location of the entry that causes the change. */
  readonly location?: SourceLocation;
  readonly differences: readonly Difference[];
  readonly kept: UnmanagedCounts;
  /** Notes for the reviewer, as sentences without a full stop. May contain untrusted text. */
  readonly notes: readonly string[];
}

type ListChange = ChangeBase & { readonly type: "front_contact_list" } & (
    | { readonly action: "create"; readonly id?: undefined; readonly before: null; readonly after: Attributes }
    /** Earlier versions saved plans without `id`. */
    | { readonly action: "delete"; readonly id?: string; readonly before: Attributes; readonly after: null }
    | { readonly action: "update"; readonly id: string; readonly before: Attributes; readonly after: Attributes }
  );

type ContactChange = ChangeBase & { readonly type: "front_contact" | "front_account" } & (
    | { readonly action: "create"; readonly id?: undefined; readonly before: null; readonly after: Attributes }
    | { readonly action: "update"; readonly id: string; readonly before: Attributes; readonly after: Attributes }
    | { readonly action: "delete"; readonly id: string; readonly before: Attributes; readonly after: null }
  );

/** The change of one resource, for people to review. */
export type Change = ListChange | ContactChange;

/**
 * Hashes of the values that a contact or an account had when it was last in sync, by path: `name` for an attribute and
 * `links/URL` for a value in a collection.
 */
export type SyncedHashes = ReadonlyMap<string, string>;

/** The hashes of contacts and accounts that were in sync in an earlier run, by id. */
export interface SyncedContacts {
  get(id: string): SyncedHashes | undefined;
  /** Returns whether a contact has a hash for a path. Takes less time than `get`. */
  hasHash(id: string, path: string): boolean;
  /** Returns whether there is room for the hashes of a contact. */
  hasRoomFor(id: string): boolean;
}
