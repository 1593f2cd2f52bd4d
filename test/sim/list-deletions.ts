import type { Simulation } from "./simulation.ts";

/** Checks that a run deletes only lists that it created. Exceptions are undos and lists with `ensure: absent`. */
export function findDeletedOlderLists({ network, runs }: Simulation): string[] {
  return runs.flatMap(({ process }) => {
    if (process.command === "undo") return [];
    const absent = new Set(process.desired.lists.flatMap(({ name, ensure }) => (ensure === "absent" ? [name] : [])));
    const effects = network.log
      .filter((request) => request.process === process)
      .flatMap((request) => request.effects)
      .filter(({ listsDeleted }) => !listsDeleted.some((name) => absent.has(name)));
    const created = effects.filter(({ listsCreated }) => listsCreated.length > 0);
    const deleted = effects.filter(({ listsDeleted }) => listsDeleted.length > 0);
    const older = deleted.filter(({ before, after }) => {
      const [id = ""] = [...before.lists.keys()].filter((list) => !after.lists.has(list));
      return created.every((creation) => creation.before.lists.has(id));
    });
    return [
      ...(deleted.length > created.length ? [`${process.name} deleted more lists than it created`] : []),
      ...older.map(({ listsDeleted }) => `${process.name} deleted ${listsDeleted.join(", ")}, an older list`),
    ];
  });
}
