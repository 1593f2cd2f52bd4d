import type { Clock } from "../clock/clock.ts";
import { type FrontApi, FrontError, undefinedIf, withUnknownOutcome } from "../front/api.ts";
import { PAGE_SIZE } from "../front/constants.ts";
import { domainKey, emailDomains, type RemoteAccount } from "../model/account.ts";
import { accountBelongings } from "../model/fingerprint.ts";
import type { AccountRef, Operation } from "../model/plan.ts";
import { accountPatchOver, isAccountAsCreated, isIdentifiedBy, newAccount } from "./account-patch.ts";
import { accountChanged, accountHasContacts, accountTaken } from "./messages.ts";

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;

/**
 * Sends a write. If its outcome is unknown, `look` checks Front, and the write is sent again only if it had no effect.
 */
type SendSafely = <T>(send: () => Promise<T>, look: () => Promise<T | true | undefined>) => Promise<T>;

type ApprovedAccount = Kind<"delete-account">["account"];

interface AccountsOptions {
  readonly clock: Clock;
  /** Milliseconds. Listings may omit a new account at first, so they are repeated after multiples of this time. */
  readonly backOff: number;
  readonly signal?: AbortSignal | undefined;
  readonly sendSafely: SendSafely;
  /** Ids of accounts that the plan creates and that already exist, by address. */
  readonly known?: ReadonlyMap<string, string> | undefined;
}

/** The accounts that changed last, and when they were requested, in the clock's monotonic milliseconds. */
interface Listing {
  readonly at: number;
  readonly accounts: readonly RemoteAccount[];
}

/** Milliseconds. The listing after a creation serves as the listing before the next one for this long. */
const REUSED_FOR = 10_000;
const WAITS = [2, 6];

/** Creates, changes and deletes accounts during an apply. */
export class Accounts {
  readonly #front: FrontApi;
  readonly #options: AccountsOptions;
  /** Creations run one after another, so that each sees the result of the previous one. */
  #turn: Promise<unknown> = Promise.resolve();
  #afterCreation: Listing | undefined;
  /** Ids of accounts that were created or already existed, by the address of their entry. */
  readonly #ids = new Map<string, string>();

  constructor(front: FrontApi, options: AccountsOptions) {
    this.#front = front;
    this.#options = options;
  }

  /**
   * Creates an account unless another run did. If another run created one at the same time, both runs keep the account
   * with the lowest id. Returns the id of the account.
   */
  async create(operation: Kind<"create-account">): Promise<string> {
    const created = this.#turn.then(() => this.#create(operation));
    this.#turn = created.catch(() => undefined);
    const id = await created;
    this.#ids.set(operation.subjects[0] ?? "", id);
    return id;
  }

  /** Returns the id of the account. */
  async update(operation: Kind<"update-account">): Promise<string> {
    const { id } = operation.account;
    await this.#front.editAccount(id, (fresh) => accountPatchOver(operation, fresh));
    return id;
  }

  /** Deletes an account that did not change since the approval, unless another run deleted it. Returns its id. */
  async delete({ account }: Kind<"delete-account">): Promise<string> {
    const found = await this.#front.account(account.id);
    if (found !== undefined) await undefinedIf("missing", this.#deleteAsApproved(account, found));
    return account.id;
  }

  async #deleteAsApproved({ id, contacts, belongings }: ApprovedAccount, found: RemoteAccount): Promise<void> {
    if (accountBelongings(found) !== belongings) throw accountChanged(id);
    let count = 0;
    for await (const page of this.#front.accountMembers(id)) {
      count += page.contacts.length + page.undecodable.length;
      if (count > contacts) throw accountHasContacts(id, contacts);
    }
    await this.#delete(id);
  }

  idOf(account: AccountRef): string {
    if ("id" in account) return account.id;
    const id = this.#ids.get(account.createdAs) ?? this.#options.known?.get(account.createdAs);
    if (id === undefined) throw new Error(`${account.createdAs} was not created before it was needed`);
    return id;
  }

  async #create(operation: Kind<"create-account">): Promise<string> {
    const before = await this.#listingBefore();
    const [existing] = accountsLike(operation, before);
    if (existing !== undefined) {
      this.#afterCreation = before;
      return adopt(operation, existing);
    }
    this.#afterCreation = undefined;
    const own = await this.#send(operation);
    try {
      return await this.#keepOne(operation, own, before);
    } catch (error) {
      // The account was created, but another run may have created one too.
      throw withUnknownOutcome(error);
    }
  }

  /**
   * Deletes the created account if another run created the same one before. Returns the id of the account that stays.
   */
  async #keepOne(operation: Kind<"create-account">, own: RemoteAccount, before: Listing): Promise<string> {
    const after = await this.#lookFor(own.id);
    this.#afterCreation = after;
    const [kept = own, ...others] = accountsLike(operation, after);
    const untouchable = new Set(before.accounts.map(({ id }) => id));
    if (kept.id !== own.id && others.some(({ id }) => id === own.id) && !untouchable.has(own.id)) {
      await this.#deleteSpare(own);
      this.#afterCreation = undefined;
    }
    return kept.id;
  }

  async #send(operation: Kind<"create-account">): Promise<RemoteAccount> {
    const shown = async () => {
      const [found] = accountsLike(operation, await this.#look());
      if (found === undefined || isAccountAsCreated(operation, found)) return found;
      throw accountTaken(found.id, "unknown");
    };
    try {
      return await this.#options.sendSafely(() => this.#front.createAccount(newAccount(operation)), shown);
    } catch (error) {
      // Front may refuse a second account with the same domain, which another run may have created.
      if (!(error instanceof FrontError) || error.outcome === "unknown") throw error;
      if (!["conflict", "refused"].includes(error.code)) throw error;
      const [same] = accountsLike(operation, await this.#look());
      if (same === undefined || !isAccountAsCreated(operation, same)) throw error;
      return same;
    }
  }

  async #listingBefore(): Promise<Listing> {
    const recent = this.#afterCreation;
    if (recent !== undefined && this.#options.clock.monotonic() - recent.at < REUSED_FOR) return recent;
    return await this.#look();
  }

  /**
   * Lists accounts until this one appears, because listings may omit a new account at first. It is not an error if the
   * account never appears, because the response to its creation has the id.
   */
  async #lookFor(id: string): Promise<Listing> {
    const { clock, backOff, signal } = this.#options;
    let listing = await this.#look();
    for (const wait of WAITS) {
      if (listing.accounts.some((account) => account.id === id)) break;
      await clock.sleep(wait * backOff, signal);
      listing = await this.#look();
    }
    return listing;
  }

  /** Lists the 100 accounts that changed last, which include those that were created or got a domain since the plan. */
  async #look(): Promise<Listing> {
    const at = this.#options.clock.monotonic();
    const found: RemoteAccount[] = [];
    for await (const { accounts } of this.#front.accounts("last-changed-first")) {
      found.push(...accounts);
      if (found.length >= PAGE_SIZE) break;
    }
    return { at, accounts: found };
  }

  /**
   * Deletes an account of this run that another run created too. An account with contacts that did not join it by
   * domain is kept, and the next plan reports both accounts.
   */
  async #deleteSpare({ id, domains }: RemoteAccount): Promise<void> {
    const own = new Set(domains.map(domainKey));
    try {
      for await (const { contacts, undecodable } of this.#front.accountMembers(id)) {
        const isJoinedByDomain = contacts.every(({ handles }) =>
          emailDomains(handles).some((domain) => own.has(domain)),
        );
        if (!isJoinedByDomain || undecodable.length > 0) return;
      }
      await this.#delete(id);
    } catch (error) {
      if (error instanceof FrontError && ["missing", "forbidden"].includes(error.code)) return;
      throw error;
    }
  }

  async #delete(id: string): Promise<void> {
    const isGone = async () => ((await this.#front.account(id)) === undefined ? true : undefined);
    await this.#options.sendSafely<unknown>(() => this.#front.deleteAccount(id), isGone);
  }
}

/** Returns the accounts that have the external id or a domain of the one to create, oldest first. */
function accountsLike(operation: Kind<"create-account">, { accounts }: Listing): RemoteAccount[] {
  return accounts
    .filter((account) => isIdentifiedBy(operation, account))
    .sort((one, other) => one.id.length - other.id.length || (one.id < other.id ? -1 : 1));
}

function adopt(operation: Kind<"create-account">, existing: RemoteAccount): string {
  if (!isAccountAsCreated(operation, existing)) throw accountTaken(existing.id, "not-done");
  return existing.id;
}
