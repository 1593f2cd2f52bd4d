import type { ApplyReport } from "../applying/apply.ts";
import { type ContactPage, type FrontApi, FrontError, undecodableContactOf, undefinedIf } from "../front/api.ts";
import type { RemoteAccount } from "../model/account.ts";
import type { Change } from "../model/change.ts";
import type { RemoteContact, UndecodableContact } from "../model/contact.ts";
import type { AccountRef, Operation, Plan } from "../model/plan.ts";
import { type ListReading, planVerification, type VerificationPlan } from "../planning/verification-reads.ts";
import { forEachConcurrently } from "../reading/concurrent-for-each.ts";
import { pagesOf } from "../reading/read-strategy.ts";
import { compareMembership, type Finding } from "./compare-with-plan.ts";

/** A contact or an account to verify, or a list that was deleted. */
export interface Subject {
  readonly change: Change;
  readonly id: string;
  /** The address of a contact without a change of its own. */
  readonly address?: string;
  /** The list that a contact leaves because of a change of the list. */
  readonly leaves?: { readonly listId: string; readonly name: string };
  /** All operations applied to it. */
  readonly operations: readonly Operation[];
}

/** Maximum number of contacts to read one by one; more are listed again. */
const MAX_SINGLE_READS = 100;

/** Reads resources from Front after an apply, in as few requests as possible. */
export class VerificationReader {
  readonly #front: FrontApi;
  readonly #report: ApplyReport;
  readonly #plan: VerificationPlan;
  readonly #idOf: ReadonlyMap<string, string>;
  /** Ids of contacts to read. Other contacts changed only their account, which Front does not show on a contact. */
  readonly #toSee: ReadonlySet<string>;
  readonly #shown = new Map<string, RemoteContact | "gone" | UndecodableContact>();
  /** Ids of contacts that only leave a list, and that are not among its members. */
  readonly #left = new Set<string>();
  /** Ids of the lists in Front. */
  #lists: ReadonlySet<string> = new Set();
  /** Ids of members, by account. */
  readonly #members = new Map<string, ReadonlySet<string>>();
  readonly #accounts = new Map<string, RemoteAccount | "gone">();

  constructor(
    subjects: readonly Subject[],
    { plan, report, front }: { plan: Pick<Plan, "operations" | "basis">; report: ApplyReport; front: FrontApi },
  ) {
    this.#front = front;
    this.#report = report;
    this.#idOf = new Map(subjects.map(({ change, id, address = change.address }) => [address, id]));
    this.#plan = planVerification(plan.operations, plan.basis.sizes, (address) => this.#idOf.has(address));
    this.#toSee = this.#idsOf([...this.#plan.listed, ...this.#plan.members, ...this.#plan.deleted]);
  }

  /** Returns undefined when the contact was not read yet. */
  of(id: string): RemoteContact | "gone" | UndecodableContact | undefined {
    return this.#shown.get(id);
  }

  /** Returns undefined when the account was not read yet. */
  accountOf(id: string): RemoteAccount | "gone" | undefined {
    return this.#accounts.get(id);
  }

  /** Returns whether the contact can be verified without reading it. */
  needsNoReading(id: string): boolean {
    return this.#left.has(id) || !this.#toSee.has(id);
  }

  /** Reads the listings that show many contacts each. A list or an account that no longer exists has no members. */
  async gather(subjects: readonly Subject[]): Promise<void> {
    await this.#readListing(this.#idsOf([...this.#plan.listed, ...this.#plan.members]));
    for (const reading of this.#plan.lists) await undefinedIf("missing", this.#readMembers(reading));
    await this.#readMembersOfAccounts(subjects);
    await this.#readAccountListing(subjects);
    await this.#readLists(subjects);
  }

  /** Returns whether a list that was deleted is still there. */
  hasList(id: string): boolean {
    return this.#lists.has(id);
  }

  async #readLists(subjects: readonly Subject[]): Promise<void> {
    if (!subjects.some(isDeletedList)) return;
    this.#lists = new Set((await this.#front.contactLists()).map(({ id }) => id));
  }

  /** Reads contacts one by one, or lists them again when there are many. */
  async lookAgain(subjects: readonly Subject[], { first }: { readonly first: boolean }): Promise<void> {
    const accounts = subjects.filter(isAccount).filter(({ id }) => !(first && this.#accounts.has(id)));
    await forEachConcurrently(accounts, async ({ id }) => {
      this.#accounts.set(id, (await this.#front.account(id)) ?? "gone");
    });
    const contacts = subjects.filter((subject) => !isDeletedList(subject) && !isAccount(subject));
    const ids = [...new Set(contacts.map(({ id }) => id))].filter((id) => !this.needsNoReading(id));
    const seen = ids.filter((id) => this.#shown.has(id));
    const many = seen.length > MAX_SINGLE_READS;
    if (many && !first) await this.#readListing(new Set(seen));
    const each = many ? ids.filter((id) => !this.#shown.has(id)) : ids;
    await forEachConcurrently(each, async (id) => {
      this.#shown.set(id, (await this.#read(id)) ?? "gone");
    });
    if (first) return;
    await this.#readMembersOfAccounts(subjects);
    await this.#readLists(subjects);
  }

  /** Compares the account links of a contact with the plan. */
  compareAccounts(id: string, operations: readonly Operation[]): Finding[] {
    return operations.filter(isLink).map(({ kind, account }) => {
      const accountId = this.#accountId(account);
      const isMember = this.#members.get(accountId)?.has(id) ?? false;
      return compareMembership(`account ${accountId}`, kind === "link-account", isMember);
    });
  }

  async #readListing(ids: ReadonlySet<string>): Promise<void> {
    const { listing } = this.#plan;
    const { startedAt } = this.#report;
    if (listing === undefined || startedAt === undefined) return;
    await this.#find(new Set(ids), this.#front.contacts({ updatedAfter: startedAt }), listing);
  }

  async #readMembers({ list, pages, joined, left }: ListReading): Promise<void> {
    const listId = list.id ?? this.#idOfNewList(list.name);
    if (listId === undefined) return;
    const leavers = this.#idsOf(left);
    const missing = new Set([...this.#idsOf(joined), ...leavers].filter((id) => !this.#shown.has(id)));
    const isWhole = await this.#find(missing, this.#front.listMembers(listId), pages);
    if (isWhole) for (const id of missing) if (leavers.has(id)) this.#left.add(id);
  }

  /** Reads pages until all missing contacts are found or single reads are cheaper. Returns true at the last page. */
  async #find(missing: Set<string>, pages: AsyncIterable<ContactPage>, expected: number): Promise<boolean> {
    let read = 0;
    for await (const { contacts, last } of pages) {
      read += 1;
      for (const contact of contacts) if (missing.delete(contact.id)) this.#shown.set(contact.id, contact);
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

  /** Reads created and changed accounts from the listing of the accounts that changed last. */
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
    for (const [accountId, { linked, unlinked }] of this.#linksOf(subjects)) {
      const members = new Set<string>();
      this.#members.set(accountId, members);
      const isOver = () => unlinked.length === 0 && linked.every((id) => members.has(id));
      await undefinedIf("missing", collect(this.#front.accountMembers(accountId), members, isOver));
    }
  }

  /** Reads a contact; undefined if it is gone. An id that leads to another contact was merged away. */
  async #read(id: string): Promise<RemoteContact | UndecodableContact | undefined> {
    try {
      return await this.#front.contact(id);
    } catch (error) {
      if (error instanceof FrontError && error.code === "changed") return undefined;
      const undecodable = undecodableContactOf(error);
      if (undecodable !== undefined) return undecodable;
      throw error;
    }
  }

  #linksOf(subjects: readonly Subject[]): ReadonlyMap<string, Links> {
    const accounts = new Map<string, Links>();
    for (const { id, operations } of subjects) {
      for (const { kind, account } of operations.filter(isLink)) {
        const accountId = this.#accountId(account);
        const links = accounts.get(accountId) ?? { linked: [], unlinked: [] };
        links[kind === "link-account" ? "linked" : "unlinked"].push(id);
        accounts.set(accountId, links);
      }
    }
    return accounts;
  }

  #idsOf(addresses: Iterable<string>): Set<string> {
    return new Set([...addresses].map((address) => this.#idOf.get(address)).filter((id) => id !== undefined));
  }
}

/** Returns whether to stop reading pages. Another page is worth reading if it saves at least one single read. */
function isEnough({ read, expected, missing }: { read: number; expected: number; missing: number }): boolean {
  if (missing === 0) return true;
  return read < expected ? expected - read > missing : read >= missing;
}

function isDeletedList({ change, leaves }: Subject): boolean {
  return change.type === "front_contact_list" && leaves === undefined;
}

interface Links {
  readonly linked: string[];
  readonly unlinked: string[];
}

function isLink(operation: Operation): operation is Extract<Operation, { kind: "link-account" | "unlink-account" }> {
  return operation.kind === "link-account" || operation.kind === "unlink-account";
}

function isAccount({ change }: Subject): boolean {
  return change.type === "front_account";
}

async function collect(pages: AsyncIterable<ContactPage>, ids: Set<string>, isOver: () => boolean): Promise<void> {
  for await (const { contacts } of pages) {
    for (const { id } of contacts) ids.add(id);
    if (isOver()) return;
  }
}
