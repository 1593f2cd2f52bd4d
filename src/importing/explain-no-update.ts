import type { Match } from "../matching/match-contacts.ts";

/** Returns why an update does not change the entry with this match. */
export function explainNoUpdate(match: Match | undefined): string {
  switch (match?.kind) {
    case "deletion":
    case "deletion-conflict":
    case "already-deleted":
      return "the entry has ensure: absent";
    case "merge":
    case "ambiguous":
      return "its handles belong to several contacts";
    case "id-conflict":
      return `${match.otherEntry.key} has the same ID`;
    case "id-not-found":
      return `its ID ${match.id} does not exist in Front`;
    case "id-private":
      return `its ID ${match.id} belongs to a teammate's private contact`;
    default:
      return "its handles belong to a private contact or to the contact of another entry";
  }
}
