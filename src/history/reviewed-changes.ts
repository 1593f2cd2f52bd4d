import { valueAt } from "../comparing/differences.ts";
import { isListAddress } from "../model/address.ts";
import type { Attributes, AttributeValue, Change, Difference } from "../model/change.ts";
import type { AccountState } from "../model/company.ts";
import { canonicalJson } from "../model/fingerprint.ts";
import type { ApprovedAccount, Drift, Operation, Plan } from "../model/plan.ts";
import { type Effect, effectsOf } from "./operation-effects.ts";

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
  /** The ids of all contacts of a merge, by the id of each contact. Front may keep any of these ids. */
  readonly #merges: ReadonlyMap<string, readonly string[]>;
  readonly #drift: ReadonlyMap<string, Drift>;
  /** The reviewed deletions of accounts, by the id of the account. */
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
   * Returns labels of everything in a plan that was not reviewed, by address: changes, effects of operations, and
   * values that the plan leaves unchanged because they changed in Front after the review. `changedIds` contains
   * the ids of contacts that Front may have linked to an account because of their reviewed email addresses.
   */
  unreviewed(
    { changes, operations, base }: Plan,
    changedIds: ReadonlySet<string> = new Set(),
  ): ReadonlyMap<string, readonly string[]> {
    const labels = new Map(changes.map((change) => [change.address, new Set(this.#unreviewedChange(change))]));
    for (const drift of base?.drift ?? []) {
      labels.set(drift.address, new Set([...(labels.get(drift.address) ?? []), ...this.#unreviewedDrift(drift)]));
    }
    for (const operation of operations) {
      for (const address of operation.subjects) {
        for (const label of this.#unreviewedEffects(operation, address, changedIds)) labels.get(address)?.add(label);
      }
    }
    return new Map([...labels].flatMap(([address, set]) => (set.size > 0 ? [[address, [...set]] as const] : [])));
  }

  #effectsOf(operation: Operation, address: string): Effect[] {
    return effectsOf(operation, { ignoreBefore: this.#mergedAddresses.has(address) });
  }

  #unreviewedEffects(operation: Operation, address: string, changedIds: ReadonlySet<string>): string[] {
    const reviewed = this.#effects.get(address);
    const labels = this.#effectsOf(operation, address).flatMap(({ label, key }) => (reviewed?.has(key) ? [] : [label]));
    return operation.kind === "delete-account"
      ? [...labels, ...this.#unreviewedContacts(operation.account, changedIds)]
      : labels;
  }

  /** Returns a label if an account to delete has contacts that it did not have at the time of the review. */
  #unreviewedContacts({ id, members = [] }: ApprovedAccount, changedIds: ReadonlySet<string>): string[] {
    const reviewed = this.#deletedAccounts.get(id);
    if (reviewed === undefined) return [];
    const reviewedIds = new Set(reviewed.members);
    const others = members.filter((member) => !reviewedIds.has(member) && !changedIds.has(member));
    return others.length > (reviewed.members === undefined ? reviewed.contacts : 0) ? ["contacts"] : [];
  }

  /** Ignores drift of lists, and of resources that the reviewed plan does not change. */
  #unreviewedDrift({ address, action, differences }: Drift): string[] {
    if (!this.#changes.has(address) || isListAddress(address)) return [];
    const reviewed = this.#drift.get(address);
    if (action === "delete") return ["creation"];
    if (this.#changes.get(address)?.action === "delete") return ["deletion"];
    const reviewedLabels = new Set(reviewed?.differences.map(labelOf));
    return differences.map(labelOf).filter((label) => !reviewedLabels.has(label));
  }

  #unreviewedChange(current: Change): string[] {
    const reviewed = this.#changes.get(current.address);
    if (reviewed?.type !== current.type) return [actionLabel(current), ...current.differences.map(labelOf)];
    if (current.action === "delete") {
      return reviewed.action === "delete" ? this.#unreviewedLosses(current, reviewed) : [actionLabel(current)];
    }
    if (reviewed.action === "delete" || (current.action === "create" && reviewed.action !== "create")) {
      return [actionLabel(current)];
    }
    const isOtherContact = current.id !== undefined && reviewed.id !== undefined && current.id !== reviewed.id;
    const ignoreBefore = this.#mergedAddresses.has(current.address);
    const unreviewed = current.differences.filter((difference) => !isReviewed(difference, reviewed, ignoreBefore));
    return [...(isOtherContact ? ["id"] : []), ...unreviewed.map(labelOf)];
  }

  /**
   * Ignores avatars, because the URL of an unchanged picture may change. Compares members by id, because their names
   * and handles may change.
   */
  #unreviewedLosses(current: Change, reviewed: Change): string[] {
    const members = new Set(reviewed.before?.members?.map(({ id }) => id));
    const isMember = (id: string) => (this.#merges.get(id) ?? [id]).some((mergedId) => members.has(mergedId));
    return current.differences
      .filter(({ attribute }) => attribute !== "avatar")
      .filter((loss) =>
        loss.attribute === "members" ? !isMember(loss.key) : !isSame(loss.before, valueIn(reviewed.before, loss)),
      )
      .map(labelOf);
  }
}

function actionLabel({ action }: Change): string {
  return action === "create" ? "creation" : action === "delete" ? "deletion" : "change";
}

function isReviewed(difference: Difference, reviewed: Change, ignoreBefore: boolean): boolean {
  const { attribute, key, before, after } = difference;
  const reviewedBefore = valueIn(reviewed.before, difference);
  const reviewedAfter = valueIn(reviewed.after, difference);
  if (key !== undefined && attribute !== "custom_fields") {
    if (after !== undefined) return reviewedAfter !== undefined;
    return reviewedAfter === undefined && (ignoreBefore || reviewedBefore !== undefined);
  }
  if (!isSame(reviewedAfter, after)) return false;
  return ignoreBefore || !COMPARED_BEFORE.has(attribute) || isSame(reviewedBefore, before);
}

/**
 * Attributes whose previous value must equal the reviewed value. An interrupted apply of the same plan may have changed
 * the other attributes.
 */
const COMPARED_BEFORE: ReadonlySet<string> = new Set(["name", "description", "custom_fields"]);

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

/** Returns a plan that refers to declared accounts by address instead of id, as if the plan created these accounts. */
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
