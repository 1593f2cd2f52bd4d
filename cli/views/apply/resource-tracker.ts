import type { Action, Change, Clock, Operation, OperationResult, Plan } from "../../../src/internal.ts";

/** A resource that is being applied. It starts with its first operation and ends with its last operation. */
export interface ResourceState {
  readonly change: Change;
  /** The ID in Front; undefined before the resource is created. */
  readonly id: string | undefined;
  readonly outcome: Outcome;
  readonly elapsedSeconds: number;
}

/**
 * `incomplete`: only some operations were applied; the others were skipped or, after a creation, failed or have an
 * unknown outcome. `skipped`: no operation was sent. `unknown`: a request was sent, but its outcome is unknown.
 */
type Outcome = "complete" | "incomplete" | "skipped" | "unknown" | "failed";

interface TrackedResource {
  readonly change: Change;
  operationsLeft: number;
  /** The statuses of the operations that ended. An operation that omitted this resource counts as failed. */
  readonly statuses: Set<OperationResult["status"]>;
  /** Monotonic milliseconds; undefined before the first operation starts. */
  startedAt: number | undefined;
  id: string | undefined;
}

export interface ResourceListener {
  started(resource: ResourceState): void;
  ended(resource: ResourceState): void;
}

export const ACTION_LABELS: Readonly<Record<Action, { readonly doing: string; readonly done: string }>> = {
  create: { doing: "creating", done: "created" },
  update: { doing: "modifying", done: "modified" },
  delete: { doing: "destroying", done: "destroyed" },
};

export function trackResources(
  { changes, operations }: Pick<Plan, "changes" | "operations">,
  clock: Clock,
  listener: ResourceListener,
) {
  const tracked = new Map(
    changes.map((change): [string, TrackedResource] => [
      change.address,
      { change, operationsLeft: 0, statuses: new Set(), startedAt: undefined, id: change.id },
    ]),
  );
  const inProgress = new Map<string, Operation>();
  // A performed operation may include fewer contacts than planned, for example if the creation of a contact failed.
  const planned = new Map(operations.map((operation) => [operation.id, operation]));
  // An operation on the members of a list may have the list as a subject once for each member.
  const resourcesOf = ({ subjects }: Operation) =>
    [...new Set(subjects)].map((address) => tracked.get(address)).filter((resource) => resource !== undefined);
  const stateOf = (resource: TrackedResource): ResourceState => {
    const { change, id, startedAt = 0 } = resource;
    const elapsedSeconds = Math.round((clock.monotonic() - startedAt) / 1000);
    return { change, id, outcome: outcomeOf(resource), elapsedSeconds };
  };
  for (const resource of operations.flatMap(resourcesOf)) resource.operationsLeft += 1;
  return {
    started(operation: Operation): void {
      inProgress.set(operation.id, operation);
      for (const resource of resourcesOf(operation)) {
        if (resource.startedAt !== undefined) continue;
        resource.startedAt = clock.monotonic();
        listener.started(stateOf(resource));
      }
    },
    ended(result: OperationResult): void {
      const { operation, status } = result;
      const id = idOf(result);
      inProgress.delete(operation.id);
      const subjects = new Set(operation.subjects);
      for (const resource of resourcesOf(planned.get(operation.id) ?? operation)) {
        resource.operationsLeft -= 1;
        resource.statuses.add(subjects.has(resource.change.address) ? status : "failed");
        resource.id ??= id;
        if (resource.operationsLeft === 0 && resource.startedAt !== undefined) listener.ended(stateOf(resource));
      }
    },
    inProgress: () => [...new Set([...inProgress.values()].flatMap(resourcesOf))].map(stateOf),
  };
}

function outcomeOf({ change, id, statuses }: TrackedResource): Outcome {
  const wasCreated = change.action === "create" && id !== undefined;
  if (!wasCreated) for (const status of ["failed", "unknown"] as const) if (statuses.has(status)) return status;
  if (statuses.size === 1) return statuses.has("skipped") ? "skipped" : "complete";
  return "incomplete";
}

/** Operations on the members of a list also return the ID of the list. */
function idOf(result: OperationResult): string | undefined {
  if (result.status !== "applied" || result.operation.subjects.length !== 1) return undefined;
  const { operation, contactId, accountId, listId } = result;
  return operation.kind === "create-list" ? listId : (contactId ?? accountId);
}
