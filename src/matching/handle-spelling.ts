import type { ResolvedContact } from "../config/resolve-references.ts";
import type { DesiredContact, DesiredHandle, RemoteContact } from "../model/contact.ts";
import { type Diagnostic, warningAt } from "../model/diagnostic.ts";
import { declaredKeys, type Handle, isComparedExactly, mayBeSame, remoteKeys } from "../model/handle.ts";

interface SimilarNumber {
  readonly declared: DesiredHandle;
  readonly remote: Handle;
}

interface AlignedHandles {
  readonly handles: readonly DesiredHandle[];
  /** Pairs of a declared number and a number in Front that may be the same. Neither of the two is added or removed. */
  readonly similar: readonly SimilarNumber[];
  /** Declared numbers with a similar number in Front, but without an equal one. */
  readonly uncertain: ReadonlySet<DesiredHandle>;
}

/**
 * Returns the declared handles in Front's spelling. A number in Front without a country code may be a declared number,
 * so the two are treated as equal. Otherwise, adding the declared spelling might have no effect, and removing the other
 * spelling would lose the number.
 */
function alignSpellings(contacts: readonly RemoteContact[], declared: readonly DesiredHandle[]): AlignedHandles {
  const remote = contacts.flatMap(({ handles }) => handles);
  const byKey = new Map(remote.flatMap((handle) => remoteKeys(handle).map((key) => [key, handle] as const)));
  const equals = new Map(declared.map((handle) => [handle, findFirst(declaredKeys(handle), byKey)]));
  const matchedKeys = new Set(
    [...equals.values()].flatMap((handle) => (handle === undefined ? [] : remoteKeys(handle))),
  );
  const similar = remote
    .filter((handle) => handle.source === "phone" && !remoteKeys(handle).some((key) => matchedKeys.has(key)))
    .flatMap((handle): SimilarNumber[] => {
      const similarHandle = declared.find((other) => mayBeSame(other, handle));
      return similarHandle === undefined ? [] : [{ declared: similarHandle, remote: handle }];
    });
  const uncertain = new Set(similar.map((pair) => pair.declared).filter((handle) => equals.get(handle) === undefined));
  const certain = [...equals].filter(([handle]) => !uncertain.has(handle));
  return {
    handles: [
      ...certain.map(([handle, equal]) => withSpelling(handle, equal)),
      ...similar.map((pair) => withSpelling(pair.declared, pair.remote)),
    ],
    similar,
    uncertain,
  };
}

export function withRemoteSpelling(contacts: readonly RemoteContact[], resolved: ResolvedContact): ResolvedContact {
  const declared = resolved.desired.handles;
  if (contacts.length === 0 || haveSameSpellings(contacts, declared)) return resolved;
  const { handles } = alignSpellings(contacts, declared);
  const isSame = handles.length === declared.length && handles.every((handle, index) => handle === declared[index]);
  return isSame ? resolved : { ...resolved, desired: { ...resolved.desired, handles } };
}

/** Returns whether there is one contact, and it has the declared handles in the declared spelling, and no others. */
function haveSameSpellings(
  [contact, ...others]: readonly RemoteContact[],
  declared: readonly DesiredHandle[],
): boolean {
  if (contact === undefined || others.length > 0 || contact.handles.length !== declared.length) return false;
  return declared.every((handle) => hasSameSpelling(handle, contact.handles));
}

function hasSameSpelling({ source, handle, written }: DesiredHandle, remote: readonly Handle[]): boolean {
  return written === undefined && remote.some((other) => other.source === source && other.handle === handle);
}

function findFirst<K, V>(keys: readonly K[], values: ReadonlyMap<K, V>): V | undefined {
  return keys.map((key) => values.get(key)).find((value) => value !== undefined);
}

function withSpelling(declared: DesiredHandle, { handle }: Handle = declared): DesiredHandle {
  if (declared.written === undefined && declared.handle === handle) return declared;
  const { written: _, ...rest } = declared;
  return { ...rest, handle };
}

/** Returns warnings about phone numbers in Front that stay unchanged because they may be declared numbers. */
export function warnSimilarPhones(entry: DesiredContact, contacts: readonly RemoteContact[]): Diagnostic[] {
  const hasPhone = entry.handles.some(({ source }) => source === "phone");
  if (!hasPhone || haveSameSpellings(contacts, entry.handles)) return [];
  const { similar, uncertain } = alignSpellings(contacts, entry.handles);
  const isExact = entry.exact.includes("handles");
  return similar
    .filter(({ declared }) => isExact || uncertain.has(declared))
    .map(({ declared, remote }) => {
      const summary = `phone ${declared.handle} of ${entry.key} may be ${remote.handle} in Front, so neither is added or removed`;
      const advice = "Write both numbers with a country code, in the file and in Front, to distinguish them.";
      return warningAt(declared.location, "phone-may-be-same", summary, advice);
    });
}

/**
 * Returns a warning for each handle in Front that has no canonical form, if the plan removes it or adds a handle with
 * the same source.
 */
export function warnComparedExactly(entry: DesiredContact, contacts: readonly RemoteContact[]): Diagnostic[] {
  return contacts.flatMap((contact) => warnNonCanonical(entry, contact));
}

function warnNonCanonical({ key, handles, exact, location }: DesiredContact, contact: RemoteContact): Diagnostic[] {
  const nonCanonical = contact.handles.filter(isComparedExactly);
  if (nonCanonical.length === 0) return [];
  const keysInFront = new Set(contact.handles.flatMap(remoteKeys));
  const missing = handles.filter((handle) => !declaredKeys(handle).some((key) => keysInFront.has(key)));
  const keysInEntry = new Set(handles.flatMap(declaredKeys));
  return nonCanonical
    .filter((handle) => !remoteKeys(handle).some((key) => keysInEntry.has(key)))
    .filter(({ source }) => exact.includes("handles") || missing.some((handle) => handle.source === source))
    .map(({ source, handle }) => {
      const similar = handles.find((declared) => declared.source === source);
      const summary = `${source} ${handle} of ${contact.id} has no canonical form, so it matches only a handle of ${key} with exactly the same spelling`;
      const advice = `If it is a handle of ${key} in a different spelling, correct it in Front, or copy its spelling to the file.`;
      return warningAt(similar?.location ?? location, "handle-compared-exactly", summary, advice);
    });
}
