import type { ContactPage, FrontApi } from "../front/api.ts";
import type { RemoteContact, UndecodableContact } from "../model/contact.ts";

/** What Front lists as made or changed since the earlier reading, by id. */
export interface Moved {
  readonly contacts: ReadonlyMap<string, RemoteContact>;
  readonly undecodable: ReadonlyMap<string, UndecodableContact>;
}

/** Reads what changed since `updatedAfter` (epoch seconds); undefined when that takes more than `enough` pages. */
export async function readMoved(
  front: FrontApi,
  { updatedAfter, enough }: { readonly updatedAfter: number; readonly enough: number },
  onPage: (page: ContactPage) => void,
): Promise<Moved | undefined> {
  const moved = { contacts: new Map<string, RemoteContact>(), undecodable: new Map<string, UndecodableContact>() };
  let pages = 0;
  for await (const page of front.contacts({ updatedAfter })) {
    pages += 1;
    for (const contact of page.contacts) moved.contacts.set(contact.id, contact);
    for (const contact of page.undecodable) moved.undecodable.set(contact.id ?? "", contact);
    onPage(page);
    if (!page.last && pages >= enough) return undefined;
  }
  return moved;
}
