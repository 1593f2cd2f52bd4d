import type { Seed, SeedAccount, SeedContact } from "../../src/emulator/index.ts";
import type { ConfigValue } from "../../src/internal.ts";
import { ACCOUNT_COLLECTIONS, type DeclaredAccount } from "../../src/model/account.ts";
import { omitUndefined } from "../../src/model/omit-undefined.ts";
import { declaredAccount } from "../support/builders.ts";
import type { Entries } from "./scenario.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** An account entry as a person would write it. */
export interface AccountEntry {
  readonly ensure?: "absent";
  readonly protect?: true;
  readonly name?: string;
  readonly description?: string;
  readonly domains?: readonly string[];
  readonly external_id?: string;
  readonly custom_fields?: Readonly<Record<string, ConfigValue | null>>;
  readonly exact?: readonly (typeof ACCOUNT_COLLECTIONS)[number][];
}

export type AccountEntries = Readonly<Record<string, AccountEntry>>;

/** An account in every random scenario. Contact entries refer to it by domain. No account entry declares it. */
export const ACME = { name: "Acme", domains: ["acme.example"] };
/** The domain of every email address. Front links each contact with an email address to an account with this domain. */
const EMAIL_DOMAIN = "x.example";

/** Converts entries to declared accounts without reading files. */
export function declaredAccountsOf(entries: AccountEntries): DeclaredAccount[] {
  return Object.entries(entries).map(([key, { external_id: externalId, custom_fields: customFields, ...rest }]) =>
    declaredAccount(key, { name: undefined, ...omitUndefined({ externalId, customFields, ...rest }) }),
  );
}

/** Returns the domain or external ID by which a contact refers to a declared account. */
export function identityOf({ external_id: externalId, domains: [domain = ""] = [] }: AccountEntry) {
  return externalId === undefined ? { domain } : { externalId };
}

interface DrawnAccounts {
  readonly accounts: AccountEntries;
  readonly existing: readonly SeedAccount[];
}

export const NO_ACCOUNTS: DrawnAccounts = { accounts: {}, existing: [] };

export const ACCOUNT_FIELDS: NonNullable<Seed["account_custom_fields"]> = [
  { name: "Tier", type: "string" },
  { name: "Size", type: "number" },
];

/** Draws account entries, and existing accounts that contain some of the contacts. */
export function drawAccounts(random: SeededRandom, people: readonly SeedContact[]): DrawnAccounts {
  const accounts: Record<string, AccountEntry> = {};
  const existing: SeedAccount[] = [];
  // Front may allow a contact only one account.
  const unlinked = [...people];
  const sharedDomains = random.some([EMAIL_DOMAIN], 0.1);
  for (const index of random.chance(0.3) ? [0, 1] : [0]) {
    const kind = random.pick(["new", "existing", "existing", "absent", "absent"] as const);
    const extraDomains = [`more${index}.example`, ...sharedDomains.splice(0)];
    const identity = {
      domains: [`d${index}.example`],
      extraDomains,
      ...(random.chance(0.5) && { external_id: `E-${index}` }),
    };
    const members = unlinked.splice(0, random.between(0, 2)).flatMap(({ id }) => id ?? []);
    if (kind !== "new") existing.push(drawRemoteAccount(random, identity, members));
    accounts[`account-${index}`] =
      kind === "absent" ? drawTombstone(random, identity) : drawEntry(random, identity, kind === "new");
  }
  return { accounts, existing };
}

interface Identity {
  readonly domains: readonly string[];
  /** Domains that an entry may add. */
  readonly extraDomains: readonly string[];
  readonly external_id?: string;
}

function drawRemoteAccount(
  random: SeededRandom,
  { domains, extraDomains: _, ...identity }: Identity,
  members: readonly string[],
): SeedAccount {
  return {
    ...identity,
    name: random.pick(["Was", "Is"]),
    description: random.pick(["", "kept"]),
    domains: [...domains, ...random.some(domains.map((domain) => `kept-${domain}`))],
    custom_fields: {
      ...(random.chance(0.5) && { Tier: random.pick(["Silver", "Gold"]) }),
      ...(random.chance(0.5) && { Size: random.pick<unknown>([7, { $number: "9007199254740993" }]) }),
    },
    contacts: members,
  };
}

function drawTombstone(random: SeededRandom, { domains, external_id: externalId }: Identity): AccountEntry {
  const isByDomain = externalId === undefined || random.chance(0.5);
  return { ensure: "absent", ...(isByDomain ? { domains } : { external_id: externalId }) };
}

function drawEntry(
  random: SeededRandom,
  { domains, extraDomains, external_id: externalId }: Identity,
  isNew: boolean,
): AccountEntry {
  const isByDomain = externalId === undefined || random.chance(0.6);
  const [nameChance, tiers] = isNew ? [1, ["Gold"]] : [0.6, ["Gold", "Silver", null]];
  const attributes: AccountEntry = {
    ...(random.chance(nameChance) && { name: random.pick(["Is", "Will be"]) }),
    ...(random.chance(0.4) && { description: random.pick(["", "ours"]) }),
    ...(isByDomain && { domains: [...domains, ...random.some(extraDomains, 0.4)] }),
    ...(externalId !== undefined && { external_id: externalId }),
    ...(random.chance(0.5) && { custom_fields: { Tier: random.pick(tiers) } }),
    ...(random.chance(0.15) && { protect: true }),
  };
  const exact = ACCOUNT_COLLECTIONS.filter((part) => part in attributes);
  return exact.length > 0 && random.chance(0.25) ? { ...attributes, exact: random.some(exact) } : attributes;
}

/** Returns the entries, some of which refer to a declared account by its key. */
export function linkEntries(entries: Entries, accounts: AccountEntries, random: SeededRandom): Entries {
  const keys = Object.keys(accounts).filter((key) => accounts[key]?.ensure !== "absent");
  if (keys.length === 0) return entries;
  return Object.fromEntries(
    Object.entries(entries).map(([key, entry]) => {
      const isLinked = entry.ensure !== "absent" && random.chance(0.5);
      return [key, isLinked ? { ...entry, account: random.pick(keys) } : entry];
    }),
  );
}
