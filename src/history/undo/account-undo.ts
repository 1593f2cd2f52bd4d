import { isAccountAsCreated, isIdentifiedBy } from "../../applying/account-patch.ts";
import { unlessEmpty } from "../../comparing/compare.ts";
import { accountLabel, type DeclaredAccount, domainKey, type RemoteAccount } from "../../model/account.ts";
import type { DesiredContact } from "../../model/contact.ts";
import { isEmptyField, normalText } from "../../model/field-values.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import type { Readings } from "../../reading/remote-state.ts";
import type { AccountChanges } from "./account-changes.ts";
import { deletedFields, fieldsToRestore, textToRestore } from "./field-undo.ts";
import type { UndoReport } from "./undo-report.ts";

export interface AccountUndoOptions {
  readonly allowRemovals: boolean;
  /** Entries of the configuration with `protect: true`. */
  readonly protectedAccounts?: readonly DeclaredAccount[];
}

/**
 * Returns an entry for reading the data that an undo needs to restore an account; none if the run created the account
 * and the undo will not delete it.
 */
export function accountToRead(changes: AccountChanges, allowRemovals: boolean): DeclaredAccount[] {
  switch (changes.kind) {
    case "changed":
      return [changedToRead(changes)];
    case "created":
      return allowRemovals ? [createdToRead(changes)] : [];
    case "deleted":
      return [deletedToRead(changes)];
  }
}

function changedToRead(changes: AccountChanges): DeclaredAccount {
  const { id, updated, fields } = changes;
  const domains = domainsOf(changes, updated?.removeDomains);
  return entryFor(changes, { id, domains, customFields: fields.length > 0 ? [] : undefined });
}

function createdToRead(changes: AccountChanges): DeclaredAccount {
  const { id, created } = changes;
  const identifiers = {
    externalId: textOf(changes, created?.externalId),
    domains: domainsOf(changes, created?.domains),
  };
  return entryFor(changes, { ensure: "absent", ...(id === undefined ? identifiers : { id }) });
}

function deletedToRead(changes: AccountChanges): DeclaredAccount {
  const { key, before } = changes;
  return entryFor(changes, {
    name: before?.name ?? key,
    externalId: textOf(changes, before?.external_id ?? undefined),
    domains: domainsOf(changes, before?.domains),
    customFields: before?.custom_fields && [],
  });
}

type Attributes = { readonly [Name in keyof DeclaredAccount]?: DeclaredAccount[Name] | undefined };

function entryFor({ key, location }: AccountChanges, attributes: Attributes): DeclaredAccount {
  return omitUndefined({ key, location, ensure: "present" as const, exact: [], ...attributes }) as DeclaredAccount;
}

function domainsOf({ location }: AccountChanges, domains: readonly string[] | undefined): DeclaredAccount["domains"] {
  return unlessEmpty(domains)?.map((domain) => ({ domain, location }));
}

function textOf({ location }: AccountChanges, text: string | undefined): DeclaredAccount["externalId"] {
  return text === undefined ? undefined : { text, location };
}

export class AccountUndo {
  readonly #readings: Readings;
  readonly #options: AccountUndoOptions;
  readonly #report: UndoReport;

  constructor(readings: Readings, options: AccountUndoOptions, report: UndoReport) {
    this.#readings = readings;
    this.#options = options;
    this.#report = report;
  }

  /**
   * Returns undefined if the undo does not change the account. `contacts` contains the entries of the undo, which may
   * unlink contacts from the account.
   */
  createEntry(changes: AccountChanges, contacts: readonly DesiredContact[]): DeclaredAccount | undefined {
    switch (changes.kind) {
      case "changed":
        return this.#entryToRestore(changes);
      case "created":
        return this.#entryToDelete(changes, contacts);
      case "deleted":
        return this.#entryToRecreate(changes);
    }
  }

  get #fieldContext() {
    return { definitions: this.#readings.accountFields, report: this.#report };
  }

  get #accounts(): readonly RemoteAccount[] {
    return this.#readings.remoteAccounts ?? [];
  }

  #entryToRestore(changes: AccountChanges): DeclaredAccount | undefined {
    const { id = "", updated } = changes;
    const account = this.#accounts.find((candidate) => candidate.id === id);
    if (account === undefined) {
      return this.#report.addImpossible(changes, `the account ${id} was deleted after the run`);
    }
    const keys = new Set(account.domains.map(domainKey));
    const removed = (updated?.addDomains ?? []).filter((domain) => keys.has(domainKey(domain)));
    const missing = (updated?.removeDomains ?? []).filter((domain) => !keys.has(domainKey(domain)));
    const added = this.#availableDomains(changes, missing);
    const fields = fieldsToRestore(changes, account.customFields, this.#fieldContext);
    const restored = omitUndefined({
      name: this.#text(changes, "name", account),
      description: this.#text(changes, "description", account),
      domains: domainsOf(changes, added),
      withoutDomains: unlessEmpty(removed),
      customFields: unlessEmpty(fields),
    });
    return Object.keys(restored).length === 0 ? undefined : entryFor(changes, { id, ...restored });
  }

  /** Returns the domains that no account has, and reports the others. */
  #availableDomains(changes: AccountChanges, domains: readonly string[]): readonly string[] {
    return domains.filter((domain) => {
      const key = domainKey(domain);
      const owner = this.#accounts.find((account) => account.domains.some((existing) => domainKey(existing) === key));
      if (owner === undefined) return true;
      this.#report.addImpossible(changes, `the domain ${domain} now belongs to the account ${accountLabel(owner)}`);
      return false;
    });
  }

  #text(changes: AccountChanges, attribute: "name" | "description", account: RemoteAccount): string | undefined {
    const { updated } = changes;
    const after = updated?.[attribute];
    if (after === undefined) return undefined;
    const values = { before: updated?.before[attribute], after, current: account[attribute] };
    return textToRestore(changes, attribute, values, this.#report);
  }

  /** Returns undefined if the undo does not delete the account, for example because removals are not allowed. */
  #entryToDelete(changes: AccountChanges, contacts: readonly DesiredContact[]): DeclaredAccount | undefined {
    const { id, created } = changes;
    if (!this.#options.allowRemovals) return this.#report.countCreated("account");
    const isCreated = (account: RemoteAccount) =>
      id === undefined ? created !== undefined && isIdentifiedBy(created, account) : account.id === id;
    const [account, duplicate] = this.#accounts.filter(isCreated);
    if (account === undefined || duplicate !== undefined) return undefined;
    const matchesAfter =
      created !== undefined && isAccountAsCreated(created, account) && hasNoOtherValues(account, changes);
    const label = `the account ${accountLabel(account)}`;
    if (!this.#report.mayRestore(changes, label, { matchesBefore: false, matchesAfter })) return undefined;
    const remaining = this.#remainingContacts(account.id, contacts);
    if (remaining === 0) {
      const protect = this.#protection(changes);
      return entryFor(changes, { id: account.id, ensure: "absent", onlyIfEmpty: true, protect });
    }
    const count = remaining === 1 ? "1 contact" : `${remaining ?? "an unknown number of"} contacts`;
    return this.#report.addImpossible(changes, `${label} has ${count}, and only an empty account can be deleted`);
  }

  /** Returns the number of contacts that remain in an account after this undo; undefined if it is unknown. */
  #remainingContacts(id: string, contacts: readonly DesiredContact[]): number | undefined {
    const members = this.#readings.accountMembers?.get(id);
    const leavingIds = new Set(
      contacts.flatMap(({ id: contactId = "", ensure, without }) =>
        ensure === "absent" || without?.accounts?.includes(id) ? [contactId] : [],
      ),
    );
    return members && [...members].filter((member) => !leavingIds.has(member)).length;
  }

  /**
   * Returns the protection of an account in the configuration. The entry there has the same key, id or external id, or
   * one of the account's domains.
   */
  #protection({ key, id, created }: AccountChanges): DeclaredAccount["protect"] {
    const domains = new Set((created?.domains ?? []).map(domainKey));
    return this.#options.protectedAccounts?.find(
      (entry) =>
        entry.key === key ||
        (id !== undefined && entry.id === id) ||
        (created?.externalId !== undefined && entry.externalId?.text === created.externalId) ||
        entry.domains?.some(({ domain }) => domains.has(domainKey(domain))),
    )?.protect;
  }

  #entryToRecreate(changes: AccountChanges): DeclaredAccount | undefined {
    const { before } = changes;
    const { external_id: externalId, domains = [], custom_fields: fields = {}, name, description } = before ?? {};
    const keys = new Set(domains.map(domainKey));
    const owner = this.#accounts.find(
      (account) =>
        (externalId && account.externalId === externalId) ||
        account.domains.some((domain) => keys.has(domainKey(domain))),
    );
    if (owner !== undefined) {
      if (owner.name === name) return undefined;
      return this.#report.addImpossible(
        changes,
        `its external ID or a domain now belongs to the account ${accountLabel(owner)}`,
      );
    }
    if (!externalId && domains.length === 0) {
      const reason = "the deleted account had no domain and no external ID to identify it";
      return this.#report.addImpossible(changes, reason);
    }
    this.#report.addRecreatedAccount(changes);
    return entryFor(changes, {
      name: name || changes.key,
      description: description || undefined,
      domains: domainsOf(changes, domains),
      externalId: textOf(changes, externalId ?? undefined),
      customFields: unlessEmpty(deletedFields(changes, fields, this.#fieldContext)),
    });
  }
}

/** Returns whether an account has only the description, domains and custom fields that the run set. */
function hasNoOtherValues({ description, domains, customFields }: RemoteAccount, { created }: AccountChanges): boolean {
  const fields = new Set(created?.customFields?.map(({ name }) => name));
  return (
    normalText(description) === normalText(created?.description ?? "") &&
    domains.length === (created?.domains ?? []).length &&
    [...customFields].every(([name, value]) => isEmptyField(value) || fields.has(name))
  );
}
