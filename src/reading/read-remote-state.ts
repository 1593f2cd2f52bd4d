import { type FrontApi, undefinedIf } from "../front/api.ts";
import {
  basePicturesOf,
  type ComparedPicture,
  findRequiredReads,
  type KnownDetails,
  pictureKey,
  picturesOf,
  type RequiredReads,
} from "../matching/match-entries.ts";
import type { RemoteAccount } from "../model/account.ts";
import type { DesiredState } from "../model/contact.ts";
import { findSamePictures, type PictureOptions } from "./compare-avatars.ts";
import { forEachConcurrently } from "./concurrent-for-each.ts";
import { type CachedContacts, ContactSearch, type Refresh } from "./contact-search.ts";
import { MissingScopes } from "./missing-scopes.ts";
import { ACCOUNTS_SCOPE, type AccountReadings, readAccounts } from "./read-accounts.ts";
import { readManagedLists } from "./read-managed-lists.ts";
import { pagesOf } from "./read-strategy.ts";
import {
  checkCompany,
  hasFarFewerContacts,
  matchReadings,
  NOTHING_READ,
  type Readings,
  type RemoteState,
} from "./remote-state.ts";

/** Stores data from earlier runs, to reduce the number of requests. */
export interface ReadingCache {
  /** Returns the number of contacts when all of them were last read. */
  getContactCount(companyId: string): number | undefined;
  storeContactCount(companyId: string, contacts: number): void;
  /** Returns the estimate of a run that did not read all contacts. */
  getEstimatedCount(companyId: string): number | undefined;
  storeEstimatedCount(companyId: string, contacts: number): void;
  loadContacts(companyId: string): Promise<CachedContacts | undefined>;
  storeContacts(companyId: string, contacts: CachedContacts): Promise<void>;
}

export interface ReadOptions extends PictureOptions {
  /** Allows handles to move from undeclared contacts. Default: false. */
  readonly allowHandleMoves?: boolean;
  /** Caches the number of contacts even if Front returned far fewer than before. Default: false. */
  readonly acceptShrink?: boolean;
  /** How to read contacts: `auto` (default), `scan`, `lookup` or `changes`, as for `plan --refresh`. */
  readonly refresh?: Refresh;
  /** Counts the conversations of contacts to delete. Default: true. */
  readonly countConversations?: boolean;
  /** A cache, such as that of `openCache`. Default: none, so that `changes` reads the same as `auto`. */
  readonly readingCache?: ReadingCache;
  /** `expected` is the number of contacts in Front, if it is known. With `refresh: "lookup"`, both count entries. */
  readonly onProgress?: (contactsRead: number, expected?: number) => void;
}

/**
 * Reads the data that a plan needs from Front, and matches entries to contacts and accounts. Throws a `FrontError` if a
 * request fails, unless the plan is possible without its data, for example if the token cannot read accounts. Throws a
 * `UserError` if a declared workspace does not exist, or if an avatar file changed after it was loaded or can no longer
 * be read.
 */
export async function readRemoteState(
  desired: DesiredState,
  front: FrontApi,
  options: ReadOptions = {},
): Promise<RemoteState> {
  const requestsBefore = front.requests;
  const company = await front.me();
  const readAt = (front.time ?? 0) / 1000;
  const unread: Readings = { ...NOTHING_READ, company, coverage: { contacts: "declared", read: 0 }, readAt };
  if (checkCompany(desired, company).length > 0) {
    return matchReadings({ ...desired, contacts: [], accounts: [] }, unread);
  }
  const definitions = await readDefinitions(desired, front);
  const { refresh = "auto", readingCache, onProgress } = options;
  const expected = readingCache?.getContactCount(company.id);
  const earlier = refresh === "changes" ? await readingCache?.loadContacts(company.id) : undefined;
  const search = new ContactSearch(desired.contacts, front, {
    refresh,
    expected,
    earlier,
    onProgress,
    estimated: readingCache?.getEstimatedCount(company.id),
  });
  const managed = await readManagedLists(desired, definitions.lists, front);
  search.addMembers([...managed.listMembers.values()]);
  const initial = { ...unread, ...definitions, ...managed, expected };
  const state = withRequests(await matchAndRead(search, initial, { desired, front, options }), front, requestsBefore);
  if (readingCache !== undefined) await storeInCache(readingCache, state, search, options);
  return state;
}

/** Reads the custom fields and lists of the company if the configuration uses them. */
async function readDefinitions(
  { contacts, accounts = [], lists: declaredLists, customFields, absentLists = [], base }: DesiredState,
  front: FrontApi,
): Promise<Pick<Readings, "fields" | "lists" | "accountFields">> {
  const entries = [...contacts, ...(base?.contacts ?? [])];
  const accountEntries = [...accounts, ...(base?.accounts ?? [])];
  const needsFields = customFields.length > 0 || entries.some((entry) => entry.customFields);
  const needsLists = declaredLists.length + absentLists.length > 0 || entries.some((entry) => entry.lists);
  const [fields, lists, accountFields] = await Promise.all([
    needsFields ? front.customFields() : [],
    needsLists ? front.contactLists() : [],
    accountEntries.some((entry) => entry.customFields) ? front.accountCustomFields() : [],
  ]);
  return { fields, lists, accountFields };
}

interface Context {
  readonly desired: DesiredState;
  readonly front: FrontApi;
  readonly options: ReadOptions;
}

/** Finds and matches the contacts. Reads missing data and matches again until no data is missing. */
async function matchAndRead(search: ContactSearch, initial: Readings, context: Context): Promise<RemoteState> {
  const { desired, front, options } = context;
  let coverage = await search.run();
  const scopes = new MissingScopes();
  const details = new MatchDetails(front, options, await readAccounts(desired, front, scopes), scopes);
  for (;;) {
    const readings = { ...initial, ...search.getReadings(), ...details.getReadings(), coverage };
    const state = matchReadings(desired, readings, options, search.found);
    const required = findRequiredReads(state.matches, details.getKnown(search.confirmed));
    if (required.contacts.length > expectedPages(initial)) coverage = await search.readAll();
    else if (required.contacts.length > 0) await search.confirm(required.contacts);
    else if (!details.covers(required)) await details.read(required);
    else return { ...state, ...details.getSamePictures(state) };
  }
}

/** Returns the number of requests that reading all contacts takes; infinity if it is unknown. */
function expectedPages({ expected }: Readings): number {
  return expected === undefined ? Number.POSITIVE_INFINITY : pagesOf(expected);
}

/** Data that Front does not return with the contacts. */
class MatchDetails {
  readonly #front: FrontApi;
  readonly #options: ReadOptions;
  readonly #accounts: AccountReadings;
  readonly #scopes: MissingScopes;
  readonly #pictures = new Map<string, boolean>();
  readonly #pictureReadErrors = new Map<string, string>();
  /** Descriptions such as "3 conversations", by contact ID. */
  readonly #conversations = new Map<string, string>();
  readonly #withoutConversations = new Set<string>();
  readonly #conversationsRead = new Set<string>();
  readonly #accountsOfDeleted = new Map<string, RemoteAccount>();
  readonly #accountsRead = new Set<string>();

  constructor(front: FrontApi, options: ReadOptions, accounts: AccountReadings, scopes: MissingScopes) {
    this.#front = front;
    this.#options = options;
    this.#accounts = accounts;
    this.#scopes = scopes;
  }

  getReadings() {
    return {
      ...this.#accounts,
      conversations: this.#conversations,
      withoutConversations: this.#withoutConversations,
      accountsOfDeleted: this.#accountsOfDeleted,
      pictureReadErrors: this.#pictureReadErrors,
      missingScopes: this.#scopes.adviceByScope,
    };
  }

  getKnown(confirmed: ReadonlySet<string>): KnownDetails {
    return {
      accounts: this.#accounts.referencedAccounts,
      confirmed,
      pictures: this.#pictures,
      conversationsRead: this.#conversationsRead,
      accountsRead: this.#accountsRead,
    };
  }

  covers({ pictures, basePictures, conversations, accounts }: RequiredReads): boolean {
    return (
      pictures.length + basePictures.length + accounts.length === 0 &&
      (conversations.length === 0 || this.#options.countConversations === false)
    );
  }

  async read({ pictures, basePictures, conversations, accounts }: RequiredReads): Promise<void> {
    const onPictureFailure: PictureOptions["onPictureFailure"] = (contact, error) => {
      this.#pictureReadErrors.set(contact.id, error.message);
      this.#options.onPictureFailure?.(contact, error);
    };
    for (const compared of [pictures, basePictures]) {
      const same = await findSamePictures(compared, this.#front, { ...this.#options, onPictureFailure });
      for (const picture of compared) this.#pictures.set(pictureKey(picture), same.has(picture.contact.id));
    }
    await forEachConcurrently(accounts, (id) => this.#readAccount(id));
    if (this.#options.countConversations === false) return;
    await forEachConcurrently(conversations, (id) => this.#countConversations(id));
  }

  getSamePictures({
    matches,
  }: RemoteState): Pick<RemoteState, "contactsWithDeclaredAvatar" | "contactsWithBaseAvatar"> {
    const idsOfSame = (pictures: readonly ComparedPicture[]) => {
      const same = pictures.filter((picture) => this.#pictures.get(pictureKey(picture)));
      return new Set(same.map(({ contact }) => contact.id));
    };
    return {
      contactsWithDeclaredAvatar: idsOfSame(matches.entries.flatMap(picturesOf)),
      contactsWithBaseAvatar: idsOfSame(matches.entries.flatMap(basePicturesOf)),
    };
  }

  async #readAccount(id: string): Promise<void> {
    this.#accountsRead.add(id);
    const account = await this.#scopes.read(ACCOUNTS_SCOPE, () => this.#front.account(id));
    if (account !== undefined) this.#accountsOfDeleted.set(id, account);
  }

  /** The number is shown because Front may delete the conversations together with the contact. */
  async #countConversations(id: string): Promise<void> {
    this.#conversationsRead.add(id);
    const scope = "conversations:read";
    // The contact may have been deleted in the meantime.
    const count = await undefinedIf(
      "missing",
      this.#scopes.read(scope, () => this.#front.conversations(id)),
    );
    if (this.#scopes.adviceByScope.has(scope)) this.#conversations.set(id, "an unknown number of conversations");
    else if (count !== undefined) this.#conversations.set(id, describeCount(count));
    if (count?.count === 0 && !count.hasMore) this.#withoutConversations.add(id);
  }
}

function withRequests(state: RemoteState, { requests, requestRate }: FrontApi, requestsBefore: number): RemoteState {
  const coverage = { ...state.coverage, requests: requests - requestsBefore };
  return requestRate === undefined ? { ...state, coverage } : { ...state, coverage, requestRate };
}

async function storeInCache(
  readingCache: ReadingCache,
  state: RemoteState,
  search: ContactSearch,
  { refresh, acceptShrink }: ReadOptions,
): Promise<void> {
  const { company, coverage, readAt } = state;
  if (coverage.contacts === "all" && (acceptShrink || !hasFarFewerContacts(state))) {
    readingCache.storeContactCount(company.id, coverage.read);
  } else if (coverage.contacts !== "all" && search.estimatedCount !== undefined) {
    readingCache.storeEstimatedCount(company.id, search.estimatedCount);
  }
  if (refresh === "changes") await readingCache.storeContacts(company.id, search.createCachedContacts(readAt));
}

function describeCount({ count, hasMore }: { readonly count: number; readonly hasMore: boolean }): string {
  return `${hasMore ? "more than " : ""}${count} conversation${count === 1 && !hasMore ? "" : "s"}`;
}
