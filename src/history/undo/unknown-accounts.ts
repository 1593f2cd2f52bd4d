import type { DesiredContact, RemoteContact } from "../../model/contact.ts";
import { type Diagnostic, generalWarning } from "../../model/diagnostic.ts";
import { plural } from "../../model/plural.ts";
import { accountIdsOf } from "../../planning/account-links.ts";
import type { Readings } from "../../reading/remote-state.ts";

/**
 * Returns warnings about contacts whose current or previous account is unknown because Front does not return it.
 * `entries` contains the entries of an undo.
 */
export function warnOfUnknownAccounts(entries: readonly DesiredContact[], readings: Readings): Diagnostic[] {
  const contacts = new Map(readings.contacts.map((contact) => [contact.id, contact]));
  const count = (isUnknown: (entry: DesiredContact, contact: RemoteContact) => boolean) =>
    entries.filter((entry) => {
      const contact = contacts.get(entry.id ?? "");
      return contact !== undefined && contact.account === undefined && isUnknown(entry, contact);
    }).length;
  const current = count(
    (entry, contact) => (entry.ensure === "absent" || isLinked(entry)) && accountIdsOf(contact, readings) === undefined,
  );
  const previous = count((entry) => entry.without?.accounts !== undefined && !isLinked(entry));
  return [
    ...warn(
      current,
      (contacts) => `The undo deletes or links ${contacts} whose current account is unknown`,
      "Before you approve, check in Front that no contact was linked to another account after the run.",
    ),
    ...warn(
      previous,
      (contacts) => `The account of ${contacts} before the run is unknown and is not restored`,
      "If a contact had an account before the run, link it to the account again in Front.",
    ),
  ];
}

function isLinked({ account, restoredAccounts }: DesiredContact): boolean {
  return account !== undefined || restoredAccounts !== undefined;
}

function warn(count: number, describe: (contacts: string) => string, advice: string): Diagnostic[] {
  if (count === 0) return [];
  const detail = `Front does not return the accounts of contacts. ${advice}`;
  return [generalWarning("undo-account-unknown", describe(plural(count, "contact")), detail)];
}
