import type { HandleMove, Match } from "../matching/match.ts";
import { nameOf } from "../matching/match-diagnostics.ts";
import { type DesiredContact, type Handle, type HandleKey, handleKey, type RemoteContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { previewMerge } from "./merge-preview.ts";

/** A handle that leaves one contact for another. */
export interface Release {
  readonly handle: Handle;
  /** As the taker spells it. */
  readonly declared: Handle;
  readonly giver: RemoteContact;
  /** The entry that is the giver, if one is. */
  readonly keeper: DesiredContact | undefined;
  readonly taker: DesiredContact;
  /** The handle that the giver has to have gained before, so that it is never without one. */
  readonly after: HandleKey | undefined;
  /** Whether the giver is what a merge leaves, and so has to be merged first. */
  readonly merged: boolean;
}

/** Which handles move, in an order in which nobody is ever without a handle. */
export interface Moves {
  readonly releases: readonly Release[];
  readonly diagnostics: readonly Diagnostic[];
  /** What leaves a contact, by its id. */
  leaving(contactId: string): ReadonlySet<HandleKey>;
}

interface Wish {
  readonly claim: HandleMove;
  readonly taker: DesiredContact;
}

/**
 * A giver may let go of a handle while it keeps another one, be it one that it has and that stays, or one that it gains
 * before. What a giver gains may itself have to be let go by somebody, so this goes on until nothing more gets free.
 * What is left then moves in a circle.
 */
export function planMoves(identities: ReadonlyMap<DesiredContact, Match>): Moves {
  const leaving = leavingOf(identities);
  const survivors = survivorsOf(identities, leaving);
  const { releases, stuck } = release(wishesOf(identities, survivors), leaving);
  return {
    releases: releases.map((each) => ({ ...each, merged: survivors.has(each.giver.id) })),
    diagnostics: stuck.map(explainStuck),
    leaving: (contactId) => leaving.get(contactId) ?? NOTHING,
  };
}

type Leaving = ReadonlyMap<string, ReadonlySet<HandleKey>>;

const NOTHING: ReadonlySet<HandleKey> = new Set();

function claimsIn(identity: Match): readonly HandleMove[] {
  return "claims" in identity ? identity.claims : [];
}

function leavingOf(identities: ReadonlyMap<DesiredContact, Match>): Leaving {
  const leaving = new Map<string, Set<HandleKey>>();
  for (const { handle, source } of [...identities.values()].flatMap(claimsIn)) {
    const keys = leaving.get(source.id) ?? new Set();
    leaving.set(source.id, keys.add(handleKey(handle)));
  }
  return leaving;
}

/** What a contact still holds when all that others claim of it has left. */
export function withoutLeaving(contact: RemoteContact, leaving: ReadonlySet<HandleKey>): RemoteContact {
  return { ...contact, handles: contact.handles.filter((handle) => !leaving.has(handleKey(handle))) };
}

/**
 * What merges leave, by the id of their target. A contact that is folded in lets go of what others claim before it is
 * folded: if the survivor came to hold that, a plan made half-way might take it for the other entry's contact.
 */
function survivorsOf(
  identities: ReadonlyMap<DesiredContact, Match>,
  leaving: Leaving,
): ReadonlyMap<string, RemoteContact> {
  return new Map(
    [...identities.values()].flatMap((identity) => {
      if (identity.kind !== "merge") return [];
      const { target, others } = identity;
      const brought = others.map((other) => withoutLeaving(other, leaving.get(other.id) ?? NOTHING));
      return [[target.id, previewMerge(target, brought)] as const];
    }),
  );
}

/** In an order that does not depend on that of the files. */
function wishesOf(
  identities: ReadonlyMap<DesiredContact, Match>,
  survivors: ReadonlyMap<string, RemoteContact>,
): readonly Wish[] {
  const wishes = [...identities].flatMap(([taker, identity]) =>
    claimsIn(identity).map((claim) => {
      const source = survivors.get(claim.source.id) ?? claim.source;
      return { taker, claim: { ...claim, source }, rank: `${taker.key} ${handleKey(claim.handle)}` };
    }),
  );
  return wishes.sort((a, b) => (a.rank < b.rank ? -1 : 1));
}

function release(wishes: readonly Wish[], leaving: Leaving) {
  const releases: Omit<Release, "merged">[] = [];
  const waiting = new Map(wishes.map((wish) => [wish, footingOf(wish.claim, leaving)]));
  /** Handles that still have to be let go by somebody. */
  const bound = new Set(wishes.map(({ claim }) => handleKey(claim.handle)));
  for (let progress = true; progress; ) {
    progress = false;
    for (const [wish, { stays, gains }] of waiting) {
      const gained = stays ? undefined : gains.find((key) => !bound.has(key));
      if (!stays && gained === undefined) continue;
      const { handle, declared, source: giver, sourceEntry } = wish.claim;
      releases.push({ handle, declared, giver, keeper: sourceEntry, taker: wish.taker, after: gained });
      waiting.delete(wish);
      bound.delete(handleKey(handle));
      progress = true;
    }
  }
  return { releases, stuck: [...waiting.keys()] };
}

/** What the giver may stand on while it lets go: something it has and keeps, or else something that it gains first. */
function footingOf(
  { source, sourceEntry }: HandleMove,
  leaving: Leaving,
): { readonly stays: boolean; readonly gains: readonly HandleKey[] } {
  const goes = leaving.get(source.id) ?? NOTHING;
  const has = source.handles.map(handleKey);
  const gains = (sourceEntry?.handles ?? []).map(handleKey).filter((key) => !has.includes(key));
  return { stays: has.some((key) => !goes.has(key)), gains: gains.sort() };
}

function explainStuck({ claim, taker }: Wish): Diagnostic {
  const { handle, declared, source, sourceEntry } = claim;
  const location = taker.handles.find((written) => handleKey(written) === handleKey(declared))?.location;
  const what = `${handle.source} ${handle.handle} cannot move to ${taker.key}, for ${nameOf(source)} would be without a handle`;
  const related = sourceEntry && [{ location: sourceEntry.location, note: `${sourceEntry.key} is declared here` }];
  const code = "handle-move-stuck";
  if (sourceEntry === undefined) {
    const advice = "Write merge: true to fold that contact into this one, or leave it the handle.";
    return omitUndefined({ severity: "error" as const, code, summary: what, advice, location, related });
  }
  const advice = `Give ${sourceEntry.key} a handle that nobody has for the time being, apply, and then write what you mean.`;
  return omitUndefined({ severity: "error" as const, code, summary: what, advice, location, related });
}
