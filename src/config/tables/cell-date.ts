import { DateTime, IANAZone } from "luxon";
import { formatDatetime } from "../../model/field-values.ts";

export function isTimeZone(name: string): boolean {
  return IANAZone.isValidZone(name) || name === "UTC";
}

const TIME_OF_DAY = /[HhmsSua]/;

/**
 * Converts a date from a format such as `dd.MM.yyyy`, with English month names, to ISO 8601; undefined for any other
 * text. A time is in `zone`, unless the text contains an offset.
 */
export function dateFromCell(text: string, format: string, zone = "UTC"): string | undefined {
  const date = DateTime.fromFormat(text, format, { zone: hasTimeOfDay(format) ? zone : "UTC", locale: "en" });
  return date.isValid ? formatDatetime(Math.floor(date.toSeconds())) : undefined;
}

/** Returns the cell text for an ISO 8601 date or date-time; undefined if the format cannot express the value. */
export function formatCellDate(iso: string, format: string, zone = "UTC"): string | undefined {
  const date = DateTime.fromISO(iso, { zone: "UTC", locale: "en" });
  const cell = date.setZone(hasTimeOfDay(format) ? zone : "UTC").toFormat(format);
  return date.isValid && dateFromCell(cell, format, zone) === iso ? cell : undefined;
}

function hasTimeOfDay(format: string): boolean {
  return TIME_OF_DAY.test(format.replaceAll(/'[^']*'/g, ""));
}
