import { isListAddress, undeclaredAddress } from "../model/address.ts";
import {
  accountKey,
  isLinkOperation,
  type ListRef,
  type Operation,
  type OperationKind,
  type OperationOf,
  type Sizes,
} from "../model/plan.ts";
import { pagesOf } from "../reading/read-strategy.ts";

/** A list whose members are read, because this takes fewer requests than reading the contacts individually. */
export interface ListRead {
  readonly list: ListRef;
  /** Expected number of pages of members. */
  readonly pages: number;
  readonly addedMembers: readonly string[];
  /** Addresses of the contacts that were removed from the list and did not change otherwise. */
  readonly removedMembers: readonly string[];
}

/** The reads that verify operations. Sets contain addresses. */
export interface VerificationPlan {
  /** Contacts that appear in the listing of recent changes. */
  readonly changedContacts: ReadonlySet<string>;
  /** Contacts of which only the lists changed. They may be missing from the listing of recent changes. */
  readonly members: ReadonlySet<string>;
  /** Expected number of pages of the listing; undefined if reading contacts individually takes fewer requests. */
  readonly listingPages: number | undefined;
  readonly lists: readonly ListRead[];
  readonly deletedContacts: ReadonlySet<string>;
  /**
   * Expected number of pages of members, by the ID of the account or, if the plan creates the account, by the address
   * of its entry.
   */
  readonly accountPages: ReadonlyMap<string, number>;
  readonly requests: number;
}

/** Operations after which the listing of recent changes contains the contact. */
const OPERATIONS_IN_LISTING: readonly OperationKind[] = [
  "create-contact",
  "update-contact",
  "add-handle",
  "remove-handle",
  "upload-avatar",
  "merge-contacts",
];

/** Returns the reads that verify operations. `isVerified` returns whether to verify the resource at an address. */
export function planVerification(
  operations: readonly Operation[],
  sizes: Sizes = {},
  isVerified: (address: string) => boolean = () => true,
): VerificationPlan {
  const addressesOf = (...kinds: readonly OperationKind[]): ReadonlySet<string> => {
    const addresses = operations.flatMap(({ kind, subjects: [address = ""] }) =>
      kinds.includes(kind) ? [address] : [],
    );
    return new Set(addresses.filter(isVerified));
  };
  const changedContacts = addressesOf(...OPERATIONS_IN_LISTING);
  const deletedContacts = addressesOf("delete-contact");
  const changedLists = membershipChanges(operations);
  const changedMembers = changedLists.flatMap(({ additions, removals }) => [...additions, ...removals]);
  const members = new Set(changedMembers.filter((address) => isVerified(address) && !changedContacts.has(address)));
  const lists = listsToRead(changedLists, members, sizes);
  const listPages = sumOf(lists, ({ pages }) => pages);
  const membersInLists = sumOf(
    lists,
    ({ addedMembers, removedMembers }) => addedMembers.length + removedMembers.length,
  );
  const memberReads = listPages + members.size - membersInLists;
  // The listing may also contain members, so it is requested if reading them individually takes more than one request.
  const listingPages = changedContacts.size > 0 || memberReads > 1 ? pagesOf(changedContacts.size) : undefined;
  const accountPages = pagesOfAccounts(operations, sizes, isVerified);
  const changedAccounts = addressesOf("create-account", "update-account").size;
  // After the deletion of lists, all lists are read once.
  const listReads = addressesOf("delete-list").size > 0 ? 1 : 0;
  const accountReads =
    (changedAccounts === 0 ? 0 : pagesOf(changedAccounts)) +
    addressesOf("delete-account").size +
    sumOf([...accountPages.values()], (pages) => pages);
  const requests = (listingPages ?? 0) + memberReads + deletedContacts.size + listReads + accountReads;
  return { changedContacts, members, listingPages, lists, deletedContacts, accountPages, requests };
}

function sumOf<T>(values: readonly T[], numberOf: (value: T) => number): number {
  return values.reduce((sum, value) => sum + numberOf(value), 0);
}

type MembershipOperation = OperationOf<"add-to-list" | "remove-from-list">;

/**
 * Returns a function that returns the addresses of the contacts of an operation. If a contact that is removed from a
 * list with exact members also has its own change, the function returns the address of that change, so the contact is
 * read only once.
 */
export function memberAddresses(operations: readonly Operation[]): (operation: MembershipOperation) => string[] {
  const addressById = new Map(operations.flatMap(addressPairs));
  return ({ subjects, contacts }) =>
    contacts.map((contact, index) => {
      const subject = subjects[index] ?? "";
      if (!isListAddress(subject) || !("id" in contact)) return subject;
      return addressById.get(contact.id) ?? undeclaredAddress(contact.id);
    });
}

function addressPairs(operation: Operation): (readonly [id: string, address: string])[] {
  const { subjects } = operation;
  const contacts = "contacts" in operation ? operation.contacts : "contact" in operation ? [operation.contact] : [];
  const changed = operation.kind === "merge-contacts" ? [operation.target] : contacts;
  return changed.flatMap((contact, index) => {
    const address = subjects[index] ?? "";
    return "id" in contact && !isListAddress(address) ? [[contact.id, address] as const] : [];
  });
}

/** The changes to the members of a list. Sets contain addresses. */
interface MembershipChanges {
  readonly list: ListRef;
  readonly additions: Set<string>;
  readonly removals: Set<string>;
  readonly created: number;
}

function membershipChanges(operations: readonly Operation[]): readonly MembershipChanges[] {
  const membersOf = memberAddresses(operations);
  const creations = operations.filter((operation) => operation.kind === "create-contact");
  const createdOn = countEach(creations.flatMap(({ lists = [] }) => lists));
  const lists = new Map<string, MembershipChanges>();
  for (const operation of operations.filter(isMembershipOperation)) {
    const { kind, list } = operation;
    const key = list.id ?? list.name;
    const created = createdOn.get(list.name) ?? 0;
    const changes = lists.get(key) ?? { list, additions: new Set(), removals: new Set(), created };
    lists.set(key, changes);
    const addresses = kind === "add-to-list" ? changes.additions : changes.removals;
    for (const address of membersOf(operation)) addresses.add(address);
  }
  return [...lists.values()];
}

function isMembershipOperation(operation: Operation): operation is MembershipOperation {
  return operation.kind === "add-to-list" || operation.kind === "remove-from-list";
}

function countEach(values: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/**
 * Returns the lists for which reading all members takes fewer requests than reading the contacts individually. Each
 * contact is assigned to at most one of these lists.
 */
function listsToRead(lists: readonly MembershipChanges[], members: ReadonlySet<string>, sizes: Sizes): ListRead[] {
  const listCounts = countEach(lists.flatMap(({ additions, removals }) => [...additions, ...removals]));
  const remaining = new Set(members);
  return lists
    .map((changes) => ({ ...changes, pages: pagesAfter(changes, sizes) }))
    .sort((a, b) => requestsSaved(b) - requestsSaved(a))
    .flatMap(({ list, additions, removals, pages }) => {
      const addedMembers = [...additions].filter((address) => remaining.has(address));
      // The members of a list do not include a contact that left it, so they cannot show the contact's other lists.
      const removedMembers = [...removals].filter((address) => remaining.has(address) && listCounts.get(address) === 1);
      if (pages >= addedMembers.length + removedMembers.length) return [];
      for (const address of [...addedMembers, ...removedMembers]) remaining.delete(address);
      return [{ list, pages, addedMembers, removedMembers }];
    });
}

/** Assumes that a list of unknown size was empty. */
function pagesAfter({ list, additions, removals, created }: MembershipChanges, sizes: Sizes): number {
  const sizeBefore = list.id === undefined ? 0 : (sizes[list.id] ?? 0);
  return pagesOf(sizeBefore + additions.size + created - removals.size);
}

function requestsSaved({ additions, removals, pages }: MembershipChanges & { readonly pages: number }): number {
  return additions.size + removals.size - pages;
}

function pagesOfAccounts(
  operations: readonly Operation[],
  sizes: Sizes,
  isVerified: (address: string) => boolean,
): ReadonlyMap<string, number> {
  const sizesAfter = new Map<string, number>();
  for (const { kind, account, subjects } of operations.filter(isLinkOperation)) {
    if (!subjects.some(isVerified)) continue;
    const key = accountKey(account);
    const growth = kind === "link-account" ? subjects.length : -subjects.length;
    sizesAfter.set(key, (sizesAfter.get(key) ?? sizes[key] ?? 0) + growth);
  }
  return new Map([...sizesAfter].map(([key, size]) => [key, pagesOf(size)]));
}
