import type { HandleMove } from "../matching/match.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress, undeclaredAddress } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import {
  contactName,
  type DesiredContact,
  type Handle,
  type HandleKey,
  handleKey,
  type RemoteContact,
} from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type Operation, operationId } from "../model/plan.ts";
import { compareSourceContact } from "./compare.ts";
import { previewMerge } from "./merge-preview.ts";

/** A handle that moves from a source contact to the contact of a target entry. */
interface PlannedMove extends HandleMove {
  readonly target: DesiredContact;
  /** The handle that is added to the source contact first, so that it always keeps one. */
  readonly after: HandleKey | undefined;
  /** True if the source contact is the result of a merge, which has to happen first. */
  readonly afterMerge: boolean;
}

/** The handles that move, in an order that leaves each contact at least one handle at any time. */
export interface HandleMoves {
  readonly moves: readonly PlannedMove[];
  readonly diagnostics: readonly Diagnostic[];
  /** Returns the handles that leave a contact. */
  leaving(contactId: string): ReadonlySet<HandleKey>;
  /** Returns the id of the operation that removes a handle from its source contact. */
  removalOf(handle: Handle): string | undefined;
}

interface PendingMove {
  readonly move: HandleMove;
  readonly target: DesiredContact;
}

/**
 * Plans the handles that move, and reports those that move in a cycle. A source contact can lose a handle once it keeps
 * another one: one that stays, or one that it gains first. A handle that it gains may have to be removed from another
 * contact before, so this repeats until no more handles can move. The remaining handles move in a cycle.
 */
export function planHandleMoves(entries: readonly MatchedEntry[]): HandleMoves {
  const leaving = findLeavingHandles(entries);
  const merged = previewMerges(entries, leaving);
  const { planned, stuck } = orderMoves(pendingMoves(entries, merged), leaving);
  const moves = planned.map((each) => ({ ...each, afterMerge: merged.has(each.source.id) }));
  const removals = new Map(
    moves.flatMap((move) =>
      [move.handle, move.declared].map((handle) => [handleKey(handle), removalId(move)] as const),
    ),
  );
  return {
    moves,
    diagnostics: stuck.map(explainStuck),
    leaving: (contactId) => leaving.get(contactId) ?? NO_HANDLES,
    removalOf: (handle) => removals.get(handleKey(handle)),
  };
}

type LeavingHandles = ReadonlyMap<string, ReadonlySet<HandleKey>>;

const NO_HANDLES: ReadonlySet<HandleKey> = new Set();

function movesOf({ match }: MatchedEntry): readonly HandleMove[] {
  return "moves" in match ? match.moves : [];
}

function findLeavingHandles(entries: readonly MatchedEntry[]): LeavingHandles {
  const leaving = new Map<string, Set<HandleKey>>();
  for (const { handle, source } of entries.flatMap(movesOf)) {
    leaving.set(source.id, (leaving.get(source.id) ?? new Set()).add(handleKey(handle)));
  }
  return leaving;
}

/** Returns the contact without the handles that leave it. */
export function withoutLeaving(contact: RemoteContact, leaving: ReadonlySet<HandleKey>): RemoteContact {
  return { ...contact, handles: contact.handles.filter((handle) => !leaving.has(handleKey(handle))) };
}

/**
 * Returns the results of merges, by the id of the target. Handles leave a contact before it is merged into the target:
 * if the target got them, a plan made after an interrupted apply could match it to the other entry.
 */
function previewMerges(entries: readonly MatchedEntry[], leaving: LeavingHandles): ReadonlyMap<string, RemoteContact> {
  return new Map(
    entries.flatMap(({ match }) => {
      if (match.kind !== "merge") return [];
      const others = match.others.map((other) => withoutLeaving(other, leaving.get(other.id) ?? NO_HANDLES));
      return [[match.target.id, previewMerge(match.target, others)] as const];
    }),
  );
}

/** Returns the moves that are needed, in an order that does not depend on the order of the files. */
function pendingMoves(
  entries: readonly MatchedEntry[],
  merged: ReadonlyMap<string, RemoteContact>,
): readonly PendingMove[] {
  const moves = entries.flatMap((matched) =>
    movesOf(matched).map((move) => ({
      target: matched.entry,
      move: { ...move, source: merged.get(move.source.id) ?? move.source },
      rank: `${matched.entry.key} ${handleKey(move.handle)}`,
    })),
  );
  return moves.sort((a, b) => (a.rank < b.rank ? -1 : 1));
}

function orderMoves(pending: readonly PendingMove[], leaving: LeavingHandles) {
  const planned: Omit<PlannedMove, "afterMerge">[] = [];
  const waiting = new Map(pending.map((each) => [each, keptHandles(each.move, leaving)]));
  /** Handles that are still on their source contact. */
  const unmoved = new Set(pending.map(({ move }) => handleKey(move.handle)));
  for (let progress = true; progress; ) {
    progress = false;
    for (const [each, { stays, gained }] of waiting) {
      const after = stays ? undefined : gained.find((key) => !unmoved.has(key));
      if (!stays && after === undefined) continue;
      planned.push({ ...each.move, target: each.target, after });
      waiting.delete(each);
      unmoved.delete(handleKey(each.move.handle));
      progress = true;
    }
  }
  return { planned, stuck: [...waiting.keys()] };
}

/** Returns whether the source contact keeps a handle, and which handles it gains. */
function keptHandles(
  { source, sourceEntry }: HandleMove,
  leaving: LeavingHandles,
): { readonly stays: boolean; readonly gained: readonly HandleKey[] } {
  const leavingSource = leaving.get(source.id) ?? NO_HANDLES;
  const present = source.handles.map(handleKey);
  const gained = (sourceEntry?.handles ?? []).map(handleKey).filter((key) => !present.includes(key));
  return { stays: present.some((key) => !leavingSource.has(key)), gained: gained.sort() };
}

function explainStuck({ move: { handle, declared, source, sourceEntry }, target }: PendingMove): Diagnostic {
  const location = target.handles.find((each) => handleKey(each) === handleKey(declared))?.location;
  const advice =
    sourceEntry === undefined
      ? "Write merge: true to merge that contact into this one, or remove the handle from this entry."
      : `Give ${sourceEntry.key} a new handle for now, apply, and then declare the intended handles.`;
  return omitUndefined({
    severity: "error" as const,
    code: "handle-move-stuck" as const,
    summary: `${handle.source} ${handle.handle} cannot move to ${target.key}: ${contactName(source)} would have no handle left`,
    advice,
    location,
    related: sourceEntry && [{ location: sourceEntry.location, note: `${sourceEntry.key} is declared here` }],
  });
}

function sourceAddress({ source, sourceEntry }: PlannedMove): string {
  return sourceEntry === undefined ? undeclaredAddress(source.id) : contactAddress(sourceEntry.key);
}

function removalId(move: PlannedMove): string {
  return operationId("remove-handle", sourceAddress(move), handleKey(move.handle));
}

/** Returns the operations that have to remove handles from contacts before these are merged. */
export function removalsBeforeMerge({ moves }: HandleMoves, others: readonly RemoteContact[]): string[] {
  const ids = new Set(others.map(({ id }) => id));
  return moves.filter(({ source }) => ids.has(source.id)).map(removalId);
}

/** Returns the operations that remove handles from their source contacts. */
export function moveOperations({ moves }: HandleMoves): Operation[] {
  return moves.map((move) => {
    const address = sourceAddress(move);
    return {
      kind: "remove-handle",
      id: removalId(move),
      subjects: [address],
      dependsOn: [
        ...(move.afterMerge ? [operationId("merge-contacts", address)] : []),
        ...(move.after === undefined ? [] : [operationId("add-handle", address, move.after)]),
      ],
      contact: { id: move.source.id },
      handle: move.handle,
    };
  });
}

/** Returns the changes of source contacts that no entry declares. */
export function planSourceContacts({ moves, leaving }: HandleMoves): Change[] {
  const undeclared = moves.filter(({ sourceEntry }) => sourceEntry === undefined);
  const sources = new Map(undeclared.map(({ source }) => [source.id, source]));
  return [...sources.values()].map((source) => {
    const targets = moves.filter((move) => move.source === source).map(({ target }) => target);
    const keys = [...new Set(targets.map(({ key }) => key))];
    return omitUndefined({
      address: undeclaredAddress(source.id),
      type: "front_contact" as const,
      name: source.id,
      action: "update" as const,
      location: targets[0]?.location,
      id: source.id,
      ...compareSourceContact(source, leaving(source.id)),
      notes: [`no file declares this contact; its handles move to ${keys.join(", ")}`],
    });
  });
}
