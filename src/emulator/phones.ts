import type { Behaviour } from "./behavior.ts";

/** What Front assumes for numbers without a country code, as its help center says of CSV imports. */
const DEFAULT_COUNTRY_CODE = "1";

/** Returns a phone number in the form that it is kept in. What is no phone number is kept as it was sent. */
export function keptPhone(sent: string, form: Behaviour["phoneForm"]): string {
  const digits = sent.replace(/\D/g, "");
  if (form === "as-sent" || digits === "" || /[^\d\s().+\-/]/.test(sent)) return sent;
  if (form === "digits") return digits;
  if (sent.trim().startsWith("+") || digits.length > 10) return `+${digits}`;
  return digits.length === 10 ? `+${DEFAULT_COUNTRY_CODE}${digits}` : sent;
}

/** Returns what phone numbers are compared by. Normalized ones are compared as they are. */
export function phoneKey(kept: string, form: Behaviour["phoneForm"]): string {
  return form === "e164" ? kept : kept.replace(/\D/g, "") || kept;
}
