import {
  type CustomFields,
  type FieldValue,
  type Handle,
  type HandleKey,
  isOpaque,
  type List,
  type RemoteContact,
} from "../model/contact.ts";
import { isJsonObject, isListOf, isText } from "../model/json-object.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { CachedContacts } from "./contact-search.ts";

interface CachedContactsFile {
  readonly version: 1;
  readonly readAt: number;
  readonly handles: readonly string[];
  readonly contacts: readonly EncodedContact[];
}

/** The custom fields are an array of pairs, because JSON has no maps. */
type EncodedContact = Omit<RemoteContact, "customFields"> & { readonly customFields: readonly [string, FieldValue][] };

/** Returns the text of the cache file. The text contains personal data, so only the owner may read the file. */
export function encodeCachedContacts({ readAt, handles, contacts }: CachedContacts): string {
  const encodedContacts = contacts.map((contact) => ({ ...contact, customFields: [...contact.customFields] }));
  const file: CachedContactsFile = { version: 1, readAt, handles: [...handles], contacts: encodedContacts };
  return `${JSON.stringify(file)}\n`;
}

/** Returns undefined if the data is invalid. Throws a `SyntaxError` if the text is not JSON. */
export function decodeCachedContacts(text: string): CachedContacts | undefined {
  const file: unknown = JSON.parse(text);
  if (!isJsonObject(file) || file["version"] !== 1 || typeof file["readAt"] !== "number") return undefined;
  const { handles, contacts } = file;
  if (!isListOf(handles, isText) || !isListOf(contacts, isEncodedContact)) return undefined;
  return { readAt: file["readAt"], handles: new Set(handles as HandleKey[]), contacts: contacts.map(decodeContact) };
}

/** Omits unknown properties. */
function decodeContact(contact: EncodedContact): RemoteContact {
  const { id, name, description, handles, links, lists, customFields, avatarUrl, updatedAt, isPrivate, account } =
    contact;
  return {
    id,
    name,
    description,
    links,
    avatarUrl,
    updatedAt,
    ...omitUndefined({ isPrivate, account: account && { id: account.id, name: account.name } }),
    handles: handles.map(({ source, handle }): Handle => ({ source, handle })),
    lists: lists.map((list): List => omitUndefined({ id: list.id, name: list.name, isPrivate: list.isPrivate })),
    customFields: new Map(customFields) satisfies CustomFields,
  };
}

type Check = (value: unknown) => boolean;

const CONTACT_CHECKS: Readonly<Record<keyof EncodedContact, Check>> = {
  id: (id) => isText(id) && /^crd_\w+$/.test(id),
  name: isOptionalText,
  description: isText,
  handles: (handles) =>
    isListOf(handles, (handle) => isJsonObject(handle) && isText(handle["source"]) && isText(handle["handle"])),
  links: (links) => isListOf(links, isText),
  lists: (lists) => isListOf(lists, isList),
  customFields: (fields) => isListOf(fields, isField),
  avatarUrl: isOptionalText,
  updatedAt: (time) => time === undefined || typeof time === "number",
  isPrivate: isOptionalFlag,
  account: (account) =>
    account === undefined ||
    account === null ||
    (isJsonObject(account) && isText(account["id"]) && isText(account["name"])),
};

function isEncodedContact(value: unknown): value is EncodedContact {
  return isJsonObject(value) && Object.entries(CONTACT_CHECKS).every(([attribute, check]) => check(value[attribute]));
}

function isList(value: unknown): boolean {
  return isJsonObject(value) && isText(value["id"]) && isText(value["name"]) && isOptionalFlag(value["isPrivate"]);
}

function isOptionalFlag(value: unknown): boolean {
  return value === undefined || value === true;
}

function isField(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && isText(value[0]) && isFieldValue(value[1]);
}

function isFieldValue(value: unknown): boolean {
  return (
    value === null ||
    ["string", "number", "boolean"].includes(typeof value) ||
    isListOf(value, isText) ||
    isOpaque(value)
  );
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || isText(value);
}
