import type { Seed, SeedAccount, SeedContact, SeedList, SeedOauth } from "./seed-format.ts";
import { encodeOauth } from "./seed-oauth.ts";
import { encodeAccountSeed, encodeContactSeed, encodeListSeed } from "./snapshot.ts";
import type { Store } from "./store.ts";

/** Changed lists, contacts and accounts by ID, with null for deleted ones. */
export interface StateChanges {
  readonly lists: Readonly<Record<string, SeedList | null>>;
  readonly contacts: Readonly<Record<string, SeedContact | null>>;
  readonly accounts: Readonly<Record<string, SeedAccount | null>>;
  readonly merged: Readonly<Record<string, string>>;
  readonly serial: number;
  readonly oauth?: SeedOauth;
}

export function takeChanges(store: Store): StateChanges {
  const ids = [...store.takeChangedIds()];
  const { oauth, mergedInto } = store;
  return {
    lists: encodeEach(ids, "grp", store.lists, encodeListSeed),
    contacts: encodeEach(ids, "crd", store.contacts, encodeContactSeed),
    accounts: encodeEach(ids, "acc", store.accounts, encodeAccountSeed),
    merged: Object.fromEntries(ids.flatMap((id) => (mergedInto.has(id) ? [[id, mergedInto.get(id) ?? ""]] : []))),
    serial: store.serial,
    ...(ids.includes("oauth") ? { oauth: encodeOauth(oauth) } : {}),
  };
}

function encodeEach<T, S>(
  ids: readonly string[],
  prefix: string,
  items: ReadonlyMap<string, T>,
  encode: (item: T) => S,
) {
  const entries = ids.filter((id) => id.startsWith(`${prefix}_`)).map((id) => [id, items.get(id)] as const);
  return Object.fromEntries(entries.map(([id, item]) => [id, item === undefined ? null : encode(item)]));
}

/** Returns a seed with changes applied. Applying the same changes again has no effect. */
export function withChanges(seed: Seed, changes: readonly StateChanges[]): Seed {
  const lists = byId(seed.lists as readonly SeedList[]);
  const contacts = byId(seed.contacts);
  const accounts = byId(seed.accounts);
  for (const change of changes) {
    applyEach(lists, change.lists);
    applyEach(contacts, change.contacts);
    applyEach(accounts, change.accounts);
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

function applyEach<T>(items: Map<string, T>, changes: Readonly<Record<string, T | null>>): void {
  for (const [id, value] of Object.entries(changes)) {
    if (value === null) items.delete(id);
    else items.set(id, value);
  }
}
