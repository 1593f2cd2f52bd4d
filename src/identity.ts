import { type DesiredContact, type Handle, type HandleKey, handleKey, type RemoteContact } from "./contact.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** Remote contacts by the handles they hold. Front gives a handle to one contact only, but may tell spellings apart. */
export class Holders {
  readonly #idsByHandle = new Map<HandleKey, Set<string>>();
  readonly #byId = new Map<string, RemoteContact>();

  constructor(contacts: Iterable<RemoteContact> = []) {
    for (const contact of contacts) this.add(contact);
  }

  /** A contact that was added before is replaced. */
  add(contact: RemoteContact): void {
    this.#byId.set(contact.id, contact);
    for (const handle of contact.handles) {
      const ids = this.#idsByHandle.get(handleKey(handle)) ?? new Set();
      this.#idsByHandle.set(handleKey(handle), ids.add(contact.id));
    }
  }

  all(): readonly RemoteContact[] {
    return [...this.#byId.values()];
  }

  withId(id: string): RemoteContact | undefined {
    return this.#byId.get(id);
  }

  of(handle: Handle): RemoteContact | undefined {
    return this.#holding(handle)[0];
  }

  /** Everyone who holds a handle that this contact declares, oldest claim first. */
  ofAny(handles: readonly Handle[]): readonly RemoteContact[] {
    return [...new Set(handles.flatMap((handle) => this.#holding(handle)))];
  }

  /** Where several hold it in one spelling or another, the very spelling decides, if it can. */
  #holding(handle: Handle): readonly RemoteContact[] {
    const key = handleKey(handle);
    const found = [...(this.#idsByHandle.get(key) ?? [])]
      .map((id) => this.#byId.get(id))
      .filter((contact) => contact !== undefined)
      .filter(({ handles }) => handles.some((held) => handleKey(held) === key));
    if (found.length < 2) return found;
    const exactly = found.filter(({ handles }) => handles.some((held) => held.handle.trim() === handle.handle.trim()));
    return exactly.length === 1 ? exactly : found;
  }
}

/** Who a declared contact is in Front. */
export type Identity =
  | { readonly kind: "new" }
  | { readonly kind: "known"; readonly contact: RemoteContact }
  /** Its handles belong to several contacts, and no other entry declares any of them. */
  | { readonly kind: "several"; readonly contacts: readonly RemoteContact[] }
  /** A handle of it is held by a contact that another entry declares. */
  | { readonly kind: "taken"; readonly contact: RemoteContact; readonly handle: Handle; readonly by: DesiredContact }
  /** The contact that its `id` names is not there. */
  | { readonly kind: "unpinned"; readonly id: string };

/** Finds out who is who. The order of the contacts, and of their handles, makes no difference. */
export function identify(desired: readonly DesiredContact[], holders: Holders): ReadonlyMap<DesiredContact, Identity> {
  const keepers = new Map<RemoteContact, DesiredContact>();
  for (const contact of [...desired].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    for (const candidate of candidatesOf(contact, holders)) {
      const rival = keepers.get(candidate);
      if (rival === undefined || claim(contact, candidate) > claim(rival, candidate)) keepers.set(candidate, contact);
    }
  }
  return new Map(desired.map((contact) => [contact, identityOf(contact, holders, keepers)]));
}

function candidatesOf(contact: DesiredContact, holders: Holders): readonly RemoteContact[] {
  const pinned = contact.id === undefined ? undefined : holders.withId(contact.id);
  const byHandle = holders.ofAny(contact.handles);
  return pinned === undefined ? byHandle : [...new Set([pinned, ...byHandle])];
}

/** A pin outweighs any number of handles; after that, whoever claims more of a contact's handles is that contact. */
function claim(contact: DesiredContact, candidate: RemoteContact): number {
  if (contact.id === candidate.id) return Number.POSITIVE_INFINITY;
  const held = new Set(candidate.handles.map(handleKey));
  return contact.handles.filter((handle) => held.has(handleKey(handle))).length;
}

function identityOf(
  contact: DesiredContact,
  holders: Holders,
  keepers: ReadonlyMap<RemoteContact, DesiredContact>,
): Identity {
  if (contact.id !== undefined && holders.withId(contact.id) === undefined) {
    return { kind: "unpinned", id: contact.id };
  }
  for (const handle of contact.handles) {
    const holder = holders.of(handle);
    const keeper = holder === undefined ? undefined : keepers.get(holder);
    if (holder !== undefined && keeper !== undefined && keeper !== contact) {
      return { kind: "taken", contact: holder, handle, by: keeper };
    }
  }
  const own = candidatesOf(contact, holders);
  const [first, second] = own;
  if (first === undefined) return { kind: "new" };
  return second === undefined ? { kind: "known", contact: first } : { kind: "several", contacts: own };
}

/** Words what keeps a contact from being found for certain, with what to write instead. */
export function explainIdentity({ key, place, handles }: DesiredContact, identity: Identity | undefined): Diagnostic[] {
  const error = (code: string, summary: string, advice: string, at = place): Diagnostic[] => [
    { severity: "error", code, summary, advice, place: at },
  ];
  switch (identity?.kind) {
    case "several": {
      const who = identity.contacts.map((contact) => describe(contact, handles)).join(" and ");
      const advice = "Keep the handles of one of them here, or merge them in Front first.";
      return error("identity-ambiguous", `The handles of ${key} belong to several contacts in Front: ${who}`, advice);
    }
    case "taken": {
      const { handle, contact, by } = identity;
      const at = handles.find((written) => handleKey(written) === handleKey(handle))?.place;
      const summary = `${handle.source} ${handle.handle} is held by ${nameOf(contact)} (${contact.id}) in Front, which is ${by.key}`;
      const advice = `Take the handle out of ${key}, or remove it from ${by.key}'s contact in Front first.`;
      return error("handle-taken", summary, advice, at);
    }
    case "unpinned":
      return error(
        "id-unknown",
        `Front has no contact ${identity.id}, which ${key} is pinned to`,
        "It was deleted or merged away: take out the id, or write that of the contact it was merged into.",
      );
    default:
      return [];
  }
}

function describe(contact: RemoteContact, handles: readonly Handle[]): string {
  const wanted = new Set(handles.map(handleKey));
  const held = contact.handles.filter((handle) => wanted.has(handleKey(handle))).map(({ handle }) => handle);
  return `${nameOf(contact)} (${contact.id}, ${held.join(", ")})`;
}

function nameOf({ name }: RemoteContact): string {
  return name === undefined || name === "" ? "a contact without a name" : name;
}
