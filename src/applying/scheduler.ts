import type { Operation } from "../model/plan.ts";

/**
 * Returns operations in the order of the plan, each as soon as all operations before it on the same resource and all
 * its dependencies have ended. Deletions wait for all other operations, so that a failing run deletes nothing.
 */
export class Scheduler {
  readonly #operations: readonly Operation[];
  readonly #indexes: ReadonlyMap<string, number>;
  /** For each operation, the number of operations it waits for, and the indexes of those that wait for it. */
  readonly #waitsFor: number[];
  readonly #followers: number[][];
  /** Indexes of operations that can start, lowest first. */
  readonly #ready: number[] = [];
  /** Indexes of deletions that wait only for the rest of the plan. */
  readonly #held: number[] = [];
  #ended = 0;
  #before: number;
  #wake: (() => void)[] = [];

  constructor(operations: readonly Operation[]) {
    this.#operations = operations;
    this.#indexes = new Map(operations.map(({ id }, index) => [id, index]));
    this.#waitsFor = operations.map(() => 0);
    this.#followers = operations.map(() => []);
    this.#before = operations.filter((operation) => !isDeletion(operation)).length;
    const lastOn = new Map<string, number>();
    for (const [index, operation] of operations.entries()) this.#arrange(index, operation, lastOn);
    this.#freeDeletions();
  }

  /** Waits for the next operation that can start. Returns undefined when all have ended. */
  async next(): Promise<Operation | undefined> {
    while (this.#ready.length === 0 && this.#ended < this.#operations.length) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    const index = this.#ready.shift();
    return index === undefined ? undefined : this.#operations[index];
  }

  /** Releases the operations that wait for this one. */
  end(operation: Operation): void {
    const { id } = operation;
    this.#ended += 1;
    if (!isDeletion(operation)) this.#before -= 1;
    for (const follower of this.#followers[this.#indexes.get(id) ?? -1] ?? []) {
      this.#waitsFor[follower] = (this.#waitsFor[follower] ?? 0) - 1;
      if (this.#waitsFor[follower] === 0) this.#makeReady(follower);
    }
    this.#freeDeletions();
    for (const wake of this.#wake.splice(0)) wake();
  }

  #freeDeletions(): void {
    if (this.#before === 0) for (const index of this.#held.splice(0)) this.#insert(index);
  }

  /** Makes an operation wait for its dependencies, and for the previous operation on the same contact or list. */
  #arrange(index: number, { dependsOn, subjects }: Operation, lastOn: Map<string, number>): void {
    const named = dependsOn.map((id) => this.#indexes.get(id));
    const earlier = new Set([...named, ...subjects.map((subject) => lastOn.get(subject))]);
    earlier.delete(undefined);
    for (const predecessor of earlier) this.#followers[predecessor ?? -1]?.push(index);
    for (const subject of subjects) lastOn.set(subject, index);
    this.#waitsFor[index] = earlier.size;
    if (earlier.size === 0) this.#makeReady(index);
  }

  #makeReady(index: number): void {
    const operation = this.#operations[index];
    if (operation !== undefined && isDeletion(operation)) this.#held.push(index);
    else this.#insert(index);
  }

  #insert(index: number): void {
    const last = this.#ready.at(-1) ?? -1;
    const behind = last < index ? -1 : this.#ready.findIndex((ready) => ready > index);
    this.#ready.splice(behind === -1 ? this.#ready.length : behind, 0, index);
  }
}

function isDeletion({ kind }: Operation): boolean {
  return kind.startsWith("delete-");
}
