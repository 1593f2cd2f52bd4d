import { omitUndefined } from "../../model/omit-undefined.ts";
import type { MappedProperty } from "./table-spec.ts";

export interface PresetColumn {
  readonly index: number;
  readonly target: MappedProperty;
  readonly separator?: string;
  /** Matches values that are omitted. */
  readonly omittedValues?: RegExp;
  /** Ignores the column in rows in which the cell at `index` matches. */
  readonly ignoredIf?: { readonly index: number; readonly matches: RegExp };
  /**
   * The column is used only if all columns with a lower rank for the same property are empty. Default: 0, so the column
   * is always used.
   */
  readonly fallbackRank?: number;
}

export interface Preset {
  readonly name: PresetName;
  /** The name of the program in messages. */
  readonly title: string;
  readonly nullValues: readonly string[];
  readonly recognizes: (header: readonly string[]) => boolean;
  readonly columnsOf: (header: readonly string[]) => PresetColumn[];
}

export const PRESET_NAMES = ["front", "google", "outlook", "hubspot", "salesforce"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

const NAME: MappedProperty = { kind: "name" };
const DESCRIPTION: MappedProperty = { kind: "description" };
const LINKS: MappedProperty = { kind: "links" };
const LISTS: MappedProperty = { kind: "lists" };
const EMAIL: MappedProperty = { kind: "handle", source: "email" };
const PHONE: MappedProperty = { kind: "handle", source: "phone" };
const TWITTER: MappedProperty = { kind: "handle", source: "twitter" };

/** Matches labels of fax and pager numbers, which are not imported. */
export const FAX_OR_PAGER = /fax|pager|télécopie|факс/i;

/** Matches groups that Google maintains itself, such as `* myContacts`. */
export const SYSTEM_GROUP = /^\* /;

/** Maps columns to a property. `columns` is a case-insensitive name, or a pattern that several names may match. */
interface Rule extends Omit<PresetColumn, "index" | "ignoredIf"> {
  readonly columns: string | RegExp;
  /**
   * Ignores a cell if the cell of another column matches. `column` receives the name of the ignored column, and returns
   * the possible names of the other column.
   */
  readonly ignoredIf?: { readonly column: (match: string) => readonly string[]; readonly matches: RegExp };
}

function rules(target: MappedProperty, ...columns: readonly (string | RegExp)[]): Rule[] {
  return columns.map((column) => ({ target, columns: column }));
}

/** Returns rules that use a column or group of columns only if all preceding columns of the property are empty. */
function fallbacks(target: MappedProperty, ...groups: readonly (string | readonly string[])[]): Rule[] {
  return groups.flatMap((group, index) =>
    [group].flat().map((column) => ({ target, columns: column, fallbackRank: index + 1 })),
  );
}

const GOOGLE_SEPARATOR = " ::: ";

const GOOGLE: readonly Rule[] = [
  ...rules(NAME, "Name Prefix", "First Name", "Middle Name", "Last Name", "Name Suffix"),
  ...fallbacks(NAME, "File As", "Nickname", "Organization Name"),
  ...googleRules(),
];

/** The columns of Google exports until 2024, in which `Name` contained the full name. */
const OLD_GOOGLE: readonly Rule[] = [
  ...rules(NAME, "Name"),
  ...fallbacks(NAME, ["Given Name", "Additional Name", "Family Name"], "Nickname", "Organization 1 - Name"),
  ...googleRules(),
];

function googleRules(): Rule[] {
  const separator = GOOGLE_SEPARATOR;
  const labels = (column: string) => ["Label", "Type"].map((label) => column.replace(/Value$/i, label));
  return [
    ...rules(DESCRIPTION, "Notes"),
    { target: EMAIL, columns: /^E-mail \d+ - Value$/i, separator },
    { target: PHONE, columns: /^Phone \d+ - Value$/i, separator, ignoredIf: { column: labels, matches: FAX_OR_PAGER } },
    { target: LINKS, columns: /^Website \d+ - Value$/i, separator },
    { target: LISTS, columns: /^(?:Labels|Group Membership)$/i, separator, omittedValues: SYSTEM_GROUP },
  ];
}

/** The columns of exports in English, German and French. */
const OUTLOOK: readonly Rule[] = [
  ...rules(NAME, /^(?:Title|Anrede)$/i, /^(?:First Name|Vorname|Prénom)$/i),
  ...rules(NAME, /^(?:Middle Name|Weitere Vornamen|Deuxième prénom)$/i),
  ...rules(NAME, /^(?:Last Name|Nachname|Nom)$/i, /^Suffixe?$/i),
  ...fallbacks(
    NAME,
    ["E-mail Display Name", "E-Mail: Angezeigter Name", "Nom complet de l'adresse de messagerie"],
    "Nickname",
    ["Company", "Firma", "Société"],
  ),
  ...rules(DESCRIPTION, "Notes", "Notizen"),
  {
    target: EMAIL,
    columns: /^(?:E-mail (?:\d )?Address|E-Mail-Adresse|E-Mail \d: Adresse|Adresse de messagerie(?: \d)?)$/i,
    // Contacts on the same Exchange server have a path instead of an address.
    ignoredIf: { column: (name) => [outlookTypeColumn(name)], matches: /^EX$/i },
  },
  ...rules(
    PHONE,
    /^(?:Mobile|Business|Home|Primary|Other|Car|Radio) Phone(?: \d)?$/i,
    /^(?:Telefon \(?(?:geschäftlich|privat)|Mobiltelefon|Autotelefon|Haupttelefon|Weiteres Telefon)(?: \d)?\)?$/i,
    /^(?:Téléphone (?:\d )?\((?:bureau|domicile|voiture|autre)\)|Tél\. mobile|Téléphone principal|Autre téléphone)$/i,
  ),
  ...rules(LINKS, /^(?:Personal )?Web ?Page(?: \d)?$/i, "Webseite", "Page Web"),
  { target: LISTS, columns: /^(?:Categories|Kategorien|Catégories)$/i, separator: ";" },
];

/** Returns the name of the column with the type of an email address. */
function outlookTypeColumn(column: string): string {
  return column
    .replace(/Address$/i, "Type")
    .replace(/Adresse$/i, "Typ")
    .replace(/^Adresse/i, "Type");
}

const HUBSPOT: readonly Rule[] = [
  ...rules(NAME, "First Name", "Last Name"),
  ...rules(EMAIL, "Email"),
  { target: EMAIL, columns: "Additional email addresses", separator: ";" },
  ...rules(PHONE, "Phone Number", "Mobile Phone Number"),
  ...rules(LINKS, "Website URL"),
  ...rules(TWITTER, "Twitter Username"),
];

const SALESFORCE: readonly Rule[] = [
  ...rules(NAME, "Salutation", /^First ?Name$/i, /^Middle ?Name$/i, /^Last ?Name$/i, "Suffix"),
  ...fallbacks(NAME, "Full Name", "Name", "Contact Name"),
  ...rules(DESCRIPTION, /^(?:Contact )?Description$/i),
  ...rules(EMAIL, "Email", /^(?:Secondary|Other|Additional) Email$/i),
  ...rules(PHONE, "Phone", /^(?:Business|Mobile|Home|Other) ?Phone$/i, "Mobile"),
  ...rules(LINKS, "Website"),
];

function indexesOf(columns: string | RegExp, header: readonly string[]): number[] {
  const matches = (name: string) =>
    typeof columns === "string" ? name.toLowerCase() === columns.toLowerCase() : columns.test(name);
  return header.flatMap((name, index) => (matches(name) ? [index] : []));
}

function applyRules(all: readonly Rule[], header: readonly string[]): PresetColumn[] {
  return all.flatMap(({ columns, ignoredIf, ...rule }) =>
    indexesOf(columns, header).map((index) => {
      const [conditionIndex] = ignoredIf?.column(header[index] ?? "").flatMap((name) => indexesOf(name, header)) ?? [];
      const condition =
        ignoredIf && conditionIndex !== undefined ? { index: conditionIndex, matches: ignoredIf.matches } : undefined;
      return omitUndefined({ ...rule, index, ignoredIf: condition });
    }),
  );
}

const FRONT_COLUMN = /^(email|phone|link|contactList|groups?|twitter)\d*$/;
/** A map, because a column may have the name of a property that every object inherits, such as `constructor`. */
const FRONT_PROPERTIES = new Map<string, MappedProperty>([
  ["name", NAME],
  ["description", DESCRIPTION],
  ["email", EMAIL],
  ["phone", PHONE],
  ["link", LINKS],
  ["contactList", LISTS],
  ["group", LISTS],
  ["groups", LISTS],
  ["twitter", TWITTER],
]);

/**
 * Returns the columns of a table in the format of Front's import template, in which `contactList` was formerly called
 * `group`. Columns that the template does not contain are custom fields. Ignores `accountName`, because several accounts
 * may have the same name, and `team`, which was formerly the workspace to import to.
 */
function frontColumns(header: readonly string[]): PresetColumn[] {
  return header.flatMap((name, index) => {
    if (["", "accountName", "team"].includes(name)) return [];
    const target = FRONT_PROPERTIES.get(FRONT_COLUMN.exec(name)?.[1] ?? name);
    return [{ index, target: target ?? { kind: "field" as const, name } }];
  });
}

/** Returns a function that recognizes headers with at least one column of each group. */
function hasOneOfEach(...groups: readonly (readonly string[])[]): Preset["recognizes"] {
  return (header) => groups.every((names) => names.some((name) => indexesOf(name, header).length > 0));
}

const isGoogle = hasOneOfEach(
  ["First Name", "Given Name", "Name", "File As"],
  ["E-mail 1 - Value", "Phone 1 - Value", "Group Membership"],
);
const outlookHeaders = [
  hasOneOfEach(["E-mail Address"], ["E-mail 2 Address", "E-mail Display Name", "Business Phone", "Business Fax"]),
  hasOneOfEach(["E-Mail-Adresse"], ["E-Mail 2: Adresse", "Telefon geschäftlich", "Fax geschäftlich"]),
  hasOneOfEach(["Adresse de messagerie"], ["Adresse de messagerie 2", "Téléphone (bureau)", "Télécopie (bureau)"]),
];
const isHubSpot = hasOneOfEach(
  ["Record ID", "Record ID - Contact", "Additional email addresses"],
  ["Email"],
  ["First Name", "Last Name"],
);
/** Recognizes exports from HubSpot that may also contain columns of Salesforce, such as custom properties. */
const hasHubSpotNames = hasOneOfEach(["Record ID - Contact", "Additional email addresses"]);
const hasSalesforceNames = hasOneOfEach(
  ["Email"],
  ["First Name", "FirstName", "Last Name", "LastName"],
  ["Account Name", "AccountId", "Account ID", "Contact ID", "Mailing City", "MailingCity", "Email Opt Out"],
);

/**
 * In the order in which `recognizePreset` tries them. Salesforce comes before HubSpot, because exports from Zoho have
 * the columns of Salesforce and a record ID.
 */
const PRESETS: readonly Preset[] = [
  {
    name: "google",
    title: "Google Contacts",
    nullValues: [],
    recognizes: isGoogle,
    columnsOf: (header) => applyRules(indexesOf("Given Name", header).length > 0 ? OLD_GOOGLE : GOOGLE, header),
  },
  {
    name: "outlook",
    title: "Outlook",
    nullValues: ["0/0/00"],
    recognizes: (header) => outlookHeaders.some((matches) => matches(header)),
    columnsOf: (header) => applyRules(OUTLOOK, header),
  },
  {
    name: "salesforce",
    title: "Salesforce",
    nullValues: ["-"],
    recognizes: (header) => hasSalesforceNames(header) && !hasHubSpotNames(header),
    columnsOf: (header) => applyRules(SALESFORCE, header),
  },
  {
    name: "hubspot",
    title: "HubSpot",
    nullValues: ["(No value)", "--"],
    recognizes: isHubSpot,
    columnsOf: (header) => applyRules(HUBSPOT, header),
  },
  {
    name: "front",
    title: "Front",
    nullValues: [],
    recognizes: (header) =>
      header.includes("name") && ["contactList", "accountName"].some((name) => header.includes(name)),
    columnsOf: frontColumns,
  },
];

export function presetOf(name: string | undefined): Preset | undefined {
  return PRESETS.find((preset) => preset.name === name);
}

export function recognizePreset(header: readonly string[]): Preset | undefined {
  return PRESETS.find(({ recognizes }) => recognizes(header));
}
