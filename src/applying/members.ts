import { type FrontApi, FrontError, withUnknownOutcome } from "../front/api.ts";
import type { BulkOperation } from "../model/plan.ts";
import { accountMissingError, contactMissingError, listMissingError } from "./messages.ts";
import type { SafeWrites } from "./safe-writes.ts";

/**
 * Adds contacts to a list or an account, or removes them. `target` is the ID of the list or account. Returns an error for
 * each contact that could not be added because it no longer exists, by contact ID.
 */
export async function changeMembers(
  { operation, target, ids }: { operation: BulkOperation; target: string; ids: readonly string[] },
  front: FrontApi,
  writes: SafeWrites,
): Promise<ReadonlyMap<string, FrontError>> {
  let isPartlyDone = false;
  /** Returns false if the list, the account or one of the contacts does not exist. */
  const send = async (part: readonly string[]): Promise<boolean> => {
    try {
      await writes.sendIdempotent(() => sendChange(operation.kind, target, part, front));
      isPartlyDone = true;
      return true;
    } catch (error) {
      if (error instanceof FrontError && error.code === "missing") return false;
      throw isPartlyDone ? withUnknownOutcome(error) : error;
    }
  };
  if (await send(ids)) return new Map();
  const isRemoval = operation.kind === "remove-from-list" || operation.kind === "unlink-account";
  const exists = await targetExists(operation, target, front);
  if (!exists && !isRemoval)
    throw "list" in operation ? listMissingError(operation.list.name) : accountMissingError(target);
  const missingIds = exists ? await sendInParts(ids, send) : [];
  return new Map(isRemoval ? [] : missingIds.map((id) => [id, contactMissingError(id)]));
}

function sendChange(
  kind: BulkOperation["kind"],
  target: string,
  ids: readonly string[],
  front: FrontApi,
): Promise<void> {
  switch (kind) {
    case "add-to-list":
      return front.addToList(target, ids);
    case "remove-from-list":
      return front.removeFromList(target, ids);
    case "link-account":
      return front.linkContacts(target, ids);
    case "unlink-account":
      return front.unlinkContacts(target, ids);
  }
}

async function targetExists(operation: BulkOperation, target: string, front: FrontApi): Promise<boolean> {
  if ("account" in operation) return (await front.account(target)) !== undefined;
  return (await front.contactLists()).some(({ id }) => id === target);
}

/**
 * Returns the IDs of the missing contacts. Sends smaller and smaller parts of the IDs, because a request fails if one of
 * its contacts does not exist.
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
