import {
  type Collection,
  type DeclaredField,
  type DeclaredList,
  type DesiredContact,
  type DesiredHandle,
  type DesiredList,
  FIELD_TYPES,
  HANDLE_SOURCES,
  type Limit,
  type Settings,
} from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import type { HashedHandle } from "../model/handle-hash.ts";
import { isJsonObject } from "../model/json-object.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { shrinkToFit } from "../model/shrink-to-fit.ts";
import { type LocatedValue, locatedValueOf, type SourceDocument } from "../yaml/located-value.ts";
import { readTableSpec, type TableSpec } from "./tables/table-spec.ts";
import { type AccountReference, readAccountDeclarations, type UncheckedAccount } from "./unchecked-accounts.ts";
import {
  entriesOf,
  itemsOf,
  type LocatedText,
  locatedTextOf,
  type ReportedLocations,
  readDescription,
  readExact,
  readFields,
  readPropertyOfAbsent,
  readProtection,
  reportedLocation,
  textOf,
  type UncheckedField,
} from "./written-values.ts";

export interface UncheckedHandle extends DesiredHandle {
  /** The country of the table column, if the number is ambiguous or not possible in that country. */
  readonly country?: string;
}

export interface UncheckedContact
  extends Omit<DesiredContact, "account" | "avatar" | "customFields" | "exact" | "handles" | "links" | "protect">,
    ReportedLocations {
  readonly handles: readonly UncheckedHandle[];
  readonly account?: AccountReference;
  readonly links?: readonly LocatedText[];
  readonly customFields?: readonly UncheckedField[];
  readonly avatar?: LocatedText;
  /** False for `protect: false`, which overrides a default. */
  readonly protect?: DesiredContact["protect"] | false;
  /** Undefined if the entry does not set it. */
  readonly exact?: readonly LocatedText<Collection>[];
  readonly misplacedHashes?: readonly { readonly hasHandle: boolean; readonly location: SourceLocation }[];
  /** The location of the deprecated key `groups`. */
  readonly groups?: { readonly hasLists: boolean; readonly location: SourceLocation };
}

interface UncheckedSettings {
  readonly settings: Settings;
  readonly location: SourceLocation;
  readonly phoneCountryLocation?: SourceLocation;
  /** The properties that contacts must have, such as `custom_fields.Account Owner`. */
  readonly required: readonly LocatedText[];
}

/** The contents of one or more files, without the parts that the schema rejects. */
export interface UncheckedConfig {
  readonly contacts: readonly UncheckedContact[];
  /** The values under each `defaults` key, as a contact without handles. */
  readonly defaults: readonly UncheckedContact[];
  readonly tables: readonly TableSpec[];
  readonly accounts: readonly UncheckedAccount[];
  readonly lists: readonly DeclaredList[];
  readonly customFields: readonly DeclaredField[];
  /** The names of declared custom fields, including invalid declarations. */
  readonly declaredNames: ReadonlySet<string>;
  readonly settings: readonly UncheckedSettings[];
}

/**
 * Reads a document. Skips the parts that the schema reports, so that an error in one property does not hide problems in
 * others.
 */
export function readUncheckedConfig(document: SourceDocument): UncheckedConfig {
  const root = locatedValueOf(document);
  const settings = root.get("settings");
  const defaults = root.get("defaults");
  const fields = entriesOf(root, "custom_fields");
  return {
    contacts: entriesOf(root, "contacts").flatMap(([key, contact]) =>
      isJsonObject(contact.value) ? [readContact(key, contact)] : [],
    ),
    defaults: defaults !== undefined && isJsonObject(defaults.value) ? [readDefaults(defaults)] : [],
    tables: entriesOf(root, "tables").flatMap(([name, table]) => readTableSpec(name, table) ?? []),
    accounts: readAccountDeclarations(root),
    lists: readListDeclarations(root.get("lists")),
    customFields: fields.flatMap(([name, field]) => readDeclaration(name, field)),
    declaredNames: new Set(fields.map(([name]) => name)),
    settings:
      settings !== undefined && isJsonObject(settings.value)
        ? [
            omitUndefined({
              settings: readSettings(settings),
              location: settings.keyLocation,
              phoneCountryLocation: settings.get("phone_country")?.location,
              required: itemsOf(settings, "require").flatMap(locatedTextOf),
            }),
          ]
        : [],
  };
}

export function joinUncheckedConfigs(configs: readonly UncheckedConfig[]): UncheckedConfig {
  return {
    contacts: configs.flatMap(({ contacts }) => contacts),
    defaults: configs.flatMap(({ defaults }) => defaults),
    tables: configs.flatMap(({ tables }) => tables),
    accounts: configs.flatMap(({ accounts }) => accounts),
    lists: configs.flatMap(({ lists }) => lists),
    customFields: configs.flatMap(({ customFields }) => customFields),
    declaredNames: new Set(configs.flatMap(({ declaredNames }) => [...declaredNames])),
    settings: configs.flatMap(({ settings }) => settings),
  };
}

function readDefaults(defaults: LocatedValue): UncheckedContact {
  const descriptionLocation = defaults.get("description")?.location;
  return omitUndefined({ ...readContact("defaults", defaults), descriptionLocation });
}

function readContact(key: string, contact: LocatedValue): UncheckedContact {
  const [id, name, description] = [contact.get("id"), contact.get("name"), contact.get("description")];
  const [avatar, lists, groups] = [contact.get("avatar"), contact.get("lists"), contact.get("groups")];
  const ensure = contact.get("ensure")?.value === "absent" ? ("absent" as const) : ("present" as const);
  const handles = itemsOf(contact, "handles");
  const hashed = handles.flatMap(readHashedHandle);
  const misplaced = handles.flatMap((handle) => readMisplacedHash(handle, ensure));
  return omitUndefined({
    key,
    location: contact.keyLocation,
    id: textOf(id),
    idLocation: id?.location,
    ensure,
    merge: contact.get("merge")?.value === true,
    protect: readProtection(contact.get("protect")),
    handles: shrinkToFit(handles.flatMap(readHandle)),
    hashedHandles: hashed.length === 0 ? undefined : hashed,
    misplacedHashes: misplaced.length === 0 ? undefined : misplaced,
    name: textOf(name),
    nameLocation: reportedLocation(name),
    description: readDescription(description),
    descriptionLocation: reportedLocation(description),
    propertyOfAbsent: readPropertyOfAbsent(contact),
    links: readLinks(contact.get("links")),
    lists: readLists(lists ?? groups),
    groups: groups && { hasLists: lists !== undefined, location: groups.keyLocation },
    customFields: readFields(contact.get("custom_fields")),
    avatar: avatar?.value === "" ? undefined : avatar && locatedTextOf(avatar)[0],
    account: readAccount(contact.get("account")),
    exact: readExact(contact.get("exact"), COLLECTIONS),
  });
}

function readHandle(entry: LocatedValue): UncheckedContact["handles"] {
  const value = entry.get("source")?.value;
  const source = HANDLE_SOURCES.find((candidate) => candidate === value);
  const handle = entry.get("handle");
  if (source === undefined || typeof handle?.value !== "string") return [];
  return [{ source, handle: handle.value, location: handle.location }];
}

function readHashedHandle(entry: LocatedValue): readonly HashedHandle[] {
  const [source, sha256] = [textOf(entry.get("source")), entry.get("sha256")];
  if (source === undefined || typeof sha256?.value !== "string") return [];
  return [{ source, sha256: sha256.value, location: sha256.location }];
}

function readMisplacedHash(
  entry: LocatedValue,
  ensure: UncheckedContact["ensure"],
): NonNullable<UncheckedContact["misplacedHashes"]> {
  const sha256 = entry.get("sha256");
  const hasHandle = entry.get("handle") !== undefined;
  return sha256 === undefined || (ensure === "absent" && !hasHandle)
    ? []
    : [{ hasHandle, location: sha256.keyLocation }];
}

function readLinks(links: LocatedValue | undefined): readonly LocatedText[] | undefined {
  const texts = links?.items().flatMap(locatedTextOf);
  return texts && shrinkToFit(texts.filter(({ text }) => text !== ""));
}

function readLists(lists: LocatedValue | undefined): readonly DesiredList[] | undefined {
  return lists && shrinkToFit(lists.items().flatMap(readList));
}

function readList(entry: LocatedValue): DesiredList[] {
  const id = textOf(entry.get("id"));
  if (id !== undefined) return [{ id, location: entry.location }];
  return locatedTextOf(entry).map(({ text: name, location }) => ({ name, location }));
}

const COLLECTIONS: readonly Collection[] = ["handles", "links", "lists", "custom_fields"];

function readAccount(account: LocatedValue | undefined): AccountReference | undefined {
  if (account === undefined) return undefined;
  const { location } = account;
  const key = textOf(account);
  if (key !== undefined) return { key, location };
  const domain = textOf(account.get("domain"));
  const externalId = textOf(account.get("external_id"));
  const id = textOf(account.get("id"));
  if (domain !== undefined) return { domain, location };
  if (externalId !== undefined) return { externalId, location };
  return id === undefined ? undefined : { id, location };
}

function readDeclaration(name: string, field: LocatedValue): DeclaredField[] {
  const type = FIELD_TYPES.find((candidate) => candidate === field.get("type")?.value);
  if (type === undefined) return [];
  const values = field.get("values") && itemsOf(field, "values").flatMap(locatedTextOf);
  return [omitUndefined({ name, type, values: values?.map(({ text }) => text), location: field.keyLocation })];
}

function readListDeclarations(written: LocatedValue | undefined): DeclaredList[] {
  if (written === undefined) return [];
  if (!isJsonObject(written.value)) {
    return written
      .items()
      .flatMap(locatedTextOf)
      .map(({ text: name, location }) => ({ name, location }));
  }
  return written.entries().map(([name, list]) =>
    omitUndefined({
      name,
      location: list.keyLocation,
      team: textOf(list.get("team")),
      members: list.get("members")?.value === "exact" ? ("exact" as const) : undefined,
      ensure: list.get("ensure")?.value === "absent" ? ("absent" as const) : undefined,
    }),
  );
}

function readSettings(settings: LocatedValue): Settings {
  const guards = settings.get("guards");
  const history = settings.get("history");
  return omitUndefined({
    company: textOf(settings.get("company")),
    phoneCountry: textOf(settings.get("phone_country")),
    reserve: readShare(settings.get("reserve")),
    guards:
      guards &&
      omitUndefined({ changes: readLimit(guards.get("changes")), removals: readLimit(guards.get("removals")) }),
    history:
      history &&
      omitUndefined({
        runs: numberOf(history.get("runs")),
        days: numberOf(history.get("days")),
        avatars: history.get("avatars")?.value === true ? true : undefined,
      }),
  });
}

function numberOf(written: LocatedValue | undefined): number | undefined {
  return typeof written?.value === "number" ? written.value : undefined;
}

function readLimit(written: LocatedValue | undefined): Limit | undefined {
  if (typeof written?.value === "number") return { count: written.value };
  const share = readShare(written);
  return share === undefined ? undefined : { share };
}

function readShare(written: LocatedValue | undefined): number | undefined {
  const percent = /^(\d+)%$/.exec(textOf(written) ?? "")?.[1];
  return percent === undefined ? undefined : Number(percent) / 100;
}
