import { stringifyLosslessJson } from "../front/json.ts";
import type { PartialSnapshot, SnapshotHeader } from "./partial-snapshot.ts";
import type { SeedPart } from "./seed-parts.ts";

const SCHEMA = "https://front-contacts.example/schemas/snapshot.schema.json";

/** Identifies a file as a snapshot. */
export const SNAPSHOT_START = `{\n"$schema": "${SCHEMA}",\n"snapshot": `;

/** Yields the text in pieces to save memory. Each contact is on its own line. */
export function* snapshotText(partial: PartialSnapshot, { company, startedAt, format }: SnapshotHeader) {
  yield `${SNAPSHOT_START}${JSON.stringify({ format, taken_at: startedAt })},\n"company": ${JSON.stringify(company)}`;
  yield* arrayText("custom_fields", partial.items("custom_fields"));
  yield* arrayText("account_custom_fields", partial.items("account_custom_fields"));
  yield* arrayText("lists", listsOf(partial));
  const observations = new Observations(partial);
  yield* arrayText("contacts", contactsOf(partial, observations));
  yield* arrayText("accounts", accountsOf(partial));
  for (const name of ["teammates", "inboxes"] as const) {
    yield* arrayText(name, partial.unreadableListings.has(name) ? observations[name]() : partial.items(name));
  }
  yield `,\n"behavior": ${JSON.stringify(observations.behavior())}\n}\n`;
}

function* arrayText(name: string, items: Iterable<unknown>): Generator<string> {
  let separator = "\n";
  yield `,\n${JSON.stringify(name)}: [`;
  for (const item of items) {
    yield `${separator}${stringifyLosslessJson(item)}`;
    separator = ",\n";
  }
  yield "\n]";
}

/** Yields the lists from the list endpoint, then the lists that appear only on contacts. */
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

function* contactsOf(partial: PartialSnapshot, observations: Observations): Generator<SeedPart> {
  const accounts = accountsByContact(partial);
  for (const contact of partial.items("contacts")) {
    observations.add(contact);
    const picture = partial.avatarOf(String(contact["id"]));
    const seed = withoutAccount(contact, accounts);
    yield picture === undefined ? seed : { ...seed, avatar: { ...(contact["avatar"] as SeedPart), ...picture } };
  }
}

/** Returns the first account of each contact; undefined if the token cannot read accounts. */
function accountsByContact(partial: PartialSnapshot): ReadonlyMap<string, unknown> | undefined {
  if (partial.unreadableListings.has("accounts")) return undefined;
  const accounts = new Map<string, unknown>();
  for (const { id: account } of partial.items("accounts")) {
    for (const id of partial.items<string>(`accounts/${account}`)) if (!accounts.has(id)) accounts.set(id, account);
  }
  return accounts;
}

/** Omits `shown_as.account` if the accounts and their members already contain this information. */
function withoutAccount(contact: SeedPart, accounts: ReadonlyMap<string, unknown> | undefined): SeedPart {
  const { shown_as, ...properties } = contact;
  if (accounts === undefined || shown_as === undefined) return contact;
  const { account, ...others } = shown_as as SeedPart;
  const accountId = account === null ? undefined : (account as SeedPart | undefined)?.["id"];
  if (account === undefined || accountId !== accounts.get(String(contact["id"]))) return contact;
  return Object.keys(others).length === 0 ? properties : { ...properties, shown_as: others };
}

/**
 * Omits members that are missing from the listing of contacts, for example because they were added or deleted during
 * the snapshot.
 */
function* accountsOf(partial: PartialSnapshot): Generator<SeedPart> {
  for (const account of partial.items("accounts")) {
    const members = [...partial.items<string>(`accounts/${account["id"]}`)].filter((id) => partial.contactIds.has(id));
    yield { ...account, contacts: [...new Set(members)] };
  }
}

/** Infers properties of the company from its contacts. */
class Observations {
  readonly #fieldTypes: ReadonlyMap<unknown, unknown>;
  readonly #teammates = new Set<string>();
  readonly #inboxes = new Set<string>();
  #contactCount = 0;
  #withUpdateTimeCount = 0;
  #withAccountCount = 0;
  readonly #membersShowAccount: boolean;

  constructor(partial: PartialSnapshot) {
    this.#membersShowAccount = partial.countOf("members_with_account") > 0;
    this.#fieldTypes = new Map([...partial.items("custom_fields")].map(({ name, type }) => [name, type]));
  }

  add({ custom_fields, updated_at, shown_as }: SeedPart): void {
    this.#contactCount += 1;
    const updateTime = updated_at ?? (shown_as as SeedPart | undefined)?.["updated_at"];
    if (updateTime !== undefined) this.#withUpdateTimeCount += 1;
    if (Object.hasOwn((shown_as ?? {}) as SeedPart, "account")) this.#withAccountCount += 1;
    for (const [name, value] of Object.entries((custom_fields ?? {}) as SeedPart)) this.#addValue(name, value);
  }

  #addValue(name: string, value: unknown): void {
    if (typeof value !== "string" || value === "") return;
    const type = this.#fieldTypes.get(name);
    if (type === "teammate") this.#teammates.add(value);
    if (type === "inbox" && /^inb_[0-9a-zA-Z]{1,40}$/.test(value)) this.#inboxes.add(value);
  }

  /** Returns emulator settings for undocumented behavior of Front. */
  behavior(): SeedPart {
    if (this.#contactCount === 0) return {};
    const accountOnContacts = this.#withAccountCount > 0 ? "always" : this.#membersShowAccount ? "members" : "never";
    return { showUpdatedAt: this.#withUpdateTimeCount > 0, accountOnContacts };
  }

  /** The emulator checks that the teammates and inboxes in custom fields exist. */
  teammates(): SeedPart[] {
    return [...this.#teammates].map((email) => ({ email }));
  }

  inboxes(): SeedPart[] {
    return [...this.#inboxes].map((id) => ({ id, name: id }));
  }
}
