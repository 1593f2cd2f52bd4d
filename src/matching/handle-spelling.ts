import type { ResolvedContact } from "../config/resolve-references.ts";
import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { declaredKeys, type Handle, isComparedExactly, mayBeSame, remoteKeys } from "../model/handle.ts";

type DesiredHandle = DesiredContact["handles"][number];

interface SimilarNumber {
  readonly declared: DesiredHandle;
  readonly remote: Handle;
}

interface Respelled {
  readonly handles: readonly DesiredHandle[];
  /** Numbers in Front that may equal a declared one, and that are therefore neither added nor removed. */
  readonly similar: readonly SimilarNumber[];
  /** Declared handles that are in Front only if a similar number is the same. */
  readonly uncertain: ReadonlySet<DesiredHandle>;
}

/**
 * Returns the declared handles as Front spells them. A number without its country may be the declared one: adding the
 * declared spelling could change nothing in Front, and removing the other spelling would then lose the number.
 */
function respell(contacts: readonly RemoteContact[], declared: readonly DesiredHandle[]): Respelled {
  const remote = contacts.flatMap(({ handles }) => handles);
  // Fast path: most contacts match the files.
  if (remote.length === declared.length && declared.every((each) => hasSameSpelling(each, remote))) {
    return { handles: declared, similar: [], uncertain: new Set() };
  }
  const byKey = new Map(remote.flatMap((each) => remoteKeys(each).map((key) => [key, each] as const)));
  const found = new Map(declared.map((each) => [each, findFirst(declaredKeys(each), byKey)]));
  const known = new Set([...found.values()].flatMap((each) => (each === undefined ? [] : remoteKeys(each))));
  const similar = remote
    .filter((each) => each.source === "phone" && !remoteKeys(each).some((key) => known.has(key)))
    .flatMap((each): SimilarNumber[] => {
      const same = declared.find((other) => mayBeSame(other, each));
      return same === undefined ? [] : [{ declared: same, remote: each }];
    });
  const uncertain = new Set(similar.flatMap((each) => (found.get(each.declared) === undefined ? [each.declared] : [])));
  const certain = [...found].filter(([each]) => !uncertain.has(each)).map(([each, as]) => withSpelling(each, as));
  return {
    handles: [...certain, ...similar.map((each) => withSpelling(each.declared, each.remote))],
    similar,
    uncertain,
  };
}

/** Returns an entry with its handles spelled as in the contacts that it matches. */
export function inSpellingOf(contacts: readonly RemoteContact[], resolved: ResolvedContact): ResolvedContact {
  if (contacts.length === 0) return resolved;
  const declared = resolved.desired.handles;
  const { handles } = respell(contacts, declared);
  const isSame = handles.length === declared.length && handles.every((handle, index) => handle === declared[index]);
  return isSame ? resolved : { ...resolved, desired: { ...resolved.desired, handles } };
}

function hasSameSpelling({ source, handle, written }: DesiredHandle, remote: readonly Handle[]): boolean {
  return written === undefined && remote.some((each) => each.source === source && each.handle === handle);
}

function findFirst<K, V>(keys: readonly K[], values: ReadonlyMap<K, V>): V | undefined {
  return keys.map((key) => values.get(key)).find((value) => value !== undefined);
}

function withSpelling(declared: DesiredHandle, { handle }: Handle = declared): DesiredHandle {
  if (declared.written === undefined && declared.handle === handle) return declared;
  const { written: _, ...rest } = declared;
  return { ...rest, handle };
}

/** Returns warnings about phone numbers that are left unchanged because they may be the declared ones. */
export function warnSimilarPhones(entry: DesiredContact, contacts: readonly RemoteContact[]): Diagnostic[] {
  if (!entry.handles.some(({ source }) => source === "phone")) return [];
  const { similar, uncertain } = respell(contacts, entry.handles);
  const isExact = entry.exact.includes("handles");
  return similar
    .filter(({ declared }) => isExact || uncertain.has(declared))
    .map(({ declared, remote }) => ({
      severity: "warning",
      code: "phone-may-be-same",
      summary: `phone ${declared.handle} of ${entry.key} may be ${remote.handle} in Front, so neither is added or removed`,
      advice: "Write both with a country code, in the file and in Front, to tell them apart.",
      location: declared.location,
    }));
}

/**
 * Returns warnings about handles in Front without a canonical form, if that affects the plan: the handle would be
 * removed, or another one of its source would be added.
 */
export function warnComparedExactly(entry: DesiredContact, contacts: readonly RemoteContact[]): Diagnostic[] {
  return contacts.flatMap((contact) => comparedExactly(entry, contact));
}

function comparedExactly({ key, handles, exact, location }: DesiredContact, contact: RemoteContact): Diagnostic[] {
  const unusual = contact.handles.filter(isComparedExactly);
  if (unusual.length === 0) return [];
  const present = new Set(contact.handles.flatMap(remoteKeys));
  const missing = handles.filter((each) => !declaredKeys(each).some((own) => present.has(own)));
  const declared = new Set(handles.flatMap(declaredKeys));
  return unusual
    .filter((each) => !remoteKeys(each).some((own) => declared.has(own)))
    .filter(({ source }) => exact.includes("handles") || missing.some((each) => each.source === source))
    .map(({ source, handle }) => ({
      severity: "warning",
      code: "handle-compared-exactly",
      summary: `${source} ${handle} of ${contact.id} has no canonical form, so it matches only a handle of ${key} with exactly the same spelling`,
      advice: `If it is a handle of ${key} in another spelling, correct it in Front, or copy its spelling to the file.`,
      location: handles.find((each) => each.source === source)?.location ?? location,
    }));
}
