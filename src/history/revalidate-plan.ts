import type { Change } from "../model/change.ts";
import type { DesiredContact, DesiredState } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { contactAddress, type Operation, type Plan } from "../model/plan.ts";
import { type PlanPolicy, planChanges, type RemoteState } from "../planning/plan-changes.ts";
import { countRequests } from "../planning/request-count.ts";
import { effectsOf } from "./operation-effects.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { findUnreviewed } from "./review.ts";
import type { SavedPlan } from "./saved-plan-file.ts";

/** What is left of a saved plan. */
export interface Revalidated {
  /** Computed from the remote state as it is now. Of the saved plan it performs a part or all, and nothing else. */
  readonly plan: Plan;
  readonly refusals: readonly Refusal[];
}

/**
 * Runs the planner on the desired state in a saved plan and on the remote state as it is now. An operation of the result
 * stays when the saved plan has it too and when a change that people reviewed explains it. A resource that would need
 * anything else is refused as a whole, together with whatever depends on it.
 */
export function revalidatePlan(
  { plan, desired }: Pick<SavedPlan, "plan" | "desired">,
  state: RemoteState,
): Revalidated {
  const { now, refusals } = planAgain(desired, state);
  const review = new Review(plan);
  const known = [...refusals, ...refuseUnreadableAccounts(plan, state)];
  const found = new Map(known.map((refusal) => [refusal.address, refusal]));
  for (const refusal of review.refusalsOf(now)) if (!found.has(refusal.address)) found.set(refusal.address, refusal);
  refuseDependents(now, found);
  const operations = withoutRefused(now.operations, found);
  const touched = new Set(operations.flatMap(({ subjects }) => subjects));
  const left: Plan = {
    ...now,
    ...(plan.targets === undefined ? {} : { targets: plan.targets }),
    declared: plan.declared,
    changes: now.changes.filter(({ address }) => touched.has(address)),
    operations,
    requests: countRequests(operations, now.basis.sizes),
    diagnostics: now.diagnostics.filter(({ severity }) => severity === "warning"),
  };
  return { plan: left, refusals: [...found.values()] };
}

/** The guards were checked when the plan was made, and everything that it moves was reviewed. */
const POLICY: PlanPolicy = {
  allowHandleMoves: true,
  acceptShrink: true,
  allowed: { changes: Number.MAX_SAFE_INTEGER, removals: Number.MAX_SAFE_INTEGER },
};

/** Leaves out entries with errors, because one error leaves a plan without operations. */
function planAgain(
  desired: DesiredState,
  state: RemoteState,
): { readonly now: Plan; readonly refusals: readonly Refusal[] } {
  const now = planChanges(desired, state, POLICY);
  const errors = now.diagnostics.filter(({ severity }) => severity === "error");
  const [error] = errors;
  if (error === undefined) return { now, refusals: [] };
  const refusals = desired.contacts.flatMap((entry) => {
    const address = contactAddress(entry.key);
    const diagnostic = errors.find(
      ({ location, leavesOut }) => leavesOut === address || (location !== undefined && concerns(location, entry)),
    );
    return diagnostic === undefined ? [] : [{ address, diagnostic }];
  });
  const all = desired.contacts.map(({ key }) => ({ address: contactAddress(key), diagnostic: error }));
  if (refusals.length === 0) return { now, refusals: all };
  const refused = new Set(refusals.map(({ address }) => address));
  const contacts = desired.contacts.filter(({ key }) => !refused.has(contactAddress(key)));
  const rest = planAgain({ ...desired, contacts }, state);
  return { now: rest.now, refusals: [...refusals, ...rest.refusals] };
}

/** The planner leaves accounts alone that it cannot read, but here they were reviewed. */
function refuseUnreadableAccounts({ changes, operations }: Plan, { missingScopes }: RemoteState): Refusal[] {
  if (!missingScopes?.has("accounts:read")) return [];
  const linked = operations.filter(({ kind }) => kind === "link-account" || kind === "unlink-account");
  const addresses = new Set(linked.flatMap(({ subjects }) => subjects));
  return changes
    .filter(({ address }) => addresses.has(address))
    .map(({ address, name, location }) => {
      const summary = `${name} is not changed, because the token may not read accounts (scope accounts:read)`;
      return refuse(address, { code: "scope-missing", summary, location });
    });
}

function concerns({ file, line, column }: SourceLocation, entry: DesiredContact): boolean {
  const parts = [entry, ...entry.handles, ...(entry.lists ?? []), ...(entry.customFields ?? [])];
  const locations = [
    ...parts.map(({ location }) => location),
    ...(entry.customFields ?? []).map(({ nameLocation }) => nameLocation),
    entry.account?.location,
    entry.avatar?.location,
  ];
  return locations.some((location) => location?.file === file && location.line === line && location.column === column);
}

/** What people approved, by the address of the resource. */
class Review {
  readonly #changes: ReadonlyMap<string, Change>;
  readonly #effects = new Map<string, Set<string>>();
  readonly #merged: ReadonlySet<string>;

  constructor({ changes, operations }: Plan) {
    this.#changes = new Map(changes.map((change) => [change.address, change]));
    this.#merged = new Set(operations.filter(({ kind }) => kind === "merge-contacts").flatMap((each) => each.subjects));
    for (const operation of operations) {
      for (const address of operation.subjects) {
        const effects = this.#effects.get(address) ?? new Set();
        for (const { key } of this.#effectsOf(operation, address)) effects.add(key);
        this.#effects.set(address, effects);
      }
    }
  }

  #effectsOf(operation: Operation, address: string) {
    return effectsOf(operation, { ignoreBefore: this.#merged.has(address) });
  }

  /** Returns a refusal for each resource that would come to more than was reviewed. */
  refusalsOf({ changes, operations }: Plan): Refusal[] {
    const byAddress = new Map(changes.map((change) => [change.address, new Set<string>(this.#unreviewed(change))]));
    for (const operation of operations) {
      for (const address of operation.subjects) {
        for (const { label, key } of this.#effectsOf(operation, address)) {
          if (!this.#effects.get(address)?.has(key)) byAddress.get(address)?.add(label);
        }
      }
    }
    return changes.flatMap((change) => {
      const labels = [...(byAddress.get(change.address) ?? [])];
      return labels.length === 0 ? [] : [changedSince(change, labels)];
    });
  }

  #unreviewed(change: Change): string[] {
    const { address } = change;
    return findUnreviewed(change, this.#changes.get(address), { merged: this.#merged.has(address) });
  }
}

function changedSince({ address, name, location }: Change, labels: readonly string[]): Refusal {
  const summary = `${name} changed in Front after this plan: ${labels.join(", ")}`;
  return refuse(address, { code: "changed-since-plan", summary, location });
}

type Refused = Map<string, Refusal>;

/** Neither side of a moved handle is left without the other, and nothing is done without what it needs. */
function refuseDependents({ changes, operations }: Plan, refused: Refused): void {
  if (refused.size === 0) return;
  const byAddress = new Map(changes.map((change) => [change.address, change]));
  const pairs = [...dependencies(operations)];
  for (let before = -1; before < refused.size; ) {
    before = refused.size;
    const dropped = pairs.filter(({ cause }) => isDropped(cause, refused));
    const found = dropped.flatMap(({ cause, dependent }) =>
      dependent.subjects
        .filter((address) => !refused.has(address))
        .map((address) => dependsOnRefused(address, byAddress.get(address), cause)),
    );
    for (const each of found) refused.set(each.address, each);
  }
}

/** Yields each operation that is dropped together with another one. */
function* dependencies(
  operations: readonly Operation[],
): Generator<{ readonly cause: Operation; readonly dependent: Operation }> {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  for (const operation of operations) {
    for (const needed of operation.dependsOn.map((id) => byId.get(id)).filter((other) => other !== undefined)) {
      if (needs(operation, needed)) yield { cause: needed, dependent: operation };
      if (needed.kind === "remove-handle") yield { cause: operation, dependent: needed };
    }
  }
}

function dependsOnRefused(address: string, change: Change | undefined, cause: Operation): Refusal {
  const { name = address, location } = change ?? {};
  const summary = `${name} is not changed, because it depends on an operation that is refused: ${cause.id}`;
  return refuse(address, { code: "depends-on-refused", summary, location });
}

/** A request for many contacts waits for what each of them needs, but only a list that is not created stops all of them. */
function needs(operation: Operation, needed: Operation): boolean {
  return !("contacts" in operation) || needed.kind === "create-list";
}

function isDropped(operation: Operation, refused: Refused): boolean {
  const { subjects } = operation;
  return "contacts" in operation
    ? subjects.every((subject) => refused.has(subject))
    : subjects.some((subject) => refused.has(subject));
}

function withoutRefused(operations: readonly Operation[], refused: Refused): Operation[] {
  const kept = operations.filter((operation) => !isDropped(operation, refused));
  const ids = new Set(kept.map(({ id }) => id));
  return kept.map((operation) => {
    const dependsOn = operation.dependsOn.filter((id) => ids.has(id));
    if (!("contacts" in operation)) return { ...operation, dependsOn };
    const stays = (_: unknown, index: number) => !refused.has(operation.subjects[index] ?? "");
    const [subjects, contacts] = [operation.subjects.filter(stays), operation.contacts.filter(stays)];
    return { ...operation, subjects, contacts, dependsOn };
  });
}
