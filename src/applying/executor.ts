import { type ContactPatch, type FrontApi, undefinedIf, withAdvice } from "../front/api.ts";
import { domainKey, hasEmailInDomain } from "../model/account.ts";
import type { Picture, RemoteContact } from "../model/contact.ts";
import { hashContactValues } from "../model/fingerprint.ts";
import { handleKey, hasHandle } from "../model/handle.ts";
import {
  type ApprovedContact,
  type BulkOperation,
  type ContactRef,
  needsFreshRead,
  type Operation,
  type OperationOf,
} from "../model/plan.ts";
import { findContactByHandle } from "../reading/handle-lookup.ts";
import { Accounts } from "./accounts.ts";
import { ContactLists } from "./contact-lists.ts";
import { isAsCreated, newContact, plainPatch, remainingContactUpdate, remainingPatch } from "./contact-patch.ts";
import type { WaitOptions } from "./creation-listings.ts";
import { editWithEmptyFields } from "./empty-fields.ts";
import { findNamedOwner, findSharedOwner } from "./handle-owners.ts";
import { changeMembers } from "./members.ts";
import {
  changedBeforeRemovalError,
  contactMissingError,
  handleOwnerAdvice,
  handleTakenError,
  otherSurvivorError,
} from "./messages.ts";
import type { PerformResult } from "./perform-result.ts";
import { isRejection, SafeWrites } from "./safe-writes.ts";

export interface ExecutorOptions extends WaitOptions {
  /**
   * IDs of existing contacts by address, including contacts that the plan creates but that already exist. May grow
   * during the apply.
   */
  readonly existingIds: ReadonlyMap<string, string>;
  /** Returns the bytes of a picture. Throws a `UserError` if the file changed after the plan was created. */
  readonly readPicture: (picture: Picture) => Promise<Uint8Array>;
}

/**
 * Performs operations. If a request fails, throws a `FrontError` whose `outcome` shows whether the operation may have
 * taken effect.
 */
export class Executor {
  readonly #front: FrontApi;
  readonly #options: ExecutorOptions;
  readonly #writes: SafeWrites;
  /** IDs of created contacts, by address. */
  readonly #createdIds = new Map<string, string>();
  /** IDs of the contacts to which this run added handles, including created contacts. */
  readonly #changedIds = new Set<string>();
  readonly #lists: ContactLists;
  readonly #accounts: Accounts;

  constructor(front: FrontApi, operations: readonly Operation[], options: ExecutorOptions) {
    this.#front = front;
    this.#options = options;
    this.#writes = new SafeWrites(options);
    this.#lists = new ContactLists(front, operations, this.#writes);
    this.#accounts = new Accounts(front, this.#writes);
  }

  async perform(operation: Operation): Promise<PerformResult> {
    if ("contacts" in operation) return await this.#changeMembers(operation);
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
        return { contactId: await this.#addHandle(operation) };
      case "upload-avatar":
        return { contactId: await this.#uploadAvatar(operation) };
      case "remove-handle":
        return { contactId: await this.#removeHandle(operation) };
      case "merge-contacts":
        return { contactId: await this.#merge(operation) };
      case "delete-contact":
        return await this.#delete(operation);
      case "create-account":
        return await this.#accounts.create(operation);
      case "update-account":
        return await this.#accounts.update(operation);
      case "delete-account":
        return await this.#accounts.delete(operation, this.#changedIds);
    }
  }

  async #createContact(operation: OperationOf<"create-contact">): Promise<PerformResult> {
    const result = await this.#createOnce(operation);
    this.#createdIds.set(operation.subjects[0] ?? "", result.contactId);
    this.#changedIds.add(result.contactId);
    return result;
  }

  async #createOnce(
    operation: OperationOf<"create-contact">,
  ): Promise<PerformResult & Required<Pick<PerformResult, "contactId">>> {
    const send = async () => {
      await this.#lists.assertExist(operation);
      return await this.#front.createContact(newContact(operation));
    };
    try {
      const { id } = await this.#writes.sendWithRepeatedChecks(send, () => this.#findCreated(operation));
      return { contactId: id };
    } catch (error) {
      if (!isRejection(error)) throw error;
      // Someone else, or another run of the same plan, may have created the contact.
      const owner =
        (await findSharedOwner(this.#front, operation.handles)) ??
        (await findNamedOwner(this.#front, error, operation.handles));
      if (owner === undefined) throw error;
      if (isAsCreated(owner, operation) && !owner.isPrivate) return { contactId: owner.id, alreadyDone: true };
      throw withAdvice(error, handleOwnerAdvice(owner));
    }
  }

  /**
   * Searches for the created contact by its handles, which are unique among shared contacts. Throws a `FrontError` if a
   * different contact has one of them.
   */
  async #findCreated(operation: OperationOf<"create-contact">): Promise<RemoteContact | undefined> {
    const owner = await findSharedOwner(this.#front, operation.handles);
    if (owner === undefined || isAsCreated(owner, operation)) return owner;
    throw handleTakenError(owner.id);
  }

  async #updateContact(operation: OperationOf<"update-contact">): Promise<PerformResult> {
    const { id } = operation.contact;
    if (needsFreshRead(operation)) return await this.#editContact(operation);
    await this.#writes.send(
      () => this.#front.patchContact(id, plainPatch(operation)),
      async () => trueIf(remainingPatch({ ...operation, before: undefined }, await this.#read(id)) === undefined),
    );
    return { contactId: id };
  }

  async #editContact(operation: OperationOf<"update-contact">): Promise<PerformResult> {
    const { id } = operation.contact;
    let before: RemoteContact | undefined;
    await editWithEmptyFields<RemoteContact, ContactPatch>(
      (patchFor) => this.#front.editContact(id, patchFor),
      (current) => {
        // After a lost response, a later read may already show the new values.
        before ??= current;
        return remainingPatch(operation, current);
      },
    );
    const performed = before && remainingContactUpdate(operation, before);
    return { contactId: id, ...(performed ? { performed } : { alreadyDone: true }) };
  }

  async #addHandle({ contact, handle }: OperationOf<"add-handle">): Promise<string> {
    try {
      await this.#writes.sendOrFindEffect(
        () => this.#front.addHandle(contact.id, handle),
        async () => trueIf(hasHandle(await this.#read(contact.id), handle)),
      );
    } catch (error) {
      if (!isRejection(error)) throw error;
      const found = await findContactByHandle(this.#front, handle);
      const shared = found?.isPrivate ? undefined : found;
      const owner = shared ?? (await findNamedOwner(this.#front, error, [handle])) ?? found;
      throw owner === undefined || owner.id === contact.id ? error : withAdvice(error, handleOwnerAdvice(owner));
    }
    this.#changedIds.add(contact.id);
    return contact.id;
  }

  async #uploadAvatar({ contact, picture }: OperationOf<"upload-avatar">): Promise<string> {
    const id = this.#idOf(contact);
    const bytes = await this.#options.readPicture(picture);
    // Front does not show which picture it stored, but an upload is idempotent.
    await this.#writes.sendIdempotent(() => this.#front.uploadAvatar(id, picture.type, bytes));
    return id;
  }

  /** Removes all spellings of a handle. Front may remove them with the first request and reject the later ones. */
  async #removeHandle({ contact, handle, otherSpellings = [] }: OperationOf<"remove-handle">): Promise<string> {
    const spellings = [handle.handle, ...otherSpellings];
    for (const [index, spelling] of spellings.entries()) {
      const remaining = spellings.slice(index + 1);
      await this.#writes.sendOrFindEffect(
        () => this.#front.removeHandle(contact.id, { source: handle.source, handle: spelling }),
        async () => {
          const handles = (await this.#front.contact(contact.id))?.handles ?? [];
          const sameHandles = handles.filter((other) => handleKey(other) === handleKey(handle));
          return trueIf(sameHandles.every((other) => remaining.includes(other.handle)));
        },
      );
    }
    return contact.id;
  }

  async #merge({ target, others }: OperationOf<"merge-contacts">): Promise<string> {
    this.#changedIds.add(target.id);
    const approved = [target, ...others];
    const keys = approved.flatMap(({ handles }) => handles.map(handleKey));
    const findMerged = async () => {
      const survivor = await this.#read(target.id);
      const survivorKeys = new Set(survivor.handles.map(handleKey));
      return keys.every((key) => survivorKeys.has(key)) ? survivor : undefined;
    };
    const current: (RemoteContact | undefined)[] = [];
    for (const { id } of approved) current.push(await this.#front.contact(id));
    const othersAreGone = current.slice(1).every((other) => other === undefined);
    // The target is read again, because the others may have been merged after the first read.
    if (othersAreGone && (await findMerged()) !== undefined) return target.id;
    for (const [index, contact] of approved.entries()) assertUnchanged(contact, current[index]);
    const ids = others.map(({ id }) => id);
    const survivor = await this.#writes.sendOrFindEffect(() => this.#front.mergeContacts(target.id, ids), findMerged);
    if (survivor.id !== target.id) throw otherSurvivorError(survivor.id, target.id);
    return target.id;
  }

  async #delete({ contact, accounts }: OperationOf<"delete-contact">): Promise<PerformResult> {
    const current = await this.#front.contact(contact.id);
    if (current === undefined) return { contactId: contact.id, alreadyDone: true };
    assertUnchanged(contact, current);
    await this.#assertNotLinked(current, accounts);
    await this.#writes.sendOrFindEffect(
      () => this.#front.deleteContact(contact.id),
      async () => trueIf((await this.#front.contact(contact.id)) === undefined),
    );
    return { contactId: contact.id };
  }

  /**
   * Throws a `FrontError` if someone linked the contact to an account that is not in `approvedIds`. Ignores an account
   * with the domain of the contact's email address, because Front creates such links itself.
   */
  async #assertNotLinked(contact: RemoteContact, approvedIds?: readonly string[]): Promise<void> {
    const { id, account, handles } = contact;
    if (approvedIds === undefined || !account || approvedIds.includes(account.id)) return;
    if (this.#accounts.hasAddedDomainOf(contact, account.id)) return;
    const { domains = [] } = (await undefinedIf("forbidden", this.#front.account(account.id))) ?? {};
    if (!hasEmailInDomain(handles, new Set(domains.map(domainKey)))) throw changedBeforeRemovalError(id, "account");
  }

  async #changeMembers(operation: BulkOperation): Promise<PerformResult> {
    const ids = operation.contacts.map((contact) => this.#idOf(contact));
    const isOfList = "list" in operation;
    const target = isOfList
      ? (operation.list.id ?? (await this.#lists.idOf(operation.list.name)))
      : this.#accounts.idOf(operation.account);
    const errors = await changeMembers({ operation, target, ids }, this.#front, this.#writes);
    const missing = operation.subjects.flatMap((address, index) => {
      const error = errors.get(ids[index] ?? "");
      return error === undefined ? [] : [[address, error] as const];
    });
    return { ...(isOfList && { listId: target }), ...(missing.length > 0 && { missingContacts: new Map(missing) }) };
  }

  #idOf(contact: ContactRef): string {
    if ("id" in contact) return contact.id;
    const id = this.#createdIds.get(contact.createdAs) ?? this.#options.existingIds.get(contact.createdAs);
    if (id === undefined) throw new Error(`${contact.createdAs} was not created before it was needed`);
    return id;
  }

  /** Returns a contact. Throws a `FrontError` if the contact does not exist. */
  async #read(id: string): Promise<RemoteContact> {
    const contact = await this.#front.contact(id);
    if (contact === undefined) throw contactMissingError(id);
    return contact;
  }
}

function trueIf(condition: boolean): true | undefined {
  return condition ? true : undefined;
}

function assertUnchanged({ id, handles, belongings }: ApprovedContact, current: RemoteContact | undefined): void {
  if (current === undefined) throw contactMissingError(id);
  const approvedKeys = new Set(handles.map(handleKey));
  const currentKeys = new Set(current.handles.map(handleKey));
  const sameHandles = currentKeys.size === approvedKeys.size && [...currentKeys].every((key) => approvedKeys.has(key));
  if (sameHandles && hashContactValues(current) === belongings) return;
  throw changedBeforeRemovalError(id, sameHandles ? "values" : "handles");
}
