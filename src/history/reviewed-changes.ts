import { valueAt } from "../comparing/differences.ts";
import { splitAccounts } from "../model/account.ts";
import { isListAddress } from "../model/address.ts";
import type { Attributes, AttributeValue, Change, Difference } from "../model/change.ts";
import type { AccountState } from "../model/company.ts";
import { canonicalJson } from "../model/fingerprint.ts";
import { type ApprovedAccount, type Drift, type Operation, operationsByAddress, type Plan } from "../model/plan.ts";
import { type Effect, effectsOf } from "./operation-effects.ts";

/** Something that a plan contains and that was not reviewed. */
export type Unreviewed = UnreviewedAction | UnreviewedValue;

/**
 * `create`, `delete`: a new plan would do this. `kept`: a new plan would not delete the resource. `missing`: it no longer
 * exists. `rematched`: the entry matches another contact, with this ID.
 */
type UnreviewedAction =
  | { readonly action: "create" | "delete" | "kept" | "missing" }
  | { readonly action: "rematched"; readonly id: string };

interface UnreviewedValue {
  /** Such as `name` or `list VIP`. */
  readonly label: string;
  /** The reviewed value and the current value in Front. Omitted if they are equal, or if the label contains the value. */
  readonly values?: readonly [AttributeValue | undefined, AttributeValue | undefined];
}

/** The reviewed changes of a plan, and the effects of its operations. */
export class Review {
  readonly #changes: ReadonlyMap<string, Change>;
  /** The keys of the effects on each resource, by address. */
  readonly #effects = new Map<string, Set<string>>();
  /**
   * The addresses of all contacts in merges. A plan cannot predict which values Front keeps in a merge, so previous
   * values of these contacts are not compared.
   */
  readonly #mergedAddresses: ReadonlySet<string>;
  /** The IDs of all contacts of a merge, by the ID of each contact. Front may keep any of these IDs. */
  readonly #merges: ReadonlyMap<string, readonly string[]>;
  readonly #drift: ReadonlyMap<string, Drift>;
  /** The reviewed deletions of accounts, by the ID of the account. */
  readonly #deletedAccounts: ReadonlyMap<string, ApprovedAccount>;

  constructor({ changes, operations, base }: Plan) {
    this.#drift = new Map(base?.drift.map((drift) => [drift.address, drift]));
    this.#changes = new Map(changes.map((change) => [change.address, change]));
    const merges = operations.filter((operation) => operation.kind === "merge-contacts");
    this.#mergedAddresses = new Set(merges.flatMap(({ subjects }) => subjects));
    const mergedIds = merges.map(({ target, others }) => [target, ...others].map(({ id }) => id));
    this.#merges = new Map(mergedIds.flatMap((ids) => ids.map((id) => [id, ids] as const)));
    this.#deletedAccounts = new Map(
      operations.flatMap((operation) =>
        operation.kind === "delete-account" ? [[operation.account.id, operation.account] as const] : [],
      ),
    );
    for (const operation of operations) {
      for (const address of operation.subjects) {
        const effects = this.#effects.get(address) ?? new Set();
        for (const { key } of this.#effectsOf(operation, address)) effects.add(key);
        this.#effects.set(address, effects);
      }
    }
  }

  /**
   * Returns everything in a plan that was not reviewed, by address: changes, effects of operations, and values that
   * the plan leaves unchanged because they changed in Front after the review. `changedIds` contains the IDs of contacts
   * that Front may have linked to an account because of their reviewed email addresses.
   */
  unreviewed(
    { changes, operations, base }: Plan,
    changedIds: ReadonlySet<string> = new Set(),
  ): ReadonlyMap<string, readonly Unreviewed[]> {
    const changeAt = new Map(changes.map((change) => [change.address, change]));
    const driftAt = new Map(base?.drift.map((drift) => [drift.address, drift]));
    const operationsAt = operationsByAddress(operations);
    return new Map(
      [...new Set([...changeAt.keys(), ...driftAt.keys()])].flatMap((address): [string, Unreviewed[]][] => {
        const [change, drift] = [changeAt.get(address), driftAt.get(address)];
        const action = this.#unreviewedAction(change) ?? this.#droppedAction(drift);
        if (action !== undefined) return [[address, [action]]];
        const values = [
          ...this.#unreviewedValues(change, changedIds),
          ...this.#unreviewedDrift(drift),
          ...(operationsAt.get(address) ?? []).flatMap((operation) =>
            this.#unreviewedEffects(operation, address, changedIds),
          ),
        ];
        return values.length === 0 ? [] : [[address, distinctValues(values)]];
      }),
    );
  }

  #effectsOf(operation: Operation, address: string): Effect[] {
    return effectsOf(operation, { ignoreBefore: this.#mergedAddresses.has(address) });
  }

  #unreviewedEffects(operation: Operation, address: string, changedIds: ReadonlySet<string>): UnreviewedValue[] {
    const reviewed = this.#effects.get(address);
    const effects = this.#effectsOf(operation, address).filter(({ key }) => !reviewed?.has(key));
    return operation.kind === "delete-account"
      ? [...effects, ...this.#unreviewedContacts(operation.account, changedIds)]
      : effects;
  }

  /** Returns a value if an account to delete has contacts that it did not have at the time of the review. */
  #unreviewedContacts({ id, members = [] }: ApprovedAccount, changedIds: ReadonlySet<string>): UnreviewedValue[] {
    const reviewed = this.#deletedAccounts.get(id);
    if (reviewed === undefined) return [];
    const reviewedIds = new Set(reviewed.members);
    const others = members.filter((member) => !reviewedIds.has(member) && !changedIds.has(member));
    return others.length > (reviewed.members === undefined ? reviewed.contacts : 0) ? [{ label: "contacts" }] : [];
  }

  /** Drift of lists, and of resources that the reviewed plan does not change, needs no review. */
  #isOnReviewedChange({ address }: Drift): boolean {
    return this.#changes.has(address) && !isListAddress(address);
  }

  /** Returns a reviewed action that a plan no longer contains, because the resource changed in Front. */
  #droppedAction(drift: Drift | undefined): Unreviewed | undefined {
    if (drift === undefined || !this.#isOnReviewedChange(drift)) return undefined;
    if (drift.action === "delete") return { action: "missing" };
    return this.#changes.get(drift.address)?.action === "delete" ? { action: "kept" } : undefined;
  }

  #unreviewedDrift(drift: Drift | undefined): UnreviewedValue[] {
    if (drift === undefined || !this.#isOnReviewedChange(drift)) return [];
    const reviewedDrift = this.#drift.get(drift.address);
    const reviewedLabels = new Set(reviewedDrift?.differences.map(labelOf));
    return drift.differences
      .filter((difference) => !reviewedLabels.has(labelOf(difference)))
      .map((difference) => unreviewedValue(difference, this.#changes.get(drift.address)));
  }

  /** Returns an action that the reviewed plan does not contain for this resource. */
  #unreviewedAction(current: Change | undefined): Unreviewed | undefined {
    if (current === undefined) return undefined;
    const { address, type, action, id } = current;
    const reviewed = this.#changes.get(address);
    const reviewedAction = reviewed?.type === type ? reviewed.action : undefined;
    if (action !== "update") return action === reviewedAction ? undefined : { action };
    if (reviewedAction === "delete") return { action: "kept" };
    const isOtherContact = id !== undefined && reviewed?.id !== undefined && id !== reviewed.id;
    return isOtherContact ? { action: "rematched", id } : undefined;
  }

  #unreviewedValues(current: Change | undefined, changedIds: ReadonlySet<string>): UnreviewedValue[] {
    if (current === undefined) return [];
    const reviewed = this.#changes.get(current.address);
    if (reviewed?.type !== current.type) {
      const values = current.differences.map((difference) => unreviewedValue(difference));
      return values.length === 0 ? [{ label: "change" }] : values;
    }
    if (current.action === "delete") return this.#unreviewedLosses(current, reviewed);
    const ignoreBefore = this.#mergedAddresses.has(current.address);
    return [
      ...current.differences
        .filter((difference) => !isReviewed(difference, reviewed, ignoreBefore))
        .map((difference) => unreviewedValue(difference, reviewed)),
      ...(ignoreBefore || changedIds.has(current.id ?? "") ? [] : unreviewedAccounts(current, reviewed)),
      ...unreviewedLossesInMerge(current, reviewed),
    ];
  }

  /**
   * Returns the values that a deletion removes and that were not reviewed. Compares members by ID, because their names
   * and handles may change.
   */
  #unreviewedLosses(current: Change, reviewed: Change): UnreviewedValue[] {
    const members = new Set(reviewed.before?.members?.map(({ id }) => id));
    const isMember = (id: string) => (this.#merges.get(id) ?? [id]).some((mergedId) => members.has(mergedId));
    return current.differences
      .filter((loss) => (loss.attribute === "members" ? !isMember(loss.key) : !isSameBefore(loss, reviewed)))
      .map((loss) => unreviewedValue(loss, reviewed));
  }
}

/** The labels of effects that are not a single value. */
const ACTION_LABELS: ReadonlySet<string> = new Set(["creation", "deletion", "merge"]);

/** Keeps the first value with each label, and the label of an action only if there are no others. */
function distinctValues(values: readonly UnreviewedValue[]): UnreviewedValue[] {
  const byLabel = new Map<string, UnreviewedValue>();
  for (const value of values) if (!byLabel.has(value.label)) byLabel.set(value.label, value);
  const distinct = [...byLabel.values()];
  const single = distinct.filter(({ label }) => !ACTION_LABELS.has(label));
  return single.length === 0 ? distinct : single;
}

/** Returns the label of a difference, and the reviewed and the current value if they differ. */
function unreviewedValue(difference: Difference, reviewed?: Change): UnreviewedValue {
  const label = labelOf(difference);
  if (reviewed === undefined || !COMPARED_BEFORE.has(difference.attribute)) return { label };
  const { before } = difference;
  const reviewedBefore = valueIn(reviewed.before, difference);
  return isSame(reviewedBefore, before) ? { label } : { label, values: [reviewedBefore, before] };
}

function isReviewed(difference: Difference, reviewed: Change, ignoreBefore: boolean): boolean {
  const { attribute, key, after } = difference;
  const reviewedAfter = valueIn(reviewed.after, difference);
  if (key !== undefined && attribute !== "custom_fields") {
    if (after !== undefined) return reviewedAfter !== undefined;
    return reviewedAfter === undefined && (ignoreBefore || valueIn(reviewed.before, difference) !== undefined);
  }
  if (!isSame(reviewedAfter, after)) return false;
  const isCompared = COMPARED_BEFORE.has(attribute) || attribute === "avatar";
  return ignoreBefore || !isCompared || isSameBefore(difference, reviewed);
}

function isSameBefore(difference: Difference, reviewed: Change): boolean {
  const reviewedBefore = valueIn(reviewed.before, difference);
  return difference.attribute === "avatar"
    ? pictureId(difference.before) === pictureId(reviewedBefore)
    : isSame(difference.before, reviewedBefore);
}

/** Returns the URL of a picture without its query, which may contain a signature that changes with every response. */
function pictureId(url: AttributeValue | undefined): string | undefined {
  return typeof url === "string" ? url.replace(/\?.*$/s, "") : undefined;
}

/**
 * Attributes whose previous value must equal the reviewed value, and is shown if it does not. An interrupted apply of
 * the same plan may have changed the other attributes, except the avatar.
 */
const COMPARED_BEFORE: ReadonlySet<string> = new Set(["name", "description", "custom_fields"]);

/**
 * Returns the values of a merge target that the merge probably loses, although the reviewed plan did not show this. For
 * example, another contact of the merge became the most recently updated one.
 */
function unreviewedLossesInMerge(current: Change, reviewed: Change): UnreviewedValue[] {
  const keyOf = (lost: Difference) =>
    canonicalJson([labelOf(lost), (lost.attribute === "avatar" ? pictureId(lost.before) : lost.before) ?? null]);
  const reviewedKeys = new Set(reviewed.lostInMerge?.map(keyOf));
  return (current.lostInMerge ?? [])
    .filter((lost) => !reviewedKeys.has(keyOf(lost)))
    .map((lost) => ({ label: `${labelOf(lost)} (lost in the merge)` }));
}

/**
 * Returns the account of a contact if the contact joined another account after the review. When a contact is linked to
 * an account, Front may remove it from its current one.
 */
function unreviewedAccounts(current: Change, { before, after }: Change): UnreviewedValue[] {
  if (!current.differences.some(({ attribute }) => attribute === "account")) return [];
  const reviewedIds = new Set([before, after].flatMap((attributes) => splitAccounts(attributes?.account)));
  const joined = splitAccounts(current.before?.account).some((id) => !reviewedIds.has(id));
  return joined ? [{ label: "account", values: [before?.account, current.before?.account] }] : [];
}

function valueIn(attributes: Attributes | null, difference: Difference): AttributeValue | undefined {
  return attributes === null ? undefined : valueAt(attributes, difference);
}

/** Treats an empty value and a missing value as equal, because Front may return either for a cleared value. */
function isSame(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  const isEmpty = (value: AttributeValue | undefined) => value === undefined || value === null || value === "";
  return (isEmpty(a) && isEmpty(b)) || canonicalJson(a) === canonicalJson(b);
}

function labelOf(difference: Difference): string {
  switch (difference.attribute) {
    case "handles": {
      const handle = difference.after ?? difference.before;
      return handle === undefined ? difference.key : `${handle.source} ${handle.handle}`;
    }
    case "lists":
      return `list ${difference.key}`;
    case "domains":
      return `domain ${difference.key}`;
    case "custom_fields":
      return difference.key;
    case "members":
      return `member ${(difference.before ?? difference.after)?.name ?? difference.key}`;
    default:
      return difference.attribute;
  }
}

/** Returns a plan that refers to declared accounts by address instead of ID, as if the plan created these accounts. */
export function withAccountAddresses(plan: Plan, accounts: readonly AccountState[]): Plan {
  const addresses = new Map(
    accounts.flatMap(({ id, address }) => (id !== undefined && address !== undefined ? [[id, address] as const] : [])),
  );
  if (addresses.size === 0) return plan;
  return {
    ...plan,
    changes: plan.changes.map((change) => withAddressesInChange(change, addresses)),
    operations: plan.operations.map((operation) => withAddressInOperation(operation, addresses)),
  };
}

type Addresses = ReadonlyMap<string, string>;

function withAddressesInChange(change: Change, addresses: Addresses): Change {
  const differences = change.differences.map((difference) =>
    difference.attribute === "account" && difference.after !== undefined
      ? { ...difference, after: addresses.get(difference.after) ?? difference.after }
      : difference,
  );
  const account = change.after?.account;
  const after =
    typeof account === "string" ? { ...change.after, account: addresses.get(account) ?? account } : change.after;
  return { ...change, differences, after } as Change;
}

function withAddressInOperation(operation: Operation, addresses: Addresses): Operation {
  if (operation.kind !== "link-account" || !("id" in operation.account)) return operation;
  const createdAs = addresses.get(operation.account.id);
  return createdAs === undefined ? operation : { ...operation, account: { createdAs } };
}
