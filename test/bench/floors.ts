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

interface Reading {
  /** True if the files use custom fields, and lists: one request reads all of either. */
  readonly fields?: boolean;
  readonly lists?: boolean;
  /** How many contacts Front has. */
  readonly present: number;
  /** How many contacts are on each list whose members the files manage. They need no look-ups. */
  readonly members?: readonly number[];
  /** How many look-ups would do: one for a contact that is found with all of its handles, one a handle for any other. */
  readonly lookUps: number;
}

/** `GET /me`, the definitions, and the contacts by pages or by look-ups, whichever is less. */
export function planFloor({ fields = false, lists = false, members = [], present, lookUps }: Reading): number {
  const onLists = members.reduce((sum, count) => sum + pages(count), 0);
  return 1 + Number(fields) + Number(lists) + onLists + Math.min(pages(present), lookUps);
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
}

export function applyFloor(writing: Writing): number {
  const { created = 0, pictures = 0, handles = 0, listsCreated = 0, customFieldsChanged = 0, joining = 0 } = writing;
  const { namingLists = 0, leaving = 0 } = writing;
  const looks = (listsCreated === 0 ? 0 : listsCreated + 1) + Math.ceil(namingLists / LOOK_FOR);
  return (
    created +
    pictures +
    handles +
    listsCreated +
    looks +
    2 * customFieldsChanged +
    Math.ceil(joining / BULK) +
    Math.ceil(leaving / BULK)
  );
}

interface VerificationWork {
  /** Touched contacts that Front's listing by time of change returns. */
  readonly listed?: number;
  /** Touched contacts that it does not: a change of membership is no change of the contact. */
  readonly unlisted?: number;
  /** How many members the lists have in which those are to be found. */
  readonly members?: number;
}

/** One listing of what moved since the start; for what it leaves out the lists' members or the contacts one by one. */
export function verificationFloor({ listed = 0, unlisted = 0, members = 0 }: VerificationWork): number {
  return pages(listed) + (unlisted === 0 ? 0 : Math.min(unlisted, pages(members)));
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
