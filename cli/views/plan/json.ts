import {
  type Change,
  type Diagnostic,
  type Drift,
  hasBlockingErrors,
  hasExcludedEntries,
  labelsOfLostLists,
  type Plan,
  splitAddress,
  type Total,
  totalsOf,
} from "../../../src/internal.ts";
import { diagnosticsJson, type Sources } from "../diagnostics.ts";
import { PROVIDER } from "../text.ts";

/** The format version of Terraform's plans. Consumers check the major number. */
const FORMAT_VERSION = "1.2";

/** Consumers require `terraform_version`. Plans of this version have `applyable`, `complete` and `errored`. */
const TERRAFORM_VERSION = "1.9.0";

export interface PlanJsonOptions {
  /** The version of front-contacts that created the plan. */
  readonly version: string;
  /** The time at which the plan was created, in epoch milliseconds. */
  readonly createdAt: number;
  /** Diagnostics of the configuration and of the plan. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources?: Sources | undefined;
}

/**
 * Returns a plan in the shape of `terraform show -json`, for tools that read Terraform plans. Data without an
 * equivalent in Terraform is in `front_contacts`. Properties that are undefined are not written.
 */
export function planJson(plan: Plan | undefined, options: PlanJsonOptions): object {
  const { version, createdAt, diagnostics, sources } = options;
  const errored = plan === undefined || hasBlockingErrors(diagnostics);
  const changes = plan?.changes ?? [];
  const lostLists = labelsOfLostLists(changes);
  return {
    format_version: FORMAT_VERSION,
    terraform_version: TERRAFORM_VERSION,
    // `front_contacts` precedes the changes, so that the totals are at the beginning of a long plan.
    front_contacts: { version, ...(plan && frontContactsJson(plan)) },
    resource_drift: plan?.base?.drift.map(resourceDrift),
    resource_changes: changes.map((change) => resourceChange(change, lostLists)),
    timestamp: new Date(createdAt).toISOString(),
    applyable: !errored && plan.operations.length > 0,
    complete: !errored && isComplete(plan),
    errored,
    diagnostics: diagnosticsJson(diagnostics, sources).diagnostics,
  };
}

function isComplete({ targets, coverage, diagnostics }: Plan): boolean {
  return targets === undefined && coverage.contacts !== "changes" && !hasExcludedEntries(diagnostics);
}

/** Terraform's properties for unknown and sensitive values. front-contacts marks no values as unknown or sensitive. */
const NOT_SENSITIVE = { after_unknown: {}, before_sensitive: false, after_sensitive: false };

function resourceJson(address: string): object {
  const { type, name, index } = splitAddress(address);
  return { address, mode: "managed", type, name, index, provider_name: PROVIDER };
}

type LostLists = ReturnType<typeof labelsOfLostLists>;

/**
 * Returns the values after the plan without the lists from which other changes remove the contact. The differences of
 * the contact do not contain these lists, because the changes of the lists do.
 */
function valuesAfter({ type, id = "", after }: Change, lostLists: LostLists): Change["after"] {
  const lost = lostLists.get(id);
  if (type !== "front_contact" || after?.lists === undefined || lost === undefined) return after;
  return { ...after, lists: after.lists.filter((label) => !lost.includes(label)) };
}

function resourceChange(change: Change, lostLists: LostLists): object {
  const { address, action, before, id, location, accountContacts, kept, notes, differences, lostInMerge } = change;
  const after = valuesAfter(change, lostLists);
  return {
    ...resourceJson(address),
    change: { actions: [action], before, after, ...NOT_SENSITIVE },
    front_contacts: {
      id: id ?? null,
      location: location ?? null,
      account_contacts: accountContacts,
      kept: snakeCased(kept),
      notes,
      lost_in_merge: lostInMerge?.map(({ attribute, key = null, before: value }) => ({
        attribute,
        key,
        before: value,
      })),
      origins: originsOf(differences),
      defaults: defaultsOf(differences),
    },
  };
}

function originsOf(differences: Change["differences"]): object[] {
  return differences.flatMap(({ attribute, key, origin, base }) =>
    origin ? [{ attribute, key: key ?? null, origin, base }] : [],
  );
}

function defaultsOf(differences: Change["differences"]): object[] {
  return differences.flatMap(({ attribute, key, defaultLocation: location }) =>
    location === undefined ? [] : [{ attribute, key: key ?? null, location }],
  );
}

/** In the returned JSON, `before` is the state at the base, and `after` is the state in Front. */
function resourceDrift({ address, action, id, location, origin, differences }: Drift): object {
  const values = differences.map(
    ({ attribute, key = null, origin: side = null, before = null, after = null, base = null }) => {
      return { attribute, key, origin: side, front: before, files: after, base };
    },
  );
  return {
    ...resourceJson(address),
    change: {
      actions: [action],
      before: action === "create" ? null : Object.fromEntries(values.map((value) => [pathOf(value), value.base])),
      after: action === "delete" ? null : Object.fromEntries(values.map((value) => [pathOf(value), value.front])),
      ...NOT_SENSITIVE,
    },
    front_contacts: { id: id ?? null, location, origin, values, defaults: defaultsOf(differences) },
  };
}

function pathOf({ attribute, key }: { readonly attribute: string; readonly key: string | null }): string {
  return key === null ? attribute : `${attribute}.${key}`;
}

function frontContactsJson(plan: Plan): object {
  const { company, coverage, declared, targets, undoes, redoes, base, operations, requests } = plan;
  const { requests: plannedReads = 0, ...coverageJson } = coverage;
  const { total, byKind, seconds = null, perMinute = null } = requests;
  return {
    totals: totalsJson(plan),
    company,
    account_names: plan.accountNames,
    coverage: snakeCased(coverageJson),
    declared,
    targets,
    undoes,
    redoes,
    base: base && { revision: base.revision, tree: base.tree, no_longer_managed: base.removedEntries },
    // `planned_reads` is the number of requests that planning took.
    requests: { planned_reads: plannedReads, predicted: { total, by_kind: byKind }, seconds, per_minute: perMinute },
    operations: operations.map(snakeCased),
  };
}

function totalsJson({ changes, requests: { total, seconds }, base }: Plan): object {
  const totals = totalsOf(changes);
  const { created, updated, deleted, merged, removed, changed } = totals;
  const losingChanges = [...totals.losing, ...totals.losingAccounts];
  return {
    created: created.length,
    updated: updated.length,
    deleted: deleted.length,
    merged: merged.length,
    drifted: base?.drift.length,
    requests: total,
    seconds: seconds ?? null,
    changed: changed.map(totalJson),
    removed: removed.map(totalJson),
    overwritten: totals.overwritten.map(totalJson),
    losing: losingChanges.map(({ address }) => address),
    overwriting: totals.overwriting.map(({ address }) => address),
  };
}

function totalJson({ of, attribute, key, effect, values, changes }: Total): object {
  const { before = null, after = null } = values ?? {};
  return { of, attribute, key: key ?? null, effect, ...(values && { before, after }), count: changes.length };
}

/** Returns a value with its property names in snake case. The names never contain user input. */
function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCased(member),
    ]),
  );
}
