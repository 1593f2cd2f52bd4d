import type { ListRef, Operation, Sizes } from "../model/plan.ts";
import { pagesOf } from "../reading/read-strategy.ts";

/** A list whose members are read, because that takes fewer requests than to read these contacts one by one. */
export interface ListReading {
  readonly list: ListRef;
  /** How many pages its members should take. */
  readonly pages: number;
  /** Addresses of the contacts that joined it, and of those that only left it. */
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** The cheapest way to see in Front what became of the contacts that operations touch. By their addresses. */
export interface VerificationPlan {
  /** Contacts that a listing of what moved shows. */
  readonly listed: ReadonlySet<string>;
  /** Contacts of which only memberships in lists change. Front may or may not take that for an update of the contact. */
  readonly members: ReadonlySet<string>;
  /** How many pages the listing should take; undefined when it is not worth a request. */
  readonly listing: number | undefined;
  readonly lists: readonly ListReading[];
  readonly deleted: ReadonlySet<string>;
  /** How many pages the members of an account should take, by its id. */
  readonly accounts: ReadonlyMap<string, number>;
  /** What all that comes to. */
  readonly requests: number;
}

/** Works out how to prove operations: all of them, or those on contacts that are to be proved. */
export function planVerification(
  operations: readonly Operation[],
  sizes: Sizes = {},
  isProved: (address: string) => boolean = () => true,
): VerificationPlan {
  const touched = new Touched(sizes, isProved);
  for (const operation of operations) touched.add(operation);
  const { listed, deleted } = touched;
  const members = touched.onlyMembers();
  const lists = touched.listsWorthReading(members);
  const pages = lists.reduce((sum, list) => sum + list.pages, 0);
  const seen = lists.reduce((sum, { joined, left }) => sum + joined.length + left.length, 0);
  const others = pages + members.size - seen;
  /** It may show the members too, so it is worth a request as soon as they take more than that. */
  const listing = listed.size > 0 || others > 1 ? pagesOf(listed.size) : undefined;
  const accounts = touched.accountPages();
  const accountPages = [...accounts.values()].reduce((sum, count) => sum + count, 0);
  const requests = (listing ?? 0) + others + deleted.size + accountPages;
  return { listed, members, listing, lists, deleted, accounts, requests };
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
  readonly #lists = new Map<string, ListMoves>();
  /** By how much each account grows. */
  readonly #accounts = new Map<string, number>();
  /** How many contacts are created with a list of this name. */
  readonly #createdWith = new Map<string, number>();
  readonly #sizes: Sizes;
  readonly #isProved: (address: string) => boolean;

  constructor(sizes: Sizes, isProved: (address: string) => boolean) {
    this.#sizes = sizes;
    this.#isProved = isProved;
  }

  add(operation: Operation): void {
    const [address = ""] = operation.subjects;
    switch (operation.kind) {
      case "create-list":
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
      default:
        this.#touch(address, operation.kind === "delete-contact" ? this.deleted : this.listed);
    }
  }

  #touch(address: string, contacts: Set<string>): void {
    if (this.#isProved(address)) contacts.add(address);
  }

  #addCreation({ subjects: [address = ""], lists = [] }: Kind<"create-contact">): void {
    for (const name of lists) this.#createdWith.set(name, (this.#createdWith.get(name) ?? 0) + 1);
    this.#touch(address, this.listed);
  }

  #addMemberships({ kind, list, subjects }: Kind<"add-to-list" | "remove-from-list">): void {
    const key = list.id ?? list.name;
    const moves = this.#lists.get(key) ?? { list, joining: new Set(), leaving: new Set() };
    this.#lists.set(key, moves);
    for (const address of subjects) (kind === "add-to-list" ? moves.joining : moves.leaving).add(address);
  }

  #addLinks({ kind, account, subjects }: Kind<"link-account" | "unlink-account">): void {
    if (!subjects.some(this.#isProved)) return;
    const growth = kind === "link-account" ? subjects.length : -subjects.length;
    this.#accounts.set(account.id, (this.#accounts.get(account.id) ?? 0) + growth);
  }

  accountPages(): ReadonlyMap<string, number> {
    return new Map([...this.#accounts].map(([id, growth]) => [id, pagesOf((this.#sizes[id] ?? 0) + growth)]));
  }

  onlyMembers(): ReadonlySet<string> {
    const addresses = [...this.#lists.values()].flatMap(({ joining, leaving }) => [...joining, ...leaving]);
    return new Set(addresses.filter((address) => this.#isProved(address) && !this.listed.has(address)));
  }

  /** Those that save most come first; each contact is seen in one of them. */
  listsWorthReading(members: ReadonlySet<string>): ListReading[] {
    const moves = this.#movesOf(members);
    const unseen = new Set(members);
    return [...this.#lists.values()]
      .map((each) => ({ ...each, pages: this.#pagesAfter(each) }))
      .sort((a, b) => gain(b) - gain(a))
      .flatMap(({ list, joining, leaving, pages }) => {
        const joined = [...joining].filter((address) => unseen.has(address));
        /** Who is not in a list shows nothing else either, so only somebody who leaves nothing else is settled by it. */
        const left = [...leaving].filter((address) => unseen.has(address) && moves.get(address) === 1);
        if (pages >= joined.length + left.length) return [];
        for (const address of [...joined, ...left]) unseen.delete(address);
        return [{ list, pages, joined, left }];
      });
  }

  /** How many lists each contact joins or leaves. */
  #movesOf(members: ReadonlySet<string>): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { joining, leaving } of this.#lists.values()) {
      for (const address of [...joining, ...leaving]) {
        if (members.has(address)) counts.set(address, (counts.get(address) ?? 0) + 1);
      }
    }
    return counts;
  }

  /** Of a list that nobody has counted no more is known than who joins it. */
  #pagesAfter({ list, joining, leaving }: ListMoves): number {
    const before = list.id === undefined ? 0 : (this.#sizes[list.id] ?? 0);
    const created = this.#createdWith.get(list.name) ?? 0;
    return pagesOf(before + joining.size + created - leaving.size);
  }
}

function gain({ joining, leaving, pages }: ListMoves & { readonly pages: number }): number {
  return joining.size + leaving.size - pages;
}
