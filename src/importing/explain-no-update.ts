import type { Match } from "../matching/match-contacts.ts";

/** Returns why an update does not change the entry with this match, and how to fix it. */
export function explainNoUpdate(match: Match | undefined): string {
  switch (match?.kind) {
    case "deletion":
    case "deletion-conflict":
    case "already-deleted":
      return "the entry has ensure: absent; to update it, remove ensure: absent";
    case "merge":
      return "its handles belong to several contacts; run apply to merge them, then import again";
    case "ambiguous":
      return "its handles belong to several contacts; declare only the handles of one of them, merge them in Front, or set merge: true in a YAML entry";
    case "id-conflict":
      return `${match.otherEntry.key} has the same ID; remove id from one of the entries`;
    case "id-not-found":
      return `its ID ${match.id} does not exist in Front; correct or remove id`;
    case "id-private":
      return `its ID ${match.id} belongs to a teammate's private contact; correct or remove id`;
    default:
      return "its handles belong to a private contact or to the contact of another entry; run plan for details";
  }
}
