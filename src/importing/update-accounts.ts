import type { DeclaredAccount } from "../model/account.ts";
import { accountAddress } from "../model/address.ts";
import type { Difference } from "../model/change.ts";
import { onlyChanged } from "./changed-values.ts";
import type { EntryUpdate, UpdatedEntry } from "./entry-update.ts";
import type { FrontAccounts } from "./front-accounts.ts";
import type { ImportWriter } from "./import-writer.ts";

/**
 * Updates entries under `accounts`. `changed`: the values that changed in Front, by address; if set, only these are
 * updated.
 */
export function updateAccounts(
  entries: readonly DeclaredAccount[],
  accounts: FrontAccounts,
  { writer, changed }: { writer: ImportWriter; changed: ReadonlyMap<string, readonly Difference[]> | undefined },
): void {
  const updates = new Map<UpdatedEntry, EntryUpdate>();
  for (const account of entries) {
    const { update, warnings = [], reason } = accounts.updateOf(account);
    for (const warning of warnings) writer.warn(warning);
    if (reason !== undefined) writer.warn({ kind: "not-updated", text: `account ${account.key}: ${reason}` });
    if (update === undefined) continue;
    const entry: UpdatedEntry = { ...account, handles: [] };
    const differences = changed?.get(accountAddress(account.key));
    updates.set(entry, differences === undefined ? update : onlyChanged(update, entry, differences));
  }
  writer.update(updates, "accounts");
}
