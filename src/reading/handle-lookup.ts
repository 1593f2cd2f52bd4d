import { type FrontApi, FrontError } from "../front/api.ts";
import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { type DeclaredHandle, type Handle, spellingsOf } from "../model/handle.ts";

/** Front's response to the lookup of one spelling of a handle. */
type LookupResult =
  | { readonly kind: "shared" | "private"; readonly contact: RemoteContact }
  | { readonly kind: "not-found" }
  /** Front does not accept the text as a handle, so no contact can have it. */
  | { readonly kind: "refused" }
  /** Front returned a contact that does not show the handle. */
  | { readonly kind: "contradictory"; readonly reason: string };

/** Looks up the contact with a handle. A response that concerns only this handle does not end the run. */
export async function lookUp(front: FrontApi, handle: Handle): Promise<LookupResult> {
  try {
    const contact = await front.contactByHandle(handle);
    if (contact === undefined) return { kind: "not-found" };
    return { kind: contact.isPrivate ? "private" : "shared", contact };
  } catch (error) {
    if (!(error instanceof FrontError)) throw error;
    if (error.status === 400) return { kind: "refused" };
    if (error.code === "changed") return { kind: "contradictory", reason: error.message };
    throw error;
  }
}

/**
 * Returns a warning that Front refused to look up a handle with a 400, which other clients treat as a 404
 * (docs/front.md#aliases).
 */
export function refusedLookup(
  { key }: DesiredContact,
  { source, handle, location }: DesiredContact["handles"][number],
): Diagnostic {
  return {
    severity: "warning",
    code: "lookup-refused",
    summary: `Front refused to look up ${source} ${handle} of ${key} (400), so the plan assumes that no contact has it`,
    advice: "Check the handle. If it is right, read all contacts.",
    remedy: { kind: "read-all-contacts" },
    location,
  };
}

/** Returns the contact that Front finds by any spelling of a handle, shared or private. */
export async function findContactByHandle(front: FrontApi, handle: DeclaredHandle): Promise<RemoteContact | undefined> {
  for (const spelling of spellingsOf(handle)) {
    const result = await lookUp(front, spelling);
    if ("contact" in result) return result.contact;
  }
  return undefined;
}
