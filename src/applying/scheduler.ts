import { removalsBeforeAccounts, removalsBeforeHandles } from "../model/domain-link-order.ts";
import type { Operation } from "../model/plan.ts";

/**
 * Schedules operations in the order of the plan. An operation can start as soon as its dependencies and all earlier
 * operations on the same resource have ended. The addition of a domain to an account also waits for earlier removals of
 * handles in this domain, and the addition of a handle waits for earlier removals of its domain from an account.
 * Deletions wait for all other operations, so a run that stops before then deletes nothing.
 */
export class Scheduler {
  readonly #operations: readonly Operation[];
  readonly #indexes: ReadonlyMap<string, number>;
  /** The number of operations that each operation waits for, by index. */
  readonly #waitCounts: number[];
  /** Indexes of the operations that wait for each operation. */
  readonly #followers: number[][];
  /** Indexes of operations that can start, lowest first. */
  readonly #ready: number[] = [];
  /** Indexes of deletions whose predecessors have ended. */
  readonly #waitingDeletions: number[] = [];
  #endedCount = 0;
  /** The number of operations that are not deletions and have not ended. */
  #remainingCount: number;
  #wakeUps: (() => void)[] = [];

  constructor(operations: readonly Operation[]) {
    this.#operations = operations;
    this.#indexes = new Map(operations.map(({ id }, index) => [id, index]));
    this.#waitCounts = operations.map(() => 0);
    this.#followers = operations.map(() => []);
    this.#remainingCount = operations.filter((operation) => !isDeletion(operation)).length;
    const lastBySubject = new Map<string, number>();
    const removals = new Map([...removalsBeforeAccounts(operations), ...removalsBeforeHandles(operations)]);
    for (const [index, operation] of operations.entries()) {
      const removalIndexes = removals.get(operation.id)?.flatMap(({ id }) => this.#indexes.get(id) ?? []) ?? [];
      const earlier = removalIndexes.filter((removal) => removal < index);
      this.#schedule(index, operation, lastBySubject, earlier);
    }
    this.#releaseDeletions();
  }

  /** Returns the next operation as soon as it can start; undefined once all operations have ended. */
  async next(): Promise<Operation | undefined> {
    while (this.#ready.length === 0 && this.#endedCount < this.#operations.length) {
      await new Promise<void>((resolve) => this.#wakeUps.push(resolve));
    }
    const index = this.#ready.shift();
    return index === undefined ? undefined : this.#operations[index];
  }

  end(operation: Operation): void {
    this.#endedCount += 1;
    if (!isDeletion(operation)) this.#remainingCount -= 1;
    for (const follower of this.#followers[this.#indexes.get(operation.id) ?? -1] ?? []) {
      this.#waitCounts[follower] = (this.#waitCounts[follower] ?? 0) - 1;
      if (this.#waitCounts[follower] === 0) this.#makeReady(follower);
    }
    this.#releaseDeletions();
    for (const wakeUp of this.#wakeUps.splice(0)) wakeUp();
  }

  #releaseDeletions(): void {
    if (this.#remainingCount === 0) for (const index of this.#waitingDeletions.splice(0)) this.#insert(index);
  }

  /** Makes an operation wait for its dependencies, the previous operation on the same resource, and `removals`. */
  #schedule(
    index: number,
    { dependsOn, subjects }: Operation,
    lastBySubject: Map<string, number>,
    removals: readonly number[],
  ): void {
    const dependencies = dependsOn.map((id) => this.#indexes.get(id));
    const sameResource = subjects.map((subject) => lastBySubject.get(subject));
    const predecessors = new Set([...dependencies, ...sameResource, ...removals]);
    predecessors.delete(undefined);
    for (const predecessor of predecessors) this.#followers[predecessor ?? -1]?.push(index);
    for (const subject of subjects) lastBySubject.set(subject, index);
    this.#waitCounts[index] = predecessors.size;
    if (predecessors.size === 0) this.#makeReady(index);
  }

  #makeReady(index: number): void {
    const operation = this.#operations[index];
    if (operation !== undefined && isDeletion(operation)) this.#waitingDeletions.push(index);
    else this.#insert(index);
  }

  #insert(index: number): void {
    let [low, high] = [0, this.#ready.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#ready[middle] ?? 0) > index) high = middle;
      else low = middle + 1;
    }
    this.#ready.splice(low, 0, index);
  }
}

function isDeletion({ kind }: Operation): boolean {
  return kind.startsWith("delete-");
}
