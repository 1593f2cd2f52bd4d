import { type ContactRecord, differenceOf, type Effect } from "./company.ts";
import { describeRequest, timeOfRead, writesOf } from "./edits-since-plan.ts";
import { entriesOf } from "./entry-matching.ts";
import type { SentRequest } from "./network.ts";
import type { Simulation } from "./simulation.ts";
import { matchesEntry, unpermittedAccountChanges } from "./unpermitted-account-changes.ts";
import { describeChange, type UnpermittedChange } from "./unpermitted-change.ts";
import { unpermittedChanges } from "./unpermitted-changes.ts";

/**
 * Checks that requests change only data that the configuration manages, except in race conditions that no client can
 * avoid.
 */
export function unmanagedDataStays(simulation: Simulation): string[] {
  return writesOf(simulation).flatMap((request) => {
    const { desired } = request.process;
    return request.effects.flatMap((effect) =>
      [
        ...unpermittedChanges(effect, desired, request.path === "/contacts/merge"),
        ...unpermittedAccountChanges(effect, desired),
      ]
        .filter(
          (change) => !EXCEPTIONS.some((isException) => isException(change, { request, at: effect.at }, simulation)),
        )
        .map((change) => `${describeRequest(request)} ${describeChange(change)}`),
    );
  });
}

/** The request that made a change, and the time of the change in milliseconds since the start. */
interface Cause {
  readonly request: SentRequest;
  readonly at: number;
}

type Exception = (change: UnpermittedChange, cause: Cause, simulation: Simulation) => boolean;

/**
 * Returns whether a change overwrote an edit that was made between the read and the write. A write replaces the whole
 * collection of custom fields, links or domains.
 */
const overwritesConcurrentEdit: Exception = (change, { request, at }, { network, edits }) => {
  if (change.action !== "change" || !/^(field|link|domain) /.test(change.path)) return false;
  const { id } = change;
  const path = `/${id.startsWith("acc_") ? "accounts" : "contacts"}/${id}`;
  const readAt = timeOfRead(request, path, network.log);
  const otherEffects = network.log.filter((other) => other !== request).flatMap(({ effects }) => effects);
  return [...edits, ...otherEffects]
    .filter(isBetween(readAt, at))
    .some(({ changed, accountsChanged }) => [...changed, ...accountsChanged].some(({ after }) => after.id === id));
};

/** Returns whether someone merged another contact into the contact after the run read the members of the list. */
const isMergedConcurrently: Exception = (change, { request, at }, { network, edits }) => {
  if (change.action !== "change" || !change.path.startsWith("list ") || request.method !== "DELETE") return false;
  const readAt = lastRead(request, network.log, (path) => path.endsWith("/contacts"))?.asOf;
  const merges = edits.filter(isBetween(readAt, at)).filter(({ kind }) => kind === "merges contacts");
  return merges.some(({ changed }) => changed.some(({ after }) => after.id === change.id));
};

/** Returns whether a contact lost the handles that match it to one of its entries after the run last read contacts. */
const isUnmatchedConcurrently: Exception = (change, { request, at }, { network, edits }) => {
  if (change.action !== "change" || !change.id.startsWith("crd_")) return false;
  const { id } = change;
  const readAt = lastRead(request, network.log, (path) => path.startsWith("/contacts"))?.asOf;
  const otherRequests = network.log.filter(({ process }) => process !== request.process);
  const entries = ({ handles }: ContactRecord) => new Set(entriesOf(id, handles, request.process.desired));
  return [...edits, ...otherRequests.flatMap(({ effects }) => effects)]
    .filter(isBetween(readAt, at))
    .flatMap(({ changed }) => changed)
    .some(({ before, after }) => after.id === id && differenceOf(entries(before), entries(after)).length > 0);
};

/** Returns whether someone added a handle of another entry to a contact on the list during the run. */
const isMatchedConcurrently: Exception = (change, { request, at }, { runs, edits }) => {
  if (change.action !== "change" || !change.path.startsWith("list ")) return false;
  const startedAt = runs.find(({ process }) => process === request.process)?.startedAt;
  const entryCount = ({ id, handles }: ContactRecord) => entriesOf(id, handles, request.process.desired).length;
  return edits
    .filter(isBetween(startedAt, at))
    .flatMap(({ changed }) => changed)
    .some(({ before, after }) => after.id === change.id && entryCount(before) < entryCount(after));
};

/**
 * Returns whether the list was deleted after the last time that the run read the lists before its first attempt to send
 * the request. A retry does not read them again (docs/guarantees.md). Front creates a deleted list again for a new
 * contact that refers to it. Also, someone may delete one of two lists with the same name while a run deletes the
 * other.
 */
const isListDeletedConcurrently: Exception = (change, { request }, { network, edits }) => {
  const name = changedList(change, request);
  if (name === undefined) return false;
  const readAt = lastRead(firstAttempt(request, network.log), network.log, isListOfLists)?.asOf;
  const otherEffects = network.log.filter((other) => other !== request).flatMap(({ effects }) => effects);
  const effects = [...edits, ...otherEffects].filter(isBetween(readAt));
  return effects.some(({ listsDeleted }) => listsDeleted.includes(name));
};

/** Returns the name of the list if a concurrent deletion of the list can cause the change. */
function changedList(change: UnpermittedChange, { process }: SentRequest): string | undefined {
  if (change.action === "change") return process.command === "undo" ? change.list : undefined;
  return change.resource === "list" && change.action !== "duplicate" ? change.name : undefined;
}

/** Returns whether someone created the list after the run looked up its name. Front accepts duplicate names. */
const isListCreatedConcurrently: Exception = (change, { request }, simulation) => {
  if (change.action !== "duplicate" || change.resource !== "list") return false;
  const isRead = (path: string) => path === request.path || path === "/contact_lists";
  return happenedSinceRead(request, simulation, isRead, ({ listsCreated }) => listsCreated.includes(change.name));
};

/**
 * Returns whether someone created or changed a matching account after the run read the accounts. Front accepts
 * duplicate domains and external IDs.
 */
const isAccountCreatedConcurrently: Exception = (change, { request }, simulation) => {
  if (change.action !== "duplicate" || change.resource !== "account") return false;
  const entry = request.process.desired.accounts?.find(({ key }) => key === change.name);
  return happenedSinceRead(request, simulation, isListOfAccounts, ({ accountsCreated, accountsChanged }) =>
    [...accountsCreated, ...accountsChanged.map(({ after }) => after)].some(
      (record) => entry !== undefined && matchesEntry(entry, record),
    ),
  );
};

/**
 * Returns whether a run deleted a duplicate account that it had created, and someone deleted the other account at the
 * same time.
 */
const isDuplicateCreatedByRun: Exception = (change, { request }, simulation) => {
  if (change.action !== "delete" || change.resource !== "account") return false;
  const { accounts = [] } = request.process.desired;
  const deletedIds = request.effects.flatMap(({ accountsDeleted }) => accountsDeleted.map(({ id }) => id));
  const createdIds = simulation.network.log
    .filter(({ process }) => process === request.process)
    .flatMap(({ effects }) => effects.flatMap(({ accountsCreated }) => accountsCreated.map(({ id }) => id)));
  return (
    createdIds.some((id) => deletedIds.includes(id)) &&
    happenedSinceRead(request, simulation, isListOfAccounts, ({ accountsDeleted }) =>
      accountsDeleted.some((record) => accounts.some((entry) => matchesEntry(entry, record))),
    )
  );
};

const EXCEPTIONS: readonly Exception[] = [
  overwritesConcurrentEdit,
  isMergedConcurrently,
  isUnmatchedConcurrently,
  isMatchedConcurrently,
  isListDeletedConcurrently,
  isListCreatedConcurrently,
  isAccountCreatedConcurrently,
  isDuplicateCreatedByRun,
];

/**
 * Returns whether an effect occurred after the last read of a matching path. Returns false if the run did not read the
 * path again after an earlier attempt of this request.
 */
function happenedSinceRead(
  request: SentRequest,
  { network, edits }: Simulation,
  isPath: (path: string) => boolean,
  happenedIn: (effect: Effect) => boolean,
): boolean {
  const earlierAttempt = network.log.findLast(
    ({ process, body, path, sentAt, status }) =>
      process === request.process &&
      body === request.body &&
      path === request.path &&
      sentAt < request.sentAt &&
      status !== 429,
  );
  const read = lastRead(request, network.log, isPath);
  const readAt = read?.asOf;
  if (readAt === undefined) return false;
  if (earlierAttempt !== undefined && (read?.sentAt ?? 0) < earlierAttempt.sentAt) return false;
  const otherEffects = network.log.filter((other) => other !== request).flatMap(({ effects }) => effects);
  const earlierEffects = request.effects.slice(0, -1);
  return [...edits, ...otherEffects, ...earlierEffects].some((effect) => happenedIn(effect) && effect.at >= readAt);
}

/**
 * Returns a function that returns whether an effect occurred between two times. Without `start`, it always returns false.
 */
function isBetween(start = Number.POSITIVE_INFINITY, end = Number.POSITIVE_INFINITY) {
  return ({ at }: Pick<Effect, "at">): boolean => at >= start && at <= end;
}

/** Returns the last GET request for a matching path whose response the run had received when it sent `request`. */
function lastRead(
  request: SentRequest,
  log: readonly SentRequest[],
  isPath: (path: string) => boolean,
): SentRequest | undefined {
  return log.findLast(
    ({ process, method, path, respondedAt = Number.POSITIVE_INFINITY }) =>
      process === request.process && method === "GET" && isPath(path) && respondedAt <= request.sentAt,
  );
}

/** Returns the first request of the run with the same method, path and body, which was repeated as `request`. */
function firstAttempt(request: SentRequest, log: readonly SentRequest[]): SentRequest {
  const isSame = ({ process, method, path, body }: SentRequest) =>
    process === request.process && method === request.method && path === request.path && body === request.body;
  return log.find(isSame) ?? request;
}

/** Returns whether a path is the path of all lists, or of the lists of a workspace. */
function isListOfLists(path: string): boolean {
  return path.endsWith("/contact_lists");
}

function isListOfAccounts(path: string): boolean {
  return path === "/accounts";
}
