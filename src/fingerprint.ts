import { createHash } from "node:crypto";
import type { RemoteContact } from "./contact.ts";

/** JSON with keys in one order, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, nested: unknown) => {
    if (typeof nested !== "object" || nested === null || Array.isArray(nested)) return nested;
    return Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Hex SHA-256 of a value's canonical JSON. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
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
