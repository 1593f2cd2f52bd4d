import type { AccountCollection, DeclaredAccount } from "../model/account.ts";
import type { Collection, DesiredContact } from "../model/contact.ts";
import type { AccountEntry, Entry, EntryAccount } from "./entry.ts";

/** An entry to update: a contact, or an account, which has no handles. */
export type UpdatedEntry = Omit<DesiredContact, "ensure" | "merge" | "exact" | "protect" | "id" | "without"> &
  Pick<DeclaredAccount, "domains"> & { readonly exact: readonly (Collection | AccountCollection)[] };

/** New values for the properties that an entry manages. */
export interface EntryUpdate {
  readonly entry: Entry & Partial<Pick<AccountEntry, "domains">>;
  /** True if the source has no other values, so that they are removed from the file. */
  readonly complete: boolean;
  /** Properties that stay unchanged, because a file cannot contain their value. */
  readonly omitted?: ReadonlySet<string>;
  /** Names of lists that contacts without an entry on them leave, so that an entry has to name those of its contact. */
  readonly exactLists?: ReadonlySet<string>;
  /** The account of the contact, null for none. Undefined if the entry keeps its account. */
  readonly account?: EntryAccount | null | undefined;
  /** True if the entry keeps its avatar. */
  readonly samePicture: boolean;
}
