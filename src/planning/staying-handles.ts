import { matchedContacts } from "../matching/match-contacts.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress } from "../model/address.ts";
import { type DesiredContact, type Handle, type HandleKey, handleKey, isWritable } from "../model/contact.ts";
import { declaredKeys, remoteKeys } from "../model/handle.ts";
import type { Plan } from "../model/plan.ts";
import type { MergedEntry } from "./three-way-merge.ts";

/**
 * Prevents an entry from removing the handles that stay on its contacts (see `OriginContext`), and reports these handles
 * as drift. Otherwise, an entry with exact handles that is planned in full (because it is new or merges contacts) would
 * remove them, although the plan adds them to no other contact.
 */
export function keepStayingHandles(
  merged: MergedEntry<MatchedEntry>,
  stayingHandles: ReadonlyMap<string, ReadonlySet<HandleKey>>,
): MergedEntry<MatchedEntry> {
  const { entry: matched, address } = merged;
  if (matched === undefined || stayingHandles.size === 0) return merged;
  const { resolved, match } = matched;
  const { key: name, location, handles, exact, without } = resolved.desired;
  if (!exact.includes("handles")) return merged;
  const declaredKeys = new Set(handles.map(handleKey));
  const contacts = matchedContacts(match);
  const undeclared = contacts.flatMap((contact) =>
    contact.handles
      .filter((handle) => isWritable(handle) && !declaredKeys.has(handleKey(handle)))
      .map((handle) => ({ handle, stays: stayingHandles.get(contact.id)?.has(handleKey(handle)) ?? false })),
  );
  const staying = undeclared.filter(({ stays }) => stays).map(({ handle }) => handle);
  const removed = undeclared.filter(({ stays }) => !stays).map(({ handle }) => handle);
  const [contact] = contacts;
  if (staying.length === 0 || contact === undefined) return merged;
  const desired = {
    ...resolved.desired,
    exact: exact.filter((collection) => collection !== "handles"),
    without: { ...without, handles: removed },
  };
  return {
    ...merged,
    entry: { ...matched, resolved: { ...resolved, desired } },
    drift: {
      address,
      name,
      location,
      id: contact.id,
      action: "update",
      origin: "front",
      differences: staying.map(differenceOf),
    },
  };
}

function differenceOf({ source, handle }: Handle) {
  const key = handleKey({ source, handle });
  return { attribute: "handles" as const, key, before: { source, handle }, origin: "front" as const };
}

/**
 * Returns whether an entry with drift declares a handle of a contact in the plan. With a base, this entry is the reason
 * why the handle stays on the contact.
 */
export function declaresStayingHandle({ changes, base }: Plan): (entry: DesiredContact) => boolean {
  const drifted = new Set(base?.drift.map(({ address }) => address));
  const handles = drifted.size === 0 ? [] : changes.flatMap(({ before }) => before?.handles ?? []);
  const keys = new Set(handles.flatMap(remoteKeys));
  return ({ key, handles: declared }) =>
    drifted.has(contactAddress(key)) &&
    declared.some((handle) => declaredKeys(handle).some((declaredKey) => keys.has(declaredKey)));
}
