/** The minimum number of requests for each part of a run. */
export interface Bill {
  /** Reading Front, to know what to do. */
  readonly plan: number;
  /** Doing it, with the reads that a write cannot do without. */
  readonly apply: number;
  /** Asking Front afterwards whether it is so. */
  readonly verification: number;
}

export function totalOf({ plan, apply, verification }: Bill): number {
  return plan + apply + verification;
}

/** Most contacts that Front puts on one page. */
const PAGE = 100;
/** Most ids in one change of a list's members. */
const BULK = 50;
/** New contacts with lists for which one look at the lists is safe enough. */
const LOOK_FOR = 10;

/** A listing of nothing is a page too. */
function pages(count: number): number {
  return Math.max(1, Math.ceil(count / PAGE));
}

function allPages(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + pages(count), 0);
}

interface Reading {
  /** True if the files use custom fields, and lists: one request reads all of either. */
  readonly fields?: boolean;
  readonly lists?: boolean;
  /** How many contacts Front has. */
  readonly present: number;
  /** How many contacts are on each list whose members the files manage. They need no look-ups. */
  readonly members?: readonly number[];
  /** True if the files use custom fields of accounts. */
  readonly accountFields?: boolean;
  /** How many accounts Front has, and by how many names the files find them. */
  readonly accounts?: { readonly present: number; readonly names: number };
  /** How many contacts are in each account that is deleted, or that contacts of the files name. */
  readonly accountMembers?: readonly number[];
  /** How many look-ups would do: one for a contact that is found with all of its handles, one a handle for any other. */
  readonly lookUps: number;
}

/** `GET /me`, the definitions, and the contacts and the accounts by pages or by look-ups, whichever is less. */
export function planFloor({ fields = false, lists = false, accountFields = false, ...rest }: Reading): number {
  const { members = [], accountMembers = [], accounts = { present: 0, names: 0 }, present, lookUps } = rest;
  const definitions = Number(fields) + Number(lists) + Number(accountFields);
  const found = Math.min(pages(accounts.present), accounts.names) + Math.min(pages(present), lookUps);
  return 1 + definitions + allPages([...members, ...accountMembers]) + found;
}

interface Writing {
  /** One request for each contact, whatever changes except its picture. */
  readonly created?: number;
  /** One each. */
  readonly pictures?: number;
  readonly handles?: number;
  /** One each, and a look at all lists between them, before the first and after the last. */
  readonly listsCreated?: number;
  /** How many of those created name lists, which Front would create if they were gone: one look for every ten. */
  readonly namingLists?: number;
  /** Two each: custom fields are replaced as a whole, so those that no file names are read first. */
  readonly customFieldsChanged?: number;
  /** Contacts that exist and join one list. */
  readonly joining?: number;
  /** Contacts that leave one list. */
  readonly leaving?: number;
  /** Number of contacts on each deleted list. They are read again. */
  readonly listsDeleted?: readonly number[];
  /** One each, and a look at the accounts that changed last between them, before the first and after the last. */
  readonly accountsCreated?: number;
  /** Two each: domains and custom fields are replaced as a whole. */
  readonly accountsChanged?: number;
  /** Number of contacts in each deleted account. The account and its contacts are read again. */
  readonly accountsDeleted?: readonly number[];
  /** Contacts that are linked to one account, and that are unlinked from one. */
  readonly linked?: number;
  readonly unlinked?: number;
}

export function applyFloor({ listsDeleted = [], accountsDeleted = [], ...counts }: Writing): number {
  const { created = 0, pictures = 0, handles = 0, listsCreated = 0, accountsCreated = 0, namingLists = 0 } = counts;
  const { customFieldsChanged = 0, accountsChanged = 0, joining = 0, leaving = 0, linked = 0, unlinked = 0 } = counts;
  const looks = looksAround(listsCreated) + Math.ceil(namingLists / LOOK_FOR) + looksAround(accountsCreated);
  const bulks = [joining, leaving, linked, unlinked].reduce((sum, count) => sum + Math.ceil(count / BULK), 0);
  const deletions = listsDeleted.length + 2 * accountsDeleted.length + allPages([...listsDeleted, ...accountsDeleted]);
  const single = created + pictures + handles + listsCreated + accountsCreated;
  return single + looks + 2 * (customFieldsChanged + accountsChanged) + bulks + deletions;
}

/** Neither a list nor an account may be created twice. */
function looksAround(created: number): number {
  return created === 0 ? 0 : created + 1;
}

interface VerificationWork {
  /** Touched contacts that Front's listing by time of change returns. */
  readonly listed?: number;
  /** Touched contacts that it does not: a change of membership is no change of the contact. */
  readonly unlisted?: number;
  /** How many members the lists have in which those are to be found. */
  readonly members?: number;
  /** True if lists were deleted: one look at all lists. */
  readonly listsDeleted?: boolean;
  /** Accounts that were created or changed, which one listing of the latest has; and deleted ones, which take a look each. */
  readonly accountsChanged?: number;
  readonly accountsDeleted?: number;
  /** How many contacts are now in each account that contacts were linked to, or unlinked from. */
  readonly accountMembers?: readonly number[];
}

/** One listing of what moved since the start; for what it leaves out the lists' members or the contacts one by one. */
export function verificationFloor({ listsDeleted = false, accountMembers = [], ...counts }: VerificationWork): number {
  const { listed = 0, unlisted = 0, members = 0, accountsChanged = 0, accountsDeleted = 0 } = counts;
  const contacts = listed + unlisted === 0 ? 0 : pages(listed) + Math.min(unlisted, pages(members));
  const accounts = (accountsChanged === 0 ? 0 : pages(accountsChanged)) + accountsDeleted + allPages(accountMembers);
  return contacts + Number(listsDeleted) + accounts;
}

/** Returns the minimum time, in milliseconds, from the first of these requests to the last within the rate. */
export function idealTime(requests: number, { limit, others, reserve, window }: Budget): number {
  return ((requests - 1) * window) / (limit * (1 - others - reserve));
}

export interface Budget {
  /** Requests a window. */
  readonly limit: number;
  /** Shares of the limit: the use of other clients, and the reserve. */
  readonly others: number;
  readonly reserve: number;
  /** In milliseconds. */
  readonly window: number;
}

/** Splits the requests of an apply: those of a plan, those up to the last write, and the verification. */
export function phases(seen: readonly { readonly method: string }[], planned: number): Bill {
  const last = seen.findLastIndex(({ method }) => method !== "GET");
  if (last === -1) return { plan: seen.length, apply: 0, verification: 0 };
  return { plan: planned, apply: last + 1 - planned, verification: seen.length - last - 1 };
}
