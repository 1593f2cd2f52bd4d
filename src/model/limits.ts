/** Sizes beyond which a file is refused unread or unchecked, so that no file takes the tool down. */
export const LIMITS = {
  fileBytes: 4 * 1024 * 1024,
  contacts: 5000,
  handles: 100,
  lists: 50,
  /** Keys of any other map, entries of any other sequence. */
  entries: 200,
  stringBytes: 10_000,
  levels: 16,
  aliases: 100,
  /** Times the size of the file, once its aliases are replaced by what they stand for. */
  expansion: 10,
  documents: 5000,
  /** Entries of all maps and sequences of a file. */
  values: 200_000,
  /** Entries of one map or sequence, before its own limit is looked up. */
  collectionEntries: 10_000,
  /** Tokens of a file that is read with the `yaml` package: words, signs, line breaks, runs of spaces. */
  tokens: 1_000_000,
  /** Of a file that is formatted, which takes three times the memory. */
  formattedTokens: 400_000,
  /** Characters of a text as written: with its indent and its escapes, it takes more of them than it has bytes. */
  writtenText: 160_000,
  /** Of one document, before anything is checked against the schema; more are not looked for. */
  problems: 1000,
  /** Of one file; the rest of it is not read. */
  syntaxErrors: 100,
  /** Files below the directory, and bytes of all of them. */
  files: 200_000,
  allBytes: 512 * 1024 * 1024,
  pictureBytes: 25 * 1024 * 1024,
  /** Pixels. */
  pictureSide: 4096,
} as const;

/** How many entries a map or a sequence may have, by how deep it is and by the name it has. */
export function entryLimit(depth: number, name: string): number {
  if (depth === 1 && name === "contacts") return LIMITS.contacts;
  if (name === "handles") return LIMITS.handles;
  return name === "lists" && depth > 1 ? LIMITS.lists : LIMITS.entries;
}
