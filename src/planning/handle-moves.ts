import { compareSourceContact } from "../comparing/compare.ts";
import { type HandleMove, handlesBySource, movesOf } from "../matching/match-contacts.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress, tableOfKey, undeclaredAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { Change } from "../model/change.ts";
import {
  contactName,
  type DesiredContact,
  type Handle,
  type HandleKey,
  handleKey,
  type RemoteContact,
} from "../model/contact.ts";
import { type Diagnostic, declaredHere, errorAt } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type Operation, operationId } from "../model/plan.ts";
import { handleRemoval } from "./handle-removal.ts";
import { mergeSources, previewMerge } from "./merge-preview.ts";

interface PlannedMove extends HandleMove {
  readonly target: DesiredContact;
  /** A handle to add to the source contact first, because Front does not allow contacts without handles. */
  readonly handleToAddFirst: HandleKey | undefined;
  /** True if the source contact is the target of a merge, which must be performed first. */
  readonly mustFollowMerge: boolean;
}

/** The handles that move, in an order in which each contact always has at least one handle. */
export interface HandleMoves {
  readonly moves: readonly PlannedMove[];
  /** By the ID of the source contact. */
  readonly movesBySource: ReadonlyMap<string, readonly PlannedMove[]>;
  readonly diagnostics: readonly Diagnostic[];
  handlesMovingFrom(contactId: string): ReadonlySet<HandleKey>;
  /**
   * Returns the ID of the operation that removes the handle from its source contact; undefined if the handle does not
   * move.
   */
  removalOf(handle: Handle): string | undefined;
}

type PendingMove = Omit<PlannedMove, "handleToAddFirst">;

/**
 * Orders the moves of handles. A handle can leave its source contact only if another handle stays on that contact or
 * was added to it first. The added handle may itself have to leave another contact, so the search repeats until no more
 * handles can move. The remaining moves are errors.
 */
export function planHandleMoves(entries: readonly MatchedEntry[]): HandleMoves {
  const movingHandles = handlesBySource(entries.flatMap(({ match }) => movesOf(match)));
  const mergePreviews = previewMerges(entries, movingHandles);
  const { moves, stuckMoves } = orderMoves(pendingMoves(entries, mergePreviews), movingHandles);
  const removals = new Map(
    moves.flatMap((move) =>
      [move.handle, move.declared].map((handle) => [handleKey(handle), removalId(move)] as const),
    ),
  );
  const movesBySource = new Map<string, PlannedMove[]>();
  for (const move of moves) append(movesBySource, move.sourceContact.id, move);
  return {
    moves,
    movesBySource,
    diagnostics: stuckMoves.map(reportStuckMove),
    handlesMovingFrom: (contactId) => movingHandles.get(contactId) ?? NO_HANDLES,
    removalOf: (handle) => removals.get(handleKey(handle)),
  };
}

type MovingHandles = ReadonlyMap<string, ReadonlySet<HandleKey>>;

const NO_HANDLES: ReadonlySet<HandleKey> = new Set();

/** Returns the predicted result of each merge, by the ID of the target. */
function previewMerges(
  entries: readonly MatchedEntry[],
  movingHandles: MovingHandles,
): ReadonlyMap<string, RemoteContact> {
  const handlesMovingFrom = (id: string) => movingHandles.get(id);
  return new Map(
    entries.flatMap(({ match }) => {
      if (match.kind !== "merge") return [];
      const { target, others } = match;
      return [[target.id, previewMerge(target, mergeSources(others, handlesMovingFrom))] as const];
    }),
  );
}

/** Returns the moves in an order that does not depend on the order of the files. */
function pendingMoves(
  entries: readonly MatchedEntry[],
  merged: ReadonlyMap<string, RemoteContact>,
): readonly PendingMove[] {
  const ranked = entries.flatMap(({ entry: target, match }) =>
    movesOf(match).map((move) => {
      const mergePreview = merged.get(move.sourceContact.id);
      const sourceContact = mergePreview ?? move.sourceContact;
      const rank = `${target.key} ${handleKey(move.handle)}`;
      return { rank, move: { ...move, target, sourceContact, mustFollowMerge: mergePreview !== undefined } };
    }),
  );
  return ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ move }) => move);
}

function orderMoves(pending: readonly PendingMove[], movingHandles: MovingHandles) {
  const moves: PlannedMove[] = [];
  const waitingMoves = new Map(pending.map((move) => [move, otherHandles(move, movingHandles)]));
  /** Handles that are still on their source contact. */
  const unmoved = new Set(pending.map(({ handle }) => handleKey(handle)));
  for (let hasProgress = true; hasProgress; ) {
    hasProgress = false;
    for (const [move, { someStays, added }] of waitingMoves) {
      const handleToAddFirst = someStays ? undefined : added.find((key) => !unmoved.has(key));
      if (!someStays && handleToAddFirst === undefined) continue;
      moves.push({ ...move, handleToAddFirst });
      waitingMoves.delete(move);
      unmoved.delete(handleKey(move.handle));
      hasProgress = true;
    }
  }
  return { moves, stuckMoves: [...waitingMoves.keys()] };
}

/** Returns whether a handle stays on the source contact (`someStays`), and the handles that are added to it (`added`). */
function otherHandles(
  { sourceContact, sourceEntry }: HandleMove,
  movingHandles: MovingHandles,
): { readonly someStays: boolean; readonly added: readonly HandleKey[] } {
  const movingFromSource = movingHandles.get(sourceContact.id) ?? NO_HANDLES;
  const current = sourceContact.handles.map(handleKey);
  const added = (sourceEntry?.handles ?? []).map(handleKey).filter((key) => !current.includes(key));
  return { someStays: current.some((key) => !movingFromSource.has(key)), added: added.sort() };
}

function reportStuckMove({ handle, declared, sourceContact, sourceEntry, target }: PendingMove): Diagnostic {
  const location = target.handles.find((targetHandle) => handleKey(targetHandle) === handleKey(declared))?.location;
  const merge =
    tableOfKey(target.key) === undefined
      ? "Set merge: true to merge the two contacts"
      : "Merge the two contacts in Front";
  const advice =
    sourceEntry === undefined
      ? `${merge}, remove the handle from this entry, or declare the other contact with its id (${sourceContact.id}) and another handle.`
      : `Declare a temporary handle for ${sourceEntry.key}, apply, and then declare the intended handles.`;
  const summary = `${handle.source} ${handle.handle} cannot be moved to ${target.key}: ${contactName(sourceContact)} would have no handle left`;
  const error = errorAt(location, "handle-move-stuck", summary, advice);
  return sourceEntry === undefined ? error : { ...error, related: [declaredHere(sourceEntry)] };
}

function sourceAddress({ sourceContact, sourceEntry }: PlannedMove): string {
  return sourceEntry === undefined ? undeclaredAddress(sourceContact.id) : contactAddress(sourceEntry.key);
}

function removalId(move: PlannedMove): string {
  return operationId("remove-handle", sourceAddress(move), handleKey(move.handle));
}

export function removalsBeforeMerge({ movesBySource }: HandleMoves, others: readonly RemoteContact[]): string[] {
  return others.flatMap(({ id }) => (movesBySource.get(id) ?? []).map(removalId));
}

export function moveOperations({ moves }: HandleMoves): Operation[] {
  return moves.map((move) => {
    const { handle, sourceContact, mustFollowMerge, handleToAddFirst } = move;
    const address = sourceAddress(move);
    const dependsOn = [
      ...(mustFollowMerge ? [operationId("merge-contacts", address)] : []),
      ...(handleToAddFirst === undefined ? [] : [operationId("add-handle", address, handleToAddFirst)]),
    ];
    const removal = handleRemoval(sourceContact, handle);
    return { kind: "remove-handle", id: removalId(move), subjects: [address], dependsOn, ...removal };
  });
}

/** Returns a change for each undeclared source contact. */
export function planSourceContacts({ movesBySource, handlesMovingFrom }: HandleMoves): Change[] {
  return [...movesBySource.values()].flatMap((moves) => {
    const source = moves.find(({ sourceEntry }) => sourceEntry === undefined)?.sourceContact;
    if (source === undefined) return [];
    const targets = moves.map(({ target }) => target);
    const keys = [...new Set(targets.map(({ key }) => key))];
    return omitUndefined({
      address: undeclaredAddress(source.id),
      type: "front_contact" as const,
      name: source.id,
      action: "update" as const,
      location: targets[0]?.location,
      id: source.id,
      ...compareSourceContact(source, handlesMovingFrom(source.id)),
      notes: [`this contact is not in the configuration; the removed handles move to ${keys.join(", ")}`],
    });
  });
}
