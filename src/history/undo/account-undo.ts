import { accountLabel, type DeclaredAccount, domainKey, type RemoteAccount } from "../../model/account.ts";
import { RemoteAccountIndex } from "../../model/account-index.ts";
import { append } from "../../model/append.ts";
import { declaredIdentifiers, identifiersOf } from "../../model/company.ts";
import type { DesiredContact } from "../../model/contact.ts";
import { isEmptyField, isSameFieldValue, isSameText } from "../../model/field-values.ts";
import { omitUndefined, unlessEmpty } from "../../model/omit-undefined.ts";
import { plural } from "../../model/plural.ts";
import type { Readings } from "../../reading/remote-state.ts";
import { accountEntry, domainsOf, externalIdOf } from "./build-entries.ts";
import { declaredProtection } from "./declared-protection.ts";
import { deletedFields, fieldsToRestore, textToRestore } from "./field-undo.ts";
import type { AccountChanges } from "./run-changes.ts";
import { UNDO_AGAIN, type UndoReport, type UndoReportOptions } from "./undo-report.ts";

export interface AccountUndoOptions extends Pick<UndoReportOptions, "allowRemovals"> {
  /** Entries of the configuration with `protect: true`. */
  readonly protectedAccounts?: readonly DeclaredAccount[];
  /**
   * IDs of the contacts, accounts and lists that other runs created. A creation with an unknown outcome cannot have
   * created them, so the undo does not delete them.
   */
  readonly createdByOthers?: ReadonlySet<string>;
}

export class AccountUndo {
  readonly #readings: Readings;
  readonly #options: AccountUndoOptions;
  readonly #report: UndoReport;
  readonly #accounts: RemoteAccountIndex;
  /** IDs of the contacts that this undo deletes. */
  readonly #deletedIds: ReadonlySet<string>;
  /** IDs of the contacts that this undo unlinks, by the ID of the account. */
  readonly #unlinkedIds: ReadonlyMap<string, readonly string[]>;
  readonly #protection: ReturnType<typeof declaredProtection>;

  /** `contacts` contains the entries of the undo, which may unlink contacts from accounts. */
  constructor(
    readings: Readings,
    contacts: readonly DesiredContact[],
    options: AccountUndoOptions,
    report: UndoReport,
  ) {
    this.#readings = readings;
    this.#options = options;
    this.#report = report;
    this.#accounts = new RemoteAccountIndex(readings.remoteAccounts ?? []);
    this.#deletedIds = new Set(contacts.flatMap(({ id = "", ensure }) => (ensure === "absent" ? [id] : [])));
    this.#unlinkedIds = unlinkedIdsOf(contacts);
    this.#protection = declaredProtection(options.protectedAccounts ?? [], declaredIdentifiers);
  }

  /** Returns the entry that undoes the changes of an account; undefined if the undo does not change the account. */
  createEntry(changes: AccountChanges): DeclaredAccount | undefined {
    switch (changes.kind) {
      case "changed":
        return this.#entryToRestore(changes);
      case "created":
        return this.#entryToDelete(changes);
      default:
        return this.#entryToRecreate(changes);
    }
  }

  get #fieldContext() {
    return { definitions: this.#readings.accountFields, report: this.#report };
  }

  #entryToRestore(changes: AccountChanges): DeclaredAccount | undefined {
    const { id = "", domains } = changes;
    const [account] = this.#accounts.with([id]);
    if (account === undefined) {
      return this.#report.addNotUndone(changes, `the account ${id} was deleted after the run`);
    }
    const keys = new Set(account.domains.map(domainKey));
    const removed = domains.added.filter((domain) => keys.has(domainKey(domain)));
    const missing = domains.removed.filter((domain) => !keys.has(domainKey(domain)));
    const added = this.#availableDomains(changes, missing);
    const fields = fieldsToRestore(changes, account.customFields, this.#fieldContext);
    const restored = omitUndefined({
      name: textToRestore(changes, "name", account.name, this.#report),
      description: textToRestore(changes, "description", account.description, this.#report),
      domains: domainsOf(changes, added),
      withoutDomains: unlessEmpty(removed),
      customFields: unlessEmpty(fields),
    });
    return Object.keys(restored).length === 0 ? undefined : accountEntry(changes, { id, ...restored });
  }

  /** Returns the domains that no account has, and reports the others. */
  #availableDomains(changes: AccountChanges, domains: readonly string[]): readonly string[] {
    return domains.filter((domain) => {
      const [owner] = this.#accounts.with(identifiersOf({ domains: [domain] }));
      if (owner === undefined) return true;
      const reason = `the domain ${domain} now belongs to the account ${accountLabel(owner)}`;
      const advice = `To restore the domain, remove it from that account in Front. ${UNDO_AGAIN}`;
      this.#report.addImpossible(changes, reason, advice);
      return false;
    });
  }

  /**
   * Returns the entry that deletes a created account; undefined if the undo does not delete the account, for example
   * because removals are not allowed.
   */
  #entryToDelete(changes: AccountChanges): DeclaredAccount | undefined {
    this.#report.addCreated("account", changes);
    if (!this.#options.allowRemovals) return undefined;
    const account = this.#createdAccount(changes);
    if (account === undefined) return undefined;
    const label = `the account ${accountLabel(account)}`;
    const state = { matchesBefore: false, matchesAfter: isAsCreatedByRun(changes, account) };
    if (!this.#report.mayRestore(changes, `the creation of ${label}`, state)) return undefined;
    const remaining = this.#remainingContacts(account.id);
    if (remaining === 0) {
      const protect = this.#protection(changes.key, createdIdentifiers(changes));
      return accountEntry(changes, { id: account.id, ensure: "absent", onlyIfEmpty: true, protect });
    }
    const count = remaining === undefined ? "an unknown number of contacts" : plural(remaining, "contact");
    return this.#report.addUndeleted(
      changes,
      `${label} has ${count}, and only an empty account can be deleted`,
      "account",
    );
  }

  /** Returns the account that the run created; undefined if it no longer exists or is ambiguous. */
  #createdAccount(changes: AccountChanges): RemoteAccount | undefined {
    if (changes.id !== undefined) return this.#accounts.with([changes.id])[0];
    const [account, duplicate] = this.#accounts.with(createdIdentifiers(changes));
    if (account === undefined || duplicate !== undefined) return undefined;
    return this.#options.createdByOthers?.has(account.id) ? undefined : account;
  }

  /** Returns the number of contacts that remain in an account after this undo; undefined if it is unknown. */
  #remainingContacts(id: string): number | undefined {
    const members = this.#readings.accountMembers.get(id)?.all;
    const unlinkedIds = new Set(this.#unlinkedIds.get(id));
    return members && [...members].filter((member) => !this.#deletedIds.has(member) && !unlinkedIds.has(member)).length;
  }

  #entryToRecreate(changes: AccountChanges): DeclaredAccount | undefined {
    const { before } = changes;
    const { external_id: externalId, domains = [], custom_fields: fields = {}, name, description } = before ?? {};
    const [owner] = this.#accounts.with(identifiersOf({ domains, externalId: externalId || undefined }));
    if (owner !== undefined) {
      if (owner.name === name) return undefined;
      const reason = `its external ID or a domain now belongs to the account ${accountLabel(owner)}`;
      const advice = `To create the deleted account again, remove them from that account in Front. ${UNDO_AGAIN}`;
      return this.#report.addNotUndone(changes, reason, advice);
    }
    if (!externalId && domains.length === 0) {
      const reason = "the deleted account had no domain and no external ID to identify it";
      return this.#report.addNotUndone(changes, reason);
    }
    this.#report.addRecreatedAccount(changes, changes.areMembersRecorded);
    return accountEntry(changes, {
      name: name || changes.key,
      description: description || undefined,
      domains: domainsOf(changes, domains),
      externalId: externalIdOf(changes, externalId ?? undefined),
      customFields: unlessEmpty(deletedFields(changes, fields, this.#fieldContext)),
    });
  }
}

function unlinkedIdsOf(contacts: readonly DesiredContact[]): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, string[]>();
  for (const { id = "", without } of contacts) for (const account of without?.accounts ?? []) append(ids, account, id);
  return ids;
}

function createdIdentifiers({ id, externalId, domains }: AccountChanges): readonly string[] {
  return identifiersOf({ id, externalId, domains: domains.added });
}

/** Returns whether an account that a run created still has exactly its values from the run. */
function isAsCreatedByRun(
  { name, description, externalId, domains, fields }: AccountChanges,
  account: RemoteAccount,
): boolean {
  const keys = new Set(account.domains.map(domainKey));
  const names = new Set(fields.map((field) => field.name));
  return (
    isSameText(name?.after, account.name) &&
    isSameText(description?.after, account.description) &&
    (externalId === undefined || externalId === account.externalId) &&
    domains.added.length === account.domains.length &&
    domains.added.every((domain) => keys.has(domainKey(domain))) &&
    fields.every(({ name: field, type, after }) => isSameFieldValue(type, account.customFields.get(field), after)) &&
    [...account.customFields].every(([field, value]) => isEmptyField(value) || names.has(field))
  );
}
