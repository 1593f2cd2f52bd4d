import { type DesiredState, FrontError, type Plan, type PlanPolicy, replacedAvatars } from "../src/internal.ts";
import type { Session } from "./session.ts";

type Settings = DesiredState["settings"];

export interface HistoryArgs {
  /**
   * False for an apply that is not recorded (`--no-journal`). Undefined for a plan that only a later run may apply. That
   * run does not have the pictures that this run downloads.
   */
  readonly journal?: boolean | undefined;
}

/** Returns a function that decides whether an apply must download the avatar at a URL for the run record. */
export function downloadsAvatarFor(
  { history }: Settings,
  { journal }: HistoryArgs,
  session: Session,
): Required<PlanPolicy>["downloadsAvatar"] {
  if (!history?.avatars || journal === false || session.isRehearsal) return () => false;
  return journal === undefined ? () => true : (url) => !session.remotePictures.has(url);
}

/**
 * Returns the pictures that a plan replaces, by contact ID. Without `settings.history.avatars`, returns only the
 * pictures that planning downloaded.
 */
export async function replacedPictures(
  plan: Plan,
  settings: Settings,
  session: Session,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const pictures = new Map<string, Uint8Array>();
  for (const { id, url } of replacedAvatars(plan)) {
    const bytes =
      session.remotePictures.get(url) ??
      (settings.history?.avatars ? await downloadPicture(url, settings, session) : undefined);
    if (bytes !== undefined) pictures.set(id, bytes);
  }
  return pictures;
}

async function downloadPicture(url: string, settings: Settings, session: Session): Promise<Uint8Array | undefined> {
  try {
    return await session.frontReader(settings).avatar(url);
  } catch (error) {
    if (error instanceof FrontError && error.code === "no-picture") return undefined;
    throw error;
  }
}
