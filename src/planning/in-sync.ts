import type { ResolvedField } from "../config/resolve-fields.ts";
import type { ResolvedContact, ResolvedList } from "../config/resolve-references.ts";
import { type Handle, type HandleKey, handleKey, type List, type RemoteContact } from "../model/contact.ts";
import { normalText, sameField } from "../model/field-values.ts";

/** Data for the comparison of a contact that neither the entry nor the contact contains. */
export interface ComparisonContext {
  /** True if the picture in Front is the declared one. */
  readonly hasDeclaredAvatar: boolean;
  /** Handles that move to another entry. */
  readonly movingHandles: ReadonlySet<HandleKey>;
}

/**
 * Returns true only if comparing a contact with its entry would find no difference. May return false for such a contact,
 * such as one whose name has additional spaces. The comparison takes ten times as long, and most contacts match the files.
 */
export function isCertainlyInSync(
  { desired, lists = [], customFields = [] }: ResolvedContact,
  remote: RemoteContact,
  { hasDeclaredAvatar, movingHandles }: ComparisonContext,
): boolean {
  const { name, description, handles, links = [], avatar, exact, without } = desired;
  return (
    movingHandles.size === 0 &&
    exact.length === 0 &&
    without === undefined &&
    (name === undefined || name === remote.name) &&
    (description === undefined || description === remote.description) &&
    (avatar === undefined || (hasDeclaredAvatar && remote.avatarUrl !== undefined)) &&
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
