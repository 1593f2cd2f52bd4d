import type { Clock } from "../clock/clock.ts";
import { type FrontApi, FrontError, stopsRun } from "../front/api.ts";
import type { Picture, RemoteContact } from "../model/contact.ts";
import { belongingsOf } from "../model/fingerprint.ts";
import { type Handle, handleKey, hasHandle } from "../model/handle.ts";
import { type ApprovedContact, type ContactRef, type ListRef, needsFreshRead, type Operation } from "../model/plan.ts";
import { findContactByHandle } from "../reading/handle-lookup.ts";
import { ContactLists } from "./contact-lists.ts";
import { isAsCreated, newContact, patchOver, plainPatch } from "./patch.ts";

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;

type MembershipKind = "add-to-list" | "remove-from-list" | "link-account" | "unlink-account";

export interface ExecutorOptions {
  readonly clock: Clock;
  /** Milliseconds; look-ups of a write of unknown fate wait multiples of it. */
  readonly backOff: number;
  /** Ids of contacts that were to be created and that are there already, by their addresses. May grow meanwhile. */
  readonly known?: ReadonlyMap<string, string>;
  /** The bytes that the plan saw. Throws a `PictureChangedError` when the file is another one by now. */
  readonly readPicture: (picture: Picture) => Promise<Uint8Array>;
  /** Once aborted nothing new is started; what is in flight may finish. */
  readonly signal?: AbortSignal;
}

const ATTEMPTS = 3;
/** How far back a contact is looked for that may have been created a moment ago. */
const RECENT_SECONDS = 600;
/** How long to wait before each look for a write of unknown fate; it is sent again when the last one finds nothing. */
const LOOK_WAITS = [1];
/** Front may show what is new late, and making it twice does harm, so that is looked for more than once. */
const LOOK_WAITS_FOR_NEW = [0, 2, 6];

/**
 * Carries out operations, each to a certain end where there is one: done, or a `FrontError` that says whether it may
 * have happened. A write of unknown fate is looked up before it is sent again.
 */
export class Executor {
  readonly #front: FrontApi;
  readonly #options: ExecutorOptions;
  readonly #created = new Map<string, string>();
  readonly #lists: ContactLists;

  /** `operations`: all that will be performed. */
  constructor(front: FrontApi, operations: readonly Operation[], options: ExecutorOptions) {
    this.#front = front;
    this.#options = options;
    const { clock, backOff, signal } = options;
    this.#lists = new ContactLists(front, operations, {
      ...{ clock, backOff, ...(signal === undefined ? {} : { signal }) },
      sendSafely: (send, look) => this.#settle(send, look, LOOK_WAITS_FOR_NEW),
    });
  }

  /** Ends with the id of the contact it made or changed, or of the list that it changed the members of. */
  async perform(operation: Operation): Promise<{ readonly contactId?: string; readonly listId?: string }> {
    const id = await this.#carryOut(operation);
    if (id === undefined) return {};
    return "list" in operation ? { listId: id } : { contactId: id };
  }

  async #carryOut(operation: Operation): Promise<string | undefined> {
    switch (operation.kind) {
      case "create-list":
        return await this.#createList(operation);
      case "create-contact":
        return await this.#createContact(operation);
      case "update-contact":
        return await this.#updateContact(operation);
      case "add-handle":
        return await this.#addHandle(operation);
      case "upload-avatar":
        return await this.#uploadAvatar(operation);
      case "remove-handle":
        return await this.#removeHandle(operation);
      case "merge-contacts":
        return await this.#merge(operation);
      case "delete-contact":
        return await this.#delete(operation);
      default:
        return await this.#changeMembers(operation);
    }
  }

  async #createList({ name }: Kind<"create-list">): Promise<undefined> {
    await this.#lists.create(name);
  }

  async #createContact(operation: Kind<"create-contact">): Promise<string> {
    const { id } = await this.#createOnce(operation);
    this.#created.set(operation.subjects[0] ?? "", id);
    return id;
  }

  async #createOnce(operation: Kind<"create-contact">): Promise<RemoteContact> {
    const send = async () => {
      await this.#lists.mustExist(operation);
      return await this.#front.createContact(newContact(operation));
    };
    try {
      return await this.#settle(send, () => this.#findCreated(operation), LOOK_WAITS_FOR_NEW);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      /** Another run of the same plan may have been faster; then it is as this one would have made it. */
      const same = await this.#findHolder(operation);
      if (same === undefined || !isAsCreated(same, operation)) throw error;
      return same;
    }
  }

  async #holdersOf({ handles }: Kind<"create-contact">): Promise<RemoteContact[]> {
    const holders = await Promise.all(handles.map((handle) => findContactByHandle(this.#front, handle)));
    return holders.filter((holder) => holder !== undefined);
  }

  /** No key makes a creation repeatable, but its handles are unique in Front, so they tell whether it took place. */
  async #findCreated(operation: Kind<"create-contact">): Promise<RemoteContact | undefined> {
    const found = await this.#findHolder(operation);
    if (found === undefined) return undefined;
    if (isAsCreated(found, operation)) return found;
    const message = `${found.id} holds a handle of this contact, but it is not the one that was being created`;
    /** Ours, changed by somebody since; or somebody else's: nobody can tell. */
    const advice = "Plan again to see whose handles these are now.";
    throw new FrontError("conflict", message, { outcome: "unknown", advice });
  }

  /** A private contact may stand in front of the shared one that was created, and then only a listing shows that. */
  async #findHolder(operation: Kind<"create-contact">): Promise<RemoteContact | undefined> {
    const { handles } = operation;
    const holders = await this.#holdersOf(operation);
    const shared = holders.find(({ isPrivate }) => !isPrivate);
    if (shared !== undefined || holders.length === 0) return shared;
    const updatedAfter = Math.max((this.#front.time ?? 0) / 1000 - RECENT_SECONDS, 0);
    for await (const page of this.#front.contacts({ updatedAfter })) {
      const found = page.contacts.find((each) => !each.isPrivate && handles.some((handle) => hasHandle(each, handle)));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #updateContact(operation: Kind<"update-contact">): Promise<string> {
    const { id } = operation.contact;
    if (needsFreshRead(operation)) {
      await this.#front.editContact(id, (fresh) => patchOver(operation, fresh));
      return id;
    }
    await this.#settle(
      () => this.#front.patchContact(id, plainPatch(operation)),
      async () =>
        patchOver({ ...operation, before: undefined }, await this.#mustRead(id)) === undefined ? true : undefined,
    );
    return id;
  }

  async #addHandle({ contact, handle }: Kind<"add-handle">): Promise<string> {
    const isThere = async () => (hasHandle(await this.#mustRead(contact.id), handle) ? true : undefined);
    try {
      await this.#settle(() => this.#front.addHandle(contact.id, handle), isThere);
    } catch (error) {
      /** Front does not document what it answers when the contact has the handle already. */
      if (!isRefusal(error) || (await isThere()) === undefined) throw error;
    }
    return contact.id;
  }

  async #uploadAvatar({ contact, picture }: Kind<"upload-avatar">): Promise<string> {
    const id = this.#idOf(contact);
    const bytes = await this.#options.readPicture(picture);
    /** Sending the same picture twice does no harm, and Front does not tell which picture it has. */
    await this.#settle(
      () => this.#front.uploadAvatar(id, picture.type, bytes),
      async () => undefined,
    );
    return id;
  }

  async #removeHandle({ contact, handle }: Kind<"remove-handle">): Promise<string> {
    const isGone = async () => {
      const found = await this.#front.contact(contact.id);
      return found !== undefined && holdsKeyOf(found, handle) ? undefined : true;
    };
    try {
      await this.#settle(() => this.#front.removeHandle(contact.id, handle), isGone);
    } catch (error) {
      /** Front does not document what it answers when the handle is not there any more. */
      if (!isRefusal(error) || (await isGone()) === undefined) throw error;
    }
    return contact.id;
  }

  async #merge({ target, others }: Kind<"merge-contacts">): Promise<string> {
    const seen = [target, ...others];
    const keys = seen.flatMap(({ handles }) => handles.map(handleKey));
    const isMerged = async () => {
      const survivor = await this.#mustRead(target.id);
      const held = new Set(survivor.handles.map(handleKey));
      return keys.every((key) => held.has(key)) ? survivor : undefined;
    };
    const found: (RemoteContact | undefined)[] = [];
    for (const { id } of seen) found.push(await this.#front.contact(id));
    const othersAreGone = found.slice(1).every((other) => other === undefined);
    /** Read again, for the others may have been merged after the target was read. */
    if (othersAreGone && (await isMerged()) !== undefined) return target.id;
    for (const [index, contact] of seen.entries()) mustBeAsSeen(contact, found[index] ?? gone(contact.id));
    const ids = others.map(({ id }) => id);
    try {
      const survivor = await this.#settle(() => this.#front.mergeContacts(target.id, ids), isMerged);
      if (survivor.id === target.id) return survivor.id;
      const advice = "Plan again: it finds the survivor by its handles.";
      throw new FrontError("changed", `Front kept ${survivor.id} in the merge, and not ${target.id}`, { advice });
    } catch (error) {
      /** Another run of the same plan may have been faster. */
      if (!isRefusal(error) || (await isMerged()) === undefined) throw error;
      return target.id;
    }
  }

  async #delete({ contact }: Kind<"delete-contact">): Promise<string> {
    const found = await this.#front.contact(contact.id);
    if (found === undefined) return contact.id;
    mustBeAsSeen(contact, found);
    const isGone = async () => ((await this.#front.contact(contact.id)) === undefined ? true : undefined);
    try {
      await this.#settle(() => this.#front.deleteContact(contact.id), isGone);
    } catch (error) {
      if (!isRefusal(error) || (await isGone()) === undefined) throw error;
    }
    return contact.id;
  }

  /** Who is in a list or an account already stays in it, so this may be repeated as it is. */
  async #changeMembers(operation: Kind<MembershipKind>): Promise<string | undefined> {
    const ids = operation.contacts.map((contact) => this.#idOf(contact));
    const listId = "list" in operation ? await this.#listId(operation.list) : "";
    const send = () => {
      switch (operation.kind) {
        case "add-to-list":
          return this.#front.addToList(listId, ids);
        case "remove-from-list":
          return this.#front.removeFromList(listId, ids);
        case "link-account":
          return this.#front.linkContacts(operation.account.id, ids);
        case "unlink-account":
          return this.#front.unlinkContacts(operation.account.id, ids);
      }
    };
    await this.#settle(send, async () => undefined);
    return listId || undefined;
  }

  #idOf(contact: ContactRef): string {
    if ("id" in contact) return contact.id;
    const id = this.#created.get(contact.createdAs) ?? this.#options.known?.get(contact.createdAs);
    if (id === undefined) throw new Error(`${contact.createdAs} was not created before it was needed`);
    return id;
  }

  async #listId({ id, name }: ListRef): Promise<string> {
    return id ?? (await this.#lists.idOf(name));
  }

  async #mustRead(id: string): Promise<RemoteContact> {
    return (await this.#front.contact(id)) ?? gone(id);
  }

  /** Sends, and where the fate is unknown, looks; what did not happen is sent again, a few times. */
  async #settle<T>(
    send: () => Promise<T>,
    look: () => Promise<T | true | undefined>,
    waits: readonly number[] = LOOK_WAITS,
  ): Promise<T> {
    let doubt: FrontError | undefined;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        doubt = doubtful(error, doubt);
        const found = await this.#lookUp(look, waits, doubt);
        if (found !== undefined) return found as T;
        if (attempt >= ATTEMPTS) throw doubt;
      }
    }
  }

  /** A look-up that fails leaves the write as doubtful as it was. */
  async #lookUp<T>(
    look: () => Promise<T | undefined>,
    waits: readonly number[],
    doubt: FrontError,
  ): Promise<T | undefined> {
    const { clock, backOff, signal } = this.#options;
    try {
      for (const wait of waits) {
        await clock.sleep(wait * backOff, signal);
        const found = await look();
        if (found !== undefined) return found;
      }
      return undefined;
    } catch (error) {
      if (error instanceof FrontError && error.code !== "conflict") throw doubt;
      throw error;
    }
  }
}

function gone(id: string): never {
  throw new FrontError("missing", `${id} is not there any more`, { advice: "It was deleted or merged: plan again." });
}

function holdsKeyOf({ handles }: RemoteContact, handle: Handle): boolean {
  return handles.some((held) => handleKey(held) === handleKey(handle));
}

/** Front said no and did nothing. The reason may be that somebody else did just the same. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof FrontError) || error.outcome === "unknown") return false;
  return ["missing", "refused", "conflict"].includes(error.code);
}

/** What is about to go for good has to be what was approved. */
function mustBeAsSeen({ id, handles, belongings }: ApprovedContact, fresh: RemoteContact): void {
  const seen = new Set(handles.map(handleKey));
  const held = new Set(fresh.handles.map(handleKey));
  const sameHandles = held.size === seen.size && [...held].every((key) => seen.has(key));
  if (sameHandles && belongingsOf(fresh) === belongings) return;
  const message = `${sameHandles ? "What belongs to" : "The handles of"} ${id} changed in Front after this plan`;
  throw new FrontError("changed", message, { advice: "Plan again, and look at what would be lost now." });
}

/**
 * The error to look into; everything that is certain is thrown on. After a doubt nothing is certain: that the write was
 * refused the second time may be our own doing, and says nothing of the first time.
 */
function doubtful(error: unknown, before: FrontError | undefined): FrontError {
  if (!(error instanceof FrontError)) throw error;
  if (error.outcome === "unknown") return error;
  if (before === undefined) throw error;
  if (error.code === "interrupted" || !stopsRun(error)) return before;
  throw new FrontError(error.code, error.message, { ...error, outcome: "unknown" });
}
