import { withoutDirectionMarks } from "../../model/phone.ts";
import type { PresetColumn } from "./presets.ts";

/** Matches the apostrophe that marks a number or a formula as text in a spreadsheet, as in `'+13605550123`. */
const TEXT_MARK = /^'(?=[+=@-]|[\d\s().-]+$)/;

/** Returns the values of a cell, trimmed. Skips empty values, null values and values that match `omittedValues`. */
export function splitCell(
  cell: string,
  { separator, omittedValues }: Pick<PresetColumn, "separator" | "omittedValues">,
  nullValues: ReadonlySet<string>,
): string[] {
  const parts = separator === undefined ? [cell] : (splitQuoted(cell, separator) ?? cell.split(separator));
  return parts
    .map((part) => part.trim().replace(TEXT_MARK, ""))
    .filter((part) => part !== "" && !nullValues.has(part) && omittedValues?.test(part) !== true);
}

/** Splits a cell such as `"VIP","News, weekly"`, which Mailchimp exports. Returns undefined for any other cell. */
function splitQuoted(cell: string, separator: string): string[] | undefined {
  const parts = /^"(.*)"$/s.exec(cell)?.[1]?.split(`"${separator}"`);
  return parts?.some((part) => part.includes('"')) ? undefined : parts;
}

/** The errors of formulas, one language per line. A line omits errors that an earlier line contains. */
const ERROR_VALUES: ReadonlySet<string> = new Set(
  [
    "#CALC! #DIV/0! #ERROR! #N/A #NAME? #NULL! #NUM! #REF! #SPILL! #VALUE!",
    // German
    "#BEZUG! #NV #WERT! #ZAHL!",
    // French
    "#NOM? #NOMBRE! #NUL! #VALEUR!",
    // Spanish
    "#N/D #¡DIV/0! #¡NULO! #¡NUM! #¡REF! #¡VALOR! #¿NOMBRE?",
    // Italian
    "#NOME? #NULLO! #RIF! #VALORE!",
    // Portuguese
    "#NULO! #NÚM! #VALOR!",
    // Dutch
    "#DEEL/0! #GETAL! #LEEG! #N/B #NAAM? #VERW! #WAARDE!",
    // Polish
    "#ADR! #ARG! #DZIEL/0! #LICZBA! #N/D! #NAZWA? #ZERO!",
  ].flatMap((line) => line.split(" ")),
);
/** Matches a long number as Excel displays and exports it, such as `4.91512E+11`. */
const ROUNDED_BY_EXCEL = /^\d(?:[.,]\d+)?E\+\d+$/i;

/**
 * Returns a phrase that describes a damaged cell, such as `may be a rounded number`, and advice. Returns undefined for
 * any other cell.
 */
export function explainDamagedCell(text: string): readonly [reason: string, advice: string] | undefined {
  if (ERROR_VALUES.has(text)) {
    return [
      "is an error of a spreadsheet formula, and not a value",
      "Correct the formula, and export the table again.",
    ];
  }
  if (!ROUNDED_BY_EXCEL.test(text)) return undefined;
  return [
    "may be a rounded number, and not the original value",
    "Format the column in Excel as a number without decimal places, and export the table again.",
  ];
}

const EXTENSION = /^[+\d(][\d\s().\-/]{5,}\s*[,;]?\s*(?:ext\.?|extension|x|#|Durchwahl|poste)\s*[.:]?\s*\d{1,7}$/i;

/** Returns whether a phone number has an extension, as in `+1 360 555 0123 ext. 4`. */
export function hasExtension(phone: string): boolean {
  return EXTENSION.test(withoutDirectionMarks(phone));
}

const HOST_WITHOUT_SCHEME = /^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+(?::\d+)?(?:[/?#]\S*)?$/u;

/** Adds a scheme to a web address without one. Removes the backslash that some programs write before the colon. */
export function withScheme(text: string): string {
  return HOST_WITHOUT_SCHEME.test(text) ? `https://${text}` : text.replace(/^(https?)\\:/i, "$1:");
}
