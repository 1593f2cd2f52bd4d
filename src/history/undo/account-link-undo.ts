import type { AccountIndex } from "../../model/account-index.ts";
import { undeclaredAddress } from "../../model/address.ts";
import type { DesiredAccount, RemoteContact } from "../../model/contact.ts";
import type { Refusal } from "../../model/diagnostic.ts";
import { unlessEmpty } from "../../model/omit-undefined.ts";
import type { Plan } from "../../model/plan.ts";
import { isLinkedManually } from "../../planning/account-links.ts";
import type { Readings } from "../../reading/remote-state.ts";
import { changedSincePlan } from "../messages.ts";
import { type AppliedPlan, unlinkedContactIds } from "./applied-plan.ts";
import { RecreatedAccounts } from "./recreated-accounts.ts";
import type { ContactChanges, RunChanges } from "./run-changes.ts";
import type { UndoReport, ValueState } from "./undo-report.ts";

interface LinkComparison extends ValueState {
  /** Previous accounts that can be read. After the undo, the contact is linked to each of them. */
  readonly restored: readonly string[];
  /** Accounts from which the undo unlinks the contact. */
  readonly removed: readonly string[];
  /** Previous accounts that cannot be read. */
  readonly unreadable: readonly string[];
}

/**
 * Returns whether someone linked a created contact to an account after the run. Ignores links by domain, which Front
 * creates itself. If Front does not return accounts of contacts, a contact that left an account counts as linked.
 */
export function isLinkedAfterRun(
  { after, confirmed }: Pick<NonNullable<ContactChanges["accounts"]>, "after" | "confirmed">,
  contact: RemoteContact,
  {
    referencedAccounts: { byId, byMember },
    accountsOfDeleted,
    accountMembers,
  }: Pick<Readings, "referencedAccounts" | "accountsOfDeleted" | "accountMembers">,
): boolean {
  const hasLeft = (id: string) => byId.get(id)?.members.has(contact.id) === false;
  if (contact.account === undefined && confirmed.some(hasLeft)) return true;
  if ([...accountMembers].some(([id, { manual }]) => manual.has(contact.id) && !after.includes(id))) return true;
  const shownAccountIds = contact.account ? [contact.account.id] : [];
  const states = [
    ...(byMember.get(contact.id) ?? []),
    ...shownAccountIds.map((id) => ({
      id,
      domains: accountsOfDeleted.get(id)?.domains ?? [],
      members: new Set([contact.id]),
    })),
  ];
  return states.some((state) => !after.includes(state.id ?? "") && isLinkedManually([contact], state));
}

/**
 * Returns a refusal for each contact that a saved undo deletes and that someone linked to an account after the plan was
 * created.
 */
export function refusalsForNewLinks({ changes, operations }: Plan, readings: Readings): Refusal[] {
  const contacts = new Map(readings.contacts.map((contact) => [contact.id, contact]));
  const changeAt = new Map(changes.map((change) => [change.address, change]));
  return operations.flatMap((operation) => {
    if (operation.kind !== "delete-contact") return [];
    const { accounts: after = [], subjects } = operation;
    const contact = contacts.get(operation.contact.id);
    const change = changeAt.get(subjects[0] ?? "");
    if (contact === undefined || change === undefined) return [];
    return isLinkedAfterRun({ after, confirmed: after }, contact, readings)
      ? [changedSincePlan(change, [{ label: "account" }])]
      : [];
  });
}

/**
 * Compares a contact's accounts with those before and after a run. `wasUnlinked` is true if an earlier undo of the
 * run, which may be incomplete, unlinked the contact.
 */
function compareLinks(
  { before, after, confirmed }: NonNullable<ContactChanges["accounts"]>,
  contact: RemoteContact,
  { byId, byMember }: AccountIndex,
  wasUnlinked: boolean,
): LinkComparison {
  const linkedAccounts = byMember.get(contact.id) ?? [];
  const current = [...new Set(linkedAccounts.map(({ id = "" }) => id))];
  const isLinked = (id: string) => current.includes(id);
  const added = after.filter((id) => !before.includes(id) && isLinked(id));
  // Links by domain are ignored, because Front creates them even to accounts that no entry of the run declares.
  const manualLinks = linkedAccounts.filter((state) => isLinkedManually([contact], state));
  const manual = [...new Set(manualLinks.map(({ id = "" }) => id))];
  const addedByOthers = manual.filter((id) => !before.includes(id) && !after.includes(id));
  const accountId = contact.account?.id;
  const isInUnreadAccount = current.length === 0 && accountId !== undefined && !before.includes(accountId);
  const matchesAfter = addedByOthers.length === 0 && !isInUnreadAccount && (wasUnlinked || confirmed.every(isLinked));
  return {
    matchesAfter,
    matchesBefore: before.every(isLinked) && added.length === 0,
    restored: before.filter((id) => byId.has(id)),
    removed: matchesAfter ? added : manual.filter((id) => !before.includes(id)),
    unreadable: before.filter((id) => !byId.has(id)),
  };
}

interface RestoredLinks {
  readonly restoredAccounts: readonly string[] | undefined;
  /** An account that the undo creates again. */
  readonly account: DesiredAccount | undefined;
}

/** Restores the links of contacts to accounts. */
export class AccountLinkUndo {
  readonly #readings: Readings;
  readonly #report: UndoReport;
  readonly #recreated: RecreatedAccounts;
  /**
   * IDs of contacts that an earlier undo unlinked from an account, perhaps without linking them to their previous
   * account.
   */
  readonly #unlinkedIds: ReadonlySet<string>;

  constructor(
    { accounts }: RunChanges,
    readings: Readings,
    { earlierUndos = [] }: { readonly earlierUndos?: readonly AppliedPlan[] },
    report: UndoReport,
  ) {
    this.#readings = readings;
    this.#report = report;
    this.#recreated = new RecreatedAccounts(accounts, readings);
    this.#unlinkedIds = new Set(earlierUndos.flatMap(unlinkedContactIds));
  }

  /** Returns the accounts to link and unlink; undefined if the accounts of the contact stay unchanged. */
  restore(
    changes: ContactChanges,
    contact: RemoteContact,
  ): (RestoredLinks & { readonly removed: readonly string[] | undefined }) | undefined {
    const { accounts } = changes;
    if (accounts === undefined) return undefined;
    const before = this.#recreated.currentIds(accounts.before);
    const wasUnlinked = this.#unlinkedIds.has(contact.id);
    const undo = compareLinks({ ...accounts, before }, contact, this.#readings.referencedAccounts, wasUnlinked);
    if (!this.#report.mayRestore(changes, "account", undo)) return undefined;
    const { links, missing } = this.#linksTo(undo);
    // Thousands of contacts may have lost only their account. A warning about the account is then enough.
    const isExplained = (id: string) => changes.address === undeclaredAddress(contact.id) && this.#recreated.isLost(id);
    for (const id of missing.filter((account) => !isExplained(account)))
      this.#report.addImpossible(
        changes,
        `its account ${id} cannot be read`,
        "If the account still exists in Front, use a token that can read accounts.",
      );
    // If none of the previous accounts can be restored, the contact stays in its current accounts.
    const isRestored = links.restoredAccounts !== undefined || links.account !== undefined;
    return !isRestored && undo.unreadable.length > 0 ? undefined : { ...links, removed: unlessEmpty(undo.removed) };
  }

  /** Returns the accounts to which a deleted contact is linked after it is created again. */
  recreate({ accounts }: ContactChanges): RestoredLinks & { readonly isComplete: boolean } {
    const { byId } = this.#readings.referencedAccounts;
    const before = this.#recreated.currentIds(accounts?.before ?? []);
    const [restored, unreadable] = [before.filter((id) => byId.has(id)), before.filter((id) => !byId.has(id))];
    const { links, missing } = this.#linksTo({ restored, unreadable });
    return { ...links, isComplete: accounts !== undefined && missing.length === 0 };
  }

  /**
   * An entry refers either to existing accounts or to one account that the undo creates. `missing` contains the
   * previous accounts that the entry does not refer to.
   */
  #linksTo({ restored, unreadable }: Pick<LinkComparison, "restored" | "unreadable">) {
    const references = restored.length > 0 ? [] : unreadable.flatMap((id) => this.#recreated.find(id) ?? []);
    const links: RestoredLinks = { restoredAccounts: unlessEmpty(restored), account: references[0] };
    const missing = unreadable.filter(
      (id) => links.account === undefined || this.#recreated.find(id) !== links.account,
    );
    return { links, missing };
  }
}
