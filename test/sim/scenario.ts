import { BEHAVIOR_OPTIONS, type CompanyOptions, type Seed, type SeedContact } from "../../src/emulator/index.ts";
import {
  type Collection,
  type ConfigValue,
  type DesiredContact,
  type DesiredState,
  loadDesired,
} from "../../src/internal.ts";
import { desiredContact, desiredState, locationAt } from "../support/builders.ts";
import { memoryDisk, PICTURES } from "../support/memory-disk.ts";
import {
  ACCOUNT_FIELDS,
  ACME,
  type AccountEntries,
  declaredAccountsOf,
  drawAccounts,
  identityOf,
  linkEntries,
  NO_ACCOUNTS,
} from "./account-entries.ts";
import { hashOf } from "./company.ts";
import { SeededRandom } from "./seeded-random.ts";

/** A contact entry as a person would write it. */
export interface Entry {
  readonly ensure?: "absent";
  readonly merge?: true;
  readonly handles: readonly { readonly source: string; readonly handle: string }[];
  readonly name?: string;
  readonly description?: string;
  readonly links?: readonly string[];
  readonly lists?: readonly string[];
  readonly custom_fields?: Readonly<Record<string, unknown>>;
  readonly avatar?: string;
  /** The key of an account entry, or the domain of an account in Front. */
  readonly account?: string | { readonly domain: string };
  readonly exact?: readonly string[];
}

export type Entries = Readonly<Record<string, Entry>>;

interface ListEntry {
  readonly members?: "exact";
  readonly ensure?: "absent";
  readonly team?: string;
}

export type ListEntries = Readonly<Record<string, ListEntry>>;

export interface Scenario {
  readonly company: Seed;
  readonly options: CompanyOptions;
  readonly entries: Entries;
  /** Default: the lists in `NEW_LISTS`. */
  readonly lists?: ListEntries;
  readonly accounts?: AccountEntries;
  /** True if handles may move from undeclared contacts. */
  readonly allowHandleMoves: boolean;
}

/** Lists that exist in every company. The tool must not create them. */
export const LISTS = ["Alpha", "Beta"];
/** Lists that the tool may create. */
const NEW_LISTS: ListEntries = { Gamma: {} };
/** A list that exists in some companies and is declared with `ensure: absent`. No entry refers to it. */
const OLD_LIST = "Omega";
export const LINKS = ["https://a.example", "https://b.example"];
export const PICTURE_NAMES = ["one.png", "two.png"];

export const PICTURE_FILES: ReadonlyMap<string, Uint8Array> = new Map(
  PICTURE_NAMES.map((name, index) => [`contacts/${name}`, Uint8Array.from([...PICTURES.png, index])]),
);

/** Returns the desired state of the entries without reading files. */
export function desiredStateOf(
  entries: Entries,
  lists: ListEntries = NEW_LISTS,
  accounts: AccountEntries = {},
): DesiredState {
  const contacts = Object.entries(entries).map(([key, entry]) => createDesiredContact(key, entry, accounts));
  return desiredState(contacts, {
    lists: Object.entries(lists).map(([name, list]) => ({ ...list, name })),
    ...(Object.keys(accounts).length > 0 && { accounts: declaredAccountsOf(accounts) }),
  });
}

function createDesiredContact(key: string, entry: Entry, accounts: AccountEntries): DesiredContact {
  const { handles, custom_fields: customFields, avatar, account, exact = [], ...rest } = entry;
  const picture = avatar === undefined ? undefined : PICTURE_FILES.get(`contacts/${avatar}`);
  return desiredContact(
    handles.map(({ source, handle }) => `${source}:${handle}`),
    {
      ...rest,
      key,
      exact: exact as readonly Collection[],
      ...(customFields && { customFields: customFields as Readonly<Record<string, ConfigValue | null>> }),
      ...(picture && {
        avatar: {
          path: `contacts/${avatar}`,
          sha256: hashOf(picture),
          size: picture.length,
          type: "image/png" as const,
          location: locationAt(5),
        },
      }),
      ...(account && {
        account: {
          ...(typeof account === "string" ? identityOf(accounts[account] ?? {}) : account),
          location: locationAt(9),
        },
      }),
    },
  );
}

/** Writes the entries to files, and returns the desired state that the tool reads from them. */
export async function loadDesiredFromFiles({ entries, lists = NEW_LISTS, accounts }: Scenario): Promise<DesiredState> {
  const text = JSON.stringify({ contacts: entries, lists, accounts });
  const disk = memoryDisk({ "contacts/people.yaml": text, ...Object.fromEntries(PICTURE_FILES) });
  const { desired: loaded, diagnostics } = await loadDesired("contacts", { disk, isDecodable: async () => true });
  if (loaded !== undefined) return loaded;
  throw new Error(`the files are invalid: ${diagnostics.map(({ summary }) => summary).join("; ")}`);
}

const email = (name: string) => ({ source: "email", handle: `${name}@x.example` });
const phone = (index: number) => ({ source: "phone", handle: `+442079460${index}${index}${index}` });
const twitter = (name: string) => ({ source: "twitter", handle: name });

export function drawScenario(seed: number): Scenario {
  const random = new SeededRandom(seed, "scenario");
  const drawing = new ScenarioDrawing(random);
  const count = random.pick([1, 1, 1, 2, 3]);
  for (let index = 0; index < count; index += 1) drawing.addEntry(index);
  if (random.chance(0.3)) drawing.addUndeclaredContact();
  if (random.chance(0.1)) drawing.addUndecodableContact();
  const { lists, hasOldList } = managedLists(new SeededRandom(seed, "managed lists"));
  if (hasOldList) drawing.putOnOldList();
  drawing.respellAndAddPrivate(new SeededRandom(seed, "variety"));
  const accountRandom = new SeededRandom(seed, "accounts");
  const { accounts, existing } = accountRandom.chance(0.6)
    ? drawAccounts(accountRandom, drawing.assignIds())
    : NO_ACCOUNTS;
  return {
    company: {
      lists: hasOldList ? [...LISTS, OLD_LIST] : LISTS,
      contacts: drawing.people,
      accounts: [ACME, ...existing],
      account_custom_fields: ACCOUNT_FIELDS,
    },
    lists,
    accounts,
    options: drawOptions(new SeededRandom(seed, "behavior")),
    entries: linkEntries(drawing.entries, accounts, accountRandom),
    allowHandleMoves: drawing.needsHandleMoves || random.chance(0.2),
  };
}

function managedLists(random: SeededRandom): { readonly lists: ListEntries; readonly hasOldList: boolean } {
  const hasOldList = random.chance(0.1);
  const exact = Object.fromEntries(
    ["Alpha", "Gamma"].filter(() => random.chance(0.15)).map((name) => [name, { members: "exact" }] as const),
  );
  const team = random.chance(0.15) ? { team: "tim_1b" } : {};
  const lists = { ...NEW_LISTS, ...exact, Gamma: { ...exact["Gamma"], ...team } };
  return { lists: hasOldList ? { ...lists, [OLD_LIST]: { ensure: "absent" } } : lists, hasOldList };
}

/**
 * Behavior that simulations do not vary. No two simulated email addresses differ only in case, simulated custom fields are
 * defined and their values have the right types, simulated pictures cannot be decoded, and the simulated network has no
 * other hosts. The tool recognizes a picture at a different URL only after a verification, and simulations do not verify.
 */
const FIXED_BEHAVIOR = ["foldEmails", "wrongTypes", "unknownFields", "avatarRedirect", "avatarHost", "storedAvatars"];

function drawOptions(random: SeededRandom): CompanyOptions {
  const variedOptions = Object.entries(BEHAVIOR_OPTIONS).filter(([name]) => !FIXED_BEHAVIOR.includes(name));
  const chosen = variedOptions
    .filter(() => random.chance(0.15))
    .map(([name, values]) => [name, random.pick<unknown>(values)]);
  const isLimited = random.chance(0.15);
  return {
    behavior: Object.fromEntries(chosen),
    indexLag: random.chance(0.1) ? random.pick([300, 2000, 6000]) : 0,
    ...(isLimited ? rateLimits(random) : { rate: Number.POSITIVE_INFINITY }),
  };
}

function rateLimits(random: SeededRandom): CompanyOptions {
  return {
    rate: random.pick([10, 20, 50]),
    othersShare: random.pick([0, 0.2]),
    retryAfter: random.pick(["whole-seconds", "decimal-seconds", "omitted"] as const),
  };
}

type SeedHandle = SeedContact["handles"][number];

/**
 * Returns a phone number in another spelling, and any other handle unchanged. The first handle of a contact gets a
 * spelling that the tool looks up, because Front compares handles as strings.
 */
function respelled(handle: SeedHandle, { handles }: SeedContact, random: SeededRandom): SeedHandle {
  if (typeof handle === "string" || handle.source !== "phone") return handle;
  const digits = handle.handle.replace("+", "");
  const spaced = `${digits.slice(0, 2)} ${digits.slice(2, 4)} ${digits.slice(4)}`;
  return { source: "phone", handle: handles[0] === handle ? digits : random.pick([digits, spaced, `+${spaced}`]) };
}

class ScenarioDrawing {
  readonly people: SeedContact[] = [];
  readonly entries: Record<string, Entry> = {};
  needsHandleMoves = false;
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  addEntry(index: number): void {
    const kind = this.#random.pick([
      "new",
      "existing",
      "existing",
      "existing",
      "absent",
      "merge",
      "move",
      "take",
    ] as const);
    const name = `c${index}`;
    switch (kind) {
      case "new":
        this.entries[name] = this.#drawEntry([email(name), ...this.#random.some([phone(index), twitter(name)])], true);
        break;
      case "existing":
        this.#addExisting(name, index);
        break;
      case "absent":
        this.#addContact([email(name), ...this.#random.some([phone(index)])]);
        this.entries[name] = { ensure: "absent", handles: [email(name)] };
        break;
      case "merge":
        this.#addContact([email(name)]);
        this.#addContact([phone(index)]);
        this.entries[name] = { ...this.#drawEntry([email(name), phone(index)]), merge: true };
        break;
      case "move":
        this.#addContact([email(name), phone(index)]);
        this.#addContact([email(`${name}b`), twitter(name)]);
        this.entries[name] = this.#drawEntry([email(name)]);
        this.entries[`${name}b`] = this.#drawEntry([email(`${name}b`), phone(index)]);
        break;
      case "take":
        this.#addContact([email(name)]);
        this.#addContact([phone(index), twitter(`kept${index}`)]);
        this.entries[name] = this.#drawEntry([email(name), phone(index)]);
        this.needsHandleMoves = true;
    }
  }

  addUndeclaredContact(): void {
    this.#addContact([email("stranger"), twitter("stranger")]);
  }

  /** Adds a contact that cannot be decoded. No entry declares its handle. */
  addUndecodableContact(): void {
    this.#addContact([email("odd")]);
    const contact = this.people.pop() as SeedContact;
    const malformed = this.#random.pick([
      { handles: "none" },
      { custom_fields: [] },
      { links: 7 },
      { lists: [{ id: null }] },
    ]);
    this.people.push({ ...contact, shown_as: malformed });
  }

  putOnOldList(): void {
    const people = this.people.splice(0);
    this.people.push(
      ...people.map((person, index) => ({
        ...person,
        lists: [...(person.lists ?? []), ...(index % 2 === 0 ? [OLD_LIST] : [])],
      })),
    );
  }

  respellAndAddPrivate(random: SeededRandom): void {
    const shared = this.people.splice(0).map((person) => ({
      ...person,
      handles: person.handles.map((handle) => (random.chance(0.3) ? respelled(handle, person, random) : handle)),
    }));
    const privateContacts = shared
      .filter(() => random.chance(0.08))
      .map(({ handles }) => ({ handles, name: "Private", is_private: true }));
    this.people.push(...(random.chance(0.5) ? [...privateContacts, ...shared] : [...shared, ...privateContacts]));
  }

  /** Sets the IDs of the contacts, and returns the contacts that an account may contain. */
  assignIds(): readonly SeedContact[] {
    const people = this.people.splice(0);
    this.people.push(...people.map((person, index) => ({ ...person, id: `crd_m${index}` })));
    return this.people.filter((person) => !person.is_private && person.shown_as === undefined);
  }

  #addExisting(name: string, index: number): void {
    const random = this.#random;
    this.#addContact([email(name), ...random.some([phone(index), { source: "custom", handle: `kept${index}` }])]);
    const attributes = this.#drawEntry([email(name), ...random.some([phone(index), twitter(name)])]);
    const collections = (["handles", "links", "lists", "custom_fields"] as const).filter((part) => part in attributes);
    const exact = random.chance(0.25) ? random.some(collections) : [];
    this.entries[name] = exact.length === 0 ? attributes : { ...attributes, exact };
  }

  #addContact(handles: readonly { readonly source: string; readonly handle: string }[]): void {
    const random = this.#random;
    this.people.push({
      handles,
      name: random.pick(["Eva", "Bob"]),
      description: random.pick(["", "kept"]),
      links: random.some(LINKS),
      lists: random.some(LISTS, 0.3),
      conversations: random.between(0, 2),
      custom_fields: { ...this.#fields(["Agent", "Chief"]), ...this.#largeNumberField() },
    });
  }

  #fields(titles: readonly string[]): Record<string, unknown> {
    const random = this.#random;
    return {
      ...(random.chance(0.5) ? { "Job Title": random.pick(titles) } : {}),
      ...(random.chance(0.5) ? { Location: random.pick(["Here", "There"]) } : {}),
      ...(random.chance(0.3) ? { "Badge Number": random.between(1, 9) } : {}),
    };
  }

  /**
   * Sometimes returns a field with a number that a double cannot represent. If no entry declares the field, every write
   * must send the number back unchanged.
   */
  #largeNumberField(): Record<string, unknown> {
    if (!this.#random.chance(0.2)) return {};
    const numbers = ["9007199254740993", "1e400", "0.10000000000000000555"];
    return { "Badge Number": { $number: this.#random.pick(numbers) } };
  }

  #drawEntry(handles: Entry["handles"], isNew = false): Entry {
    const random = this.#random;
    const fields = {
      ...this.#fields(["Chief", "Sheriff"]),
      ...(random.chance(0.1) && !isNew ? { "On Duty": null } : {}),
    };
    return {
      handles,
      ...(random.chance(0.5) ? { name: random.pick(["Ada", "Bob"]) } : {}),
      ...(random.chance(0.2) ? { description: random.pick(["", "ours"]) } : {}),
      ...(random.chance(0.25) ? { links: random.some(LINKS) } : {}),
      ...(random.chance(0.35) ? { lists: random.some([...LISTS, ...Object.keys(NEW_LISTS)]) } : {}),
      ...(random.chance(0.5) ? { custom_fields: fields } : {}),
      ...(random.chance(0.1) ? { avatar: random.pick(PICTURE_NAMES) } : {}),
      ...(random.chance(0.08) ? { account: { domain: "acme.example" } } : {}),
    };
  }
}
