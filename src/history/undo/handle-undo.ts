import type { RemoteContactIndex } from "../../matching/contact-index.ts";
import type { RemoteContact } from "../../model/contact.ts";
import { type Handle, handleKey, hasHandle } from "../../model/handle.ts";
import type { ContactChanges } from "./run-changes.ts";

/** The changes of the handles of one contact when a run is undone. */
export interface HandleUndo {
  /** Handles to add again. */
  readonly restored: readonly Handle[];
  /** Handles to remove, in Front's spelling. */
  readonly removed: readonly Handle[];
  /** Handles that another contact has now. */
  readonly taken: readonly Handle[];
  /** Handles that stay because the contact would have none without them. */
  readonly last: readonly Handle[];
}

interface Subject {
  readonly changes: ContactChanges;
  readonly contact: RemoteContact;
  /** Handles that the run removed and that the contact does not have. */
  readonly missing: readonly Handle[];
  /** Handles that the run added and that the contact still has. Emptied if it would have no handle without them. */
  leaving: readonly Handle[];
  last: readonly Handle[];
}

/**
 * Returns the handle changes of all contacts. They depend on each other: a moved handle can return only if it is
 * removed from the other contact, and a contact can lose handles only if it keeps one or gets one back.
 */
export function handlesToRestore(
  contacts: readonly ContactChanges[],
  index: RemoteContactIndex,
): ReadonlyMap<ContactChanges, HandleUndo> {
  const subjects = contacts.flatMap((changes) => subjectOf(changes, index));
  const byId = new Map(subjects.map((subject) => [subject.contact.id, subject]));
  const isFree = (handle: Handle) => {
    const owner = index.contactWith(handle);
    return owner === undefined || hasHandle({ handles: byId.get(owner.id)?.leaving ?? [] }, handle);
  };
  for (let settled = false; !settled; ) {
    settled = true;
    for (const subject of subjects) {
      const { contact, leaving, missing } = subject;
      const keeps = contact.handles.length > leaving.length || missing.some(isFree);
      if (leaving.length === 0 || keeps) continue;
      subject.last = leaving;
      subject.leaving = [];
      settled = false;
    }
  }
  return new Map(
    subjects.map(({ changes, missing, leaving, last }) => [
      changes,
      {
        ...{ removed: leaving, last },
        restored: missing.filter(isFree),
        taken: missing.filter((handle) => !isFree(handle)),
      },
    ]),
  );
}

function subjectOf(changes: ContactChanges, index: RemoteContactIndex): Subject[] {
  const { kind, id = "", handles } = changes;
  const contact = kind === "changed" ? index.withId(id) : undefined;
  if (contact === undefined) return [];
  const added = new Set(handles.added.map(handleKey));
  const removed = new Set(handles.removed.map(handleKey));
  return [
    {
      ...{ changes, contact, last: [] },
      missing: handles.removed.filter((handle) => !added.has(handleKey(handle)) && !hasHandle(contact, handle)),
      leaving: contact.handles.filter((held) => added.has(handleKey(held)) && !removed.has(handleKey(held))),
    },
  ];
}
