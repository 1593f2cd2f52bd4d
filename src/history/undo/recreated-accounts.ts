import { RemoteAccountIndex } from "../../model/account-index.ts";
import { identifiersOf } from "../../model/company.ts";
import type { DesiredAccount } from "../../model/contact.ts";
import type { Readings } from "../../reading/remote-state.ts";
import type { AccountChanges } from "./run-changes.ts";

/**
 * Returns a reference to an account by its external ID or a domain; undefined if it had neither, or if the run did not
 * delete it.
 */
export function referenceTo({ kind, before, location }: AccountChanges): DesiredAccount | undefined {
  const { external_id: externalId, domains: [domain] = [] } = before ?? {};
  if (kind !== "deleted") return undefined;
  if (externalId) return { externalId, location };
  return domain === undefined ? undefined : { domain, location };
}

/** The accounts that the run deleted. An account that is created again has another ID. */
export class RecreatedAccounts {
  readonly #deletedIds: ReadonlySet<string>;
  /** The new IDs of accounts that exist again, by their previous IDs. */
  readonly #currentIds = new Map<string, string>();
  /** References to the accounts that the undo creates again, by their previous IDs. */
  readonly #references = new Map<string, DesiredAccount>();

  constructor(accounts: readonly AccountChanges[], { remoteAccounts = [] }: Pick<Readings, "remoteAccounts">) {
    const deleted = accounts.filter(({ kind }) => kind === "deleted");
    this.#deletedIds = new Set(deleted.flatMap(({ id = "" }) => id));
    const remote = new RemoteAccountIndex(remoteAccounts);
    for (const changes of deleted) {
      const { id = "", before } = changes;
      const { external_id: externalId, domains = [], name } = before ?? {};
      const [owner] = remote.with(identifiersOf({ domains, externalId: externalId || undefined }));
      const reference = referenceTo(changes);
      if (owner !== undefined && owner.name === name) this.#currentIds.set(id, owner.id);
      else if (owner === undefined && reference !== undefined) this.#references.set(id, reference);
    }
  }

  /** Replaces the previous IDs of accounts that exist again with their current IDs. */
  currentIds(ids: readonly string[]): readonly string[] {
    return ids.map((id) => this.#currentIds.get(id) ?? id);
  }

  /** Returns a reference to an account that the undo creates again. `id` is its previous ID. */
  find(id: string): DesiredAccount | undefined {
    return this.#references.get(id);
  }

  /** Returns whether the run deleted an account and the undo does not create it again. */
  isLost(id: string): boolean {
    return this.#deletedIds.has(id) && !this.#references.has(id);
  }
}
