import type { FieldValue, Handle, OpaqueValue } from "./contact.ts";
import type { SourceLocation } from "./diagnostic.ts";

/** The effect of a plan on a resource. The changes of a plan do not include resources that stay the same. */
export type Action = "create" | "update" | "delete";

/**
 * A custom field value as written in a file: a datetime in ISO 8601, and a value that a file cannot contain as its JSON
 * text.
 */
export type WrittenField = Exclude<FieldValue, OpaqueValue>;

/** A contact on a list. */
export interface Member {
  readonly id: string;
  readonly name: string | null;
  readonly handles: readonly Handle[];
}

/** The value of an attribute, or of one value in a collection. */
export type AttributeValue = WrittenField | Handle | Member;

/** The managed attributes of a resource, named as in the files. */
export interface Attributes {
  readonly name?: string | null;
  readonly description?: string;
  readonly handles?: readonly Handle[];
  readonly links?: readonly string[];
  readonly lists?: readonly string[];
  readonly custom_fields?: Readonly<Record<string, WrittenField>>;
  /** `sha256:` and the hash of the file if Front shows that picture; the picture's URL in Front otherwise. */
  readonly avatar?: string | null;
  /** The id of an account, or null for none; the address of an account that the plan creates. */
  readonly account?: string | null;
  /** The contacts that leave a list. Contacts that stay are omitted. */
  readonly members?: readonly Member[];
  /** Only for an account. */
  readonly domains?: readonly string[];
  /** Only for an account. */
  readonly external_id?: string | null;
}

/** The number of values in each collection that the files do not declare. They stay in Front. */
export interface UnmanagedCounts {
  readonly handles: number;
  readonly links: number;
  readonly lists: number;
  readonly customFields: number;
  /** Only for an account. */
  readonly domains?: number;
}

/** The side that caused a difference since the contact was last in sync. */
export type Origin = "front" | "files" | "both";

/** `key` names the value within a collection. `before` or `after` is undefined when the value does not exist there. */
interface DifferenceOf<Attribute extends keyof Attributes, Key, Value> {
  readonly attribute: Attribute;
  readonly key?: Key;
  readonly before?: Value;
  readonly after?: Value;
  /** Undefined when it is unknown. */
  readonly origin?: Origin;
  /** The value at the base. Only of a plan with a base, for a value that changed in Front. */
  readonly base?: Value;
  /** The location of the default that the value comes from. Omitted for a value of the entry itself. */
  readonly defaultLocation?: SourceLocation;
}

type TextDifference = DifferenceOf<"name" | "description" | "avatar" | "account" | "external_id", undefined, string>;
type HandleDifference = DifferenceOf<"handles", string, Handle> & { readonly key: string };
type LinkDifference = DifferenceOf<"links", string, string> & { readonly key: string };
type ListDifference = DifferenceOf<"lists", string, string> & { readonly key: string };
type DomainDifference = DifferenceOf<"domains", string, string> & { readonly key: string };
type FieldDifference = DifferenceOf<"custom_fields", string, WrittenField> & {
  readonly key: string;
  /** Only for a deleted contact. Its values are those of Front, in which a datetime is a number. */
  readonly type?: "datetime";
};

/** The key is the id of the contact. */
type MemberDifference = DifferenceOf<"members", string, Member> & { readonly key: string };

/** One value that differs between Front and the files. */
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
    /** `id` is omitted in plans of earlier versions. */
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
 * Hashes of a contact or an account when it was last in sync: one for each attribute, and for each value in a
 * collection.
 */
export type SyncMarks = ReadonlyMap<string, string>;

/** The marks of contacts and accounts that were in sync once, by id. */
export interface SyncedContacts {
  get(id: string): SyncMarks | undefined;
  /** Returns whether the marks of a contact include one. Takes less time than `get`. */
  hasMark(id: string, path: string): boolean;
  /** Returns whether there is room for the marks of a contact. */
  hasRoomFor(id: string): boolean;
}
