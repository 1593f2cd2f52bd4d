import type { Attributes } from "../../src/internal.ts";
import type { Effect } from "./company.ts";
import { describeRequest, writesOf } from "./edits-since-plan.ts";
import type { Simulation } from "./simulation.ts";
import { changedPaths, fieldPath, valueIn } from "./values.ts";

/**
 * Checks that an undo does not overwrite a name, a description or a field that someone wrote between the run and the
 * undo.
 */
export function undoKeepsEdits({ network, edits, runs }: Simulation): string[] {
  return writesOf({ network }).flatMap((request) => {
    const run = runs.find(({ process }) => process === request.process);
    const { applied } = request.process;
    if (run === undefined || applied === undefined) return [];
    const appliedValues = new Map(applied.plan.changes.map(({ id, after }) => [id, after]));
    return request.effects
      .flatMap(({ changed, accountsChanged, at }) =>
        [...changed, ...accountsChanged].map((change) => ({ ...change, at })),
      )
      .flatMap(({ before, after, at }) => {
        const paths = changedPaths({ before, after }).filter((path) => /^(name|description|field .*)$/.test(path));
        return paths.filter((path) => {
          if (valueIn(before, path) === textAt(path, appliedValues.get(after.id))) return false;
          const lastEdit = edits.findLast((edit) => edit.at <= at && changesValue(edit, after.id, path));
          return lastEdit !== undefined && lastEdit.at < run.startedAt;
        });
      })
      .map((path) => `${describeRequest(request)} overwrote the ${path} that someone wrote after the run`);
  });
}

function changesValue({ changed, accountsChanged }: Effect, id: string, path: string): boolean {
  return [...changed, ...accountsChanged].some(
    ({ before, after }) => after.id === id && valueIn(before, path) !== valueIn(after, path),
  );
}

/** Returns the value at a path of the attributes, in the form that `valueIn` returns. */
function textAt(path: string, attributes: Attributes | null | undefined): string {
  if (path === "name" || path === "description") return attributes?.[path] ?? "";
  const [, value] = Object.entries(attributes?.custom_fields ?? {}).find(([name]) => fieldPath(name) === path) ?? [];
  return value === undefined || value === null || value === "" ? "" : JSON.stringify(value);
}
