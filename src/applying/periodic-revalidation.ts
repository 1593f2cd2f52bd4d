import type { Clock } from "../clock/clock.ts";
import type { Diagnostic, Refusal } from "../model/diagnostic.ts";
import { type Operation, withoutSubjects } from "../model/plan.ts";

/** The result of re-validating operations. */
export interface Revalidation {
  /** The operations that are still needed. */
  readonly operations: readonly Operation[];
  /** IDs of existing contacts by address, including contacts that the plan creates but that already exist. */
  readonly existingIds: ReadonlyMap<string, string>;
  /** A refusal for each resource that changed unexpectedly after the plan was created. */
  readonly refusals: readonly Refusal[];
}

/** Checks in Front which operations are still needed and allowed. Throws a `FrontError` if Front cannot be read. */
export type Revalidate = (operations: readonly Operation[]) => Promise<Revalidation>;

/** Milliseconds after which a new check is needed before an operation starts. */
const CHECK_VALIDITY = 60_000;

type CheckedOperation =
  | { readonly operation: Operation }
  | { readonly refusal: Diagnostic }
  /** The operation has already taken effect. `contactId` is the ID of the contact that it would have created. */
  | { readonly alreadyDone: true; readonly contactId?: string };

interface RevalidationOptions {
  readonly revalidate?: Revalidate;
  /** Monotonic milliseconds. Default: now. */
  readonly validatedAt?: number;
}

/** While a plan is applied, re-validates the operations that have not started. */
export class PeriodicRevalidation {
  readonly #revalidate: Revalidate | undefined;
  readonly #clock: Clock;
  readonly #refusals = new Map<string, Refusal>();
  readonly #existingIds = new Map<string, string>();
  /** May grow with each check. */
  readonly existingIds: ReadonlyMap<string, string> = this.#existingIds;
  #checkedIds: ReadonlySet<string> = new Set();
  #neededOperations: ReadonlyMap<string, Operation> = new Map();
  /** Monotonic milliseconds. */
  #validatedAt: number;
  #checkInProgress: Promise<void> | undefined;

  constructor(clock: Clock, { revalidate, validatedAt = clock.monotonic() }: RevalidationOptions) {
    this.#revalidate = revalidate;
    this.#clock = clock;
    this.#validatedAt = validatedAt;
  }

  get refusals(): readonly Refusal[] {
    return [...this.#refusals.values()];
  }

  /** Refuses the remaining operations on a resource. The first refusal of a resource is kept. */
  addRefusal(refusal: Refusal): void {
    if (!this.#refusals.has(refusal.address)) this.#refusals.set(refusal.address, refusal);
  }

  /** Checks the remaining operations if the last check is too old. Concurrent calls share a check. */
  async refresh(remaining: () => readonly Operation[]): Promise<void> {
    if (this.#revalidate === undefined) return;
    while (this.#clock.monotonic() - this.#validatedAt >= CHECK_VALIDITY) {
      this.#checkInProgress ??= this.#check(this.#revalidate, remaining()).finally(() => {
        this.#checkInProgress = undefined;
      });
      await this.#checkInProgress;
    }
  }

  async #check(revalidate: Revalidate, operations: readonly Operation[]): Promise<void> {
    const startedAt = this.#clock.monotonic();
    const { operations: needed, existingIds, refusals } = await revalidate(operations);
    for (const refusal of refusals) this.addRefusal(refusal);
    for (const [address, id] of existingIds) this.#existingIds.set(address, id);
    this.#checkedIds = new Set(operations.map(({ id }) => id));
    this.#neededOperations = new Map(needed.map((operation) => [operation.id, operation]));
    // Without this minimum, a check that takes longer than its validity would be repeated forever.
    this.#validatedAt = Math.max(startedAt, this.#clock.monotonic() - CHECK_VALIDITY / 2);
  }

  lastCheckOf(operation: Operation): CheckedOperation {
    const [remaining] = "contacts" in operation ? withoutSubjects(operation, this.#refusals) : [];
    if (remaining !== undefined) return { operation: remaining };
    const [refusal] = operation.subjects.flatMap((subject) => this.#refusals.get(subject) ?? []);
    if (refusal !== undefined) return { refusal: refusal.diagnostic };
    if (!this.#checkedIds.has(operation.id)) return { operation };
    const needed = this.#neededOperations.get(operation.id);
    if (needed !== undefined) return { operation: { ...needed, dependsOn: operation.dependsOn } };
    const isCreation = operation.kind === "create-contact";
    const contactId = isCreation ? this.#existingIds.get(operation.subjects[0] ?? "") : undefined;
    return contactId === undefined ? { alreadyDone: true } : { alreadyDone: true, contactId };
  }
}
