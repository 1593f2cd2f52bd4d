import type { DeclaredAccount } from "./account.ts";
import type { CustomFields, DesiredField, FieldType } from "./custom-field.ts";
import type { SourceLocation } from "./diagnostic.ts";
import type { DeclaredHandle, Handle } from "./handle.ts";
import type { HashedHandle } from "./handle-hash.ts";

export {
  type CustomFields,
  type DesiredField,
  FIELD_TYPES,
  type FieldType,
  type FieldValue,
  isOpaque,
  type OpaqueValue,
  type WrittenValue,
} from "./custom-field.ts";
export { HANDLE_SOURCES, type Handle, type HandleKey, handleKey } from "./handle.ts";

export interface List {
  readonly id: string;
  readonly name: string;
  /** Only for a teammate's private list. */
  readonly isPrivate?: true;
}

/** A contact in Front. Unknown properties of the response are dropped, unknown handle sources are kept. */
export interface RemoteContact {
  readonly id: string;
  /** Undefined for a contact without a name, for which Front returns null. */
  readonly name: string | undefined;
  /** Empty when there is none. */
  readonly description: string;
  readonly handles: readonly Handle[];
  readonly links: readonly string[];
  readonly lists: readonly List[];
  readonly customFields: CustomFields;
  readonly avatarUrl: string | undefined;
  /** Epoch seconds. Front does not document it, so nothing may depend on it. */
  readonly updatedAt: number | undefined;
  /** Only of a teammate's own contact. */
  readonly isPrivate?: true;
  /** The account it belongs to, null for none. Omitted if Front does not show it; the property is not documented. */
  readonly account?: ShownAccount | null;
}

/** Returns a contact's name and id, for messages. */
export function contactName({ name, id }: Pick<RemoteContact, "name" | "id">): string {
  return name === undefined || name === "" ? `a contact without a name (${id})` : `${name} (${id})`;
}

/**
 * Compares contacts by age. Front's ids count up in base 36, so a shorter id, or a smaller one of equal length, is
 * older.
 */
export function oldestFirst(a: RemoteContact, b: RemoteContact): number {
  return a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
}

/** The account in the response for a contact. */
export interface ShownAccount {
  readonly id: string;
  /** Empty if Front does not return it. */
  readonly name: string;
}

/** A contact in a response that cannot be decoded. It is reported and skipped: never matched, never changed. */
export interface UndecodableContact {
  /** Undefined if the id cannot be decoded either. */
  readonly id: string | undefined;
  /** The property in Front's response that cannot be decoded. */
  readonly property: string;
  /** The reason, such as `handles is not a list`. Contains no text from Front. */
  readonly problem: string;
  /** The handles that could be decoded; undefined when there may be others. */
  readonly handles: readonly Handle[] | undefined;
}

/** Image types that Front displays (docs/front.md#avatars). */
export type PictureType = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

/**
 * A picture file at the time when the configuration was loaded. Its bytes are read again and verified before they are
 * sent.
 */
export interface Picture {
  /** The path relative to the working directory. */
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly type: PictureType;
}

export type Collection = "handles" | "links" | "lists" | "custom_fields";

/** A reference to a list by name, or by id if its name is ambiguous. */
export type DesiredList = { readonly location: SourceLocation } & ({ readonly name: string } | { readonly id: string });

/** A reference to an account in Front. */
export type DesiredAccount = { readonly location: SourceLocation } & (
  | { readonly domain: string }
  | { readonly externalId: string }
  | { readonly id: string }
);

/** A value of an entry that comes from a defaults file. */
export interface InheritedValue {
  readonly attribute: "description" | "links" | "lists" | "custom_fields" | "avatar" | "account" | "protect" | "exact";
  /** The link, the name or id of the list, the name of the field, or the collection of `exact`. */
  readonly key?: string;
  /** The location of the value in the defaults file. */
  readonly location: SourceLocation;
}

/** Values to remove from a contact if it has them. */
export interface RemovedValues {
  readonly handles?: readonly Handle[];
  readonly links?: readonly string[];
  readonly lists?: readonly Pick<List, "id" | "name">[];
  /** Ids of accounts. */
  readonly accounts?: readonly string[];
}

/**
 * An entry: one contact as declared in the files. An omitted property is unmanaged, and never changed. Plain data,
 * because a saved plan contains it as JSON.
 */
export interface DesiredContact {
  /** Unique over all files; `TABLE["ROW"]` for a row of a table. The address is `front_contact.KEY`. */
  readonly key: string;
  /** The location of the key. */
  readonly location: SourceLocation;
  /** Pins the contact (`crd_…`) instead of matching it by handle. */
  readonly id?: string;
  readonly ensure: "present" | "absent";
  /** True to merge all contacts that have one of the handles. */
  readonly merge: boolean;
  /** Present for a contact that is never deleted, merged away or stripped of a handle. The location of `protect`. */
  readonly protect?: { readonly location: SourceLocation };
  /** Handles with distinct keys. At least one, unless the contact is pinned or has a hashed handle. */
  readonly handles: readonly (DeclaredHandle & { readonly location: SourceLocation })[];
  /** Only of a contact to delete. To find these handles, all contacts have to be read. */
  readonly hashedHandles?: readonly HashedHandle[];
  readonly name?: string;
  /** An empty text clears it. */
  readonly description?: string;
  readonly links?: readonly string[];
  readonly lists?: readonly DesiredList[];
  readonly customFields?: readonly DesiredField[];
  readonly avatar?: Picture & { readonly location: SourceLocation };
  readonly account?: DesiredAccount;
  /** Ids of the accounts that a contact was in before the run that is undone. Files cannot declare them. */
  readonly restoredAccounts?: readonly string[];
  /** Collections whose undeclared values are removed. */
  readonly exact: readonly Collection[];
  /** The values that the entry does not have itself. Omitted if there are none. */
  readonly inherited?: readonly InheritedValue[];
  /**
   * Single values to remove, such as those that an undone run added or that were removed from the files. Not a key of
   * the files.
   */
  readonly without?: RemovedValues;
}

/** A custom field that the files use. Front's API cannot create fields, so the declaration is only checked. */
export interface DeclaredField {
  readonly name: string;
  readonly type: FieldType;
  /** The allowed values of an enum, where the file lists them. */
  readonly values?: readonly string[];
  readonly location: SourceLocation;
}

/** A list that these files may create or manage. */
export interface DeclaredList {
  readonly name: string;
  readonly location: SourceLocation;
  /** The workspace that has the list (`tim_…`). */
  readonly team?: string;
  /** `exact`: contacts that no entry puts on the list are removed from it. */
  readonly members?: "exact";
  /** `absent`: the list is deleted. */
  readonly ensure?: "absent";
  /**
   * Present for a list that is created even if no contact needs it, such as one that a run deleted. Not a key of the
   * files.
   */
  readonly restored?: true;
}

/** A list to delete if it is empty. */
export type AbsentList = Pick<List, "id" | "name"> & { readonly team?: string };

/** A share of something (0 to 1), or a count of it. */
export type Limit = { readonly share: number } | { readonly count: number };

export interface Settings {
  /** The country of phone numbers without a country code, such as `US`. */
  readonly phoneCountry?: string;
  /** The only company these files may be applied to (`cmp_…`). */
  readonly company?: string;
  /** The share (0 to 1) of the company's rate limit that is left to its other integrations. */
  readonly reserve?: number;
  readonly guards?: { readonly changes?: Limit; readonly removals?: Limit };
  /** The number of records of applies to keep, for how many days, and whether to keep replaced pictures with them. */
  readonly history?: { readonly runs?: number; readonly days?: number; readonly avatars?: boolean };
}

/** The configuration at an earlier revision. It distinguishes changes in the files from changes in Front. */
export interface BaseState {
  /** The revision as the user specified it. */
  readonly revision: string;
  /** The commit and the directory in it, as git names them: `1a2b3c…:contacts`. */
  readonly tree: string;
  /** True to overwrite changes made in Front since. */
  readonly overwrite: boolean;
  readonly contacts: readonly DesiredContact[];
  readonly lists: readonly DeclaredList[];
  readonly accounts?: readonly DeclaredAccount[];
  /** Why an avatar is unknown, by the key of its entry. */
  readonly unreadAvatars?: Readonly<Record<string, string>>;
}

/** The desired state that all files declare. Contacts are in order of the file path, then of the file. */
export interface DesiredState {
  readonly contacts: readonly DesiredContact[];
  readonly lists: readonly DeclaredList[];
  /** Accounts in order of the file path, then of the file. */
  readonly accounts?: readonly DeclaredAccount[];
  /**
   * Tables with `missing: absent`: contacts of base rows that were removed are deleted. `leftOut` contains the keys of
   * rows that exist but have no handle, so they are not contacts.
   */
  readonly absentTables?: readonly (Pick<DesiredContact, "location" | "protect"> & {
    readonly name: string;
    readonly leftOut?: readonly string[];
  })[];
  /** Lists to delete once they are empty. Not a key of the files. */
  readonly absentLists?: readonly AbsentList[];
  /** Entries that are not planned, but that keep their contacts on lists with exact members. Not a key of the files. */
  readonly listedElsewhere?: readonly DesiredContact[];
  readonly customFields: readonly DeclaredField[];
  readonly settings: Settings;
  /** Undefined for a plan that compares the files with Front alone. */
  readonly base?: BaseState;
}
