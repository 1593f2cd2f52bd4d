import type { Clock } from "../clock/clock.ts";
import type { Diagnostic, Refusal } from "../model/diagnostic.ts";
import type { Operation } from "../model/plan.ts";

/** The operations that are still needed, given the changes in Front. */
export interface Revalidation {
  readonly operations: readonly Operation[];
  /** Ids of contacts that the plan creates and that already exist, by address. */
  readonly known: ReadonlyMap<string, string>;
  /** A refusal for each contact that changed unexpectedly since the plan was made. Its operations are left out. */
  readonly refusals: readonly Refusal[];
}

/** Checks operations that were not started against Front. Throws a `FrontError` if Front cannot be read. */
export type Revalidate = (operations: readonly Operation[]) => Promise<Revalidation>;

/** Milliseconds. An operation does not start if Front was last read longer ago than this. */
const VALID_FOR = 60_000;

/** The result of the last check of an operation: how to perform it now, or why it is not performed. */
type Checked =
  | { readonly operation: Operation }
  | { readonly refusal: Diagnostic }
  /** The operation has already taken effect. `contactId` is the contact that it would have created. */
  | { readonly alreadyDone: true; readonly contactId?: string };

/** The options of `applyPlan` that concern re-validation. */
interface RevalidationOptions {
  readonly revalidate?: Revalidate;
  readonly validatedAt?: number;
  readonly known?: ReadonlyMap<string, string>;
}

/** Re-validates the operations that were not started, at least once a minute while a plan is applied. */
export class PeriodicRevalidation {
  readonly #revalidate: Revalidate | undefined;
  readonly #clock: Clock;
  readonly #refusals = new Map<string, Refusal>();
  readonly #known: Map<string, string>;
  /** Ids of the operations that were checked last, and those that are still to be performed. */
  #checked: ReadonlySet<string> = new Set();
  #left: ReadonlyMap<string, Operation> = new Map();
  /** Monotonic. */
  #validatedAt: number;
  #inProgress: Promise<void> | undefined;

  constructor(
    { revalidate, validatedAt, known = new Map() }: RevalidationOptions,
    { clock, began }: { readonly clock: Clock; readonly began: number },
  ) {
    this.#revalidate = revalidate;
    this.#clock = clock;
    this.#validatedAt = validatedAt ?? began;
    this.#known = new Map(known);
  }

  /** Ids of contacts that the plan creates and that already exist, by address. Grows with each check. */
  get known(): ReadonlyMap<string, string> {
    return this.#known;
  }

  get refusals(): readonly Refusal[] {
    return [...this.#refusals.values()];
  }

  /** Refuses all operations on a resource that were not started. The first refusal of a resource counts. */
  refuse(refusal: Refusal): void {
    if (!this.#refusals.has(refusal.address)) this.#refusals.set(refusal.address, refusal);
  }

  /**
   * Checks the remaining operations if the last check is too old. Operations that start at the same time share a check.
   */
  async refresh(remaining: () => readonly Operation[]): Promise<void> {
    if (this.#revalidate === undefined) return;
    while (this.#clock.monotonic() - this.#validatedAt >= VALID_FOR) {
      this.#inProgress ??= this.#check(this.#revalidate, remaining()).finally(() => {
        this.#inProgress = undefined;
      });
      await this.#inProgress;
    }
  }

  async #check(revalidate: Revalidate, operations: readonly Operation[]): Promise<void> {
    const began = this.#clock.monotonic();
    const { operations: left, known, refusals } = await revalidate(operations);
    for (const refusal of refusals) this.refuse(refusal);
    for (const [address, id] of known) this.#known.set(address, id);
    this.#checked = new Set(operations.map(({ id }) => id));
    this.#left = new Map(left.map((operation) => [operation.id, operation]));
    // A check that takes longer than it is valid for must not be repeated forever.
    this.#validatedAt = Math.max(began, this.#clock.monotonic() - VALID_FOR / 2);
  }

  /** Returns the result of the last check for an operation. */
  current(operation: Operation): Checked {
    const refused = operation.subjects
      .map((subject) => this.#refusals.get(subject))
      .find((found) => found !== undefined);
    if ("contacts" in operation) {
      const [rest] = withoutSubjects(operation, this.#refusals);
      if (rest !== undefined) return { operation: rest };
    }
    if (refused !== undefined) return { refusal: refused.diagnostic };
    if (!this.#checked.has(operation.id)) return { operation };
    const left = this.#left.get(operation.id);
    if (left !== undefined) return { operation: { ...left, dependsOn: operation.dependsOn } };
    const contactId = operation.kind === "create-contact" ? this.#known.get(operation.subjects[0] ?? "") : undefined;
    return contactId === undefined ? { alreadyDone: true } : { alreadyDone: true, contactId };
  }
}

/**
 * Leaves subjects out of an operation on several contacts. Returns nothing if none is left, and any other operation
 * unchanged.
 */
export function withoutSubjects(operation: Operation, left: Pick<ReadonlyMap<string, unknown>, "has">): Operation[] {
  if (!("contacts" in operation)) return [operation];
  const stays = operation.subjects.map((subject) => !left.has(subject));
  if (!stays.includes(false)) return [operation];
  const contacts = operation.contacts.filter((_, index) => stays[index]);
  const subjects = operation.subjects.filter((_, index) => stays[index]);
  return contacts.length === 0 ? [] : [{ ...operation, contacts, subjects }];
}
