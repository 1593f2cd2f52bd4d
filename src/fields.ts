import type { FieldType, WrittenValue } from "./contact.ts";
export function parseDatetime(text: string): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.floor(at / 1000);
}
export function formatDatetime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString();
}
export function checkFieldValue(
  _type: FieldType,
  _value: WrittenValue,
  _values?: readonly string[],
): { summary: string; advice: string } | undefined {
  return undefined;
}
