/** Limits on the size of configuration files, so that loading them takes limited memory and time. */
export const LIMITS = {
  /** Bytes of a YAML file. */
  fileBytes: 4 * 1024 * 1024,
  /** Bytes of a table. */
  tableBytes: 64 * 1024 * 1024,
  /** Rows of a table. */
  tableRows: 200_000,
  /** Contacts in a file. The same limit applies to its accounts. */
  contacts: 5000,
  /** Handles of a contact. */
  handles: 100,
  /** Lists of a contact. */
  lists: 50,
  /** Entries of any other map or sequence. */
  entries: 200,
  /** UTF-8 bytes of one text. */
  stringBytes: 10_000,
  /**
   * UTF-8 bytes of a handle or an external id. A lookup has it in the URL, where each byte may take three characters, and
   * common servers refuse a URL of more than 8 kB.
   */
  identifierBytes: 1000,
  /** Levels of nesting. */
  levels: 16,
  /** Aliases in a file. */
  aliases: 100,
  /** Factor by which aliases may expand a file. */
  expansion: 10,
  /** YAML documents in a file. */
  documents: 5000,
  /** Entries of all maps and sequences of a file. */
  values: 200_000,
  /** Entries of one map or sequence in the YAML parser, which does not know the limit for its key. */
  collectionEntries: 10_000,
  /** Tokens of a file that the `yaml` package parses: scalars, indicators, line breaks, runs of spaces. */
  tokens: 1_000_000,
  /** Tokens of a file to format, which takes three times the memory. */
  formattedTokens: 400_000,
  /** Characters of a text in the YAML source, including indentation and escapes. */
  writtenText: 160_000,
  /** Problems reported for one document before the schema is checked. */
  problems: 1000,
  /** Syntax errors reported for one file. Parsing stops after them. */
  syntaxErrors: 100,
  /** Files below the contacts directory. */
  files: 200_000,
  /** Bytes of all files. */
  allBytes: 512 * 1024 * 1024,
  /** Bytes of a picture: the limit of Front's API. */
  pictureBytes: 25 * 1024 * 1024,
  /** Pixels of the longer side of a picture. Decoding takes memory for each pixel. */
  pictureSide: 4096,
} as const;

/** Returns whether a handle, domain or external id is too long for the URL of a lookup. */
export function isTooLongToLookUp(identifier: string): boolean {
  return Buffer.byteLength(identifier) > LIMITS.identifierBytes;
}

/** Returns the maximum number of entries of a map or sequence under a key. Top-level keys have depth 1. */
export function entryLimit(depth: number, key: string): number {
  if (depth === 1 && (key === "contacts" || key === "accounts")) return LIMITS.contacts;
  if (key === "handles") return LIMITS.handles;
  return key === "lists" && depth > 1 ? LIMITS.lists : LIMITS.entries;
}
