import type { Plan } from "../model/plan.ts";

export interface ReplacedAvatar {
  /** The ID of the contact. */
  readonly id: string;
  /** The URL of the picture in Front. */
  readonly url: string;
}

/** Returns the avatars in Front that a plan replaces. */
export function replacedAvatars({ changes, operations }: Pick<Plan, "changes" | "operations">): ReplacedAvatar[] {
  const uploads = new Set(operations.flatMap(({ kind, subjects }) => (kind === "upload-avatar" ? subjects : [])));
  return changes.flatMap(({ address, id, before }) =>
    uploads.has(address) && id !== undefined && before?.avatar ? [{ id, url: before.avatar }] : [],
  );
}
