import type { RemoteContactIndex } from "../../matching/contact-index.ts";
import type { DesiredContact } from "../../model/contact.ts";
import { declaredKeys, type HandleKey, remoteKeys } from "../../model/handle.ts";

/**
 * Returns an entry of an undo with the protection of its contact in the files, which declare the contact by the same
 * key, by its id or by one of its handles. `declared`: the protected entries of the files.
 */
export function withProtection(
  entry: DesiredContact,
  declared: readonly DesiredContact[],
  remote: RemoteContactIndex,
): DesiredContact {
  const contact = entry.id === undefined ? undefined : remote.withId(entry.id);
  const keys = new Set<HandleKey>([
    ...entry.handles.flatMap(declaredKeys),
    ...(contact?.handles ?? []).flatMap(remoteKeys),
  ]);
  const { protect } =
    declared.find(
      ({ key, id, handles }) =>
        key === entry.key ||
        (id !== undefined && id === entry.id) ||
        handles.flatMap(declaredKeys).some((each) => keys.has(each)),
    ) ?? {};
  return protect === undefined ? entry : { ...entry, protect };
}
