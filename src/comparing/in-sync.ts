import type { ResolvedField } from "../config/resolve-fields.ts";
import type { ResolvedContact, ResolvedList } from "../config/resolve-references.ts";
import { type Handle, type HandleKey, handleKey, type List, type RemoteContact } from "../model/contact.ts";
import { isSameFieldValue, normalText } from "../model/field-values.ts";

export interface ComparisonContext {
  readonly hasDeclaredAvatar: boolean;
  readonly movingHandles: ReadonlySet<HandleKey>;
}

/**
 * Returns true only if comparing a contact with its entry would find no difference. May return false without a
 * difference, for example if the name has extra spaces. Most contacts match the configuration, and this check is much
 * faster than a comparison.
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
    handles.every((handle) => includesHandle(remote.handles, handle)) &&
    links.every((link) => includesLink(remote.links, link)) &&
    lists.every((list) => isOnList(remote.lists, list)) &&
    customFields.every((field) => hasField(remote, field))
  );
}

function includesHandle(present: readonly Handle[], { source, handle }: Handle): boolean {
  return present.some(
    (other) =>
      other.source === source && (other.handle === handle || handleKey(other) === handleKey({ source, handle })),
  );
}

function includesLink(present: readonly string[], link: string): boolean {
  return present.includes(link) || present.some((other) => normalText(other) === normalText(link));
}

function isOnList(present: readonly List[], { id }: ResolvedList): boolean {
  return id !== undefined && present.some((list) => list.id === id);
}

function hasField({ customFields }: RemoteContact, { name, type, value }: ResolvedField): boolean {
  return isSameFieldValue(type, value, customFields.get(name));
}
