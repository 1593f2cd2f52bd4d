import type { Company, Effect } from "./company.ts";
import { describeRequest, writesOf } from "./edits-since-plan.ts";
import type { Run, Simulation } from "./simulation.ts";
import { valuesOf } from "./values.ts";

/**
 * Checks that applying a saved plan does not overwrite a value that someone changed between the plan and the apply,
 * and does not delete a contact or an account with such a value.
 */
export function savedPlanKeepsEdits(simulation: Simulation): string[] {
  const { runs } = simulation;
  return runs.flatMap((run, index) => {
    const planned = runs[index - 1];
    if (run.process.command !== "apply FILE" || planned?.process.command !== "plan --out") return [];
    const edits = simulation.edits.filter(({ at }) => at >= planned.startedAt && at <= run.startedAt);
    const [first] = edits;
    const firstSincePlan = edits.find(({ at }) => at >= planned.endedAt);
    const last = edits.at(-1);
    if (first === undefined || firstSincePlan === undefined || last === undefined) return [];
    // Someone may have edited a value while the plan was created, after the plan read it, and restored it later.
    const changedSinceStart = editedValues(first.before, last.after);
    const changedSinceEnd = editedValues(firstSincePlan.before, last.after);
    const edited = new Map([...changedSinceEnd].filter(([path]) => changedSinceStart.has(path)));
    return writesOf(simulation)
      .filter(({ process, path }) => process === run.process && path !== "/contacts/merge")
      .flatMap((request) =>
        request.effects
          .flatMap((effect) => lostValues(effect, edited))
          .filter((path) => !isMerged(path, run))
          .map((path) => `${describeRequest(request)} overwrote ${path}, which changed after the plan`),
      );
  });
}

/** Values by the ID of the resource and the path of the value. */
type Values = ReadonlyMap<string, string>;

/** Returns the current values that differ from the values at the time of the plan. */
function editedValues(planned: Company, current: Company): Values {
  const [before, after] = [valuesIn(planned), valuesIn(current)];
  const paths = new Set([...before.keys(), ...after.keys()]);
  const changed = [...paths].filter((path) => before.get(path) !== after.get(path));
  return new Map(changed.map((path) => [path, after.get(path) ?? ""]));
}

function lostValues({ before, after }: Effect, edited: Values): string[] {
  const [valuesBefore, valuesAfter] = [valuesIn(before), valuesIn(after)];
  return [...edited]
    .filter(([path, value]) => {
      const overwritten = valuesBefore.get(path) ?? "";
      return overwritten === value && overwritten !== (valuesAfter.get(path) ?? "");
    })
    .map(([path]) => path);
}

/** Returns whether a plan merges the contact of a path. If someone merges the same contacts, any of them can remain. */
function isMerged(path: string, { process }: Run): boolean {
  return process.plannedOperations.some(
    (operation) =>
      operation.kind === "merge-contacts" &&
      [operation.target, ...operation.others].some(({ id }) => path.startsWith(`${id} `)),
  );
}

/**
 * Returns the values in a company. Omits deleted lists. Also omits the accounts of contacts, because Front may not show
 * that a contact joined one.
 */
function valuesIn({ contacts, accounts, lists }: Company): Values {
  const isDeletedList = (path: string) => path.startsWith("list ") && !lists.has(path.slice("list ".length));
  return new Map(
    [...contacts.values(), ...accounts.values()].flatMap((record) =>
      [...valuesOf(record)]
        .filter(([path]) => !isDeletedList(path))
        .map(([path, value]) => [`${record.id} ${path}`, value] as const),
    ),
  );
}
