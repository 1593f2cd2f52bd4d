import { undeclaredAddress } from "../../model/address.ts";
import type { Change } from "../../model/change.ts";
import type { Handle } from "../../model/contact.ts";
import type { Diagnostic, SourceLocation } from "../../model/diagnostic.ts";
import type { Plan } from "../../model/plan.ts";
import type { ContactChanges } from "./run-changes.ts";

/** Returns the name and a handle of each contact that no entry declared, by its address, which contains only its id. */
export function describeUndeclared(contacts: readonly ContactChanges[]): ReadonlyMap<string, string> {
  return new Map(
    contacts.flatMap(({ address, id = "", before }) =>
      address === undeclaredAddress(id) ? [[address, nameWithHandle(before?.name, before?.handles)] as const] : [],
    ),
  );
}

function nameWithHandle(name: string | null | undefined, [handle]: readonly Handle[] = []): string {
  return [name || "without a name", ...(handle === undefined ? [] : [`${handle.source} ${handle.handle}`])].join(", ");
}

/**
 * Returns the plan of an undo for people. Entries that no file declares are located in the record of the run, which is
 * not part of the files, so these locations are omitted, and contacts are named.
 */
export function withoutRecordLocations(plan: Plan, run: string, described: ReadonlyMap<string, string>): Plan {
  const isInRecord = (location: SourceLocation | undefined) => location?.file === run;
  const changeOf = (change: Change): Change => {
    const { location, ...rest } = change;
    const who = described.get(change.address);
    const notes = who === undefined ? change.notes : [...change.notes, `no file declared this contact: ${who}`];
    return isInRecord(location) ? ({ ...rest, notes } as Change) : { ...change, notes };
  };
  const diagnosticOf = ({ location, ...rest }: Diagnostic): Diagnostic =>
    location === undefined || isInRecord(location) ? rest : { ...rest, location };
  return { ...plan, changes: plan.changes.map(changeOf), diagnostics: plan.diagnostics.map(diagnosticOf) };
}
