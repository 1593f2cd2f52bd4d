/** Limits on YAML files, tables and pictures, so that loading them takes limited memory and time. */
export const LIMITS = {
  /** Bytes per YAML file. */
  fileBytes: 4 * 1024 * 1024,
  /** Bytes per company schema file. */
  companySchemaBytes: 16 * 1024 * 1024,
  /** Bytes per table. */
  tableBytes: 64 * 1024 * 1024,
  /** Rows per table. */
  tableRows: 200_000,
  /** Contacts per file. Also the limit for the entries of an `accounts` map. */
  contacts: 5000,
  /** Handles per contact. */
  handles: 100,
  /** Lists per contact. */
  lists: 50,
  /** Entries per map or sequence that has no other limit. */
  entries: 200,
  /** UTF-8 bytes per string. */
  stringBytes: 10_000,
  /**
   * UTF-8 bytes per handle, domain or external ID. The URL of a lookup contains the identifier, where each byte may
   * take three characters. Common servers reject URLs of more than 8 kB.
   */
  identifierBytes: 1000,
  /** Levels of nesting. */
  levels: 16,
  /** Aliases per YAML document. */
  aliases: 100,
  /** Maximum size of a YAML document with expanded aliases, as a multiple of the size of its file. */
  expansion: 10,
  /** YAML documents per file. */
  documents: 5000,
  /** Total entries of the maps and sequences in a file. */
  values: 200_000,
  /** Entries per map or sequence in the YAML parser, which applies the same limit to every key. */
  collectionEntries: 10_000,
  /** Tokens per file that the `yaml` package parses: scalars, indicators, line breaks and runs of spaces. */
  tokens: 1_000_000,
  /** Tokens per file to format. Formatting takes three times as much memory as parsing. */
  formattedTokens: 400_000,
  /** Characters per string in the YAML source, including indentation and escapes. */
  sourceStringLength: 160_000,
  /** Problems reported per document before the schema is checked. */
  problems: 1000,
  /** Syntax errors and warnings per file before parsing stops. */
  syntaxErrors: 100,
  /** YAML files in the contacts directory and its subdirectories. */
  files: 200_000,
  /** Total length of all YAML files, in characters. */
  totalCharacters: 512 * 1024 * 1024,
  /** Bytes per picture. This is the limit of Front's API. */
  pictureBytes: 25 * 1024 * 1024,
  /** Pixels on the longer side of a picture. Each pixel takes memory when the picture is decoded. */
  pictureSide: 4096,
} as const;

export function isTooLongToLookUp(identifier: string): boolean {
  return Buffer.byteLength(identifier) > LIMITS.identifierBytes;
}

/** Returns the maximum number of entries of a map or sequence under a key. Top-level keys have depth 1. */
export function entryLimit(depth: number, key: string): number {
  if (depth === 1 && (key === "contacts" || key === "accounts")) return LIMITS.contacts;
  if (key === "handles") return LIMITS.handles;
  return key === "lists" && depth > 1 ? LIMITS.lists : LIMITS.entries;
}
