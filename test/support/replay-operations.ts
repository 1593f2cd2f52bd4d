import { type Handle, type HandleKey, handleKey, type RemoteContact } from "../../src/model/contact.ts";
import type { Operation } from "../../src/model/plan.ts";

/**
 * A model of Front with handles only. It rejects requests that Front rejects, and operations that no plan may contain.
 */
class HandleModel {
  readonly #handles = new Map<string, Set<HandleKey>>();

  constructor(contacts: readonly RemoteContact[]) {
    for (const { id, handles } of contacts) this.#handles.set(id, new Set(handles.map(handleKey)));
  }

  perform(operation: Operation): void {
    switch (operation.kind) {
      case "create-contact":
        this.#create(operation.subjects[0] ?? "", operation.handles);
        break;
      case "add-handle":
        this.#add(operation.contact.id, operation.handle);
        break;
      case "remove-handle":
        this.#remove(operation.contact.id, operation.handle);
        break;
      case "merge-contacts":
        this.#merge(operation.target.id, [operation.target, ...operation.others]);
        break;
      case "delete-contact":
        this.#handlesOf(operation.contact.id);
        this.#handles.delete(operation.contact.id);
        break;
      case "update-contact":
        this.#handlesOf(operation.contact.id);
    }
  }

  handlesById(): Record<string, string[]> {
    return Object.fromEntries([...this.#handles].sort().map(([id, keys]) => [id, [...keys].sort()]));
  }

  #create(id: string, handles: readonly Handle[]): void {
    for (const handle of handles) this.#assertUnused(handle);
    this.#handles.set(id, new Set(handles.map(handleKey)));
  }

  #add(id: string, handle: Handle): void {
    this.#assertUnused(handle);
    this.#handlesOf(id).add(handleKey(handle));
  }

  #remove(id: string, handle: Handle): void {
    const handles = this.#handlesOf(id);
    if (!handles.delete(handleKey(handle))) throw new Error(`${id} does not have ${handle.handle}`);
    if (handles.size === 0) throw new Error(`${id} has no handle`);
  }

  #merge(target: string, all: readonly { readonly id: string; readonly handles: readonly Handle[] }[]): void {
    const keys = all.flatMap(({ id, handles: plannedHandles }) => {
      const handles = this.#handlesOf(id);
      if (plannedHandles.length !== handles.size) throw new Error(`${id} differs from the contact in the plan`);
      return [...handles];
    });
    for (const { id } of all) this.#handles.delete(id);
    this.#handles.set(target, new Set(keys));
  }

  #handlesOf(id: string): Set<HandleKey> {
    const handles = this.#handles.get(id);
    if (handles === undefined) throw new Error(`${id} does not exist`);
    return handles;
  }

  #assertUnused(handle: Handle): void {
    const owner = [...this.#handles].find(([, keys]) => keys.has(handleKey(handle)));
    if (owner !== undefined) throw new Error(`${handle.handle} is in use by ${owner[0]}`);
  }
}

/**
 * Performs at most `maxOperations` operations. `pick` returns the index of the next operation among the operations that
 * may start. Returns the handles of each contact. Throws at the first operation that the model rejects, or if no
 * operation may start.
 */
export function replayOperations(
  contacts: readonly RemoteContact[],
  operations: readonly Operation[],
  pick: (count: number) => number = () => 0,
  maxOperations = operations.length,
): Record<string, string[]> {
  const model = new HandleModel(contacts);
  const remaining = [...operations];
  while (remaining.length > operations.length - maxOperations) {
    const ready = remaining.filter((operation, index) => mayStart(operation, remaining, index));
    const next = ready[pick(ready.length)];
    if (next === undefined) throw new Error(`no operation may start: ${remaining.map(({ id }) => id).join(", ")}`);
    model.perform(next);
    remaining.splice(remaining.indexOf(next), 1);
  }
  return model.handlesById();
}

/**
 * Returns whether an operation may start: after its dependencies and after earlier operations on the same contact.
 * Deletions come last.
 */
function mayStart({ kind, dependsOn, subjects }: Operation, remaining: readonly Operation[], index: number): boolean {
  if (kind === "delete-contact" && remaining.some((other) => other.kind !== "delete-contact")) return false;
  if (remaining.some(({ id }) => dependsOn.includes(id))) return false;
  return !remaining.slice(0, index).some((earlier) => earlier.subjects.some((subject) => subjects.includes(subject)));
}
