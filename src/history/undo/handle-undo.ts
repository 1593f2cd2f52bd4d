import type { RemoteContactIndex } from "../../matching/contact-index.ts";
import { append } from "../../model/append.ts";
import type { RemoteContact } from "../../model/contact.ts";
import { type Handle, handleKey, hasHandle, mayBeSame } from "../../model/handle.ts";
import { lastDigits } from "../../model/phone.ts";
import type { ContactChanges } from "./run-changes.ts";

export interface HandleUndo {
  readonly restored: readonly Handle[];
  /** Spelled as in Front. */
  readonly removed: readonly Handle[];
  /** Handles that cannot be added again, because another contact has them now. */
  readonly takenHandles: readonly Handle[];
  /** Handles that cannot be removed, because the contact would have no other handle. */
  readonly lastHandles: readonly Handle[];
}

interface HandleChanges {
  readonly changes: ContactChanges;
  readonly contact: RemoteContact;
  /** Handles that the run removed and that the contact does not have. */
  readonly missing: readonly Handle[];
  /** Handles that the run added and that the contact still has. Empty if the contact would have no other handle. */
  removable: readonly Handle[];
  lastHandles: readonly Handle[];
}

/**
 * Returns the changes to handles that undo a run. Contacts depend on each other: a handle can move back only if the
 * other contact can lose it, and every contact must have at least one handle.
 */
export function handlesToRestore(
  contacts: readonly ContactChanges[],
  index: RemoteContactIndex,
): ReadonlyMap<ContactChanges, HandleUndo> {
  const allChanges = withStoredSpelling(contacts.flatMap((changes) => handleChangesOf(changes, index)));
  const byId = new Map(allChanges.map((handleChanges) => [handleChanges.contact.id, handleChanges]));
  const isFree = (handle: Handle) => {
    const owner = index.contactWith(handle);
    return owner === undefined || hasHandle({ handles: byId.get(owner.id)?.removable ?? [] }, handle);
  };
  for (let isStable = false; !isStable; ) {
    isStable = true;
    for (const handleChanges of allChanges) {
      const { contact, removable, missing } = handleChanges;
      const hasOthers = contact.handles.length > removable.length || missing.some(isFree);
      if (removable.length === 0 || hasOthers) continue;
      handleChanges.lastHandles = removable;
      handleChanges.removable = [];
      isStable = false;
    }
  }
  return new Map(
    allChanges.map(({ changes, missing, removable: removed, lastHandles }) => {
      const restored = missing.filter(isFree);
      const takenHandles = missing.filter((handle) => !isFree(handle));
      return [changes, { restored, removed, takenHandles, lastHandles }];
    }),
  );
}

/**
 * Returns the changes with another spelling of some phone numbers: a number to restore is spelled like a similar number
 * that the undo removes from another contact, so that the undo moves the number.
 */
function withStoredSpelling(all: readonly HandleChanges[]): readonly HandleChanges[] {
  const removable = new Map<string | undefined, Handle[]>();
  for (const handle of all.flatMap((changes) => changes.removable.filter(isPhone)))
    append(removable, lastDigits(handle.handle), handle);
  const similarTo = ({ handle }: Handle) => removable.get(lastDigits(handle)) ?? [];
  const stored = (handle: Handle) => (isPhone(handle) && onlySimilar(handle, similarTo(handle))) || handle;
  return all.map((changes) => ({ ...changes, missing: changes.missing.map(stored) }));
}

function isPhone({ source }: Handle): boolean {
  return source === "phone";
}

/**
 * Returns the only handle in `handles` that may be the same phone number as `handle`, with or without a country code;
 * undefined if there are none or several, or if one of them equals `handle`.
 */
function onlySimilar(handle: Handle, handles: readonly Handle[]): Handle | undefined {
  if (handles.some((other) => handleKey(other) === handleKey(handle))) return undefined;
  const [first, ...others] = handles.filter((other) => mayBeSame(handle, other));
  return others.length === 0 ? first : undefined;
}

function handleChangesOf(changes: ContactChanges, index: RemoteContactIndex): HandleChanges[] {
  const { kind, id = "", handles } = changes;
  const contact = kind === "changed" ? index.withId(id) : undefined;
  if (contact === undefined) return [];
  const added = new Set(handles.added.map(handleKey));
  const removed = new Set(handles.removed.map(handleKey));
  const missing = handles.removed.filter((handle) => !added.has(handleKey(handle)) && !hasHandle(contact, handle));
  // Front may have stored an added number with a country code.
  const stored = new Set(handles.added.map((handle) => onlySimilar(handle, contact.handles)));
  const removable = contact.handles.filter((handle) => {
    const key = handleKey(handle);
    return (added.has(key) || stored.has(handle)) && !removed.has(key);
  });
  return [{ changes, contact, missing, removable, lastHandles: [] }];
}
