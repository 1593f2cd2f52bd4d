import type { RemoteContactIndex } from "../../matching/contact-index.ts";
import type { DesiredContact } from "../../model/contact.ts";
import { declaredKeys, type HandleKey, remoteKeys } from "../../model/handle.ts";

/**
 * Returns an entry of an undo with the protection that the configuration declares for its contact. An entry in
 * `protectedEntries` declares the contact if it has the same key, the same id or one of the contact's handles.
 */
export function withProtection(
  entry: DesiredContact,
  protectedEntries: readonly DesiredContact[],
  remote: RemoteContactIndex,
): DesiredContact {
  const contact = entry.id === undefined ? undefined : remote.withId(entry.id);
  const keys = new Set<HandleKey>([
    ...entry.handles.flatMap(declaredKeys),
    ...(contact?.handles ?? []).flatMap(remoteKeys),
  ]);
  const declaration = protectedEntries.find(
    ({ key, id, handles }) =>
      key === entry.key ||
      (id !== undefined && id === entry.id) ||
      handles.flatMap(declaredKeys).some((handle) => keys.has(handle)),
  );
  const protect = declaration?.protect;
  return protect === undefined ? entry : { ...entry, protect };
}
