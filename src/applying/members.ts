import { type FrontApi, FrontError, withUnknownOutcome } from "../front/api.ts";
import type { BulkOperation } from "../model/plan.ts";
import { accountMissingError, contactMissingError, listMissingError } from "./messages.ts";
import type { SafeWrites } from "./safe-writes.ts";

export class Members {
  readonly #front: FrontApi;
  readonly #writes: SafeWrites;

  constructor(front: FrontApi, writes: SafeWrites) {
    this.#front = front;
    this.#writes = writes;
  }

  /**
   * Adds contacts to a list or an account, or removes them. `target` is the id of the list or account. Returns an error
   * for each contact that could not be added because it no longer exists, by contact id.
   */
  async change(
    operation: BulkOperation,
    target: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, FrontError>> {
    let isPartlyDone = false;
    /** Returns false if the list, the account or one of the contacts does not exist. */
    const send = async (part: readonly string[]): Promise<boolean> => {
      try {
        await this.#writes.sendIdempotent(() => this.#send(operation.kind, target, part));
        isPartlyDone = true;
        return true;
      } catch (error) {
        if (error instanceof FrontError && error.code === "missing") return false;
        throw isPartlyDone ? withUnknownOutcome(error) : error;
      }
    };
    if (await send(ids)) return new Map();
    const isRemoval = operation.kind === "remove-from-list" || operation.kind === "unlink-account";
    const exists = await this.#exists(operation, target);
    if (!exists && !isRemoval)
      throw "list" in operation ? listMissingError(operation.list.name) : accountMissingError(target);
    const missingIds = exists ? await sendInParts(ids, send) : [];
    return new Map(isRemoval ? [] : missingIds.map((id) => [id, contactMissingError(id)]));
  }

  #send(kind: BulkOperation["kind"], target: string, ids: readonly string[]): Promise<void> {
    switch (kind) {
      case "add-to-list":
        return this.#front.addToList(target, ids);
      case "remove-from-list":
        return this.#front.removeFromList(target, ids);
      case "link-account":
        return this.#front.linkContacts(target, ids);
      case "unlink-account":
        return this.#front.unlinkContacts(target, ids);
    }
  }

  async #exists(operation: BulkOperation, target: string): Promise<boolean> {
    if ("account" in operation) return (await this.#front.account(target)) !== undefined;
    return (await this.#front.contactLists()).some(({ id }) => id === target);
  }
}

/**
 * Sends smaller and smaller parts of the ids, because a request fails if one of its contacts does not exist. Returns
 * the ids of the missing contacts.
 */
async function sendInParts(
  ids: readonly string[],
  send: (part: readonly string[]) => Promise<boolean>,
): Promise<readonly string[]> {
  const missingIds: string[] = [];
  const failedParts = [ids];
  for (let part = failedParts.pop(); part !== undefined; part = failedParts.pop()) {
    if (part.length === 1) {
      missingIds.push(...part);
      continue;
    }
    const middle = Math.ceil(part.length / 2);
    for (const half of [part.slice(0, middle), part.slice(middle)]) {
      if (!(await send(half))) failedParts.push(half);
    }
  }
  return missingIds;
}
