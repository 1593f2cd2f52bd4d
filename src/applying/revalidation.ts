import type { Clock } from "../clock/clock.ts";
import type { FrontApi } from "../front/api.ts";
import { ChangesSincePlan } from "../history/changes-since-plan.ts";
import type { Refusal } from "../history/refusal.ts";
import { type Revalidation, revalidate, withoutRefused } from "../history/revalidate.ts";
import type { DesiredState } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { contactAddress, type Operation, type Plan } from "../model/plan.ts";
import type { ReadOptions } from "../reading/read-remote-state.ts";

/**
 * Checks operations that were not started against what changed in Front, in one listing unless one of their contacts
 * did. Returns what is left of them, as it is to be carried out now. Throws a `FrontError` when Front cannot be read.
 */
export type Revalidate = (
  operations: readonly Operation[],
) => Promise<Pick<Revalidation, "operations" | "known" | "refusals">>;

/** Milliseconds. An operation is not started on knowledge that is older than this. */
const VALID_FOR = 60_000;

/** Returns how to check a plan against Front while it is applied. `plan` is the one that was read, shown and approved. */
export function revalidationOf(
  plan: Plan,
  desired: DesiredState,
  front: FrontApi,
  options: Pick<ReadOptions, "pictures" | "samePicture" | "cwd"> = {},
): Revalidate {
  const changes = new ChangesSincePlan(plan, desired, front, { ...options, company: plan.company });
  return async (operations) => {
    const addresses = new Set(operations.flatMap(({ subjects }) => subjects));
    const contacts = desired.contacts.filter(({ key }) => addresses.has(contactAddress(key)));
    return revalidate(plan, { ...desired, contacts }, await changes.readFor(contacts));
  };
}

/** What became of an operation that is about to be started: as it is now, or why it is not carried out. */
export type Checked =
  | { readonly operation: Operation }
  | { readonly refusal: Diagnostic }
  /** It is so already. `contactId`: of the contact that was to be created. */
  | { readonly alreadyDone: true; readonly contactId?: string };

/** As in `ApplyOptions`. */
interface ValidityOptions {
  readonly revalidate?: Revalidate;
  readonly validatedAt?: number;
  readonly known?: ReadonlyMap<string, string>;
}

/** Keeps operations valid while a plan is applied: at least once a minute they are checked against Front. */
export class Validity {
  readonly #revalidate: Revalidate | undefined;
  readonly #clock: Clock;
  readonly #refusals = new Map<string, Refusal>();
  readonly #known: Map<string, string>;
  /** Ids of the operations that were checked last, and what was left of them. */
  #checked: ReadonlySet<string> = new Set();
  #left: ReadonlyMap<string, Operation> = new Map();
  /** Monotonic. */
  #validatedAt: number;
  #underWay: Promise<void> | undefined;

  constructor(
    { revalidate, validatedAt, known = new Map() }: ValidityOptions,
    { clock, began }: { readonly clock: Clock; readonly began: number },
  ) {
    this.#revalidate = revalidate;
    this.#clock = clock;
    this.#validatedAt = validatedAt ?? began;
    this.#known = new Map(known);
  }

  /** Ids of contacts that the plan creates and that are there already, by their addresses. Grows with each check. */
  get known(): ReadonlyMap<string, string> {
    return this.#known;
  }

  get refusals(): readonly Refusal[] {
    return [...this.#refusals.values()];
  }

  /** Reads what changed if that was last done too long ago. Operations that start at the same time share the reading. */
  async refresh(remaining: () => readonly Operation[]): Promise<void> {
    if (this.#revalidate === undefined) return;
    while (this.#clock.monotonic() - this.#validatedAt >= VALID_FOR) {
      this.#underWay ??= this.#check(this.#revalidate, remaining()).finally(() => {
        this.#underWay = undefined;
      });
      await this.#underWay;
    }
  }

  async #check(revalidate: Revalidate, operations: readonly Operation[]): Promise<void> {
    const began = this.#clock.monotonic();
    const { operations: left, known, refusals } = await revalidate(operations);
    for (const refusal of refusals)
      if (!this.#refusals.has(refusal.address)) this.#refusals.set(refusal.address, refusal);
    for (const [address, id] of known) this.#known.set(address, id);
    this.#checked = new Set(operations.map(({ id }) => id));
    this.#left = new Map(left.map((operation) => [operation.id, operation]));
    /** A reading that takes longer than it is valid for is not to be repeated for ever. */
    this.#validatedAt = Math.max(began, this.#clock.monotonic() - VALID_FOR / 2);
  }

  /** What the last check says of an operation. */
  current(operation: Operation): Checked {
    const refused = operation.subjects
      .map((subject) => this.#refusals.get(subject))
      .find((found) => found !== undefined);
    if ("contacts" in operation) {
      const [rest] = withoutRefused(operation, new Set(this.#refusals.keys()));
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
