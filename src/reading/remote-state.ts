import { resolveAccounts } from "../config/resolve-fields.ts";
import { type Resolution, type ResolvedContact, resolveReferences } from "../config/resolve-references.ts";
import type { RequestRate } from "../front/api.ts";
import { pruneBase } from "../matching/base-entries.ts";
import { RemoteContactIndex } from "../matching/contact-index.ts";
import { inclusionFilter } from "../matching/declared-contacts.ts";
import { type AccountMatches, matchAccounts } from "../matching/match-accounts.ts";
import type { MatchPolicy } from "../matching/match-contacts.ts";
import { type Matches, matchEntries } from "../matching/match-entries.ts";
import { skipEntriesOfSameContacts } from "../matching/skipped-entries.ts";
import type { RemoteAccount } from "../model/account.ts";
import { type AccountIndex, indexAccounts } from "../model/account-index.ts";
import { combineDiagnostics } from "../model/combine-diagnostics.ts";
import type { Company, FieldDefinition } from "../model/company.ts";
import type { BaseState, DesiredState, List, RemoteContact, UndecodableContact } from "../model/contact.ts";
import { type Diagnostic, generalError, generalWarning } from "../model/diagnostic.ts";
import type { Coverage } from "../model/plan.ts";
import { plural } from "../model/plural.ts";

export interface ListMembers {
  readonly contacts: readonly RemoteContact[];
  readonly undecodable: readonly UndecodableContact[];
}

/** IDs of the contacts in an account. */
export interface AccountMembers {
  readonly all: ReadonlySet<string>;
  /** The contacts without an email address in a domain of the account. Front does not link them automatically. */
  readonly manual: ReadonlySet<string>;
}

/** Data from Front for a plan. */
export interface Readings {
  readonly company: Company;
  /** Contact custom fields. Empty if the configuration does not need them. */
  readonly fields: readonly FieldDefinition[];
  /** Empty if the configuration does not need them. */
  readonly lists: readonly List[];
  /** The contacts that entries may match. */
  readonly contacts: readonly RemoteContact[];
  /** Number of contacts on each list, by ID. Undefined unless every contact was read. */
  readonly listSizes?: ReadonlyMap<string, number>;
  /** IDs of the contacts whose picture in Front is the declared picture. */
  readonly contactsWithDeclaredAvatar: ReadonlySet<string>;
  /**
   * IDs of the contacts whose picture in Front is the picture at the base, if the configuration declares another one.
   */
  readonly contactsWithBaseAvatar: ReadonlySet<string>;
  /** Reasons why pictures in Front could not be read, by contact ID. */
  readonly pictureReadErrors: ReadonlyMap<string, string>;
  /** The accounts that contacts refer to. */
  readonly referencedAccounts: AccountIndex;
  /** The accounts of the contacts that an undo may delete, by ID. */
  readonly accountsOfDeleted: ReadonlyMap<string, RemoteAccount>;
  /** The accounts that entries under `accounts` may match. Undefined if the token cannot read accounts. */
  readonly remoteAccounts: readonly RemoteAccount[] | undefined;
  /** Account custom fields. Empty if the configuration does not need them. */
  readonly accountFields: readonly FieldDefinition[];
  /** The contacts of each account to delete, by account ID. */
  readonly accountMembers: ReadonlyMap<string, AccountMembers>;
  /** The conversations of each contact to delete, such as "3 conversations", by contact ID. */
  readonly conversations: ReadonlyMap<string, string>;
  readonly withoutConversations: ReadonlySet<string>;
  /** IDs of the lists in each declared workspace, by workspace ID. */
  readonly teamLists: ReadonlyMap<string, ReadonlySet<string>>;
  /** By list ID. Contains only lists whose members were read. */
  readonly listMembers: ReadonlyMap<string, ListMembers>;
  readonly coverage: Coverage;
  /** Number of contacts when all of them were last read. */
  readonly expected?: number | undefined;
  /** Undefined if Front does not report its rate limit. */
  readonly requestRate?: RequestRate;
  /** Front's time when reading began, in epoch seconds. */
  readonly readAt: number;
  /** Contains an error for each entry that is excluded from the plan before matching. */
  readonly searchDiagnostics: readonly Diagnostic[];
  readonly undecodable: readonly UndecodableContact[];
  /** Scopes that the token lacks, with advice. */
  readonly missingScopes: ReadonlyMap<string, string>;
}

export const NOTHING_READ: Omit<Readings, "company" | "coverage" | "readAt"> = {
  fields: [],
  lists: [],
  contacts: [],
  contactsWithDeclaredAvatar: new Set(),
  contactsWithBaseAvatar: new Set(),
  pictureReadErrors: new Map(),
  referencedAccounts: indexAccounts(),
  accountsOfDeleted: new Map(),
  remoteAccounts: [],
  accountFields: [],
  accountMembers: new Map(),
  conversations: new Map(),
  withoutConversations: new Set(),
  teamLists: new Map(),
  listMembers: new Map(),
  searchDiagnostics: [],
  undecodable: [],
  missingScopes: new Map(),
};

export interface RemoteState extends Readings {
  readonly matches: Matches;
  readonly accountMatches: AccountMatches;
  /** The lists and custom fields that the configuration refers to. */
  readonly references: Resolution;
  /** One diagnostic for each use of a name. In `diagnostics`, the uses of a name share one diagnostic. */
  readonly referenceDiagnostics: readonly Diagnostic[];
  readonly diagnostics: readonly Diagnostic[];
}

export function matchReadings(
  desired: DesiredState,
  readings: Readings,
  { allowHandleMoves = false }: Partial<Pick<MatchPolicy, "allowHandleMoves">> = {},
  index = new RemoteContactIndex(readings.contacts),
): RemoteState {
  const { company, accountFields } = readings;
  const searchDiagnostics = skipEntriesOfSameContacts(desired.contacts, readings.searchDiagnostics, index);
  const included = { ...desired, contacts: desired.contacts.filter(inclusionFilter(searchDiagnostics)) };
  const isComplete = included.contacts.length === desired.contacts.length;
  const base = isComplete ? desired.base : desired.base && pruneBase(desired.base, desired, included);
  const references = resolveReferences(included, readings);
  const policy = { allowHandleMoves, overwrite: desired.base?.overwrite ?? false };
  const matches = matchEntries(references.contacts, index, policy, resolveBase(base, readings));
  const accounts = resolveAccounts(desired.accounts ?? [], accountFields);
  const baseAccounts = resolveAccounts(desired.base?.accounts ?? [], accountFields).accounts;
  const accountMatches = matchAccounts(accounts.accounts, readings.remoteAccounts, baseAccounts);
  const referenceDiagnostics = [...references.diagnostics, ...accounts.diagnostics];
  const diagnostics = [
    ...checkCompany(desired, company),
    ...combineDiagnostics(referenceDiagnostics),
    ...accountMatches.diagnostics,
    ...searchDiagnostics,
    ...matches.diagnostics,
    ...warnMissingScopes(desired, readings),
  ];
  return { ...readings, references, matches, accountMatches, referenceDiagnostics, diagnostics };
}

/**
 * Returns the resolved entries at the base. Omits references to resources that no longer exist in Front. If several lists
 * have the same name, uses the oldest, because the others were probably created after the base.
 */
function resolveBase(base: BaseState | undefined, readings: Readings): readonly ResolvedContact[] {
  if (base === undefined) return [];
  const desired = { ...base, customFields: [], settings: {} };
  return resolveReferences(desired, readings, { preferOldestList: true }).contacts;
}

function warnMissingScopes({ contacts, accounts = [] }: DesiredState, { missingScopes }: Readings): Diagnostic[] {
  const linkCount = contacts.filter(({ account }) => account !== undefined).length;
  const references = [
    ...(accounts.length === 0 ? [] : [plural(accounts.length, "account")]),
    ...(linkCount === 0 ? [] : [`the ${linkCount === 1 ? "account" : "accounts"} of ${plural(linkCount, "contact")}`]),
  ];
  // There are no references if only the base, or accounts to restore, refer to accounts.
  const subject = references.length === 0 ? "Accounts" : references.join(" and ");
  const isSingular = accounts.length + linkCount === 1;
  const summaries: Readonly<Record<string, string>> = {
    "conversations:read": "The number of conversations of the contacts to be deleted is unknown",
    "accounts:read": `${subject.replace(/^t/, "T")} ${isSingular ? "is" : "are"} neither compared nor changed`,
  };
  return [...missingScopes].flatMap(([scope, advice]) => {
    const summary = summaries[scope];
    return summary === undefined ? [] : [generalWarning("scope-missing", summary, advice)];
  });
}

export function checkCompany({ settings }: Pick<DesiredState, "settings">, company: Company): Diagnostic[] {
  if (settings.company === undefined || settings.company === company.id) return [];
  const summary = `The configuration is for company "${settings.company}", but the token belongs to "${company.id}"`;
  const advice = "Use a token of that company, or correct settings.company.";
  return [generalError("company-differs", summary, advice)];
}

/** Maximum share of contacts that may be missing since the last full read. */
const MAX_MISSING_SHARE = 0.2;
/** Number of contacts that may always be missing, because a few deletions are a large share in a small company. */
const ALLOWED_MISSING = 20;

/**
 * Returns whether so many contacts are missing since the last full read that the token may have lost access to
 * some.
 */
export function hasFarFewerContacts({ coverage, expected = 0 }: Pick<Readings, "coverage" | "expected">): boolean {
  const missing = expected - coverage.read;
  return coverage.contacts === "all" && missing > ALLOWED_MISSING && missing > expected * MAX_MISSING_SHARE;
}
