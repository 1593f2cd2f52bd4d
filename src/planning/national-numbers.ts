import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress } from "../model/address.ts";
import type { DesiredContact } from "../model/contact.ts";
import { type Diagnostic, errorAt, generalError } from "../model/diagnostic.ts";
import { isNationalNumber } from "../model/phone.ts";
import type { Operation } from "../model/plan.ts";
import { plural } from "../model/plural.ts";

/** Maximum number of contacts with a separate error. */
const MAX_REPORTED = 20;

const ADVICE =
  "Front may add a different country code, and the next plan would not recognize the contact. Write the number with + and its country code, or set settings.phone_country.";

/**
 * Returns an error for each contact that would be created only with phone numbers without a country code. After the
 * apply, it would be unclear whether the entry describes the created contact.
 */
export function checkNationalNumbers(
  entries: readonly MatchedEntry[],
  operations: readonly Operation[],
): readonly Diagnostic[] {
  const created = new Set(operations.flatMap(({ kind, subjects }) => (kind === "create-contact" ? subjects : [])));
  const unrecognizable = entries
    .map(({ entry }) => entry)
    .filter((entry) => created.has(contactAddress(entry.key)) && hasOnlyNationalNumbers(entry));
  const others = unrecognizable.length - MAX_REPORTED;
  return [...unrecognizable.slice(0, MAX_REPORTED).map(reportContact), ...(others > 0 ? [reportOthers(others)] : [])];
}

function hasOnlyNationalNumbers({ handles }: DesiredContact): boolean {
  return handles.every(({ source, handle }) => source === "phone" && isNationalNumber(handle));
}

function reportContact({ key, location, handles: [first] }: DesiredContact): Diagnostic {
  const summary = `${key} would be created only with phone ${first?.handle}, which has no country code`;
  return errorAt(first?.location ?? location, "phone-without-country", summary, ADVICE);
}

function reportOthers(count: number): Diagnostic {
  const summary = `${plural(count, "more contact")} would be created only with phone numbers without a country code`;
  return generalError("phone-without-country", summary, ADVICE);
}
