import { type FrontApi, FrontError } from "../front/api.ts";
import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { type DeclaredHandle, type Handle, spellingsOf } from "../model/handle.ts";

export type DesiredHandle = DesiredContact["handles"][number];

/** Front's answer to a look-up of a handle in one spelling. */
export type Answer =
  | { readonly kind: "shared" | "private"; readonly contact: RemoteContact }
  | { readonly kind: "nobody" }
  /** Front does not take the text for a handle, so nobody can have it. */
  | { readonly kind: "refused" }
  /** Front answers with a contact that does not show the handle. */
  | { readonly kind: "mistaken"; readonly reason: string };

/** Asks who holds a handle. An answer that concerns this handle only is no reason to end the run. */
export async function lookUp(front: FrontApi, handle: Handle): Promise<Answer> {
  try {
    const contact = await front.contactByHandle(handle);
    if (contact === undefined) return { kind: "nobody" };
    return { kind: contact.isPrivate ? "private" : "shared", contact };
  } catch (error) {
    if (!(error instanceof FrontError)) throw error;
    if (error.status === 400) return { kind: "refused" };
    if (error.code === "changed") return { kind: "mistaken", reason: error.message };
    throw error;
  }
}

/** Front refuses to look up some handles with a 400; production code takes that for a 404 (docs/front.md#aliases). */
export function refusedAlias({ key }: DesiredContact, { source, handle, location }: DesiredHandle): Diagnostic {
  return {
    severity: "warning",
    code: "lookup-refused",
    summary: `Front refused to look up ${source} ${handle} of ${key} (400), so nobody is assumed to have it`,
    advice: "Check the handle. If it is right, run plan with --refresh scan.",
    location,
  };
}

/** Returns the contact that Front finds by a handle in any of its spellings, be it shared or private. */
export async function findContactByHandle(front: FrontApi, handle: DeclaredHandle): Promise<RemoteContact | undefined> {
  for (const spelling of spellingsOf(handle)) {
    const answer = await lookUp(front, spelling);
    if ("contact" in answer) return answer.contact;
  }
  return undefined;
}
