import {
  type ContactSample,
  escapeText,
  type InspectedListing,
  type InspectedLookup,
  type Inspection,
  type LookupResult,
  type PhoneForms,
  type UndecodableContact,
} from "../../src/internal.ts";
import type { Colors } from "./colors.ts";
import { plural, shorten } from "./text.ts";

const MAX_NAMED = 10;

type Row = readonly [name: string, text: string];

export function renderInspection(inspection: Inspection, colors: Colors): string {
  const { oldest, newest, listings, lookups, requests } = inspection;
  const rows: Row[] = [
    [
      "Sample",
      `the oldest ${oldest.contacts} and the newest ${plural(newest.contacts, "contact")}; ${plural(requests, "request")}`,
    ],
    ["Phones", `oldest: ${phonesText(oldest.phones)}; newest: ${phonesText(newest.phones)}`],
    ...lookups.map(lookupRow),
    ["Private", privateText(Math.max(oldest.privateContacts, newest.privateContacts))],
    ["Accounts", accountText(inspection)],
    ...listings.map(listingRow),
    ["Rate limit", limitText(inspection)],
    ["Scopes", scopesText(inspection)],
    ...unusualRows(inspection),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, text]) => `${colors.bold(name.padEnd(width))}${text}\n`).join("");
}

/** The samples may overlap, so the total number of private contacts in them is unknown. */
function privateText(count: number): string {
  if (count === 0) return "no private contacts in the sample";
  return `at least ${plural(count, "private contact is", "private contacts are")} visible to this token`;
}

function phonesText({ e164, digits, other }: PhoneForms): string {
  if (e164 + digits + other === 0) return "none";
  const forms = [
    [e164, "in E.164"],
    [digits, "without +"],
    [other, "in another format"],
  ] as const;
  return forms
    .filter(([count]) => count > 0)
    .map(([count, form]) => `${count} ${form}`)
    .join(", ");
}

const LOOKUP_TEXTS: Readonly<Record<LookupResult, string>> = {
  same: "finds the contact",
  other: "finds another contact",
  "not-found": "finds no contact (404)",
  refused: "is rejected (400)",
  forbidden: "is forbidden (403)",
  failed: "fails with another error",
};

function lookupRow({ kind, result }: InspectedLookup): Row {
  return ["Lookup", `${kind}: ${result === undefined ? "nothing in the sample to look up" : LOOKUP_TEXTS[result]}`];
}

function accountText({ accountOnContact }: Inspection): string {
  if (accountOnContact === undefined)
    return "no contact that is linked to an account was found, so it is unknown whether Front returns the accounts of contacts";
  return accountOnContact
    ? "Front returns contacts with their account"
    : "Front returns contacts without their account";
}

function listingRow({ collection, scope, items, reason = "", pages, hasMore }: InspectedListing): Row {
  if (items === undefined) return ["Listing", `${collection}: not readable (${scope}). ${escapeText(reason)}`];
  const paging = pages === 1 && !hasMore ? "in one page" : `in ${hasMore ? "more than " : ""}${pages} pages`;
  return ["Listing", `${collection}: ${hasMore ? "at least " : ""}${items} ${paging}`];
}

function limitText({ tokenInfo: { rateLimit }, reserve, hasTierHeader }: Inspection): string {
  if (rateLimit === undefined) return "not reported by Front";
  const share = `${Math.round(reserve * 100)}%`;
  const tier = hasTierHeader ? "; contacts have an additional limit (x-front-tier)" : "";
  const afterReserve = rateLimit.limit - Math.ceil(rateLimit.limit * reserve);
  return `${rateLimit.limit} requests per window, ${afterReserve} after the reserve of ${share}${tier}`;
}

function scopesText(inspection: Inspection): string {
  const { granted, missing, unknown } = scopesOf(inspection);
  const others = Object.entries({ missing, unknown }).filter(([, scopes]) => scopes.length > 0);
  const parts = [["granted", granted.length > 0 ? granted : ["none"]] as const, ...others];
  return parts.map(([state, scopes]) => `${state}: ${scopes.join(", ")}`).join("; ");
}

/** Returns the read scopes by state. Only a write could show whether write scopes are granted. */
function scopesOf({ tokenInfo, listings, conversationsReadable }: Inspection) {
  const permissions = new Map<string, boolean | undefined>([
    ...tokenInfo.permissions.map(({ scope, isPermitted }) => [scope, isPermitted] as const),
    ...listings.map(({ scope, isPermitted }) => [scope, isPermitted] as const),
    ["conversations:read", conversationsReadable],
  ]);
  const scopesThatAre = (expected: boolean | undefined) =>
    [...permissions].filter(([, isPermitted]) => isPermitted === expected).map(([scope]) => scope);
  return { granted: scopesThatAre(true), missing: scopesThatAre(false), unknown: scopesThatAre(undefined) };
}

function unusualRows({ oldest, newest }: Inspection): Row[] {
  const rows: Row[] = [
    ...rowForNames("properties that are null", Object.keys({ ...oldest.nulls, ...newest.nulls })),
    ...rowForNames("properties that are missing", Object.keys({ ...oldest.missing, ...newest.missing })),
    ...rowForNames("unknown properties", [...new Set([...oldest.unknownProperties, ...newest.unknownProperties])]),
    ...rowForCount(
      Math.max(oldest.opaqueFields, newest.opaqueFields),
      "with a custom field value that a file cannot contain; it is not changed",
    ),
    ...rowForCount(
      Math.max(oldest.foreignAvatars, newest.foreignAvatars),
      "with an avatar that is not on Front's host; it is not downloaded",
    ),
    ...undecodableOf(oldest, newest)
      .slice(0, MAX_NAMED)
      .map(({ id, problem }): Row => ["Unusual", `contact ${id ?? "without an ID"} cannot be decoded: ${problem}`]),
  ];
  return rows.length === 0 ? [["Unusual", "nothing"]] : rows;
}

function rowForNames(description: string, names: readonly string[]): Row[] {
  if (names.length === 0) return [];
  const escaped = names.map((name) => escapeText(name, { limit: 60 }));
  return [["Unusual", `${description}: ${shorten(escaped, MAX_NAMED, () => "…").join(", ")}`]];
}

function rowForCount(count: number, description: string): Row[] {
  return count === 0 ? [] : [["Unusual", `${plural(count, "contact")} ${description}`]];
}

function undecodableOf(...samples: readonly ContactSample[]): UndecodableContact[] {
  const contacts = samples.flatMap(({ undecodable }) => undecodable);
  return [...new Map(contacts.map((contact) => [contact.id ?? contact, contact])).values()];
}

export function inspectionJson(inspection: Inspection): object {
  const { oldest, newest, listings, lookups, accountOnContact, reserve, hasTierHeader, requests } = inspection;
  return {
    requests,
    sample: { oldest: sampleJson(oldest), newest: sampleJson(newest) },
    lookups: lookups.map(({ kind, result }) => ({ what: kind, result: result ?? null })),
    account_on_contact: accountOnContact ?? null,
    listings: listings.map(({ collection, scope, items, reason, pages, hasMore }) => ({
      what: collection,
      scope,
      items: items ?? null,
      ...(reason === undefined ? {} : { reason }),
      pages,
      more: hasMore,
    })),
    scopes: scopesOf(inspection),
    reserve,
    tier_header: hasTierHeader,
  };
}

function sampleJson(sample: ContactSample): object {
  return {
    contacts: sample.contacts,
    phones: sample.phones,
    private_contacts: sample.privateContacts,
    with_account: sample.withAccount,
    nulls: sample.nulls,
    absent: sample.missing,
    unknown_properties: sample.unknownProperties,
    opaque_fields: sample.opaqueFields,
    foreign_avatars: sample.foreignAvatars,
    undecodable: sample.undecodable.map(({ id, property, problem }) => ({ id: id ?? null, property, problem })),
  };
}
