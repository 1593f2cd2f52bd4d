import { contactAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import { type Diagnostic, declaredHere, skippedEntry } from "../model/diagnostic.ts";
import { findCandidates } from "./assign-contacts.ts";
import type { RemoteContactIndex } from "./contact-index.ts";
import { inclusionFilter } from "./declared-contacts.ts";

/**
 * Returns the diagnostics, and an error for each other entry that matches the contact of an excluded entry. Without the
 * error, the other entry could be the only match of the contact, so the plan could update or delete the contact.
 */
export function skipEntriesOfSameContacts(
  entries: readonly DesiredContact[],
  diagnostics: readonly Diagnostic[],
  remote: RemoteContactIndex,
): readonly Diagnostic[] {
  const isIncluded = inclusionFilter(diagnostics);
  const skipped = entries.filter((entry) => !isIncluded(entry));
  if (skipped.length === 0) return diagnostics;
  const entriesOf = new Map<RemoteContact, DesiredContact[]>();
  for (const entry of entries.filter(isIncluded))
    for (const contact of contactsOf(entry, remote)) append(entriesOf, contact, entry);
  const errors = new Map<DesiredContact, Diagnostic>();
  for (const first of skipped) {
    const shared = contactsOf(first, remote).flatMap((contact) =>
      (entriesOf.get(contact) ?? []).map((entry) => ({ contact, entry })),
    );
    for (const { contact, entry } of shared.filter(({ entry }) => !errors.has(entry))) {
      errors.set(entry, reportSameContact(entry, contact, first));
      skipped.push(entry);
    }
  }
  return [...diagnostics, ...errors.values()];
}

function contactsOf(entry: DesiredContact, remote: RemoteContactIndex): readonly RemoteContact[] {
  return [...findCandidates(entry, remote), ...remote.contactsWithHashed(entry.hashedHandles ?? [])];
}

function reportSameContact(
  { key, location }: DesiredContact,
  { id }: RemoteContact,
  first: DesiredContact,
): Diagnostic {
  const reason = `${id} may be the contact of ${contactAddress(first.key)}, which is also skipped`;
  const advice = "First resolve the error of the other entry. Then create a new plan.";
  const error = skippedEntry(contactAddress(key), location, "contact-unclear", reason, advice);
  return { ...error, related: [declaredHere(first)] };
}
