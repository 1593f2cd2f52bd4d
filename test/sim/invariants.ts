import { basename } from "node:path";
import type { CompanyOptions } from "../../src/emulator/index.ts";
import { type Operation, operationId } from "../../src/model/plan.ts";
import { differenceOf, duplicateHandles, isLinkedByDomain, numbersWithoutPlus, textOf } from "./company.ts";
import { undoKeepsEdits } from "./edits-before-undo.ts";
import { editsSinceBaseStay } from "./edits-since-base.ts";
import { accountEditsSincePlanStay, describeRequest, editsSincePlanStay, writesOf } from "./edits-since-plan.ts";
import { onlyOwnListsAreDeleted } from "./list-deletions.ts";
import type { SentRequest } from "./network.ts";
import { isInEffect, mayBelongTo } from "./operation-effects.ts";
import type { Process } from "./process.ts";
import type { ReportedResult, Run, Simulation } from "./simulation.ts";
import { ORIGIN, PLAN_FILE, TOKEN } from "./tool.ts";
import { unmanagedDataStays } from "./unmanaged-data.ts";

/** A check of an invariant. Returns a sentence for each violation. */
type Invariant = (simulation: Simulation) => readonly string[];

/** No contact, list or account is created twice. */
function nothingIsCreatedTwice(simulation: Simulation): string[] {
  // Front accepts another spelling of an old number, so people can add one number to two contacts. So can a run that read
  // Front before the index showed a contact that somebody had just changed.
  const old = new Set(numbersWithoutPlus(simulation.scenario.company));
  const byOthers = new Set(
    simulation.edits.flatMap(({ before, after, changed }) => {
      const known = new Set(duplicateHandles(before));
      const doubled = duplicateHandles(after).filter((handle) => !known.has(handle));
      const touched = changed.flatMap((change) => [...change.after.handles]);
      return [...doubled, ...touched.filter((handle) => old.has(handle))];
    }),
  );
  const twice = duplicateHandles(simulation.company).filter((handle) => !byOthers.has(handle));
  const creations = simulation.runs.flatMap(({ process }) => {
    const planned = process.plannedOperations.filter(({ kind }) => kind === "create-contact").length;
    const took = writesOf(simulation).flatMap((sent) => (sent.process === process ? sent.effects : []));
    const count = took.reduce((sum, { created }) => sum + created.length, 0);
    // A delayed creation can recreate a contact that people or another run deleted.
    const own = new Set(took.flatMap(({ created }) => created.map(({ id }) => id)));
    const removed = writesOf(simulation).flatMap((sent) =>
      sent.process === process ? [] : sent.effects.flatMap(({ deleted }) => deleted),
    );
    const byPeople = simulation.edits.some(({ deleted }) => deleted.length > 0);
    const goneAgain = byPeople || removed.some(({ id }) => own.has(id));
    return count > planned && !goneAgain ? [`${process.name} created ${count} contacts, but planned ${planned}`] : [];
  });
  return [...twice.map((handle) => `two contacts have ${handle}`), ...creations];
}

const NOBODY: ReadonlySet<string> = new Set();

/** No request of the tool creates, changes, merges or deletes a private contact, or makes one a member of anything. */
function privateContactsStayUnchanged(simulation: Simulation): string[] {
  return writesOf(simulation).flatMap((sent) =>
    sent.effects.flatMap(({ created, deleted, changed, before, after }) => {
      const touched = [...created, ...deleted, ...changed.map((change) => change.before)];
      const members = [...after.accounts.values()].flatMap((account) => {
        const joined = differenceOf(
          after.accountMembers.get(account.id) ?? NOBODY,
          before.accountMembers.get(account.id) ?? NOBODY,
        );
        const people = joined.flatMap((id) => after.contacts.get(id) ?? []);
        // Front itself links contacts by the domain of their email.
        return people.filter((person) => !isLinkedByDomain(account, person));
      });
      const ids = [...touched, ...members].filter(({ isPrivate }) => isPrivate).map(({ id }) => id);
      return ids.map((id) => `${describeRequest(sent)} touched ${id}, which is private`);
    }),
  );
}

/** Only approved operations delete or remove anything. */
function nothingIsDeletedWithoutApproval(simulation: Simulation): string[] {
  return writesOf(simulation).flatMap((sent) => {
    // If two runs create an account at the same time, each run deletes at most its own.
    const mine = simulation.network.log.filter(({ process }) => process === sent.process);
    const own = mine.flatMap(({ effects }) =>
      effects.flatMap(({ accountsCreated }) => accountsCreated.map(({ id }) => id)),
    );
    const approved = new Set([
      ...own,
      ...sent.process.plannedOperations.flatMap((operation) => {
        if (operation.kind === "delete-contact") return [operation.contact.id];
        if (operation.kind === "delete-account") return [operation.account.id];
        return operation.kind === "merge-contacts" ? operation.others.map(({ id }) => id) : [];
      }),
    ]);
    const gone = sent.effects.flatMap(({ deleted, accountsDeleted }) =>
      [...deleted, ...accountsDeleted].filter(({ id }) => !approved.has(id)),
    );
    return gone.map(({ id }) => `${describeRequest(sent)} deleted ${id} without approval`);
  });
}

/** Every write belongs to an approved operation. */
function everyWriteIsApproved(simulation: Simulation): string[] {
  return writesOf(simulation)
    .filter((sent) => {
      const created = createdBy(sent.process, simulation);
      return (
        sent.effects.length > 0 &&
        ![...sent.process.plannedOperations, ...sent.process.approved].some((each) => mayBelongTo(each, sent, created))
      );
    })
    .map((sent) => `${describeRequest(sent)} is not part of the plan`);
}

/** Operations reported as applied were performed, and those reported as failed changed nothing. */
function reportIsAccurate(simulation: Simulation): string[] {
  return simulation.runs.flatMap((run) => {
    const { outcome, reportedResults } = run;
    const told = outcome?.report?.results.map(({ operation }) => operation.id) ?? [];
    const planned = outcome?.operations?.map(({ id }) => id) ?? [];
    const partition =
      outcome?.report === undefined || sameSet(told, planned) ? [] : ["the report leaves something out"];
    return [...partition, ...reportedResults.flatMap((ending) => falseReports(ending, run, simulation))];
  });
}

/** Returns the ids of contacts and accounts that a run created, or that it found instead of creating them. */
function createdBy(process: Process, { network, runs }: Simulation): ReadonlySet<string> {
  const mine = network.log.filter((sent) => sent.process === process);
  const effects = mine.flatMap((sent) => sent.effects);
  const made = effects.flatMap(({ created, accountsCreated }) => [...created, ...accountsCreated].map(({ id }) => id));
  const found = runs
    .filter((run) => run.process === process)
    .flatMap(({ reportedResults }) => reportedResults)
    .flatMap(({ result }) =>
      result.operation.kind === "create-contact" && result.status === "applied" ? [result.contactId] : [],
    );
  return new Set([...made, ...found, ...process.known].filter((id) => id !== undefined));
}

function falseReports({ result, at, company }: ReportedResult, run: Run, simulation: Simulation): string[] {
  const { operation, status } = result;
  const others = [
    ...simulation.edits,
    ...simulation.network.log.filter(({ process }) => process !== run.process).flatMap(({ effects }) => effects),
  ].filter((effect) => effect.at >= run.startedAt && effect.at <= at);
  if (status === "applied") {
    const misled = simulation.network.log.some(({ process, fault }) => process === run.process && fault === "stale");
    if (others.length > 0 || misled || isInEffect(operation, company)) return [];
    return [`${operation.id} is reported as applied, but is not`];
  }
  if (status === "unknown") return [];
  const ofOtherEntries = createdForOthers(operation, run);
  const created = new Set([...createdBy(run.process, simulation)].filter((id) => !ofOtherEntries.has(id)));
  const traces = simulation.network.log.filter(
    (sent) => sent.process === run.process && sent.effects.length > 0 && mayBelongTo(operation, sent, created),
  );
  return traces.map((sent) => `${operation.id} is reported as ${status}, but ${describeRequest(sent)} performed it`);
}

/** Returns the ids of contacts that a run created for other entries than that of an operation on a created contact. */
function createdForOthers(operation: Operation, { reportedResults }: Run): ReadonlySet<string | undefined> {
  if (!("contact" in operation && "createdAs" in operation.contact)) return new Set();
  const own = operationId("create-contact", operation.contact.createdAs);
  const others = reportedResults.flatMap(({ result }) =>
    result.operation.kind === "create-contact" && result.status === "applied" && result.operation.id !== own
      ? [result.contactId]
      : [],
  );
  return new Set(others);
}

/** Undisturbed runs send the predicted number of requests, and others at most a few more for each failed request and minute. */
function requestCountIsLimited({ runs, network, scenario }: Simulation): string[] {
  return runs.flatMap((run) => {
    const { outcome, process } = run;
    const sent = network.log.filter((each) => each.process === process);
    if (outcome?.report === undefined || outcome.plan === undefined) return [];
    const { total, byKind } = outcome.plan.requests;
    // The command line starts the verification, so the report does not count it.
    const planned = total - (byKind.verification ?? 0);
    const { requests } = outcome.report;
    if (
      run.undisturbed &&
      isCountable(scenario.options) &&
      process.command === "apply" &&
      isCalm(run) &&
      !sent.some(isRefusedWrite) &&
      !(requests <= planned + splitListings(run) && requests >= planned - updatesAfterMerges(run))
    ) {
      return [`${process.name} sent ${requests} requests, but ${planned} were predicted`];
    }
    const disturbed = sent.filter(({ fault, status }) => fault !== undefined || (status ?? 0) >= 400).length;
    // Recent changes are read once a minute.
    const minutes = Math.floor((run.endedAt - run.startedAt) / 60_000);
    const most = planned + 8 * (disturbed + minutes + 1);
    return requests <= most ? [] : [`${process.name} sent ${requests} requests, of which ${disturbed} failed`];
  });
}

/** Returns the number of updates after merges. They may be unnecessary, because a plan cannot know the result of a merge. */
function updatesAfterMerges({ outcome }: Run): number {
  return outcome?.operations?.filter((each) => each.kind === "update-contact" && each.afterMerge).length ?? 0;
}

/** Returns the number of listings that may have more pages than their items fill. */
function splitListings({ outcome }: Run): number {
  const kinds = outcome?.operations?.map(({ kind }) => kind) ?? [];
  const created = kinds.filter((kind) => kind === "create-account").length;
  const deleted = kinds.filter((kind) => kind === "delete-list" || kind === "delete-account").length;
  return deleted + (created === 0 ? 0 : created + 1);
}

/** True if requests are predictable: without a rate limit, under which runs take minutes, and without paged lists. */
function isCountable({ rate, behavior }: CompanyOptions): boolean {
  return rate === Number.POSITIVE_INFINITY && behavior?.listings !== "paged";
}

/** True if Front refused a write. It may show an existing object late, and then refuse to create it again. */
function isRefusedWrite({ method, status = 0 }: SentRequest): boolean {
  return method !== "GET" && status >= 400;
}

function isCalm({ outcome }: Run): boolean {
  return outcome?.report?.results.every(({ status }) => status === "applied") ?? false;
}

/** After a 429 response, a run sends nothing until the requested time has passed. */
function retryDelaysAreRespected(simulation: Simulation): string[] {
  const { network, runs } = simulation;
  return runs.flatMap(({ process }) => {
    const sent = network.log.filter((each) => each.process === process);
    const refused = sent.filter(({ status, respondedAt }) => status === 429 && respondedAt !== undefined);
    return refused.flatMap(({ respondedAt = 0, asked = 250, fault, path }) => {
      /** The limit of a tier applies to one contact or list only. */
      const isMeant = (other: SentRequest) => fault !== "429-of-a-tier" || other.path === path;
      const isEarly = ({ sentAt }: SentRequest) => sentAt > respondedAt && sentAt < respondedAt + asked;
      const early = sent.filter((each) => isEarly(each) && isMeant(each));
      return early.map(
        (each) => `${describeRequest(each)} came ${each.sentAt - respondedAt} ms after a refusal for ${asked} ms`,
      );
    });
  });
}

/** No window of Front's rate limit has more requests than the run's share. */
function rateReserveIsLeft({ network, runs, scenario }: Simulation): string[] {
  const { rate = Number.POSITIVE_INFINITY } = scenario.options;
  if (rate === Number.POSITIVE_INFINITY) return [];
  const counted = network.log.filter(({ status, respondedAt }) => status !== 429 && respondedAt !== undefined);
  const most = Math.ceil(rate * 0.8) + 2 * runs.length;
  return counted.flatMap(({ sentAt }) => {
    const inWindow = counted.filter((other) => other.sentAt >= sentAt && other.sentAt < sentAt + 60_000);
    // Any 60 seconds overlap at most two of Front's windows.
    return inWindow.length > 2 * most ? [`${inWindow.length} requests in a minute, with a limit of ${rate}`] : [];
  });
}

/** A plan sends GET requests only. */
function plansOnlyRead({ network }: Simulation): string[] {
  return network.log
    .filter(({ method, process }) => method !== "GET" && process.command.startsWith("plan"))
    .map((sent) => `a plan sent ${describeRequest(sent)}`);
}

/** Requests go to Front only, and files are written in known places only. */
function hostsAndFilesAreExpected({ network, files }: Simulation): string[] {
  const strays = network.log
    .filter(({ origin }) => origin !== ORIGIN)
    .map(({ origin }) => `a request was sent to ${origin}`);
  const drafts = `/.${basename(PLAN_FILE)}.`;
  const known = (path: string) =>
    path.startsWith("/contacts/.front-contacts/") || path === PLAN_FILE || path.startsWith(drafts);
  return [...strays, ...[...files.keys()].filter((path) => !known(path)).map((path) => `${path} was written`)];
}

/** The token is in the authorization header only. */
function tokenStaysSecret({ network, files, runs }: Simulation): string[] {
  const forms = [TOKEN, encodeURIComponent(TOKEN), Buffer.from(TOKEN).toString("base64")];
  const spills = (text: string) => forms.some((form) => text.includes(form));
  const headers = network.log.filter(({ authorization }) => authorization !== `Bearer ${TOKEN}`);
  return [
    ...headers.map((sent) => `${describeRequest(sent)} had another token`),
    ...network.log
      .filter(({ path, query, body }) => spills(path + query + body))
      .map((sent) => `${describeRequest(sent)} contains the token`),
    ...[...files].filter(([, text]) => spills(text)).map(([path]) => `${path} contains the token`),
    ...runs
      .filter(({ outcome }) => outcome !== undefined && spills(wordsOf(outcome)))
      .map(() => "the report contains the token"),
  ];
}

function wordsOf({ plan, report, error, refusals }: NonNullable<Run["outcome"]>): string {
  return JSON.stringify([plan, report, refusals, error?.message, error?.advice]);
}

/** Every run ends and leaves no task waiting. Requests in flight may finish after a run that failed. */
function everyRunEnds({ runs, time }: Simulation): string[] {
  return runs.flatMap(({ process, outcome, endedAt }) => {
    const left = outcome === undefined || time.elapsed < endedAt + 30_000 ? 0 : time.waitsOf(process.name);
    return left === 0 ? [] : [`${process.name} left ${left} waits behind`];
  });
}

const PROTOTYPES = [Object.prototype, Array.prototype, Map.prototype, String.prototype];
const OWN_KEYS = PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).length);

/** The prototypes of objects are unchanged. */
function prototypesAreUnchanged(): string[] {
  const dirty = PROTOTYPES.filter((prototype, index) => Reflect.ownKeys(prototype).length !== OWN_KEYS[index]);
  return dirty.map((prototype) => `${prototype.constructor.name}.prototype was changed`);
}

/** The plan file is complete or does not exist. */
function planFileIsComplete({ files }: Simulation): string[] {
  const text = files.get(PLAN_FILE);
  return text === undefined || text.endsWith("}\n") ? [] : ["the plan file is incomplete"];
}

/** The invariants of every simulation. Convergence, determinism and exit codes are checked for whole histories. */
const INVARIANTS: Readonly<Record<string, Invariant>> = {
  unmanagedDataStays,
  onlyOwnListsAreDeleted,
  editsSincePlanStay,
  editsSinceBaseStay,
  accountEditsSincePlanStay,
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

/** Returns the violations of all invariants, each with the name of the invariant. */
export function violationsIn(simulation: Simulation): string[] {
  return Object.entries(INVARIANTS).flatMap(([name, invariant]) =>
    invariant(simulation).map((what) => `${name}: ${what}`),
  );
}

/** Returns all events as text, which is the same for the same seed. */
export function eventLog({ network, edits, files, company, runs }: Simulation): string {
  const requests = network.log.map(({ process, effects, ...rest }) => [process.name, effects.length, rest]);
  const editLines = edits.map(({ kind, at }) => `${at} ${kind}`);
  const words = runs.map(({ outcome }) => (outcome === undefined ? "killed" : wordsOf(outcome)));
  return JSON.stringify([requests, editLines, [...files.keys()].length, textOf(company), words]);
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && differenceOf(new Set(one), new Set(other)).length === 0;
}
