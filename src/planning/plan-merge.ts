import type { ResolvedContact } from "../config/resolve-references.ts";
import type { Match } from "../matching/match.ts";
import { type HandleKey, handleKey, type RemoteContact } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { contactAddress, type Operation, operationId, undeclaredAddress } from "../model/plan.ts";
import { compareContact, compareMerged, describeDeleted, unwanted } from "./compare.ts";
import { additionsOf, approvedContact, fieldChange, removalsOf, uploadOf } from "./contact-operations.ts";
import { withoutLeaving } from "./handle-moves.ts";
import { type LostByMerge, lostByMerge, previewMerge } from "./merge-preview.ts";
import { entryOf, membershipsOf, type Planned, type PlanningContext } from "./planned-change.ts";
import { releasesBefore } from "./source-contacts.ts";

type MergeIdentity = Extract<Match, { kind: "merge" }>;

/**
 * Folds the contacts that hold an entry's handles into one, and brings that one to what the entry says. What Front
 * makes of the rest is foretold by its documented rules; whatever the entry manages is set again after the merge.
 */
export function planMerge(
  wanted: ResolvedContact,
  { target, others }: MergeIdentity,
  context: PlanningContext,
): Planned[] {
  const { desired } = wanted;
  const brought = others.map((other) => withoutLeaving(other, context.moves.leaving(other.id)));
  const folded = previewMerge(target, brought);
  const leaving = context.moves.leaving(target.id);
  const samePicture = showsPicture([target, ...others], context.samePictures);
  const comparison = compareMerged(wanted, { target, folded }, { samePicture, leaving });
  const merge = mergeOf(wanted, target, brought, releasesBefore(context.moves, others));
  const verb = others.length === 1 ? "is" : "are";
  const merging = [`${others.map(({ id }) => id).join(", ")} ${verb} merged into this contact`];
  const losing = lostByMerge(target, wanted, folded).filter(({ managed }) => !managed);
  const survivor: Planned = {
    change: {
      ...entryOf(desired),
      action: "update",
      id: target.id,
      ...comparison,
      notes: [...merging, ...lostNote(losing), ...broughtAndRemoved(wanted, { target, folded, leaving })],
    },
    operations: [merge, ...afterMerge(wanted, folded, merge.id, { context, leaving, samePicture })],
    ...membershipsOf(wanted, folded, [merge.id]),
  };
  return [survivor, ...others.map((other) => foldedIn(other, wanted, folded))];
}

function lostNote(lost: readonly LostByMerge[]): string[] {
  return lost.length === 0 ? [] : [`lost, unless Front decides otherwise: ${lost.map(({ what }) => what).join(", ")}`];
}

/** What an exact entry takes away again of what the others bring along; the target itself never had it. */
function broughtAndRemoved(
  wanted: ResolvedContact,
  { target, folded, leaving }: { target: RemoteContact; folded: RemoteContact; leaving: ReadonlySet<HandleKey> },
): string[] {
  const { differences } = compareContact(wanted, folded, { samePicture: true, leaving });
  const had = new Set([...target.handles.map<string>(handleKey), ...target.links.map(normalText)]);
  const gone = differences.filter(({ key = "", after }) => after === undefined && !had.has(key));
  const handles = gone.filter(({ attribute }) => attribute === "handles");
  const links = gone.filter(({ attribute }) => attribute === "links");
  const lists =
    wanted.lists !== undefined && wanted.desired.exact.includes("lists")
      ? folded.lists.filter(({ id }) => ![...target.lists, ...(wanted.lists ?? [])].some((list) => list.id === id))
      : [];
  const removed = [
    ...handles.map(({ key = "" }) => key.replace(":", " ")),
    ...links.map(({ key = "" }) => `link ${key}`),
    ...lists.map(({ name }) => `list ${name}`),
  ].sort();
  return removed.length === 0 ? [] : [`of what they bring along, this is removed again: ${removed.join(", ")}`];
}

function mergeOf(
  { desired }: ResolvedContact,
  target: RemoteContact,
  others: readonly RemoteContact[],
  dependsOn: readonly string[],
): Operation {
  const address = contactAddress(desired.key);
  return {
    kind: "merge-contacts",
    id: operationId("merge-contacts", address),
    subjects: [address, ...others.map(({ id }) => undeclaredAddress(id))],
    dependsOn,
    target: approvedContact(target),
    others: others.map(approvedContact),
  };
}

/** Which picture a merge leaves is Front's choice, unless all contacts that have one show the same. */
function showsPicture(contacts: readonly RemoteContact[], samePictures: ReadonlySet<string>): boolean {
  const shown = contacts.filter(({ avatarUrl }) => avatarUrl !== undefined);
  return shown.length > 0 && shown.every(({ id }) => samePictures.has(id));
}

function afterMerge(
  wanted: ResolvedContact,
  folded: RemoteContact,
  mergeId: string,
  { context, leaving, samePicture }: AfterMerge,
): Operation[] {
  const { desired } = wanted;
  const { differences } = compareContact(wanted, folded, { samePicture, leaving });
  const additions = additionsOf(desired, folded, differences, context.releaseOf);
  const operations = [
    setAgain(wanted, folded),
    ...additions,
    desired.avatar && !samePicture ? uploadOf(desired, desired.avatar, { id: folded.id }, []) : undefined,
    ...removalsOf(desired, folded, differences, { leaving, additions }),
  ].filter((operation) => operation !== undefined);
  return operations.map((operation) => ({ ...operation, dependsOn: [mergeId, ...operation.dependsOn] }));
}

interface AfterMerge {
  readonly context: PlanningContext;
  readonly leaving: ReadonlySet<HandleKey>;
  readonly samePicture: boolean;
}

/** Everything that the entry manages and a PATCH can set; what turns out right after the merge is not sent. */
function setAgain({ desired, customFields }: ResolvedContact, folded: RemoteContact): Operation | undefined {
  const { name, description, links, exact } = desired;
  if (name === undefined && description === undefined && links === undefined && customFields === undefined) {
    return undefined;
  }
  const address = contactAddress(desired.key);
  const wantedLinks = new Set(links?.map(normalText));
  const cleared = exact.includes("custom_fields") ? unwanted(customFields ?? [], folded) : [];
  return omitUndefined({
    kind: "update-contact" as const,
    id: operationId("update-contact", address),
    subjects: [address],
    dependsOn: [],
    contact: { id: folded.id },
    before: {},
    afterMerge: true as const,
    name,
    description,
    addLinks: links,
    removeLinks:
      links && exact.includes("links") ? folded.links.filter((link) => !wantedLinks.has(normalText(link))) : undefined,
    customFields: customFields && [...customFields, ...cleared].map((field) => fieldChange(field)),
  });
}

/** A merge destroys the contacts that it folds in, so each is shown with what it had and what of that is lost. */
function foldedIn(other: RemoteContact, wanted: ResolvedContact, folded: RemoteContact): Planned {
  const { desired } = wanted;
  const address = contactAddress(desired.key);
  return {
    change: {
      address: undeclaredAddress(other.id),
      type: "front_contact",
      name: other.id,
      action: "delete",
      location: desired.location,
      id: other.id,
      ...describeDeleted(other),
      notes: [
        `merged into ${address}; its handles, links, lists and notes go along`,
        ...lostNote(lostByMerge(other, wanted, folded)),
      ],
    },
    operations: [],
    joins: [],
    leaves: [],
  };
}
