import { type Resolution, resolveReferences } from "../config/resolve-references.ts";
import type { Company, FieldDefinition, RequestRate } from "../front/api.ts";
import { warnComparedExactly, warnSimilarPhones } from "../matching/handle-spelling.ts";
import { type Match, matchContacts, RemoteContactIndex } from "../matching/match.ts";
import { matchDiagnostics, warnPrivateContacts } from "../matching/match-diagnostics.ts";
import type { Change } from "../model/change.ts";
import type { DesiredContact, DesiredState, List, RemoteContact } from "../model/contact.ts";
import { type Diagnostic, hasErrors } from "../model/diagnostic.ts";
import { fingerprintsOf } from "../model/fingerprint.ts";
import type { Coverage, Operation, Plan, Targets } from "../model/plan.ts";
import { type AccountState, planAccounts, withAccount } from "./account-links.ts";
import { type ApplyLimits, checkBudget, withPace } from "./duration-estimate.ts";
import { type Allowance, checkGuards } from "./guards.ts";
import { planMoves } from "./handle-moves.ts";
import { planMemberships } from "./list-memberships.ts";
import { type MissingScopesState, warnMissingScopes } from "./missing-scopes.ts";
import { orderOperations } from "./operation-order.ts";
import { planContact, planList } from "./plan-contact.ts";
import type { Planned } from "./planned-change.ts";
import { countRequests } from "./request-count.ts";
import { planReleases, planSourceContacts, releasesOf } from "./source-contacts.ts";
import { isTargeted, narrow } from "./targets.ts";
import { reportUndecodable, type UndecodableState, withoutUndecodable } from "./undecodable.ts";

/** What was read of Front: enough to plan with, and no more. */
export interface RemoteState extends UndecodableState, MissingScopesState {
  readonly company: Company;
  /** Empty when the files need none, and then not read. */
  readonly fields: readonly FieldDefinition[];
  readonly lists: readonly List[];
  /** Every contact that holds a declared handle or has a pinned id. */
  readonly contacts: readonly RemoteContact[];
  /** How many contacts are in each list, by its id. Only there when every contact was read. */
  readonly listSizes?: ReadonlyMap<string, number>;
  /** Ids of the contacts whose avatar in Front is the picture that the files want. */
  readonly samePictures: ReadonlySet<string>;
  /** Why a contact's picture could not be fetched, by the contact's id. */
  readonly unreadPictures?: ReadonlyMap<string, string>;
  /** The accounts that the files name. */
  readonly accounts: readonly AccountState[];
  /** How many conversations a contact that is to be deleted has, in words, by its id. */
  readonly conversations: ReadonlyMap<string, string>;
  readonly coverage: Coverage;
  /** How many contacts there were when all of them were last read. */
  readonly expected?: number;
  /** What Front was seen to grant. */
  readonly pace?: RequestRate;
  /** Front's time when reading began, in epoch seconds. */
  readonly readAt: number;
  /** What was found out about single entries while reading. */
  readonly remarks?: readonly Diagnostic[];
  /** Keys of entries that are left out, because nobody can tell which contact they are. */
  readonly unclear?: ReadonlySet<string>;
}

/** What a person allows beyond what the files say. */
export interface PlanPolicy {
  /** Whether a handle may be taken from a contact that no file declares. */
  readonly allowHandleMoves?: boolean;
  readonly allowed?: Allowance;
  /** Front may show far fewer contacts than the last time. */
  readonly acceptShrink?: boolean;
  /** The most that applying may take. */
  readonly limits?: ApplyLimits;
  /** Everything, unless something is named. */
  readonly targets?: Targets;
}

/** Works out what would make Front match the files. Reads nothing and sends nothing. */
export function planChanges(all: DesiredState, front: RemoteState, policy: PlanPolicy = {}): Plan {
  return compareAndPlan(all, front, policy).plan;
}

/** Returns the plan, and for each contact that Front already has as the files want it, what was compared. */
export function compareAndPlan(
  all: DesiredState,
  front: RemoteState,
  policy: PlanPolicy = {},
): { readonly plan: Plan; readonly unchanged: readonly Change[] } {
  const { allowHandleMoves = false, acceptShrink = false, targets } = policy;
  const desired = withoutUndecodable(all, front);
  const holders = new RemoteContactIndex(front.contacts);
  const clear = { ...desired, contacts: desired.contacts.filter(({ key }) => !front.unclear?.has(key)) };
  const identities = matchContacts(clear.contacts, holders, { allowHandleMoves });
  const resolution = resolveReferences(clear, front);
  const whole = planAll(clear, front, resolution, identities);
  const { changes, operations, problems } = targets === undefined ? whole : narrow(whole, all, targets);
  const diagnostics = [
    ...checkCompany(desired, front.company),
    ...(acceptShrink ? [] : checkShrink(front)),
    ...resolution.diagnostics,
    ...(front.remarks ?? []).filter(({ leavesOut }) => leavesOut === undefined || isTargeted(leavesOut, targets)),
    ...clear.contacts.flatMap((contact) => matchDiagnostics(contact, identities.get(contact), { allowHandleMoves })),
    ...clear.contacts.flatMap((contact) => warnPrivateContacts(contact, holders)),
    ...clear.contacts.flatMap((contact) => warnSimilarPhones(contact, identities.get(contact))),
    ...clear.contacts.flatMap((contact) => warnComparedExactly(contact, identities.get(contact))),
    ...problems,
    ...reportUndecodable(all, front, targets),
    ...warnMissingScopes(all, front),
  ];
  const sound = !hasErrors(diagnostics);
  const ordered = sound ? orderOperations(operations) : [];
  const sizes = sizesOf(ordered, front);
  const requests = withPace(countRequests(ordered, sizes), front.pace);
  const refusals = sound ? refuse({ changes, requests }, countExisting(identities), desired.settings, policy) : [];
  const touched = new Set(changes.map(({ id }) => id));
  const fingerprints = fingerprintsOf(front.contacts.filter(({ id }) => touched.has(id)));
  const plan: Plan = {
    company: front.company,
    coverage: front.coverage,
    basis: { readAt: front.readAt, fingerprints, ...(Object.keys(sizes).length === 0 ? {} : { sizes }) },
    declared: all.contacts.length,
    ...(targets === undefined ? {} : { targets }),
    changes: sound ? changes : [],
    operations: hasErrors(refusals) ? [] : ordered,
    requests,
    diagnostics: [...diagnostics, ...refusals],
  };
  return { plan, unchanged: sound ? whole.unchanged : [] };
}

/** What is more than anybody is likely to have meant, or than somebody allows. */
function refuse(
  { changes, requests }: Pick<Plan, "changes" | "requests">,
  existing: number,
  settings: DesiredState["settings"],
  { allowed = {}, limits = {} }: PlanPolicy,
): Diagnostic[] {
  return [...checkGuards(changes, existing, settings, allowed), ...checkBudget(requests, limits)];
}

/** Of the lists and accounts whose members change. */
function sizesOf(operations: readonly Operation[], { listSizes, accounts }: RemoteState): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const operation of operations) {
    if ("list" in operation && operation.list.id !== undefined && listSizes !== undefined) {
      sizes[operation.list.id] = listSizes.get(operation.list.id) ?? 0;
    }
    if ("account" in operation) {
      sizes[operation.account.id] = accounts.find(({ id }) => id === operation.account.id)?.members.size ?? 0;
    }
  }
  return sizes;
}

type Identities = ReadonlyMap<DesiredContact, Match>;

function planAll(desired: DesiredState, front: RemoteState, resolution: Resolution, identities: Identities) {
  const { samePictures, conversations } = front;
  const moves = planMoves(identities);
  const accounts = planAccounts(identities, front.accounts);
  const context = { samePictures, moves, releaseOf: releasesOf(moves), conversations };
  const contacts = resolution.contacts.flatMap((wanted) =>
    planContact(wanted, identities.get(wanted.desired), context),
  );
  const planned: Planned[] = [
    ...resolution.missingLists.map((name) => planList(name, desired.lists)),
    ...contacts.map((each) => ({ ...each, change: withAccount(each.change, accounts.moves) })),
    ...planSourceContacts(moves),
  ];
  const operations: Operation[] = [
    ...planned.flatMap((each) => each.operations),
    ...planReleases(moves),
    ...planMemberships(planned),
    ...accounts.operations,
  ];
  const changes = planned.filter(doesSomething).map(({ change }) => withPictureNote(change, front));
  const unchanged = planned.filter((each) => !doesSomething(each)).map(({ change }) => change);
  return { changes, unchanged, operations, problems: [...moves.diagnostics, ...accounts.diagnostics] };
}

function withPictureNote(change: Change, { unreadPictures }: RemoteState): Change {
  const reason = unreadPictures?.get(change.id ?? "");
  const isNew = change.differences.some(({ attribute }) => attribute === "avatar");
  if (reason === undefined || !isNew) return change;
  return { ...change, notes: [...change.notes, `the avatar in Front cannot be compared: ${reason}`] };
}

/** An entry that says what Front already has changes nothing. */
function doesSomething({ change: { action, differences }, operations }: Planned): boolean {
  return action === "delete" || differences.length > 0 || operations.length > 0;
}

function countExisting(identities: Identities): number {
  return [...identities.values()].reduce((count, identity) => count + contactsOf(identity), 0);
}

function contactsOf(identity: Match): number {
  if (identity.kind === "merge") return 1 + identity.others.length;
  return identity.kind === "match" || identity.kind === "deletion" ? 1 : 0;
}

/** The files may say which company they are for, and then they are for no other. */
export function checkCompany({ settings }: DesiredState, company: Company): Diagnostic[] {
  if (settings.company === undefined || settings.company === company.id) return [];
  return [
    {
      severity: "error",
      code: "company-differs",
      summary: `These files are for the company ${settings.company}, but the token belongs to ${company.id}`,
      advice: "Use a token of that company, or change settings.company if the files were moved on purpose.",
    },
  ];
}

/** A company that lost more than this share of its contacts is likelier not to be shown whole. */
const STRIKING_LOSS = 0.2;
/** Below this a few deletions are a large share. */
const FEW = 20;

/** Whether Front shows so many fewer contacts than the last time that some may only be out of sight. */
export function hasShrunk({ coverage, expected = 0 }: Pick<RemoteState, "coverage" | "expected">): boolean {
  const lost = expected - coverage.read;
  return coverage.contacts === "all" && lost > FEW && lost > expected * STRIKING_LOSS;
}

/** With contacts out of sight the plan would create them again. */
function checkShrink(front: RemoteState): Diagnostic[] {
  if (!hasShrunk(front)) return [];
  return [
    {
      severity: "error",
      code: "company-shrank",
      summary: `Front shows ${front.coverage.read} contacts; the last time there were ${front.expected}`,
      advice:
        "The token may have lost access to a workspace: check it in Front under Developers, API tokens. If the contacts are gone on purpose, plan with --accept-shrink.",
    },
  ];
}
