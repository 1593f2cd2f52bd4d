import { type AccountPatch, type FrontApi, FrontError, undefinedIf, withUnknownOutcome } from "../front/api.ts";
import { PAGE_SIZE } from "../front/constants.ts";
import { domainKey, hasEmailInDomain, type RemoteAccount } from "../model/account.ts";
import { oldestFirst, type RemoteContact } from "../model/contact.ts";
import { hashAccountValues } from "../model/fingerprint.ts";
import type { AccountRef, ApprovedAccount, OperationOf } from "../model/plan.ts";
import {
  isAccountAsCreated,
  isIdentifiedBy,
  newAccount,
  remainingAccountPatch,
  remainingAccountUpdate,
} from "./account-patch.ts";
import { CreationQueue, listUntil } from "./creation-listings.ts";
import { editWithEmptyFields } from "./empty-fields.ts";
import { accountChangedError, accountHasContactsError, accountTakenError } from "./messages.ts";
import type { PerformResult } from "./perform-result.ts";
import type { SafeWrites } from "./safe-writes.ts";

/** The accounts that changed last. `requestedAt` is in the clock's monotonic milliseconds. */
interface Listing {
  readonly requestedAt: number;
  readonly accounts: readonly RemoteAccount[];
}

type AccountResult = PerformResult & Required<Pick<PerformResult, "accountId">>;

export class Accounts {
  readonly #front: FrontApi;
  readonly #writes: SafeWrites;
  readonly #creations: CreationQueue<Listing>;
  /** IDs of accounts, by the address of the entry that declares them. */
  readonly #ids = new Map<string, string>();
  /** Keys of the domains that this run added, by the ID of the account. */
  readonly #addedDomains = new Map<string, ReadonlySet<string>>();

  constructor(front: FrontApi, writes: SafeWrites) {
    this.#front = front;
    this.#writes = writes;
    this.#creations = new CreationQueue(writes.options.clock);
  }

  /**
   * Creates an account, unless it already exists. If another run creates it at the same time, both runs use the older
   * account. Throws a `FrontError` if an account with the same domain or external ID has other values.
   */
  async create(operation: OperationOf<"create-account">): Promise<AccountResult> {
    const result = await this.#creations.add(() => this.#create(operation));
    this.#ids.set(operation.subjects[0] ?? "", result.accountId);
    this.#addedDomains.set(result.accountId, new Set(operation.domains?.map(domainKey)));
    return result;
  }

  /**
   * Performs the part of the update that the account still needs. Throws a `FrontError` if the values to update changed
   * after the plan was created.
   */
  async update(operation: OperationOf<"update-account">): Promise<AccountResult> {
    const { id } = operation.account;
    let before: RemoteAccount | undefined;
    await editWithEmptyFields<RemoteAccount, AccountPatch>(
      (patchFor) => this.#front.editAccount(id, patchFor),
      (current) => {
        // After a lost response, a later read may already show the new values.
        before ??= current;
        return remainingAccountPatch(operation, current);
      },
    );
    this.#addedDomains.set(id, new Set(operation.addDomains?.map(domainKey)));
    const performed = before && remainingAccountUpdate(operation, before);
    return { accountId: id, ...(performed ? { performed } : { alreadyDone: true }) };
  }

  /**
   * Deletes an account, unless it no longer exists. Throws a `FrontError` if the account changed or gained contacts after
   * the approval. Ignores the contacts in `changedIds`, which Front may have linked by their new email addresses.
   */
  async delete({ account }: OperationOf<"delete-account">, changedIds: ReadonlySet<string>): Promise<AccountResult> {
    const current = await this.#front.account(account.id);
    if (current === undefined) return { accountId: account.id, alreadyDone: true };
    await undefinedIf("missing", this.#deleteAsApproved(account, current, changedIds));
    return { accountId: account.id };
  }

  async #deleteAsApproved(
    { id, contacts, members, belongings }: ApprovedAccount,
    current: RemoteAccount,
    changedIds: ReadonlySet<string>,
  ): Promise<void> {
    if (hashAccountValues(current) !== belongings) throw accountChangedError(id);
    const approved = new Set(members);
    let count = 0;
    for await (const page of this.#front.accountMembers(id)) {
      const others = [...page.contacts, ...page.undecodable].filter(
        (contact) => contact.id === undefined || !(approved.has(contact.id) || changedIds.has(contact.id)),
      );
      count += others.length;
      if (count > (members === undefined ? contacts : 0)) throw accountHasContactsError(id);
    }
    await this.#delete(id);
  }

  /** Returns whether this run added a domain of the contact's email addresses to an account. */
  hasAddedDomainOf({ handles }: RemoteContact, accountId: string): boolean {
    return hasEmailInDomain(handles, this.#addedDomains.get(accountId) ?? new Set());
  }

  idOf(account: AccountRef): string {
    if ("id" in account) return account.id;
    const id = this.#ids.get(account.createdAs);
    if (id === undefined) throw new Error(`${account.createdAs} was not created before it was needed`);
    return id;
  }

  async #create(operation: OperationOf<"create-account">): Promise<AccountResult> {
    const before = await this.#creations.listingBefore(() => this.#list());
    const [existing] = matchingAccounts(operation, before);
    if (existing !== undefined) {
      this.#creations.listingAfterCreation = before;
      if (!isAccountAsCreated(operation, existing)) throw accountTakenError(existing.id, "not-done");
      return { accountId: existing.id, alreadyDone: true };
    }
    this.#creations.listingAfterCreation = undefined;
    const created = await this.#sendCreation(operation);
    try {
      return { accountId: await this.#deleteDuplicate(operation, created, before) };
    } catch (error) {
      // The account was created, but another run may have created the same account.
      throw withUnknownOutcome(error);
    }
  }

  /**
   * Deletes the created account if another run created the same account earlier. Returns the ID of the oldest matching
   * account.
   */
  async #deleteDuplicate(
    operation: OperationOf<"create-account">,
    created: RemoteAccount,
    before: Listing,
  ): Promise<string> {
    // The listing may still omit the account. Its ID is known from the response to the creation.
    const hasCreated = (accounts: readonly RemoteAccount[]) => accounts.some(({ id }) => id === created.id);
    const after = await listUntil(
      () => this.#list(),
      ({ accounts }) => hasCreated(accounts),
      this.#writes.options,
    );
    this.#creations.listingAfterCreation = after;
    const matching = matchingAccounts(operation, after);
    const [oldest = created] = matching;
    if (oldest.id !== created.id && hasCreated(matching) && !hasCreated(before.accounts)) {
      await this.#deleteUnlessLinked(created);
      this.#creations.listingAfterCreation = undefined;
    }
    return oldest.id;
  }

  async #sendCreation(operation: OperationOf<"create-account">): Promise<RemoteAccount> {
    const findCreated = async () => {
      const [account] = matchingAccounts(operation, await this.#list());
      if (account === undefined || isAccountAsCreated(operation, account)) return account;
      throw accountTakenError(account.id, "unknown");
    };
    try {
      return await this.#writes.sendWithRepeatedChecks(
        () => this.#front.createAccount(newAccount(operation)),
        findCreated,
      );
    } catch (error) {
      // Front may reject the creation because another run has created the account.
      if (!(error instanceof FrontError) || error.outcome === "unknown") throw error;
      if (!["conflict", "refused"].includes(error.code)) throw error;
      const [account] = matchingAccounts(operation, await this.#list());
      if (account === undefined || !isAccountAsCreated(operation, account)) throw error;
      return account;
    }
  }

  /** Lists about 100 accounts, last changed first: enough to find an account that another run has just created. */
  async #list(): Promise<Listing> {
    const requestedAt = this.#writes.options.clock.monotonic();
    const listed: RemoteAccount[] = [];
    for await (const { accounts } of this.#front.accounts("last-changed-first")) {
      listed.push(...accounts);
      if (listed.length >= PAGE_SIZE) break;
    }
    return { requestedAt, accounts: listed };
  }

  /**
   * Deletes a duplicate of another run's account. Keeps it if it has contacts that were not linked by domain, or if the
   * token cannot delete it; the next plan then reports both accounts.
   */
  async #deleteUnlessLinked({ id, domains }: RemoteAccount): Promise<void> {
    const keys = new Set(domains.map(domainKey));
    try {
      for await (const { contacts, undecodable } of this.#front.accountMembers(id)) {
        const areLinkedByDomain = contacts.every(({ handles }) => hasEmailInDomain(handles, keys));
        if (!areLinkedByDomain || undecodable.length > 0) return;
      }
      await this.#delete(id);
    } catch (error) {
      if (error instanceof FrontError && ["missing", "forbidden"].includes(error.code)) return;
      throw error;
    }
  }

  async #delete(id: string): Promise<void> {
    const isGone = async () => ((await this.#front.account(id)) === undefined ? true : undefined);
    await this.#writes.sendWithRepeatedChecks<unknown>(() => this.#front.deleteAccount(id), isGone);
  }
}

function matchingAccounts(operation: OperationOf<"create-account">, { accounts }: Listing): RemoteAccount[] {
  return accounts.filter((account) => isIdentifiedBy(operation, account)).sort(oldestFirst);
}
