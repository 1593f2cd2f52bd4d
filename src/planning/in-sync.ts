import type { ResolvedField } from "../config/resolve-fields.ts";
import type { ResolvedContact, ResolvedList } from "../config/resolve-references.ts";
import { type Handle, type HandleKey, handleKey, type List, type RemoteContact } from "../model/contact.ts";
import { normalText, sameField } from "../model/field-values.ts";

/** The context of a comparison. */
export interface ComparedWith {
  /** True if the picture in Front is the declared one. */
  readonly samePicture: boolean;
  /** Handles that move to another entry. */
  readonly leaving: ReadonlySet<HandleKey>;
}

/**
 * Returns true only if a contact has all that its entry declares, in the same spelling apart from handles, links and
 * custom fields, so that comparing the two would find no difference. Comparing takes ten times as long, and most contacts
 * match the files. False does not mean that there is a difference.
 */
export function isCertainlyInSync(
  { desired, lists = [], customFields = [] }: ResolvedContact,
  remote: RemoteContact,
  { samePicture, leaving }: ComparedWith,
): boolean {
  const { name, description, handles, links = [], avatar, exact, without } = desired;
  return (
    leaving.size === 0 &&
    exact.length === 0 &&
    without === undefined &&
    (name === undefined || name === remote.name) &&
    (description === undefined || description === remote.description) &&
    (avatar === undefined || (samePicture && remote.avatarUrl !== undefined)) &&
    handles.every((handle) => hasHandle(remote.handles, handle)) &&
    links.every((link) => hasLink(remote.links, link)) &&
    lists.every((list) => isOnList(remote.lists, list)) &&
    customFields.every((field) => hasField(remote, field))
  );
}

function hasHandle(present: readonly Handle[], { source, handle }: Handle): boolean {
  return present.some(
    (other) =>
      other.source === source && (other.handle === handle || handleKey(other) === handleKey({ source, handle })),
  );
}

function hasLink(present: readonly string[], link: string): boolean {
  return present.includes(link) || present.some((other) => normalText(other) === normalText(link));
}

function isOnList(present: readonly List[], { id }: ResolvedList): boolean {
  return id !== undefined && present.some((list) => list.id === id);
}

function hasField({ customFields }: RemoteContact, { name, type, value }: ResolvedField): boolean {
  const current = customFields.get(name);
  return value === current || sameField(type, value, current);
}
