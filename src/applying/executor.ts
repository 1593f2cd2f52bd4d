import type { Clock } from "../clock/clock.ts";
import { type FrontApi, FrontError, stopsRun, withUnknownOutcome } from "../front/api.ts";
import type { Picture, RemoteContact } from "../model/contact.ts";
import { belongingsOf } from "../model/fingerprint.ts";
import { type Handle, handleKey, hasHandle } from "../model/handle.ts";
import { type ApprovedContact, type ContactRef, type ListRef, needsFreshRead, type Operation } from "../model/plan.ts";
import { findContactByHandle } from "../reading/handle-lookup.ts";
import { Accounts } from "./accounts.ts";
import { ContactLists } from "./contact-lists.ts";
import { Members, type MembershipOperation } from "./members.ts";
import { changedBeforeRemoval, contactMissing, handleTaken, otherSurvivor } from "./messages.ts";
import { isAsCreated, newContact, patchOver, plainPatch } from "./patch.ts";

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;

/** The target of a performed operation, by id. */
export interface PerformedOn {
  readonly contactId?: string;
  readonly listId?: string;
  readonly accountId?: string;
}

interface Performed extends PerformedOn {
  /** Why it could not be performed on contacts that no longer exist, by the address of their entry. */
  readonly missing?: ReadonlyMap<string, FrontError>;
}

export interface ExecutorOptions {
  readonly clock: Clock;
  /** Milliseconds. Waits before checking a write with an unknown outcome are multiples of it. */
  readonly backOff: number;
  /** Ids of contacts that the plan creates and that already exist, by address. May grow during the apply. */
  readonly known?: ReadonlyMap<string, string>;
  /** Returns the bytes of a picture. Throws a `PictureChangedError` if the file changed after the plan. */
  readonly readPicture: (picture: Picture) => Promise<Uint8Array>;
  /** Once aborted, no operation is started; requests in flight may finish. */
  readonly signal?: AbortSignal | undefined;
}

const ATTEMPTS = 3;
/** Maximum age, in seconds, of contacts in a listing that searches for one that may just have been created. */
const RECENT_SECONDS = 600;
/** Waits before each check of a write with an unknown outcome, in back-offs. It is sent again if no check finds it. */
const CHECK_WAITS = [1];
/** Listings may omit new objects at first, and duplicates do harm, so creations are checked several times. */
const CHECK_WAITS_FOR_NEW = [0, 2, 6];

/**
 * Performs operations. If one fails, the `FrontError` says whether it may have taken effect. If the outcome of a write
 * is unknown, Front is checked before the write is retried.
 */
export class Executor {
  readonly #front: FrontApi;
  readonly #options: ExecutorOptions;
  readonly #created = new Map<string, string>();
  readonly #lists: ContactLists;
  readonly #accounts: Accounts;
  readonly #members: Members;

  /** `operations`: all operations that will be performed. */
  constructor(front: FrontApi, operations: readonly Operation[], options: ExecutorOptions) {
    this.#front = front;
    this.#options = options;
    const { clock, backOff, signal } = options;
    this.#lists = new ContactLists(front, operations, {
      ...{ clock, backOff, signal },
      sendSafely: (send, look) => this.#sendSafely(send, look, CHECK_WAITS_FOR_NEW),
    });
    this.#accounts = new Accounts(front, {
      ...{ clock, backOff, signal, known: options.known },
      sendSafely: (send, look) => this.#sendSafely(send, look, CHECK_WAITS_FOR_NEW),
    });
    // Changes of members are idempotent, so they may be retried.
    this.#members = new Members(front, { send: (request) => this.#sendSafely(request, async () => undefined) });
  }

  /** Returns the id of the contact or account that was created or changed, or of the list whose members changed. */
  async perform(operation: Operation): Promise<Performed> {
    if ("contacts" in operation) return await this.#changeMembers(operation);
    const id = await this.#perform(operation);
    if (id === undefined) return {};
    if (isOnAccount(operation)) return { accountId: id };
    return operation.kind === "create-list" || "list" in operation ? { listId: id } : { contactId: id };
  }

  async #perform(operation: Exclude<Operation, MembershipOperation>): Promise<string | undefined> {
    switch (operation.kind) {
      case "create-list":
        return await this.#lists.create(operation);
      case "delete-list":
        return await this.#lists.delete(operation);
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
      case "create-account":
        return await this.#accounts.create(operation);
      case "update-account":
        return await this.#accounts.update(operation);
      case "delete-account":
        return await this.#accounts.delete(operation);
    }
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
      return await this.#sendSafely(send, () => this.#findCreated(operation), CHECK_WAITS_FOR_NEW);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // Another run of the same plan may have created it.
      const same = await this.#findOwner(operation);
      if (same === undefined || !isAsCreated(same, operation)) throw error;
      return same;
    }
  }

  async #ownersOf({ handles }: Kind<"create-contact">): Promise<RemoteContact[]> {
    const owners = await Promise.all(handles.map((handle) => findContactByHandle(this.#front, handle)));
    return owners.filter((owner) => owner !== undefined);
  }

  /**
   * Returns the created contact, if any. Creations are not idempotent, but handles are unique in Front, so they
   * identify it.
   */
  async #findCreated(operation: Kind<"create-contact">): Promise<RemoteContact | undefined> {
    const found = await this.#findOwner(operation);
    if (found === undefined) return undefined;
    if (isAsCreated(found, operation)) return found;
    throw handleTaken(found.id);
  }

  /**
   * Returns the shared contact with one of the handles. A lookup may return a private contact instead; then only a
   * listing shows the shared one.
   */
  async #findOwner(operation: Kind<"create-contact">): Promise<RemoteContact | undefined> {
    const { handles } = operation;
    const owners = await this.#ownersOf(operation);
    const shared = owners.find(({ isPrivate }) => !isPrivate);
    if (shared !== undefined || owners.length === 0) return shared;
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
    await this.#sendSafely(
      () => this.#front.patchContact(id, plainPatch(operation)),
      async () =>
        patchOver({ ...operation, before: undefined }, await this.#mustRead(id)) === undefined ? true : undefined,
    );
    return id;
  }

  async #addHandle({ contact, handle }: Kind<"add-handle">): Promise<string> {
    const isThere = async () => (hasHandle(await this.#mustRead(contact.id), handle) ? true : undefined);
    try {
      await this.#sendSafely(() => this.#front.addHandle(contact.id, handle), isThere);
    } catch (error) {
      // Front does not document its response when the contact already has the handle.
      if (!isRefusal(error) || (await isThere()) === undefined) throw error;
    }
    return contact.id;
  }

  async #uploadAvatar({ contact, picture }: Kind<"upload-avatar">): Promise<string> {
    const id = this.#idOf(contact);
    const bytes = await this.#options.readPicture(picture);
    // Uploading a picture is idempotent, and Front does not report which picture it has.
    await this.#sendSafely(
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
      await this.#sendSafely(() => this.#front.removeHandle(contact.id, handle), isGone);
    } catch (error) {
      // Front does not document its response when the contact does not have the handle.
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
    // The target is read again, because the others may have been merged after it was read.
    if (othersAreGone && (await isMerged()) !== undefined) return target.id;
    for (const [index, contact] of seen.entries()) mustBeUnchanged(contact, found[index] ?? throwMissing(contact.id));
    const ids = others.map(({ id }) => id);
    try {
      const survivor = await this.#sendSafely(() => this.#front.mergeContacts(target.id, ids), isMerged);
      if (survivor.id === target.id) return survivor.id;
      throw otherSurvivor(survivor.id, target.id);
    } catch (error) {
      // Another run of the same plan may have merged them.
      if (!isRefusal(error) || (await isMerged()) === undefined) throw error;
      return target.id;
    }
  }

  async #delete({ contact }: Kind<"delete-contact">): Promise<string> {
    const found = await this.#front.contact(contact.id);
    if (found === undefined) return contact.id;
    mustBeUnchanged(contact, found);
    const isGone = async () => ((await this.#front.contact(contact.id)) === undefined ? true : undefined);
    try {
      await this.#sendSafely(() => this.#front.deleteContact(contact.id), isGone);
    } catch (error) {
      if (!isRefusal(error) || (await isGone()) === undefined) throw error;
    }
    return contact.id;
  }

  async #changeMembers(operation: MembershipOperation): Promise<Performed> {
    const ids = operation.contacts.map((contact) => this.#idOf(contact));
    const isOfList = "list" in operation;
    const target = isOfList ? await this.#listId(operation.list) : this.#accounts.idOf(operation.account);
    const gone = await this.#members.change(operation, target, ids);
    const missing = operation.subjects.flatMap((address, index) => {
      const error = gone.get(ids[index] ?? "");
      return error === undefined ? [] : [[address, error] as const];
    });
    return { ...(isOfList && { listId: target }), ...(missing.length > 0 && { missing: new Map(missing) }) };
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
    return (await this.#front.contact(id)) ?? throwMissing(id);
  }

  /** Sends a write. If its outcome is unknown, `look` checks Front; a write that did not take effect is retried. */
  async #sendSafely<T>(
    send: () => Promise<T>,
    look: () => Promise<T | true | undefined>,
    waits: readonly number[] = CHECK_WAITS,
  ): Promise<T> {
    let unknown: FrontError | undefined;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        unknown = unknownOutcome(error, unknown);
        const found = await this.#check(look, waits, unknown);
        if (found !== undefined) return found as T;
        if (attempt >= ATTEMPTS) throw unknown;
      }
    }
  }

  /** Throws `unknown` when the check fails. */
  async #check<T>(
    look: () => Promise<T | undefined>,
    waits: readonly number[],
    unknown: FrontError,
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
      if (error instanceof FrontError && error.code !== "conflict") throw unknown;
      throw error;
    }
  }
}

function isOnAccount({ kind }: Operation): boolean {
  return kind === "create-account" || kind === "update-account" || kind === "delete-account";
}

function throwMissing(id: string): never {
  throw contactMissing(id);
}

function holdsKeyOf({ handles }: RemoteContact, handle: Handle): boolean {
  return handles.some((held) => handleKey(held) === handleKey(handle));
}

/** Returns whether Front refused a write and did nothing, perhaps because another run already did the same. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof FrontError) || error.outcome === "unknown") return false;
  return ["missing", "refused", "conflict"].includes(error.code);
}

/** Throws a `FrontError` if a contact to merge or delete changed since the approval. */
function mustBeUnchanged({ id, handles, belongings }: ApprovedContact, fresh: RemoteContact): void {
  const seen = new Set(handles.map(handleKey));
  const held = new Set(fresh.handles.map(handleKey));
  const sameHandles = held.size === seen.size && [...held].every((key) => seen.has(key));
  if (sameHandles && belongingsOf(fresh) === belongings) return;
  throw changedBeforeRemoval(id, sameHandles ? "values" : "handles");
}

/**
 * Returns the error of a write whose outcome is unknown, and throws any other error. Once an attempt had an unknown
 * outcome, a refusal of a later attempt does not show whether the first one took effect.
 */
function unknownOutcome(error: unknown, before: FrontError | undefined): FrontError {
  if (!(error instanceof FrontError)) throw error;
  if (error.outcome === "unknown") return error;
  if (before === undefined) throw error;
  if (error.code === "interrupted" || !stopsRun(error)) return before;
  throw withUnknownOutcome(error);
}
