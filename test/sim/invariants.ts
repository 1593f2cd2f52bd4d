import { basename } from "node:path";
import type { CompanyOptions } from "../../src/emulator/index.ts";
import { type Operation, operationId } from "../../src/model/plan.ts";
import { differenceOf, duplicateHandles, isLinkedByDomain, numbersWithoutPlus, textOf } from "./company.ts";
import { savedPlanKeepsEdits } from "./edits-before-apply.ts";
import { undoKeepsEdits } from "./edits-before-undo.ts";
import { editsSinceBaseStay } from "./edits-since-base.ts";
import { accountEditsSincePlanStay, describeRequest, editsSincePlanStay, writesOf } from "./edits-since-plan.ts";
import { findDeletedOlderLists } from "./list-deletions.ts";
import type { SentRequest } from "./network.ts";
import { isInEffect, mayBelongTo } from "./operation-effects.ts";
import type { Process } from "./process.ts";
import type { ReportedResult, Run, Simulation } from "./simulation.ts";
import { ORIGIN, PLAN_FILE, TOKEN } from "./tool.ts";
import { unmanagedDataStays } from "./unmanaged-data.ts";

/** Checks an invariant. Returns a description of each violation. */
type Invariant = (simulation: Simulation) => readonly string[];

/** Checks that no contact is created twice. For lists and accounts, `unmanagedDataStays` checks this. */
function nothingIsCreatedTwice(simulation: Simulation): string[] {
  // Front does not detect duplicates of a number that it stores without "+" if they have a different spelling. An edit,
  // or a run that read Front before an edit was visible, can therefore create a duplicate.
  const oldNumbers = new Set(numbersWithoutPlus(simulation.scenario.company));
  const allowedDuplicates = new Set(
    simulation.edits.flatMap(({ before, after, changed }) => {
      const earlier = new Set(duplicateHandles(before));
      const added = duplicateHandles(after).filter((handle) => !earlier.has(handle));
      const changedHandles = changed.flatMap((change) => [...change.after.handles]);
      return [...added, ...changedHandles.filter((handle) => oldNumbers.has(handle))];
    }),
  );
  const duplicates = duplicateHandles(simulation.company).filter((handle) => !allowedDuplicates.has(handle));
  const creations = simulation.runs.flatMap(({ process }) => {
    const planned = process.plannedOperations.filter(({ kind }) => kind === "create-contact").length;
    const effects = writesOf(simulation).flatMap((request) => (request.process === process ? request.effects : []));
    const count = effects.reduce((sum, { created }) => sum + created.length, 0);
    // A delayed creation can recreate a contact that people or another run deleted.
    const createdIds = new Set(effects.flatMap(({ created }) => created.map(({ id }) => id)));
    const removed = writesOf(simulation).flatMap((request) =>
      request.process === process ? [] : request.effects.flatMap(({ deleted }) => deleted),
    );
    const hasDeletions = simulation.edits.some(({ deleted }) => deleted.length > 0);
    const isDeletedByOthers = hasDeletions || removed.some(({ id }) => createdIds.has(id));
    return count > planned && !isDeletedByOthers
      ? [`${process.name} created ${count} contacts, but planned ${planned}`]
      : [];
  });
  return [...duplicates.map((handle) => `two contacts have ${handle}`), ...creations];
}

const NO_MEMBERS: ReadonlySet<string> = new Set();

/** Checks that the tool does not create, change, merge or delete private contacts, or link them to accounts. */
function privateContactsStayUnchanged(simulation: Simulation): string[] {
  return writesOf(simulation).flatMap((request) =>
    request.effects.flatMap(({ created, deleted, changed, before, after }) => {
      const affectedContacts = [...created, ...deleted, ...changed.map((change) => change.before)];
      const members = [...after.accounts.values()].flatMap((account) => {
        const joinedIds = differenceOf(
          after.accountMembers.get(account.id) ?? NO_MEMBERS,
          before.accountMembers.get(account.id) ?? NO_MEMBERS,
        );
        const contacts = joinedIds.flatMap((id) => after.contacts.get(id) ?? []);
        // Front automatically links a contact to an account that has the domain of the contact's email address.
        return contacts.filter((contact) => !isLinkedByDomain(account, contact));
      });
      const ids = [...affectedContacts, ...members].filter(({ isPrivate }) => isPrivate).map(({ id }) => id);
      return ids.map((id) => `${describeRequest(request)} affected the private contact ${id}`);
    }),
  );
}

function nothingIsDeletedWithoutApproval(simulation: Simulation): string[] {
  return writesOf(simulation).flatMap((request) => {
    // If two runs create the same account at the same time, each deletes at most the account that it created.
    const ownRequests = simulation.network.log.filter(({ process }) => process === request.process);
    const created = ownRequests.flatMap(({ effects }) =>
      effects.flatMap(({ accountsCreated }) => accountsCreated.map(({ id }) => id)),
    );
    const approvedIds = new Set([
      ...created,
      ...request.process.plannedOperations.flatMap((operation) => {
        if (operation.kind === "delete-contact") return [operation.contact.id];
        if (operation.kind === "delete-account") return [operation.account.id];
        return operation.kind === "merge-contacts" ? operation.others.map(({ id }) => id) : [];
      }),
    ]);
    const deletedRecords = request.effects.flatMap(({ deleted, accountsDeleted }) =>
      [...deleted, ...accountsDeleted].filter(({ id }) => !approvedIds.has(id)),
    );
    return deletedRecords.map(({ id }) => `${describeRequest(request)} deleted ${id} without approval`);
  });
}

function everyWriteIsApproved(simulation: Simulation): string[] {
  return writesOf(simulation)
    .filter((request) => {
      const created = createdBy(request.process, simulation);
      return (
        request.effects.length > 0 &&
        ![...request.process.plannedOperations, ...request.process.revalidatedOperations].some((operation) =>
          mayBelongTo(operation, request, created),
        )
      );
    })
    .map((request) => `${describeRequest(request)} is not part of the plan`);
}

/**
 * Checks that the report lists every operation, that operations reported as applied are in effect, and that operations
 * reported as failed or skipped changed nothing.
 */
function reportIsAccurate(simulation: Simulation): string[] {
  return simulation.runs.flatMap((run) => {
    const { outcome, reportedResults } = run;
    const reported = outcome?.report?.results.map(({ operation }) => operation.id) ?? [];
    const planned = outcome?.operations?.map(({ id }) => id) ?? [];
    const omissions =
      outcome?.report === undefined || haveSameMembers(reported, planned)
        ? []
        : ["the report does not list every operation"];
    return [...omissions, ...reportedResults.flatMap((reported) => falseReports(reported, run, simulation))];
  });
}

/** Returns the IDs of contacts and accounts that a run created, and of contacts that re-validation found. */
function createdBy(process: Process, { network, runs }: Simulation): ReadonlySet<string> {
  const effects = network.log.filter((request) => request.process === process).flatMap((request) => request.effects);
  const created = effects.flatMap(({ created, accountsCreated }) =>
    [...created, ...accountsCreated].map(({ id }) => id),
  );
  const reported = runs
    .filter((run) => run.process === process)
    .flatMap(({ reportedResults }) => reportedResults)
    .flatMap(({ result }) =>
      result.operation.kind === "create-contact" && result.status === "applied" ? [result.contactId] : [],
    );
  return new Set([...created, ...reported, ...process.existingIds.values()].filter((id) => id !== undefined));
}

function falseReports({ result, at, company }: ReportedResult, run: Run, simulation: Simulation): string[] {
  const { operation, status } = result;
  const others = [
    ...simulation.edits,
    ...simulation.network.log.filter(({ process }) => process !== run.process).flatMap(({ effects }) => effects),
  ].filter((effect) => effect.at >= run.startedAt && effect.at <= at);
  if (status === "applied") {
    const isStale = simulation.network.log.some(({ process, fault }) => process === run.process && fault === "stale");
    if (others.length > 0 || isStale || isInEffect(operation, company)) return [];
    return [`${operation.id} is reported as applied, but is not`];
  }
  if (status === "unknown") return [];
  const otherEntries = createdForOthers(operation, run);
  const created = new Set([...createdBy(run.process, simulation)].filter((id) => !otherEntries.has(id)));
  const performing = simulation.network.log.filter(
    (request) =>
      request.process === run.process && request.effects.length > 0 && mayBelongTo(operation, request, created),
  );
  return performing.map(
    (request) => `${operation.id} is reported as ${status}, but ${describeRequest(request)} performed it`,
  );
}

/**
 * Returns the IDs of the contacts that a run created or found for entries other than those of an operation. Returns no
 * IDs if the operation is not on a created contact.
 */
function createdForOthers(operation: Operation, { reportedResults, process }: Run): ReadonlySet<string | undefined> {
  const addresses = new Set(contactsOf(operation).flatMap((ref) => ("createdAs" in ref ? ref.createdAs : [])));
  if (addresses.size === 0) return new Set();
  const creationIds = new Set([...addresses].map((address) => operationId("create-contact", address)));
  const others = reportedResults.flatMap(({ result }) =>
    result.operation.kind === "create-contact" && result.status === "applied" && !creationIds.has(result.operation.id)
      ? [result.contactId]
      : [],
  );
  const found = [...process.existingIds].flatMap(([address, id]) => (addresses.has(address) ? [] : id));
  return new Set([...others, ...found]);
}

function contactsOf(operation: Operation) {
  if ("contacts" in operation) return operation.contacts;
  return "contact" in operation ? [operation.contact] : [];
}

/**
 * Checks that an undisturbed run sends about the predicted number of requests. Any other run may send 8 more, and
 * another 8 for each failed request and each minute.
 */
function requestCountIsLimited({ runs, network, scenario }: Simulation): string[] {
  return runs.flatMap((run) => {
    const { outcome, process } = run;
    const sentRequests = network.log.filter((request) => request.process === process);
    if (outcome?.report === undefined || outcome.plan === undefined) return [];
    const { total, byKind } = outcome.plan.requests;
    // The command line starts the verification, so the report does not include its requests.
    const planned = total - (byKind.verification ?? 0);
    const { requests } = outcome.report;
    if (
      run.isUndisturbed &&
      isCountable(scenario.options) &&
      process.command === "apply" &&
      isFullyApplied(run) &&
      !sentRequests.some(isRejectedWrite) &&
      !(requests <= planned + splitListings(run) && requests >= planned - updatesAfterMerges(run))
    ) {
      return [`${process.name} sent ${requests} requests, but ${planned} were predicted`];
    }
    const failedCount = sentRequests.filter(({ fault, status }) => fault !== undefined || (status ?? 0) >= 400).length;
    // Recent changes are read once a minute.
    const minutes = Math.floor((run.endedAt - run.startedAt) / 60_000);
    const maximum = planned + 8 * (failedCount + minutes + 1);
    return requests <= maximum ? [] : [`${process.name} sent ${requests} requests, of which ${failedCount} failed`];
  });
}

/** Returns the number of updates that may be unnecessary, because a plan cannot know the result of a merge. */
function updatesAfterMerges({ outcome }: Run): number {
  return (
    outcome?.operations?.filter((operation) => operation.kind === "update-contact" && operation.afterMerge).length ?? 0
  );
}

/** Returns the number of listings that may have more pages than their items require. */
function splitListings({ outcome }: Run): number {
  const kinds = outcome?.operations?.map(({ kind }) => kind) ?? [];
  const created = kinds.filter((kind) => kind === "create-account").length;
  const deleted = kinds.filter((kind) => kind === "delete-list" || kind === "delete-account").length;
  return deleted + (created === 0 ? 0 : created + 1);
}

/**
 * Returns whether the number of requests is predictable. It is unpredictable with a rate limit, because runs then take
 * minutes, and with paged listings.
 */
function isCountable({ rate, behavior }: CompanyOptions): boolean {
  return rate === Number.POSITIVE_INFINITY && behavior?.listings !== "paged";
}

/**
 * Returns whether Front rejected a write. Front may show an existing object late, and reject the request to create it
 * again.
 */
function isRejectedWrite({ method, status = 0 }: SentRequest): boolean {
  return method !== "GET" && status >= 400;
}

function isFullyApplied({ outcome }: Run): boolean {
  return outcome?.report?.results.every(({ status }) => status === "applied") ?? false;
}

function retryDelaysAreRespected(simulation: Simulation): string[] {
  const { network, runs } = simulation;
  return runs.flatMap(({ process }) => {
    const sentRequests = network.log.filter((request) => request.process === process);
    const limitedRequests = sentRequests.filter(
      ({ status, respondedAt }) => status === 429 && respondedAt !== undefined,
    );
    return limitedRequests.flatMap(({ respondedAt = 0, requiredWait = 250, fault, path }) => {
      // The limit of a tier applies to one contact or list only.
      const isAffected = (other: SentRequest) => fault !== "429-of-a-tier" || other.path === path;
      const isEarly = ({ sentAt }: SentRequest) => sentAt > respondedAt && sentAt < respondedAt + requiredWait;
      const earlyRequests = sentRequests.filter((request) => isEarly(request) && isAffected(request));
      return earlyRequests.map(
        (request) =>
          `${describeRequest(request)} was sent ${request.sentAt - respondedAt} ms after a response that requires ${requiredWait} ms`,
      );
    });
  });
}

function rateReserveIsLeft({ network, runs, scenario }: Simulation): string[] {
  const { rate = Number.POSITIVE_INFINITY } = scenario.options;
  if (rate === Number.POSITIVE_INFINITY) return [];
  const countedRequests = network.log.filter(({ status, respondedAt }) => status !== 429 && respondedAt !== undefined);
  const maximum = Math.ceil(rate * 0.8) + 2 * runs.length;
  return countedRequests.flatMap(({ sentAt }) => {
    const requestsInWindow = countedRequests.filter(
      (other) => other.sentAt >= sentAt && other.sentAt < sentAt + 60_000,
    );
    // Any 60 seconds overlap at most two of Front's windows.
    return requestsInWindow.length > 2 * maximum
      ? [`${requestsInWindow.length} requests in a minute, with a limit of ${rate}`]
      : [];
  });
}

function plansOnlyRead({ network }: Simulation): string[] {
  return network.log
    .filter(({ method, process }) => method !== "GET" && process.command.startsWith("plan"))
    .map((request) => `a plan sent ${describeRequest(request)}`);
}

/** Checks that requests go only to Front, and that only the plan file and files in `.front-contacts` are written. */
function hostsAndFilesAreExpected({ network, files }: Simulation): string[] {
  const otherHosts = network.log
    .filter(({ origin }) => origin !== ORIGIN)
    .map(({ origin }) => `a request was sent to ${origin}`);
  const temporary = `/.${basename(PLAN_FILE)}.`;
  const isExpected = (path: string) =>
    path.startsWith("/contacts/.front-contacts/") || path === PLAN_FILE || path.startsWith(temporary);
  return [...otherHosts, ...[...files.keys()].filter((path) => !isExpected(path)).map((path) => `${path} was written`)];
}

/** Checks that the token appears only in the authorization header. */
function tokenStaysSecret({ network, files, runs }: Simulation): string[] {
  const forms = [TOKEN, encodeURIComponent(TOKEN), Buffer.from(TOKEN).toString("base64")];
  const hasToken = (text: string) => forms.some((form) => text.includes(form));
  const headers = network.log.filter(({ authorization }) => authorization !== `Bearer ${TOKEN}`);
  return [
    ...headers.map((request) => `${describeRequest(request)} had another token`),
    ...network.log
      .filter(({ path, query, body }) => hasToken(path + query + body))
      .map((request) => `${describeRequest(request)} contains the token`),
    ...[...files].filter(([, text]) => hasToken(text)).map(([path]) => `${path} contains the token`),
    ...runs
      .filter(({ outcome }) => outcome !== undefined && hasToken(messagesOf(outcome)))
      .map(() => "the report contains the token"),
  ];
}

function messagesOf({ plan, report, error, refusals }: NonNullable<Run["outcome"]>): string {
  return JSON.stringify([plan, report, refusals, error?.message, error?.advice]);
}

/** Checks that no run is still waiting 30 s after its end. Requests in flight may finish after a run that failed. */
function everyRunEnds({ runs, time }: Simulation): string[] {
  return runs.flatMap(({ process, outcome, endedAt }) => {
    const waits = outcome === undefined || time.elapsed < endedAt + 30_000 ? 0 : time.waitsOf(process.name);
    return waits === 0 ? [] : [`${process.name} did not finish ${waits} waits`];
  });
}

const PROTOTYPES = [Object.prototype, Array.prototype, Map.prototype, String.prototype];
const OWN_KEY_COUNTS = PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).length);

function prototypesAreUnchanged(): string[] {
  const changedPrototypes = PROTOTYPES.filter(
    (prototype, index) => Reflect.ownKeys(prototype).length !== OWN_KEY_COUNTS[index],
  );
  return changedPrototypes.map((prototype) => `${prototype.constructor.name}.prototype was changed`);
}

/** Checks that the plan file is complete or does not exist. */
function planFileIsComplete({ files }: Simulation): string[] {
  const text = files.get(PLAN_FILE);
  return text === undefined || text.endsWith("}\n") ? [] : ["the plan file is incomplete"];
}

/** The invariants of every simulation. Convergence and determinism are checked separately. */
const INVARIANTS: Readonly<Record<string, Invariant>> = {
  unmanagedDataStays,
  onlyOwnListsAreDeleted: findDeletedOlderLists,
  editsSincePlanStay,
  editsSinceBaseStay,
  accountEditsSincePlanStay,
  savedPlanKeepsEdits,
  undoKeepsEdits,
  nothingIsCreatedTwice,
  privateContactsStayUnchanged,
  nothingIsDeletedWithoutApproval,
  everyWriteIsApproved,
  reportIsAccurate,
  requestCountIsLimited,
  retryDelaysAreRespected,
  rateReserveIsLeft,
  plansOnlyRead,
  hostsAndFilesAreExpected,
  tokenStaysSecret,
  everyRunEnds,
  prototypesAreUnchanged,
  planFileIsComplete,
};

export function violationsIn(simulation: Simulation): string[] {
  return Object.entries(INVARIANTS).flatMap(([name, invariant]) =>
    invariant(simulation).map((violation) => `${name}: ${violation}`),
  );
}

/** Returns a string that is the same for every simulation with the same seed. */
export function eventLog({ network, edits, files, company, runs }: Simulation): string {
  const requests = network.log.map(({ process, effects, ...rest }) => [process.name, effects.length, rest]);
  const editLines = edits.map(({ kind, at }) => `${at} ${kind}`);
  const messages = runs.map(({ outcome }) => (outcome === undefined ? "killed" : messagesOf(outcome)));
  return JSON.stringify([requests, editLines, [...files.keys()].length, textOf(company), messages]);
}

function haveSameMembers(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && differenceOf(new Set(one), new Set(other)).length === 0;
}
