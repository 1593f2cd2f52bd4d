import type { PresetColumn } from "./presets.ts";

/** Returns the values of a cell, trimmed. Skips empty values, null values and values that match `omittedValues`. */
export function splitCell(
  cell: string,
  { separator, omittedValues }: Pick<PresetColumn, "separator" | "omittedValues">,
  nullValues: ReadonlySet<string>,
): string[] {
  const parts = separator === undefined ? [cell] : cell.split(separator);
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== "" && !nullValues.has(part) && omittedValues?.test(part) !== true);
}

const EXTENSION = /^[+\d(][\d\s().\-/]{5,}\s*[,;]?\s*(?:ext\.?|extension|x|#|Durchwahl|poste)\s*[.:]?\s*\d{1,7}$/i;

/** Returns whether a phone number has an extension, as in `+1 360 555 0123 ext. 4`. */
export function hasExtension(phone: string): boolean {
  return EXTENSION.test(phone);
}

const HOST_WITHOUT_SCHEME = /^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+(?::\d+)?(?:[/?#]\S*)?$/u;

/** Adds a scheme to a web address without one. Removes the backslash that some programs write before the colon. */
export function withScheme(text: string): string {
  return HOST_WITHOUT_SCHEME.test(text) ? `https://${text}` : text.replace(/^(https?)\\:/i, "$1:");
}
