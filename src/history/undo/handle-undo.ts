import type { RemoteContactIndex } from "../../matching/contact-index.ts";
import type { RemoteContact } from "../../model/contact.ts";
import { type Handle, handleKey, hasHandle, mayBeSame } from "../../model/handle.ts";
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
  const removedInRun = { handles: contacts.flatMap(({ handles }) => handles.removed.filter(isPhone)) };
  const all = contacts.flatMap((changes) => handleChangesOf(changes, index, removedInRun));
  const byId = new Map(all.map((handleChanges) => [handleChanges.contact.id, handleChanges]));
  const isFree = (handle: Handle) => {
    const owner = index.contactWith(handle);
    return owner === undefined || hasHandle({ handles: byId.get(owner.id)?.removable ?? [] }, handle);
  };
  for (let isStable = false; !isStable; ) {
    isStable = true;
    for (const handleChanges of all) {
      const { contact, removable, missing } = handleChanges;
      const hasOthers = contact.handles.length > removable.length || missing.some(isFree);
      if (removable.length === 0 || hasOthers) continue;
      handleChanges.lastHandles = removable;
      handleChanges.removable = [];
      isStable = false;
    }
  }
  return new Map(
    all.map(({ changes, missing, removable: removed, lastHandles }) => {
      const restored = missing.filter(isFree);
      const takenHandles = missing.filter((handle) => !isFree(handle));
      return [changes, { restored, removed, takenHandles, lastHandles }];
    }),
  );
}

/**
 * Returns the number as which Front stored an added number, if Front added the country code. Returns none for a number
 * that another contact lost in the run, because the undo cannot always add it to that contact again.
 */
function storedWithCountry(
  added: Handle,
  { handles }: RemoteContact,
  removedInRun: Pick<RemoteContact, "handles">,
): readonly Handle[] {
  if (handles.some((handle) => handleKey(handle) === handleKey(added)) || hasHandle(removedInRun, added)) return [];
  const similar = handles.filter((handle) => mayBeSame(added, handle));
  return similar.length === 1 ? similar : [];
}

function isPhone({ source }: Handle): boolean {
  return source === "phone";
}

/** `removedInRun` contains the phone numbers that the run removed from any contact. */
function handleChangesOf(
  changes: ContactChanges,
  index: RemoteContactIndex,
  removedInRun: Pick<RemoteContact, "handles">,
): HandleChanges[] {
  const { kind, id = "", handles } = changes;
  const contact = kind === "changed" ? index.withId(id) : undefined;
  if (contact === undefined) return [];
  const added = new Set(handles.added.map(handleKey));
  const removed = new Set(handles.removed.map(handleKey));
  const missing = handles.removed.filter((handle) => !added.has(handleKey(handle)) && !hasHandle(contact, handle));
  const stored = new Set(handles.added.flatMap((handle) => storedWithCountry(handle, contact, removedInRun)));
  const removable = contact.handles.filter((handle) => {
    const key = handleKey(handle);
    return (added.has(key) && !removed.has(key)) || stored.has(handle);
  });
  return [{ changes, contact, missing, removable, lastHandles: [] }];
}
