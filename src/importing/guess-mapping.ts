import type { CsvTable } from "../csv/read-csv.ts";
import { isEmail } from "../model/field-values.ts";
import { looksLikePhone } from "../model/phone.ts";
import type { YamlValue } from "../yaml/format.ts";

type Property = "firstName" | "lastName" | "name" | "description" | "email" | "phone" | "twitter" | "links" | "lists";

/**
 * Patterns for column names in common languages. Names are compared in lower case, without spaces and punctuation. The
 * first matching pattern applies.
 */
const COLUMN_PATTERNS: readonly (readonly [Property | undefined, RegExp])[] = [
  // Columns that describe an address or a number, and fax and pager numbers.
  [undefined, /fax|pager|(type|label|status|optin|optout|verified|domain|extension)$|^ext$/],
  ["email", /e?mail(address|adresse)?\d*$|^e?mail|courriel|correo/],
  ["phone", /phone|mobile?|^tel|telefon|telefono|téléphone|handy|cell/],
  ["firstName", /^(first|given|fore)name$|^vorname$|^prénom$|^prenom$|^nombre$/],
  ["lastName", /^(last|family|sur)name$|^nachname$|^nomdefamille$|^apellidos?$/],
  ["name", /^(full|contact|display|customer)?name$|^nom$/],
  ["twitter", /^twitter/],
  ["links", /website|webpage|homepage|^ur[il]$|linkedin/],
  ["lists", /^(tags?|groups?|labels?|lists?|categor(y|ies)|gruppen?|kategorien?)$/],
  ["description", /^(notes?|description|comments?|remarks?|bemerkung(en)?|notiz(en)?|beschreibung)$/],
];

/** Maximum length of a column name. The schema allows longer names, but no program writes them. */
const MAX_NAME_LENGTH = 100;
const MAX_COLUMNS = 200;
/** Number of rows to examine. */
const SAMPLE_ROWS = 200;
/** Minimum share of cells with email addresses or phone numbers in a column that is mapped by its content. */
const MIN_SHARE = 0.8;

/** A guess at how to map the columns of a table. */
export interface MappingGuess {
  /** A column with a unique value in each row. */
  readonly key: string | undefined;
  /** The value of `columns` in the declaration of a table. */
  readonly columns: Readonly<Record<string, YamlValue | undefined>>;
  /** The equivalent mapping of an import, such as `name=Name,email=Email`. */
  readonly mapping: string;
  /** Columns that are not mapped. */
  readonly unmapped: readonly string[];
}

/** Returns a mapping guessed from the header and the first rows; undefined if no column seems to contain handles. */
export function guessMapping({ header, rows }: CsvTable): MappingGuess | undefined {
  if (header.length > MAX_COLUMNS) return undefined;
  const sample = rows.slice(0, SAMPLE_ROWS);
  const cellsOf = (index: number) => sample.map(({ cells }) => cells[index] ?? "").filter((cell) => cell !== "");
  const isUsable = (name: string) => isUniqueName(name, header);
  const properties = header.map((name, index) => (isUsable(name) ? guessProperty(name, cellsOf(index)) : undefined));
  const namesByProperty = new Map<Property, string[]>();
  for (const [index, name] of header.entries()) {
    const property = properties[index];
    if (property !== undefined) namesByProperty.set(property, [...(namesByProperty.get(property) ?? []), name]);
  }
  if (!(["email", "phone", "twitter"] as const).some((source) => namesByProperty.has(source))) return undefined;
  const unmapped = header.filter((name, index) => name !== "" && properties[index] === undefined);
  const key = findKeyColumn({ header, rows }, isUsable);
  const columns = columnsOf(namesByProperty, (name) => guessSeparator(cellsOf(header.indexOf(name))));
  return { key, columns, mapping: mappingText(namesByProperty), unmapped: unmapped.filter((name) => name !== key) };
}

function isUniqueName(name: string, header: readonly string[]): boolean {
  return name !== "" && name.length <= MAX_NAME_LENGTH && header.filter((other) => other === name).length === 1;
}

function guessProperty(name: string, cells: readonly string[]): Property | undefined {
  const plain = name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  const match = COLUMN_PATTERNS.find(([, pattern]) => pattern.test(plain));
  if (match !== undefined) return match[0];
  const share = (test: (cell: string) => boolean) => cells.filter(test).length / Math.max(1, cells.length);
  if (share(isEmail) >= MIN_SHARE) return "email";
  return share((cell) => cell.startsWith("+") && looksLikePhone(cell)) >= MIN_SHARE ? "phone" : undefined;
}

function guessSeparator(cells: readonly string[]): string | undefined {
  return [" ::: ", ";", "|", ","].find((separator) => cells.some((cell) => cell.includes(separator)));
}

/** Returns a column with a unique value in each row, preferably an id, then an email address. */
function findKeyColumn({ header, rows }: CsvTable, isUsable: (name: string) => boolean): string | undefined {
  const isUnique = (name: string) => {
    const index = header.indexOf(name);
    const values = new Set(rows.map(({ cells }) => cells[index] ?? ""));
    return isUsable(name) && values.size === rows.length && !values.has("");
  };
  const ids = header.filter(
    (name) => /(^|[^\p{L}])(id|key|number|no|nr|nummer|uuid)\.?$/iu.test(name) || /ID$/.test(name),
  );
  return [...ids, ...header.filter((name) => /mail/i.test(name)), ...header].find(isUnique);
}

function columnsOf(
  namesByProperty: ReadonlyMap<Property, string[]>,
  separatorFor: (name: string) => string | undefined,
): MappingGuess["columns"] {
  const single = (names: readonly string[] | undefined): YamlValue | undefined =>
    names?.length === 1 ? names[0] : names;
  const list = (name: string): YamlValue => {
    const separator = separatorFor(name);
    return separator === undefined ? name : { column: name, separator };
  };
  const lists = namesByProperty.get("lists")?.map(list);
  return {
    name: single(namesOf(namesByProperty)),
    description: single(namesByProperty.get("description")),
    email: single(namesByProperty.get("email")),
    phone: single(namesByProperty.get("phone")),
    twitter: single(namesByProperty.get("twitter")),
    links: single(namesByProperty.get("links")),
    lists: lists?.length === 1 ? lists[0] : lists,
  };
}

/** Returns the columns of first and last names, or the columns of full names if there are none. */
function namesOf(namesByProperty: ReadonlyMap<Property, string[]>): string[] | undefined {
  const parts = [...(namesByProperty.get("firstName") ?? []), ...(namesByProperty.get("lastName") ?? [])];
  return parts.length > 0 ? parts : namesByProperty.get("name");
}

const MAPPING_NAMES: Readonly<Record<Property, string>> = {
  firstName: "name",
  lastName: "name",
  name: "name",
  description: "description",
  email: "email",
  phone: "phone",
  twitter: "twitter",
  links: "link",
  lists: "list",
};

function mappingText(namesByProperty: ReadonlyMap<Property, string[]>): string {
  const hasParts = namesByProperty.has("firstName") || namesByProperty.has("lastName");
  const pairs = [...namesByProperty].flatMap(([property, names]) => {
    if (property === "name" && hasParts) return [];
    // Quotes cannot be escaped in a mapping.
    const writable = names.filter((name) => !name.includes('"'));
    return writable.map((name) => `${MAPPING_NAMES[property]}=${/[,]/.test(name) ? `"${name}"` : name}`);
  });
  return pairs.join(",");
}
