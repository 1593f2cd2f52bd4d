import type { MatchedAccount } from "../matching/match-accounts.ts";
import type { Match } from "../matching/match-contacts.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress, tableOfKey } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { DesiredContact } from "../model/contact.ts";
import { type Diagnostic, declaredHere, errorAt } from "../model/diagnostic.ts";
import type { Operation } from "../model/plan.ts";

interface PreventedEffect {
  readonly id: string;
  /** The end of the sentence "the plan would …". */
  readonly effect: string;
  /** Returns the advice. `unprotect` is an imperative phrase for the removal of the protection. */
  readonly advise: (unprotect: string) => string;
}

export function checkProtection(
  entries: readonly MatchedEntry[],
  operations: readonly Operation[],
  isUndo: boolean,
): Diagnostic[] {
  const protectedBy = new Map(
    entries.flatMap(({ entry, match }) =>
      entry.protect === undefined ? [] : protectedIds(entry, match).map((id) => [id, entry] as const),
    ),
  );
  if (protectedBy.size === 0) return [];
  const dependentsOf = dependentEntries(entries, operations);
  return operations.flatMap((operation) =>
    preventedEffects(operation).flatMap((effect) => {
      const entry = protectedBy.get(effect.id);
      return entry === undefined ? [] : [reportEffect(effect, entry, operation, dependentsOf(operation), isUndo)];
    }),
  );
}

function reportEffect(
  { effect, advise }: PreventedEffect,
  entry: DesiredContact,
  operation: Operation,
  dependents: readonly DesiredContact[],
  isUndo: boolean,
): Diagnostic {
  const summary = `${entry.key} has protect: true, but the plan would ${effect}`;
  const [address = ""] = operation.subjects;
  const advice = (isUndo ? adviseExclusion : advise)(adviseRemoval(entry));
  const remedy = isUndo ? ({ kind: "exclude-resource", address } as const) : undefined;
  const error = errorAt(entry.protect?.location, "contact-protected", summary, advice, remedy);
  const related = dependents.filter(({ key }) => key !== entry.key);
  return related.length === 0 ? error : { ...error, related: related.map(declaredHere) };
}

/**
 * Returns the IDs of the contacts that an entry protects. For a merge, these are all merged contacts, or only the
 * target if the entry specifies the target's ID. Without a match, these are the contacts from which handles move.
 */
function protectedIds({ id }: DesiredContact, match: Match): readonly string[] {
  switch (match.kind) {
    case "match":
    case "deletion":
      return [match.contact.id];
    case "merge":
      return id === match.target.id ? [id] : [match.target, ...match.others].map((contact) => contact.id);
    case "no-match":
      return match.moves.map(({ sourceContact }) => sourceContact.id);
    default:
      return [];
  }
}

function adviseRemoval({ key }: DesiredContact): string {
  // A row has no `protect` of its own, so it can only inherit it.
  if (tableOfKey(key) !== undefined) return "remove protect: true from the defaults";
  return "remove protect: true (if it is a default, set protect: false in the entry)";
}

/** Returns the advice for an undo, which restores the same values regardless of other changes to the configuration. */
function adviseExclusion(unprotect: string): string {
  return `To change the contact, ${unprotect}. Otherwise, exclude the contact from the undo.`;
}

function preventedEffects(operation: Operation): readonly PreventedEffect[] {
  switch (operation.kind) {
    case "delete-contact":
      return [
        {
          id: operation.contact.id,
          effect: "delete it",
          advise: (unprotect) => `To delete the contact, ${unprotect}.`,
        },
      ];
    case "merge-contacts":
      return operation.others.map(({ id }) => ({
        id,
        effect: `merge ${id} into ${operation.target.id}`,
        advise: (unprotect) => `Set id in this entry to the ID of the contact to keep, or ${unprotect}.`,
      }));
    case "remove-handle": {
      const { contact, handle } = operation;
      const effect = `remove ${handle.source} ${handle.handle} from it`;
      const advise = (unprotect: string) => `Declare the handle only in this entry, or ${unprotect}.`;
      return [{ id: contact.id, effect, advise }];
    }
    default:
      return [];
  }
}

/** Returns a function that finds the entries that depend on an operation, such as the entry to which a handle moves. */
function dependentEntries(
  entries: readonly MatchedEntry[],
  operations: readonly Operation[],
): (operation: Operation) => readonly DesiredContact[] {
  const entryAt = new Map(entries.map(({ entry }) => [contactAddress(entry.key), entry]));
  const addresses = new Map<string, string[]>();
  for (const { dependsOn, subjects } of operations)
    for (const id of dependsOn) for (const subject of subjects) append(addresses, id, subject);
  return ({ id }) => [...new Set(addresses.get(id))].flatMap((address) => entryAt.get(address) ?? []);
}

export function checkAccountProtection(
  entries: readonly MatchedAccount[],
  operations: readonly Operation[],
): Diagnostic[] {
  const deleted = new Set(
    operations.flatMap((operation) => (operation.kind === "delete-account" ? [operation.account.id] : [])),
  );
  return entries.flatMap(({ resolved: { desired }, match }) => {
    if (desired.protect === undefined || match.kind !== "deletion" || !deleted.has(match.account.id)) return [];
    const summary = `${desired.key} has protect: true, but the plan would delete it`;
    const advice = "To delete the account, remove protect: true.";
    return [errorAt(desired.protect.location, "account-protected", summary, advice)];
  });
}
