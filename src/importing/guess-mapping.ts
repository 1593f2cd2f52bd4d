import type { CsvRow, CsvTable } from "../csv/read-csv.ts";
import { isEmail } from "../model/field-values.ts";
import { looksLikePhone } from "../model/phone.ts";
import type { YamlValue } from "../yaml/format.ts";

/** The properties in the order in which `MappingGuess.columns` contains them. */
const PROPERTIES = ["name", "description", "email", "phone", "twitter", "links", "lists"] as const;

type Property = (typeof PROPERTIES)[number];
type ColumnKind = Property | "firstName" | "lastName";

/**
 * Patterns for column names in common languages. Names are compared in lower case, without accents, spaces and
 * punctuation. The first matching pattern applies.
 */
const COLUMN_PATTERNS: readonly (readonly [ColumnKind | undefined, RegExp])[] = [
  // Not mapped: columns that describe an email address or contain a part of a phone number, and fax and pager numbers.
  [
    undefined,
    /fax|pager|telecopie|telex|phonetic|.label$|(typ|type|displayname|angezeigtername|status|optin|optout|verified|domain|extension|calls|country|code|vorwahl|indicatif)$|^ext$|^nomcompletde/,
  ],
  // Not mapped: handles of other people, and numbers that the employees of a company share.
  [
    undefined,
    /owner|assist|manager|(created|updated|modified|added|invited)by|besitzer|inhaber|proprietaire|emergency|notfall|referr|(?<!ansprech)partner|spouse|husband|wife|parent|^mother|^father|guardian|sibling|nextofkin|ehefrau|ehemann|ehegatt|^eltern|erziehungsberechtigt|conjoint|tuteur|friend|colleague|boss|secretary|sekretar|supervisor|salesrep|betreuer|vorgesetzt|^(company|firmen)(main|phone|telefon|e?mail)|fromcompany|^tele(fon|phone)(firma|societe)|horbehinderte|tty/,
  ],
  ["email", /e?mail(address|adresse)?\d*$|^e?mail|^adressedemessagerie|courriel|correo/],
  ["phone", /phone|mobile?|^tel(?!egram)|telefon|handy|^portable|^cell|cell$/],
  ["firstName", /^(first|given|fore|middle)name$|^vorname$|^weiterevornamen$|^(deuxieme)?prenom$|^nombre$/],
  ["lastName", /^(last|family|sur)name$|^nachname$|^familienname$|^nomdefamille$|^apellidos?$/],
  ["name", /^(full|contact|display|customer)?name$|^nom(complet)?$|^ansprechpartner(in)?$|^contactperson$/],
  ["twitter", /^twitter(handle|username|name|url|profile)?$/],
  ["links", /website|webseite|web?page|pageweb|siteweb|homepage|^internet$|^ur[il]$|linkedin/],
  ["lists", /^(tags?|groups?|labels?|lists?|categor(y|ies)|gruppen?|kategorien?|groupes?|etiquettes?)$/],
  [
    "description",
    /^(notes?|description|comments?|remarks?|bemerkung(en)?|notiz(en)?|beschreibung|commentaires?|remarques?)$/,
  ],
];

/** Tests whether a cell can contain a value of a property. Omits properties that can contain any text. */
const CELL_TESTS: Readonly<Partial<Record<ColumnKind, RegExp>>> = { email: /@/, phone: /(?:\d\D*){3}/, links: /[./]/ };

/** Matches the text before the names of contact properties in exports from Pipedrive. */
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
  /** The equivalent mapping of an import, such as `name=Name,email=Email`. */
  readonly mapping: string;
  /** True if a column in `columns` has a separator. */
  readonly splitsCells: boolean;
  /** The separator of the import. Undefined if no cell is split, or if no separator is correct for all columns. */
  readonly separator: string | undefined;
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
  const isName = (name: string) => ["name", "firstName", "lastName"].includes(kinds[header.indexOf(name)] ?? "");
  const names = namesByProperty({ header, rows: sample }, kinds);
  const handleNames = (["email", "phone", "twitter"] as const).flatMap((source) => names.get(source) ?? []);
  if (handleNames.length === 0) return undefined;
  const isContact = ({ cells }: CsvRow) => handleNames.some((name) => (cells[header.indexOf(name)] ?? "") !== "");
  const contacts = { header, rows: rows.filter(isContact) };
  const key = findKeyColumn(contacts, handleNames, (name) => isUsable(name) && !isName(name));
  const columns = [...names].flatMap(([property, columnNames]) =>
    columnNames.map((name): MappedColumn => {
      const cells = cellsOf(header.indexOf(name));
      return { property, name, cells, separator: guessSeparator(property, cells) };
    }),
  );
  const mapped = new Set(columns.map(({ name }) => name));
  return {
    key,
    columns: declarationOf(columns),
    mapping: mappingText(names),
    splitsCells: columns.some(({ separator }) => separator !== undefined),
    separator: commonSeparator(columns),
    unmapped: header.filter((name) => name !== "" && name !== key && !mapped.has(name)),
  };
}

interface MappedColumn {
  readonly property: Property;
  readonly name: string;
  readonly cells: readonly string[];
  readonly separator: string | undefined;
}

/**
 * Returns the separator of the columns; undefined if they have none or different ones, or if the separator occurs in
 * cells of handles or lists that must not be split.
 */
function commonSeparator(columns: readonly MappedColumn[]): string | undefined {
  const [separator, ...others] = new Set(columns.flatMap((column) => column.separator ?? []));
  if (separator === undefined || others.length > 0) return undefined;
  const isConflict = (column: MappedColumn) =>
    !UNSPLIT_PROPERTIES.has(column.property) &&
    column.separator === undefined &&
    column.cells.some((cell) => cell.includes(separator));
  return columns.some(isConflict) ? undefined : separator;
}

/** The properties whose cells the separator of an import does not split. */
const UNSPLIT_PROPERTIES: ReadonlySet<Property> = new Set(["name", "description", "links"]);

function namesByProperty(table: CsvTable, kinds: readonly (ColumnKind | undefined)[]) {
  const namesOf = (kind: ColumnKind) => table.header.filter((_, index) => kinds[index] === kind);
  const names = new Map<Property, readonly string[]>();
  for (const kind of kinds) {
    const property = kind === "firstName" || kind === "lastName" ? "name" : kind;
    if (property === undefined || names.has(property)) continue;
    names.set(property, property === "name" ? nameColumns(table, namesOf) : namesOf(property));
  }
  return names;
}

/**
 * Returns the columns to join to a name. Omits a column of full names if there are columns of first and of last names.
 * A column such as `Name` next to a column of first names contains last names, unless at least half of its cells
 * contain the first name. A few cells may do so by chance: `Peters` contains `Peter`.
 */
function nameColumns({ header, rows }: CsvTable, namesOf: (kind: ColumnKind) => string[]): readonly string[] {
  const [first, last, full] = [namesOf("firstName"), namesOf("lastName"), namesOf("name").slice(0, 1)];
  const parts = [...first, ...last];
  if ((first.length > 0 && last.length > 0) || full.length === 0) return parts;
  const textsOf = ({ cells }: CsvRow, names: readonly string[]) =>
    names.map((name) => cells[header.indexOf(name)] ?? "").filter((text) => text !== "");
  const comparable = rows.filter((row) => textsOf(row, parts).length > 0 && textsOf(row, full).length > 0);
  const repeated = comparable.filter((row) =>
    textsOf(row, parts).some((part) => textsOf(row, full).some((text) => text.includes(part))),
  );
  const isFullName = repeated.length > 0 && repeated.length >= comparable.length / 2;
  return parts.length === 0 || isFullName ? full : [...first, ...full, ...last];
}

function guessKind(name: string, cells: readonly string[]): ColumnKind | undefined {
  const plain = name
    .replace(EXPORT_PREFIX, "")
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");
  const match = COLUMN_PATTERNS.find(([, pattern]) => pattern.test(plain));
  if (match !== undefined) {
    const [kind] = match;
    const test = kind && CELL_TESTS[kind];
    return test === undefined || cells.length === 0 || cells.some((cell) => test.test(cell)) ? kind : undefined;
  }
  // A handle belongs to one contact, so a column that repeats a few addresses contains account owners, for example.
  if (cells.length >= MIN_CELLS && new Set(cells).size < cells.length / 2) return undefined;
  const share = (test: (cell: string) => boolean) => cells.filter(test).length / Math.max(1, cells.length);
  if (share(isEmail) >= MIN_SHARE) return "email";
  return share((cell) => cell.startsWith("+") && looksLikePhone(cell)) >= MIN_SHARE ? "phone" : undefined;
}

const SEPARATORS = [" ::: ", ";", "|", ","] as const;
/** A separator of handles that also occurs in phone numbers such as `0171/1234567`. */
const SLASH = "/";
const HANDLE_SEPARATORS = [...SEPARATORS, SLASH] as const;

function guessSeparator(property: Property, cells: readonly string[]): string | undefined {
  if (property === "lists") return SEPARATORS.find((separator) => cells.some((cell) => cell.includes(separator)));
  if (property !== "email" && property !== "phone") return undefined;
  const isHandle = property === "email" ? isEmail : isLongPhone;
  const splits = (separator: string) => (cell: string) => {
    const parts = cell.split(separator).map((part) => part.trim());
    return parts.length > 1 && parts.every((part) => part === "" || isHandle(part));
  };
  return HANDLE_SEPARATORS.find((separator) => {
    const severalValues = cells.filter((cell) => cell.includes(separator));
    return separator === SLASH
      ? severalValues.length > 0 && severalValues.every(splits(separator))
      : severalValues.some(splits(separator));
  });
}

/** Returns false for a part of a phone number, such as the area code in `0171/1234567`. */
function isLongPhone(text: string): boolean {
  return looksLikePhone(text) && text.replaceAll(/\D/g, "").length >= 8;
}

/** Returns a column with a unique value in each row, preferably an ID, then a handle. */
function findKeyColumn(
  { header, rows }: CsvTable,
  handleNames: readonly string[],
  isUsable: (name: string) => boolean,
): string | undefined {
  const isUnique = (name: string) => {
    const index = header.indexOf(name);
    const values = new Set(rows.map(({ cells }) => cells[index] ?? ""));
    return isUsable(name) && values.size === rows.length && !values.has("");
  };
  const ids = header.filter(
    (name) => /(^|[^\p{L}])(id|key|number|no|uuid)\.?$|(nr|nummer)\.?$/iu.test(name) || /ID$/.test(name),
  );
  const isPhone = (name: string) => /phone|mobil|tel|handy|fax/i.test(name);
  return [...ids.filter((name) => !isPhone(name)), ...handleNames, ...header].find(isUnique);
}

function declarationOf(columns: readonly MappedColumn[]): MappingGuess["columns"] {
  const entries = PROPERTIES.map((property) => {
    const values = columns
      .filter((column) => column.property === property)
      .map(({ name, separator }): YamlValue => (separator === undefined ? name : { column: name, separator }));
    return [property, values.length > 1 ? values : values[0]] as const;
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
