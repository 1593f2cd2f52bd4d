import { domainKey } from "../model/account.ts";
import { undeclaredAddress } from "../model/address.ts";
import type {
  Attributes,
  AttributeValue,
  Change,
  Difference,
  Origin,
  SyncedContacts,
  SyncMarks,
  UnmanagedCounts,
} from "../model/change.ts";
import { handleKey } from "../model/contact.ts";
import { digestOf } from "../model/fingerprint.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Operation } from "../model/plan.ts";

/** Resource types whose values in sync are in the cache. */
const REMEMBERED: ReadonlySet<string> = new Set(["front_contact", "front_account"]);

/**
 * Returns the changes with the origin of each difference, if the values of the last sync are known. If the value in
 * Front is still that of the last sync, it changed in the files; if the declared value is that of the last sync, it
 * changed in Front.
 */
export function attributeDifferences(changes: readonly Change[], applied: SyncedContacts): Change[] {
  return changes.map((change) => {
    const marks = change.action === "update" && change.id !== undefined ? applied.get(change.id) : undefined;
    if (marks === undefined) return change;
    return { ...change, differences: change.differences.map((found) => withOrigin(found, marks)) };
  });
}

function withOrigin(found: Difference, marks: SyncMarks): Difference {
  const origin = originOf(found, marks);
  return origin === undefined ? found : { ...found, origin };
}

const MEMBERS: ReadonlySet<string> = new Set(["handles", "links", "lists", "domains"]);

function originOf(found: Difference, marks: SyncMarks): Origin | undefined {
  const { attribute, key, before, after } = found;
  const left = marks.get(pathOf(attribute, key));
  if (MEMBERS.has(attribute)) {
    if (!marks.has(attribute)) return undefined;
    const wasPresent = left !== undefined;
    return wasPresent === (before === undefined) ? "front" : "files";
  }
  if (left === undefined) return isLaterField(found, marks) ? "front" : undefined;
  if (isMarkOf(after, left)) return "front";
  return isMarkOf(before, left) ? "files" : "both";
}

/**
 * Returns whether a custom field to clear, such as one that an exact entry does not declare, was empty at the last
 * sync.
 */
function isLaterField({ attribute, after }: Difference, marks: SyncMarks): boolean {
  return attribute === "custom_fields" && after === undefined && marks.has(attribute);
}

/** Number of hex digits: enough to distinguish values, but few, because the cache has many marks. */
const MARK_LENGTH = 16;

/** Returns a short digest of a value. A missing value counts as empty. */
function markOf(value: AttributeValue | undefined): string {
  return digestOf(value === undefined || value === "" ? null : value).slice(0, MARK_LENGTH);
}

const PRESENT = markOf(true);

/** Returns whether a mark is that of a value. Caches from earlier versions contain whole digests. */
function isMarkOf(value: AttributeValue | undefined, mark: string): boolean {
  return mark.startsWith(markOf(value));
}

function pathOf(attribute: string, key: string | undefined): string {
  return key === undefined ? attribute : `${attribute}/${key}`;
}

/** The result of an operation. */
interface Ended {
  readonly operation: Operation;
  readonly status: string;
  /** The id of a created contact. */
  readonly contactId?: string;
  /** The id of a created account. */
  readonly accountId?: string;
}

/** Returns the marks of the contacts and accounts that an apply brought in sync. */
export function syncMarksOf(changes: readonly Change[], results: readonly Ended[]): ReadonlyMap<string, SyncMarks> {
  const undone = new Set(results.flatMap(({ status, operation }) => (status === "applied" ? [] : operation.subjects)));
  const created = new Map(
    results.flatMap(({ status, operation, contactId, accountId }) =>
      status === "applied" && ["create-contact", "create-account"].includes(operation.kind)
        ? [[operation.subjects[0] ?? "", contactId ?? accountId ?? ""] as const]
        : [],
    ),
  );
  const brought = changes.filter(({ type, action, address }) => {
    return REMEMBERED.has(type) && action !== "delete" && !undone.has(address);
  });
  return new Map(
    brought.flatMap(({ id: known, address, after, kept }) => {
      const id = known ?? created.get(address);
      if (id === undefined || after === null) return [];
      // A plan names an account that it creates by its address.
      const { account } = after;
      const ids = account && created.has(account) ? { account: created.get(account) } : {};
      return [[id, marksOf(omitUndefined({ ...after, ...ids }), kept)] as const];
    }),
  );
}

/**
 * Yields the marks of the contacts and accounts that a plan compared: new ones for attributes that are in sync, and the
 * known ones for the others. A collection is in sync as a whole or not at all.
 */
export function* marksInSync(
  changes: Iterable<Change>,
  operations: readonly Operation[],
  known: SyncedContacts,
): Iterable<readonly [id: string, marks: SyncMarks]> {
  const merged = new Set(operations.flatMap((each) => (each.kind === "merge-contacts" ? each.subjects : [])));
  for (const { type, action, address, id, after, ...change } of changes) {
    if (!REMEMBERED.has(type) || action !== "update" || merged.has(address)) continue;
    if (address === undeclaredAddress(id) || !known.hasRoomFor(id)) continue;
    const marks = marksOf(after, change.kept);
    // Fast path: most contacts match the files.
    const isWhole = change.differences.length === 0 && !hasUnseenAccount(marks, known, id);
    yield [id, isWhole ? marks : marksAfterPlan(marks, change.differences, known.get(id))];
  }
}

/** Returns whether only an earlier plan saw the account of a contact. A token may not read accounts. */
function hasUnseenAccount(marks: SyncMarks, known: SyncedContacts, id: string): boolean {
  return !marks.has("account") && known.hasMark(id, "account");
}

function marksAfterPlan(marks: SyncMarks, differences: readonly Difference[], known: SyncMarks = new Map()): SyncMarks {
  const differing = new Set(
    differences.flatMap((each) => {
      const part = partOf(pathOf(each.attribute, each.key));
      return each.attribute === "custom_fields" && each.after === undefined ? [part, each.attribute] : [part];
    }),
  );
  const now = [...marks];
  const managed = new Set(now.map(([path]) => partOf(path)));
  return new Map([
    ...now.filter(([path]) => !differing.has(partOf(path))),
    ...[...known].filter(([path]) => differing.has(partOf(path)) || (path === "account" && !managed.has(path))),
  ]);
}

/** Returns the unit that is in sync as a whole or not at all: a collection, or a single custom field. */
function partOf(path: string): string {
  const [attribute = ""] = path.split("/", 1);
  return MEMBERS.has(attribute) ? attribute : path;
}

/** Returns the marks of all attributes. A mark of `custom_fields` itself says that no other field has a value. */
function marksOf(attributes: Attributes, { customFields: others }: UnmanagedCounts): SyncMarks {
  const { handles, links, lists, domains, custom_fields = {}, members: _, ...scalars } = attributes;
  const marks = new Map<string, string>();
  for (const [attribute, value] of Object.entries(scalars)) marks.set(attribute, markOf(value));
  addMembers(marks, "handles", handles?.map(handleKey));
  addMembers(
    marks,
    "links",
    links?.map((link) => link.trim()),
  );
  addMembers(marks, "lists", lists);
  addMembers(marks, "domains", domains?.map(domainKey));
  if (others === 0) marks.set("custom_fields", PRESENT);
  for (const [name, value] of Object.entries(custom_fields)) marks.set(pathOf("custom_fields", name), markOf(value));
  return marks;
}

/**
 * Adds the marks of a collection's members and of the collection itself, to distinguish an empty one from an unmanaged
 * one.
 */
function addMembers(marks: Map<string, string>, collection: string, keys: readonly string[] | undefined): void {
  if (keys === undefined) return;
  marks.set(collection, PRESENT);
  for (const key of keys) marks.set(pathOf(collection, key), PRESENT);
}
