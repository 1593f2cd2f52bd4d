/** The number of requests in each phase of a run. */
export interface RequestsByPhase {
  /** Requests that read Front to make the plan. */
  readonly plan: number;
  /** Writes, and the reads that they require. */
  readonly apply: number;
  readonly verification: number;
}

export function totalOf({ plan, apply, verification }: RequestsByPhase): number {
  return plan + apply + verification;
}

/** Maximum number of contacts or accounts on a page. */
const PAGE = 100;
/** Maximum number of contacts in one bulk change of a list or an account. */
const BULK = 50;
/** Number of new contacts with lists that may share one read of the lists. */
const SHARED_READ = 10;

/** Returns the number of pages of a listing. An empty listing has one page. */
function countPages(count: number): number {
  return Math.max(1, Math.ceil(count / PAGE));
}

function sumPages(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + countPages(count), 0);
}

interface Reading {
  /** True if custom fields are read. One request reads all of them. */
  readonly fields?: boolean;
  /** True if lists are read. One request reads all of them. */
  readonly lists?: boolean;
  /** Number of contacts in Front. */
  readonly existing: number;
  /** Number of contacts on each list with exact members. These contacts need no lookups. */
  readonly members?: readonly number[];
  readonly accountFields?: boolean;
  /** Number of accounts in Front, and number of names by which the configuration refers to them. */
  readonly accounts?: { readonly existing: number; readonly names: number };
  /** Number of contacts in each account that is deleted, or that entries refer to. */
  readonly accountMembers?: readonly number[];
  /**
   * Minimum number of lookups: one for a contact that is found with all its handles, and one per handle for any other
   * contact.
   */
  readonly lookUps: number;
}

/**
 * Returns the minimum number of requests of a plan: `GET /me`, the custom fields and lists, the members of lists and
 * accounts, and the contacts and accounts, by pages or by lookups, whichever takes fewer requests.
 */
export function minimumToPlan({ fields = false, lists = false, accountFields = false, ...rest }: Reading): number {
  const { members = [], accountMembers = [], accounts = { existing: 0, names: 0 }, existing, lookUps } = rest;
  const definitions = Number(fields) + Number(lists) + Number(accountFields);
  const searches = Math.min(countPages(accounts.existing), accounts.names) + Math.min(countPages(existing), lookUps);
  return 1 + definitions + sumPages([...members, ...accountMembers]) + searches;
}

interface Writing {
  /** Created contacts. Each takes one request. */
  readonly created?: number;
  /** Uploaded pictures. Each takes one request. */
  readonly pictures?: number;
  /** Created lists. Each takes one request, and all lists are read before, between and after these requests. */
  readonly listsCreated?: number;
  /** Created contacts with lists. All lists are read once for every ten, because Front would create missing lists. */
  readonly createdWithLists?: number;
  /** Contacts with changed custom fields. Each takes a read and a write, because the API replaces all fields. */
  readonly customFieldsChanged?: number;
  /** Existing contacts that join one list. */
  readonly joining?: number;
  /** Contacts that leave one list. */
  readonly leaving?: number;
  /** Number of contacts on each deleted list. These contacts are read again. */
  readonly listsDeleted?: readonly number[];
  /** Created accounts. Each takes one request, and the latest accounts are read before, between and after these. */
  readonly accountsCreated?: number;
  /** Changed accounts. Each takes a read and a write, because the API replaces all domains and fields. */
  readonly accountsChanged?: number;
  /** Number of contacts in each deleted account. The account and its contacts are read again. */
  readonly accountsDeleted?: readonly number[];
  /** Contacts that are linked to one account. */
  readonly linked?: number;
  /** Contacts that are unlinked from one account. */
  readonly unlinked?: number;
}

export function minimumToApply({ listsDeleted = [], accountsDeleted = [], ...counts }: Writing): number {
  const { created = 0, pictures = 0, listsCreated = 0, accountsCreated = 0, createdWithLists = 0 } = counts;
  const { customFieldsChanged = 0, accountsChanged = 0, joining = 0, leaving = 0, linked = 0, unlinked = 0 } = counts;
  const reads =
    countReadsAround(listsCreated) + Math.ceil(createdWithLists / SHARED_READ) + countReadsAround(accountsCreated);
  const bulks = [joining, leaving, linked, unlinked].reduce((sum, count) => sum + Math.ceil(count / BULK), 0);
  const deletions = listsDeleted.length + 2 * accountsDeleted.length + sumPages([...listsDeleted, ...accountsDeleted]);
  const single = created + pictures + listsCreated + accountsCreated;
  return single + reads + 2 * (customFieldsChanged + accountsChanged) + bulks + deletions;
}

/** Reads before, between and after creations prevent a list or an account from being created twice. */
function countReadsAround(created: number): number {
  return created === 0 ? 0 : created + 1;
}

interface VerificationWork {
  /** Changed contacts in Front's listing of recent changes. */
  readonly listed?: number;
  /** Changed contacts that the listing does not return, because only their memberships changed. */
  readonly unlisted?: number;
  /** Number of contacts on the lists that the unlisted contacts joined or left. */
  readonly members?: number;
  /** True if lists were deleted. Takes one read of all lists. */
  readonly listsDeleted?: boolean;
  /** Created or changed accounts. One listing returns them. */
  readonly accountsChanged?: number;
  /** Deleted accounts. Each takes one read. */
  readonly accountsDeleted?: number;
  /** Number of contacts in each account that contacts were linked to or unlinked from, after these changes. */
  readonly accountMembers?: readonly number[];
}

/**
 * Returns the minimum number of requests of a verification: one listing of changes, and for contacts that the listing
 * does not contain, the members of their lists or one read each. Accounts require separate requests.
 */
export function minimumToVerify({ listsDeleted = false, accountMembers = [], ...counts }: VerificationWork): number {
  const { listed = 0, unlisted = 0, members = 0, accountsChanged = 0, accountsDeleted = 0 } = counts;
  const contacts = listed + unlisted === 0 ? 0 : countPages(listed) + Math.min(unlisted, countPages(members));
  const accounts =
    (accountsChanged === 0 ? 0 : countPages(accountsChanged)) + accountsDeleted + sumPages(accountMembers);
  return contacts + Number(listsDeleted) + accounts;
}

/** Returns the minimum time from the first request to the last, in milliseconds. */
export function idealTime(requests: number, { limit, others, reserve, window }: Budget): number {
  return ((requests - 1) * window) / (limit * (1 - others - reserve));
}

export interface Budget {
  /** Requests per window. */
  readonly limit: number;
  /** Share of the limit that other clients use. */
  readonly others: number;
  /** Share of the limit that the tool leaves for other clients. */
  readonly reserve: number;
  /** Length of the window in milliseconds. */
  readonly window: number;
}

/**
 * Counts the requests of the plan, of the apply up to the last write, and of the verification. `planned` is the number
 * of requests of the plan.
 */
export function splitByPhase(requests: readonly { readonly method: string }[], planned: number): RequestsByPhase {
  const last = requests.findLastIndex(({ method }) => method !== "GET");
  if (last === -1) return { plan: requests.length, apply: 0, verification: 0 };
  return { plan: planned, apply: last + 1 - planned, verification: requests.length - last - 1 };
}
