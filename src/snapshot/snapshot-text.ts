import { textOfJson } from "../front/json.ts";
import type { CopiedAvatar, PartialSnapshot, SnapshotHeader } from "./partial-snapshot.ts";
import type { SeedPart } from "./seed-parts.ts";

const SCHEMA = "https://front-contacts.example/schemas/snapshot.schema.json";

/** The first bytes of every snapshot, by which it is recognized. */
export const SNAPSHOT_START = `{\n"$schema": "${SCHEMA}",\n"snapshot": `;

/** Yields the text of a snapshot in pieces, with one contact per line, so that a large company needs little memory. */
export function* snapshotText(partial: PartialSnapshot, { company, startedAt, format }: SnapshotHeader) {
  yield `${SNAPSHOT_START}${JSON.stringify({ format, taken_at: startedAt })},\n"company": ${JSON.stringify(company)}`;
  yield* array("custom_fields", partial.items("custom_fields"));
  yield* array("account_custom_fields", partial.items("account_custom_fields"));
  yield* array("lists", listsOf(partial));
  const seen = new Observations(partial);
  yield* array("contacts", contactsOf(partial, seen));
  yield* array("accounts", accountsOf(partial));
  yield* array("teammates", partial.denied.has("teammates") ? seen.teammates() : partial.items("teammates"));
  yield* array("inboxes", partial.denied.has("inboxes") ? seen.inboxes() : partial.items("inboxes"));
  yield `,\n"behavior": ${JSON.stringify(seen.behavior())}\n}\n`;
}

function* array(name: string, items: Iterable<unknown>): Generator<string> {
  let separator = "\n";
  yield `,\n${JSON.stringify(name)}: [`;
  for (const item of items) {
    yield `${separator}${textOfJson(item)}`;
    separator = ",\n";
  }
  yield "\n]";
}

/** Yields the lists of the listing, then those that only contacts mention. */
function* listsOf(partial: PartialSnapshot): Generator<SeedPart> {
  const listed = new Set<unknown>();
  for (const list of partial.items("lists")) {
    listed.add(list["id"]);
    yield list;
  }
  for (const list of partial.items("unlisted_lists")) {
    if (listed.has(list["id"])) continue;
    listed.add(list["id"]);
    yield { ...list, is_listed: false };
  }
}

function* contactsOf(partial: PartialSnapshot, seen: Observations): Generator<SeedPart> {
  const accounts = accountsByContact(partial);
  for (const contact of partial.items("contacts")) {
    seen.add(contact);
    const picture = partial.avatarOf(String(contact["id"]));
    const known = withoutAccount(contact, accounts);
    yield picture === undefined ? known : { ...known, avatar: avatarOf(contact, picture) };
  }
}

/** Returns the first account of each contact that has one; undefined if the token may not read accounts. */
function accountsByContact(partial: PartialSnapshot): ReadonlyMap<string, unknown> | undefined {
  if (partial.denied.has("accounts")) return undefined;
  const found = new Map<string, unknown>();
  for (const { id: account } of partial.items("accounts")) {
    for (const id of partial.items<string>(`accounts/${account}`)) if (!found.has(id)) found.set(id, account);
  }
  return found;
}

/** Omits the account of a contact if it follows from the members of accounts. */
function withoutAccount(contact: SeedPart, accounts: ReadonlyMap<string, unknown> | undefined): SeedPart {
  const { shown_as, ...rest } = contact;
  if (accounts === undefined || shown_as === undefined) return contact;
  const { account, ...others } = shown_as as SeedPart;
  const shown = account === null ? undefined : (account as SeedPart | undefined)?.["id"];
  if (account === undefined || shown !== accounts.get(String(contact["id"]))) return contact;
  return Object.keys(others).length === 0 ? rest : { ...rest, shown_as: others };
}

function avatarOf(contact: SeedPart, picture: CopiedAvatar): SeedPart {
  return { ...(contact["avatar"] as SeedPart), ...picture };
}

/**
 * Yields accounts with their members. Members that the listing of contacts lacks are omitted: they were added or
 * deleted during the snapshot.
 */
function* accountsOf(partial: PartialSnapshot): Generator<SeedPart> {
  for (const account of partial.items("accounts")) {
    const members = [...partial.items<string>(`accounts/${account["id"]}`)].filter((id) => partial.contacts.has(id));
    yield { ...account, contacts: [...new Set(members)] };
  }
}

/** Collects properties of the company that only its contacts show. */
class Observations {
  readonly #names: ReadonlyMap<string, "teammate" | "inbox">;
  readonly #teammates = new Set<string>();
  readonly #inboxes = new Set<string>();
  #contacts = 0;
  #withTime = 0;
  #withAccount = 0;
  readonly #membersShowAccount: boolean;

  constructor(partial: PartialSnapshot) {
    this.#membersShowAccount = partial.countOf("members_with_account") > 0;
    const fields = [...partial.items("custom_fields")];
    const named = fields.flatMap(({ name, type }) =>
      type === "teammate" || type === "inbox" ? [[String(name), type] as const] : [],
    );
    this.#names = new Map(named);
  }

  add({ custom_fields, updated_at, shown_as }: SeedPart): void {
    this.#contacts += 1;
    const shown = updated_at ?? (shown_as as SeedPart | undefined)?.["updated_at"];
    if (shown !== undefined) this.#withTime += 1;
    if (Object.hasOwn((shown_as ?? {}) as SeedPart, "account")) this.#withAccount += 1;
    for (const [name, value] of Object.entries((custom_fields ?? {}) as SeedPart)) this.#addValue(name, value);
  }

  #addValue(name: string, value: unknown): void {
    if (typeof value !== "string" || value === "") return;
    const type = this.#names.get(name);
    if (type === "teammate") this.#teammates.add(value);
    if (type === "inbox" && /^inb_[0-9a-zA-Z]{1,40}$/.test(value)) this.#inboxes.add(value);
  }

  /** Returns the emulator's settings for behavior that Front does not document. */
  behavior(): SeedPart {
    if (this.#contacts === 0) return {};
    const accountOnContacts = this.#withAccount > 0 ? "always" : this.#membersShowAccount ? "members" : "never";
    return { showUpdatedAt: this.#withTime > 0, accountOnContacts };
  }

  /**
   * Returns the teammates that contacts mention, for a token that may not read teammates. Their values must stay valid.
   */
  teammates(): SeedPart[] {
    return [...this.#teammates].map((email) => ({ email }));
  }

  inboxes(): SeedPart[] {
    return [...this.#inboxes].map((id) => ({ id, name: id }));
  }
}
