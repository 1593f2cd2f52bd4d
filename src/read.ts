import { type AccountState, accountName } from "./accounts.ts";
import type { Desired, DesiredContact, Handle, Picture, RemoteContact } from "./contact.ts";
import { hasErrors } from "./diagnostic.ts";

import { type FrontApi, FrontError } from "./front/api.ts";
import { Holders, type Identity, identify } from "./identity.ts";
import { looksAlike } from "./likeness.ts";
import { readPicture } from "./picture.ts";
import { checkCompany, type FrontState } from "./planner.ts";

/** Remembers which file's picture is shown at which `avatar_url`. Losing it costs a download each, nothing more. */
export interface PictureMemory {
  /** The hash of the file that the picture at this address is known to come from. */
  known(url: string): string | undefined;
  remember(url: string, sha256: string): void;
}

export interface ReadOptions {
  /** Usually none, and then pictures in Front are downloaded to be compared. `openCache` keeps one on the disk. */
  readonly pictures?: PictureMemory;
  /** Where the paths of pictures start, as given to `loadDesired`. Usually where the process runs. */
  readonly cwd?: string;
  /** Whether a downloaded picture is the one in the file. Usually to the eye, since Front may re-encode. */
  readonly samePicture?: (file: Picture, shown: Uint8Array) => Promise<boolean>;
  /** As in the plan's policy: who is who depends on it. */
  readonly allowHandleMoves?: boolean;
  /** Called as contacts come in, with how many were read so far. */
  readonly onProgress?: (contactsRead: number) => void;
}

/** Enough to keep the client busy, and few enough for the pictures to fit into memory. */
const SIDE_BY_SIDE = 8;

/** Reads what a plan depends on, in as few requests as it can tell. Throws a `FrontError` when it cannot. */
export async function readFront(desired: Desired, front: FrontApi, options: ReadOptions = {}): Promise<FrontState> {
  const { allowHandleMoves = false } = options;
  const company = await front.me();
  const readAt = (front.time ?? 0) / 1000;
  if (hasErrors(checkCompany(desired, company))) return { ...NOTHING_READ, company, readAt };
  const needsFields = desired.customFields.length > 0 || desired.contacts.some((contact) => contact.customFields);
  const needsLists = desired.lists.length > 0 || desired.contacts.some((contact) => contact.lists);
  const [fields, lists] = await Promise.all([
    needsFields ? front.customFields() : [],
    needsLists ? front.contactLists() : [],
  ]);
  const search = new Search(desired.contacts, front, options.onProgress);
  const coverage = await search.run();
  const identities = identify(desired.contacts, search.found, { allowHandleMoves });
  const samePictures = await recognisePictures(identities, front, options);
  const accounts = await readAccounts(desired.contacts, front);
  const conversations = await countConversations(identities, front);
  const contacts = search.found.all();
  return { company, fields, lists, contacts, samePictures, accounts, conversations, coverage, readAt };
}

const NOTHING_READ: Omit<FrontState, "company" | "readAt"> = {
  fields: [],
  lists: [],
  contacts: [],
  samePictures: new Set(),
  accounts: [],
  conversations: new Map(),
  coverage: { contacts: "declared", read: 0 },
};

/** Belonging to an account only shows from the account's side (front-api.md 9). */
async function readAccounts(contacts: readonly DesiredContact[], front: FrontApi): Promise<AccountState[]> {
  const names = new Set(contacts.flatMap(({ account }) => (account === undefined ? [] : [accountName(account)])));
  return await Promise.all(
    [...names].map(async (name) => {
      const account = await front.account(name);
      const members = new Set<string>();
      if (account === undefined) return { name, id: undefined, domains: [], members };
      for await (const page of front.accountMembers(account.id)) for (const { id } of page.contacts) members.add(id);
      return { name, ...account, members };
    }),
  );
}

/** Whoever approves a deletion should know how much was said with that contact. */
async function countConversations(identities: Identities, front: FrontApi): Promise<ReadonlyMap<string, string>> {
  const doomed = [...identities.values()].filter((identity) => identity.kind === "doomed");
  const counted = doomed.map(async ({ contact }) => {
    const { count, more } = await front.conversations(contact.id);
    return [contact.id, `${more ? "more than " : ""}${count} conversation${count === 1 && !more ? "" : "s"}`] as const;
  });
  return new Map(await Promise.all(counted));
}

export type Identities = ReadonlyMap<DesiredContact, Identity>;

/**
 * Finds the contacts that the files speak of. Nobody knows how many Front has, so pages are read until as many were
 * read as look-ups would still be needed; then the rest is looked up. That is never more than twice the better way.
 */
class Search {
  /** Only what some declared contact needs, so memory follows the files and not the company. */
  readonly found = new Holders();
  readonly #contacts: readonly DesiredContact[];
  readonly #front: FrontApi;
  readonly #onProgress: ReadOptions["onProgress"];
  #read = 0;

  constructor(contacts: readonly DesiredContact[], front: FrontApi, onProgress: ReadOptions["onProgress"]) {
    this.#contacts = contacts;
    this.#front = front;
    this.#onProgress = onProgress;
  }

  async run(): Promise<FrontState["coverage"]> {
    const whole = await this.#scan();
    if (!whole) await forEach(this.#contacts, (contact) => this.#lookUp(contact));
    return { contacts: whole ? "all" : "declared", read: this.#read };
  }

  /** True when every page was read. */
  async #scan(): Promise<boolean> {
    const wanted = new Holders();
    for (const { handles, key } of this.#contacts) wanted.add(placeholder(key, handles));
    const pins = new Set(this.#contacts.map(({ id }) => id));
    if (this.#contacts.length === 0) return false;
    let pages = 0;
    for await (const { contacts, last } of this.#front.contacts()) {
      pages += 1;
      for (const contact of contacts) {
        const matters = pins.has(contact.id) || wanted.ofAny(contact.handles).length > 0;
        this.#take(contact, matters);
      }
      if (last) return true;
      if (pages >= this.#lookUpsLeft()) return false;
    }
    return true;
  }

  #take(contact: RemoteContact, matters: boolean): void {
    this.#read += 1;
    if (matters) this.found.add(contact);
    this.#onProgress?.(this.#read);
  }

  /** One look-up finds a contact with all it holds; each handle it lacks takes another, to see who else has it. */
  #lookUpsLeft(): number {
    let count = 0;
    for (const contact of this.#contacts) {
      const missing = this.#missing(contact).length;
      const nobodyYet = missing === contact.handles.length;
      count += nobodyYet ? 1 : missing;
      if (contact.id !== undefined && this.found.withId(contact.id) === undefined) count += 1;
    }
    return count;
  }

  #missing({ handles }: DesiredContact): readonly Handle[] {
    return handles.filter((handle) => this.found.of(handle) === undefined);
  }

  async #lookUp(contact: DesiredContact): Promise<void> {
    if (contact.id !== undefined && this.found.withId(contact.id) === undefined) {
      const pinned = await this.#front.contact(contact.id);
      if (pinned !== undefined) this.#take(pinned, true);
    }
    for (const handle of this.#missing(contact)) {
      if (this.found.of(handle) !== undefined) continue;
      const holder = await this.#front.holder(handle);
      if (holder !== undefined) this.#take(holder, true);
    }
  }
}

/** Lets the files' own handles be asked for in the same way as Front's. */
function placeholder(key: string, handles: readonly Handle[]): RemoteContact {
  const nothing = { name: undefined, description: "", links: [], lists: [], customFields: new Map() };
  return { ...nothing, id: key, handles, avatarUrl: undefined, updatedAt: undefined };
}

/** Ids of the contacts that show the picture their entry wants; asks for each picture that is not remembered. */
export async function recognisePictures(
  identities: Identities,
  front: FrontApi,
  { pictures = FORGETFUL, cwd, samePicture = looksAs(cwd) }: ReadOptions,
): Promise<ReadonlySet<string>> {
  const same = new Set<string>();
  const isSame = async ({ avatarUrl }: RemoteContact, avatar: Picture) => {
    if (avatarUrl === undefined) return false;
    const known = pictures.known(avatarUrl);
    if (known !== undefined) return known === avatar.sha256;
    const shown = await download(front, avatarUrl);
    if (shown === undefined || !(await samePicture(avatar, shown))) return false;
    pictures.remember(avatarUrl, avatar.sha256);
    return true;
  };
  const shown = [...identities].flatMap(([{ avatar }, identity]) =>
    avatar === undefined ? [] : ownContacts(identity).map((contact) => ({ avatar, contact })),
  );
  await forEach(shown, async ({ avatar, contact }) => {
    if (await isSame(contact, avatar)) same.add(contact.id);
  });
  return same;
}

const FORGETFUL: PictureMemory = { known: () => undefined, remember() {} };

function looksAs(cwd: string | undefined): NonNullable<ReadOptions["samePicture"]> {
  return async (file, shown) => looksAlike(await readPicture(file, cwd === undefined ? {} : { cwd }), shown);
}

/** A merge has to know of each contact that it folds whether its picture may stay. */
function ownContacts(identity: Identity): readonly RemoteContact[] {
  if (identity.kind === "known") return [identity.contact];
  return identity.kind === "merge" ? [identity.target, ...identity.others] : [];
}

/** Undefined when there is nothing at the address, which is then no picture of anybody. */
async function download(front: FrontApi, url: string): Promise<Uint8Array | undefined> {
  try {
    return await front.avatar(url);
  } catch (error) {
    if (error instanceof FrontError && error.failure === "missing") return undefined;
    throw error;
  }
}

/** Goes through all, a few side by side, and starts nothing more once one has failed. */
async function forEach<T>(values: readonly T[], act: (value: T) => Promise<void>): Promise<void> {
  const rest = values.values();
  let failed = false;
  const work = async () => {
    for (const value of rest) {
      if (failed) return;
      await act(value).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
}
