import { dropAbsent } from "../absent.ts";
import {
  type Collection,
  type DeclaredField,
  type DeclaredList,
  type DesiredAccount,
  type DesiredContact,
  type DesiredField,
  type DesiredList,
  FIELD_TYPES,
  type FieldType,
  HANDLE_SOURCES,
  type Limit,
  type Settings,
} from "../contact.ts";
import type { Place } from "../diagnostic.ts";
import { isMap, type SourceDocument, type Written, writtenOf } from "./written.ts";

/** A piece of text and where it is written. */
export interface PlacedText {
  readonly text: string;
  readonly place: Place;
}

/** A value of a custom field with its spelling in the file, which a number may have lost. */
export type DraftField = DesiredField & { readonly spelling: string };

/** A contact as written, before the rules and before its picture is looked at. */
export interface DraftContact extends Omit<DesiredContact, "avatar" | "customFields" | "links"> {
  readonly links?: readonly PlacedText[];
  readonly customFields?: readonly DraftField[];
  readonly avatar?: PlacedText;
  /** For the rules, which say where things are. */
  readonly written: Written;
}

interface DraftSettings {
  readonly settings: Settings;
  readonly place: Place;
  readonly phoneCountryPlace?: Place;
}

/** All that the files say, as far as it could be understood. */
export interface Draft {
  readonly contacts: readonly DraftContact[];
  readonly lists: readonly DeclaredList[];
  readonly customFields: readonly DeclaredField[];
  /** Of custom fields, those among them that are declared wrongly. */
  readonly declaredNames: ReadonlySet<string>;
  readonly settings: readonly DraftSettings[];
}

/**
 * Takes from a document what has the right form and passes over the rest, which the schema has complained about:
 * a typo in one property should not hide what is wrong with the next one.
 */
export function readDraft(document: SourceDocument): Draft {
  const root = writtenOf(document);
  const settings = root.get("settings");
  return {
    contacts: entriesOf(root, "contacts").flatMap(([key, contact]) =>
      isMap(contact.value) ? [readContact(key, contact)] : [],
    ),
    lists: itemsOf(root, "lists").flatMap((list) => texts(list).map(({ text: name, place }) => ({ name, place }))),
    customFields: entriesOf(root, "custom_fields").flatMap(([name, field]) => readDeclaration(name, field)),
    declaredNames: new Set(entriesOf(root, "custom_fields").map(([name]) => name)),
    settings:
      settings !== undefined && isMap(settings.value)
        ? [
            dropAbsent({
              settings: readSettings(settings),
              place: settings.keyPlace,
              phoneCountryPlace: settings.get("phone_country")?.place,
            }),
          ]
        : [],
  };
}

/** All documents as one, in the order given. */
export function joinDrafts(drafts: readonly Draft[]): Draft {
  return {
    contacts: drafts.flatMap(({ contacts }) => contacts),
    lists: drafts.flatMap(({ lists }) => lists),
    customFields: drafts.flatMap(({ customFields }) => customFields),
    declaredNames: new Set(drafts.flatMap(({ declaredNames }) => [...declaredNames])),
    settings: drafts.flatMap(({ settings }) => settings),
  };
}

function readContact(key: string, contact: Written): DraftContact {
  const avatar = contact.get("avatar");
  return dropAbsent({
    key,
    place: contact.keyPlace,
    written: contact,
    id: textOf(contact.get("id")),
    ensure: contact.get("ensure")?.value === "absent" ? ("absent" as const) : ("present" as const),
    merge: contact.get("merge")?.value === true,
    handles: itemsOf(contact, "handles").flatMap(readHandle),
    name: textOf(contact.get("name")),
    description: readDescription(contact.get("description")),
    links:
      contact.get("links") &&
      itemsOf(contact, "links")
        .flatMap(texts)
        .filter(({ text }) => text !== ""),
    lists: readLists(contact),
    customFields: contact.get("custom_fields") && entriesOf(contact, "custom_fields").flatMap(readField),
    avatar: avatar?.value === "" ? undefined : avatar && texts(avatar)[0],
    account: readAccount(contact.get("account")),
    exact: itemsOf(contact, "exact").flatMap(readCollection),
  });
}

function readHandle(entry: Written): DraftContact["handles"] {
  const source = entry.get("source")?.value;
  const handle = entry.get("handle");
  if (!HANDLE_SOURCES.some((known) => known === source) || typeof handle?.value !== "string") return [];
  return [{ source: String(source), handle: handle.value, place: handle.place }];
}

function readDescription(written: Written | undefined): string | undefined {
  return written?.value === null ? "" : textOf(written);
}

function readLists(contact: Written): readonly DesiredList[] | undefined {
  const property = contact.get("lists") ? "lists" : "groups";
  return contact.get(property) && itemsOf(contact, property).flatMap(readList);
}

function readList(entry: Written): DesiredList[] {
  const id = textOf(entry.get("id"));
  if (id !== undefined) return [{ id, place: entry.place }];
  return texts(entry).map(({ text: name, place }) => ({ name, place }));
}

function readField([name, field]: [string, Written]): DraftField[] {
  const { value, place, keyPlace, text: spelling } = field;
  if (typeof value === "object" && value !== null) return [];
  return [{ name, value: value as DraftField["value"], place, namePlace: keyPlace, spelling }];
}

const COLLECTIONS: readonly Collection[] = ["handles", "links", "lists", "custom_fields"];

function readCollection({ value }: Written): Collection[] {
  return COLLECTIONS.filter((collection) => collection === value);
}

function readAccount(account: Written | undefined): DesiredAccount | undefined {
  if (account === undefined) return undefined;
  const { place } = account;
  const domain = textOf(account.get("domain"));
  const externalId = textOf(account.get("external_id"));
  const id = textOf(account.get("id"));
  if (domain !== undefined) return { domain, place };
  if (externalId !== undefined) return { externalId, place };
  return id === undefined ? undefined : { id, place };
}

function readDeclaration(name: string, field: Written): DeclaredField[] {
  const type = FIELD_TYPES.find((known) => known === field.get("type")?.value);
  if (type === undefined) return [];
  const values = field
    .get("values")
    ?.items()
    .flatMap(texts)
    .map(({ text }) => text);
  return [dropAbsent({ name, type: type as FieldType, values, place: field.keyPlace })];
}

function readSettings(settings: Written): Settings {
  const guards = settings.get("guards");
  return dropAbsent({
    company: textOf(settings.get("company")),
    phoneCountry: textOf(settings.get("phone_country")),
    reserve: readShare(settings.get("reserve")),
    guards:
      guards && dropAbsent({ changes: readLimit(guards.get("changes")), removals: readLimit(guards.get("removals")) }),
  });
}

function readLimit(written: Written | undefined): Limit | undefined {
  if (typeof written?.value === "number") return { count: written.value };
  const share = readShare(written);
  return share === undefined ? undefined : { share };
}

function readShare(written: Written | undefined): number | undefined {
  const percent = /^(\d+)%$/.exec(textOf(written) ?? "")?.[1];
  return percent === undefined ? undefined : Number(percent) / 100;
}

function textOf(written: Written | undefined): string | undefined {
  return typeof written?.value === "string" ? written.value : undefined;
}

function texts({ value, place }: Written): PlacedText[] {
  return typeof value === "string" ? [{ text: value, place }] : [];
}

function entriesOf(parent: Written, key: string): [string, Written][] {
  return parent.get(key)?.entries() ?? [];
}

function itemsOf(parent: Written, key: string): Written[] {
  return parent.get(key)?.items() ?? [];
}
