import { type FrontApi, FrontError, withUnknownOutcome } from "../front/api.ts";
import { type List, oldestFirst } from "../model/contact.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Operation, OperationOf } from "../model/plan.ts";
import { LIST_CHECK_SHARED_BY } from "../planning/request-estimate.ts";
import { CreationQueue, LISTING_WAITS, listUntil } from "./creation-listings.ts";
import { listElsewhereError, listMissingError, listNotEmptyError, listNotShownError } from "./messages.ts";
import type { PerformResult } from "./perform-result.ts";
import type { SafeWrites } from "./safe-writes.ts";

/** The lists in Front. `requestedAt` is in the clock's monotonic milliseconds. */
interface Listing {
  readonly requestedAt: number;
  readonly lists: readonly List[];
  /** The workspace of the lists. Undefined for a listing of all lists. */
  readonly team?: string | undefined;
}

/** Milliseconds for which a check that lists exist is valid. */
const CHECK_VALIDITY = 60_000;

/** Creates and deletes lists during an apply, and checks that the lists of new contacts still exist. */
export class ContactLists {
  readonly #front: FrontApi;
  readonly #writes: SafeWrites;
  readonly #creations: CreationQueue<Listing>;
  /** IDs of lists that were created or already existed, by name. */
  readonly #ids = new Map<string, string>();
  /** The group of each operation that creates a contact, by operation ID. A group shares a check that its lists exist. */
  readonly #groups: ReadonlyMap<string, number>;
  readonly #checks = new Map<number, Promise<Listing>>();
  #latestListing: Listing | undefined;
  #lookupListing: Promise<Listing> | undefined;

  constructor(front: FrontApi, operations: readonly Operation[], writes: SafeWrites) {
    this.#front = front;
    this.#writes = writes;
    this.#creations = new CreationQueue(writes.options.clock);
    const checked = operations.filter((operation) => operation.kind === "create-contact" && operation.lists);
    this.#groups = new Map(checked.map(({ id }, index) => [id, Math.floor(index / LIST_CHECK_SHARED_BY)]));
  }

  /**
   * Creates a list, unless a list with this name exists. Returns its ID if Front shows the list. If another run
   * creates it at the same time, both runs use the older list. Throws a `FrontError` if lists with this name exist, but
   * none in the workspace `team`.
   */
  async create({ name, team }: OperationOf<"create-list">): Promise<PerformResult> {
    const existed = await this.#creations.add(() =>
      team === undefined ? this.#create(name) : this.#createIn(team, name),
    );
    return omitUndefined({ listId: this.#ids.get(name), alreadyDone: existed ? (true as const) : undefined });
  }

  /** Deletes a list, unless it no longer exists. Throws a `FrontError` if the list has unexpected members. */
  async delete({ list: { id, name }, members }: OperationOf<"delete-list">): Promise<PerformResult> {
    const { clock, backoff, signal } = this.#writes.options;
    const expected = new Set(members);
    try {
      for (const wait of [0, ...LISTING_WAITS]) {
        await clock.sleep(wait * backoff, signal);
        if (await this.#deleteWithMembers(id, expected)) return { listId: id };
      }
    } catch (error) {
      if (error instanceof FrontError && error.code === "missing") return { listId: id, alreadyDone: true };
      throw error;
    }
    throw listNotEmptyError(name, members !== undefined);
  }

  /** Returns whether the list already existed. */
  async #create(name: string): Promise<boolean> {
    const before = await this.#creations.listingBefore(() => this.#list());
    const [existing] = listsNamed(name, before);
    if (existing !== undefined) {
      this.#ids.set(name, existing.id);
      this.#creations.listingAfterCreation = before;
      return true;
    }
    this.#creations.listingAfterCreation = undefined;
    this.#creations.listingAfterCreation = await this.#createMissing(name, before);
    return false;
  }

  /**
   * Creates a list in a workspace, unless any workspace has a list with this name. After the creation, searches only in
   * that workspace, because another run may create a list with the same name elsewhere. Returns whether the list
   * already existed.
   */
  async #createIn(team: string, name: string): Promise<boolean> {
    const before = await this.#creations.listingBefore(() => this.#list());
    this.#creations.listingAfterCreation = before;
    if (listsNamed(name, before).length === 0) {
      const { requestedAt, lists } = await this.#createMissing(name, { ...before, team });
      // `assertExist` must find the new list.
      this.#latestListing = {
        requestedAt,
        lists: [...before.lists, ...lists.filter(({ id }) => !hasList(before, id))],
      };
      return false;
    }
    const [existing] = listsNamed(name, await this.#list(team));
    if (existing === undefined) throw listElsewhereError(name, team);
    this.#ids.set(name, existing.id);
    return true;
  }

  async #createMissing(name: string, before: Listing): Promise<Listing> {
    const sent = await this.#sendCreation(name, before.team);
    let listing: Listing;
    try {
      const after = await this.#listUntilShown(name, before.team);
      listing = await this.#deleteDuplicates(name, { before, after, sent });
    } catch (error) {
      // The list was created, but another run may have created the same list.
      throw withUnknownOutcome(error);
    }
    const [oldest] = listsNamed(name, listing);
    if (oldest !== undefined) this.#ids.set(name, oldest.id);
    return listing;
  }

  /** Requests the creation of a list, several times if necessary. Returns how many lists the requests may have created. */
  async #sendCreation(name: string, team: string | undefined): Promise<number> {
    let sent = 0;
    const send = () => {
      sent += 1;
      return this.#front.createList(name, team);
    };
    const findCreated = async () => (listsNamed(name, await this.#list(team)).length > 0 ? true : undefined);
    try {
      await this.#writes.sendWithRepeatedChecks(send, findCreated);
      return sent;
    } catch (error) {
      // Front may reject the name, because another run has created a list with it.
      const isRejected = error instanceof FrontError && ["conflict", "refused"].includes(error.code);
      if (!isRejected || (await findCreated()) === undefined) throw error;
      return sent - 1;
    }
  }

  /**
   * Deletes duplicates of a new list, which another run or a retry may have created. Front does not return the ID of a
   * new list, so each run uses the oldest list, and deletes at most as many lists as it may have created. A run never
   * deletes the oldest list, a list that existed before, or a list with members. Returns the latest listing.
   */
  async #deleteDuplicates(
    name: string,
    { before, after, sent }: { readonly before: Listing; readonly after: Listing; readonly sent: number },
  ): Promise<Listing> {
    const excludedIds = new Set(before.lists.map(({ id }) => id));
    let listing = after;
    let deleted = 0;
    while (deleted < sent) {
      const [, ...duplicates] = listsNamed(name, listing);
      const duplicate = duplicates.findLast(({ id }) => !excludedIds.has(id));
      if (duplicate === undefined) break;
      if (await this.#deleteIfEmpty(duplicate)) deleted += 1;
      excludedIds.add(duplicate.id);
      listing = await this.#list(after.team);
    }
    return listing;
  }

  /** Returns whether this run deleted the list. */
  async #deleteIfEmpty({ id }: List): Promise<boolean> {
    try {
      return await this.#deleteWithMembers(id, new Set());
    } catch (error) {
      // Another run deleted the list, or the token cannot delete lists and the next plan reports both lists.
      if (error instanceof FrontError && ["missing", "forbidden"].includes(error.code)) return false;
      throw error;
    }
  }

  /** Returns false, and does not delete the list, if it has unexpected members. */
  async #deleteWithMembers(id: string, expected: ReadonlySet<string>): Promise<boolean> {
    for await (const { contacts, undecodable } of this.#front.listMembers(id)) {
      if (undecodable.length > 0 || contacts.some((contact) => !expected.has(contact.id))) return false;
    }
    const isDeleted = async () => (hasList(await this.#list(), id) ? undefined : true);
    await this.#writes.sendWithRepeatedChecks<unknown>(() => this.#front.deleteList(id), isDeleted);
    return true;
  }

  /** Throws a `FrontError` if a list of a new contact does not exist, because Front would silently create it. */
  async assertExist({ id, lists: names = [] }: OperationOf<"create-contact">): Promise<void> {
    if (names.length === 0) return;
    const findMissing = (listing: Listing) => names.find((name) => listsNamed(name, listing).length === 0);
    const checked = await this.#checkFor(id);
    // Lists that this run creates may be newer than the shared check.
    const missing = findMissing(this.#latestListing ?? checked);
    if (missing === undefined) return;
    const stillMissing = findMissing(await this.#listUntilShown(missing));
    if (stillMissing !== undefined) throw listMissingError(stillMissing);
  }

  async #checkFor(operationId: string): Promise<Listing> {
    const group = this.#groups.get(operationId) ?? 0;
    const shared = this.#checks.get(group);
    if (shared !== undefined) {
      const listing = await shared;
      if (this.#writes.options.clock.monotonic() - listing.requestedAt < CHECK_VALIDITY) return listing;
      if (this.#checks.get(group) !== shared) return await this.#checkFor(operationId);
    }
    const check = this.#list();
    this.#checks.set(group, check);
    check.catch(() => this.#checks.delete(group));
    return await check;
  }

  /** Returns the ID of a list. Throws a `FrontError` if Front does not show the list after several attempts. */
  async idOf(name: string): Promise<string> {
    const createdId = this.#ids.get(name);
    if (createdId !== undefined) return createdId;
    this.#lookupListing ??= this.#list();
    const list =
      listsNamed(name, await this.#lookupListing)[0] ?? listsNamed(name, await this.#listUntilShown(name))[0];
    if (list === undefined) throw listNotShownError(name);
    return list.id;
  }

  async #listUntilShown(name: string, team?: string): Promise<Listing> {
    return await listUntil(
      () => this.#list(team),
      (listing) => listsNamed(name, listing).length > 0,
      this.#writes.options,
    );
  }

  async #list(team?: string): Promise<Listing> {
    const requestedAt = this.#writes.options.clock.monotonic();
    const listing = { requestedAt, lists: await this.#front.contactLists(team), team };
    if (team === undefined && requestedAt >= (this.#latestListing?.requestedAt ?? 0)) this.#latestListing = listing;
    return listing;
  }
}

function listsNamed(name: string, { lists }: Listing): List[] {
  return lists.filter((list) => list.name === name).sort(oldestFirst);
}

function hasList({ lists }: Listing, id: string): boolean {
  return lists.some((list) => list.id === id);
}
