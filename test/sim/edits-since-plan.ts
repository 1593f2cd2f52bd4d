import type { Effect } from "./company.ts";
import type { SentRequest } from "./network.ts";
import type { Simulation } from "./simulation.ts";

type AccountChange = Effect["accountsChanged"][number];

/**
 * Checks that a run does not overwrite a name or description that another person wrote after the plan, if the run
 * received a listing with the edit before it first sent the update.
 */
export function editsSincePlanStay({ network, edits, scenario }: Simulation): string[] {
  // With a rate limit, a request may have been queued before the listing and sent after it.
  if (scenario.options.rate !== Number.POSITIVE_INFINITY) return [];
  return writesOf({ network }).flatMap((request) =>
    (["name", "description"] as const)
      .filter((attribute) => {
        const edit = overwrittenEdit(request, attribute, edits);
        return (
          edit !== undefined && network.log.some((read) => showsEdit(read, edit.at, firstAttempt(request, network.log)))
        );
      })
      .map((attribute) => `${describeRequest(request)} overwrote the ${attribute} that someone wrote after the plan`),
  );
}

/**
 * Checks that a run does not overwrite a name or description of an account that another person wrote after the plan. A
 * run reads each account immediately before the update.
 */
export function accountEditsSincePlanStay({ network, edits }: Simulation): string[] {
  return writesOf({ network }).flatMap((request) => {
    const { process, path } = request;
    const update = process.plannedOperations.find(
      (operation) => operation.kind === "update-account" && path === `/accounts/${operation.account.id}`,
    );
    if (update?.kind !== "update-account") return [];
    const readAt = timeOfRead(request, path, network.log) ?? 0;
    const overwrites = ({ before, after }: AccountChange, writtenAt: number, attribute: "name" | "description") => {
      const overwritten = before[attribute];
      if (overwritten === after[attribute] || overwritten === (update.before[attribute] ?? "")) return false;
      const writes = ({ before: old, after: edited }: AccountChange) =>
        edited.id === after.id && edited[attribute] === overwritten && old[attribute] !== overwritten;
      // Someone may write the same value before and after the read.
      const edit = edits.findLast(({ at, accountsChanged }) => at <= writtenAt && accountsChanged.some(writes));
      return edit !== undefined && edit.at <= readAt;
    };
    return request.effects
      .flatMap(({ at, accountsChanged }) => accountsChanged.map((change) => ({ at, change })))
      .flatMap(({ at, change }) =>
        (["name", "description"] as const).filter((attribute) => overwrites(change, at, attribute)),
      )
      .map((attribute) => `${describeRequest(request)} overwrote the ${attribute} that someone wrote after the plan`);
  });
}

/**
 * Returns the last edit that wrote the value that a request overwrote. Returns undefined if the plan contains this
 * value, or if the update did not change it.
 */
function overwrittenEdit(
  { process, path, effects }: SentRequest,
  attribute: "name" | "description",
  edits: Simulation["edits"],
) {
  const update = process.plannedOperations.find(
    (operation) => operation.kind === "update-contact" && path === `/contacts/${operation.contact.id}`,
  );
  if (update?.kind !== "update-contact" || update.afterMerge || update[attribute] === undefined) return undefined;
  const id = update.contact.id;
  const [overwritten] = effects.flatMap(({ before }) => before.contacts.get(id) ?? []);
  if (overwritten === undefined || overwritten[attribute] === (update.before[attribute] ?? "")) return undefined;
  const isEdit = ({ changed }: Effect) =>
    changed.some(({ after }) => after.id === id && after[attribute] === overwritten[attribute]);
  return overwritten[attribute] === update[attribute] ? undefined : edits.findLast(isEdit);
}

/** Returns the first attempt of a request. Rejected and failed requests are retried unchanged. */
function firstAttempt({ process, path, body }: SentRequest, log: readonly SentRequest[]): SentRequest | undefined {
  return log.find((request) => request.process === process && request.path === path && request.body === body);
}

/** Returns whether a listing of recent changes showed an edit and arrived before `next` was sent. */
function showsEdit(read: SentRequest, editedAt: number, next: SentRequest | undefined): boolean {
  const isListing = read.process === next?.process && read.path === "/contacts" && read.query.includes("updated_after");
  const respondedAt = read.respondedAt ?? Number.POSITIVE_INFINITY;
  return isListing && (read.asOf ?? 0) >= editedAt && respondedAt <= (next?.sentAt ?? 0);
}

/** Returns the time of the state that a run read from a path immediately before it sent a request. */
export function timeOfRead({ process, sentAt }: SentRequest, path: string, log: readonly SentRequest[]) {
  const isRead = (other: SentRequest) => other.process === process && other.method === "GET" && other.path === path;
  return log.findLast((other) => isRead(other) && other.respondedAt === sentAt)?.asOf;
}

/** Returns all requests except GET requests. */
export function writesOf({ network }: Pick<Simulation, "network">): SentRequest[] {
  return network.log.filter(({ method }) => method !== "GET");
}

export function describeRequest({ process, number, method, path }: SentRequest): string {
  return `${method} ${path} (request ${number} of ${process.name})`;
}
