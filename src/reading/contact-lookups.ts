import type { DesiredContact } from "../model/contact.ts";
import { type Handle, type HandleKey, handleKey, spellingsOf } from "../model/handle.ts";
import type { DesiredHandle } from "./handle-lookup.ts";

/** A declared handle, and the spellings in which Front was not asked for it yet. */
interface ContactQuery {
  readonly handle: DesiredHandle;
  readonly spellings: Handle[];
}

/** A declared contact, and what is not yet known of it. */
export interface Wanted {
  readonly contact: DesiredContact;
  /** Handles whose holder nobody has found yet, nor that there is none. */
  readonly open: Map<HandleKey, ContactQuery>;
  pinOpen: boolean;
  found: boolean;
}

/** A declared contact of which nothing is known yet. */
export function wantedFor(contact: DesiredContact): Wanted {
  const open = new Map<HandleKey, ContactQuery>();
  for (const handle of contact.handles) open.set(handleKey(handle), { handle, spellings: [...spellingsOf(handle)] });
  return { contact, open, pinOpen: contact.id !== undefined, found: false };
}

/**
 * At least how many look-ups a contact still takes: one finds it with all it holds, and each handle that it lacks
 * takes another, to see who else has it.
 */
export function costOf({ open, pinOpen, found }: Wanted): number {
  const forHandles = found ? open.size : Math.min(open.size, 1);
  return forHandles + (pinOpen ? 1 : 0);
}
