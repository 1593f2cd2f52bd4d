import type { ResolvedContact } from "../config/resolve-references.ts";
import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { declaredKeys, type Handle, isComparedExactly, mayBeSame, remoteKeys } from "../model/handle.ts";
import type { Match } from "./match.ts";

type DesiredHandle = DesiredContact["handles"][number];

interface Similar {
  readonly declared: DesiredHandle;
  readonly held: Handle;
}

interface Spelled {
  readonly handles: readonly DesiredHandle[];
  /** Numbers of the contact that may be the same as a declared one, and that are therefore left alone. */
  readonly similar: readonly Similar[];
  /** Declared handles that the contact has only perhaps. */
  readonly unsure: ReadonlySet<DesiredHandle>;
}

/**
 * Returns the declared handles as the contacts spell them that hold them: the same digits without a country, or a number
 * that may be the same because one of the two does not say its country. To add such a number could change nothing in
 * Front, and to remove its other spelling would then lose it.
 */
function spelledAs(contacts: readonly RemoteContact[], declared: readonly DesiredHandle[]): Spelled {
  const held = contacts.flatMap(({ handles }) => handles);
  const byKey = new Map(held.flatMap((each) => remoteKeys(each).map((key) => [key, each] as const)));
  const found = new Map(declared.map((each) => [each, firstOf(declaredKeys(each), byKey)]));
  const known = new Set([...found.values()].flatMap((each) => (each === undefined ? [] : remoteKeys(each))));
  const similar = held
    .filter((each) => each.source === "phone" && !remoteKeys(each).some((key) => known.has(key)))
    .flatMap((each): Similar[] => {
      const same = declared.find((other) => mayBeSame(other, each));
      return same === undefined ? [] : [{ declared: same, held: each }];
    });
  const unsure = new Set(similar.flatMap((each) => (found.get(each.declared) === undefined ? [each.declared] : [])));
  const certain = [...found].filter(([each]) => !unsure.has(each)).map(([each, as]) => respelled(each, as));
  return { handles: [...certain, ...similar.map((each) => respelled(each.declared, each.held))], similar, unsure };
}

/** Returns a declared contact with its handles as the contacts spell them that it is in Front. */
export function inSpellingOf(contacts: readonly RemoteContact[], wanted: ResolvedContact): ResolvedContact {
  const { handles } = spelledAs(contacts, wanted.desired.handles);
  return { ...wanted, desired: { ...wanted.desired, handles } };
}

function firstOf<K, V>(keys: readonly K[], values: ReadonlyMap<K, V>): V | undefined {
  return keys.map((key) => values.get(key)).find((value) => value !== undefined);
}

function respelled({ written: _, ...declared }: DesiredHandle, held: Handle | undefined): DesiredHandle {
  return held === undefined ? declared : { ...declared, handle: held.handle };
}

/** Warns of phone numbers that are left alone because nobody can tell whether they are the declared ones. */
export function warnSimilarPhones(contact: DesiredContact, identity: Match | undefined): Diagnostic[] {
  if (!contact.handles.some(({ source }) => source === "phone")) return [];
  const { similar, unsure } = spelledAs(contactsOf(identity), contact.handles);
  const isExact = contact.exact.includes("handles");
  return similar
    .filter(({ declared }) => isExact || unsure.has(declared))
    .map(({ declared, held }) => ({
      severity: "warning",
      code: "phone-may-be-same",
      summary: `phone ${declared.handle} of ${contact.key} may be ${held.handle} in Front, so neither is added or removed`,
      advice: "Write both with a country code, in the file and in Front, to tell them apart.",
      location: declared.location,
    }));
}

/**
 * Warns of handles in Front without a canonical form where they make a difference: the handle would be removed, or another
 * one of its source would be added.
 */
export function warnComparedExactly(contact: DesiredContact, identity: Match | undefined): Diagnostic[] {
  return contactsOf(identity).flatMap((remote) => comparedExactly(contact, remote));
}

function comparedExactly({ key, handles, exact, location }: DesiredContact, remote: RemoteContact): Diagnostic[] {
  const odd = remote.handles.filter(isComparedExactly);
  if (odd.length === 0) return [];
  const held = new Set(remote.handles.flatMap(remoteKeys));
  const lacking = handles.filter((each) => !declaredKeys(each).some((own) => held.has(own)));
  const declared = new Set(handles.flatMap(declaredKeys));
  return odd
    .filter((each) => !remoteKeys(each).some((own) => declared.has(own)))
    .filter(({ source }) => exact.includes("handles") || lacking.some((each) => each.source === source))
    .map(({ source, handle }) => ({
      severity: "warning",
      code: "handle-compared-exactly",
      summary: `${source} ${handle} of ${remote.id} has no canonical form, so it only matches a handle of ${key} that is written exactly the same`,
      advice: `If it is a handle of ${key} in another spelling, correct it in Front, or copy its spelling to the file.`,
      location: handles.find((each) => each.source === source)?.location ?? location,
    }));
}

function contactsOf(identity: Match | undefined): readonly RemoteContact[] {
  if (identity?.kind === "match") return [identity.contact];
  return identity?.kind === "merge" ? [identity.target, ...identity.others] : [];
}
