import { isListAddress, undeclaredAddress } from "../model/address.ts";
import { accountKey, type ListRef, type Operation, type Sizes } from "../model/plan.ts";
import { pagesOf } from "../reading/read-strategy.ts";

/** A list whose members are read, because that takes fewer requests than reading these contacts one by one. */
export interface ListReading {
  readonly list: ListRef;
  /** Expected number of pages of members. */
  readonly pages: number;
  /** Addresses of the contacts that joined it, and of those that only left it. */
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** The reads that verify operations in as few requests as possible. Contacts are given by address. */
export interface VerificationPlan {
  /** Contacts that the listing of recent changes shows. */
  readonly listed: ReadonlySet<string>;
  /** Contacts of which only list memberships change. Front may or may not list these as updated. */
  readonly members: ReadonlySet<string>;
  /** Expected number of pages of the listing; undefined when single reads are cheaper. */
  readonly listing: number | undefined;
  readonly lists: readonly ListReading[];
  readonly deleted: ReadonlySet<string>;
  /** True to read all lists, because some were deleted. */
  readonly listsDeleted: boolean;
  /** Accounts that were created or changed, and those that were deleted. */
  readonly changedAccounts: ReadonlySet<string>;
  readonly deletedAccounts: ReadonlySet<string>;
  /** Expected number of pages of members of each account, by its id or the address of the entry that creates it. */
  readonly accounts: ReadonlyMap<string, number>;
  /** Total number of requests. */
  readonly requests: number;
}

/** Returns the reads that verify operations: all of them, or those on contacts for which `isVerified` is true. */
export function planVerification(
  operations: readonly Operation[],
  sizes: Sizes = {},
  isVerified: (address: string) => boolean = () => true,
): VerificationPlan {
  const touched = new Touched(sizes, isVerified, memberAddresses(operations));
  for (const operation of operations) touched.add(operation);
  const { listed, deleted, listsDeleted, changedAccounts, deletedAccounts } = touched;
  const members = touched.onlyMembers();
  const lists = touched.listsWorthReading(members);
  const pages = lists.reduce((sum, list) => sum + list.pages, 0);
  const seen = lists.reduce((sum, { joined, left }) => sum + joined.length + left.length, 0);
  const others = pages + members.size - seen;
  // The listing may show members too, so it takes fewer requests as soon as they need more than one.
  const listing = listed.size > 0 || others > 1 ? pagesOf(listed.size) : undefined;
  const accounts = touched.accountPages();
  const accountPages = [...accounts.values()].reduce((sum, count) => sum + count, 0);
  const accountReads = (changedAccounts.size === 0 ? 0 : pagesOf(changedAccounts.size)) + deletedAccounts.size;
  const requests = (listing ?? 0) + others + deleted.size + Number(listsDeleted) + accountPages + accountReads;
  const ofAccounts = { changedAccounts, deletedAccounts, accounts };
  return { listed, members, listing, lists, deleted, listsDeleted, ...ofAccounts, requests };
}

type MembershipOperation = Kind<"add-to-list" | "remove-from-list">;

/**
 * Returns a function that returns the addresses of the contacts that join or leave a list. A contact that a change of
 * the list removes has the address of its own change, if there is one, so that it is read once.
 */
export function memberAddresses(operations: readonly Operation[]): (operation: MembershipOperation) => string[] {
  const own = new Map(operations.flatMap(ownAddresses));
  return ({ subjects, contacts }) =>
    contacts.map((contact, index) => {
      const subject = subjects[index] ?? "";
      if (!isListAddress(subject) || !("id" in contact)) return subject;
      return own.get(contact.id) ?? undeclaredAddress(contact.id);
    });
}

/** Returns the ids of the contacts that an operation changes, with their addresses. */
function ownAddresses(operation: Operation): (readonly [id: string, address: string])[] {
  const { subjects } = operation;
  const contacts = "contacts" in operation ? operation.contacts : "contact" in operation ? [operation.contact] : [];
  const changed = operation.kind === "merge-contacts" ? [operation.target] : contacts;
  return changed.flatMap((contact, index) => {
    const address = subjects[index] ?? "";
    return "id" in contact && !isListAddress(address) ? [[contact.id, address] as const] : [];
  });
}

interface ListMoves {
  readonly list: ListRef;
  readonly joining: Set<string>;
  readonly leaving: Set<string>;
}

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;

class Touched {
  readonly listed = new Set<string>();
  readonly deleted = new Set<string>();
  listsDeleted = false;
  readonly changedAccounts = new Set<string>();
  readonly deletedAccounts = new Set<string>();
  readonly #lists = new Map<string, ListMoves>();
  /** The number of contacts that each account gains. */
  readonly #accounts = new Map<string, number>();
  /** The number of contacts created in each list, by its name. */
  readonly #createdWith = new Map<string, number>();
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
        this.#touch(address, this.changedAccounts);
        break;
      case "delete-account":
        this.#touch(address, this.deletedAccounts);
        break;
      default:
        this.#touch(address, operation.kind === "delete-contact" ? this.deleted : this.listed);
    }
  }

  #touch(address: string, contacts: Set<string>): void {
    if (this.#isVerified(address)) contacts.add(address);
  }

  #addCreation({ subjects: [address = ""], lists = [] }: Kind<"create-contact">): void {
    for (const name of lists) this.#createdWith.set(name, (this.#createdWith.get(name) ?? 0) + 1);
    this.#touch(address, this.listed);
  }

  #addMemberships(operation: MembershipOperation): void {
    const { kind, list } = operation;
    const key = list.id ?? list.name;
    const moves = this.#lists.get(key) ?? { list, joining: new Set(), leaving: new Set() };
    this.#lists.set(key, moves);
    for (const address of this.#membersOf(operation))
      (kind === "add-to-list" ? moves.joining : moves.leaving).add(address);
  }

  #addLinks({ kind, account, subjects }: Kind<"link-account" | "unlink-account">): void {
    if (!subjects.some(this.#isVerified)) return;
    const growth = kind === "link-account" ? subjects.length : -subjects.length;
    const key = accountKey(account);
    this.#accounts.set(key, (this.#accounts.get(key) ?? 0) + growth);
  }

  accountPages(): ReadonlyMap<string, number> {
    return new Map([...this.#accounts].map(([id, growth]) => [id, pagesOf((this.#sizes[id] ?? 0) + growth)]));
  }

  onlyMembers(): ReadonlySet<string> {
    const addresses = [...this.#lists.values()].flatMap(({ joining, leaving }) => [...joining, ...leaving]);
    return new Set(addresses.filter((address) => this.#isVerified(address) && !this.listed.has(address)));
  }

  /**
   * Returns the lists whose members take fewer requests than their contacts, the largest saving first. Each contact is
   * in at most one of them.
   */
  listsWorthReading(members: ReadonlySet<string>): ListReading[] {
    const moves = this.#movesOf(members);
    const unseen = new Set(members);
    return [...this.#lists.values()]
      .map((each) => ({ ...each, pages: this.#pagesAfter(each) }))
      .sort((a, b) => requestsSaved(b) - requestsSaved(a))
      .flatMap(({ list, joining, leaving, pages }) => {
        const joined = [...joining].filter((address) => unseen.has(address));
        // The members of a list verify a contact that left it only if nothing else of the contact changed.
        const left = [...leaving].filter((address) => unseen.has(address) && moves.get(address) === 1);
        if (pages >= joined.length + left.length) return [];
        for (const address of [...joined, ...left]) unseen.delete(address);
        return [{ list, pages, joined, left }];
      });
  }

  /** Returns the number of lists that each contact joins or leaves. */
  #movesOf(members: ReadonlySet<string>): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { joining, leaving } of this.#lists.values()) {
      for (const address of [...joining, ...leaving]) {
        if (members.has(address)) counts.set(address, (counts.get(address) ?? 0) + 1);
      }
    }
    return counts;
  }

  /**
   * Returns the expected number of pages of members. A list of unknown size counts as if it had only the joining
   * members.
   */
  #pagesAfter({ list, joining, leaving }: ListMoves): number {
    const before = list.id === undefined ? 0 : (this.#sizes[list.id] ?? 0);
    const created = this.#createdWith.get(list.name) ?? 0;
    return pagesOf(before + joining.size + created - leaving.size);
  }
}

function requestsSaved({ joining, leaving, pages }: ListMoves & { readonly pages: number }): number {
  return joining.size + leaving.size - pages;
}
