import { LIMITS } from "../model/limits.ts";
import { formatInline } from "../yaml/format.ts";
import type { Addition } from "./append-entries.ts";
import { declarationText } from "./entry-text.ts";

/** Bytes reserved for the first line, declarations and line breaks. */
const MARGIN = 64 * 1024;
export const MAX_ENTRY_BYTES = LIMITS.fileBytes - MARGIN;

/** Leaves room for a thousand lists and custom fields that a file declares. */
const BYTES_PER_VALUE = MAX_ENTRY_BYTES / (LIMITS.values - 2000);

/** The declarations that the entries of a file need. */
export interface Declarations {
  /** Types by name. */
  readonly fields: Map<string, string>;
  readonly lists: Set<string>;
  /** Texts by key. */
  readonly accounts: Map<string, string>;
}

export function newDeclarations(): Declarations {
  return { fields: new Map(), lists: new Set(), accounts: new Map() };
}

/**
 * Returns the size of a text in bytes, or more if it has many short values, because a file is limited in bytes and
 * values.
 */
export function sizeOf(text: string): number {
  // A line, an opening brace or a comma begins at most one entry of a map or a sequence.
  const values = text.match(/[\n{,]/g)?.length ?? 0;
  return Math.max(Buffer.byteLength(text), Math.ceil(values * BYTES_PER_VALUE));
}

export function sizeOfDeclarations(added: Declarations): number {
  return declarations(added).reduce((sum, { lines }) => sum + sizeOf(lines("    ")), 0);
}

/** Returns declarations as additions to a file. */
export function declarations({ fields, lists, accounts }: Declarations): Addition[] {
  const listLines = (indent: string) =>
    [...lists].map((name) => `${indent}- ${formatInline(name, { inFlow: false })}\n`).join("");
  const listEntries = (indent: string) =>
    [...lists].map((name) => `${indent}${formatInline(name, { inFlow: false })}: {}\n`).join("");
  const fieldLines = (indent: string) =>
    [...fields].map(([name, type]) => declarationText(name, type, indent)).join("");
  const accountLines = (indent: string) => [...accounts.values()].map((text) => indented(text, indent)).join("");
  return [
    ...(accounts.size > 0 ? [{ key: "accounts", lines: accountLines } as const] : []),
    ...(lists.size > 0 ? [{ key: "lists", lines: listLines, entries: listEntries } as const] : []),
    ...(fields.size > 0 ? [{ key: "custom_fields", lines: fieldLines } as const] : []),
  ];
}

/** Returns the text of an entry, which is formatted with an indent of two spaces, with another indent. */
export function indented(text: string, indent: string): string {
  return indent === "  " ? text : text.replaceAll(/^ {2}(?=.)/gm, indent);
}
