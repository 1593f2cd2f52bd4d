import { type FrontApi, FrontError, withReason } from "../front/api.ts";
import type { DesiredContact, DesiredHandle, RemoteContact } from "../model/contact.ts";
import { type Diagnostic, warningAt } from "../model/diagnostic.ts";
import { type DeclaredHandle, declaredKeys, type Handle, remoteKeys, spellingsOf } from "../model/handle.ts";

type LookupResult =
  | { readonly kind: "shared" | "private"; readonly contact: RemoteContact }
  | { readonly kind: "not-found" }
  /** Front does not accept the text as a handle, so the plan assumes that no contact has it. */
  | { readonly kind: "rejected" }
  /** The token has no access to the contact with the handle, or lacks the scope to read contacts. */
  | { readonly kind: "forbidden"; readonly error: FrontError }
  /** Front returned a contact that does not have the handle. */
  | { readonly kind: "contradictory"; readonly reason: string };

export async function lookUpHandle(front: FrontApi, handle: Handle): Promise<LookupResult> {
  try {
    const contact = await front.contactByHandle(handle);
    if (contact === undefined) return { kind: "not-found" };
    return { kind: contact.isPrivate ? "private" : "shared", contact };
  } catch (error) {
    const result = error instanceof FrontError ? resultOf(error) : undefined;
    if (result === undefined) throw error;
    return result;
  }
}

/** Returns undefined for an error that does not concern the handle. */
function resultOf(error: FrontError): LookupResult | undefined {
  const { code, status, message } = error;
  if (code === "refused" && status === 400) return { kind: "rejected" };
  if (code === "forbidden") return { kind: "forbidden", error };
  return code === "changed" ? { kind: "contradictory", reason: message } : undefined;
}

/** Returns a warning about a lookup that Front rejected with status 400 (docs/front.md#aliases). */
export function warnRejectedLookup(
  { key }: Pick<DesiredContact, "key">,
  { source, handle, location }: DesiredHandle,
): Diagnostic {
  const summary = `Front rejected the lookup of ${source} "${handle}" for ${key} with status 400; the plan assumes that no contact has it`;
  const advice = "Check the handle. If it is correct, read all contacts.";
  return warningAt(location, "lookup-refused", summary, advice, { kind: "read-all-contacts" });
}

/** Returns a warning about a lookup that Front rejected with status 403, after which pages of contacts are read. */
export function warnForbiddenLookup(
  { key }: Pick<DesiredContact, "key">,
  { source, handle, location }: DesiredHandle,
  error: FrontError,
): Diagnostic {
  const summary = `The token has no access to the contact with ${source} ${handle} of ${key}, which may be a teammate's private contact`;
  const advice = withReason(
    error,
    "Private contacts are never matched or changed, so this plan ignores that contact. If the contact is not private, use a token that has access to it.",
  );
  return warningAt(location, "private-contact", summary, advice);
}

/** Returns the first contact that Front finds by a spelling of the handle. It may be private. */
export async function findContactByHandle(front: FrontApi, handle: DeclaredHandle): Promise<RemoteContact | undefined> {
  for (const spelling of spellingsOf(handle)) {
    const result = await lookUpHandle(front, spelling);
    if ("contact" in result) return result.contact;
  }
  return undefined;
}

/**
 * Returns the shared contacts with a handle. Reads all contacts, because a lookup returns only one contact even if both
 * a private and a shared contact have the handle.
 */
export async function findSharedContacts(front: Pick<FrontApi, "contacts">, handle: Handle): Promise<RemoteContact[]> {
  const keys = new Set(declaredKeys(handle));
  const hasHandle = ({ handles }: RemoteContact) =>
    handles.some((other) => remoteKeys(other).some((key) => keys.has(key)));
  const shared: RemoteContact[] = [];
  for await (const { contacts } of front.contacts()) {
    shared.push(...contacts.filter((contact) => !contact.isPrivate && hasHandle(contact)));
  }
  return shared;
}
