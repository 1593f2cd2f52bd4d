import { type FrontApi, FrontError } from "../front/api.ts";
import { PAGE_SIZE } from "../front/constants.ts";
import { EndlessListingDetector } from "../front/pagination.ts";
import { detectPictureType } from "../images/picture.ts";
import type { CopiedPicture, PartialSnapshot } from "./partial-snapshot.ts";
import {
  contactId,
  hasAccountProperty,
  keyOf,
  listsOfContact,
  type SeedPart,
  seedAccount,
  seedContact,
  seedField,
  seedInbox,
  seedList,
  seedTeammate,
  unknownAccountProperties,
} from "./seed-parts.ts";

export interface SnapshotProgress {
  readonly phase: "contacts" | "accounts" | "avatars";
  readonly done: number;
  /** The number of items in the phase; undefined if unknown. */
  readonly total: number | undefined;
  /** The number of requests until the phase ends; undefined if unknown. */
  readonly requestsLeft: number | undefined;
}

export interface ReadCompanyOptions {
  readonly avatars: boolean;
  /** The number of contacts in the company, for progress; undefined if unknown. */
  readonly expected: number | undefined;
  readonly onProgress: (progress: SnapshotProgress) => void;
}

/** Reads the data that the partial snapshot does not contain yet. Throws a `FrontError` if Front cannot be read. */
export async function readCompany(
  front: FrontApi,
  partial: PartialSnapshot,
  options: ReadCompanyOptions,
): Promise<void> {
  const reader = new CompanyReader(front, partial, options);
  await reader.readListing("custom_fields", "/contacts/custom_fields", seedField);
  await reader.readListing("lists", "/contact_lists", seedList);
  await reader.readContacts();
  await reader.readOptionalListing("teammates", "/teammates", seedTeammate);
  await reader.readOptionalListing("inboxes", "/inboxes", seedInbox);
  await reader.readAccounts();
  if (options.avatars) await reader.readAvatars();
}

/** Maximum length of the text that identifies a skipped item. */
const MAX_LABEL = 80;

type OnPage = (items: readonly unknown[], isLast: boolean) => void;
/** Converts an item of a response to an item of the snapshot. Returns undefined to skip it. */
type ConvertItem = (responseItem: unknown) => unknown;

class CompanyReader {
  readonly #front: FrontApi;
  readonly #partial: PartialSnapshot;
  readonly #options: ReadCompanyOptions;

  constructor(front: FrontApi, partial: PartialSnapshot, options: ReadCompanyOptions) {
    this.#front = front;
    this.#partial = partial;
    this.#options = options;
  }

  async readListing(name: string, path: string, convert: ConvertItem, onPage: OnPage = () => {}) {
    let token = this.#partial.nextTokenOf(name);
    // A page token from an interrupted run may have expired.
    let isResumed = typeof token === "string";
    const detector = new EndlessListingDetector();
    for (; token !== null; isResumed = false) {
      const page = await this.#readPage(path, token, isResumed);
      if (page === undefined) {
        this.#partial.append({ restart: name });
        token = undefined;
        continue;
      }
      onPage(page.items, page.next === undefined);
      const parts = page.items.map(convert);
      const items = parts.filter((part) => part !== undefined);
      // `convert` also returns undefined for a contact that was read before, which is not a skipped contact.
      const isSkipped = (item: unknown, index: number) => parts[index] === undefined && contactId(item) === undefined;
      this.#recordSkipped(name, page.items.filter(isSkipped));
      detector.check(page, page.items.map(keyOf));
      this.#partial.append({ listing: name, items, next: page.next ?? null });
      token = page.next ?? null;
    }
  }

  /** Records items that the snapshot omits, for example because their ID is invalid. */
  #recordSkipped(listing: string, items: readonly unknown[]): void {
    const skipped = items.map((item) => ({ listing, shown: keyOf(item).slice(0, MAX_LABEL) }));
    if (skipped.length > 0) this.#partial.append({ listing: "skipped", items: skipped, next: null });
  }

  /** Returns undefined if Front rejects a page token that may have expired. */
  async #readPage(path: string, token: string | undefined, mayBeExpired: boolean) {
    const query = token === undefined ? "" : `${path.includes("?") ? "&" : "?"}page_token=${encodeURIComponent(token)}`;
    try {
      return await this.#front.page(`${path}${query}`);
    } catch (error) {
      const isRejected = error instanceof FrontError && ["refused", "missing"].includes(error.code);
      if (mayBeExpired && isRejected) return undefined;
      throw error;
    }
  }

  /** Returns false if the token cannot read the listing. */
  async readOptionalListing(name: string, path: string, convert: ConvertItem): Promise<boolean> {
    if (this.#partial.unreadableListings.has(name)) return false;
    try {
      await this.readListing(name, path, convert);
      return true;
    } catch (error) {
      if (!(error instanceof FrontError && error.code === "forbidden")) throw error;
      this.#partial.append({ denied: name, reason: error.message });
      return false;
    }
  }

  /** Saves the contacts, and the lists that appear only on contacts. */
  async readContacts(): Promise<void> {
    const { expected, onProgress } = this.#options;
    const recordedListIds = new Set<unknown>([...this.#partial.items("lists")].map(({ id }) => id));
    const path = `/contacts?limit=${PAGE_SIZE}&sort_by=created_at&sort_order=asc`;
    const idsOnPage = new Set<string>();
    const convert = (responseItem: unknown) => {
      const contact = seedContact(responseItem);
      const isNew = contact && !this.#partial.contactIds.has(contact.id) && !idsOnPage.has(contact.id);
      if (isNew) idsOnPage.add(contact.id);
      return isNew ? contact : undefined;
    };
    await this.readListing("contacts", path, convert, (items, isLast) => {
      idsOnPage.clear();
      const lists = items.flatMap(listsOfContact).filter(({ id }) => !recordedListIds.has(id));
      for (const { id } of lists) recordedListIds.add(id);
      if (lists.length > 0) this.#partial.append({ listing: "unlisted_lists", items: lists, next: null });
      const done = this.#partial.contactIds.size + items.length;
      const known = isLast ? done : expected;
      const total = known === undefined ? undefined : Math.max(known, done);
      const requestsLeft = total === undefined ? undefined : Math.ceil((total - done) / PAGE_SIZE);
      onProgress({ phase: "contacts", done, total, requestsLeft });
    });
  }

  /** Reads accounts and their members, because Front may omit the account in a contact. */
  async readAccounts(): Promise<void> {
    const path = `/accounts?limit=${PAGE_SIZE}&sort_by=created_at&sort_order=asc`;
    const convert = (responseItem: unknown) => {
      const names = unknownAccountProperties(responseItem).map((name) => ({ name }));
      if (names.length > 0) this.#partial.append({ listing: "account_properties", items: names, next: null });
      return seedAccount(responseItem);
    };
    if (!(await this.readOptionalListing("accounts", path, convert))) return;
    const accounts = [...this.#partial.items("accounts")].map(({ id }) => String(id));
    if (accounts.length === 0) return;
    await this.readOptionalListing("account_custom_fields", "/accounts/custom_fields", seedField);
    for (const [done, id] of accounts.entries()) {
      await this.readListing(
        `accounts/${id}`,
        `/accounts/${id}/contacts?limit=${PAGE_SIZE}`,
        contactId,
        this.#recordAccountOnMember,
      );
      this.#reportProgress("accounts", done + 1, accounts.length);
    }
  }

  /** Assumes that the phase takes one request for each account or avatar. */
  #reportProgress(phase: SnapshotProgress["phase"], done: number, total: number): void {
    this.#options.onProgress({ phase, done, total, requestsLeft: total - done });
  }

  /**
   * Records whether contacts in an account's member listing have the property `account`. In some companies, contacts
   * have it only in these listings.
   */
  readonly #recordAccountOnMember = (items: readonly unknown[]): void => {
    if (this.#partial.countOf("members_with_account") > 0) return;
    const member = items.find(hasAccountProperty);
    if (member === undefined) return;
    this.#partial.append({ listing: "members_with_account", items: [contactId(member)], next: null });
  };

  async readAvatars(): Promise<void> {
    const avatars = [...this.#partial.items("contacts")].flatMap(({ id, avatar }) =>
      avatar === undefined ? [] : [{ id: String(id), url: String((avatar as SeedPart)["url"]) }],
    );
    for (const [done, { id, url }] of avatars.entries()) {
      if (!this.#partial.hasAvatar(id)) this.#partial.append({ avatar: id, ...(await this.#downloadPicture(url)) });
      this.#reportProgress("avatars", done + 1, avatars.length);
    }
  }

  /** Returns undefined if this picture cannot be downloaded. */
  async #downloadPicture(url: string): Promise<CopiedPicture | undefined> {
    try {
      const bytes = await this.#front.avatar(url);
      const type = detectPictureType(bytes) ?? "application/octet-stream";
      return { type, base64: Buffer.from(bytes).toString("base64") };
    } catch (error) {
      if (error instanceof FrontError && error.code === "no-picture") return undefined;
      throw error;
    }
  }
}
