import { isListAddress, undeclaredAddress } from "../model/address.ts";
import { accountKey, type ListRef, type Operation, type OperationOf, type Sizes } from "../model/plan.ts";
import { pagesOf } from "../reading/read-strategy.ts";

/** A list whose members are read, because this takes fewer requests than reading the contacts individually. */
export interface ListRead {
  readonly list: ListRef;
  /** Expected number of pages of members. */
  readonly pages: number;
  /** Addresses of the contacts that were added to the list. */
  readonly addedMembers: readonly string[];
  /** Addresses of the contacts that were removed from the list and did not change otherwise. */
  readonly removedMembers: readonly string[];
}

/** The reads that verify operations with as few requests as possible. Sets contain addresses. */
export interface VerificationPlan {
  /** Contacts that appear in the listing of recent changes. */
  readonly listed: ReadonlySet<string>;
  /** Contacts with changes only to their lists. They may be missing from the listing of recent changes. */
  readonly members: ReadonlySet<string>;
  /** Expected number of pages of the listing; undefined if reading contacts individually takes fewer requests. */
  readonly listing: number | undefined;
  readonly lists: readonly ListRead[];
  readonly deleted: ReadonlySet<string>;
  /** True to read all lists of the company, to verify that lists were deleted. */
  readonly listsDeleted: boolean;
  /** Accounts that were created or updated. */
  readonly changedAccounts: ReadonlySet<string>;
  readonly deletedAccounts: ReadonlySet<string>;
  /**
   * Expected number of pages of members of each account, by the id of the account or the address of the entry that
   * creates the account.
   */
  readonly accounts: ReadonlyMap<string, number>;
  /** Total number of requests. */
  readonly requests: number;
}

/** Returns the reads that verify operations. `isVerified` returns whether to verify the resource at an address. */
export function planVerification(
  operations: readonly Operation[],
  sizes: Sizes = {},
  isVerified: (address: string) => boolean = () => true,
): VerificationPlan {
  const changedResources = new ChangedResources(sizes, isVerified, memberAddresses(operations));
  for (const operation of operations) changedResources.add(operation);
  const { listed, deleted, listsDeleted, changedAccounts, deletedAccounts } = changedResources;
  const members = changedResources.onlyMembers();
  const lists = changedResources.listsToRead(members);
  const listPages = sumOf(lists, ({ pages }) => pages);
  const membersInLists = sumOf(
    lists,
    ({ addedMembers, removedMembers }) => addedMembers.length + removedMembers.length,
  );
  const memberReads = listPages + members.size - membersInLists;
  // The listing may also contain members, so it is worth one request if reading them individually takes several.
  const listing = listed.size > 0 || memberReads > 1 ? pagesOf(listed.size) : undefined;
  const accounts = changedResources.accountPages();
  const accountPages = sumOf([...accounts.values()], (pages) => pages);
  const accountReads = (changedAccounts.size === 0 ? 0 : pagesOf(changedAccounts.size)) + deletedAccounts.size;
  const requests = (listing ?? 0) + memberReads + deleted.size + Number(listsDeleted) + accountPages + accountReads;
  const accountSets = { changedAccounts, deletedAccounts, accounts };
  return { listed, members, listing, lists, deleted, listsDeleted, ...accountSets, requests };
}

function sumOf<T>(values: readonly T[], numberOf: (value: T) => number): number {
  return values.reduce((sum, value) => sum + numberOf(value), 0);
}

type MembershipOperation = OperationOf<"add-to-list" | "remove-from-list">;

/**
 * Returns a function that returns the addresses of the contacts that an operation adds to a list or removes from it. If
 * a list with exact members removes a contact that also has its own change, returns the address of that change, so the
 * contact is read only once.
 */
export function memberAddresses(operations: readonly Operation[]): (operation: MembershipOperation) => string[] {
  const addressById = new Map(operations.flatMap(addressesById));
  return ({ subjects, contacts }) =>
    contacts.map((contact, index) => {
      const subject = subjects[index] ?? "";
      if (!isListAddress(subject) || !("id" in contact)) return subject;
      return addressById.get(contact.id) ?? undeclaredAddress(contact.id);
    });
}

/** Returns the ids of the contacts that an operation changes, with their addresses. */
function addressesById(operation: Operation): (readonly [id: string, address: string])[] {
  const { subjects } = operation;
  const contacts = "contacts" in operation ? operation.contacts : "contact" in operation ? [operation.contact] : [];
  const changed = operation.kind === "merge-contacts" ? [operation.target] : contacts;
  return changed.flatMap((contact, index) => {
    const address = subjects[index] ?? "";
    return "id" in contact && !isListAddress(address) ? [[contact.id, address] as const] : [];
  });
}

/** The addresses of the contacts that are added to a list and removed from it. */
interface MembershipChanges {
  readonly list: ListRef;
  readonly additions: Set<string>;
  readonly removals: Set<string>;
}

/** The resources that operations change. Sets contain addresses. */
class ChangedResources {
  readonly listed = new Set<string>();
  readonly deleted = new Set<string>();
  listsDeleted = false;
  readonly changedAccounts = new Set<string>();
  readonly deletedAccounts = new Set<string>();
  readonly #lists = new Map<string, MembershipChanges>();
  /** The increase in the number of contacts of each account. */
  readonly #accountGrowth = new Map<string, number>();
  /** The number of contacts that are created on each list, by the name of the list. */
  readonly #createdOnList = new Map<string, number>();
  readonly #sizes: Sizes;
  readonly #isVerified: (address: string) => boolean;
  readonly #membersOf: (operation: MembershipOperation) => string[];

  constructor(
    sizes: Sizes,
    isVerified: (address: string) => boolean,
    membersOf: (operation: MembershipOperation) => string[],
  ) {
    this.#sizes = sizes;
    this.#isVerified = isVerified;
    this.#membersOf = membersOf;
  }

  add(operation: Operation): void {
    const [address = ""] = operation.subjects;
    switch (operation.kind) {
      case "create-list":
        break;
      case "delete-list":
        this.listsDeleted ||= this.#isVerified(address);
        break;
      case "add-to-list":
      case "remove-from-list":
        this.#addMemberships(operation);
        break;
      case "link-account":
      case "unlink-account":
        this.#addLinks(operation);
        break;
      case "create-contact":
        this.#addCreation(operation);
        break;
      case "create-account":
      case "update-account":
        this.#addTo(this.changedAccounts, address);
        break;
      case "delete-account":
        this.#addTo(this.deletedAccounts, address);
        break;
      default:
        this.#addTo(operation.kind === "delete-contact" ? this.deleted : this.listed, address);
    }
  }

  #addTo(addresses: Set<string>, address: string): void {
    if (this.#isVerified(address)) addresses.add(address);
  }

  #addCreation({ subjects: [address = ""], lists = [] }: OperationOf<"create-contact">): void {
    for (const name of lists) this.#createdOnList.set(name, (this.#createdOnList.get(name) ?? 0) + 1);
    this.#addTo(this.listed, address);
  }

  #addMemberships(operation: MembershipOperation): void {
    const { kind, list } = operation;
    const key = list.id ?? list.name;
    const changes = this.#lists.get(key) ?? { list, additions: new Set(), removals: new Set() };
    this.#lists.set(key, changes);
    const addresses = kind === "add-to-list" ? changes.additions : changes.removals;
    for (const address of this.#membersOf(operation)) addresses.add(address);
  }

  #addLinks({ kind, account, subjects }: OperationOf<"link-account" | "unlink-account">): void {
    if (!subjects.some(this.#isVerified)) return;
    const growth = kind === "link-account" ? subjects.length : -subjects.length;
    const key = accountKey(account);
    this.#accountGrowth.set(key, (this.#accountGrowth.get(key) ?? 0) + growth);
  }

  /** Returns the expected number of pages of members of each changed account. */
  accountPages(): ReadonlyMap<string, number> {
    return new Map([...this.#accountGrowth].map(([id, growth]) => [id, pagesOf((this.#sizes[id] ?? 0) + growth)]));
  }

  /** Returns the contacts with changes only to their lists. */
  onlyMembers(): ReadonlySet<string> {
    const addresses = [...this.#lists.values()].flatMap(({ additions, removals }) => [...additions, ...removals]);
    return new Set(addresses.filter((address) => this.#isVerified(address) && !this.listed.has(address)));
  }

  /**
   * Returns the lists for which reading all members takes fewer requests than reading the contacts individually, the
   * largest saving first. Each contact is in at most one of these lists.
   */
  listsToRead(members: ReadonlySet<string>): ListRead[] {
    const listCounts = this.#countLists(members);
    const remaining = new Set(members);
    return [...this.#lists.values()]
      .map((changes) => ({ ...changes, pages: this.#pagesAfter(changes) }))
      .sort((a, b) => requestsSaved(b) - requestsSaved(a))
      .flatMap(({ list, additions, removals, pages }) => {
        const addedMembers = [...additions].filter((address) => remaining.has(address));
        // A contact that left a list is not among its members, so reading them does not verify the contact's other lists.
        const removedMembers = [...removals].filter(
          (address) => remaining.has(address) && listCounts.get(address) === 1,
        );
        if (pages >= addedMembers.length + removedMembers.length) return [];
        for (const address of [...addedMembers, ...removedMembers]) remaining.delete(address);
        return [{ list, pages, addedMembers, removedMembers }];
      });
  }

  /** Returns the number of lists that each contact joins or leaves. */
  #countLists(members: ReadonlySet<string>): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { additions, removals } of this.#lists.values()) {
      for (const address of [...additions, ...removals]) {
        if (members.has(address)) counts.set(address, (counts.get(address) ?? 0) + 1);
      }
    }
    return counts;
  }

  /** Returns the expected number of pages of members after the apply. Assumes that a list of unknown size was empty. */
  #pagesAfter({ list, additions, removals }: MembershipChanges): number {
    const sizeBefore = list.id === undefined ? 0 : (this.#sizes[list.id] ?? 0);
    const created = this.#createdOnList.get(list.name) ?? 0;
    return pagesOf(sizeBefore + additions.size + created - removals.size);
  }
}

function requestsSaved({ additions, removals, pages }: MembershipChanges & { readonly pages: number }): number {
  return additions.size + removals.size - pages;
}
