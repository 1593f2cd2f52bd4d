import { type FrontApi, FrontError } from "../front/api.ts";
import type { DesiredContact, DesiredHandle, RemoteContact } from "../model/contact.ts";
import { type Diagnostic, warningAt } from "../model/diagnostic.ts";
import { type DeclaredHandle, type Handle, spellingsOf } from "../model/handle.ts";

type LookupResult =
  | { readonly kind: "shared" | "private"; readonly contact: RemoteContact }
  | { readonly kind: "not-found" }
  /** Front does not accept the text as a handle, so the plan assumes that no contact has it. */
  | { readonly kind: "rejected" }
  /** Front returned a contact that does not have the handle. */
  | { readonly kind: "contradictory"; readonly reason: string };

export async function lookUpHandle(front: FrontApi, handle: Handle): Promise<LookupResult> {
  try {
    const contact = await front.contactByHandle(handle);
    if (contact === undefined) return { kind: "not-found" };
    return { kind: contact.isPrivate ? "private" : "shared", contact };
  } catch (error) {
    if (!(error instanceof FrontError)) throw error;
    if (error.status === 400 && error.code === "refused") return { kind: "rejected" };
    if (error.code === "changed") return { kind: "contradictory", reason: error.message };
    throw error;
  }
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

/** Returns the first contact that Front finds by a spelling of the handle. It may be private. */
export async function findContactByHandle(front: FrontApi, handle: DeclaredHandle): Promise<RemoteContact | undefined> {
  for (const spelling of spellingsOf(handle)) {
    const result = await lookUpHandle(front, spelling);
    if ("contact" in result) return result.contact;
  }
  return undefined;
}
