import type { AccountCollection, DeclaredAccount } from "../model/account.ts";
import { tableOfKey } from "../model/address.ts";
import type { Collection, DesiredContact } from "../model/contact.ts";
import type { AccountEntry, Entry, EntryAccount } from "./entry.ts";

/** An entry to update: a contact, or an account, which has no handles. */
export type UpdatedEntry = Omit<DesiredContact, "ensure" | "merge" | "exact" | "protect" | "id" | "without"> &
  Pick<DeclaredAccount, "domains"> & { readonly exact: readonly (Collection | AccountCollection)[] };

/** New values for the properties that an entry manages. */
export interface EntryUpdate {
  readonly entry: Entry & Partial<Pick<AccountEntry, "domains">>;
  /** True if the source has no other values. Other values are then removed from the entry. */
  readonly complete: boolean;
  /** Properties that stay unchanged, because a file cannot contain their value. */
  readonly omitted?: ReadonlySet<string>;
  /**
   * Names of lists with `members: exact`. The entry must name those that its contact is on, or apply would remove the
   * contact.
   */
  readonly exactLists?: ReadonlySet<string>;
  /** The account of the contact; null if it has none, undefined to leave the entry's account unchanged. */
  readonly account?: EntryAccount | null | undefined;
  /** True to leave the entry's avatar unchanged. */
  readonly samePicture: boolean;
}

/** Returns whether an entry is a row of a table. */
export function isRow({ key }: Pick<UpdatedEntry, "key">): boolean {
  return tableOfKey(key) !== undefined;
}
