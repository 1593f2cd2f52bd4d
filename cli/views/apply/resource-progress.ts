import type { Action, Change, Clock, Operation, OperationResult, Plan } from "../../../src/internal.ts";

/** A resource that is being applied. It starts with its first operation and ends with its last. */
export interface ResourceState {
  readonly change: Change;
  /** Front's id. A list has none until it is read again. */
  readonly id: string | undefined;
  readonly elapsedSeconds: number;
}

interface Tracked {
  readonly change: Change;
  /** Operations that have not ended. */
  left: number;
  failed: boolean;
  /** Monotonic; undefined before the first operation starts. */
  startedAt: number | undefined;
  id: string | undefined;
}

export interface ResourceListener {
  started(resource: ResourceState): void;
  ended(resource: ResourceState, options: { readonly failed: boolean }): void;
}

export const ACTION_WORDS: Readonly<Record<Action, { readonly doing: string; readonly done: string }>> = {
  create: { doing: "creating", done: "created" },
  update: { doing: "modifying", done: "modified" },
  delete: { doing: "destroying", done: "destroyed" },
};

/** Follows the resources of a plan through its operations. */
export class ResourceProgress {
  readonly #clock: Clock;
  readonly #listener: ResourceListener;
  readonly #resources: ReadonlyMap<string, Tracked>;
  readonly #inProgress = new Set<Operation>();

  constructor({ changes, operations }: Plan, clock: Clock, listener: ResourceListener) {
    this.#clock = clock;
    this.#listener = listener;
    this.#resources = new Map(
      changes.map((change) => [
        change.address,
        { change, left: 0, failed: false, startedAt: undefined, id: change.id },
      ]),
    );
    for (const operation of operations) for (const resource of this.#of(operation)) resource.left += 1;
  }

  started(operation: Operation): void {
    this.#inProgress.add(operation);
    for (const resource of this.#of(operation)) {
      if (resource.startedAt !== undefined) continue;
      resource.startedAt = this.#clock.monotonic();
      this.#listener.started(this.#stateOf(resource));
    }
  }

  ended(result: OperationResult): void {
    const { operation, status } = result;
    const id = status === "applied" ? (result.contactId ?? result.accountId) : undefined;
    this.#inProgress.delete(operation);
    for (const resource of this.#of(operation)) {
      resource.left -= 1;
      resource.failed ||= status !== "applied";
      if (operation.subjects.length === 1) resource.id ??= id;
      if (resource.left === 0 && resource.startedAt !== undefined) {
        this.#listener.ended(this.#stateOf(resource), { failed: resource.failed });
      }
    }
  }

  inProgress(): ResourceState[] {
    const resources = new Set([...this.#inProgress].flatMap((operation) => this.#of(operation)));
    return [...resources].map((resource) => this.#stateOf(resource));
  }

  #stateOf({ change, id, startedAt = 0 }: Tracked): ResourceState {
    return { change, id, elapsedSeconds: Math.round((this.#clock.monotonic() - startedAt) / 1000) };
  }

  #of({ subjects }: Operation): Tracked[] {
    // An operation on the members of a list names the list once for each of them.
    const addresses = [...new Set(subjects)];
    return addresses.map((address) => this.#resources.get(address)).filter((resource) => resource !== undefined);
  }
}
