import type { Simulation } from "./simulation.ts";

/** A run deletes no more lists than it created, and none that existed before, except an undo and lists declared absent. */
export function onlyOwnListsGo({ network, runs }: Simulation): string[] {
  return runs.flatMap(({ process }) => {
    if (process.command === "undo") return [];
    const absent = new Set(process.desired.lists.flatMap(({ name, ensure }) => (ensure === "absent" ? [name] : [])));
    const effects = network.log
      .filter((sent) => sent.process === process)
      .flatMap((sent) => sent.effects)
      .filter(({ listsGone }) => !listsGone.some((name) => absent.has(name)));
    const created = effects.filter(({ listsMade }) => listsMade.length > 0);
    const deleted = effects.filter(({ listsGone }) => listsGone.length > 0);
    const older = deleted.filter(({ before, after }) => {
      const [id = ""] = [...before.lists.keys()].filter((list) => !after.lists.has(list));
      return created.every((creation) => creation.before.lists.has(id));
    });
    return [
      ...(deleted.length > created.length ? [`${process.name} deleted more lists than it created`] : []),
      ...older.map(({ listsGone }) => `${process.name} deleted ${listsGone.join(", ")}, an older list`),
    ];
  });
}
