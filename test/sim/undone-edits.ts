import { nameOf, writesOf } from "./seen-edits.ts";
import type { Simulation } from "./simulation.ts";

const ATTRIBUTES = ["name", "description"] as const;

/** An undo does not overwrite a name or a description that somebody wrote between the run and the undo. */
export function undoKeepsEdits({ network, edits, runs }: Simulation): string[] {
  return writesOf({ network }).flatMap((sent) => {
    const run = runs.find(({ process }) => process === sent.process);
    const { applied } = sent.process;
    if (run === undefined || applied === undefined) return [];
    const left = new Map(applied.plan.changes.map(({ id, after }) => [id, after]));
    return sent.effects
      .flatMap(({ changed }) => changed)
      .flatMap(({ before, after }) =>
        ATTRIBUTES.filter((attribute) => {
          const undone = before[attribute];
          if (undone === after[attribute] || undone === (left.get(after.id)?.[attribute] ?? "")) return false;
          return edits.some(
            (edit) => edit.at < run.startedAt && edit.changed.some((each) => each.after[attribute] === undone),
          );
        }).map((attribute) => `${nameOf(sent)} undid the ${attribute} that somebody wrote after the run`),
      );
  });
}
