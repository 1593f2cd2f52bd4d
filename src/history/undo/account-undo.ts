import { isAccountAsCreated } from "../../applying/account-patch.ts";
import { accountLabel, type DeclaredAccount, domainKey, type RemoteAccount } from "../../model/account.ts";
import type { DesiredContact, DesiredField } from "../../model/contact.ts";
import { isEmptyField, normalText, sameField } from "../../model/field-values.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import type { FieldChange } from "../../model/plan.ts";
import { isTargeted } from "../../planning/targets.ts";
import type { Readings } from "../../reading/remote-state.ts";
import type { AccountChanges } from "./account-changes.ts";
import type { UndoReport } from "./report.ts";

/** The changes that the user allows, and those that the files forbid. */
export interface AccountUndoOptions {
  readonly overwrite: readonly string[];
  readonly allowRemovals: boolean;
  readonly protectedAccounts?: readonly DeclaredAccount[];
}

/** Returns an entry that covers everything that must be read to undo the changes of an account. */
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
  const identity = { externalId: textOf(changes, created?.externalId), domains: domainsOf(changes, created?.domains) };
  return entryFor(changes, { ensure: "absent", ...(id === undefined ? identity : { id }) });
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

type More = { readonly [Name in keyof DeclaredAccount]?: DeclaredAccount[Name] | undefined };

function entryFor({ key, location }: AccountChanges, more: More): DeclaredAccount {
  return omitUndefined({ key, location, ensure: "present" as const, exact: [], ...more }) as DeclaredAccount;
}

function domainsOf({ location }: AccountChanges, domains: readonly string[] | undefined): DeclaredAccount["domains"] {
  return domains === undefined || domains.length === 0 ? undefined : domains.map((domain) => ({ domain, location }));
}

function textOf({ location }: AccountChanges, text: string | undefined): DeclaredAccount["externalId"] {
  return text === undefined ? undefined : { text, location };
}

/**
 * Computes the entries that undo the changes of a run to accounts. A value is restored only if it did not change since
 * the run.
 */
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
   * Returns the entry that undoes the changes of an account. `contacts`: the entries of the undo, which may unlink
   * contacts from an account.
   */
  entry(changes: AccountChanges, contacts: readonly DesiredContact[]): DeclaredAccount[] {
    switch (changes.kind) {
      case "changed":
        return this.#restore(changes);
      case "created":
        return this.#delete(changes, contacts);
      case "deleted":
        return this.#createAgain(changes);
    }
  }

  get #accounts(): readonly RemoteAccount[] {
    return this.#readings.remoteAccounts ?? [];
  }

  /** Returns whether to restore a value: it must differ from the value before the run and equal the value after it. */
  #mayRestore(changes: AccountChanges, attribute: string, now: { isBefore: boolean; isLeft: boolean }): boolean {
    if (now.isBefore) return false;
    const { overwrite } = this.#options;
    if (now.isLeft || (overwrite.length > 0 && isTargeted(changes.address, { only: overwrite }))) return true;
    this.#report.changed(changes, attribute);
    return false;
  }

  #restore(changes: AccountChanges): DeclaredAccount[] {
    const { id = "", updated } = changes;
    const account = this.#accounts.find((each) => each.id === id);
    if (account === undefined) {
      this.#report.impossible(changes, `the account ${id} was deleted since the run`);
      return [];
    }
    const has = new Set(account.domains.map(domainKey));
    const removed = (updated?.addDomains ?? []).filter((domain) => has.has(domainKey(domain)));
    const added = this.#freeDomains(
      changes,
      (updated?.removeDomains ?? []).filter((domain) => !has.has(domainKey(domain))),
    );
    const fields = changes.fields.flatMap((field) => this.#field(changes, field, account));
    const restored = omitUndefined({
      name: this.#text(changes, "name", account),
      description: this.#text(changes, "description", account),
      domains: domainsOf(changes, added),
      withoutDomains: removed.length === 0 ? undefined : removed,
      customFields: fields.length === 0 ? undefined : fields,
    });
    return Object.keys(restored).length === 0 ? [] : [entryFor(changes, { id, ...restored })];
  }

  #freeDomains(changes: AccountChanges, domains: readonly string[]): readonly string[] {
    return domains.filter((domain) => {
      const owner = this.#accounts.find((each) => each.domains.some((held) => domainKey(held) === domainKey(domain)));
      if (owner === undefined) return true;
      this.#report.impossible(changes, `the account ${accountLabel(owner)} has the domain ${domain} now`);
      return false;
    });
  }

  #text(changes: AccountChanges, attribute: "name" | "description", account: RemoteAccount): string | undefined {
    const { updated } = changes;
    const left = updated?.[attribute];
    if (updated === undefined || left === undefined) return undefined;
    const before = updated.before[attribute] ?? "";
    const is = (text: string) => normalText(text) === normalText(account[attribute]);
    if (!this.#mayRestore(changes, attribute, { isBefore: is(before), isLeft: is(left) })) return undefined;
    if (attribute === "description" || before !== "") return before;
    this.#report.impossible(changes, "it had no name before, and Front cannot clear a name");
    return undefined;
  }

  #field(changes: AccountChanges, field: FieldChange, account: RemoteAccount): DesiredField[] {
    const { name, type, before, after } = field;
    const now = account.customFields.get(name);
    const state = { isBefore: sameField(type, now, before), isLeft: sameField(type, now, after) };
    return this.#mayRestore(changes, `custom field ${name}`, state) ? this.#fieldOf(changes, field) : [];
  }

  #fieldOf(changes: AccountChanges, { name, before }: Pick<FieldChange, "name" | "before">): DesiredField[] {
    if (!this.#readings.accountFields?.some((each) => each.name === name)) {
      this.#report.impossible(changes, `the custom field "${name}" no longer exists`);
      return [];
    }
    const { location } = changes;
    const value = { name, value: null, location, nameLocation: location };
    return [before === undefined || isEmptyField(before) ? value : { ...value, restored: before }];
  }

  /** Returns the entry that deletes an account that the run created, unless it was used since. */
  #delete(changes: AccountChanges, contacts: readonly DesiredContact[]): DeclaredAccount[] {
    const { id, created } = changes;
    if (!this.#options.allowRemovals) {
      this.#report.createdAccount();
      return [];
    }
    const [account, another] =
      id === undefined ? this.#accounts.filter((each) => isNamed(each, changes)) : this.#withId(id);
    if (account === undefined || another !== undefined) return [];
    const isLeft = created !== undefined && isAccountAsCreated(created, account) && hasNoMore(account, changes);
    if (!this.#mayRestore(changes, `the account ${accountLabel(account)}`, { isBefore: false, isLeft })) return [];
    if (!this.#isEmptied(changes, account, contacts)) return [];
    return [
      entryFor(changes, { id: account.id, ensure: "absent", onlyIfEmpty: true, protect: this.#protection(changes) }),
    ];
  }

  #isEmptied(changes: AccountChanges, account: RemoteAccount, contacts: readonly DesiredContact[]): boolean {
    const others = this.#staying(account.id, contacts);
    if (others === 0) return true;
    const count =
      others === undefined ? "an unknown number of contacts" : others === 1 ? "1 contact" : `${others} contacts`;
    this.#report.impossible(
      changes,
      `the account ${accountLabel(account)} has ${count}, and only an empty one is deleted`,
    );
    return false;
  }

  #withId(id: string): readonly RemoteAccount[] {
    return this.#accounts.filter((each) => each.id === id);
  }

  /** Returns how many contacts of an account this undo leaves in it; undefined if they are unknown. */
  #staying(id: string, contacts: readonly DesiredContact[]): number | undefined {
    const members = this.#readings.accountMembers?.get(id);
    const leaving = new Set(
      contacts.flatMap(({ id: contactId = "", ensure, without }) =>
        ensure === "absent" || without?.accounts?.includes(id) ? [contactId] : [],
      ),
    );
    return members && [...members].filter((member) => !leaving.has(member)).length;
  }

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

  #createAgain(changes: AccountChanges): DeclaredAccount[] {
    const { before } = changes;
    const { external_id: externalId, domains = [], custom_fields: fields = {}, name, description } = before ?? {};
    const keys = new Set(domains.map(domainKey));
    const owner = this.#accounts.find(
      (each) =>
        (externalId && each.externalId === externalId) || each.domains.some((domain) => keys.has(domainKey(domain))),
    );
    if (owner !== undefined) {
      if (owner.name !== name) {
        this.#report.impossible(changes, `the account ${accountLabel(owner)} has its external id or a domain now`);
      }
      return [];
    }
    if (!externalId && domains.length === 0) {
      this.#report.impossible(changes, "the deleted account had neither a domain nor an external id to find it by");
      return [];
    }
    this.#report.accountCreatedAgain(changes);
    const customFields = Object.entries(fields).flatMap(([field, value]) =>
      this.#fieldOf(changes, { name: field, before: value }),
    );
    return [
      entryFor(changes, {
        name: name || changes.key,
        description: description || undefined,
        domains: domainsOf(changes, domains),
        externalId: textOf(changes, externalId ?? undefined),
        customFields: customFields.length === 0 ? undefined : customFields,
      }),
    ];
  }
}

function isNamed({ externalId, domains }: RemoteAccount, { created }: AccountChanges): boolean {
  const keys = new Set((created?.domains ?? []).map(domainKey));
  return (
    (created?.externalId !== undefined && created.externalId === externalId) ||
    domains.some((domain) => keys.has(domainKey(domain)))
  );
}

/** Returns whether an account has only values that the run gave it. */
function hasNoMore({ description, domains, customFields }: RemoteAccount, { created }: AccountChanges): boolean {
  const fields = new Set(created?.customFields?.map(({ name }) => name));
  return (
    normalText(description) === normalText(created?.description ?? "") &&
    domains.length === (created?.domains ?? []).length &&
    [...customFields].every(([name, value]) => isEmptyField(value) || fields.has(name))
  );
}
