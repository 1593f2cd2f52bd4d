import type { CsvTable } from "../csv/read-csv.ts";
import { isEmail } from "../model/field-values.ts";
import { looksLikePhone } from "../model/phone.ts";
import type { YamlValue } from "../yaml/format.ts";

/** In the order of `MappingGuess.columns`. */
const PROPERTIES = ["name", "description", "email", "phone", "twitter", "links", "lists"] as const;

type Property = (typeof PROPERTIES)[number];
type ColumnKind = Property | "firstName" | "lastName";

/**
 * Patterns for column names in common languages. Names are compared in lower case, without spaces and punctuation. The
 * first matching pattern applies.
 */
const COLUMN_PATTERNS: readonly (readonly [ColumnKind | undefined, RegExp])[] = [
  // Not mapped: columns that describe an email address or a phone number, and columns of fax and pager numbers.
  [
    undefined,
    /fax|pager|.label$|(typ|type|displayname|angezeigtername|status|optin|optout|verified|domain|extension)$|^ext$/,
  ],
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

/** Precedes the names of contact properties in exports from Pipedrive. */
const EXPORT_PREFIX = /^person - /i;

/** Maximum length of a column name. A longer cell in the header is probably not a name. */
const MAX_NAME_LENGTH = 100;
const MAX_COLUMNS = 200;
const SAMPLE_ROWS = 200;
/** Minimum share of cells with email addresses or phone numbers in a column that is mapped by its content. */
const MIN_SHARE = 0.8;
/** Minimum number of cells to decide whether a column repeats its values. */
const MIN_CELLS = 10;

export interface MappingGuess {
  /** A column with a unique value in each row. */
  readonly key: string | undefined;
  /** The value of `columns` in the declaration of a table. */
  readonly columns: Readonly<Record<string, YamlValue | undefined>>;
  /** The equivalent mapping of an import, such as `name=Name,email=Email`. It does not split cells. */
  readonly mapping: string;
  /** True if a column in `columns` has a separator. */
  readonly splitsCells: boolean;
  readonly unmapped: readonly string[];
}

/**
 * Guesses the mapping of a table. Returns undefined if no column seems to contain handles, or if the table has too many
 * columns.
 */
export function guessMapping({ header, rows: allRows }: CsvTable): MappingGuess | undefined {
  if (header.length > MAX_COLUMNS) return undefined;
  // Spreadsheets export cleared rows as lines of delimiters.
  const rows = allRows.filter(({ cells }) => cells.some((cell) => cell !== ""));
  const sample = rows.slice(0, SAMPLE_ROWS);
  const cellsOf = (index: number) => sample.map(({ cells }) => cells[index] ?? "").filter((cell) => cell !== "");
  const isUsable = (name: string) =>
    name !== "" && name.length <= MAX_NAME_LENGTH && header.filter((other) => other === name).length === 1;
  const kinds = header.map((name, index) => (isUsable(name) ? guessKind(name, cellsOf(index)) : undefined));
  const names = namesByProperty(header, kinds);
  if (!(["email", "phone", "twitter"] as const).some((source) => names.has(source))) return undefined;
  const key = findKeyColumn({ header, rows }, isUsable);
  const columns = columnsOf(names, (property, name) => guessSeparator(property, cellsOf(header.indexOf(name))));
  const mapped = new Set([...names.values()].flat());
  const unmapped = header.filter((name) => name !== "" && name !== key && !mapped.has(name));
  const splitsCells = Object.values(columns)
    .flat()
    .some((column) => typeof column === "object");
  return { key, columns, mapping: mappingText(names), splitsCells, unmapped };
}

/** Ignores full names if there are columns with first or last names. */
function namesByProperty(
  header: readonly string[],
  kinds: readonly (ColumnKind | undefined)[],
): ReadonlyMap<Property, readonly string[]> {
  const namesOf = (kind: ColumnKind) => header.filter((_, index) => kinds[index] === kind);
  const parts = [...namesOf("firstName"), ...namesOf("lastName")];
  const names = new Map<Property, readonly string[]>();
  for (const kind of kinds) {
    if (kind === "firstName" || kind === "lastName") names.set("name", parts);
    else if (kind !== undefined && !(kind === "name" && parts.length > 0)) names.set(kind, namesOf(kind));
  }
  return names;
}

function guessKind(name: string, cells: readonly string[]): ColumnKind | undefined {
  const plain = name
    .replace(EXPORT_PREFIX, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");
  const match = COLUMN_PATTERNS.find(([, pattern]) => pattern.test(plain));
  if (match !== undefined) {
    const isOther = match[0] === "email" && cells.length > 0 && !cells.some((cell) => cell.includes("@"));
    return isOther ? undefined : match[0];
  }
  // A handle belongs to one contact, so a column that repeats a few addresses contains account owners, for example.
  if (cells.length >= MIN_CELLS && new Set(cells).size < cells.length / 2) return undefined;
  const share = (test: (cell: string) => boolean) => cells.filter(test).length / Math.max(1, cells.length);
  if (share(isEmail) >= MIN_SHARE) return "email";
  return share((cell) => cell.startsWith("+") && looksLikePhone(cell)) >= MIN_SHARE ? "phone" : undefined;
}

function guessSeparator(property: Property, cells: readonly string[]): string | undefined {
  if (property !== "lists" && property !== "email") return undefined;
  const severalValues = property === "lists" ? cells : cells.filter((cell) => /@.*@/s.test(cell));
  return [" ::: ", ";", "|", ","].find((separator) => severalValues.some((cell) => cell.includes(separator)));
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
  names: ReadonlyMap<Property, readonly string[]>,
  separatorFor: (property: Property, name: string) => string | undefined,
): MappingGuess["columns"] {
  const columnOf = (property: Property, name: string): YamlValue => {
    const separator = separatorFor(property, name);
    return separator === undefined ? name : { column: name, separator };
  };
  const entries = PROPERTIES.map((property) => {
    const columns = (names.get(property) ?? []).map((name) => columnOf(property, name));
    return [property, columns.length > 1 ? columns : columns[0]] as const;
  });
  return Object.fromEntries(entries);
}

function mappingText(columns: ReadonlyMap<Property, readonly string[]>): string {
  const pairs = [...columns].flatMap(([property, names]) => {
    const target = property === "links" || property === "lists" ? property.slice(0, -1) : property;
    // Quotes cannot be escaped in a mapping.
    const writable = names.filter((name) => !name.includes('"'));
    return writable.map((name) => `${target}=${name.includes(",") ? `"${name}"` : name}`);
  });
  return pairs.join(",");
}
