import { DateTime, IANAZone } from "luxon";
import { formatDatetime } from "../../model/field-values.ts";

export function isTimeZone(name: string): boolean {
  return IANAZone.isValidZone(name) || name === "UTC";
}

const TIME_OF_DAY = /[HhmsSua]/;
const OFFSET_OR_INSTANT = /[ZzXx]/;

/**
 * Returns the ISO 8601 form of a date in a format such as `dd.MM.yyyy`, with English month names; undefined for any other
 * text. A time is in `zone`, unless the text contains an offset. Returns the first of two instants with the same local
 * time, and undefined if the local time does not exist, because the clocks are set forward.
 */
export function dateFromCell(text: string, format: string, zone = "UTC"): string | undefined {
  const written = DateTime.fromFormat(text, format, { zone: "UTC", locale: "en" });
  if (!written.isValid) return undefined;
  const isLocal = matchesTokens(format, TIME_OF_DAY) && !matchesTokens(format, OFFSET_OR_INSTANT);
  const local = isLocal ? written.setZone(zone, { keepLocalTime: true }) : written;
  const [first = local] = local.getPossibleOffsets();
  // For a time that does not exist, Luxon returns a later time.
  if (first.setZone("UTC", { keepLocalTime: true }).toMillis() !== written.toMillis()) return undefined;
  return formatDatetime(Math.floor(first.toSeconds()));
}

/** Returns the cell text for an ISO 8601 date or date-time; undefined if the format cannot express the value. */
export function formatCellDate(iso: string, format: string, zone = "UTC"): string | undefined {
  const date = DateTime.fromISO(iso, { zone: "UTC", locale: "en" });
  const cell = date.setZone(matchesTokens(format, TIME_OF_DAY) ? zone : "UTC").toFormat(format);
  return date.isValid && dateFromCell(cell, format, zone) === iso ? cell : undefined;
}

function matchesTokens(format: string, tokens: RegExp): boolean {
  return tokens.test(format.replaceAll(/'[^']*'/g, ""));
}
