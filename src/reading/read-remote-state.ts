import { type FrontApi, FrontError } from "../front/api.ts";
import { imagesMatch } from "../images/image-similarity.ts";
import { readPicture } from "../images/picture.ts";
import { type Match, matchContacts } from "../matching/match.ts";
import type { DesiredContact, DesiredState, Picture, RemoteContact } from "../model/contact.ts";
import { hasErrors } from "../model/diagnostic.ts";
import type { Coverage } from "../model/plan.ts";
import { type AccountState, accountName } from "../planning/account-links.ts";
import { checkCompany, hasShrunk, planChanges, type RemoteState } from "../planning/plan-changes.ts";
import { forEachConcurrently } from "./concurrent-for-each.ts";
import { type CachedReading, ContactSearch, type Refresh } from "./contact-search.ts";
import { MissingScopes } from "./missing-scopes.ts";
import { pagesOf } from "./read-strategy.ts";

/** Remembers which file's picture is shown at which `avatar_url`. Losing it costs a download each, nothing more. */
export interface AvatarCache {
  /** The hash of the file that the picture at this address is known to come from. */
  known(url: string): string | undefined;
  remember(url: string, sha256: string): void;
}

/** Remembers what a company looked like when it was last read. Losing it costs requests, nothing more. */
export interface ReadingCache {
  /** How many contacts there were when all of them were last read. */
  contactCount(companyId: string): number | undefined;
  rememberCount(companyId: string, contacts: number): void;
  earlier(companyId: string): Promise<CachedReading | undefined>;
  rememberReading(companyId: string, reading: CachedReading): Promise<void>;
}

export interface ReadOptions {
  /** Usually none, and then pictures in Front are downloaded to be compared. `openCache` keeps one on the disk. */
  readonly pictures?: AvatarCache;
  /** Where the paths of pictures start, as given to `loadDesired`. Usually where the process runs. */
  readonly cwd?: string;
  /** Whether a downloaded picture is the one in the file. Usually to the eye, since Front may re-encode. */
  readonly samePicture?: (file: Picture, shown: Uint8Array) => Promise<boolean>;
  /** Called for a picture in Front that cannot be fetched. The contact then counts as having another picture. */
  readonly onPictureFailure?: (contact: RemoteContact, error: FrontError) => void;
  /** As in the plan's policy: who is who depends on it. */
  readonly allowHandleMoves?: boolean;
  /** As in the plan's policy. Else a company that seems to have shrunk is still remembered as it was. */
  readonly acceptShrink?: boolean;
  /** Usually `auto`. */
  readonly refresh?: Refresh;
  /** Whether to count the conversations of contacts that are to be deleted, for people to see. Usually true. */
  readonly countConversations?: boolean;
  /** Usually none: then it is not known how many contacts there are, and `changes` reads as `auto` does. */
  readonly memory?: ReadingCache;
  /** Called as contacts come in, with how many were read so far, and of about how many, where that is remembered. */
  readonly onProgress?: (contactsRead: number, expected?: number) => void;
}

/** As many rounds of confirming what was remembered as a plan may take; past that all is read. */
const ROUNDS = 5;

/**
 * Reads what a plan depends on, in as few requests as it can tell. Throws a `FrontError` when it cannot. With
 * `refresh: "changes"` nothing that the plan would touch is taken from memory: it is read again by its id.
 */
export async function readRemoteState(
  desired: DesiredState,
  front: FrontApi,
  options: ReadOptions = {},
): Promise<RemoteState> {
  const sentBefore = front.requests;
  const company = await front.me();
  const readAt = (front.time ?? 0) / 1000;
  if (hasErrors(checkCompany(desired, company))) return { ...NOTHING_READ, company, readAt };
  const needsFields = desired.customFields.length > 0 || desired.contacts.some((contact) => contact.customFields);
  const needsLists = desired.lists.length > 0 || desired.contacts.some((contact) => contact.lists);
  const [fields, lists] = await Promise.all([
    needsFields ? front.customFields() : [],
    needsLists ? front.contactLists() : [],
  ]);
  const { refresh = "auto", memory, onProgress } = options;
  const expected = memory?.contactCount(company.id);
  const earlier = refresh === "changes" ? await memory?.earlier(company.id) : undefined;
  const search = new ContactSearch(desired.contacts, front, { refresh, expected, earlier, onProgress });
  const coverage = await search.run();
  const forbidden = new MissingScopes();
  const accounts = await readAccounts(desired.contacts, front, forbidden);
  const basics = { company, fields, lists, accounts, readAt, ...(expected === undefined ? {} : { expected }) };
  const completion = new Completion(search, front, { desired, options, basics, forbidden });
  const state = withCost(await completion.confirmed(coverage), front, sentBefore);
  if (memory !== undefined) await remember(memory, state, { ...options, reading: search.reading(readAt) });
  return state;
}

/** What reading took, and what it taught of the limits. */
function withCost(state: RemoteState, { requests, requestRate }: FrontApi, sentBefore: number): RemoteState {
  const coverage = { ...state.coverage, requests: requests - sentBefore };
  return requestRate === undefined ? { ...state, coverage } : { ...state, coverage, pace: requestRate };
}

async function remember(
  memory: ReadingCache,
  state: RemoteState,
  { refresh, acceptShrink, reading }: ReadOptions & { readonly reading: CachedReading },
): Promise<void> {
  const { company, coverage } = state;
  if (coverage.contacts === "all" && (acceptShrink || !hasShrunk(state))) {
    memory.rememberCount(company.id, coverage.read);
  }
  if (refresh === "changes") await memory.rememberReading(company.id, reading);
}

type Basics = Pick<RemoteState, "company" | "fields" | "lists" | "accounts" | "readAt" | "expected">;

interface Given {
  readonly desired: DesiredState;
  readonly options: ReadOptions;
  readonly basics: Basics;
  readonly forbidden: MissingScopes;
}

/** What else has to be known of the contacts that were found. */
class Completion {
  readonly #search: ContactSearch;
  readonly #front: FrontApi;
  readonly #desired: DesiredState;
  readonly #options: ReadOptions;
  readonly #basics: Basics;
  readonly #conversations = new Map<string, string>();
  /** Why a contact's picture could not be fetched, by its id. */
  readonly #pictures = new Map<string, string>();
  readonly #forbidden: MissingScopes;

  constructor(search: ContactSearch, front: FrontApi, { desired, options, basics, forbidden }: Given) {
    this.#search = search;
    this.#front = front;
    this.#desired = desired;
    this.#options = options;
    this.#basics = basics;
    this.#forbidden = forbidden;
  }

  /** What is about to be changed has to have been seen in this run, so it is read where it was only remembered. */
  async confirmed(coverage: Coverage): Promise<RemoteState> {
    const state = await this.#state(coverage);
    if (coverage.contacts !== "changes") return state;
    for (let round = 1, partly = state; round <= ROUNDS; round += 1) {
      const unconfirmed = this.#unconfirmed(partly);
      if (unconfirmed?.length === 0) return partly;
      if (unconfirmed === undefined || unconfirmed.length > this.#costOfAll) break;
      await this.#search.confirm(unconfirmed);
      partly = await this.#state(coverage);
    }
    return await this.#state(await this.#search.readAll());
  }

  /** Ids of contacts that the plan would touch and that were not seen in this run; undefined when there is no plan. */
  #unconfirmed(state: RemoteState): readonly string[] | undefined {
    const { allowHandleMoves = false } = this.#options;
    const { changes, diagnostics } = planChanges(this.#desired, state, { allowHandleMoves, allowed: ANYTHING });
    if (hasErrors(diagnostics)) return undefined;
    return changes.flatMap(({ id }) => (id === undefined || this.#search.confirmed.has(id) ? [] : [id]));
  }

  get #costOfAll(): number {
    return this.#basics.expected === undefined ? Number.POSITIVE_INFINITY : pagesOf(this.#basics.expected);
  }

  async #state(coverage: Coverage): Promise<RemoteState> {
    const { allowHandleMoves = false } = this.#options;
    const { found, listSizes, undecodable } = this.#search;
    const identities = matchContacts(this.#desired.contacts, found, { allowHandleMoves });
    const onPictureFailure = ({ id }: RemoteContact, { message }: FrontError) => this.#pictures.set(id, message);
    const samePictures = await findUnchangedAvatars(identities, this.#front, { ...this.#options, onPictureFailure });
    const { countConversations = true } = this.#options;
    const conversations = countConversations ? await this.#countConversations(identities) : this.#conversations;
    const unread = {
      undecodable: { contacts: undecodable.contacts, byKey: undecodable.byKey },
      ...{ unreadPictures: this.#pictures, missingScopes: this.#forbidden.scopes },
    };
    const findings = this.#search.findings();
    const state = {
      ...this.#basics,
      ...unread,
      ...findings,
      contacts: found.all(),
      samePictures,
      conversations,
      coverage,
    };
    return coverage.contacts === "all" ? { ...state, listSizes } : state;
  }

  /** Whoever approves a deletion should know how much was said with that contact. */
  async #countConversations(identities: Identities): Promise<ReadonlyMap<string, string>> {
    const doomed = [...identities.values()].flatMap((identity) =>
      identity.kind === "deletion" ? [identity.contact.id] : [],
    );
    await forEachConcurrently(
      doomed.filter((id) => !this.#conversations.has(id)),
      async (id) => {
        const told = await unlessGone(
          this.#forbidden.orUndefined("conversations:read", () => this.#front.conversations(id)),
        );
        if (this.#forbidden.scopes.has("conversations:read")) this.#conversations.set(id, UNCOUNTED);
        else if (told !== undefined) this.#conversations.set(id, countedConversations(told));
      },
    );
    return this.#conversations;
  }
}

const UNCOUNTED = "an unknown number of conversations";

function countedConversations({ count, more }: { readonly count: number; readonly more: boolean }): string {
  return `${more ? "more than " : ""}${count} conversation${count === 1 && !more ? "" : "s"}`;
}

/** Guards are asked of the plan that is shown, not while it is still being found out. */
const ANYTHING = { changes: Number.MAX_SAFE_INTEGER, removals: Number.MAX_SAFE_INTEGER };

const NOTHING_READ: Omit<RemoteState, "company" | "readAt"> = {
  fields: [],
  lists: [],
  contacts: [],
  samePictures: new Set(),
  accounts: [],
  conversations: new Map(),
  coverage: { contacts: "declared", read: 0 },
};

/** Belonging to an account only shows from the account's side (docs/front.md#accounts). */
async function readAccounts(
  contacts: readonly DesiredContact[],
  front: FrontApi,
  forbidden: MissingScopes,
): Promise<AccountState[]> {
  const names = new Set(contacts.flatMap(({ account }) => (account === undefined ? [] : [accountName(account)])));
  return await Promise.all(
    [...names].map(async (name) => {
      const account = await forbidden.orUndefined("accounts:read", () => front.account(name));
      if (account === undefined) {
        const unreadable = forbidden.scopes.has("accounts:read");
        return { name, id: undefined, domains: [], members: new Set<string>(), ...(unreadable ? { unreadable } : {}) };
      }
      return { name, ...account, members: await readMembers(account.id, front) };
    }),
  );
}

async function readMembers(accountId: string, front: FrontApi): Promise<ReadonlySet<string>> {
  const members = new Set<string>();
  for await (const { contacts, undecodable } of front.accountMembers(accountId)) {
    for (const { id } of [...contacts, ...undecodable]) if (id !== undefined) members.add(id);
  }
  return members;
}

export type Identities = ReadonlyMap<DesiredContact, Match>;

/** Ids of the contacts that show the picture their entry wants; asks for each picture that is not remembered. */
export async function findUnchangedAvatars(
  identities: Identities,
  front: FrontApi,
  { pictures = FORGETFUL, cwd, samePicture = looksAs(cwd), onPictureFailure = () => {} }: ReadOptions,
): Promise<ReadonlySet<string>> {
  const same = new Set<string>();
  const isSame = async (contact: RemoteContact, avatar: Picture) => {
    const { avatarUrl } = contact;
    if (avatarUrl === undefined) return false;
    const known = pictures.known(avatarUrl);
    if (known !== undefined) return known === avatar.sha256;
    const shown = await fetchPicture(contact, avatarUrl, front, onPictureFailure);
    if (shown === undefined || !(await samePicture(avatar, shown))) return false;
    pictures.remember(avatarUrl, avatar.sha256);
    return true;
  };
  const shown = [...identities].flatMap(([{ avatar }, identity]) =>
    avatar === undefined ? [] : ownContacts(identity).map((contact) => ({ avatar, contact })),
  );
  await forEachConcurrently(shown, async ({ avatar, contact }) => {
    if (await isSame(contact, avatar)) same.add(contact.id);
  });
  return same;
}

const FORGETFUL: AvatarCache = { known: () => undefined, remember() {} };

function looksAs(cwd: string | undefined): NonNullable<ReadOptions["samePicture"]> {
  return async (file, shown) => imagesMatch(await readPicture(file, cwd === undefined ? {} : { cwd }), shown);
}

/** A merge has to know of each contact that it folds whether its picture may stay. */
function ownContacts(identity: Match): readonly RemoteContact[] {
  if (identity.kind === "match") return [identity.contact];
  return identity.kind === "merge" ? [identity.target, ...identity.others] : [];
}

async function fetchPicture(
  contact: RemoteContact,
  url: string,
  front: FrontApi,
  onFailure: NonNullable<ReadOptions["onPictureFailure"]>,
): Promise<Uint8Array | undefined> {
  try {
    return await front.avatar(url);
  } catch (error) {
    if (!(error instanceof FrontError) || error.code !== "no-picture") throw error;
    onFailure(contact, error);
    return undefined;
  }
}

/** Undefined when the contact was deleted a moment ago. */
async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof FrontError && error.code === "missing") return undefined;
    throw error;
  }
}
