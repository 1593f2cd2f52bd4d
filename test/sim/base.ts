import { omitUndefined } from "../../src/model/omit-undefined.ts";
import { ACCOUNT_EDITS } from "./account-edits.ts";
import type { AccountEntries } from "./account-entries.ts";
import { drawBaseAccounts } from "./base-accounts.ts";
import { type Entries, type Entry, LINKS, LISTS, type ListEntries, PICTURE_NAMES, type Scenario } from "./scenario.ts";
import { SeededRandom } from "./seeded-random.ts";
import type { Simulation } from "./simulation.ts";
import { EDITS_BETWEEN_RUNS, RARE_EDITS } from "./teammate-edits.ts";

/** An earlier configuration that plans compare with the current configuration. */
export interface Base {
  readonly entries: Entries;
  /** True if plans overwrite changes that were made in Front after the base was applied. */
  readonly overwrite: boolean;
  /** Default: the current account entries. */
  readonly accounts?: AccountEntries;
  /** Default: the current list entries. */
  readonly lists?: ListEntries;
}

/** Returns a random earlier configuration with the probability `likelihood`, and undefined otherwise. */
export function drawBase(
  seed: number,
  { entries, lists = {} }: Pick<Scenario, "entries" | "lists">,
  likelihood = 0.2,
): Base | undefined {
  const random = new SeededRandom(seed, "base");
  if (!random.chance(likelihood)) return undefined;
  const retainedEntries = Object.entries(entries).filter(() => random.chance(0.85));
  const before = retainedEntries.map(
    ([key, entry]) => [key, random.chance(0.25) ? entry : earlierVersion(key, entry, random)] as const,
  );
  const removedEntries: Entries = random.chance(0.4)
    ? { gone: { ...REMOVED_ENTRY, ...(random.chance(0.5) ? { name: "Gone", lists: ["Beta"] } : {}) } }
    : {};
  const variety = new SeededRandom(seed, "variety of the base");
  const earlier: Entries = { ...Object.fromEntries(before), ...removedEntries };
  const varied = Object.entries(earlier).map(([key, entry]) => [key, variant(entry, entries[key], variety)] as const);
  return {
    entries: variety.chance(0.5) ? Object.fromEntries(varied) : earlier,
    overwrite: random.chance(0.15),
    lists: earlierLists(lists, variety),
  };
}

/** Returns an earlier version of an entry, which may be `ensure: absent`, have a different avatar, or lack `merge`. */
function variant(entry: Entry, current: Entry | undefined, random: SeededRandom): Entry {
  if (current?.ensure === "absent" && random.chance(0.2)) return current;
  const { merge, ensure: _, ...unmerged } = entry;
  const avatar = random.chance(0.3) ? { avatar: random.pick(PICTURE_NAMES) } : {};
  const merging = random.chance(0.7) ? { merge } : {};
  return omitUndefined({ ...unmerged, ...avatar, ...merging });
}

/** Returns earlier declarations of lists. At the base, a list may have had exact members or another workspace. */
function earlierLists(lists: ListEntries, random: SeededRandom): ListEntries {
  return Object.fromEntries(
    Object.entries(lists)
      .filter(() => random.chance(0.9))
      .map(([name, list]) => [name, random.chance(0.5) ? list : earlierList(random)]),
  );
}

function earlierList(random: SeededRandom): ListEntries[string] {
  return {
    ...(random.chance(0.4) ? { members: "exact" } : {}),
    ...(random.chance(0.3) ? { team: "tim_1b" } : {}),
  };
}

/** An entry that only the base contains. */
const REMOVED_ENTRY: Entry = {
  handles: [{ source: "email", handle: "gone@x.example" }],
  custom_fields: { Location: "Gone" },
};

function earlierVersion(key: string, { handles, merge, exact = [], ...current }: Entry, random: SeededRandom): Entry {
  const optional = <T extends object>(value: T): T | Record<never, never> => (random.chance(0.6) ? value : {});
  const fields = Object.entries(current.custom_fields ?? {}).filter(() => random.chance(0.4));
  const before = {
    ...optional({ name: random.pick(["Ada", "Bob", "Was"]) }),
    ...optional({ description: random.pick(["", "was"]) }),
    ...optional({ links: random.some(LINKS) }),
    ...optional({ lists: random.some(LISTS) }),
    ...optional({
      custom_fields: { ...Object.fromEntries(fields), ...optional({ "Job Title": "Was", Location: "Was" }) },
    }),
  };
  return {
    ...before,
    handles: [...handles, ...random.some([{ source: "twitter", handle: `was_${key}` }])],
    ...(merge === undefined ? {} : { merge }),
    exact: exact.filter((collection) => collection in before && random.chance(0.7)),
  };
}

/** Applies the base, and then makes edits in Front. Later runs use the current entries and the base. */
export async function applyBase(base: Base, simulation: Simulation): Promise<void> {
  const { entries, seed } = simulation;
  const random = new SeededRandom(seed, "since the base");
  const { accounts, lists } = simulation;
  const baseAccounts = drawBaseAccounts(seed, accounts);
  simulation.entries = base.entries;
  simulation.accounts = baseAccounts;
  simulation.lists = base.lists;
  await simulation.run("apply");
  for (let edits = random.between(0, 3); edits > 0; edits -= 1)
    await simulation.makeEdit(random.pick(EDITS_BETWEEN_RUNS));
  await editAccounts(simulation);
  await makeRareEdits(simulation);
  await simulation.endDisturbances();
  simulation.entries = entries;
  simulation.accounts = accounts;
  simulation.lists = lists;
  simulation.base = { ...base, accounts: baseAccounts };
}

async function makeRareEdits(simulation: Simulation): Promise<void> {
  const random = new SeededRandom(simulation.seed, "rare edits since the base");
  if (random.chance(0.5)) return;
  for (let edits = random.between(1, 3); edits > 0; edits -= 1) await simulation.makeEdit(random.pick(RARE_EDITS));
}

async function editAccounts(simulation: Simulation): Promise<void> {
  const random = new SeededRandom(simulation.seed, "accounts since the base");
  if (Object.keys(simulation.accounts).length === 0 || random.chance(0.4)) return;
  for (let edits = random.between(1, 3); edits > 0; edits -= 1) await simulation.makeEdit(random.pick(ACCOUNT_EDITS));
}
