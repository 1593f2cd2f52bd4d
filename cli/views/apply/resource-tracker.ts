import type { Action, Change, Clock, Operation, OperationResult, Plan } from "../../../src/internal.ts";

/** A resource that is being applied. It starts with its first operation and ends with its last operation. */
export interface ResourceState {
  readonly change: Change;
  /** The id in Front; undefined before the resource is created, and for a new list, whose creation returns no id. */
  readonly id: string | undefined;
  readonly elapsedSeconds: number;
}

interface TrackedResource {
  readonly change: Change;
  /** Number of operations that have not ended. */
  operationsLeft: number;
  hasFailed: boolean;
  /** Monotonic milliseconds; undefined before the first operation starts. */
  startedAt: number | undefined;
  id: string | undefined;
}

export interface ResourceListener {
  started(resource: ResourceState): void;
  ended(resource: ResourceState, options: { readonly hasFailed: boolean }): void;
}

export const ACTION_LABELS: Readonly<Record<Action, { readonly doing: string; readonly done: string }>> = {
  create: { doing: "creating", done: "created" },
  update: { doing: "modifying", done: "modified" },
  delete: { doing: "destroying", done: "destroyed" },
};

/** Tracks which resources of a plan have started and ended, based on the events of the operations. */
export class ResourceTracker {
  readonly #clock: Clock;
  readonly #listener: ResourceListener;
  readonly #resources: ReadonlyMap<string, TrackedResource>;
  readonly #inProgress = new Set<Operation>();

  constructor({ changes, operations }: Plan, clock: Clock, listener: ResourceListener) {
    this.#clock = clock;
    this.#listener = listener;
    this.#resources = new Map(
      changes.map((change) => [
        change.address,
        { change, operationsLeft: 0, hasFailed: false, startedAt: undefined, id: change.id },
      ]),
    );
    for (const operation of operations)
      for (const resource of this.#resourcesOf(operation)) resource.operationsLeft += 1;
  }

  started(operation: Operation): void {
    this.#inProgress.add(operation);
    for (const resource of this.#resourcesOf(operation)) {
      if (resource.startedAt !== undefined) continue;
      resource.startedAt = this.#clock.monotonic();
      this.#listener.started(this.#stateOf(resource));
    }
  }

  ended(result: OperationResult): void {
    const { operation, status } = result;
    const id = status === "applied" ? (result.contactId ?? result.accountId) : undefined;
    this.#inProgress.delete(operation);
    for (const resource of this.#resourcesOf(operation)) {
      resource.operationsLeft -= 1;
      resource.hasFailed ||= status !== "applied";
      if (operation.subjects.length === 1) resource.id ??= id;
      if (resource.operationsLeft === 0 && resource.startedAt !== undefined) {
        this.#listener.ended(this.#stateOf(resource), { hasFailed: resource.hasFailed });
      }
    }
  }

  /** Returns the resources that have an operation in progress. */
  inProgress(): ResourceState[] {
    const resources = new Set([...this.#inProgress].flatMap((operation) => this.#resourcesOf(operation)));
    return [...resources].map((resource) => this.#stateOf(resource));
  }

  #stateOf({ change, id, startedAt = 0 }: TrackedResource): ResourceState {
    return { change, id, elapsedSeconds: Math.round((this.#clock.monotonic() - startedAt) / 1000) };
  }

  #resourcesOf({ subjects }: Operation): TrackedResource[] {
    // An operation on the members of a list has the list as a subject once for each member.
    const addresses = [...new Set(subjects)];
    return addresses.map((address) => this.#resources.get(address)).filter((resource) => resource !== undefined);
  }
}
