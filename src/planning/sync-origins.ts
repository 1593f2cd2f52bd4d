import { avatarValue } from "../comparing/compare.ts";
import { domainKey } from "../model/account.ts";
import { undeclaredAddress } from "../model/address.ts";
import type {
  Attributes,
  AttributeValue,
  Change,
  Difference,
  Origin,
  SyncedContacts,
  SyncedHash,
  SyncedHashes,
  UnmanagedCounts,
} from "../model/change.ts";
import { handleKey } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { digestOf } from "../model/fingerprint.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Drift, Operation, Plan } from "../model/plan.ts";

/** Resource types whose hashes are in the cache. */
const CACHED_TYPES: ReadonlySet<string> = new Set(["front_contact", "front_account"]);

/**
 * Adds the origin to each difference for which the hash of the value at the last sync is known. A value changed in the
 * configuration if Front still has the value of the last sync, in Front if the configuration still has that value, and
 * in both otherwise. `fileHashAt` returns the SHA-256 of the file that the picture at a URL comes from, if known.
 */
export function addSyncOrigins(
  changes: readonly Change[],
  synced: SyncedContacts,
  fileHashAt: (url: string) => string | undefined,
): Change[] {
  return changes.map((change) => {
    const hashes = change.action === "update" && change.id !== undefined ? synced.get(change.id) : undefined;
    if (hashes === undefined) return change;
    return {
      ...change,
      differences: change.differences.map((difference) => {
        const origin = originOf(withFileOfAvatar(difference, fileHashAt), hashes);
        return origin === undefined ? difference : { ...difference, origin };
      }),
    };
  });
}

/** Replaces the URL of an avatar with the file that it comes from, because the hash of the last sync is of the file. */
function withFileOfAvatar(difference: Difference, fileHashAt: (url: string) => string | undefined): Difference {
  const { attribute, before } = difference;
  const sha256 = attribute === "avatar" && before ? fileHashAt(before) : undefined;
  return attribute === "avatar" && sha256 !== undefined ? { ...difference, before: avatarValue(sha256) } : difference;
}

/** Collections whose members have no value other than their key. */
const SET_ATTRIBUTES: ReadonlySet<string> = new Set(["handles", "links", "lists", "domains"]);

function originOf(difference: Difference, hashes: SyncedHashes): Origin | undefined {
  const { attribute, key, before, after } = difference;
  const syncedHash = hashes.get(pathOf(attribute, key));
  if (SET_ATTRIBUTES.has(attribute)) {
    if (!hashes.has(attribute)) return undefined;
    const wasPresent = syncedHash !== undefined;
    return wasPresent === (before === undefined) ? "front" : "files";
  }
  if (syncedHash === undefined) return wasEmptyField(difference, hashes) ? "front" : undefined;
  if (syncedHash === hashOf(after)) return "front";
  return syncedHash === hashOf(before) ? "files" : "both";
}

/** Returns whether a custom field to clear was empty at the last sync. An exact entry clears fields that it omits. */
function wasEmptyField({ attribute, after }: Difference, hashes: SyncedHashes): boolean {
  return attribute === "custom_fields" && after === undefined && hashes.has(attribute);
}

/** Number of hexadecimal digits. The cache contains many hashes, so a longer hash would increase its size. */
const HASH_LENGTH = 16;

/** A missing value has the same hash as an empty value. */
function hashOf(value: AttributeValue | undefined): string {
  return digestOf(value === undefined || value === "" ? null : value).slice(0, HASH_LENGTH);
}

/** The hash of `true`, which marks a collection or one of its values as present. */
const PRESENCE = "b5bea41b6c623f7c";

function pathOf(attribute: string, key: string | undefined): string {
  return key === undefined ? attribute : `${attribute}/${key}`;
}

/**
 * Returns the hashes to cache after an apply, by the IDs of the contacts and accounts. Values that changed in Front
 * since the base are not in sync, so they keep the hashes of the last sync. `changes` were applied. `createdIds`
 * contains IDs by address.
 */
export function hashesAfterApply(
  { changes, base }: Pick<Plan, "changes" | "base">,
  createdIds: ReadonlyMap<string, string>,
  syncedContacts: SyncedContacts,
): ReadonlyMap<string, readonly SyncedHash[]> {
  const synced = changes.filter(({ type, action }) => CACHED_TYPES.has(type) && action !== "delete");
  const driftByAddress = indexDrift(base?.drift);
  return new Map(
    synced.flatMap(({ id: existingId, address, after, kept }) => {
      const id = existingId ?? createdIds.get(address);
      if (id === undefined || after === null) return [];
      // If the plan creates the account, `account` is its address instead of its ID.
      const { account } = after;
      const createdAccount = account && createdIds.has(account) ? { account: createdIds.get(account) } : {};
      const hashes = hashesOf(omitUndefined({ ...after, ...createdAccount }), kept);
      const drift = driftByAddress.get(address);
      return [[id, drift === undefined ? hashes : hashesWithout(drift, hashes, syncedContacts.get(id))] as const];
    }),
  );
}

/** Yields each change with the drift of its resource, because drifted values are not in sync either. */
export function* addDrift(changes: Iterable<Change>, drift: readonly Drift[] | undefined): Iterable<Change> {
  const driftByAddress = indexDrift(drift);
  for (const change of changes) {
    const differences = driftByAddress.get(change.address);
    yield differences === undefined ? change : { ...change, differences: [...change.differences, ...differences] };
  }
}

function indexDrift(drift: readonly Drift[] = []): ReadonlyMap<string, readonly Difference[]> {
  return new Map(drift.map(({ address, differences }) => [address, differences]));
}

/**
 * Yields the hashes to cache after a plan. Values that are in sync get new hashes; other values keep the hashes of the
 * last sync.
 */
export function* hashesInSync(
  changes: Iterable<Change>,
  operations: readonly Operation[],
  synced: SyncedContacts,
): Iterable<readonly [id: string, hashes: readonly SyncedHash[]]> {
  const mergedAddresses = new Set(
    operations.flatMap((operation) => (operation.kind === "merge-contacts" ? operation.subjects : [])),
  );
  for (const { type, action, address, id, after, ...change } of changes) {
    if (!CACHED_TYPES.has(type) || action !== "update" || mergedAddresses.has(address)) continue;
    if (address === undeclaredAddress(id) || !synced.hasRoomFor(id)) continue;
    const hashes = hashesOf(after, change.kept);
    // Fast path: most contacts match the configuration.
    const isInSync = change.differences.length === 0 && !lacksAccount(after, synced, id);
    yield [id, isInSync ? hashes : hashesAfterPlan(hashes, change.differences, synced.get(id))];
  }
}

/** If the token cannot read accounts, this plan has no hash of the account, so the hash of an earlier plan is kept. */
function lacksAccount({ account }: Attributes, synced: SyncedContacts, id: string): boolean {
  return account === undefined && synced.hasHash(id, "account");
}

function hashesAfterPlan(
  hashes: readonly SyncedHash[],
  differences: readonly Difference[],
  synced: SyncedHashes = new Map(),
): readonly SyncedHash[] {
  const account = synced.get("account");
  const missing: SyncedHash[] =
    account === undefined || hashes.some(([path]) => path === "account") ? [] : [["account", account]];
  return [...hashesWithout(differences, hashes, synced), ...missing];
}

/**
 * Replaces the hashes of differing values with the hashes of the last sync. Omits a collection with a difference if its
 * values at the last sync are unknown.
 */
function hashesWithout(
  differences: readonly Difference[],
  hashes: readonly SyncedHash[],
  synced: SyncedHashes = new Map(),
): readonly SyncedHash[] {
  const differing = new Set(differences.map(({ attribute, key }) => pathOf(attribute, key)));
  const unknown = new Set<string>();
  for (const { attribute, after } of differences) {
    if (SET_ATTRIBUTES.has(attribute) && !synced.has(attribute)) unknown.add(attribute);
    if (attribute === "custom_fields" && after === undefined) differing.add(attribute);
  }
  return [
    ...hashes.filter(([path]) => !differing.has(path) && !unknown.has(collectionOf(path))),
    ...[...synced].filter(([path]) => differing.has(path)),
  ];
}

function collectionOf(path: string): string {
  return path.split("/", 1)[0] ?? path;
}

/** The attributes that `hashesOf` does not hash as a whole. */
const COLLECTIONS: ReadonlySet<string> = new Set([...SET_ATTRIBUTES, "custom_fields", "members"]);

/**
 * Returns the hashes of the managed values. A hash of `custom_fields` itself means that all custom fields with a value
 * have a hash.
 */
function hashesOf(attributes: Attributes, { customFields: unmanagedFields }: UnmanagedCounts): SyncedHash[] {
  const { handles, links, lists, domains, custom_fields = {} } = attributes;
  const hashes: SyncedHash[] = [];
  for (const attribute of Object.keys(attributes) as (keyof Attributes)[]) {
    if (!COLLECTIONS.has(attribute)) hashes.push([attribute, hashOf(attributes[attribute] as AttributeValue)]);
  }
  addCollectionHashes(hashes, "handles", handles?.map(handleKey));
  addCollectionHashes(hashes, "links", links?.map(normalText));
  addCollectionHashes(hashes, "lists", lists);
  addCollectionHashes(hashes, "domains", domains?.map(domainKey));
  if (unmanagedFields === 0) hashes.push(["custom_fields", PRESENCE]);
  for (const name of Object.keys(custom_fields))
    hashes.push([pathOf("custom_fields", name), hashOf(custom_fields[name])]);
  return hashes;
}

/** The collection itself also has a hash, because an empty collection is managed as well. */
function addCollectionHashes(hashes: SyncedHash[], collection: string, keys: readonly string[] | undefined): void {
  if (keys === undefined) return;
  hashes.push([collection, PRESENCE]);
  for (const key of keys) hashes.push([pathOf(collection, key), PRESENCE]);
}
