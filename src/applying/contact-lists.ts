import type { Clock } from "../clock/clock.ts";
import { type FrontApi, FrontError, withUnknownOutcome } from "../front/api.ts";
import type { List } from "../model/contact.ts";
import type { Operation } from "../model/plan.ts";
import { LIST_CHECK_SHARED_BY } from "../planning/request-estimate.ts";
import { listElsewhere, listMissing, listNotEmpty, listNotShown } from "./messages.ts";

/**
 * Sends a write. If its outcome is unknown, `look` checks Front, and the write is sent again only if it had no effect.
 */
type SendSafely = (send: () => Promise<void>, look: () => Promise<true | undefined>) => Promise<unknown>;

interface ContactListsOptions {
  readonly clock: Clock;
  /**
   * Milliseconds. Listings may omit a new list at first, so a missing list is looked up again after multiples of this
   * time.
   */
  readonly backOff: number;
  readonly signal?: AbortSignal | undefined;
  readonly sendSafely: SendSafely;
}

/** A listing, and when it was requested, in the clock's monotonic milliseconds. */
interface Listing {
  readonly at: number;
  readonly lists: readonly List[];
  /** The workspace of the lists. */
  readonly team?: string | undefined;
}

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;

/** Milliseconds. The listing after a creation serves as the listing before the next one for this long. */
const REUSED_FOR = 10_000;
/** Milliseconds. Creations of contacts that name lists share a check for this long. */
const CHECKED_FOR = 60_000;
const WAITS = [2, 6];
const NO_CONTACTS: ReadonlySet<string> = new Set();

/** The contact lists of the company during an apply. Creates each list once, and checks that lists still exist. */
export class ContactLists {
  readonly #front: FrontApi;
  readonly #options: ContactListsOptions;
  /** Creations run one after another, so that each sees the result of the previous one. */
  #turn: Promise<unknown> = Promise.resolve();
  #afterCreation: Listing | undefined;
  /** Ids of lists that were created or already existed, by name. */
  readonly #ids = new Map<string, string>();
  /** The group of each creation of a contact, by operation id. A group shares one check of its lists. */
  readonly #groups: ReadonlyMap<string, number>;
  readonly #checks = new Map<number, Promise<Listing>>();
  #latest: Listing | undefined;
  #byName: Promise<Listing> | undefined;

  constructor(front: FrontApi, operations: readonly Operation[], options: ContactListsOptions) {
    this.#front = front;
    this.#options = options;
    const relying = operations.filter((operation) => operation.kind === "create-contact" && operation.lists);
    this.#groups = new Map(relying.map(({ id }, index) => [id, Math.floor(index / LIST_CHECK_SHARED_BY)]));
  }

  /**
   * Creates a list unless one with this name exists. If another run created one at the same time, both runs keep the
   * list with the lowest id. Returns the id of the list, if Front shows it. With a workspace, throws a `FrontError` if
   * a list with this name is in another one.
   */
  create({ name, team }: Kind<"create-list">): Promise<string | undefined> {
    const created = this.#turn.then(() => (team === undefined ? this.#create(name) : this.#createIn(team, name)));
    this.#turn = created.catch(() => undefined);
    return created.then(() => this.#ids.get(name));
  }

  /** Deletes a list. Throws a `FrontError` if the list has unexpected members. */
  async delete({ list: { id, name }, members }: Kind<"delete-list">): Promise<string> {
    const { clock, backOff, signal } = this.#options;
    const allowed = new Set(members);
    try {
      for (const wait of [0, ...WAITS]) {
        await clock.sleep(wait * backOff, signal);
        if (await this.#deleteUnlessOthers(id, allowed)) return id;
      }
    } catch (error) {
      if (error instanceof FrontError && error.code === "missing") return id;
      throw error;
    }
    throw listNotEmpty(name, members !== undefined);
  }

  async #create(name: string): Promise<void> {
    const before = await this.#listingBefore();
    const [existing] = listsNamed(name, before);
    if (existing !== undefined) {
      this.#ids.set(name, existing.id);
      this.#afterCreation = before;
      return;
    }
    this.#afterCreation = undefined;
    this.#afterCreation = await this.#createMissing(name, before);
  }

  /**
   * Creates a list in a workspace, and finds it among the lists of that workspace: another run may create one
   * elsewhere.
   */
  async #createIn(team: string, name: string): Promise<void> {
    const before = await this.#listingBefore();
    this.#afterCreation = before;
    if (listsNamed(name, before).length === 0) {
      const { at, lists } = await this.#createMissing(name, { ...before, team });
      // Creations of contacts check that the list exists.
      this.#latest = { at, lists: [...before.lists, ...lists.filter((list) => !hasList(before, list.id))] };
      return;
    }
    const [existing] = listsNamed(name, await this.#look(team));
    if (existing === undefined) throw listElsewhere(name, team);
    this.#ids.set(name, existing.id);
  }

  async #createMissing(name: string, before: Listing): Promise<Listing> {
    const sent = await this.#send(name, before.team);
    let listing: Listing;
    try {
      listing = await this.#keepOne(name, { before, after: await this.#lookFor(name, before.team), sent });
    } catch (error) {
      // The list was created, but another run may have created one too.
      throw withUnknownOutcome(error);
    }
    const [kept] = listsNamed(name, listing);
    if (kept !== undefined) this.#ids.set(name, kept.id);
    return listing;
  }

  /** Sends the creation of a list. Returns how many lists with this name it may have created. */
  async #send(name: string, team: string | undefined): Promise<number> {
    let sent = 0;
    const send = () => {
      sent += 1;
      return this.#front.createList(name, team);
    };
    const isShown = async () => (listsNamed(name, await this.#look(team)).length > 0 ? true : undefined);
    try {
      await this.#options.sendSafely(send, isShown);
      return sent;
    } catch (error) {
      // Front may refuse a second list with the same name, which another run may have created.
      const refused = error instanceof FrontError && ["conflict", "refused"].includes(error.code);
      if (!refused || (await isShown()) === undefined) throw error;
      return sent - 1;
    }
  }

  async #listingBefore(): Promise<Listing> {
    const recent = this.#afterCreation;
    if (recent !== undefined && this.#options.clock.monotonic() - recent.at < REUSED_FOR) return recent;
    return await this.#look();
  }

  /**
   * Deletes lists that this run created in addition to another run's. Front does not report which list a creation made:
   * lists that appeared since the previous listing are from this run and from others, and every run uses the oldest
   * one. So each run deletes at most as many lists as it created, and never the oldest list, a list that existed
   * before, or a list with members.
   */
  async #keepOne(
    name: string,
    { before, after, sent }: { readonly before: Listing; readonly after: Listing; readonly sent: number },
  ): Promise<Listing> {
    const untouchable = new Set(before.lists.map(({ id }) => id));
    let listing = after;
    let deleted = 0;
    while (deleted < sent) {
      const spare = listsNamed(name, listing)
        .slice(1)
        .findLast(({ id }) => !untouchable.has(id));
      if (spare === undefined) break;
      if (await this.#deleteIfEmpty(spare)) deleted += 1;
      untouchable.add(spare.id);
      listing = await this.#look(after.team);
    }
    return listing;
  }

  /** Returns true if this run deleted the list. */
  async #deleteIfEmpty({ id }: List): Promise<boolean> {
    try {
      return await this.#deleteUnlessOthers(id, NO_CONTACTS);
    } catch (error) {
      // Another run deleted it, or the token cannot delete lists. Then the next plan reports both lists.
      if (error instanceof FrontError && ["missing", "forbidden"].includes(error.code)) return false;
      throw error;
    }
  }

  /** Deletes a list. Returns false if the list has members other than the allowed ones. */
  async #deleteUnlessOthers(id: string, allowed: ReadonlySet<string>): Promise<boolean> {
    for await (const { contacts, undecodable } of this.#front.listMembers(id)) {
      if (undecodable.length > 0 || contacts.some((contact) => !allowed.has(contact.id))) return false;
    }
    const isGone = async () => ((await this.#look()).lists.some((list) => list.id === id) ? undefined : true);
    await this.#options.sendSafely(() => this.#front.deleteList(id), isGone);
    return true;
  }

  /**
   * Checks that the lists of a new contact exist: Front would silently create a missing list. Creations share listings.
   * Throws a `FrontError` that names a missing list.
   */
  async mustExist(operation: Kind<"create-contact">): Promise<void> {
    const { id, lists: names = [] } = operation;
    if (names.length === 0) return;
    const checked = await this.#checkFor(id);
    // Lists that this run creates may be newer than the shared check.
    const listing = this.#latest ?? checked;
    const missing = names.find((name) => listsNamed(name, listing).length === 0);
    if (missing === undefined) return;
    const again = await this.#lookFor(missing);
    const gone = names.find((name) => listsNamed(name, again).length === 0);
    if (gone === undefined) return;
    throw listMissing(gone);
  }

  async #checkFor(operationId: string): Promise<Listing> {
    const group = this.#groupOf(operationId);
    const shared = this.#checks.get(group);
    if (shared !== undefined) {
      const listing = await shared;
      if (this.#options.clock.monotonic() - listing.at < CHECKED_FOR) return listing;
      if (this.#checks.get(group) !== shared) return await this.#checkFor(operationId);
    }
    const check = this.#look();
    this.#checks.set(group, check);
    check.catch(() => this.#checks.delete(group));
    return await check;
  }

  #groupOf(operationId: string): number {
    return this.#groups.get(operationId) ?? 0;
  }

  /** Returns the id of a list. Throws a `FrontError` if Front does not show it after several attempts. */
  async idOf(name: string): Promise<string> {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    this.#byName ??= this.#look();
    const shown = listsNamed(name, await this.#byName);
    const [found] = shown.length > 0 ? shown : listsNamed(name, await this.#lookFor(name));
    if (found !== undefined) return found.id;
    throw listNotShown(name);
  }

  /** Returns a listing that contains this list. Tries several times, because listings may omit a new list at first. */
  async #lookFor(name: string, team?: string): Promise<Listing> {
    const { clock, backOff, signal } = this.#options;
    let listing = await this.#look(team);
    for (const wait of WAITS) {
      if (listsNamed(name, listing).length > 0) break;
      await clock.sleep(wait * backOff, signal);
      listing = await this.#look(team);
    }
    return listing;
  }

  async #look(team?: string): Promise<Listing> {
    const at = this.#options.clock.monotonic();
    const lists = await this.#front.contactLists(team);
    if (team !== undefined) return { at, lists, team };
    const listing = { at, lists };
    if (at >= (this.#latest?.at ?? 0)) this.#latest = listing;
    return listing;
  }
}

/** Returns the lists with a name, oldest first. */
function listsNamed(name: string, { lists }: Listing): List[] {
  return lists.filter((list) => list.name === name).sort((one, other) => byAge(one.id, other.id));
}

function hasList({ lists }: Listing, id: string): boolean {
  return lists.some((list) => list.id === id);
}

/** Compares two ids, older first. Ids are increasing numbers in base 36, so a shorter id is older. */
function byAge(one: string, other: string): number {
  if (one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : 1;
}
