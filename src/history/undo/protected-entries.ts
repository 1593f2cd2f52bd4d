import type { RemoteContactIndex } from "../../matching/contact-index.ts";
import type { DesiredContact } from "../../model/contact.ts";
import { declaredKeys, type HandleKey, remoteKeys } from "../../model/handle.ts";

/** The entries of the configuration with `protect: true`. */
export class ProtectedEntries {
  readonly #byKey: ReadonlyMap<string, DesiredContact>;
  readonly #byId: ReadonlyMap<string | undefined, DesiredContact>;
  readonly #byHandle: ReadonlyMap<HandleKey, DesiredContact>;

  constructor(entries: readonly DesiredContact[]) {
    this.#byKey = new Map(entries.map((entry) => [entry.key, entry]));
    this.#byId = new Map(entries.map((entry) => [entry.id, entry]));
    this.#byHandle = new Map(
      entries.flatMap((entry) => entry.handles.flatMap(declaredKeys).map((key) => [key, entry] as const)),
    );
  }

  /**
   * Returns an entry with the protection that the configuration declares for its contact. Finds the entry in
   * the configuration by key, id or handle.
   */
  protect(entry: DesiredContact, remote: RemoteContactIndex): DesiredContact {
    const { key, id, handles } = entry;
    const contact = id === undefined ? undefined : remote.withId(id);
    const handleKeys = [...handles.flatMap(declaredKeys), ...(contact?.handles ?? []).flatMap(remoteKeys)];
    const declarations = [
      this.#byKey.get(key),
      id === undefined ? undefined : this.#byId.get(id),
      ...handleKeys.map((handleKey) => this.#byHandle.get(handleKey)),
    ];
    const protect = declarations.find((declaration) => declaration !== undefined)?.protect;
    return protect === undefined ? entry : { ...entry, protect };
  }
}
