import { omitUndefined } from "../../src/model/omit-undefined.ts";
import type { AccountEntries, AccountEntry } from "./account-entries.ts";
import { SeededRandom } from "./seeded-random.ts";

/** Returns random earlier versions of account entries, with the same first domain and external ID. */
export function drawBaseAccounts(seed: number, accounts: AccountEntries): AccountEntries {
  const random = new SeededRandom(seed, "accounts at the base");
  return Object.fromEntries(
    Object.entries(accounts).map(([key, entry]) => [key, random.chance(0.3) ? entry : earlierVersion(entry, random)]),
  );
}

function earlierVersion(entry: AccountEntry, random: SeededRandom): AccountEntry {
  if (entry.ensure === "absent") return random.chance(0.3) ? entry : presentVersion(entry, random);
  const { domains, description: _, custom_fields: fields, exact = [], ...rest } = entry;
  const before: AccountEntry = omitUndefined({
    ...rest,
    domains: domains?.filter((__, index) => index === 0 || random.chance(0.5)),
    description: random.chance(0.5) ? random.pick(["", "was"]) : undefined,
    custom_fields: random.chance(0.6)
      ? { ...fields, ...(random.chance(0.5) && { Size: random.between(1, 3) }) }
      : undefined,
  });
  return { ...before, exact: exact.filter((collection) => collection in before && random.chance(0.7)) };
}

/** Returns an earlier version of a tombstone, in which the configuration managed the account. */
function presentVersion({ ensure: _, ...identity }: AccountEntry, random: SeededRandom): AccountEntry {
  return { ...identity, name: random.pick(["Is", "Was"]), ...(random.chance(0.5) && { description: "was" }) };
}
