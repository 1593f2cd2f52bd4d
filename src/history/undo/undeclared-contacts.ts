import type { RemoteContactIndex } from "../../matching/contact-index.ts";
import { undeclaredAddress } from "../../model/address.ts";
import type { Change } from "../../model/change.ts";
import type { Handle } from "../../model/contact.ts";
import type { Diagnostic, SourceLocation } from "../../model/diagnostic.ts";
import type { Plan } from "../../model/plan.ts";
import type { ContactChanges } from "./run-changes.ts";

/**
 * Returns the name and a handle of each undeclared contact, by address, because the address contains only an ID. If the
 * run did not record one of them, uses the current value.
 */
export function describeUndeclared(
  contacts: readonly ContactChanges[],
  remote: RemoteContactIndex,
): ReadonlyMap<string, string> {
  return new Map(
    contacts.flatMap(({ address, id = "", before }) => {
      if (address !== undeclaredAddress(id)) return [];
      const current = remote.withId(id);
      const name = before?.name === undefined ? current?.name : before.name;
      return [[address, nameWithHandle(name, before?.handles ?? current?.handles)] as const];
    }),
  );
}

function nameWithHandle(name: string | null | undefined, [handle]: readonly Handle[] = []): string {
  return [name || "without a name", ...(handle === undefined ? [] : [`${handle.source} ${handle.handle}`])].join(", ");
}

/** Adds a note with the name to the change of each undeclared contact. `names` contains these names, by address. */
export function withNameNotes(plan: Plan, names: ReadonlyMap<string, string>): Plan {
  const changeOf = (change: Change): Change => {
    const name = names.get(change.address);
    return name === undefined ? change : { ...change, notes: [...change.notes, `undeclared contact: ${name}`] };
  };
  return { ...plan, changes: plan.changes.map(changeOf) };
}

/** Returns the plan of an undo without locations in the record of the run, which is not a configuration file. */
export function withoutRecordLocations(plan: Plan, run: string): Plan {
  const isInRecord = (location: SourceLocation | undefined) => location?.file === run;
  const changeOf = (change: Change): Change => {
    const { location, ...withoutLocation } = change;
    return isInRecord(location) ? (withoutLocation as Change) : change;
  };
  const diagnosticOf = ({ location, ...diagnostic }: Diagnostic): Diagnostic =>
    location === undefined || isInRecord(location) ? diagnostic : { ...diagnostic, location };
  return { ...plan, changes: plan.changes.map(changeOf), diagnostics: plan.diagnostics.map(diagnosticOf) };
}
