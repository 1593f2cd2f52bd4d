import type { Desired, DesiredContact, Handle, Picture, RemoteContact } from "./contact.ts";
import { hasErrors } from "./diagnostic.ts";
import type { FrontApi } from "./front/api.ts";
import { Holders, identify } from "./identity.ts";
import { checkCompany, type FrontState } from "./planner.ts";

/** Remembers which file's picture is shown at which `avatar_url`. Losing it costs a download each, nothing more. */
export interface PictureMemory {
  /** The hash of the file that the picture at this address is known to come from. */
  known(url: string): string | undefined;
  remember(url: string, sha256: string): void;
}

export interface ReadOptions {
  readonly pictures: PictureMemory;
  /** Whether a downloaded picture is the one in the file, be it to the byte or to the eye. */
  readonly samePicture: (file: Picture, shown: Uint8Array) => Promise<boolean>;
  /** Called as contacts come in, with how many were read so far. */
  readonly onProgress?: (contactsRead: number) => void;
}

/** Reads what a plan depends on, in as few requests as it can tell. Throws a `FrontError` when it cannot. */
export async function readFront(desired: Desired, front: FrontApi, options: ReadOptions): Promise<FrontState> {
  const company = await front.me();
  const nothing = { company, fields: [], lists: [], contacts: [], samePictures: new Set<string>() };
  if (hasErrors(checkCompany(desired, company))) {
    return { ...nothing, coverage: { contacts: "declared", read: 0 } };
  }
  const needsFields = desired.customFields.length > 0 || desired.contacts.some((contact) => contact.customFields);
  const needsLists = desired.lists.length > 0 || desired.contacts.some((contact) => contact.lists);
  const [fields, lists] = await Promise.all([
    needsFields ? front.customFields() : [],
    needsLists ? front.contactLists() : [],
  ]);
  const search = new Search(desired.contacts, front, options.onProgress);
  const coverage = await search.run();
  const samePictures = await recognisePictures(desired.contacts, search.found, front, options);
  return { company, fields, lists, contacts: search.found.all(), samePictures, coverage };
}

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
    if (!whole) await Promise.all(this.#contacts.map((contact) => this.#lookUp(contact)));
    return { contacts: whole ? "all" : "declared", read: this.#read };
  }

  /** True when every page was read. */
  async #scan(): Promise<boolean> {
    const wanted = new Holders();
    for (const { handles, key } of this.#contacts) wanted.add(placeholder(key, handles));
    const pins = new Set(this.#contacts.map(({ id }) => id));
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

async function recognisePictures(
  contacts: readonly DesiredContact[],
  found: Holders,
  front: FrontApi,
  { pictures, samePicture }: ReadOptions,
): Promise<ReadonlySet<string>> {
  const same = new Set<string>();
  const identities = identify(contacts, found);
  const compare = async ({ id, avatarUrl }: RemoteContact, avatar: Picture) => {
    if (avatarUrl === undefined) return;
    const known = pictures.known(avatarUrl);
    const alike =
      known === undefined ? await samePicture(avatar, await front.avatar(avatarUrl)) : known === avatar.sha256;
    if (!alike) return;
    same.add(id);
    pictures.remember(avatarUrl, avatar.sha256);
  };
  await Promise.all(
    contacts.map(async (contact) => {
      const identity = identities.get(contact);
      if (identity?.kind === "known" && contact.avatar) await compare(identity.contact, contact.avatar);
    }),
  );
  return same;
}
