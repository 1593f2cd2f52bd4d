import { isFoundBy, unpermittedAccountChanges } from "./allowed-account-changes.ts";
import { entriesOf, unpermittedChanges } from "./allowed-changes.ts";
import type { Effect, Person } from "./company.ts";
import type { Sent } from "./network.ts";
import { nameOf, writesOf } from "./seen-edits.ts";
import type { Simulation } from "./simulation.ts";

/** Runs do not change undeclared values. */
export function frameHolds(simulation: Simulation): string[] {
  return writesOf(simulation).flatMap((sent) => {
    const { desired } = sent.process;
    return sent.effects.flatMap((effect) =>
      [
        ...unpermittedChanges(effect, desired, sent.path === "/contacts/merge"),
        ...unpermittedAccountChanges(effect, desired),
      ]
        .filter((what) => !isUnavoidable(what, sent, effect.at, simulation))
        .filter((what) => !isMergedMeanwhile(what, sent, effect.at, simulation))
        .filter((what) => !isUnmatchedMeanwhile(what, sent, effect.at, simulation))
        .filter((what) => !isUnknowableList(what, sent, simulation) && !isUnknowableAccount(what, sent, simulation))
        .map((what) => `${nameOf(sent)} changed ${what}`),
    );
  });
}

/**
 * Returns whether a change overwrote an edit in a race that cannot be avoided: Front replaces all custom fields, links and
 * domains together, so an edit between the read and the write is lost. Earlier edits are not excused.
 */
function isUnavoidable(what: string, sent: Sent, at: number, { network, edits }: Simulation): boolean {
  const [, id] = /^the (?:field|link|domain) .* of ((?:crd|acc)_\w+)$/.exec(what) ?? [];
  if (id === undefined) return false;
  const reading = network.log.findLast(
    (other) =>
      other.process === sent.process &&
      other.method === "GET" &&
      other.path === `/${id.startsWith("acc_") ? "accounts" : "contacts"}/${id}` &&
      other.answeredAt === sent.sentAt,
  );
  if (reading?.asOf === undefined) return false;
  const since = reading.asOf;
  const others = network.log.filter((other) => other !== sent).flatMap(({ effects }) => effects);
  return [...edits, ...others].some(
    (effect) =>
      effect.at >= since &&
      effect.at <= at &&
      [...effect.changed, ...effect.accountsChanged].some(({ after }) => after.id === id),
  );
}

/**
 * Returns whether a contact was taken off a list that an entry puts it on, because the declared contact was merged into it
 * after the run read the members of the list.
 */
function isMergedMeanwhile(what: string, sent: Sent, at: number, { network, edits }: Simulation): boolean {
  const [, id] = /^the list .* of (crd_\w+)$/.exec(what) ?? [];
  if (id === undefined || sent.method !== "DELETE") return false;
  const reading = lastReading(sent, network.log, (path) => path.endsWith("/contacts"));
  const since = reading?.asOf ?? Number.POSITIVE_INFINITY;
  return edits.some(
    (edit) =>
      edit.at >= since &&
      edit.at <= at &&
      edit.act === "merges contacts" &&
      edit.changed.some(({ after }) => after.id === id),
  );
}

/** Returns whether somebody removed the handles by which a contact matched its entry after the run last read contacts. */
function isUnmatchedMeanwhile(what: string, sent: Sent, at: number, { network, edits }: Simulation): boolean {
  const [, id] = / of (crd_\w+)$/.exec(what) ?? [];
  if (id === undefined) return false;
  const reading = lastReading(sent, network.log, (path) => path.startsWith("/contacts"));
  const since = reading?.asOf ?? Number.POSITIVE_INFINITY;
  const others = network.log.filter(({ process }) => process !== sent.process).flatMap(({ effects }) => effects);
  const isMatched = ({ handles }: Person) => entriesOf(id, handles, sent.process.desired).length > 0;
  return [...edits, ...others].some(
    (effect) =>
      effect.at >= since &&
      effect.at <= at &&
      effect.changed.some(({ before, after }) => after.id === id && isMatched(before) && !isMatched(after)),
  );
}

/**
 * Returns whether a run could not notice a list. Lists may share a name, so the tool looks for one before it creates one. It
 * cannot see a list that appears between the lookup and the creation, or too late for the lookup.
 */
function isUnknowableList(what: string, sent: Sent, simulation: Simulation): boolean {
  const recreated = /^the list (.*) (?:was made, which no file may|is gone|(of crd_\w+))$/.exec(what);
  if (recreated !== null && (recreated[2] === undefined || sent.process.command === "undo"))
    return wasJustDeleted(recreated[1] ?? "", sent, simulation);
  const name = /^a second list (.*) was made$/.exec(what)?.[1];
  return (
    name !== undefined && appearedTooLate(sent, simulation, isListing, ({ listsMade }) => listsMade.includes(name))
  );
}

/** Returns whether a run could not notice an account. As with lists, accounts may share a domain or an external id. */
function isUnknowableAccount(what: string, sent: Sent, simulation: Simulation): boolean {
  const key = /^a second account (.*) was made$/.exec(what)?.[1];
  const entry = sent.process.desired.accounts?.find((each) => each.key === key);
  if (entry === undefined) return /^the account .* is gone$/.test(what) && isOwnAccountOfTwo(sent, simulation);
  return appearedTooLate(sent, simulation, isListingOfAccounts, ({ accountsMade, accountsChanged }) =>
    [...accountsMade, ...accountsChanged.map(({ after }) => after)].some((record) => isFoundBy(entry, record)),
  );
}

/** Returns whether a run deleted the second account that it created while somebody deleted the first one. */
function isOwnAccountOfTwo(sent: Sent, simulation: Simulation): boolean {
  const { accounts = [] } = sent.process.desired;
  const gone = sent.effects.flatMap(({ accountsGone }) => accountsGone).map(({ id }) => id);
  const mine = simulation.network.log.filter(({ process }) => process === sent.process);
  const made = mine.flatMap(({ effects }) => effects).flatMap(({ accountsMade }) => accountsMade);
  return (
    made.some(({ id }) => gone.includes(id)) &&
    appearedTooLate(sent, simulation, isListingOfAccounts, ({ accountsGone }) =>
      accountsGone.some((record) => accounts.some((each) => isFoundBy(each, record))),
    )
  );
}

function isListingOfAccounts(path: string): boolean {
  return path === "/accounts";
}

/**
 * Returns whether a resource was created after the run last looked for it, provided that the run looked before this
 * request.
 */
function appearedTooLate(
  sent: Sent,
  { network, edits }: Simulation,
  isLookedAt: (path: string) => boolean,
  makesIt: (effect: Effect) => boolean,
): boolean {
  const mine = network.log.filter(({ process }) => process === sent.process);
  const before = mine.findLast(
    ({ body, path, sentAt, status }) =>
      body === sent.body && path === sent.path && sentAt < sent.sentAt && status !== 429,
  );
  const look = lastReading(sent, mine, isLookedAt);
  const seen = look?.asOf;
  if (seen === undefined || (before !== undefined && (look?.sentAt ?? 0) < before.sentAt)) return false;
  const others = network.log.filter((other) => other !== sent).flatMap(({ effects }) => effects);
  const itself = sent.effects.slice(0, -1);
  return [...edits, ...others, ...itself].some((effect) => makesIt(effect) && effect.at >= seen);
}

/**
 * Returns whether a list was deleted after the run last read all lists. Front creates missing lists that a new contact names,
 * and somebody may delete one of two lists with the same name while a run deletes the other.
 */
function wasJustDeleted(name: string, sent: Sent, { network, edits }: Simulation): boolean {
  const look = lastReading(sent, network.log, isListing);
  const seen = look?.asOf ?? Number.POSITIVE_INFINITY;
  const effects = [...edits, ...network.log.filter((other) => other !== sent).flatMap((other) => other.effects)];
  return effects.some(({ listsGone, at }) => listsGone.includes(name) && at >= seen);
}

/** Returns the last reading of such a path that the run had a response to before it sent a request. */
function lastReading(sent: Sent, log: readonly Sent[], isRead: (path: string) => boolean): Sent | undefined {
  return log.findLast(
    ({ process, method, path, answeredAt = Number.POSITIVE_INFINITY }) =>
      process === sent.process && method === "GET" && isRead(path) && answeredAt <= sent.sentAt,
  );
}

/** True for the path of all lists, or of the lists of a workspace. */
function isListing(path: string): boolean {
  return path.endsWith("/contact_lists");
}
