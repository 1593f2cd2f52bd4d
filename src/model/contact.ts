import type { DeclaredAccount } from "./account.ts";
import type { CustomFields, DesiredField, FieldType } from "./custom-field.ts";
import type { SourceLocation } from "./diagnostic.ts";
import type { DeclaredHandle, Handle } from "./handle.ts";
import type { HashedHandle } from "./handle-hash.ts";

export {
  type ConfigValue,
  type CustomFields,
  type DesiredField,
  FIELD_TYPES,
  type FieldType,
  type FieldValue,
  isOpaque,
  type OpaqueValue,
} from "./custom-field.ts";
export { HANDLE_SOURCES, type Handle, type HandleKey, handleKey, isWritable } from "./handle.ts";

export interface List {
  readonly id: string;
  readonly name: string;
  /** Set only for a teammate's private list. */
  readonly isPrivate?: true;
}

/** A contact in Front. Handles may have unknown sources. */
export interface RemoteContact {
  readonly id: string;
  /** Undefined if the contact has no name. */
  readonly name: string | undefined;
  readonly description: string;
  readonly handles: readonly Handle[];
  readonly links: readonly string[];
  readonly lists: readonly List[];
  readonly customFields: CustomFields;
  readonly avatarUrl: string | undefined;
  /** Epoch seconds. Front does not document this property. */
  readonly updatedAt: number | undefined;
  /** Set only for a teammate's private contact. */
  readonly isPrivate?: true;
  /** Null if the contact has none. Omitted if the response lacks this property. */
  readonly account?: ContactAccount | null;
}

export function contactName({ name, id }: Pick<RemoteContact, "name" | "id">): string {
  return name === undefined || name === "" ? `a contact without a name (${id})` : `${name} (${id})`;
}

/**
 * Compares contacts, lists or accounts by age, assuming that Front assigns ascending IDs in base 36: a shorter ID is
 * older. If two IDs have the same length, the ID that sorts first is older.
 */
export function oldestFirst(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
}

/** The account of a contact, as included in the response for the contact. */
export interface ContactAccount {
  readonly id: string;
  /** Empty if Front does not return it. */
  readonly name: string;
}

/** A contact that cannot be decoded from Front's response. It is reported, but never matched or changed. */
export interface UndecodableContact {
  /** Undefined if the ID cannot be decoded either. */
  readonly id: string | undefined;
  /** The property in Front's response that cannot be decoded. */
  readonly property: string;
  /** The reason, such as `handles is not an array`. Contains no text from Front. */
  readonly problem: string;
  /** The handles, if all of them could be decoded; undefined otherwise. */
  readonly handles: readonly Handle[] | undefined;
}

/** The image types that the configuration accepts (docs/front.md#avatars). */
export type PictureType = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

/**
 * The state of a picture file when the configuration was loaded. Before an upload, the file is read again and its hash
 * is compared with `sha256`.
 */
export interface Picture {
  /**
   * The path relative to the working directory; absolute if the contacts directory was specified by an absolute path.
   */
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly type: PictureType;
}

export type Collection = "handles" | "links" | "lists" | "custom_fields";

/** A reference to a list by name or by ID. */
export type DesiredList = { readonly location: SourceLocation } & ({ readonly name: string } | { readonly id: string });

export type DesiredAccount = { readonly location: SourceLocation } & AccountReference;

export type AccountReference = { readonly domain: string } | { readonly externalId: string } | { readonly id: string };

/** A value that an entry inherits from a defaults file. */
export interface InheritedValue {
  readonly attribute: "description" | "links" | "lists" | "custom_fields" | "avatar" | "account" | "protect" | "exact";
  /** The link, the name or ID of the list, the name of the field, or the collection of `exact`. */
  readonly key?: string;
  /** The location of the value in the defaults file. */
  readonly location: SourceLocation;
}

/** Values to remove from a contact if it has them. */
export interface RemovedValues {
  readonly handles?: readonly Handle[];
  readonly links?: readonly string[];
  readonly lists?: readonly Pick<List, "id" | "name">[];
  /** IDs of accounts. */
  readonly accounts?: readonly string[];
}

export type DesiredHandle = DeclaredHandle & { readonly location: SourceLocation };

/** An entry of the configuration, as plain data. Omitted attributes are unmanaged. */
export interface DesiredContact {
  /** `TABLE["ROW"]` for a row of a table. The address is `front_contact.KEY`. */
  readonly key: string;
  readonly location: SourceLocation;
  /** Identifies the contact (`crd_…`). The handles then only find contacts to merge or to move handles from. */
  readonly id?: string;
  /** Omitted if no file contains the ID, as in an undo. */
  readonly idLocation?: SourceLocation;
  readonly ensure: "present" | "absent";
  readonly merge: boolean;
  /** Set if the contact must not be deleted, be merged away or lose a handle. */
  readonly protect?: { readonly location: SourceLocation };
  /** Empty only with an `id` or hashed handles. */
  readonly handles: readonly DesiredHandle[];
  /** Only for a contact to delete. All contacts are then read. */
  readonly hashedHandles?: readonly HashedHandle[];
  readonly name?: string;
  /** An empty string clears the description. */
  readonly description?: string;
  readonly links?: readonly string[];
  readonly lists?: readonly DesiredList[];
  readonly customFields?: readonly DesiredField[];
  readonly avatar?: Picture & { readonly location: SourceLocation };
  readonly account?: DesiredAccount;
  /** IDs of the accounts that the contact had before the run to undo. Not a configuration key. */
  readonly restoredAccounts?: readonly string[];
  /** Collections whose undeclared values are removed. */
  readonly exact: readonly Collection[];
  /** Values from defaults files. */
  readonly inherited?: readonly InheritedValue[];
  /**
   * Values to remove, because the run to undo added them or because they were removed since the base. Not a
   * configuration key.
   */
  readonly without?: RemovedValues;
}

/**
 * A custom field that the configuration declares. The declaration is only checked, because Front's API cannot create
 * fields.
 */
export interface DeclaredField {
  readonly name: string;
  readonly type: FieldType;
  /** The allowed values of an enum. Omitted if the declaration does not list them. */
  readonly values?: readonly string[];
  readonly location: SourceLocation;
}

/** A list that the configuration declares, which allows plans to create and manage it. */
export interface DeclaredList {
  readonly name: string;
  readonly location: SourceLocation;
  /** The ID of the list's workspace (`tim_…`). */
  readonly team?: string;
  /** `exact` to remove contacts that no entry puts on the list. */
  readonly members?: "exact";
  /** `absent` to delete the list. */
  readonly ensure?: "absent";
  /** True to create the list even if no contact needs it, to undo its deletion. Not a configuration key. */
  readonly isRestored?: true;
}

export type ListToDelete = Pick<List, "id" | "name"> & { readonly team?: string };

/** A limit on changes, as a share (0 to 1) of the contacts or accounts that entries match, or as a count. */
export type Limit = { readonly share: number } | { readonly count: number };

export interface Settings {
  /** The country of phone numbers without a country code, such as `US`. */
  readonly phoneCountry?: string;
  /** The ID (`cmp_…`) of the only company to which the configuration may be applied. */
  readonly company?: string;
  /** The share (0 to 1) of the company's rate limit to leave for other integrations. */
  readonly reserve?: number;
  readonly guards?: { readonly changes?: Limit; readonly removals?: Limit };
  /** The maximum number and age of recorded runs, and whether to record replaced pictures. */
  readonly history?: { readonly runs?: number; readonly days?: number; readonly avatars?: boolean };
}

/** The configuration at an earlier revision, used to distinguish changes to the configuration from changes in Front. */
export interface BaseState {
  /** The revision as the user specified it. */
  readonly revision: string;
  /** The contacts directory at the revision, in git's notation: `1a2b3c…:contacts`. */
  readonly tree: string;
  /** True to overwrite changes that were made in Front since this revision. */
  readonly overwrite: boolean;
  readonly contacts: readonly DesiredContact[];
  readonly lists: readonly DeclaredList[];
  readonly accounts?: readonly DeclaredAccount[];
  /** The reasons why avatars cannot be read, by entry key. */
  readonly unreadAvatars?: Readonly<Record<string, string>>;
}

/**
 * Contacts and accounts are sorted by file path, then by position. The rows of a table follow the contacts of the YAML
 * document that declares the table.
 */
export interface DesiredState {
  readonly contacts: readonly DesiredContact[];
  readonly lists: readonly DeclaredList[];
  readonly accounts?: readonly DeclaredAccount[];
  /** Tables with `missing: absent`. `skippedRows` contains the keys of rows without a handle. */
  readonly tablesWithMissingAbsent?: readonly (Pick<DesiredContact, "location" | "protect"> & {
    readonly name: string;
    readonly skippedRows?: readonly string[];
  })[];
  /** Lists that the run to undo created, to delete if they are empty. Not a configuration key. */
  readonly absentLists?: readonly ListToDelete[];
  /**
   * Entries that a saved plan does not contain. Their contacts stay on lists with exact members. Not a configuration
   * key.
   */
  readonly entriesOutsidePlan?: readonly DesiredContact[];
  /** The IDs of accounts that a saved plan unlinks contacts from. Not a configuration key. */
  readonly unlinkedAccounts?: readonly string[];
  readonly customFields: readonly DeclaredField[];
  readonly settings: Settings;
  /** Omitted for a plan without a base. */
  readonly base?: BaseState;
}
