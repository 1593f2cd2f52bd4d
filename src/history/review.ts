import type { Attributes, AttributeValue, Change, Difference } from "../model/change.ts";
import { canonicalJson } from "../model/fingerprint.ts";
import { valueAt } from "../planning/differences.ts";

export interface ReviewedOptions {
  /**
   * Whether the reviewed plan merges other contacts into this one. What a merge keeps is up to Front, so the values before
   * are not compared then.
   */
  readonly merged: boolean;
}

/**
 * Returns names of everything that a change computed now would do and that the reviewed change of the same address did
 * not show; nothing when the reviewed change explains all of it.
 */
export function findUnreviewed(now: Change, reviewed: Change | undefined, { merged }: ReviewedOptions): string[] {
  const labels = now.differences.map(labelOf);
  if (reviewed === undefined || reviewed.type !== now.type) return [wholeOf(now), ...labels];
  if (now.action === "delete") {
    return reviewed.action === "delete" ? unreviewedLosses(now, reviewed) : [wholeOf(now)];
  }
  if (reviewed.action === "delete" || (now.action === "create" && reviewed.action !== "create")) return [wholeOf(now)];
  const isAnother = now.id !== undefined && reviewed.id !== undefined && now.id !== reviewed.id;
  return [
    ...(isAnother ? ["id"] : []),
    ...now.differences.filter((difference) => !isReviewed(difference, reviewed, merged)).map(labelOf),
  ];
}

function wholeOf({ action }: Change): string {
  return action === "create" ? "creation" : action === "delete" ? "deletion" : "change";
}

/** A picture's address may change although the picture does not. */
function unreviewedLosses(now: Change, reviewed: Change): string[] {
  return now.differences
    .filter(({ attribute }) => attribute !== "avatar")
    .filter((lost) => !isSame(lost.before, shown(reviewed.before, lost)))
    .map(labelOf);
}

function isReviewed(difference: Difference, reviewed: Change, merged: boolean): boolean {
  const { attribute, key, before, after } = difference;
  const [was, becomes] = [shown(reviewed.before, difference), shown(reviewed.after, difference)];
  if (key !== undefined && attribute !== "custom_fields") {
    const isMember = (value: AttributeValue | undefined) => value !== undefined;
    if (after !== undefined) return isMember(becomes);
    return !isMember(becomes) && (merged || isMember(was));
  }
  return isSame(becomes, after) && (merged || COMPARED_BEFORE.has(attribute) === false || isSame(was, before));
}

/** Of the other attributes an earlier, interrupted apply of the same plan may have changed what was there before. */
const COMPARED_BEFORE: ReadonlySet<string> = new Set(["name", "description", "custom_fields"]);

function shown(side: Attributes | null, difference: Difference): AttributeValue | undefined {
  return side === null ? undefined : valueAt(side, difference);
}

/** Front does not say whether something empty is empty or not there. */
function isSame(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  const isEmpty = (value: AttributeValue | undefined) => value === undefined || value === null || value === "";
  return isEmpty(a) && isEmpty(b) ? true : canonicalJson(a) === canonicalJson(b);
}

function labelOf(difference: Difference): string {
  switch (difference.attribute) {
    case "handles": {
      const handle = difference.after ?? difference.before;
      return handle === undefined ? difference.key : `${handle.source} ${handle.handle}`;
    }
    case "lists":
      return `list ${difference.key}`;
    case "custom_fields":
      return difference.key;
    default:
      return difference.attribute;
  }
}
