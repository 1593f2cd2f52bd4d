import { domainKey } from "../model/account.ts";
import { isListAddress } from "../model/address.ts";
import type { Attributes, AttributeValue, Change, Difference } from "../model/change.ts";
import type { AccountState } from "../model/company.ts";
import { handleKey } from "../model/contact.ts";
import { canonicalJson } from "../model/fingerprint.ts";
import type { ApprovedContact, Drift, Operation, Plan } from "../model/plan.ts";
import { valueAt } from "../planning/differences.ts";

/** The changes of a plan that people reviewed, and the effects of its operations. */
export class Review {
  readonly #changes: ReadonlyMap<string, Change>;
  readonly #effects = new Map<string, Set<string>>();
  /**
   * Addresses that others are merged into. A plan cannot predict which values Front keeps, so earlier values are not
   * compared.
   */
  readonly #merged: ReadonlySet<string>;

  /**
   * The ids of the contacts of each merge, by the id of each of them, because any of them may be the one that remains.
   */
  readonly #merges: ReadonlyMap<string, readonly string[]>;

  /** The differences that were shown as changed in Front, by address. */
  readonly #drift: ReadonlyMap<string, Drift>;

  constructor({ changes, operations, base }: Plan) {
    this.#drift = new Map(base?.drift.map((each) => [each.address, each]));
    this.#merges = new Map(
      operations.flatMap((operation) => {
        if (operation.kind !== "merge-contacts") return [];
        const ids = [operation.target, ...operation.others].map(({ id }) => id);
        return ids.map((id) => [id, ids] as const);
      }),
    );
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

  /**
   * Returns labels, by address, of everything that a plan computed now would do without a review, and of everything
   * that it would leave unchanged because it changed in Front since the review. Omits addresses whose changes were all
   * reviewed.
   */
  unreviewed({ changes, operations, base }: Plan): ReadonlyMap<string, readonly string[]> {
    const labels = new Map(changes.map((change) => [change.address, new Set(this.#unreviewedChange(change))]));
    for (const drift of base?.drift ?? []) {
      labels.set(drift.address, new Set([...(labels.get(drift.address) ?? []), ...this.#newDrift(drift)]));
    }
    for (const operation of operations) {
      for (const address of operation.subjects) {
        for (const label of this.#unreviewedEffects(operation, address)) labels.get(address)?.add(label);
      }
    }
    return new Map([...labels].filter(([, found]) => found.size > 0).map(([address, found]) => [address, [...found]]));
  }

  #effectsOf(operation: Operation, address: string): Effect[] {
    return effectsOf(operation, { ignoreBefore: this.#merged.has(address) });
  }

  #unreviewedEffects(operation: Operation, address: string): string[] {
    const reviewed = this.#effects.get(address);
    return this.#effectsOf(operation, address).flatMap(({ label, key }) => (reviewed?.has(key) ? [] : [label]));
  }

  /** Returns the drift that was not reviewed. Drift of contacts that the plan does not change is ignored. */
  #newDrift({ address, action, differences }: Drift): string[] {
    if (!this.#changes.has(address) || isListAddress(address)) return [];
    const reviewed = this.#drift.get(address);
    if (action === "delete") return ["creation"];
    if (this.#changes.get(address)?.action === "delete") return ["deletion"];
    const known = new Set(reviewed?.differences.map(labelOf));
    return differences.map(labelOf).filter((label) => !known.has(label));
  }

  #unreviewedChange(now: Change): string[] {
    const reviewed = this.#changes.get(now.address);
    if (reviewed === undefined || reviewed.type !== now.type) return [wholeOf(now), ...now.differences.map(labelOf)];
    if (now.action === "delete") {
      return reviewed.action === "delete" ? this.#unreviewedLosses(now, reviewed) : [wholeOf(now)];
    }
    if (reviewed.action === "delete" || (now.action === "create" && reviewed.action !== "create")) {
      return [wholeOf(now)];
    }
    const isAnother = now.id !== undefined && reviewed.id !== undefined && now.id !== reviewed.id;
    const merged = this.#merged.has(now.address);
    const unreviewed = now.differences.filter((difference) => !isReviewed(difference, reviewed, merged));
    return [...(isAnother ? ["id"] : []), ...unreviewed.map(labelOf)];
  }

  /**
   * Returns the losses that were not reviewed. The URL of a picture may change although the picture does not, and a
   * contact on a list may be edited.
   */
  #unreviewedLosses(now: Change, reviewed: Change): string[] {
    const members = new Set(reviewed.before?.members?.map(({ id }) => id));
    const isMember = (id: string) => (this.#merges.get(id) ?? [id]).some((each) => members.has(each));
    return now.differences
      .filter(({ attribute }) => attribute !== "avatar")
      .filter((lost) =>
        lost.attribute === "members"
          ? !isMember(lost.key)
          : !isSame(lost.before, valueIfPresent(reviewed.before, lost)),
      )
      .map(labelOf);
  }
}

function wholeOf({ action }: Change): string {
  return action === "create" ? "creation" : action === "delete" ? "deletion" : "change";
}

function isReviewed(difference: Difference, reviewed: Change, merged: boolean): boolean {
  const { attribute, key, before, after } = difference;
  const [was, becomes] = [valueIfPresent(reviewed.before, difference), valueIfPresent(reviewed.after, difference)];
  if (key !== undefined && attribute !== "custom_fields") {
    if (after !== undefined) return becomes !== undefined;
    return becomes === undefined && (merged || was !== undefined);
  }
  return isSame(becomes, after) && (merged || !COMPARED_BEFORE.has(attribute) || isSame(was, before));
}

/** An earlier, interrupted apply of the same plan may have changed the previous values of all other attributes. */
const COMPARED_BEFORE: ReadonlySet<string> = new Set(["name", "description", "custom_fields"]);

function valueIfPresent(side: Attributes | null, difference: Difference): AttributeValue | undefined {
  return side === null ? undefined : valueAt(side, difference);
}

/** Returns whether two values are the same. Front does not distinguish an empty value from a missing one. */
function isSame(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  const isEmpty = (value: AttributeValue | undefined) => value === undefined || value === null || value === "";
  return isEmpty(a) && isEmpty(b) ? true : canonicalJson(a) === canonicalJson(b);
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

/** A single effect of an operation. */
export interface Effect {
  /** A readable name, such as `name`, `list VIP`, `phone +44 1`. */
  readonly label: string;
  /** Equal for equal effects of different operations. */
  readonly key: string;
}

/**
 * Returns the effects of an operation. Approving a plan approves these and no others. `ignoreBefore` omits the previous
 * values.
 */
export function effectsOf(operation: Operation, { ignoreBefore = false } = {}): Effect[] {
  const effect = (label: string, value: unknown): Effect => ({ label, key: canonicalJson([label, value]) });
  switch (operation.kind) {
    case "create-list":
      return [effect(`list ${operation.name}`, ["create", operation.team ?? null])];
    case "delete-list":
      return [effect(`list ${operation.list.name}`, ["delete", operation.list.id])];
    case "create-contact": {
      const { handles, name, description, links, lists, customFields } = operation;
      return [effect("creation", { handles, name, description, links, lists, customFields })];
    }
    case "update-contact":
      return updateEffects(operation, ignoreBefore).map(([label, value]) => effect(label, value));
    case "add-handle":
    case "remove-handle":
      return [
        effect(`${operation.handle.source} ${operation.handle.handle}`, [operation.kind, handleKey(operation.handle)]),
      ];
    case "upload-avatar":
      return [effect("avatar", operation.picture.sha256)];
    case "merge-contacts":
      return [
        effect("merge", [withSortedHandles(operation.target), operation.others.map(withSortedHandles).sort(byId)]),
      ];
    case "delete-contact":
      return [effect("deletion", withSortedHandles(operation.contact))];
    case "add-to-list":
    case "remove-from-list":
      return [effect(`list ${operation.list.name}`, operation.kind)];
    case "create-account": {
      const { name, description, domains, externalId, customFields } = operation;
      return [effect("creation", { name, description, domains, externalId, customFields })];
    }
    case "update-account":
      return accountEffects(operation).map(([label, value]) => effect(label, value));
    case "delete-account":
      return [effect("deletion", [operation.account.id, operation.account.belongings])];
    case "link-account":
    case "unlink-account":
      return [effect("account", [operation.kind, operation.account])];
  }
}

function accountEffects({
  before,
  name,
  description,
  addDomains = [],
  removeDomains = [],
  customFields = [],
}: Extract<Operation, { kind: "update-account" }>): (readonly [label: string, value: unknown])[] {
  return [
    ...(name === undefined ? [] : [["name", [before.name, name]] as const]),
    ...(description === undefined ? [] : [["description", [before.description, description]] as const]),
    ...addDomains.map((domain) => [`domain ${domain}`, ["add", domainKey(domain)]] as const),
    ...removeDomains.map((domain) => [`domain ${domain}`, ["remove", domainKey(domain)]] as const),
    ...customFields.map((field) => [field.name, field] as const),
  ];
}

function updateEffects(
  operation: Extract<Operation, { kind: "update-contact" }>,
  ignoreBefore: boolean,
): (readonly [label: string, value: unknown])[] {
  const { name, description, addLinks = [], removeLinks = [] } = operation;
  const before = ignoreBefore ? {} : operation.before;
  const customFields = (operation.customFields ?? []).map(({ before: was, ...field }) =>
    ignoreBefore || was === undefined ? field : { ...field, before: was },
  );
  return [
    ...(name === undefined ? [] : [["name", [before.name, name]] as const]),
    ...(description === undefined ? [] : [["description", [before.description, description]] as const]),
    ...addLinks.map((link) => ["links", ["add", link]] as const),
    ...removeLinks.map((link) => ["links", ["remove", link]] as const),
    ...customFields.map((field) => [field.name, field] as const),
  ];
}

/** Returns a contact with its handles sorted, because Front may list them in another order. */
function withSortedHandles({ id, handles, belongings }: ApprovedContact) {
  return { id, handles: handles.map(handleKey).sort(), belongings };
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

/**
 * Returns a plan that refers to declared accounts by address instead of id. A plan refers to an account that it creates
 * by address, but a plan made after the creation refers to it by id.
 */
export function withAccountAddresses(plan: Plan, accounts: readonly AccountState[]): Plan {
  const addresses = new Map(
    accounts.flatMap(({ id, address }) => (id !== undefined && address !== undefined ? [[id, address] as const] : [])),
  );
  if (addresses.size === 0) return plan;
  return {
    ...plan,
    changes: plan.changes.map((change) => renamedChange(change, addresses)),
    operations: plan.operations.map((operation) => renamedOperation(operation, addresses)),
  };
}

type Addresses = ReadonlyMap<string, string>;

function renamedChange(change: Change, addresses: Addresses): Change {
  const differences = change.differences.map((difference) =>
    difference.attribute === "account" && difference.after !== undefined
      ? { ...difference, after: addresses.get(difference.after) ?? difference.after }
      : difference,
  );
  const after = change.after && renamedAttributes(change.after, addresses);
  return { ...change, differences, after } as Change;
}

function renamedAttributes(attributes: Attributes, addresses: Addresses): Attributes {
  const { account } = attributes;
  return typeof account === "string" ? { ...attributes, account: addresses.get(account) ?? account } : attributes;
}

function renamedOperation(operation: Operation, addresses: Addresses): Operation {
  if (operation.kind !== "link-account" || !("id" in operation.account)) return operation;
  const createdAs = addresses.get(operation.account.id);
  return createdAs === undefined ? operation : { ...operation, account: { createdAs } };
}
