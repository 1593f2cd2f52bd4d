import type { ApplyReport } from "../applying/apply.ts";
import { type ContactPage, type FrontApi, FrontError, undecodableContactOf, undefinedIf } from "../front/api.ts";
import type { RemoteAccount } from "../model/account.ts";
import { append } from "../model/append.ts";
import type { Change } from "../model/change.ts";
import type { RemoteContact, UndecodableContact } from "../model/contact.ts";
import { type AccountRef, isLinkOperation, type LinkOperation, type Operation, type Plan } from "../model/plan.ts";
import { type ListRead, planVerification, type VerificationPlan } from "../planning/verification-reads.ts";
import { forEachConcurrently } from "../reading/concurrent-for-each.ts";
import { pagesOf } from "../reading/read-strategy.ts";
import { compareMembership, type Finding } from "./compare-with-plan.ts";

/** A contact or an account to verify, a list that was deleted, or a contact that was removed from a list. */
export type Subject = {
  readonly address: string;
  readonly id: string;
  /** The change of this resource. For a contact that was removed from a list, the change of the list. */
  readonly change: Change;
  readonly operations: readonly Operation[];
} & (
  | { readonly kind: "contact" | "account" | "deleted-list" }
  | { readonly kind: "removed-member"; readonly name: string; readonly listId: string }
);

/** Maximum number of contacts to read again one by one. More contacts are read again with a listing. */
const MAX_SINGLE_READS = 100;

/** Reads resources from Front after an apply, in few requests. */
export class VerificationReader {
  readonly #front: FrontApi;
  readonly #report: ApplyReport;
  readonly #plan: VerificationPlan;
  readonly #idOf: ReadonlyMap<string, string>;
  /**
   * IDs of contacts to read. A contact of which only the account changed is not read, because the members of the
   * account show the change.
   */
  readonly #idsToRead: ReadonlySet<string>;
  readonly #contacts = new Map<string, RemoteContact | "missing" | UndecodableContact>();
  /** IDs of contacts that left a list, did not change otherwise, and are not among the members of the list. */
  readonly #formerMembers = new Set<string>();
  #listIds: ReadonlySet<string> = new Set();
  /** IDs of members, by account. */
  readonly #members = new Map<string, ReadonlySet<string>>();
  readonly #accounts = new Map<string, RemoteAccount | "missing">();

  constructor(
    subjects: readonly Subject[],
    { plan, report, front }: { plan: Pick<Plan, "operations" | "basis">; report: ApplyReport; front: FrontApi },
  ) {
    this.#front = front;
    this.#report = report;
    this.#idOf = new Map(subjects.map(({ address, id }) => [address, id]));
    this.#plan = planVerification(plan.operations, plan.basis.sizes, (address) => this.#idOf.has(address));
    this.#idsToRead = this.#idsOf([
      ...this.#plan.changedContacts,
      ...this.#plan.members,
      ...this.#plan.deletedContacts,
    ]);
  }

  /** Returns undefined if the contact was not read yet. */
  contactOf(id: string): RemoteContact | "missing" | UndecodableContact | undefined {
    return this.#contacts.get(id);
  }

  /** Returns undefined if the account was not read yet. */
  accountOf(id: string): RemoteAccount | "missing" | undefined {
    return this.#accounts.get(id);
  }

  needsReading(id: string): boolean {
    return this.#idsToRead.has(id) && !this.#formerMembers.has(id);
  }

  /**
   * Reads listings, which may contain many of the resources. Treats a list or an account that no longer exists as
   * empty.
   */
  async readListings(subjects: readonly Subject[]): Promise<void> {
    await this.#readListing(this.#idsOf([...this.#plan.changedContacts, ...this.#plan.members]));
    for (const reading of this.#plan.lists) await undefinedIf("missing", this.#readMembers(reading));
    await this.#readMembersOfAccounts(subjects);
    await this.#readAccountListing(subjects);
    await this.#readLists(subjects);
  }

  hasList(id: string): boolean {
    return this.#listIds.has(id);
  }

  async #readLists(subjects: readonly Subject[]): Promise<void> {
    if (!subjects.some(isDeletedList)) return;
    this.#listIds = new Set((await this.#front.contactLists()).map(({ id }) => id));
  }

  /**
   * Reads the resources that have not been read yet or that were not as planned: individually, or with a listing if
   * there are many contacts. `isFirst` is true directly after the first listings, which need not be repeated.
   */
  async readAgain(subjects: readonly Subject[], { isFirst }: { readonly isFirst: boolean }): Promise<void> {
    const accounts = subjects.filter(isAccount).filter(({ id }) => !(isFirst && this.#accounts.has(id)));
    await forEachConcurrently(accounts, async ({ id }) => {
      this.#accounts.set(id, (await this.#front.account(id)) ?? "missing");
    });
    const contacts = subjects.filter((subject) => !isDeletedList(subject) && !isAccount(subject));
    const ids = [...new Set(contacts.map(({ id }) => id))].filter((id) => this.needsReading(id));
    const readBefore = ids.filter((id) => this.#contacts.has(id));
    const useListing = readBefore.length > MAX_SINGLE_READS;
    if (useListing && !isFirst) await this.#readListing(new Set(readBefore));
    const single = useListing ? ids.filter((id) => !this.#contacts.has(id)) : ids;
    await forEachConcurrently(single, async (id) => {
      this.#contacts.set(id, (await this.#readContact(id)) ?? "missing");
    });
    if (isFirst) return;
    await this.#readMembersOfAccounts(subjects);
    await this.#readLists(subjects);
  }

  compareAccounts(id: string, operations: readonly Operation[]): Finding[] {
    return operations.filter(isLinkOperation).flatMap(({ kind, account }) => {
      const accountId = this.#accountId(account);
      const isMember = this.#members.get(accountId)?.has(id) ?? false;
      return compareMembership(`account ${accountId}`, { expected: kind === "link-account", actual: isMember });
    });
  }

  async #readListing(ids: ReadonlySet<string>): Promise<void> {
    const { listingPages } = this.#plan;
    const { startedAt } = this.#report;
    if (listingPages === undefined || startedAt === undefined) return;
    await this.#find(new Set(ids), this.#front.contacts({ updatedAfter: startedAt }), listingPages);
  }

  async #readMembers({ list, pages, addedMembers, removedMembers }: ListRead): Promise<void> {
    const listId = list.id ?? this.#idOfNewList(list.name);
    if (listId === undefined) return;
    const removedIds = this.#idsOf(removedMembers);
    const missing = new Set([...this.#idsOf(addedMembers), ...removedIds].filter((id) => !this.#contacts.has(id)));
    const isComplete = await this.#find(missing, this.#front.listMembers(listId), pages);
    if (isComplete) for (const id of missing) if (removedIds.has(id)) this.#formerMembers.add(id);
  }

  /**
   * Reads pages until all missing contacts are found, or until reading the rest one by one probably takes fewer
   * requests. `expected` is the expected number of pages. Returns whether all pages were read.
   */
  async #find(missing: Set<string>, pages: AsyncIterable<ContactPage>, expected: number): Promise<boolean> {
    let read = 0;
    for await (const { contacts, last } of pages) {
      read += 1;
      for (const contact of contacts) if (missing.delete(contact.id)) this.#contacts.set(contact.id, contact);
      if (last) return true;
      if (isEnough({ read, expected, missing: missing.size })) return false;
    }
    return true;
  }

  #idOfNewList(name: string): string | undefined {
    for (const result of this.#report.results) {
      const { operation } = result;
      if (operation.kind === "add-to-list" && operation.list.name === name && "listId" in result) return result.listId;
    }
    return undefined;
  }

  /** Created and changed accounts are among the accounts that changed last. */
  async #readAccountListing(subjects: readonly Subject[]): Promise<void> {
    const missing = new Set(
      subjects.filter(isAccount).flatMap(({ change, id }) => (change.after === null ? [] : [id])),
    );
    if (missing.size < 2) return;
    let pages = pagesOf(missing.size);
    for await (const { accounts } of this.#front.accounts("last-changed-first")) {
      for (const account of accounts) if (missing.delete(account.id)) this.#accounts.set(account.id, account);
      pages -= 1;
      if (pages === 0 || missing.size === 0) return;
    }
  }

  #accountId(account: AccountRef): string {
    return "id" in account ? account.id : (this.#idOf.get(account.createdAs) ?? "");
  }

  async #readMembersOfAccounts(subjects: readonly Subject[]): Promise<void> {
    for (const [accountId, changes] of this.#linkChanges(subjects)) {
      const members = new Set<string>();
      this.#members.set(accountId, members);
      const isComplete = () => changes.every(({ kind, id }) => kind === "link-account" && members.has(id));
      await undefinedIf("missing", collectIds(this.#front.accountMembers(accountId), members, isComplete));
    }
  }

  /** Returns undefined if the contact was deleted, or if its ID redirects to another contact because it was merged. */
  async #readContact(id: string): Promise<RemoteContact | UndecodableContact | undefined> {
    try {
      return await this.#front.contact(id);
    } catch (error) {
      if (error instanceof FrontError && error.code === "changed") return undefined;
      const undecodable = undecodableContactOf(error);
      if (undecodable !== undefined) return undecodable;
      throw error;
    }
  }

  /** Returns the contacts to link and to unlink, by account ID. */
  #linkChanges(subjects: readonly Subject[]): ReadonlyMap<string, readonly LinkChange[]> {
    const changes = new Map<string, LinkChange[]>();
    for (const { id, operations } of subjects) {
      for (const { kind, account } of operations.filter(isLinkOperation))
        append(changes, this.#accountId(account), { kind, id });
    }
    return changes;
  }

  #idsOf(addresses: Iterable<string>): Set<string> {
    return new Set([...addresses].map((address) => this.#idOf.get(address)).filter((id) => id !== undefined));
  }
}

/**
 * Returns whether to stop reading pages. Once as many pages as expected were read, it is unknown how many follow; the
 * number of missing contacts is then compared with the number of pages read.
 */
function isEnough({ read, expected, missing }: { read: number; expected: number; missing: number }): boolean {
  if (missing === 0) return true;
  return read < expected ? expected - read > missing : read >= missing;
}

function isDeletedList({ kind }: Subject): boolean {
  return kind === "deleted-list";
}

type LinkChange = Pick<LinkOperation, "kind" | "id">;

function isAccount({ kind }: Subject): boolean {
  return kind === "account";
}

async function collectIds(
  pages: AsyncIterable<ContactPage>,
  ids: Set<string>,
  isComplete: () => boolean,
): Promise<void> {
  for await (const { contacts } of pages) {
    for (const { id } of contacts) ids.add(id);
    if (isComplete()) return;
  }
}
