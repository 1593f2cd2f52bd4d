import type { Attributes } from "../../src/internal.ts";
import { fieldPath, valueIn } from "./company.ts";
import { nameOf, writesOf } from "./seen-edits.ts";
import type { Simulation } from "./simulation.ts";

/** An undo does not overwrite a name, a description or a field that somebody wrote between the run and the undo. */
export function undoKeepsEdits({ network, edits, runs }: Simulation): string[] {
  return writesOf({ network }).flatMap((sent) => {
    const run = runs.find(({ process }) => process === sent.process);
    const { applied } = sent.process;
    if (run === undefined || applied === undefined) return [];
    const left = new Map(applied.plan.changes.map(({ id, after }) => [id, after]));
    const earlier = edits.filter(({ at }) => at < run.startedAt);
    return sent.effects
      .flatMap(({ changed, accountsChanged }) => [...changed, ...accountsChanged])
      .flatMap(({ before, after }) => {
        const paths = ["name", "description", ...[...before.fields.keys(), ...after.fields.keys()].map(fieldPath)];
        return [...new Set(paths)].filter((path) => {
          const undone = valueIn(before, path);
          if (undone === valueIn(after, path) || undone === leftAt(path, left.get(after.id))) return false;
          return earlier.some(({ changed, accountsChanged }) =>
            [...changed, ...accountsChanged].some(
              (each) =>
                each.after.id === after.id &&
                valueIn(each.after, path) === undone &&
                valueIn(each.before, path) !== undone,
            ),
          );
        });
      })
      .map((path) => `${nameOf(sent)} undid the ${path} that somebody wrote after the run`);
  });
}

/** Returns a value as the run left it. */
function leftAt(path: string, attributes: Attributes | null | undefined): string {
  if (path === "name" || path === "description") return attributes?.[path] ?? "";
  const [, value] = Object.entries(attributes?.custom_fields ?? {}).find(([name]) => fieldPath(name) === path) ?? [];
  return value === undefined || value === null || value === "" ? "" : JSON.stringify(value);
}
