import type { Seed, SeedAccount, SeedContact, SeedList, SeedOauth } from "./seed-format.ts";
import { encodeOauth } from "./seed-oauth.ts";
import { encodeAccountSeed, encodeContactSeed, encodeListSeed } from "./snapshot.ts";
import type { Store } from "./store.ts";

/** The values of contacts, lists and accounts after changes, by id; null for one that is gone. */
export interface StateChanges {
  readonly lists: Readonly<Record<string, SeedList | null>>;
  readonly contacts: Readonly<Record<string, SeedContact | null>>;
  readonly accounts: Readonly<Record<string, SeedAccount | null>>;
  readonly merged: Readonly<Record<string, string>>;
  readonly serial: number;
  readonly oauth?: SeedOauth;
}

/** Encodes what changed in a store since the last call. */
export function takeChanges(store: Store): StateChanges {
  const ids = [...store.takeChanged()];
  const { oauth, merged } = store;
  return {
    lists: encodeEach(ids, "grp", store.lists, encodeListSeed),
    contacts: encodeEach(ids, "crd", store.contacts, encodeContactSeed),
    accounts: encodeEach(ids, "acc", store.accounts, encodeAccountSeed),
    merged: Object.fromEntries(ids.flatMap((id) => (merged.has(id) ? [[id, merged.get(id) ?? ""]] : []))),
    serial: store.serial,
    ...(ids.includes("oauth") ? { oauth: encodeOauth(oauth) } : {}),
  };
}

function encodeEach<T, S>(ids: readonly string[], prefix: string, all: ReadonlyMap<string, T>, encode: (one: T) => S) {
  const own = ids.filter((id) => id.startsWith(`${prefix}_`));
  return Object.fromEntries(
    own.map((id) => {
      const value = all.get(id);
      return [id, value === undefined ? null : encode(value)];
    }),
  );
}

/** Returns a snapshot with changes. Repeating changes that it already has changes nothing. */
export function withChanges(seed: Seed, changes: readonly StateChanges[]): Seed {
  const lists = byId(seed.lists as readonly SeedList[]);
  const contacts = byId(seed.contacts);
  const accounts = byId(seed.accounts);
  for (const change of changes) {
    setEach(lists, change.lists);
    setEach(contacts, change.contacts);
    setEach(accounts, change.accounts);
  }
  return {
    ...seed,
    lists: [...lists.values()],
    contacts: [...contacts.values()],
    accounts: [...accounts.values()],
    merged: Object.assign({}, seed.merged, ...changes.map(({ merged }) => merged)),
    serial: Math.max(seed.serial ?? 0, ...changes.map(({ serial }) => serial)),
    oauth: changes.findLast(({ oauth }) => oauth !== undefined)?.oauth ?? seed.oauth,
  } as Seed;
}

function byId<T extends { readonly id?: string | undefined }>(values: readonly T[] = []): Map<string, T> {
  return new Map(values.map((value) => [value.id ?? "", value]));
}

function setEach<T>(all: Map<string, T>, changes: Readonly<Record<string, T | null>>): void {
  for (const [id, value] of Object.entries(changes)) {
    if (value === null) all.delete(id);
    else all.set(id, value);
  }
}
