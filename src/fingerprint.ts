import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import type { RemoteContact } from "./contact.ts";

/** JSON with keys in one order, so that equal values have equal texts; without the keys that `isKept` rejects. */
export function canonicalJson(value: unknown, isKept: (key: string) => boolean = () => true): string {
  return JSON.stringify(value, (_, nested: unknown) => {
    if (typeof nested !== "object" || nested === null || Array.isArray(nested)) return nested;
    const entries = Object.entries(nested).filter(([key]) => isKept(key));
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Hex SHA-256 of a value's canonical JSON. */
export function digestOf(value: unknown): string {
  return addCanonicalJson(createHash("sha256"), value).digest("hex");
}

/** Hex HMAC-SHA-256 of a value's canonical JSON. */
export function hmacOf(value: unknown, key: string): string {
  return addCanonicalJson(createHmac("sha256", key), value).digest("hex");
}

/** A saved plan of 100,000 changes has its arrays at this depth, and is more than one string should hold. */
const PIECE_DEPTH = 3;

function addCanonicalJson<H extends Hash | Hmac>(hash: H, value: unknown): H {
  for (const piece of canonicalPieces(value, PIECE_DEPTH)) hash.update(piece);
  return hash;
}

/** Joined, the pieces are `canonicalJson(value)`. */
function* canonicalPieces(value: unknown, depth: number): Generator<string> {
  if (depth === 0 || typeof value !== "object" || value === null) {
    yield canonicalJson(value) ?? "null";
  } else if (Array.isArray(value)) {
    yield "[";
    for (const [index, part] of value.entries()) {
      if (index > 0) yield ",";
      yield* canonicalPieces(part, depth - 1);
    }
    yield "]";
  } else {
    yield* canonicalObjectPieces(value, depth);
  }
}

function* canonicalObjectPieces(value: object, depth: number): Generator<string> {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  yield "{";
  for (const [index, [key, part]] of entries.sort(([a], [b]) => (a < b ? -1 : 1)).entries()) {
    yield `${index > 0 ? "," : ""}${JSON.stringify(key)}:`;
    yield* canonicalPieces(part, depth - 1);
  }
  yield "}";
}

/** Of what a contact has besides its handles and its picture: all that would be lost with it. */
export function belongingsOf({ name, description, links, lists, customFields }: RemoteContact): string {
  const listIds = lists.map(({ id }) => id).sort();
  const filled = [...customFields].filter(([, value]) => value !== null && value !== "");
  const fields = filled.sort(([a], [b]) => (a < b ? -1 : 1));
  return digestOf({ name: name ?? "", description, links: [...links].sort(), listIds, fields });
}

/** Two readings of a contact have the same fingerprint when Front shows the same. Its own time stamp does not count. */
export function fingerprintOf({ customFields, updatedAt: _, ...rest }: RemoteContact): string {
  return digestOf({ ...rest, customFields: [...customFields].sort(([a], [b]) => (a < b ? -1 : 1)) });
}

export function fingerprintsOf(contacts: readonly RemoteContact[]): Readonly<Record<string, string>> {
  return Object.fromEntries(contacts.map((contact) => [contact.id, fingerprintOf(contact)]));
}
