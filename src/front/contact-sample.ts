import { isOpaque, type RemoteContact, type UndecodableContact } from "../model/contact.ts";
import { isJsonObject, type JsonObject } from "../model/json-object.ts";
import { ContactShapeError, decodeContact, ShapeError } from "./decode.ts";

/**
 * Number of phone handles that are stored as `+15125551337` (`e164`), as `15125551337` (`digits`), and in any other
 * form.
 */
export interface PhoneForms {
  readonly e164: number;
  readonly digits: number;
  readonly other: number;
}

export interface ContactSample {
  readonly contacts: number;
  readonly phones: PhoneForms;
  readonly privateContacts: number;
  readonly withAccount: number;
  /** Number of contacts with `null` instead of a list or an object, by property. */
  readonly nulls: Readonly<Record<string, number>>;
  /** Number of contacts without a property that Front documents, by property. */
  readonly missing: Readonly<Record<string, number>>;
  /** Properties that are neither documented nor known to this program. */
  readonly unknownProperties: readonly string[];
  /** Number of contacts with a custom field value that the configuration cannot express. */
  readonly opaqueFields: number;
  /** Number of contacts whose avatar is not on one of Front's hosts. Such avatars are not downloaded. */
  readonly foreignAvatars: number;
  readonly undecodable: readonly UndecodableContact[];
}

const COLLECTIONS = ["handles", "links", "lists", "groups", "custom_fields"];
const DOCUMENTED = ["id", "name", "description", "avatar_url", "is_private", "_links", ...COLLECTIONS];
/** Includes properties that Front sends but does not document. */
const KNOWN = [...DOCUMENTED, "updated_at", "account", "is_spammer"];

export function describeContacts(items: readonly unknown[], isOnOtherHost: (url: string) => boolean): ContactSample {
  const contacts = [...byId(items).values()];
  const decoded = contacts.map(tryDecode);
  const decodedContacts = decoded.flatMap((result) => ("contact" in result ? [result.contact] : []));
  return {
    contacts: contacts.length,
    phones: phoneForms(decodedContacts),
    privateContacts: contacts.filter((contact) => contact["is_private"] === true).length,
    withAccount: contacts.filter((contact) => isJsonObject(contact["account"])).length,
    nulls: countBy(COLLECTIONS, (name) => contacts.filter((contact) => contact[name] === null)),
    missing: countBy(DOCUMENTED, (name) => contacts.filter((contact) => contact[name] === undefined)),
    unknownProperties: [...new Set(contacts.flatMap(Object.keys))].filter((name) => !KNOWN.includes(name)).sort(),
    opaqueFields: decodedContacts.filter(({ customFields }) => [...customFields.values()].some(isOpaque)).length,
    foreignAvatars: decodedContacts.filter(({ avatarUrl }) => avatarUrl !== undefined && isOnOtherHost(avatarUrl))
      .length,
    undecodable: decoded.flatMap((result) => ("undecodable" in result ? [result.undecodable] : [])),
  };
}

/** Returns the contacts by ID, because a contact that is in the sample twice must be counted once. */
function byId(items: readonly unknown[]): ReadonlyMap<unknown, JsonObject> {
  return new Map(items.filter(isJsonObject).map((contact) => [contact["id"] ?? contact, contact]));
}

function tryDecode(
  contact: JsonObject,
): { readonly contact: RemoteContact } | { readonly undecodable: UndecodableContact } {
  try {
    return { contact: decodeContact(contact) };
  } catch (error) {
    if (error instanceof ContactShapeError) return { undecodable: error.contact };
    if (!(error instanceof ShapeError)) throw error;
    return { undecodable: { id: undefined, property: "id", problem: error.message, handles: undefined } };
  }
}

function phoneForms(contacts: readonly RemoteContact[]): PhoneForms {
  const phones = contacts.flatMap(({ handles }) => handles).filter(({ source }) => source === "phone");
  const e164 = phones.filter(({ handle }) => isE164(handle)).length;
  const digits = phones.filter(({ handle }) => /^\d+$/.test(handle)).length;
  return { e164, digits, other: phones.length - e164 - digits };
}

export function isE164(phone: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(phone);
}

function countBy(
  names: readonly string[],
  contactsWith: (name: string) => readonly JsonObject[],
): Record<string, number> {
  const counts = names.map((name) => [name, contactsWith(name).length] as const);
  return Object.fromEntries(counts.filter(([, total]) => total > 0));
}
