import { createHash, createHmac, hash } from "node:crypto";
import type { RemoteAccount } from "./account.ts";
import type { CustomFields, DesiredState, RemoteContact } from "./contact.ts";

/**
 * Returns JSON with sorted keys. Omits the keys for which `includesKey` returns false. `JSON.stringify` with a replacer
 * would take several times as long.
 */
export function canonicalJson(value: unknown, includesKey?: (key: string) => boolean): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map((part) => canonicalJson(part, includesKey)).join(",")}]`;
  const members = value as Readonly<Record<string, unknown>>;
  let text = "";
  for (const key of Object.keys(members).sort()) {
    if (members[key] === undefined || includesKey?.(key) === false) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(members[key], includesKey)}`;
  }
  return `{${text}}`;
}

const LOCATIONS: ReadonlySet<string> = new Set(["location", "idLocation", "nameLocation", "inherited"]);

/** Returns whether a key of an entry contains a part of its content, and not only locations of values. */
export function isContentKey(key: string): boolean {
  return !LOCATIONS.has(key);
}

/** Returns the SHA-256 of the canonical JSON, which must fit into one string. */
export function digestOf(value: unknown): string {
  return hash("sha256", canonicalJson(value));
}

/** Returns a hash that changes if the desired state changes, but not if its values move in the files. */
export function digestOfDesired(desired: DesiredState): string {
  return hash("sha256", canonicalJson(desired, isContentKey));
}

/** Returns the SHA-256 of the canonical JSON and, if there is a key, the HMAC-SHA-256. */
export function canonicalHashes(value: unknown, key?: string): { readonly digest: string; readonly hmac?: string } {
  const hash = createHash("sha256");
  const hmac = key === undefined ? undefined : createHmac("sha256", key);
  let text = "";
  const update = () => {
    hash.update(text);
    hmac?.update(text);
    text = "";
  };
  for (const piece of canonicalPieces(value, PIECE_DEPTH)) {
    text += piece;
    // An update for each piece would take longer, because most pieces are short.
    if (text.length >= UPDATE_LENGTH) update();
  }
  update();
  return { digest: hash.digest("hex"), ...(hmac && { hmac: hmac.digest("hex") }) };
}

const UPDATE_LENGTH = 64 * 1024;
/** Values at this depth are encoded as one piece. The large arrays of a saved plan are closer to the root. */
const PIECE_DEPTH = 3;

/** Yields `canonicalJson(value)` in pieces, because the JSON of a saved plan may be too large for one string. */
function* canonicalPieces(value: unknown, depth: number): Generator<string> {
  if (depth === 0 || typeof value !== "object" || value === null) {
    yield canonicalJson(value);
    return;
  }
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  yield open;
  for (const [index, [prefix, member]] of membersOf(value).entries()) {
    yield `${index > 0 ? "," : ""}${prefix}`;
    yield* canonicalPieces(member, depth - 1);
  }
  yield close;
}

/** Returns the members of an object or array, each with the text that precedes it in canonical JSON. */
function membersOf(value: object): (readonly [prefix: string, member: unknown])[] {
  if (Array.isArray(value)) return value.map((member) => ["", member]);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [`${JSON.stringify(key)}:`, member]);
}

export function hashContactValues({ name, description, links, lists, customFields }: RemoteContact): string {
  const listIds = lists.map(({ id }) => id).sort();
  const fields = filledFields(customFields);
  return digestOf({ name: name ?? "", description, links: [...links].sort(), listIds, fields });
}

export function hashAccountValues({ name, description, domains, externalId, customFields }: RemoteAccount): string {
  const fields = filledFields(customFields);
  return digestOf({ name, description, domains: [...domains].sort(), externalId: externalId ?? "", fields });
}

function filledFields(customFields: CustomFields) {
  const filled = [...customFields].filter(([, value]) => value !== null && value !== "");
  return filled.sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * Returns a hash of a contact without its update time and its account. Only some of Front's listings contain the
 * account.
 */
export function fingerprintOf({ customFields, updatedAt: _, account: _account, ...rest }: RemoteContact): string {
  return digestOf({ ...rest, customFields: [...customFields].sort(([a], [b]) => (a < b ? -1 : 1)) });
}

export function fingerprintsOf(contacts: readonly RemoteContact[]): Readonly<Record<string, string>> {
  return Object.fromEntries(contacts.map((contact) => [contact.id, fingerprintOf(contact)]));
}
